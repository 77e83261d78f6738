"""What an entry does to the book, as data; each effect knows how a reversal takes it back.

An effect depends on the statement and on facts that never change, so a reversal derives the same effects
again from the original's statement and reverts them at the original's time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ledger.domain.book import Book
from ledger.domain.home import HomeEvent
from ledger.domain.records import Discrepancy, Empties, Key, Lot


@dataclass(frozen=True, slots=True)
class When:
    """Where an entry stands: its `occurred_at` and `seq`."""

    at: str
    seq: int


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


@dataclass(frozen=True, slots=True)
class Moved(_Alone):
    """Stock at a place; `units` signed. `at` where it takes effect at another time than its entry's.

    What rests on it is asked for all lines of a lot together, by the reversal.
    """

    place: str
    product: str
    lot: str
    units: int
    at: str | None = None

    def apply(self, book: Book, when: When) -> None:
        self._move(book, self.at or when.at, when.seq, self.units)

    def revert(self, book: Book, when: When) -> None:
        self._move(book, self.at or when.at, when.seq, -self.units)

    def _move(self, book: Book, at: str, seq: int, units: int) -> None:
        book.move(self.place, self.product, self.lot, at, seq, units)
        reassess(book, self.place, self.product, moved=When(at, seq))


@dataclass(frozen=True, slots=True)
class EmptiesChanged(_Alone):
    """A ward's count of opened, collected or adjusted ampoules of one lot."""

    place: str
    product: str
    lot: str
    opened: int = 0
    collected: int = 0
    adjusted: int = 0

    def apply(self, book: Book, when: When) -> None:
        self._add(book, 1)

    def revert(self, book: Book, when: When) -> None:
        self._add(book, -1)

    def _add(self, book: Book, sign: int) -> None:
        key = (self.place, self.product, self.lot)
        old = book.find("empties", *key) or Empties()
        book.put(
            "empties",
            key,
            Empties(
                opened=old.opened + sign * self.opened,
                collected=old.collected + sign * self.collected,
                adjusted=old.adjusted + sign * self.adjusted,
            ),
        )


@dataclass(frozen=True, slots=True)
class CollectedLine:
    """Empties of one lot taken from a ward; more than were due is a discrepancy, on which nothing else waits."""

    discrepancy: str
    place: str
    product: str
    lot: str
    units: int

    def apply(self, book: Book, when: When) -> None:
        due = (book.find("empties", self.place, self.product, self.lot) or Empties()).due
        EmptiesChanged(self.place, self.product, self.lot, collected=self.units).apply(book, when)
        if self.units > due:
            found = Discrepancy(
                kind="empties",
                place=self.place,
                product=self.product,
                lot=self.lot,
                at=when.at,
                seq=when.seq,
                counted=self.units,
                expected=due,
            )
            book.put("discrepancy", (self.discrepancy,), found)

    def revert(self, book: Book, when: When) -> None:
        EmptiesChanged(self.place, self.product, self.lot, collected=self.units).revert(book, when)
        book.put("discrepancy", (self.discrepancy,), None)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        yield from book.past.mentioning("discrepancy", self.discrepancy, when.seq)


@dataclass(frozen=True, slots=True)
class LotSeen(_Alone):
    """The expiry day of a lot, as first told. A reversal forgets it where no other entry has brought the lot."""

    product: str
    lot: str
    expires_on: str

    def apply(self, book: Book, when: When) -> None:
        old = book.find("lot", self.product, self.lot) or Lot(expires_on=None)
        if old.expires_on is None:
            book.put("lot", (self.product, self.lot), replace(old, expires_on=self.expires_on, told_by=when.seq))

    def revert(self, book: Book, when: When) -> None:
        old = book.find("lot", self.product, self.lot)
        if old is not None and old.told_by == when.seq:
            book.put("lot", (self.product, self.lot), replace(old, expires_on=None, told_by=None))


@dataclass(frozen=True, slots=True)
class Quarantined(_Alone):
    """A lot not to be given, from the entry's time on; it need not be here (yet)."""

    product: str
    lot: str

    def apply(self, book: Book, when: When) -> None:
        self._set(book, when.at)

    def revert(self, book: Book, when: When) -> None:
        self._set(book, None)

    def _set(self, book: Book, at: str | None) -> None:
        old = book.find("lot", self.product, self.lot) or Lot(expires_on=None)
        book.put("lot", (self.product, self.lot), replace(old, quarantined_at=at))


@dataclass(frozen=True, slots=True)
class FirstMoved(_Alone):
    """The place has moved this product: its stock can no longer be opened from a journal."""

    place: str
    product: str

    def apply(self, book: Book, when: When) -> None:
        if book.find("moved", self.place, self.product) is None:
            book.put("moved", (self.place, self.product), when.seq)

    def revert(self, book: Book, when: When) -> None:
        if book.find("moved", self.place, self.product) == when.seq:
            book.put("moved", (self.place, self.product), None)


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
        self._put(book, when)

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

    def _put(self, book: Book, when: When) -> None:
        key = (self.patient, self.product)
        event = HomeEvent(
            at=when.at,
            seq=when.seq,
            line=self.line,
            what=self.what,
            lot=self.lot,
            units=self.units,
            shortfall=self.shortfall,
            until_on=self.until_on,
        )
        book.put("home", key, (*(book.find("home", *key) or ()), event))


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
    """Where a sealed bag is, or that it was destroyed; whatever names the seal later rests on it."""

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        yield from book.past.mentioning("seal", self.key[-1], when.seq)


@dataclass(frozen=True, slots=True)
class CountLine:
    """One counted line: kept as a discrepancy when it differs from the book at the count."""

    discrepancy: str
    place: str
    product: str
    lot: str
    counted: int

    def apply(self, book: Book, when: When) -> None:
        last = book.find("last_count", self.place, self.product)
        if last is None or last < when.at:
            book.put("last_count", (self.place, self.product), when.at)
        expected = book_at(book, self.place, self.product, self.lot, when)
        if expected != self.counted:
            book.put("discrepancy", (self.discrepancy,), self._found(when, expected))

    def _found(self, when: When, expected: int, *, at_once: bool = True) -> Discrepancy:
        return Discrepancy(
            at_once=at_once,
            kind="count",
            place=self.place,
            product=self.product,
            lot=self.lot,
            at=when.at,
            seq=when.seq,
            counted=self.counted,
            expected=expected,
        )

    def look_again(self, book: Book, when: When) -> None:
        """The book at the count has changed."""
        expected = book_at(book, self.place, self.product, self.lot, when)
        old: Discrepancy | None = book.find("discrepancy", self.discrepancy)
        if old is None:
            if expected != self.counted:
                book.put("discrepancy", (self.discrepancy,), self._found(when, expected, at_once=False))
        elif old.settled is None and not old.at_once and expected == self.counted:
            book.put("discrepancy", (self.discrepancy,), None)
        elif old.expected != expected:
            is_open = old.settled is None or expected != old.settled
            book.put("discrepancy", (self.discrepancy,), replace(old, expected=expected, open=is_open))

    def revert(self, book: Book, when: When) -> None:
        book.put("discrepancy", (self.discrepancy,), None)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        yield from book.past.mentioning("discrepancy", self.discrepancy, when.seq)


@dataclass(frozen=True, slots=True)
class Resolved(_Alone):
    """A discrepancy closed by the signed `difference`."""

    discrepancy: str
    difference: int

    def apply(self, book: Book, when: When) -> None:
        old = book.get("discrepancy", self.discrepancy)
        closed = replace(old, resolved=old.resolved + self.difference, settled=old.expected, open=False)
        book.put("discrepancy", (self.discrepancy,), closed)

    def revert(self, book: Book, when: When) -> None:
        old = book.get("discrepancy", self.discrepancy)
        opened = replace(old, resolved=old.resolved - self.difference, settled=None, open=True)
        book.put("discrepancy", (self.discrepancy,), opened)


def book_at(book: Book, place: str, product: str, lot: str, when: When) -> int:
    """The book of a lot (or, for "", of all lots of a product) at a place, just after the entry at *when*."""
    lots = (lot,) if lot else book.stock.lots(place, product)
    return sum(book.stock.timeline(place, product, each).balance_at(when.at, when.seq) for each in lots)


def reassess(book: Book, place: str, product: str, *, moved: When) -> None:
    """Look again at every count of *product* at *place* that comes after a movement at *moved*.

    A line that agreed and now differs opens a discrepancy, as long as it differs; a resolved one is open
    while its book at the count is another than the one it was resolved on.
    """
    last = book.find("last_count", place, product)
    if last is None or last < moved.at:
        return
    for seq in book.past.mentioning("counted", f"{place} {product}", -1):
        past = book.past.by_seq(seq)
        if past is None or (past.occurred_at, seq) < (moved.at, moved.seq) or book.find("reversal", past.id):
            continue
        when = When(past.occurred_at, seq)
        for n, line in enumerate(past.body["lines"]):
            if line["product"] == product:
                counted = CountLine(f"{past.id}:{n}", place, product, line.get("lot", ""), line["units"])
                counted.look_again(book, when)
