"""One person behind one or several ids: after a merge every figure of the kept id includes the dropped one's.

Nothing is rewritten: entries keep the id they were written with, and these readings look at all of them.
"""

from collections.abc import Iterable
from dataclasses import replace

from ledger.domain.book import Book
from ledger.domain.home import Circle, HomeEvent, fold_home
from ledger.domain.lots import true_name
from ledger.domain.records import Lot, Patient


def ids_of(book: Book, patient: str) -> tuple[str, ...]:
    """All ids of the person, the kept one first."""
    ids: tuple[str, ...] | None = book.find("merged", patient)
    return ids or (patient,)


def find_death(book: Book, patient: str) -> str | None:
    """The day of death as known under any of the person's ids, the earliest where they differ."""
    known: list[Patient] = [found for each in ids_of(book, patient) if (found := book.find("patient", each))]
    return min((each.died_on for each in known if each.died_on is not None), default=None)


def read_home(book: Book, patient: str, product: str, *, until: str | None = None) -> dict[str, Circle]:
    """The circle's rows of the person's supply of *product* by lot; *until*: as of that time."""
    events = [event for each in ids_of(book, patient) for event in book.find("home", each, product) or ()]
    return fold_named(book, product, [event for event in events if until is None or event.at <= until])


def fold_named(book: Book, product: str, events: Iterable[HomeEvent]) -> dict[str, Circle]:
    """The circle's rows with every pack under its lot's true name, oldest expiry first where no lot was read."""
    return fold_home(*named_events(book, product, events))


def named_events(book: Book, product: str, events: Iterable[HomeEvent]) -> tuple[list[HomeEvent], dict[str, str]]:
    """(events under their lots' true names, expiry day by lot where it is known), as `home` reads them."""
    named = []
    for event in events:
        lot = true_name(book, product, event.lot, event.at, event.seq) if event.lot else ""
        named.append(event if lot == event.lot else replace(event, lot=lot))
    known: dict[str, Lot | None] = {event.lot: book.find("lot", product, event.lot) for event in named}
    return named, {lot: each.expires_on for lot, each in known.items() if each and each.expires_on}
