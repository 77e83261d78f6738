"""What somebody found, held against the book: counts of stock, empties taken from a ward.

A finding is a statement about the timeline of an account, so it is looked at again whenever something moves in that
timeline before it. Stock is an account by its place; the empties due of a ward are another beside it. A line that
agreed and now differs opens a discrepancy as long as it differs; a resolved one is open while its book is another
than the one it was resolved on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from ledger.domain.book import Book
from ledger.domain.records import Discrepancy
from ledger.domain.timeline import When

EMPTIES, PARTIALS = BESIDE_STOCK = "empties/", "partials/"
"""How the accounts beside a ward's stock begin, of empties due and of rests kept; no place is called so."""


def empties_of(place: str) -> str:
    """The account of what a ward owes back empty."""
    return EMPTIES + place


def partials_of(place: str) -> str:
    """The account of partly used ampoules that a ward kept for collection; by product, for no rest names its lot."""
    return PARTIALS + place


_MANY_DAYS = 366


def move(book: Book, account: str, product: str, lot: str, moved: When, units: int) -> None:
    """Move *units*, and look again at every line found in *account* after *moved*."""
    if units == 0:
        return
    book.move(account, product, lot, moved.at, moved.seq, units)
    last = book.find("last_count", account, product)
    if last is None or last < moved.at:
        return
    for seq in sorted(_counted_since(book, account, product, moved.at[:10], last[:10])):
        past = book.past.by_seq(seq)
        if past is None or (past.occurred_at, seq) <= moved or book.find("reversal", past.id):
            continue
        for line in lines_of(past.id, past.body):
            if line.product == product:
                line.look_again(book, When(past.occurred_at, seq))


def _counted_since(book: Book, account: str, product: str, first_on: str, last_on: str) -> Iterator[int]:
    """The entries that counted on these days (UTC); however many there are before, a late entry meets only these.

    Of a time so long ago that the days are more than the counts can be, all of them.
    """
    name, first = f"{account} {product}", date.fromisoformat(first_on)
    between = (date.fromisoformat(last_on) - first).days
    if between > _MANY_DAYS:
        yield from book.past.mentioning("counted", name)
        return
    for days in range(between + 1):
        yield from book.past.mentioning("counted", f"{name} {(first + timedelta(days)).isoformat()}")


def last_found_at(book: Book, account: str, product: str) -> str | None:
    """When somebody looked last; None where nobody did. What was taken back does not count."""
    last: str | None = book.find("last_count", account, product)
    return last


def _last_without(book: Book, account: str, product: str, seq: int) -> str | None:
    told = (book.past.by_seq(each) for each in book.past.mentioning("counted", f"{account} {product}") if each != seq)
    standing = (past.occurred_at for past in told if past is not None and not book.find("reversal", past.id))
    return max(standing, default=None)


def book_at(book: Book, account: str, product: str, lot: str, when: When) -> int:
    """The book of a lot (or, for "", of all lots of a product) in an account, just after the entry at *when*."""
    lots = (lot,) if lot else book.stock.lots(account, product)
    return sum(book.stock.timeline(account, product, each).balance_at(when.at, when.seq) for each in lots)


@dataclass(frozen=True, slots=True)
class CountLine:
    """One counted line, for one lot or (`lot` "") a product's total: a discrepancy where it differs from the book."""

    discrepancy: str
    place: str
    product: str
    lot: str
    counted: int

    kind: ClassVar[str] = "count"

    @property
    def account(self) -> str:
        return self.place

    def expected(self, book: Book, when: When) -> int:
        return book_at(book, self.account, self.product, self.lot, when)

    def apply(self, book: Book, when: When) -> None:
        last = book.find("last_count", self.account, self.product)
        if last is None or last < when.at:
            book.put("last_count", (self.account, self.product), when.at)
        self._open(book, when, at_once=True)

    def look_again(self, book: Book, when: When) -> None:
        old: Discrepancy | None = book.find("discrepancy", self.discrepancy)
        if old is None:
            self._open(book, when, at_once=False)
            return
        expected = self.expected(book, when)
        if expected != old.expected:
            is_open = old.settled is None or expected != old.settled
            _put(book, self.discrepancy, replace(old, expected=expected, open=is_open))

    def _open(self, book: Book, when: When, *, at_once: bool) -> None:
        expected = self.expected(book, when)
        if expected == self.counted:
            return
        found = Discrepancy(
            at_once=at_once,
            kind=self.kind,
            place=self.place,
            product=self.product,
            lot=self.lot,
            at=when.at,
            seq=when.seq,
            counted=self.counted,
            expected=expected,
        )
        _put(book, self.discrepancy, found)

    def revert(self, book: Book, when: When) -> None:
        book.put("discrepancy", (self.discrepancy,), None)
        if last_found_at(book, self.account, self.product) == when.at:
            last = _last_without(book, self.account, self.product, when.seq)
            book.put("last_count", (self.account, self.product), last)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        yield from book.past.mentioning("discrepancy", self.discrepancy, when.seq)


@dataclass(frozen=True, slots=True)
class CollectedLine(CountLine):
    """Empties of one lot taken from a ward: all of them were due, or a discrepancy over the rest.

    `before` is what earlier lines of the same entry took of the lot.
    """

    before: int = 0

    kind: ClassVar[str] = "empties"

    @property
    def account(self) -> str:
        return empties_of(self.place)

    def expected(self, book: Book, when: When) -> int:
        due = book_at(book, self.account, self.product, self.lot, When(when.at, when.seq - 1))
        return min(self.counted, due - self.before)

    def apply(self, book: Book, when: When) -> None:
        CountLine.apply(self, book, when)
        move(book, self.account, self.product, self.lot, when, -self.counted)

    def revert(self, book: Book, when: When) -> None:
        move(book, self.account, self.product, self.lot, when, self.counted)
        CountLine.revert(self, book, when)


def lines_of(entry_id: str, body: Mapping[str, Any]) -> list[CountLine]:
    """The lines of a `stock.counted`, or of an `empties.collected`: the one with `to_place`."""
    place, lines = body["place"], enumerate(body["lines"])
    if "to_place" not in body:
        return [CountLine(f"{entry_id}:{n}", place, li["product"], li.get("lot", ""), li["units"]) for n, li in lines]
    taken: dict[tuple[str, str], int] = defaultdict(int)
    found: list[CountLine] = []
    for n, line in lines:
        lot, units = (line["product"], line["lot"]), line["empty"] + line["partial"]
        found.append(CollectedLine(f"{entry_id}:{n}", place, *lot, units, before=taken[lot]))
        taken[lot] += units
    return found


def mentions_of(lines: Iterable[CountLine], at: str) -> dict[tuple[str, str], None]:
    """Under what `move` and a reversal find the entry of *lines*, of the time *at*, again."""
    names = dict.fromkeys(f"{line.account} {line.product}" for line in lines)
    return {("counted", found): None for name in names for found in (name, f"{name} {at[:10]}")}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A discrepancy closed by *parts*, (lot, signed units): judged once, and kept with it for a reversal."""

    discrepancy: str
    parts: tuple[tuple[str, int], ...]

    def apply(self, book: Book, when: When) -> None:
        old: Discrepancy = book.get("discrepancy", self.discrepancy)
        parts = (*old.parts, *((when.seq, lot, units) for lot, units in self.parts))
        _put(book, self.discrepancy, replace(old, parts=parts, settled=old.expected, open=False))

    def revert(self, book: Book, when: When) -> None:
        old: Discrepancy = book.get("discrepancy", self.discrepancy)
        parts = tuple(part for part in old.parts if part[0] != when.seq)
        _put(book, self.discrepancy, replace(old, parts=parts, settled=None, open=True))

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())


def _put(book: Book, name: str, found: Discrepancy) -> None:
    """What differed only because of later entries is gone when it no longer does, unless somebody resolved it."""
    gone = not found.at_once and not found.parts and found.expected == found.counted
    book.put("discrepancy", (name,), None if gone else found)
