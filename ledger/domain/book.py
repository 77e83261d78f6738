"""What is known at an entry: shelves of frozen records, and the timelines of stock.

The book is the fold of the entries. A replay hands it plain dictionaries; a store hands it shelves that
load what is asked for and remember what changed. Writing goes through `Book.put` and `Book.move` alone,
so a refused ceremony can be taken back to where it began.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ledger.domain.records import IS_OPEN, SHELVES, Facility, Key, Lot, Past
from ledger.domain.timeline import Timeline

FIRST = -(2**62)
"""Below every number: where a new epoch goes on, the old log's entries are numbered …, -2, -1."""


class Stock(Protocol):
    """The timelines by (place, product, lot), and where a product's lots lie."""

    def timeline(self, place: str, product: str, lot: str) -> Timeline: ...

    def lots(self, place: str, product: str) -> Iterable[str]:
        """The lots of *product* that ever were at *place*."""
        ...

    def add(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        """Add a movement (or, with the sign turned, take it back)."""
        ...


class Entries(Protocol):
    """Earlier entries, by id or seq, and which of them mention a thing."""

    def by_id(self, entry_id: str) -> Past | None: ...

    def by_seq(self, seq: int) -> Past | None: ...

    def mentioning(self, kind: str, key: str, after: int = FIRST) -> Iterator[int]:
        """Seqs greater than *after* of entries that refer to the thing, ascending."""
        ...

    def of_type(self, type: str) -> Iterable[Past]:
        """Every entry of a type, ascending: for types that are rare."""
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

    def add(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        self.timeline(place, product, lot).add(at, seq, units)
        rows = self.rows.get((place, product))
        if rows is None:
            rows = self.rows[place, product] = {}
        rows[lot] = None


class MemoryPast:
    def __init__(self) -> None:
        self._by_id: dict[str, Past] = {}
        self._by_seq: dict[int, Past] = {}
        self._mentions: dict[tuple[str, str], list[int]] = {}

    def by_id(self, entry_id: str) -> Past | None:
        return self._by_id.get(entry_id)

    def by_seq(self, seq: int) -> Past | None:
        return self._by_seq.get(seq)

    def mentioning(self, kind: str, key: str, after: int = FIRST) -> Iterator[int]:
        seqs = self._mentions.get((kind, key), [])
        return iter(seqs[bisect_right(seqs, after) :])

    def of_type(self, type: str) -> Iterable[Past]:
        return [past for past in self._by_seq.values() if past.type == type]

    def mentions(self) -> Iterator[tuple[str, str, int]]:
        """(kind, key, seq) of everything that entries refer to."""
        return ((*mention, seq) for mention, seqs in self._mentions.items() for seq in seqs)

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
    _undo: list[tuple[Any, ...]] = field(default_factory=list)
    """How to take back what was written, the last last: a function and what it is called with."""

    def find(self, shelf: str, *key: str) -> Any:
        """The record under *key*, or None."""
        return self.shelves[shelf].get(key)

    def get(self, shelf: str, *key: str) -> Any:
        """The record under *key*, which must be there."""
        return self.shelves[shelf][key]

    def put(self, shelf: str, key: Key, record: Any) -> None:
        """Stand *record* on the shelf; None takes it away."""
        self._put(shelf, key, record)
        is_open = IS_OPEN.get(shelf)
        if is_open is not None:
            self._put("open", (shelf, *key), True if record is not None and is_open(record) else None)

    def _put(self, shelf: str, key: Key, record: Any) -> None:
        records = self.shelves[shelf]
        self._undo.append((_set, records, key, records.get(key)))
        _set(records, key, record)

    def move(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        """Add a signed movement of stock at (*at*, *seq*), the time and number of the entry that it belongs to.

        A reversal adds the opposite at its original's place in the order, so the two leave nothing between them.
        What comes before a correction of the lot's name goes the way that the rest of the lot went then.
        """
        self._shift(place, product, lot, at, seq, units)
        known: Lot | None = self.find("lot", product, lot)
        renamed = known.renamed_after(at, seq) if known is not None and known.renamed else None
        if renamed is not None:
            then, by, true_name = renamed
            self._shift(place, product, lot, then, by, -units)
            self.move(place, product, true_name, then, by, units)

    def _shift(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        self.stock.add(place, product, lot, at, seq, units)
        self._undo.append((self.stock.add, place, product, lot, at, seq, -units))
        self._hold((place, product, lot), at[:7], units)

    def _hold(self, row: Key, month: str, units: int) -> None:
        """Add *units*, moved in *month*, to what is there now and to what every later month began with."""
        openings, last = self.shelves["opening"], self.shelves["last_moved"].get(row)
        total = self.shelves["balance"].get(row, 0)
        if last is None or last < month:
            self._put("opening", (*row, month), total)
            self._put("last_moved", row, month)
        elif month < last:
            later = [key for each in _months_after(month, last) if (key := (*row, each)) in openings]
            if (*row, month) not in openings:  # nothing moved between it and the first of these
                self._put("opening", (*row, month), openings[later[0]])
            for key in later:
                self._put("opening", key, openings[key] + units)
        self._put("balance", row, total + units)

    def remember(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        """Close the entry *past*: later ones may refer to it."""
        named = tuple(dict.fromkeys(mentions))
        self.past.add(past, named)
        self.size = past.seq + 1
        self._undo.append((self._forget, past, named))

    def _forget(self, past: Past, named: tuple[tuple[str, str], ...]) -> None:
        self.past.drop(past, named)
        self.size = past.seq

    def mark(self) -> int:
        """A place to come back to with `rewind`; good until `settle`."""
        return len(self._undo)

    def stood(self, shelf: str, mark: int) -> dict[Key, Any]:
        """What stood on *shelf* at *mark* (None: nothing), by each key that was written since."""
        records, found = self.shelves[shelf], dict[Key, Any]()
        for undo, *of in self._undo[mark:]:
            if undo is _set and of[0] is records:
                found.setdefault(of[1], of[2])
        return found

    def rewind(self, mark: int) -> None:
        while len(self._undo) > mark:
            undo, *of = self._undo.pop()
            undo(*of)

    def settle(self) -> None:
        """Forget how to undo: what was written stands."""
        self._undo.clear()

    @property
    def facility(self) -> Facility:
        found: Facility = self.get("facility")
        return found


def _months_after(month: str, last: str) -> Iterator[str]:
    """Every month after *month* up to *last*, as YYYY-MM."""
    number, end = (12 * int(each[:4]) + int(each[5:]) for each in (month, last))
    return (f"{each // 12:04}-{each % 12 + 1:02}" for each in range(number, end))


def _set(records: MutableMapping[Key, Any], key: Key, record: Any) -> None:
    if record is None:
        records.pop(key, None)
    else:
        records[key] = record
