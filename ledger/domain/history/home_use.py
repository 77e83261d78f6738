"""What a patient used at home between two counts, derived from the statements that were known at an entry S.

The circle's own shelf says how things stand now; this fold is made again from the effects of the entries it is
given, so a reversal that came later changes nothing.
"""

from bisect import bisect_left
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

_LOOKS = ("home.counted", "unused.returned")
"""What shows that something was used, beside a supply's `left_before`."""
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
    if not any(entry.type in _LOOKS or "left_before" in entry.body for entry in entries):
        return
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
        looked = [event for event in told if event.what in ("counted", "returned")]
        for event, units in find_used(told, expires):
            since = _last_before(looked, event) or min(told[0], event, key=_order)
            first_on, last_on = _day(since, book), _day(event, book)
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


def _order(event: HomeEvent) -> tuple[str, int]:
    return event.at, event.seq


def _last_before(looked: Sequence[HomeEvent], found: HomeEvent) -> HomeEvent | None:
    """The last count or return before the entry of *found*; the first supply is where there is none."""
    at = bisect_left(looked, _order(found), key=_order)
    return looked[at - 1] if at else None


def _day(event: HomeEvent, book: Book) -> str:
    return local_day(event.at, book.facility.zone)
