"""What can be handed to a patient now, and why the rest cannot. Trusts the book; recording judges everything anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ledger.domain.asking.courses import ORDERS, SUPPLIES, Course, covered_until, days_between, to_courses
from ledger.domain.book import Book
from ledger.domain.kind import local_day
from ledger.domain.lots import HELD, expiry_of, state_at
from ledger.domain.person import ids_of, read_home
from ledger.domain.records import Past, Prescription
from ledger.service.opened import find_standing, open_entry
from ledger.service.ports import Reading, Vault

_LATE = 2**62
_SHOWN_AFTER_DAYS = 31
_MOST_COLLECTORS = 9
_LOOKED_THROUGH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LotHere:
    """Units of a lot at the place. `held`: why none may be given (`expired`, `quarantined`, `recalled`), or ""."""

    lot: str
    expires_on: str | None
    units: int
    held: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A course that runs. `per_day`: units that a day takes, None where dose and strength do not compare.

    `covered_until`: the last day that was supplied for, or ""; `at_home`: units still out there.
    """

    prescription: str
    record: Prescription
    order: dict[str, Any]
    course: Course | None
    lots: tuple[LotHere, ...]
    per_day: Decimal | None
    covered_until: str
    at_home: int

    @property
    def in_stock(self) -> int:
        return sum(lot.units for lot in self.lots if not lot.held)

    def units_for(self, days: int) -> int | None:
        return None if self.per_day is None else int((self.per_day * days).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A course that is not in the basket: `why` is inpatient, stopped, over, used_up or later; `on` its day, or ""."""

    prescription: str
    product: str
    why: str
    on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Who collected before. `name` is "" where none was asked."""

    kind: str
    name: str


def read_orders(reading: Reading, patient: str) -> Iterator[Past]:
    """The prescriptions of the person that stand, under all their ids."""
    for each in ids_of(reading.book, patient):
        for row in find_standing(reading, ORDERS, each):
            past = reading.book.past.by_seq(row.seq)
            if past is not None:
                yield past


def get_order(book: Book, prescription: str) -> Past:
    """The entry that wrote the prescription."""
    found = (book.past.by_seq(seq) for seq in book.past.mentioning("prescription", prescription))
    return next(past for past in found if past is not None and past.body.get("single_dose"))


def read_basket(reading: Reading, patient: str, place: str, now: str) -> tuple[list[Line], list[Missing], int]:
    """(what can be supplied, what cannot and why, how many older ones are not listed) at *now*, canonical UTC text."""
    book = reading.book
    today = local_day(now, book.facility.zone)
    lines, missing, older = [], [], 0
    for past in read_orders(reading, patient):
        record: Prescription = book.get("prescription", past.body["prescription"])
        why, on = _why_not(record, now, today, book.facility.zone)
        if why is None:
            lines.append(_line(reading, past, record, place, now))
        elif on and on < today and days_between(on, today) > _SHOWN_AFTER_DAYS:
            older += 1
        else:
            missing.append(Missing(prescription=past.body["prescription"], product=record.product, why=why, on=on))
    return sorted(lines, key=lambda line: line.record.ends_on), missing, older


def _why_not(record: Prescription, now: str, today: str, zone: str) -> tuple[str | None, str]:
    if record.stopped_at is not None and record.stopped_at <= now:
        return "stopped", local_day(record.stopped_at, zone)
    if today > record.ends_on:
        return "over", record.ends_on
    if record.setting == "inpatient":
        return "inpatient", ""
    if not record.left:
        return "used_up", ""
    return ("later", record.starts_on) if today < record.starts_on else (None, "")


def _line(reading: Reading, past: Past, record: Prescription, place: str, now: str) -> Line:
    book = reading.book
    course = next(iter(to_courses(past, book)), None)
    home = read_home(book, record.patient, record.product)
    return Line(
        prescription=past.body["prescription"],
        record=record,
        order=past.body,
        course=course,
        lots=tuple(read_lots(reading, place, record.product, now)),
        per_day=_per_day(book, course),
        covered_until=_covered(book, past.body["prescription"], record.product),
        at_home=sum(row.still_out for row in home.values()),
    )


def read_lots(reading: Reading, place: str, product: str, now: str) -> Iterator[LotHere]:
    """What lies at *place* of *product*, the first to be used first; what may not be given comes last."""
    book = reading.book
    today = local_day(now, book.facility.zone)
    found = []
    for _, _, lot, units in reading.balances(place=place, product=product):
        if units > 0:
            expires_on, state = expiry_of(book, product, lot), state_at(book, product, lot, now, _LATE)
            expired = expires_on is not None and expires_on < today
            held = str(state) if state in HELD else "expired" if expired else ""
            found.append(LotHere(lot=lot, expires_on=expires_on, units=units, held=held))
    yield from sorted(found, key=lambda here: (here.held != "", here.expires_on or "9999", here.lot))


def _per_day(book: Book, course: Course | None) -> Decimal | None:
    """As the course's own check counts: whole units a dose, what is left of one is not kept."""
    product = book.find("product", course.product) if course is not None else None
    span = course.units_for(course.hours, product) if course and product else None
    return None if course is None or span is None or not span[1] else Decimal(span[1]) / course.hours


def _covered(book: Book, prescription: str, product: str) -> str:
    until = ""
    for seq in book.past.mentioning("prescription", prescription):
        past = book.past.by_seq(seq)
        if past is not None and past.type in SUPPLIES and book.find("reversal", past.id) is None:
            until = covered_until(until, past, product, book)
    return until


def read_collectors(reading: Reading, vault: Vault, patient: str) -> list[Collector]:
    """Who collected for the patient before, the latest first; those whose names the vault still opens."""
    rows = [
        row
        for each in ids_of(reading.book, patient)
        for type in ("dispense.outpatient", "dispense.discharge")
        for row in reading.rows(type=type, mention=("patient", each), last=_LOOKED_THROUGH)
    ]
    found: dict[Collector, None] = {}
    for row in sorted(rows, key=lambda row: row.seq, reverse=True):
        past, opened = reading.book.past.by_seq(row.seq), open_entry(reading, vault, row).get("body.collector.name")
        if past is not None and opened is not None and past.body["collector"]["kind"] != "patient":
            found[Collector(kind=past.body["collector"]["kind"], name=str(opened.value))] = None
    return list(found)[:_MOST_COLLECTORS]
