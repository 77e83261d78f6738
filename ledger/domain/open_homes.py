"""Which homes have something still out, kept apart so that nobody looks through all that ever had anything.

Every home with packs out stands there. One that a lot's new name or expiry day, or a merge, may have changed stands
there too until something happens at it: whoever reads folds the few that there are.
"""

from collections.abc import Iterable

from ledger.domain.book import Book
from ledger.domain.lots import names_of
from ledger.domain.person import ids_of, read_home


def look_at_home(book: Book, patient: str, product: str) -> None:
    """Keep or leave the home, by what the person has out now."""
    is_out = any(row.still_out for row in read_home(book, patient, product).values())
    for each in ids_of(book, patient):
        _keep(book, each, product, is_out)


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


def _keep(book: Book, patient: str, product: str, is_out: bool) -> None:
    key = ("home", patient, product)
    if is_out != (book.find("open", *key) is not None) and book.find("home", patient, product) is not None:
        book.put("open", key, True if is_out else None)
