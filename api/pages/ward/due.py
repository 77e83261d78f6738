"""What is due at the bedside: courses that run, when each was last given, when it is given next. Reads only.

A course belongs to the ward that its last dose came from; one without a dose may be anybody's. The next dose is due
the course's own interval after the last one, given or not; a patch that fell off is due at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.domain.asking.courses import ORDERS, Course, to_courses
from ledger.domain.kind import day_begins_at, local_day
from ledger.domain.person import find_death, ids_of
from ledger.domain.records import Infusion, Past
from ledger.log.canonical import from_bytes, to_timestamp
from ledger.service.opened import find_standing
from ledger.service.ports import EntryRow, Reading

HOME = "home"
"""In the place of a ward: doses that staff give at the patient's home."""
_GIVEN = ("dose.administered", "infusion.started", "dose.not_given")
_LOOKED_AT = 24
"""Entries of one course that are looked at for its last dose: reversed ones are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One course at the bedside; times are canonical UTC text. `due_at`: None when needed. `patch_on`: since when."""

    order: Past
    course: Course
    patient: str
    setting: str
    left: int
    place: str | None
    last_at: str | None
    due_at: str | None
    patch_on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A syringe driver that runs: `body` is what was started."""

    infusion: str
    patient: str
    started_at: str
    ends_at: str
    body: dict[str, Any]


def find_of_ward(reading: Reading, place: str, now: str) -> tuple[list[Due], int]:
    """The inpatient courses of the ward *place* that run *now*, the next one first; how many other wards have."""
    running = list(_find_inpatients(reading, now))
    mine = [due for due in running if due.place in (None, place)]
    return sorted(mine, key=lambda due: (due.due_at or "~", due.order.seq)), len(running) - len(mine)


def find_of_patient(reading: Reading, patient: str, now: str) -> list[Due]:
    """Every course of the person that runs *now*, the next one first."""
    rows = [row for each in ids_of(reading.book, patient) for row in find_standing(reading, ORDERS, each)]
    return sorted(_running(reading, rows, now), key=lambda due: (due.due_at or "~", due.order.seq))


def find_drivers(reading: Reading, patients: Iterable[str]) -> Iterator[Driver]:
    """The syringe drivers that run with *patients*."""
    for patient in patients:
        for each in ids_of(reading.book, patient):
            for row in reading.rows(type="infusion.started", mention=("patient", each), last=5):
                body = from_bytes(row.data)["statement"]["body"]
                record: Infusion | None = reading.book.find("infusion", body["infusion"])
                if record is not None and record.stopped_at is None:
                    yield Driver(
                        infusion=body["infusion"], patient=patient, started_at=row.occurred_at,
                        ends_at=_later(row.occurred_at, timedelta(hours=record.hours)), body=body,
                    )  # fmt: skip


def _find_inpatients(reading: Reading, now: str) -> Iterator[Due]:
    today = local_day(now, reading.book.facility.zone)
    rows = reading.rows(mention=("course", today[:7]))
    return _running(reading, [row for row in rows if _body(row).get("setting") == "inpatient"], now)


def _running(reading: Reading, rows: Iterable[EntryRow], now: str) -> Iterator[Due]:
    book = reading.book
    today = local_day(now, book.facility.zone)
    for row in rows:
        body = _body(row)
        record = book.find("prescription", body["prescription"])
        if record is None or not record.starts_on <= today <= record.ends_on or find_death(book, record.patient):
            continue
        if record.stopped_at is not None and record.stopped_at <= now:
            continue
        past = book.past.by_seq(row.seq)
        if past is not None and (courses := to_courses(past, book)):
            yield _to_due(reading, past, courses[0], record)


def _to_due(reading: Reading, order: Past, course: Course, record: Any) -> Due:
    given = [row for row in _entries(reading, "prescription", course.prescription) if row.type in _GIVEN]
    doses = sorted((row for row in given if row.type != "dose.not_given"), key=lambda row: row.occurred_at)
    last_at = doses[-1].occurred_at if doses else None
    taken_off = _taken_off(reading, record.patient, course, last_at) if course.is_patch and last_at else None
    return Due(
        order=order,
        course=course,
        patient=ids_of(reading.book, record.patient)[0],
        setting=record.setting,
        left=record.left,
        place=_body(doses[-1]).get("place") if doses else None,
        last_at=last_at,
        due_at=None if course.as_needed else (taken_off or _next_at(reading, order, course, given)),
        patch_on=last_at if course.is_patch and taken_off is None else None,
    )


def _next_at(reading: Reading, order: Past, course: Course, given: Iterable[EntryRow]) -> str:
    """The latest end of what a dose is for; of a course without a dose, its beginning."""
    step = timedelta(hours=course.hours / course.times)
    ends = [_later(*_covers(row, step)) for row in given]
    begins_at = max(order.occurred_at, day_begins_at(course.starts_on, reading.book.facility.zone))
    return max(ends, default=begins_at)


def _covers(row: EntryRow, step: timedelta) -> tuple[str, timedelta]:
    body = _body(row)
    if row.type == "dose.not_given":
        return body["due_at"], step
    return row.occurred_at, timedelta(hours=body["hours"]) if row.type == "infusion.started" else step


def _taken_off(reading: Reading, patient: str, course: Course, since: str) -> str | None:
    """When the patch that was put on at *since* came off, where nothing was put on afterwards."""
    ids = ids_of(reading.book, patient)
    rows = [row for each in ids for row in _entries(reading, "patient", each, "patch.removed")]
    off = [row for row in rows if row.occurred_at > since and _body(row)["product"] == course.product]
    soon = _later(since, timedelta(hours=1))  # of a change it is the old one, written down afterwards
    times = [row.occurred_at for row in off if _body(row)["reason"] != "change" or row.occurred_at > soon]
    return max(times, default=None)


def _entries(reading: Reading, kind: str, key: str, type: str | None = None) -> list[EntryRow]:
    """The last entries that mention a thing and stand."""
    rows = reading.rows(type=type, mention=(kind, key), last=_LOOKED_AT)
    return [row for row in rows if reading.book.find("reversal", row.id) is None]


def _body(row: EntryRow) -> dict[str, Any]:
    body: dict[str, Any] = from_bytes(row.data)["statement"]["body"]
    return body


def _later(at: str, by: timedelta) -> str:
    return to_timestamp(datetime.fromisoformat(at).astimezone(UTC) + by)
