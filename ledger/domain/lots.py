"""What is known of a lot at a moment: whether it is held back, its true name, and whether a place has enough of it.

A lot's name may be corrected (`lot.corrected`): from then on what was here under the wrong name is here under the
true one. Both histories stay as they were told; these readings follow them.
"""

from ledger.domain.book import Book
from ledger.domain.records import Lot

HELD = frozenset({"quarantined", "recalled"})


def state_at(book: Book, product: str, lot: str, at: str, seq: int) -> str | None:
    """`quarantined`, `recalled`, `released`, or None where nobody said anything up to (*at*, *seq*)."""
    found = last_told(book, product, lot, at, seq)
    return found[2] if found is not None else None


def last_told(book: Book, product: str, lot: str, at: str, seq: int) -> tuple[str, int, str] | None:
    """(since when, by which entry, state) of what was said last up to (*at*, *seq*).

    A lot held back under a wrong name stays so under its true one.
    """
    known: Lot | None = book.find("lot", product, lot)
    if known is None:
        return None
    told = [each for each in known.states if each[:2] <= (at, seq)]
    for then, by, wrong_name in known.formerly:
        if (then, by) < (at, seq) and (state := state_at(book, product, wrong_name, then, by)) is not None:
            told.append((then, by, state))
    return max(told, default=None)


def true_name(book: Book, product: str, lot: str, at: str, seq: int) -> str:
    """What a lot that was called *lot* at (*at*, *seq*) is called now."""
    known: Lot | None = book.find("lot", product, lot)
    renamed = known.renamed_after(at, seq) if known is not None else None
    if renamed is None:
        return lot
    then, by, name = renamed
    return true_name(book, product, name, then, by)


def names_of(book: Book, product: str, lot: str) -> list[str]:
    """*lot* and every wrong name that was corrected to it."""
    names = [lot]
    for name in names:
        known: Lot | None = book.find("lot", product, name)
        names += [wrong for _, _, wrong in (known.formerly if known else ()) if wrong not in names]
    return names


def first_below(
    book: Book, place: str, product: str, lot: str, at: str, seq: int, units: int
) -> tuple[str, int, int] | None:
    """Where *place* would hold less than nothing if *units* moved at (*at*, *seq*): (time, seq, balance).

    Past a correction of the name it is the true name's stock that has to suffice.
    """
    below = book.stock.timeline(place, product, lot).first_below(at, seq, units)
    known: Lot | None = book.find("lot", product, lot)
    renamed = known.renamed_after(at, seq) if known is not None else None
    if renamed is None or (below is not None and below[:2] < renamed[:2]):
        return below
    then, by, name = renamed
    return first_below(book, place, product, name, then, by + 1, units)
