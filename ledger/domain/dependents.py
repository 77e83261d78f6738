"""What rests on entries: later ones that a rule would refuse, had these never been, so that they go before them.

What is undone together is looked at together: three reports of the same packs can each be spared, and not all three.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ledger.domain.effects import AtHome, Effect, EmptiesChanged, Moved, SealChanged
from ledger.domain.effects import Changed as FieldChanged
from ledger.domain.findings import EMPTIES, CollectedLine, Resolved, empties_of
from ledger.domain.home import find_uncovered
from ledger.domain.kind import Case
from ledger.domain.lot_changes import Renamed
from ledger.domain.lots import names_after
from ledger.domain.person import events_of, named_events
from ledger.domain.records import Past
from ledger.domain.timeline import Change, When

# A sealed month stays sealed: opened for an hour, it would take in what nobody could tell from the rest.
NEVER_REVERSED = frozenset({"entry.reversed", "entry.countersigned", "claim.settled", "period.sealed"})
# What an inspector noted of a mistake, what was answered, and a report of what was known then let it be mended.
_RESTS_ON_NOTHING = NEVER_REVERSED | {"inspection.noted", "inspection.answered", "report.issued"}

Undone = Sequence[tuple[Past, Sequence[Effect]]]
"""Entries with their effects."""
_Changes = Mapping[tuple[str, str, str], Sequence[Change]]
"""What would be different in the stock of (place, product, lot)."""


def find_dependents(case: Case, undone: Undone, packs: str) -> list[int]:
    """Later entries, in order, that a rule would refuse without those *undone*, whose packs are where *packs* says."""
    book, seqs, closings = case.book, set[int](), set[int]()
    for past, effects in undone:
        seqs |= set(book.past.mentioning("entry", past.id, past.seq))
        for effect in effects:
            seqs |= set(effect.dependents(book, When(past.occurred_at, past.seq)))
        closings |= _closings(case, effects, packs)
    changes = _changes(case, undone, stock=packs == "never_left")
    seqs |= _left_without_arrival(case, changes, {past.seq for past, _ in undone})
    if packs in ("never_left", "back_sealed"):
        seqs |= _left_uncovered(case, undone)
    found = {seq for seq in seqs if _stands(case, seq)} | closings
    for row, changed in changes.items():
        found.update(book.stock.timeline(*row).below_after(changed))
    return sorted(found - {past.seq for past, _ in undone})


def _changes(case: Case, undone: Undone, *, stock: bool) -> _Changes:
    """The units that would be missing or left over, under every name that their lots have had since."""
    found: dict[tuple[str, str, str], list[Change]] = defaultdict(list)

    def change(place: str, product: str, lot: str, when: When, units: int) -> None:
        for name, since, until in names_after(case.book, product, lot, when.at, when.seq):
            found[place, product, name].append((since, until, units))

    for past, effects in undone:
        then = When(past.occurred_at, past.seq)
        for effect in effects:
            if isinstance(effect, Moved) and stock:
                when = When(effect.at or then.at, then.seq)
                change(effect.place, effect.product, effect.lot, when, -effect.units)
            elif isinstance(effect, Renamed):
                for account, units in effect.held(case.book, then):
                    if not account.startswith(EMPTIES):
                        change(account, effect.product, effect.to_lot, then, -units)
                        change(account, effect.product, effect.lot, then, units)
    return {row: changed for row, changed in found.items() if any(units < 0 for _, _, units in changed)}


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


def _left_without_arrival(case: Case, changes: _Changes, mine: set[int]) -> set[int]:
    """Later counts and collections of a lot that its place, as far as was known then, would never have had."""
    found: set[int] = set()
    for (place, product, lot), changed in changes.items():
        gone = {since: units for since, _, units in changed}
        moves = case.book.stock.timeline(place, product, lot)
        came = [by for at, by, units in moves if units + gone.get((at, by), 0) > 0 and by not in mine]
        arrived = min(came, default=case.seq)
        for account in (place, empties_of(place)):
            for later in case.book.past.mentioning("counted", f"{account} {product}", min(mine)):
                past = case.book.past.by_seq(later)
                if later < arrived and past is not None and _names(past, product, lot):
                    found.add(later)
    return found


def _names(past: Past, product: str, lot: str) -> bool:
    return any((line["product"], line.get("lot")) == (product, lot) for line in past.body["lines"])


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
