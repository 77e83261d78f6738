"""What is known of a lot at a moment: whether it is held back, its true name, and whether a place has enough of it.

A lot's name may be corrected (`lot.corrected`): from then on what was here under the wrong name is here under the
true one. Both histories stay as they were told; these readings follow them.
"""

from collections.abc import Iterator

from ledger.domain.book import Book
from ledger.domain.records import Lot
from ledger.domain.timeline import When

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
    if known is None or not (known.states or known.formerly):
        return None
    return max(what_was_told(book, product, lot, at, seq), default=None)


def what_was_told(
    book: Book,
    product: str,
    lot: str,
    at: str,
    seq: int,
    before: int | None = None,
    without: int | None = None,
    named_until: tuple[str, int] | None = None,
) -> Iterator[tuple[str, int, str]]:
    """What was said of the lot up to (*at*, *seq*): *before* an entry, and *without* one, where they are given.

    *named_until*: of the packs that had this name by then.
    """
    known: Lot | None = book.find("lot", product, lot)
    if known is None:
        return

    def counts(then: str, by: int) -> bool:
        return (then, by) <= (at, seq) and by != without and (before is None or by < before)

    yield from (each for each in known.states if counts(*each[:2]))
    for then, by, wrong_name in known.formerly:
        if counts(then, by) and (then, by) < (named_until or (at, seq)):  # earlier each time: names may go in a circle
            at_once = max(what_was_told(book, product, wrong_name, then, by, before, without), default=None)
            if at_once is not None and at_once[2] in HELD:
                yield then, by, at_once[2]
            # A correction dated before a recall does not take the packs out of it: who recalled knew the wrong name.
            later = what_was_told(book, product, wrong_name, at, seq, by, without, (then, by))
            yield from (each for each in later if each[:2] > (then, by))


def expiry_of(book: Book, product: str, lot: str) -> str | None:
    """The day up to which a lot may be given: its own, else the one that was told under a wrong name of it."""
    known: Lot | None = book.find("lot", product, lot)
    if known is None:
        return None
    expires_on = known.expires_on
    if expires_on is not None or not known.formerly:
        return expires_on
    others = (book.find("lot", product, name) for name in names_of(book, product, lot))
    return next((other.expires_on for other in others if other is not None and other.expires_on is not None), None)


def true_name(book: Book, product: str, lot: str, at: str, seq: int) -> str:
    """What a lot that was called *lot* at (*at*, *seq*) is called now."""
    known: Lot | None = book.find("lot", product, lot)
    renamed = known.renamed_after(at, seq) if known is not None else None
    if renamed is None:
        return lot
    then, by, name = renamed
    return true_name(book, product, name, then, by)


def names_of(book: Book, product: str, lot: str) -> Iterator[str]:
    """*lot* and every wrong name that was corrected to it."""
    names = [lot]
    for name in names:
        yield name
        known: Lot | None = book.find("lot", product, name)
        names += [wrong for _, _, wrong in (known.formerly if known else ()) if wrong not in names]


def family_of(book: Book, product: str, lot: str) -> Iterator[str]:
    """*lot* and every name that corrections lead to from it, or from which they lead to it."""
    names = [lot]
    for name in names:
        yield name
        known: Lot | None = book.find("lot", product, name)
        others = (*known.renamed, *known.formerly) if known is not None else ()
        names += dict.fromkeys(other for _, _, other in others if other not in names)


def first_below(
    book: Book, place: str, product: str, lot: str, at: str, seq: int, units: int
) -> tuple[str, int, int] | None:
    """Where *place* would hold less than nothing if *units* moved at (*at*, *seq*): (time, seq, balance).

    Past a correction of the name it is the true name's stock that has to suffice.
    """
    below = book.stock.timeline(place, product, lot).first_below(at, seq, units)
    known: Lot | None = book.find("lot", product, lot)
    renamed = known.renamed_after(at, seq - 1) if known is not None else None  # the next one may be of this moment
    if renamed is None or (below is not None and below[:2] < renamed[:2]):
        return below
    then, by, name = renamed
    return first_below(book, place, product, name, then, by + 1, units)


def first_below_renamed(
    book: Book, place: str, product: str, names: tuple[str, str], when: When
) -> tuple[str, int, int] | None:
    """Where *place* would hold less than nothing if all that it has of a lot had another name from *when* on.

    *names* are the wrong one and the true one; the answer is (time, seq, balance).
    """
    there = book.stock.timeline(place, product, names[0]).balance_at(when.at, when.seq - 1)
    below = first_below(book, place, product, names[0], *when, -there) if there else None
    met = _met(book, product, names, when) if below is not None else None
    return below if below is not None and (met is None or below[:2] < met) else None


def _met(book: Book, product: str, names: tuple[str, str], when: When) -> When | None:
    """From when on two names are one: where later corrections lead to the same, the packs are all there again."""
    one, other = names
    while one != other:
        lots: list[Lot | None] = [book.find("lot", product, name) for name in (one, other)]
        renamed = [lot.renamed_after(*when) if lot is not None else None for lot in lots]
        first = min(filter(None, renamed), default=None)
        if first is None:
            return None
        when = When(*first[:2])
        one, other = (first[2] if each == first else name for name, each in zip((one, other), renamed, strict=True))
    return when
