"""What rests on entries: later ones that a rule would refuse, had these never been, so that they go before them.

What is undone together is looked at together: three reports of the same packs can each be spared, and not all three.
"""

from collections.abc import Sequence

from ledger.domain.effects import AtHome, Effect, EmptiesChanged, Moved, SealChanged
from ledger.domain.effects import Changed as FieldChanged
from ledger.domain.findings import CollectedLine, Resolved
from ledger.domain.home import find_uncovered
from ledger.domain.kind import Case
from ledger.domain.person import events_of, named_events
from ledger.domain.timeline import When
from ledger.domain.told_again import Undone, find_refused

# A sealed month stays sealed: opened for an hour, it would take in what nobody could tell from the rest.
NEVER_REVERSED = frozenset({"entry.reversed", "entry.countersigned", "claim.settled", "period.sealed"})
# What an inspector noted of a mistake, what was answered, and a report of what was known then let it be mended.
_RESTS_ON_NOTHING = NEVER_REVERSED | {"inspection.noted", "inspection.answered", "report.issued"}


def find_dependents(case: Case, undone: Undone, packs: str) -> list[int]:
    """Later entries, in order, that a rule would refuse without those *undone*, whose packs are where *packs* says."""
    book, seqs, closings = case.book, set[int](), set[int]()
    for past, effects in undone:
        seqs |= set(book.past.mentioning("entry", past.id, past.seq))
        for effect in effects:
            seqs |= set(effect.dependents(book, When(past.occurred_at, past.seq)))
        closings |= _closings(case, effects, packs)
    if packs in ("never_left", "back_sealed"):
        seqs |= _left_uncovered(case, undone)
    found = {seq for seq in seqs if _stands(case, seq)} | closings
    found |= find_refused(book, undone, stock=packs == "never_left")
    return sorted(found - {past.seq for past, _ in undone})


def _closings(case: Case, effects: Sequence[Effect], packs: str) -> set[int]:
    """What closed a place as empty that the reversal would put something back into."""
    book = case.book
    places: set[str] = set()
    for effect in effects:
        match effect:
            case Moved() if packs == "never_left":
                places.add(effect.place)
            case EmptiesChanged() | CollectedLine():
                places.add(effect.place)
            case Resolved():
                places.add(book.get("discrepancy", effect.discrepancy).place)
            case SealChanged(field="place"):
                places.add(effect.before)
            case SealChanged():
                places.add(book.get("seal", effect.key[-1]).place)
            case FieldChanged(shelf="sheet"):
                places.add(book.get("sheet", *effect.key).place)
    found = (book.find("place", place) for place in places)
    return {place.closed_by for place in found if place is not None and place.closed_by is not None}


def _left_uncovered(case: Case, undone: Undone) -> set[int]:
    """Later entries that gave, found or took back at a home what would then have come from nowhere.

    Else the packs of one supply could be in custody and in stock at once.
    """
    book, found, mine = case.book, set[int](), {past.seq for past, _ in undone}
    came = (e for _, effects in undone for e in effects if isinstance(e, AtHome) and e.what == "dispensed")
    for patient, product in {(effect.patient, effect.product) for effect in came}:
        events = named_events(book, product, events_of(book, patient, product))
        uncovered = find_uncovered(*events, without=mine)
        found |= {by for by in uncovered if by > min(mine)}
    return found


def _stands(case: Case, seq: int) -> bool:
    past = case.book.past.by_seq(seq)
    if past is None or past.type in _RESTS_ON_NOTHING:
        return False
    return case.book.find("reversal", past.id) is None
