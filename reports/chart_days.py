"""What a chart of a dose history shows, day by day, as numbers: nothing of how it is drawn."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reports.dose_told import DoseDay, DoseFigure, Doses, PatchWorn

MOST_DAYS = 62
"""So many days stand side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One local day: mg of oral morphine by drug, what was supplied for it and what was taken (given and used).

    `prescribed` is the regular opioid alone, None where nothing is prescribed. `unknown`: something of the day
    cannot be determined.
    """

    on: date
    supplied: dict[str, float]
    taken: dict[str, float]
    prescribed: float | None
    unknown: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A patch in days since the first slot: `row` keeps those that were worn together apart."""

    row: int
    starts: float
    known: float
    ends: float
    due: float | None
    value: str


def to_slots(doses: Doses, first_on: date, last_on: date) -> list[Slot]:
    by_day = {day.on: day for day in doses.days}
    return [_slot(on, by_day.get(on)) for on in _days(first_on, last_on)]


def _days(first_on: date, last_on: date) -> Iterator[date]:
    return (first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1))


def _slot(on: date, day: DoseDay | None) -> Slot:
    if day is None:
        return Slot(on=on, supplied={}, taken={}, prescribed=None, unknown=False)
    regular = day.prescribed.equivalent if day.prescribed is not None else None
    return Slot(
        on=on,
        supplied=_by_drug([day.dispensed]),
        taken=_by_drug([day.administered, day.used]),
        prescribed=float(regular) if regular is not None and float(regular) else None,
        unknown=any(each.equivalent is None or each.as_needed is None for each in day.figures),
    )


def _by_drug(figures: Iterable[DoseFigure | None]) -> dict[str, float]:
    found: Counter[str] = Counter()
    for figure in figures:
        for amount in figure.amounts if figure is not None else ():
            if amount.equivalent is not None and float(amount.equivalent):
                found[amount.inn] += float(amount.equivalent)  # type: ignore[assignment]
    return dict(found)


def to_spans(worn: Sequence[PatchWorn], first_on: date, last_on: date, zone: ZoneInfo) -> list[Span]:
    """The patches that were on in these days, cut to them."""
    start, days = datetime.combine(first_on, time(), zone), (last_on - first_on).days + 1
    rows: list[float] = []
    found = []
    for patch in worn:
        starts, known, ends = (_since(start, at) for at in (patch.on_at, patch.known_until, patch.off_at))
        if ends <= 0 or starts >= days:
            continue
        due = None if patch.change_due is None else _since(start, patch.change_due)
        row = next((n for n, until in enumerate(rows) if until <= starts + 1 / 24), len(rows))
        rows[row : row + 1] = [ends]
        first, sure, last = (min(max(each, 0.0), float(days)) for each in (starts, known, ends))
        shown_due = due if due is not None and first < due <= last else None
        found.append(Span(row, first, sure, last, shown_due, patch.value))
    return found


def _since(start: datetime, at: datetime) -> float:
    """Days by the clock of the place, so that a midnight is a whole number."""
    local = at.astimezone(start.tzinfo).replace(tzinfo=None)
    return (local - start.replace(tzinfo=None)) / timedelta(days=1)


def marked_days(doses: Doses, zone: ZoneInfo) -> dict[str, set[date]]:
    """The local days of a death, a discharge, an entry that was reversed."""
    found: dict[str, set[date]] = {"death": {doses.died_on} if doses.died_on else set(), "discharge": set()}
    found["reversed"] = set()
    for entry in doses.told:
        on = entry.at.astimezone(zone).date()
        if entry.reversed_by is not None:
            found["reversed"].add(on)
        elif entry.type == "dispense.discharge":
            found["discharge"].add(on)
    return found


def shown_days(doses: Doses, to_on: date | None = None) -> tuple[date, date] | None:
    """The first and last day of the newest `MOST_DAYS` up to *to_on* (None: the last on record); None: no day."""
    if not doses.days:
        return None
    last_on = to_on or doses.days[-1].on
    first_on = max(min(doses.days[0].on, last_on), last_on - timedelta(days=MOST_DAYS - 1))
    return first_on, last_on
