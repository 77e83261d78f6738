"""One person behind one or several ids: after a merge every figure of the kept id includes the dropped one's.

Nothing is rewritten: entries keep the id they were written with, and these readings look at all of them.
"""

from collections.abc import Iterable

from ledger.domain.book import Book
from ledger.domain.home import Circle, HomeEvent, fold_home
from ledger.domain.lots import expiry_of
from ledger.domain.records import Lot, Patient


def ids_of(book: Book, patient: str) -> tuple[str, ...]:
    """All ids of the person, the kept one first."""
    ids: tuple[str, ...] | None = book.find("merged", patient)
    return ids or (patient,)


def is_here(book: Book, patient: str) -> bool:
    """Whether the id is registered, and its identity not erased."""
    found: Patient | None = book.find("patient", patient)
    return found is not None and found.erased_by is None


def find_death(book: Book, patient: str) -> str | None:
    """The day of death as known under any of the person's ids, the earliest where they differ."""
    known: list[Patient] = [found for each in ids_of(book, patient) if (found := book.find("patient", each))]
    return min((each.died_on for each in known if each.died_on is not None), default=None)


def read_home(book: Book, patient: str, product: str) -> dict[str, Circle]:
    """The circle's rows of the person's supply of *product* by lot."""
    return fold_named(book, product, events_of(book, patient, product))


def events_of(book: Book, patient: str, product: str) -> list[HomeEvent]:
    """What happened to the person's supply of *product*, under all their ids."""
    return [event for each in ids_of(book, patient) for event in book.find("home", each, product) or ()]


def fold_named(book: Book, product: str, events: Iterable[HomeEvent]) -> dict[str, Circle]:
    """The circle's rows, each under the lot's true name from its correction on."""
    return fold_home(*named_events(book, product, events))


def named_events(book: Book, product: str, events: Iterable[HomeEvent]) -> tuple[list[HomeEvent], dict[str, str]]:
    """(events and the corrections of their lots' names, expiry day by lot where it is known), as `home` reads them."""
    told = list(events)
    names = list(dict.fromkeys(event.lot for event in told))
    for name in names:
        known: Lot | None = book.find("lot", product, name)
        for at, seq, to_lot in known.renamed if known is not None else ():
            told.append(HomeEvent(at=at, seq=seq, line=0, what="renamed", lot=name, units=0, to_lot=to_lot))
            names += [to_lot] if to_lot not in names else []
    found = {name: expiry_of(book, product, name) for name in names}
    return told, {name: expires_on for name, expires_on in found.items() if expires_on}
