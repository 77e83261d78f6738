"""The stock of a place told once more without some entries, in order of seq: who would then have been refused.

An entry is judged on what was known before it; what came later, though it is dated earlier, helped nobody then.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ledger.domain.book import FIRST, Book
from ledger.domain.effects import Effect, Moved
from ledger.domain.findings import empties_of
from ledger.domain.lot_changes import Renamed
from ledger.domain.lots import family_of, first_below, first_below_renamed
from ledger.domain.records import Lot, Past
from ledger.domain.timeline import Timeline, When

Undone = Sequence[tuple[Past, Sequence[Effect]]]
"""Entries with their effects."""
_Row = tuple[str, str, str]


class _Move(NamedTuple):
    lot: str
    at: str
    units: int


def find_refused(book: Book, undone: Undone, *, stock: bool) -> set[int]:
    """Later entries that would take what is not there or count what never came, had those *undone* never been.

    *stock*: their packs never left; else only names of lots are as they were.
    """
    gone: dict[_Row, dict[When, int]] = defaultdict(lambda: defaultdict(int))
    for past, effects in undone:
        for effect in effects:
            if isinstance(effect, Moved) and stock:
                when = When(effect.at or past.occurred_at, past.seq)
                gone[effect.place, effect.product, effect.lot][when] += effect.units
            elif isinstance(effect, Renamed):
                for (place,) in book.shelves["place"]:
                    gone[place, effect.product, effect.lot][When(past.occurred_at, past.seq)] += 0
    mine = {past.seq for past, _ in undone}
    rows = [row for row, units in gone.items() if any(each >= 0 for each in units.values())]
    return {seq for row in rows for seq in _refused(book, row, gone, mine)}


def _refused(book: Book, row: _Row, gone: Mapping[_Row, Mapping[When, int]], mine: set[int]) -> Iterator[int]:
    """Of one *row* (place, product, lot), with the lots whose names were corrected to its lot or from it."""
    place, product, _ = row
    first, names = min(mine), list(family_of(book, *row[1:]))
    renamed = {by: (at, name, to) for name in names for at, by, to in _renamed(book, product, name)}
    counted = _counted_after(book, place, product, names, first)
    moved: dict[int, list[_Move]] = defaultdict(list)
    for name in names:
        taken = gone.get((place, product, name), {})
        since_at = "" if renamed or counted else min(taken).at
        for at, seq, units in _moves(book.stock.timeline(place, product, name), since_at, first):
            if seq not in renamed:  # what a correction carried is carried again
                moved[seq].append(_Move(name, at, units - taken.get(When(at, seq), 0)))
    then = Book()
    then.put("place", (place,), book.get("place", place))
    add = then.move if renamed else then.stock.add
    for seq in sorted({*moved, *(renamed.keys() - mine), *counted}):
        if seq in renamed:
            at, name, to_lot = renamed[seq]
            if seq > first and first_below_renamed(then, place, product, (name, to_lot), When(at, seq)):
                yield seq
            Renamed(product, name, to_lot).apply(then, When(at, seq))
            continue
        moves, found = moved.get(seq, ()), counted.get(seq, ())
        came = all(then.stock.timeline(place, product, lot).first_arrival_at() is not None for lot in found)
        taking = moves if seq > first else ()
        if not came or any(first_below(then, place, product, lot, at, seq, units) for lot, at, units in taking):
            yield seq
        for lot, at, units in moves:
            add(place, product, lot, at, seq, units)


def _renamed(book: Book, product: str, lot: str) -> tuple[tuple[str, int, str], ...]:
    known: Lot | None = book.find("lot", product, lot)
    return known.renamed if known is not None else ()


def _moves(timeline: Timeline, since_at: str, first: int) -> Iterator[tuple[str, int, int]]:
    """(time, seq, units) from *since_at* on, and before it of what came after *first*; all else is one balance."""
    late = [move for move in timeline.later(first) if move[0] < since_at] if since_at else []
    yield "", FIRST, timeline.balance_at(since_at, FIRST) - sum(units for _, _, units in late)
    yield from (("", seq, units) for _, seq, units in late)
    yield from timeline.since(since_at)


def _counted_after(book: Book, place: str, product: str, lots: Sequence[str], first: int) -> dict[int, list[str]]:
    """Which of *lots* each later count or collection that stands says it found at *place*."""
    found = {}
    for account in (place, empties_of(place)):
        for seq in book.past.mentioning("counted", f"{account} {product}", first):
            past = book.past.by_seq(seq)
            if past is not None and book.find("reversal", past.id) is None:
                told = {line.get("lot") for line in past.body["lines"] if line["product"] == product}
                found[seq] = [lot for lot in lots if lot in told]
    return {seq: named for seq, named in found.items() if named}
