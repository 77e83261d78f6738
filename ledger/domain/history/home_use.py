"""What a patient used at home between two counts, as an entry S knew it.

Read from the circle's own shelf, so that both say the same. What S did not know yet is left out of it, and what was
reversed or corrected since is put back: a past figure stays.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ledger.domain.asking.courses import days_between
from ledger.domain.book import Book
from ledger.domain.families.recalling import corrections_of
from ledger.domain.history.known import Known, find_reversal
from ledger.domain.home import HomeEvent, find_used
from ledger.domain.kind import local_day
from ledger.domain.person import named_events
from ledger.domain.records import Lot, Past
from ledger.domain.timeline import When

_LOOKS = ("home.counted", "unused.returned")
"""What shows that something was used, beside a supply's `left_before`."""
_EVENTS = {
    "dose.administered": "administered",
    "infusion.started": "administered",
    "notice.received": "handed_over",
    "unused.returned": "returned",
}
"""What a line does to a home that neither brings packs there nor tells what is left."""


@dataclass(frozen=True, slots=True)
class Used:
    """*units* gone in the *days* from `first_on`: shown by a count or a return, spread evenly by whoever draws it."""

    product: str
    units: int
    first_on: str
    days: int


def find_used_at_home(book: Book, known: Known, *, known_at: int) -> Iterator[Used]:
    """What counts and returns that the entry *known_at* knows showed to be used, oldest first per product."""
    for product in dict.fromkeys(_looked_at(known.entries)):
        events = list(_events(book, known.ids, product, known_at))
        stand = sorted((event for event in events if event.what != "undone"), key=_order)
        looked = [event for event in stand if event.what in ("counted", "returned")]
        lots = book if known_at >= book.size - 1 else _lots_at(book, product, events, known_at)
        for event, units in find_used(*named_events(lots, product, events)):
            since = _last_before(looked, event) or stand[0]
            first_on, last_on = _day(since, book), _day(event, book)
            yield Used(product, units, first_on, max(1, days_between(first_on, last_on)))


def _looked_at(entries: Iterable[Past]) -> Iterator[str]:
    """The products of which somebody said what is left."""
    for entry in entries:
        lines = entry.body["lines"] if entry.type in _LOOKS else entry.body.get("left_before", ())
        yield from (line["product"] for line in lines)


def _events(book: Book, patients: Iterable[str], product: str, known_at: int) -> Iterator[HomeEvent]:
    for patient in patients:
        for event in book.find("home", patient, product) or ():
            if event.seq <= known_at:
                yield _as_known(book, event, known_at)


def _as_known(book: Book, event: HomeEvent, known_at: int) -> HomeEvent:
    """*event* as it stood before what S does not know undid it."""
    past = book.past.by_seq(event.seq) if event.what == "undone" else None
    if past is None or find_reversal(book, past, known_at) is not None:
        return event
    # Lines below 0 tell what is left, of whatever entry (`dispensing.counted_at_home`).
    return replace(event, what="counted" if event.line < 0 else _EVENTS.get(past.type, "dispensed"))


def _lots_at(book: Book, product: str, events: Iterable[HomeEvent], known_at: int) -> Book:
    """A book of nothing but the lots of *product*, named and dated as S knew them."""
    then = Book()
    for past in book.past.of_type("lot.corrected"):
        is_known = past.seq <= known_at and find_reversal(book, past, known_at) is None
        if is_known and past.body["product"] == product:
            for effect in corrections_of(past.body):
                effect.apply(then, When(past.occurred_at, past.seq))
    for lot in {event.lot for event in events} | {lot for _, lot in then.shelves["lot"]}:
        known: Lot = then.find("lot", product, lot) or Lot()
        then.put("lot", (product, lot), replace(known, told=tuple(_told_at(book, product, lot, known_at))))
    return then


def _told_at(book: Book, product: str, lot: str, known_at: int) -> Iterator[tuple[int, str]]:
    """(seq, expiry day) by each entry that told it, as `Lot.told`."""
    for seq in book.past.mentioning("expiry", f"{product} {lot}"):
        past = book.past.by_seq(seq)
        if seq <= known_at and past is not None and find_reversal(book, past, known_at) is None:
            told = (line for line in past.body["lines"] if (line["product"], line["lot"]) == (product, lot))
            yield seq, next(line["expires_on"] for line in told if "expires_on" in line)


def _order(event: HomeEvent) -> tuple[str, int]:
    return event.at, event.seq


def _last_before(looked: Sequence[HomeEvent], found: HomeEvent) -> HomeEvent | None:
    """The last count or return before the entry of *found*; the first supply is where there is none."""
    at = bisect_left(looked, _order(found), key=_order)
    return looked[at - 1] if at else None


def _day(event: HomeEvent, book: Book) -> str:
    return local_day(event.at, book.facility.zone)
