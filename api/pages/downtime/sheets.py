"""Numbered sheets as the pages show them: which are open, and which of their lines nobody has accounted for.

Trusts the book: a line is accounted for by the entry that cites it and was not reversed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.domain.kind import local_day
from ledger.domain.records import Prescription
from ledger.domain.records import Sheet as Record
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes
from ledger.service.ports import EntryRow, Reading
from ledger.service.queries import have_courses_at_hand

LOOKED_THROUGH = 200
"""How many of the newest sheets are looked through for open ones."""
_ORDERS = ("prescription.issued", "prescription.transcribed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`entered` are (line, entry), `missing` the lines without one; `seq` is the entry that issued it."""

    no: str
    seq: int
    place: str
    at: str
    lines: int
    closed: bool
    entered: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]


def read_open_sheets(reading: Reading) -> list[Sheet]:
    """The newest first."""
    rows = reading.rows(type="sheet.issued", last=LOOKED_THROUGH)[::-1]
    return [_read(reading, row) for row in rows if not reading.book.get("sheet", _no(row)).closed]


def read_sheet(reading: Reading, no: str) -> Sheet:
    """Raises `NotFound`."""
    for row in reading.rows(type="sheet.issued", mention=("sheet", no)):
        return _read(reading, row)
    raise NotFound


def next_numbers(reading: Reading) -> Iterator[int]:
    """Numbers that follow on the last sheets'."""
    used = [_no(row) for row in reading.rows(type="sheet.issued", last=LOOKED_THROUGH)]
    number = max((int(no) for no in used if no.isascii() and no.isdecimal() and len(no) < 9), default=0)
    while True:
        number += 1
        if reading.book.find("sheet", str(number)) is None:
            yield number


def find_courses(reading: Reading, first_on: str, last_on: str) -> Iterator[tuple[str, Prescription]]:
    """(prescription, record) of the courses that run on any day from *first_on* to *last_on*, by the months' index."""
    seen, book, months = set(), reading.book, sorted({first_on[:7], last_on[:7]})
    have_courses_at_hand(reading, *months)
    for month in months:
        for seq in book.past.mentioning("course", month):
            past = book.past.by_seq(seq)
            if past is None or past.type not in _ORDERS or past.id in seen:
                continue
            seen.add(past.id)
            name = past.body["prescription"]
            known: Prescription | None = book.find("prescription", name)
            if known is None or known.starts_on > last_on or known.ends_on < first_on:
                continue
            if known.stopped_at is None or local_day(known.stopped_at, book.facility.zone) >= first_on:
                yield name, known


def _no(row: EntryRow) -> str:
    return str(from_bytes(row.data)["statement"]["body"]["sheet_no"])


def _read(reading: Reading, row: EntryRow) -> Sheet:
    book, no = reading.book, _no(row)
    record: Record = book.get("sheet", no)
    cited = {line: _entered(reading, no, line) for line in range(1, record.lines + 1)}
    return Sheet(
        no=no, seq=row.seq, place=record.place, at=row.occurred_at, lines=record.lines, closed=record.closed,
        entered=tuple((line, seq) for line, seq in cited.items() if seq is not None),
        missing=tuple(line for line, seq in cited.items() if seq is None),
    )  # fmt: skip


def _entered(reading: Reading, no: str, line: int) -> int | None:
    entry = reading.book.find("sheet_line", no, str(line))
    return reading.find_seq(entry) if entry and reading.book.find("reversal", entry) is None else None
