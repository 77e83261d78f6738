"""What waits: read from the projections for one role, as sentences with the page where it is done. Writes nothing.

A list is cut at `MOST`, and says how many more there are. Whose names stand in it is noted by the page that shows it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TypeAlias

from api.naming import Names
from api.pages.counter.units import say_change
from ledger.domain.history.deadlines import Deadline, find_deadlines
from ledger.domain.history.owing import Owed
from ledger.domain.home import last_until
from ledger.domain.person import events_of
from ledger.domain.records import Out
from ledger.domain.regulation import RuleSet
from ledger.domain.terms import PHARMACISTS
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.service import queries
from ledger.service.ports import EntryRow, Reading
from ledger.words import Words

MOST = 12
_SOON_DAYS, _EXPIRY_DAYS, _NOTICE_DAYS = 3, 60, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One line. `state`: bad where it is overdue, else ""."""

    said: str
    href: str = ""
    detail: str = ""
    state: str = ""


Telling: TypeAlias = Callable[[], Task]
"""A line that is put into words when it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str
    tasks: list[Task]
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where one reads: *now* is canonical UTC text, *today* the facility's day."""

    reading: Reading
    rules: RuleSet
    names: Names
    words: Words
    zone: str
    now: str
    today: date
    role: str

    @cached_property
    def owed(self) -> list[Owed]:
        """What is left of the courses that run."""
        return queries.read_owed(self.reading, self.now)

    def section(self, title: str, found: Iterable[Telling]) -> Section:
        """Only what is shown is put into words: names are decrypted one by one."""
        told = list(found)
        return Section(title=title, tasks=[tell() for tell in told[:MOST]], more=max(0, len(told) - MOST))


def find_running_out(desk: Desk) -> Iterator[Telling]:
    """Supplies at home that end before Monday, and at any rate within three days, the earliest first."""
    horizon = _before_monday(desk.today).isoformat()
    supplied = [owed for owed in desk.owed if owed.supplied]
    desk.reading.at_hand("open", (("home", owed.patient, owed.product) for owed in supplied))
    found = [(until, owed) for owed in supplied if (until := _covered_until(desk, owed)) < horizon]
    for until, owed in sorted(found, key=lambda each: each[0]):
        yield partial(_tell_running_out, desk, owed, until)


def _tell_running_out(desk: Desk, owed: Owed, until: str) -> Task:
    return Task(
        said=_of_patient(desk, owed),
        href=_to_patient(desk, owed),
        detail=desk.words.say("covered until {day}", day=_day(desk, until)) if until else "",
        state="bad" if until < desk.today.isoformat() else "",
    )


def find_parts_owed(desk: Desk) -> Iterator[Telling]:
    """What was supplied in part: how much of the course is left, and until when it may be handed out."""
    for owed in sorted(desk.owed, key=lambda each: each.until_on):
        if owed.supplied:
            yield partial(_tell_part_owed, desk, owed)


def _tell_part_owed(desk: Desk, owed: Owed) -> Task:
    left, until = desk.words.number(owed.left), _day(desk, owed.until_on)
    return Task(
        said=_of_patient(desk, owed),
        href=_to_patient(desk, owed),
        detail=desk.words.say("{units} left of the course, until {day}", units=left, day=until),
    )


def _to_patient(desk: Desk, owed: Owed) -> str:
    """Where this role works with the patient: a number or an id, which name nobody."""
    if desk.role == "physician":
        return f"/prescribing/{owed.patient}"
    (row, *_) = desk.reading.rows(type="patient.registered", mention=("patient", owed.patient))
    return f"/counter?entry={row.seq}"


def _of_patient(desk: Desk, owed: Owed) -> str:
    names = desk.names
    return desk.words.say(
        "{patient}: {product}", patient=names.patient(owed.patient), product=names.product(owed.product)
    )


def find_expiring(desk: Desk) -> Iterator[Telling]:
    """Lots in stock that expire within two months, or did."""
    last, found = (desk.today + timedelta(days=_EXPIRY_DAYS)).isoformat(), []
    for place, product, lot, units in desk.reading.balances():
        known = desk.reading.book.find("lot", product, lot) if units else None
        if known is not None and known.expires_on <= last:
            found.append((known.expires_on, place, product, lot, units))
    for each in sorted(found):
        yield partial(_tell_expiring, desk, *each)


def _tell_expiring(desk: Desk, expires_on: str, place: str, product: str, lot: str, units: int) -> Task:
    say, is_over, day = desk.words.say, expires_on < desk.today.isoformat(), _day(desk, expires_on)
    until = say("Expired on {day}", day=day) if is_over else say("Use by {day}", day=day)
    there = say("{units} in {place}", units=desk.words.number(units), place=desk.names.place(place))
    return Task(
        said=say("{product}, lot {lot}", product=desk.names.product(product), lot=lot),
        href=f"/stock?product={product}",
        detail=f"{until} · {there}",
        state="bad" if is_over else "",
    )


def find_due(desk: Desk, what: str, href: str) -> Iterator[Telling]:
    """Counts (`inventory`) or destructions that the rule set names a day for and whose day has come or is near."""
    near = (desk.today + timedelta(days=_SOON_DAYS)).isoformat()
    seals = [seal_no for (_, seal_no), _ in desk.reading.shelf("open", ("seal",))] if what == "destruction" else []
    due = find_deadlines(desk.reading.book, desk.rules, desk.now, stock=desk.reading.balances(), only=what, seals=seals)
    for each in sorted((each for each in due if each.due_on <= near), key=lambda each: each.due_on):
        yield partial(_tell_due, desk, each, href)


def _tell_due(desk: Desk, due: Deadline, href: str) -> Task:
    if due.seal_no:
        named = desk.words.say("bag {seal}", seal=due.seal_no)
    else:
        named = f"{desk.names.place(due.place)}: {desk.names.product(due.product)}"
    return Task(
        said=named,
        href=href,
        detail=desk.words.say("due on {day}", day=_day(desk, due.due_on)),
        state="bad" if due.overdue_days else "",
    )


def find_differences(desk: Desk) -> Iterator[Telling]:
    """Open discrepancies."""
    for row in queries.read_discrepancies(desk.reading):
        yield partial(_tell_difference, desk, row)


def _tell_difference(desk: Desk, row: queries.Row) -> Task:
    lot = f", {row['lot']}" if "lot" in row else ""
    unit = desk.names.products[row["product"]]["unit_of_presentation"]
    return Task(
        said=f"{desk.names.place(row['place'])}: {desk.names.product(row['product'])}{lot}",
        href="/stock/differences",
        detail=desk.words.say("difference {units}", units=say_change(desk.words, unit, row["difference"])),
        state="bad",
    )


def find_unanswered(desk: Desk) -> Iterator[Telling]:
    """Discharges of the last two weeks that the home side has not taken over within a day."""
    now, book = from_timestamp(desk.now), desk.reading.book
    for row in desk.reading.rows(type="dispense.discharge", last=50):
        age = now - from_timestamp(row.occurred_at)
        is_old = timedelta(days=1) <= age <= timedelta(days=_NOTICE_DAYS)
        if is_old and book.find("reversal", row.id) is None and not _is_answered(desk, row.id):
            yield partial(_tell_unanswered, desk, row)


def _tell_unanswered(desk: Desk, row: EntryRow) -> Task:
    patient = desk.names.patient(from_bytes(row.data)["statement"]["body"]["patient"])
    return Task(
        said=desk.words.say("{patient}: not taken over at home yet", patient=patient),
        href=f"/entries/{row.seq}",
        detail=desk.words.moment(from_timestamp(row.occurred_at), desk.zone),
        state="bad",
    )


def find_empties(desk: Desk) -> Iterator[Telling]:
    """Ampoules opened on a ward whose empties nobody handed in, by product."""
    due: dict[tuple[str, str], int] = {}
    for row in queries.read_empties_due(desk.reading):
        due[row["place"], row["product"]] = due.get((row["place"], row["product"]), 0) + row["units"]
    for (place, product), units in sorted(due.items()):
        yield partial(_tell_empties, desk, place, product, units)


def _tell_empties(desk: Desk, place: str, product: str, units: int) -> Task:
    how_many = desk.words.count("{n} empty one to hand in", "{n} empty ones to hand in", units)
    return Task(
        said=f"{desk.names.place(place)}: {desk.names.product(product)}",
        href="/ward/empties",
        detail="" if desk.role in PHARMACISTS else how_many,  # whoever collects them counts blind
    )


def _is_answered(desk: Desk, entry_id: str) -> bool:
    return any(
        from_bytes(row.data)["statement"]["body"]["kind"] == "acknowledged"
        for row in desk.reading.rows(type="notice.received", mention=("entry", entry_id))
    )


def _covered_until(desk: Desk, owed: Owed) -> str:
    out = desk.reading.book.find("open", "home", owed.patient, owed.product)
    if isinstance(out, Out):
        return out.ends_on or ""
    return last_until(events_of(desk.reading.book, owed.patient, owed.product)) or ""


def _before_monday(today: date) -> date:
    monday = today + timedelta(days=7 - today.weekday())
    return max(monday, today + timedelta(days=_SOON_DAYS))


def _day(desk: Desk, on: str) -> str:
    return desk.words.day(date.fromisoformat(on))
