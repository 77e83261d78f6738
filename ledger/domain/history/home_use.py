"""What a patient used at home between two counts, derived from the statements that were known at an entry S.

The circle's own shelf says how things stand now; this fold is made again from the effects of the entries it is
given, so a reversal that came later changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ledger.domain.asking.courses import days_between
from ledger.domain.book import Book
from ledger.domain.effects import AtHome
from ledger.domain.home import HomeEvent, find_used
from ledger.domain.kind import Case, command_of, local_day
from ledger.domain.lots import expiry_of
from ledger.domain.records import Past
from ledger.domain.regulation import RuleSet
from ledger.domain.vocabulary import KINDS

_MOVES_NOTHING_HOME = ("prescription.", "infusion.stopped", "patch.removed", "patient", "entry.")


@dataclass(frozen=True, slots=True)
class Used:
    """*units* gone in the *days* from `first_on`: shown by a count or a return, spread evenly by whoever draws it."""

    product: str
    units: int
    first_on: str
    days: int


def find_used_at_home(
    book: Book, patients: Collection[str], entries: Sequence[Past], *, rules: RuleSet
) -> Iterator[Used]:
    """What the counts and returns among *entries* (in order of time) showed to be used, oldest first per product."""
    events: dict[str, list[HomeEvent]] = defaultdict(list)
    for entry in entries:
        if not entry.type.startswith(_MOVES_NOTHING_HOME) and "place" not in _given_from(entry):
            command = command_of(entry)
            case = Case(command=command, book=book, rules=rules, kinds=KINDS, now=entry.occurred_at, imported=True)
            for effect in KINDS[entry.type].effects(case):
                if isinstance(effect, AtHome) and effect.patient in patients:
                    events[effect.product].append(_to_event(effect, entry))
    for product, told in events.items():
        known = {event.lot: expiry_of(book, product, event.lot) for event in told}
        expires = {lot: expires_on for lot, expires_on in known.items() if expires_on}
        for event, units in find_used(told, expires):
            first_on, last_on = _since(told, event, book), _day(event, book)
            yield Used(product, units, first_on, max(1, days_between(first_on, last_on)))


def _given_from(entry: Past) -> dict[str, object]:
    """Doses and infusions from a place of the facility touch no home."""
    return entry.body if entry.type in ("dose.administered", "infusion.started") else {}


def _to_event(effect: AtHome, entry: Past) -> HomeEvent:
    return HomeEvent(
        at=entry.occurred_at,
        seq=entry.seq,
        line=effect.line,
        what=effect.what,
        lot=effect.lot,
        units=effect.units,
        shortfall=effect.shortfall,
    )


def _since(told: Sequence[HomeEvent], found: HomeEvent, book: Book) -> str:
    """The day of the last count or return before *found*, else of the first supply."""
    before = [event for event in told if (event.at, event.seq) < (found.at, found.seq)]
    counts = [event for event in before if event.what in ("counted", "returned")]
    return _day(counts[-1] if counts else before[0] if before else found, book)


def _day(event: HomeEvent, book: Book) -> str:
    return local_day(event.at, book.facility.zone)
