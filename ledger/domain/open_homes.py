"""Which homes have something still out, kept apart so that nobody looks through all that ever had anything.

Every home with packs out stands there, with what they come to. One that a lot's new name or expiry day, or a merge, may
have changed stands there without a figure (`True`) until something happens at it, and so does each id of a person who
has several: whoever reads folds the few that there are.
"""

from collections.abc import Iterable, Iterator, Sequence

from ledger.domain.book import Book
from ledger.domain.home import HomeEvent, last_until
from ledger.domain.lots import names_of
from ledger.domain.person import events_of, fold_named, ids_of
from ledger.domain.records import Key, Out


def look_at_home(book: Book, patient: str, product: str) -> None:
    """Keep or leave the home, by what the person has out now."""
    out = _fold(book, product, events_of(book, patient, product))
    ids = ids_of(book, patient)
    for each in ids:
        _keep(book, each, product, None if not out.units else out if len(ids) == 1 else True)


def add_to_home(book: Book, patient: str, product: str, event: HomeEvent) -> None:
    """Keep the home, to which *event* has just brought packs: the newest there adds up, and nothing is folded."""
    known: Out | bool | None = book.find("open", "home", patient, product)
    events: Sequence[HomeEvent] = book.get("home", patient, product)
    is_newest = all((each.at, each.seq) <= (event.at, event.seq) for each in events)
    if known is True or not is_newest or len(ids_of(book, patient)) > 1:
        keep_home(book, patient, product)
    else:
        before = known.units if isinstance(known, Out) else 0
        _keep(book, patient, product, _to_out(before + event.units, events))


def keep_home(book: Book, patient: str, product: str) -> None:
    for each in ids_of(book, patient):
        _keep(book, each, product, True)


def keep_homes_with(book: Book, product: str, lots: Iterable[str]) -> None:
    """Of all who had a lot, under whatever wrong name."""
    for name in dict.fromkeys(name for lot in lots for name in names_of(book, product, lot)):
        for seq in book.past.mentioning("lot", f"{product} {name}"):
            past = book.past.by_seq(seq)
            if past is not None and "patient" in past.body:
                keep_home(book, past.body["patient"], product)


def keep_homes_of(book: Book, patient: str) -> None:
    for (product,) in book.shelves["product"]:
        keep_home(book, patient, product)


def read_out(book: Book, opened: Iterable[tuple[Key, Out | bool]]) -> Iterator[tuple[str, str, Out]]:
    """(person, product, what is out) of each home that stands *opened* and has something out; the kept one of ids."""
    unsure = dict[tuple[str, str], None]()
    for (_, patient, product), known in opened:
        if isinstance(known, Out):
            yield patient, product, known
        else:
            unsure[ids_of(book, patient)[0], product] = None
    for patient, product in unsure:
        out = _fold(book, product, events_of(book, patient, product))
        if out.units:
            yield patient, product, out


def _fold(book: Book, product: str, events: Sequence[HomeEvent]) -> Out:
    return _to_out(sum(row.still_out for row in fold_named(book, product, events).values()), events)


def _to_out(units: int, events: Sequence[HomeEvent]) -> Out:
    return Out(units=units, ends_on=last_until(events), since_at=min((each.at for each in events), default=""))


def _keep(book: Book, patient: str, product: str, out: Out | bool | None) -> None:
    key = ("home", patient, product)
    if out != book.find("open", *key) and book.find("home", patient, product) is not None:
        book.put("open", key, out)
