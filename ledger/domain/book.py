"""What is known at an entry: shelves of frozen records, and the timelines of stock.

The book is the fold of the entries. A replay hands it plain dictionaries; a store hands it shelves that
load what is asked for and remember what changed. Writing goes through `Book.put` and `Book.move` alone,
so a refused ceremony can be taken back to where it began.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ledger.domain.home import HomeEvent

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    name: str
    bin: str
    kato: str
    kind: str
    zone: str
    practice: bool
    imports_closed: bool = False
    governed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`roles` is a list of (since seq, since time, role); the last one is in force."""

    roles: tuple[tuple[int, str, str], ...]
    left_at: str | None = None

    @property
    def role(self) -> str:
        return self.roles[-1][2]

    def held(self, role: str, at: str) -> bool:
        """Whether *role* was this person's at the time *at*."""
        held = [r for _, since, r in self.roles if since <= at]
        return bool(held) and held[-1] == role


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    inn: str
    strength: str
    unit: str
    unit_of_presentation: str
    schedule: str
    delisted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    kind: str
    administration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    home_kato: str
    died_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """`used` counts units: doses on the ward for an inpatient course, dispensed units otherwise."""

    patient: str
    product: str
    setting: str
    starts_on: str
    ends_on: str
    issued_at: str
    units: int
    days: int
    used: int = 0
    stopped_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """`expires_on` is None while no pack of the lot was here (a recall may come first)."""

    expires_on: str | None
    quarantined_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A sealed bag in custody; `contents` is (product, lot or "", units)."""

    place: str
    units: int
    kind: str
    contents: tuple[tuple[str, str, int], ...]
    received_at: str
    patient: str | None = None
    destroyed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Empties:
    """One ward's ampoules of one lot: opened there, collected from there, adjusted by a resolution."""

    opened: int = 0
    collected: int = 0
    adjusted: int = 0

    @property
    def due(self) -> int:
        return self.opened - self.collected + self.adjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One line of a count or a collection that differs, or once differed, from the book.

    `lot` is "" where a product's total was counted. For a `count`, `expected` is the book at the count, its
    own resolutions apart, kept current; for `empties`, what was due. `resolved` is the sum of resolutions.
    """

    kind: str
    place: str
    product: str
    lot: str
    at: str
    seq: int
    counted: int
    expected: int
    resolved: int = 0
    open: bool = True

    @property
    def difference(self) -> int:
        """What the book must still change by to agree with the count."""
        return self.counted - self.expected - self.resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A signature that is due: `why` is witness, verbal_order or very_late; `by` who alone may give it."""

    seq: int
    why: str
    since_at: str
    performer: str
    imported: bool
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An entry as later ones refer to it. `body` is the statement's body in clear."""

    seq: int
    id: str
    type: str
    performer: str
    witness: str | None
    occurred_at: str
    imported: bool
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What reversed an entry: the seq of the reversal and where the packs are."""

    seq: int
    packs: str


SHELVES: dict[str, type] = {
    "facility": Facility,
    "person": Person,
    "product": Product,
    "place": Place,
    "patient": Patient,
    "prescription": Prescription,
    "lot": Lot,
    "seal": Seal,
    "empties": Empties,
    "discrepancy": Discrepancy,
    "last_count": str,
    "pending": Pending,
    "reversal": Reversal,
    "acknowledged": int,
    "moved": int,
    "home": tuple[HomeEvent, ...],
}
"""Every shelf: its name and the type of its records. Keys are tuples of text:

facility () · person, product, place, patient, prescription, seal (id) · lot (product, lot)
empties (place, product, lot) · discrepancy (its id) · last_count (place, product): when
pending (entry id, why) · reversal (entry id) · acknowledged (kind, from_log, from_id, product, lot)
moved (place, product): the first seq that moved it other than by opening · home (patient, product)
"""


class Timeline:
    """All movements of one lot at one place, in order (time, seq). Units are signed."""

    __slots__ = ("_order", "_units", "total")

    def __init__(self, moves: Iterable[tuple[str, int, int]] = ()) -> None:
        self._order: list[tuple[str, int]] = []
        self._units: dict[tuple[str, int], int] = {}
        self.total = 0
        for at, seq, units in moves:
            self.add(at, seq, units)

    def add(self, at: str, seq: int, units: int) -> None:
        order = (at, seq)
        if order in self._units:
            self._units[order] += units  # what was taken back stays, at 0
        else:
            self._units[order] = units
            if not self._order or self._order[-1] < order:
                self._order.append(order)
            else:
                insort(self._order, order)
        self.total += units

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        return ((at, seq, self._units[at, seq]) for at, seq in self._order)

    def first_arrival_at(self) -> str | None:
        """When the lot first came to the place, or None where it never did (an arrival taken back is none)."""
        return next((at for at, seq in self._order if self._units[at, seq] > 0), None)

    def balance_at(self, at: str, seq: int | None = None) -> int:
        """Units after every movement up to *at* (and up to *seq* within that moment; None: all of it)."""
        if not self._order or (self._order[-1][0] <= at and seq is None):
            return self.total
        end = bisect_right(self._order, (at, seq if seq is not None else 2**62))
        if end > len(self._order) // 2:
            return self.total - sum(self._units[o] for o in self._order[end:])
        return sum(self._units[o] for o in self._order[:end])

    def first_below(self, at: str, seq: int, units: int) -> tuple[str, int, int] | None:
        """Where the balance would fall below zero if *units* moved at (*at*, *seq*): (time, seq, balance)."""
        start = bisect_left(self._order, (at, seq))
        running = self.balance_at(at, seq - 1) + units
        if running < 0 and units < 0:
            return at, seq, running
        for order in self._order[start:]:
            running += self._units[order]
            if running < 0 and units < 0:
                return order[0], order[1], running
        return None

    def below_after(self, at: str, seq: int, units: int) -> list[int]:
        """The seqs after (*at*, *seq*) that would take from less than nothing if *units* were added there."""
        start = bisect_right(self._order, (at, seq))
        running = sum(self._units[o] for o in self._order[:start]) + units
        found = []
        for order in self._order[start:]:
            running += self._units[order]
            if running < 0 and self._units[order] < 0:
                found.append(order[1])
        return found


class Stock(Protocol):
    """The timelines by (place, product, lot), and where a product's lots lie."""

    def timeline(self, place: str, product: str, lot: str) -> Timeline: ...

    def lots(self, place: str, product: str) -> Iterable[str]:
        """The lots of *product* that ever were at *place*."""
        ...

    def moved(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        """Told after a movement was added (or, with the sign turned, taken back)."""
        ...


class Entries(Protocol):
    """Earlier entries, by id or seq, and which of them mention a thing."""

    def by_id(self, entry_id: str) -> Past | None: ...

    def by_seq(self, seq: int) -> Past | None: ...

    def mentioning(self, kind: str, key: str, after: int) -> Iterator[int]:
        """Seqs greater than *after* of entries that refer to the thing, ascending."""
        ...

    def add(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None: ...

    def drop(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        """Undo of `add` for the entry added last."""
        ...


class MemoryStock:
    def __init__(self) -> None:
        self.timelines: dict[Key, Timeline] = {}
        self.rows: dict[Key, dict[str, None]] = {}

    def timeline(self, place: str, product: str, lot: str) -> Timeline:
        found = self.timelines.get((place, product, lot))
        if found is None:
            found = self.timelines[place, product, lot] = Timeline()
        return found

    def lots(self, place: str, product: str) -> Iterable[str]:
        return tuple(self.rows.get((place, product), ()))

    def moved(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        self.rows.setdefault((place, product), {})[lot] = None


class MemoryPast:
    def __init__(self) -> None:
        self._by_id: dict[str, Past] = {}
        self._by_seq: dict[int, Past] = {}
        self._mentions: dict[tuple[str, str], list[int]] = {}

    def by_id(self, entry_id: str) -> Past | None:
        return self._by_id.get(entry_id)

    def by_seq(self, seq: int) -> Past | None:
        return self._by_seq.get(seq)

    def mentioning(self, kind: str, key: str, after: int) -> Iterator[int]:
        seqs = self._mentions.get((kind, key), [])
        return iter(seqs[bisect_right(seqs, after) :])

    def add(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        self._by_id[past.id] = self._by_seq[past.seq] = past
        for mention in mentions:
            self._mentions.setdefault(mention, []).append(past.seq)

    def drop(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        del self._by_id[past.id], self._by_seq[past.seq]
        for mention in mentions:
            self._mentions[mention].pop()


@dataclass(slots=True)
class Book:
    """The shelves by name, the stock and the past. `size` entries are in it."""

    shelves: dict[str, MutableMapping[Key, Any]] = field(default_factory=lambda: {name: {} for name in SHELVES})
    stock: Stock = field(default_factory=MemoryStock)
    past: Entries = field(default_factory=MemoryPast)
    size: int = 0
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def find(self, shelf: str, *key: str) -> Any:
        """The record under *key*, or None."""
        return self.shelves[shelf].get(key)

    def get(self, shelf: str, *key: str) -> Any:
        """The record under *key*, which must be there."""
        return self.shelves[shelf][key]

    def put(self, shelf: str, key: Key, record: Any) -> None:
        """Stand *record* on the shelf; None takes it away."""
        records = self.shelves[shelf]
        before = records.get(key)
        _set(records, key, record)
        self._undo.append(lambda: _set(records, key, before))

    def move(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        """Add a signed movement of stock at (*at*, *seq*), the time and number of the entry that it belongs to.

        A reversal adds the opposite at its original's place in the order, so the two leave nothing between them.
        """
        self._move(place, product, lot, at, seq, units)
        self._undo.append(lambda: self._move(place, product, lot, at, seq, -units))

    def _move(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        self.stock.timeline(place, product, lot).add(at, seq, units)
        self.stock.moved(place, product, lot, at, seq, units)

    def remember(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        """Close the entry *past*: later ones may refer to it."""
        named = tuple(mentions)
        self.past.add(past, named)
        self.size = past.seq + 1

        def undo() -> None:
            self.past.drop(past, named)
            self.size = past.seq

        self._undo.append(undo)

    def mark(self) -> int:
        """A place to come back to with `rewind`; good until `settle`."""
        return len(self._undo)

    def rewind(self, mark: int) -> None:
        while len(self._undo) > mark:
            self._undo.pop()()

    def settle(self) -> None:
        """Forget how to undo: what was written stands."""
        self._undo.clear()

    @property
    def facility(self) -> Facility:
        found: Facility = self.get("facility")
        return found


def _set(records: MutableMapping[Key, Any], key: Key, record: Any) -> None:
    if record is None:
        records.pop(key, None)
    else:
        records[key] = record
