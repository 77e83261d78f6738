"""What is still owed of a patient's courses: the rest of a supply that was made in part, and until which day."""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.domain.book import Book
from ledger.domain.kind import local_day
from ledger.domain.person import ids_of
from ledger.domain.records import Prescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """`left` of the course's units may be supplied until the local day `until_on`; `supplied` were."""

    prescription: str
    product: str
    supplied: int
    left: int
    until_on: str


def find_owed(book: Book, patient: str, at: str) -> Iterator[Owed]:
    """The courses for home of a patient that run at *at* (canonical UTC text) and have something left."""
    today = local_day(at, book.facility.zone)
    for name in _prescriptions_of(book, patient):
        course: Prescription | None = book.find("prescription", name)
        if course is None or course.setting == "inpatient" or not course.left:
            continue
        stopped = course.stopped_at is not None and course.stopped_at <= at
        if not stopped and course.starts_on <= today <= course.ends_on:
            yield Owed(
                prescription=name,
                product=course.product,
                supplied=course.used,
                left=course.left,
                until_on=course.ends_on,
            )


def _prescriptions_of(book: Book, patient: str) -> Iterator[str]:
    for each in ids_of(book, patient):
        for seq in book.past.mentioning("patient", each, -1):
            past = book.past.by_seq(seq)
            if past is not None and past.type in ("prescription.issued", "prescription.transcribed"):
                yield past.body["prescription"]
