"""What a course comes to per day, and how a patient's courses and supplies are found again by the month.

A course is a prescription, or what another facility handed over. It is read from the statement, so it says the
same at every entry. The months under which it is found bound the search however long the patient is here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Any

from ledger.domain.book import Book
from ledger.domain.command import Command
from ledger.domain.history.equivalents import PER_HOUR, ROUTES, Amount, to_amount
from ledger.domain.kind import Case, local_day
from ledger.domain.person import ids_of
from ledger.domain.records import Past, Product, Reversal
from ledger.domain.terms import in_grams

ORDERS = ("prescription.issued", "prescription.transcribed")
SUPPLIES = ("dispense.outpatient", "dispense.discharge", "dispense.acknowledged")
GIVEN = ("dose.administered", "infusion.started")
_ANSWERED = ("inn", "single", "unit", "route", "times", "hours", "as_needed", "units")
_HOURS = {"h": 1, "d": 24, "wk": 168}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One drug over the local days `starts_on` to `ends_on`.

    `single` is the single dose as written, given `times` in every `hours`; None where it is not known. `units` is
    the course's ceiling, `prescription` "" for a course of another facility.
    """

    prescription: str
    product: str
    inn: str
    starts_on: str
    ends_on: str
    single: Decimal | None = None
    unit: str = ""
    route: str = ""
    times: int = 0
    hours: int = 0
    as_needed: bool = False
    units: int = 0

    @property
    def is_patch(self) -> bool:
        return self.unit == PER_HOUR

    def is_on(self, first_on: str, last_on: str) -> bool:
        return self.starts_on <= last_on and first_on <= self.ends_on

    def is_like(self, other: "Course") -> bool:
        """Dose, drug and total are the same: what was answered for one is answered for the other."""
        return all(getattr(self, name) == getattr(other, name) for name in _ANSWERED)

    def daily(self) -> Amount | None:
        """What is prescribed for a day; a patch's label holds for the whole of it."""
        if self.single is None or not self.hours:
            return None
        value = self.single if self.is_patch else self.single * self.times * 24 / self.hours
        return to_amount(self.inn, self.route, value, self.unit)

    def units_for(self, days: int, product: Product) -> tuple[int, int] | None:
        """The fewest and the most units that *days* of it take; None where dose and strength do not compare."""
        compared = self._compared(product)
        if compared is None or not all(compared) or not self.hours:
            return None
        dose, strength = compared
        whole, begun = divmod(24 * days * self.times, self.hours)
        fewest = (whole * dose / strength).to_integral_value(ROUND_CEILING)
        most = (whole + bool(begun)) * (dose / strength).to_integral_value(ROUND_CEILING)
        return int(fewest), int(most)

    def _compared(self, product: Product) -> tuple[Decimal, Decimal] | None:
        """(single dose, strength) in one unit."""
        if self.single is None:
            return None
        if self.unit == product.unit:
            return self.single, Decimal(product.strength)
        dose, strength = in_grams(str(self.single), self.unit), in_grams(product.strength, product.unit)
        return None if dose is None or strength is None else (dose, strength)


def last_day(first_on: str, days: int) -> str:
    return days_later(first_on, days - 1)


@lru_cache(maxsize=4096)
def days_later(on: str, days: int) -> str:
    return (date.fromisoformat(on) + timedelta(days=days)).isoformat()


def days_between(first_on: str, last_on: str) -> int:
    return (date.fromisoformat(last_on) - date.fromisoformat(first_on)).days


def day_of(past: Past, book: Book) -> str:
    """The local day on which it happened."""
    return local_day(past.occurred_at, book.facility.zone)


def months(first_on: str, last_on: str) -> Iterator[str]:
    """Every calendar month from one day to the other, as YYYY-MM."""
    year, month = int(first_on[:4]), int(first_on[5:7])
    while (found := f"{year:04}-{month:02}") <= last_on[:7]:
        yield found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def to_courses(entry: Past | Command, book: Book) -> list[Course]:
    """The courses that a statement begins; of a drug that is not listed there is none."""
    body = entry.body
    if entry.type in ORDERS:
        return list(_course(body, body, body["product"], body["starts_on"], body["duration_days"], book))
    if entry.type == "dispense.acknowledged":
        starts_on = local_day(entry.occurred_at, book.facility.zone)
        products = dict.fromkeys(line["product"] for line in body["lines"])
        told = body.get("course", {}) if len(products) == 1 else {}
        days = body["days_supply"]
        return [each for product in products for each in _course({}, told, product, starts_on, days, book)]
    return []


def _course(
    order: dict[str, Any], told: dict[str, Any], product: str, starts_on: str, days: int, book: Book
) -> Iterator[Course]:
    listed = book.find("product", product)
    if listed is None:
        return
    dose, how = told.get("single_dose"), told.get("frequency")
    yield Course(
        prescription=order.get("prescription", ""),
        product=product,
        inn=listed.inn.casefold(),
        starts_on=starts_on,
        ends_on=last_day(starts_on, days),
        single=Decimal(dose["value"]) if dose else None,
        unit=dose["unit"] if dose else "",
        route=ROUTES.get(told.get("route", ""), ""),
        times=how["times"] if how else 0,
        hours=how["period"] * _HOURS[how["period_unit"]] if how else 0,
        as_needed=bool(how and how["as_needed"]),
        units=order.get("units", 0),
    )


def to_mentions(case: Case) -> Iterator[tuple[str, str]]:
    """Under which months a statement's courses, supplies and doses without a course are found again.

    Orders stand under the month alone too, so that nobody looks through the courses of years.
    """
    command, body = case.command, case.command.body
    spans: list[tuple[str, str, str]] = []
    if command.type in ORDERS or command.type == "dispense.acknowledged":
        spans += [("course", c.starts_on, c.ends_on) for c in to_courses(command, case.book)]
    if command.type in SUPPLIES:
        spans.append(("supply", case.day, last_day(case.day, body["days_supply"])))
    if command.type in GIVEN and "prescription" not in body:
        spans.append(("uncoursed", case.day, case.day))
    for kind, first_on, last_on in spans:
        for month in months(first_on, last_on):
            yield kind, f"{body['patient']} {month}"
            if command.type in ORDERS:
                yield kind, month


def covered_until(before: str, supply: Past, product: str, book: Book) -> str:
    """The last day that *supply* covers, where those before it on the same course cover until *before* ("": none).

    It begins to be used when they are used up, unless what they left was gone already.
    """
    left = [line["units"] for line in supply.body.get("left_before", ()) if line["product"] == product]
    follows_on = days_later(before, 1) if before and (not left or any(left)) else ""
    return last_day(max(day_of(supply, book), follows_on), supply.body["days_supply"])


def find_near(case: Case, kind: str, patient: str, first_on: str, last_on: str) -> list[Past]:
    """Entries that count and were mentioned by `to_mentions` in the months of these days, in order of seq."""
    book = case.book
    seqs: dict[int, None] = {}
    for each in ids_of(book, patient):
        for month in months(first_on, last_on):
            seqs |= dict.fromkeys(book.past.mentioning(kind, f"{each} {month}"))
    found = (book.past.by_seq(seq) for seq in sorted(seqs))
    return [past for past in found if past is not None and counts(past, book)]


def counts(past: Past, book: Book) -> bool:
    """Whether it stands, or was reversed and the patient rightly has its packs."""
    reversal: Reversal | None = book.find("reversal", past.id)
    return reversal is None or reversal.is_with_right_person


def find_courses(case: Case, patient: str, first_on: str, last_on: str) -> Iterator[Course]:
    """The patient's courses that stand and run on any of these days, each to its end or its stop."""
    for past in find_near(case, "course", patient, first_on, last_on):
        for course in (_until_stopped(case, each) for each in to_courses(past, case.book)):
            if course.starts_on <= course.ends_on and course.is_on(first_on, last_on):
                yield course


def _until_stopped(case: Case, course: Course) -> Course:
    """The course with the last day that is its own: on the day of a stop or a replacement the new one counts."""
    record = case.book.find("prescription", course.prescription) if course.prescription else None
    if record is None or record.stopped_at is None:
        return course
    stopped_on = local_day(record.stopped_at, case.book.facility.zone)
    return replace(course, ends_on=min(course.ends_on, days_later(stopped_on, -1)))
