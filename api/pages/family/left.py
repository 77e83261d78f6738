"""What a patient's supply would have left by a day, had it been used as it was meant. Pure: a reading of the book.

It decides one thing, whether a kind question is asked at a return; it is nobody's debt, and a home never refuses.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.asking.courses import days_between
from ledger.domain.book import Book
from ledger.domain.home import HomeEvent
from ledger.domain.kind import local_day
from ledger.domain.lots import expiry_of
from ledger.domain.person import events_of, fold_named
from ledger.domain.records import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """One lot at home; `lot` is "" where it was not read. `out` is what the book says, `expected` what is likely."""

    product: str
    lot: str
    out: int
    expected: int


def find_left(book: Book, patient: str, products: Sequence[str], on: str) -> list[Left]:
    """Every lot that is out at home, used up by the local day *on* as its supply was meant, oldest expiry first."""
    found = []
    for product in products:
        events = events_of(book, patient, product)
        out = {lot: row.still_out for lot, row in fold_named(book, product, events).items() if row.still_out}
        used = _meant_to_be_used(events, on, book.facility.zone, sum(out.values()))
        for lot in sorted(out, key=lambda lot: (not lot, expiry_of(book, product, lot) or "9999", lot)):
            taken = min(used, out[lot])
            used -= taken
            found.append(Left(product=product, lot=lot, out=out[lot], expected=out[lot] - taken))
    return found


def _meant_to_be_used(events: Sequence[HomeEvent], on: str, zone: str, most: int) -> int:
    """Units, since somebody last counted or the first supply after that; all of them where no supply said how long."""
    looked = max((event for event in events if event.what in ("counted", "returned")), key=_order, default=None)
    supplies = Counter[Key]()
    for event in events:
        if event.what == "dispensed" and event.until_on is not None:
            supplies[event.at, event.until_on] += event.units
    if not supplies:
        return most
    days = {key: days_between(local_day(key[0], zone), key[1]) + 1 for key in supplies}
    fastest = max(supplies, key=lambda key: supplies[key] / days[key])
    since_on = local_day(looked.at if looked else min(at for at, _ in supplies), zone)
    return -(-supplies[fastest] * max(0, days_between(since_on, on) + 1) // days[fastest])


def _order(event: HomeEvent) -> tuple[str, int]:
    return event.at, event.seq
