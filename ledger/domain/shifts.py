"""What entries moved, as a person sees it before signing: how many were there, how many there are then."""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.domain.book import Book
from ledger.domain.findings import EMPTIES
from ledger.domain.person import fold_named, ids_of, read_home

_STOCK, _EMPTIES, _HOME = "stock", "empties", "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How many units of a lot are somewhere `before` and `after`. `of`: `stock` (at a place), `empties` (owed by
    one) or `home` (still out with a patient); the lot is "" where none was read."""

    of: str
    where: str
    product: str
    lot: str
    before: int
    after: int


def read_shifts(book: Book, mark: int) -> Iterator[Shift]:
    """What was moved since *mark*: stock, empties that a ward owes, what is still out at home."""
    for row, before in sorted(book.stood("balance", mark).items()):
        account, product, lot = row
        of, where = (_EMPTIES, account.removeprefix(EMPTIES)) if account.startswith(EMPTIES) else (_STOCK, account)
        yield from _shift(of, where, product, lot, before or 0, book.find("balance", *row) or 0)
    homes = book.stood("home", mark)
    for patient, product in sorted(homes):
        ids = ids_of(book, patient)
        events = [e for each in ids for e in homes.get((each, product), book.find("home", each, product)) or ()]
        then, now = fold_named(book, product, events), read_home(book, patient, product)
        for lot in sorted({*then, *now}):
            was, is_ = (rows[lot].still_out if lot in rows else 0 for rows in (then, now))
            yield from _shift(_HOME, patient, product, lot, was, is_)


def _shift(of: str, where: str, product: str, lot: str, before: int, after: int) -> Iterator[Shift]:
    if before != after:
        yield Shift(of=of, where=where, product=product, lot=lot, before=before, after=after)
