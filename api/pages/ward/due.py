"""What is due at the bedside: courses that run, when each was last given, when it is given next. Reads only.

A course belongs to the ward that its last dose came from; one without a dose may be anybody's. The next dose is due
the course's own interval after the last one, given or not; a patch that fell off is due at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.domain.asking.courses import ORDERS, Course, to_courses
from ledger.domain.book import Book
from ledger.domain.kind import day_begins_at, local_day
from ledger.domain.person import find_death, ids_of
from ledger.domain.records import Infusion, Past, Prescription
from ledger.log.canonical import to_timestamp
from ledger.service.opened import find_standing
from ledger.service.ports import EntryRow, Reading
from ledger.service.queries import have_courses_at_hand, read_body

HOME = "home"
"""In the place of a ward: doses that staff give at the patient's home."""
_GIVEN = ("dose.administered", "infusion.started", "dose.not_given")
_LOOKED_AT = 8
"""Entries of one course that are looked at for its last dose: reversed ones are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One course at the bedside; times are canonical UTC text. `last`: the last dose given. `due_at`: None when needed.
    `patch_on`: since when.
    """

    order: Past
    course: Course
    patient: str
    setting: str
    left: int
    place: str | None
    last: EntryRow | None
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
    orders = [past for row in rows if (past := reading.book.past.by_seq(row.seq)) is not None]
    return sorted(_running(reading, orders, now), key=lambda due: (due.due_at or "~", due.order.seq))


def find_running(reading: Reading, prescription: str, now: str) -> Due | None:
    """The course of that id, where it runs *now*."""
    record: Prescription | None = reading.book.find("prescription", prescription)
    found = find_of_patient(reading, record.patient, now) if record else []
    return next((due for due in found if due.course.prescription == prescription), None)


def find_given(reading: Reading, prescription: str, after: int, before: int) -> EntryRow | None:
    """The newest dose of a course between the entries *after* and *before*, where one stands."""
    rows = [row for row in _last(reading, "prescription", prescription) if after < row.seq < before]
    given = [row for row in _standing(reading, rows) if row.type in _GIVEN and row.type != "dose.not_given"]
    return max(given, key=lambda row: row.seq, default=None)


def find_drivers(reading: Reading, patients: Iterable[str]) -> Iterator[Driver]:
    """The syringe drivers that run with *patients*."""
    for patient in patients:
        for each in ids_of(reading.book, patient):
            for row in reading.rows(mention=("driver", each), last=5):
                body = read_body(row)
                record: Infusion | None = reading.book.find("infusion", body["infusion"])
                if record is not None and record.stopped_at is None:
                    yield Driver(
                        infusion=body["infusion"], patient=patient, started_at=row.occurred_at,
                        ends_at=_later(row.occurred_at, timedelta(hours=record.hours)), body=body,
                    )  # fmt: skip


def _find_inpatients(reading: Reading, now: str) -> Iterator[Due]:
    book, month = reading.book, local_day(now, reading.book.facility.zone)[:7]
    have_courses_at_hand(reading, month)
    found = (book.past.by_seq(seq) for seq in book.past.mentioning("course", month))
    orders = [past for past in found if past is not None and past.body.get("setting") == "inpatient"]
    return _running(reading, orders, now)


def _running(reading: Reading, orders: Iterable[Past], now: str) -> Iterator[Due]:
    book = reading.book
    today = local_day(now, book.facility.zone)
    records = [(past, book.find("prescription", past.body["prescription"])) for past in orders]
    running = [(past, record) for past, record in records if record and _is_running(book, record, today, now)]
    last = [_last(reading, "prescription", past.body["prescription"]) for past, _ in running]
    reading.at_hand("reversal", ((row.id,) for rows in last for row in rows))
    for (past, record), rows in zip(running, last, strict=True):
        if courses := to_courses(past, book):
            given = [row for row in _standing(reading, rows) if row.type in _GIVEN]
            yield _to_due(reading, past, courses[0], record, given)


def _is_running(book: Book, record: Prescription, today: str, now: str) -> bool:
    if not record.starts_on <= today <= record.ends_on or find_death(book, record.patient):
        return False
    return record.stopped_at is None or record.stopped_at > now


def _to_due(reading: Reading, order: Past, course: Course, record: Prescription, given: list[EntryRow]) -> Due:
    doses = sorted((row for row in given if row.type != "dose.not_given"), key=lambda row: (row.occurred_at, row.seq))
    last = doses[-1] if doses else None
    last_at = last.occurred_at if last else None
    taken_off = _taken_off(reading, record.patient, course, last_at) if course.is_patch and last_at else None
    return Due(
        order=order,
        course=course,
        patient=ids_of(reading.book, record.patient)[0],
        setting=record.setting,
        left=record.left,
        place=read_body(last).get("place") if last else None,
        last=last,
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
    match row.type:
        case "dose.not_given":
            return read_body(row)["due_at"], step
        case "infusion.started":
            return row.occurred_at, timedelta(hours=read_body(row)["hours"])
    return row.occurred_at, step


def _taken_off(reading: Reading, patient: str, course: Course, since: str) -> str | None:
    """When the patch that was put on at *since* came off, where nothing was put on afterwards."""
    ids = ids_of(reading.book, patient)
    rows = [row for each in ids for row in _standing(reading, _last(reading, "patient", each, "patch.removed"))]
    off = [row for row in rows if row.occurred_at > since and read_body(row)["product"] == course.product]
    soon = _later(since, timedelta(hours=1))  # of a change it is the old one, written down afterwards
    times = [row.occurred_at for row in off if read_body(row)["reason"] != "change" or row.occurred_at > soon]
    return max(times, default=None)


def _last(reading: Reading, kind: str, key: str, type: str | None = None) -> list[EntryRow]:
    """The last entries that mention a thing."""
    return reading.rows(type=type, mention=(kind, key), last=_LOOKED_AT)


def _standing(reading: Reading, rows: Iterable[EntryRow]) -> list[EntryRow]:
    return [row for row in rows if reading.book.find("reversal", row.id) is None]


def _later(at: str, by: timedelta) -> str:
    return to_timestamp(datetime.fromisoformat(at).astimezone(UTC) + by)
