"""What is still owed of the courses that run: the rest of a supply that was made in part, and until which day."""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.domain.asking.courses import ORDERS
from ledger.domain.book import Book
from ledger.domain.kind import local_day
from ledger.domain.person import find_death, ids_of
from ledger.domain.records import Prescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """`left` of the course's units may be supplied until the local day `until_on`; `supplied` were."""

    patient: str
    prescription: str
    product: str
    supplied: int
    left: int
    until_on: str


def find_owed(book: Book, patient: str | None, at: str) -> Iterator[Owed]:
    """The courses for home that run at *at* (canonical UTC text) and have something left: a patient's, or everybody's.

    Nothing is owed to the dead; of two ids of one person the kept one is named.
    """
    today = local_day(at, book.facility.zone)
    for name in _find_orders(book, patient, today[:7]):
        course: Prescription | None = book.find("prescription", name)
        if course is None or course.setting == "inpatient" or not course.left:
            continue
        stopped = course.stopped_at is not None and course.stopped_at <= at
        if stopped or not course.starts_on <= today <= course.ends_on or find_death(book, course.patient) is not None:
            continue
        yield Owed(
            patient=ids_of(book, course.patient)[0],
            prescription=name,
            product=course.product,
            supplied=course.used,
            left=course.left,
            until_on=course.ends_on,
        )


def _find_orders(book: Book, patient: str | None, month: str) -> Iterator[str]:
    """The prescriptions of a *month*, whose courses run on any day of it."""
    for under in [month] if patient is None else [f"{each} {month}" for each in ids_of(book, patient)]:
        for seq in book.past.mentioning("course", under):
            past = book.past.by_seq(seq)
            if past is not None and past.type in ORDERS:
                yield past.body["prescription"]
