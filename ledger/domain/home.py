"""One patient's supply of one product at home, folded into the closed circle (contract: "What the numbers mean").

    dispensed + surplus = administered + used + returned + missing + handed_over + still_out

A home never refuses: what is given or returned beyond what is there is surplus.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeEvent:
    """Something that happened to a patient's supply. `lot` is "" where the pack's lot was not read.

    `what`: dispensed, administered, counted, returned, handed_over; reversed (dispensed under an entry that was
    reversed, still out), undone (its row stays) and renamed (from then on the row of `lot` is that of `to_lot`; no
    home is told this, its readers add it). `units` counts packs (for a
    count, what was found; for a return, intact and broken together); `shortfall` books a return's gap.
    """

    at: str
    seq: int
    line: int
    what: str
    lot: str
    units: int
    shortfall: str | None = None
    until_on: str | None = None
    to_lot: str | None = None


@dataclass(slots=True)
class Circle:
    """One lot's row. `reversed` is how many of `still_out` left under an entry that was reversed."""

    dispensed: int = 0
    surplus: int = 0
    administered: int = 0
    used: int = 0
    returned: int = 0
    missing: int = 0
    handed_over: int = 0
    still_out: int = 0
    reversed: int = 0


COLUMNS = tuple(f.name for f in fields(Circle) if f.name != "reversed")
MISSING_SHORTFALLS = frozenset({"not_found", "kept_by_family", "other"})


def fold_home(events: Iterable[HomeEvent], expires: Mapping[str, str]) -> dict[str, Circle]:
    """The circle's row of each lot after *events*; *expires* gives known expiry days, unknown ones sort last."""
    rows: dict[str, Circle] = {}
    for _ in _book(rows, events, expires):
        pass
    for row in rows.values():
        row.reversed = min(row.reversed, row.still_out)
    return rows


def last_until(events: Iterable[HomeEvent]) -> str | None:
    """The last day that any of the supplies was meant for; None where none says one."""
    return max((event.until_on for event in events if event.until_on is not None), default=None)


def find_uncovered(events: Iterable[HomeEvent], expires: Mapping[str, str], *, without: Collection[int]) -> list[int]:
    """Seqs of the entries that would book more surplus, had the entries *without* never been."""
    told = tuple(events)
    as_is = _surplus_by_entry(told, expires)
    then = _surplus_by_entry((event for event in told if event.seq not in without), expires)
    return [seq for seq, units in then.items() if units > as_is[seq]]


def find_surplus(events: Iterable[HomeEvent], expires: Mapping[str, str], *, seq: int) -> int:
    """What the entry *seq* among *events* finds too much."""
    return _surplus_by_entry(events, expires).get(seq, 0)


def _surplus_by_entry(events: Iterable[HomeEvent], expires: Mapping[str, str]) -> dict[int, int]:
    rows: dict[str, Circle] = {}
    found: dict[int, int] = {}
    before = 0
    for event in _book(rows, events, expires):
        now = sum(row.surplus for row in rows.values())
        found[event.seq] = found.get(event.seq, 0) + now - before
        before = now
    return found


def find_used(events: Iterable[HomeEvent], expires: Mapping[str, str]) -> Iterator[tuple[HomeEvent, int]]:
    """(event, units) wherever a count or a return showed that something had been used."""
    rows: dict[str, Circle] = {}
    before = 0
    for event in _book(rows, events, expires):
        now = sum(row.used for row in rows.values())
        if now > before:
            yield event, now - before
        before = now


def _book(rows: dict[str, Circle], events: Iterable[HomeEvent], expires: Mapping[str, str]) -> Iterator[HomeEvent]:
    """Book *events* into *rows* in their order, each given back once it is in them."""

    def oldest_first(lot: str) -> list[str]:
        if lot:
            return [lot]
        # Packs whose lot was never read are the patient's too, and come last.
        return sorted(rows, key=lambda each: (not each, expires.get(each, "9999"), each)) or [""]

    told = sorted(events, key=lambda e: (e.at, e.seq, e.line))
    for event in told:
        if event.what == "renamed":
            _rename(rows, event)
        elif event.what != "undone":
            lots = oldest_first(event.lot)
            for lot in lots:
                rows.setdefault(lot, Circle())
            _BOOKED[event.what](rows, lots, event)
        yield event
    for event in told:
        if event.what == "undone" and event.lot:
            rows.setdefault(event.lot, Circle())  # at nothing, and never one of the patient's lots


def _rename(rows: dict[str, Circle], event: HomeEvent) -> None:
    """The whole row, where the home has one, is from now on that of the true name."""
    wrong = rows.pop(event.lot, None)
    if wrong is not None:
        true = rows.setdefault(event.to_lot or "", Circle())
        for column in fields(Circle):
            setattr(true, column.name, getattr(true, column.name) + getattr(wrong, column.name))


def _take(rows: dict[str, Circle], lots: list[str], units: int, column: str) -> None:
    """Book *units* that left the home under *column*, oldest lot first; what was not there is surplus of the newest."""
    for lot in lots:
        row = rows[lot]
        taken = min(units, row.still_out)
        row.still_out -= taken
        setattr(row, column, getattr(row, column) + taken)
        units -= taken
    if units:
        row = rows[lots[-1]]
        row.surplus += units
        setattr(row, column, getattr(row, column) + units)


def _dispensed(rows: dict[str, Circle], lots: list[str], event: HomeEvent) -> None:
    row = rows[lots[0]]
    row.dispensed += event.units
    row.still_out += event.units
    if event.what == "reversed":
        row.reversed += event.units


def _counted(rows: dict[str, Circle], lots: list[str], event: HomeEvent) -> None:
    there = sum(rows[lot].still_out for lot in lots)
    if event.units < there:
        _take(rows, lots, there - event.units, "used")
    else:
        row = rows[lots[-1]]
        row.surplus += event.units - there
        row.still_out += event.units - there


def _returned(rows: dict[str, Circle], lots: list[str], event: HomeEvent) -> None:
    _take(rows, lots, event.units, "returned")
    gap = sum(rows[lot].still_out for lot in lots)
    _take(rows, lots, gap, "missing" if event.shortfall in MISSING_SHORTFALLS else "used")


_BOOKED = {
    "dispensed": _dispensed,
    "reversed": _dispensed,
    "administered": lambda rows, lots, event: _take(rows, lots, event.units, "administered"),
    "handed_over": lambda rows, lots, event: _take(rows, lots, event.units, "handed_over"),
    "counted": _counted,
    "returned": _returned,
}
