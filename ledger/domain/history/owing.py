"""What is still owed of the courses that run: the rest of a supply that was made in part, and until which day."""

from collections.abc import Iterator
from dataclasses import dataclass

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
    for name in sorted(name for (name,) in book.shelves["prescription"]) if patient is None else _named(book, patient):
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


def _named(book: Book, patient: str) -> Iterator[str]:
    for each in ids_of(book, patient):
        for seq in book.past.mentioning("patient", each):
            past = book.past.by_seq(seq)
            if past is not None and past.type in ("prescription.issued", "prescription.transcribed"):
                yield past.body["prescription"]
