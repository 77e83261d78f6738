"""What an entry does to the book, as data; each effect knows how a reversal takes it back.

An effect depends on the statement and on facts that never change, so a reversal derives the same effects
again from the original's statement and reverts them at the original's time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from ledger.domain.book import Book
from ledger.domain.findings import empties_of, move, partials_of
from ledger.domain.home import HomeEvent
from ledger.domain.open_homes import add_to_home, look_at_home
from ledger.domain.records import Key
from ledger.domain.timeline import When


class Effect(Protocol):
    def apply(self, book: Book, when: When) -> None: ...

    def revert(self, book: Book, when: When) -> None:
        """Take back what `apply` did for the entry at *when*, as if it had never been."""
        ...

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        """Seqs of later entries that a rule would refuse without this effect."""
        ...


class _Alone:
    """An effect on which no later entry rests."""

    __slots__ = ()

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())


class Moved(NamedTuple):
    """Stock at a place; `units` signed. `at` where it takes effect at another time than its entry's.

    What rests on it is asked for all lines of a lot together, by the reversal.
    """

    place: str
    product: str
    lot: str
    units: int
    at: str | None = None

    def apply(self, book: Book, when: When) -> None:
        when = when if self.at is None else When(self.at, when.seq)
        move(book, self.place, self.product, self.lot, when, self.units)

    def revert(self, book: Book, when: When) -> None:
        move(book, self.place, self.product, self.lot, When(self.at or when.at, when.seq), -self.units)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())


@dataclass(frozen=True, slots=True)
class EmptiesChanged(_Alone):
    """A ward's ampoules of one lot: opened, collected, or adjusted by a resolution (then `at` is the collection's)."""

    place: str
    product: str
    lot: str
    opened: int = 0
    collected: int = 0
    adjusted: int = 0
    at: str | None = None

    def apply(self, book: Book, when: When) -> None:
        self._owe(book, when, self.opened - self.collected + self.adjusted)

    def revert(self, book: Book, when: When) -> None:
        self._owe(book, when, self.collected - self.opened - self.adjusted)

    def _owe(self, book: Book, when: When, units: int) -> None:
        move(book, empties_of(self.place), self.product, self.lot, When(self.at or when.at, when.seq), units)


@dataclass(frozen=True, slots=True)
class PartialsKept(_Alone):
    """A ward's ampoules with a rest in them, kept for collection; collected where `units` is below 0."""

    place: str
    product: str
    units: int

    def apply(self, book: Book, when: When) -> None:
        book.move(partials_of(self.place), self.product, "", when.at, when.seq, self.units)

    def revert(self, book: Book, when: When) -> None:
        book.move(partials_of(self.place), self.product, "", when.at, when.seq, -self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHome(_Alone):
    """Something that happened to a patient's supply; see `home.HomeEvent`."""

    patient: str
    product: str
    line: int
    what: str
    lot: str
    units: int
    shortfall: str | None = None
    until_on: str | None = None

    def apply(self, book: Book, when: When) -> None:
        key, event = (self.patient, self.product), self.to_event(when)
        book.put("home", key, (*(book.find("home", *key) or ()), event))
        if self.what == "dispensed":
            add_to_home(book, *key, event)
        else:
            look_at_home(book, *key)

    def revert(self, book: Book, when: When) -> None:
        self._mark(book, when, "undone")

    def mark_reversed(self, book: Book, when: When) -> None:
        """The packs are still out, under an entry that was reversed."""
        self._mark(book, when, "reversed")

    def _mark(self, book: Book, when: When, what: str) -> None:
        key = (self.patient, self.product)
        events = (
            replace(e, what=what) if (e.seq, e.line) == (when.seq, self.line) else e for e in book.get("home", *key)
        )
        book.put("home", key, tuple(events))
        look_at_home(book, *key)

    def to_event(self, when: When) -> HomeEvent:
        return HomeEvent(
            at=when.at,
            seq=when.seq,
            line=self.line,
            what=self.what,
            lot=self.lot,
            units=self.units,
            shortfall=self.shortfall,
            until_on=self.until_on,
        )


def at_home(patient: str, what: str, lines: Sequence[Mapping[str, Any]], until_on: str | None = None) -> list[Effect]:
    """One `AtHome` a line of `{product, lot, units}`, numbered as they stand in the entry."""
    return [
        AtHome(
            patient=patient,
            product=line["product"],
            line=n,
            what=what,
            lot=line["lot"],
            units=line["units"],
            until_on=until_on,
        )
        for n, line in enumerate(lines)
    ]


@dataclass(frozen=True, slots=True)
class Used(_Alone):
    """Units counted against a prescription."""

    prescription: str
    units: int

    def apply(self, book: Book, when: When) -> None:
        self._add(book, self.units)

    def revert(self, book: Book, when: When) -> None:
        self._add(book, -self.units)

    def _add(self, book: Book, units: int) -> None:
        old = book.find("prescription", self.prescription)
        if old is not None:
            book.put("prescription", (self.prescription,), replace(old, used=old.used + units))


@dataclass(frozen=True, slots=True)
class Made:
    """A record that was not there before; `thing` names the mentions that rest on it, where any may."""

    shelf: str
    key: Key
    record: Any
    thing: str | None = None

    def apply(self, book: Book, when: When) -> None:
        book.put(self.shelf, self.key, self.record)

    def revert(self, book: Book, when: When) -> None:
        book.put(self.shelf, self.key, None)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        if self.thing is not None:
            yield from book.past.mentioning(self.thing, self.key[-1], when.seq)


@dataclass(frozen=True, slots=True)
class Changed(_Alone):
    """A field of a record; `before` is the value a reversal goes back to."""

    shelf: str
    key: Key
    field: str
    value: Any
    before: Any

    def apply(self, book: Book, when: When) -> None:
        self._set(book, self.value)

    def revert(self, book: Book, when: When) -> None:
        self._set(book, self.before)

    def _set(self, book: Book, value: Any) -> None:
        old = book.find(self.shelf, *self.key)
        if old is not None:
            book.put(self.shelf, self.key, replace(old, **{self.field: value}))


@dataclass(frozen=True, slots=True)
class SealChanged(Changed):
    """Where a sealed bag is, or that it was destroyed; who moved it on from there rests on it."""

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        later = (book.past.by_seq(seq) for seq in book.past.mentioning("seal", self.key[-1], when.seq))
        yield from (past.seq for past in later if past is not None and past.type == "custody.moved")
