"""What is known now: the projections, each true at the `seq` of the head they were read at."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from operator import attrgetter
from typing import Any

import msgspec

from ledger.domain.asking.courses import ORDERS, days_between
from ledger.domain.book import Book
from ledger.domain.history.deadlines import find_deadlines
from ledger.domain.history.owing import Owed, find_owed
from ledger.domain.home import COLUMNS, HomeEvent, last_until
from ledger.domain.kind import local_day
from ledger.domain.open_homes import read_out
from ledger.domain.person import events_of, fold_named, ids_of
from ledger.domain.records import Out
from ledger.domain.regulation import RuleSet
from ledger.log.canonical import from_bytes
from ledger.service.ports import EntryRow, Reading

Row = dict[str, Any]


def read_balances(reading: Reading, *, product: str | None, place: str | None, at: str | None) -> list[Row]:
    """Units per place, product and lot; every row ever used, also at 0. *at*: canonical UTC text, or now."""
    return [
        {"place": in_place, "product": of_product, "lot": lot, "units": units}
        for in_place, of_product, lot, units in reading.balances(at=at, place=place, product=product)
    ]


def read_circle(
    reading: Reading, *, today: str, patient: str | None = None, product: str | None = None, only_open: bool = False
) -> list[Row]:
    """The closed circle of each patient, product and lot; *today* is the local day that ages are counted to.

    `still_out` is split into within and beyond the course; only what is beyond has an age in days.
    """
    homes = _open_homes(reading) if only_open and patient is None else _homes(reading, patient)
    return [
        row
        for (of_patient, of_product), events in sorted(homes.items())
        if product in (None, of_product)
        for row in _rows_of(reading.book, of_patient, of_product, events, today)
        if row["still_out"] or not only_open
    ]


def _rows_of(book: Book, patient: str, product: str, events: list[HomeEvent], today: str) -> Iterator[Row]:
    ends_on = last_until(events)
    beyond = ends_on is None or ends_on < today
    for lot, circle in sorted(fold_named(book, product, events).items()):
        yield (
            {"patient": patient, "product": product, "lot": lot}
            | {column: getattr(circle, column) for column in COLUMNS}
            | {
                "reversed": circle.reversed,
                "within_course": 0 if beyond else circle.still_out,
                "beyond_course": circle.still_out if beyond else 0,
                "age_days": days_between(ends_on, today) if beyond and ends_on and circle.still_out else None,
            }
        )


def find_beyond(reading: Reading, today: str) -> list[tuple[str, str, Out]]:
    """(person, product, what is out) of every home whose course is over, the oldest first, those without a day last."""
    found = [each for each in find_out(reading) if each[2].ends_on is None or each[2].ends_on < today]
    return sorted(found, key=lambda each: (each[2].ends_on or "9999", *each[:2]))


def read_beyond(reading: Reading, homes: Iterable[tuple[str, str, Out]], *, today: str) -> list[Row]:
    """The rows of the circle, as `read_circle` gives them, that are out at *homes*."""
    book = reading.book
    return [
        row
        for patient, product, _ in homes
        for row in _rows_of(book, patient, product, events_of(book, patient, product), today)
        if row["still_out"]
    ]


def _homes(reading: Reading, patient: str | None) -> dict[tuple[str, str], list[HomeEvent]]:
    """(person, product) → events; what was entered under a merged id is the kept one's."""
    if patient is not None:
        kept = dict.fromkeys(ids := ids_of(reading.book, patient), ids[0])
    else:
        kept = {each: ids[0] for (each,), ids in reading.shelf("merged")}
    found: dict[tuple[str, str], list[HomeEvent]] = {}
    for prefix in [(each,) for each in kept] if patient is not None else [()]:
        for (of_patient, of_product), events in reading.shelf("home", prefix):
            found.setdefault((kept.get(of_patient, of_patient), of_product), []).extend(events)
    return found


def _open_homes(reading: Reading) -> dict[tuple[str, str], list[HomeEvent]]:
    """(person, product) → events, of every home that has something out."""
    return {(patient, product): events_of(reading.book, patient, product) for patient, product, _ in find_out(reading)}


def find_out(reading: Reading) -> Iterator[tuple[str, str, Out]]:
    """(person, product, what is out) of every home that has something out."""
    return read_out(reading.book, reading.shelf("open", ("home",)))


def read_custody(reading: Reading) -> list[Row]:
    """One row per seal that is in custody."""
    return [
        {"seal_no": seal_no, "units": seal.units, "place": seal.place, "kind": seal.kind}
        | {"received_at": seal.received_at}
        | {"contents": [{"product": p, "units": u} | ({"lot": lot} if lot else {}) for p, lot, u in seal.contents]}
        for seal_no, seal in _open(reading, "seal")
    ]


def _open(reading: Reading, shelf: str) -> Iterator[tuple[str, Any]]:
    names = [name for (_, name), _ in reading.shelf("open", (shelf,))]
    reading.at_hand(shelf, ((name,) for name in names))
    return ((name, reading.book.get(shelf, name)) for name in names)


def read_discrepancies(reading: Reading) -> list[Row]:
    """Open discrepancies: `difference` is what the book must still change by to agree with the count."""
    return [
        {"discrepancy": name, "place": found.place, "product": found.product}
        | ({"lot": found.lot} if found.lot else {})
        | {"difference": found.difference, "counted": found.counted, "kind": found.kind, "seq": found.seq}
        for name, found in _open(reading, "discrepancy")
    ]


def read_empties_due(reading: Reading) -> list[Row]:
    """Ampoules and vials opened on a ward and not yet handed in empty."""
    return [
        {"place": place, "product": product, "lot": lot, "units": units}
        for place, product, lot, units in reading.empties_due()
    ]


def read_pending(reading: Reading) -> list[Row]:
    """Signatures that are due."""
    return [
        {"id": entry_id, "seq": pending.seq, "why": why, "performer": pending.performer, "since": pending.since_at}
        | ({"by": pending.by} if pending.by else {})
        for (entry_id, why), pending in reading.shelf("pending")
    ]


def read_owed(reading: Reading, now: str) -> list[Owed]:
    """As `find_owed` of everybody, at *now* (canonical UTC text)."""
    have_courses_at_hand(reading, read_today(reading, now)[:7])
    return list(find_owed(reading.book, None, now))


def have_courses_at_hand(reading: Reading, *months: str) -> None:
    """Let the book know the courses that run in any of *months*, and the people whose they are, read together."""
    orders = dict[str, None]()
    for month in months:
        told = reading.mentions_at_hand("course", month)
        orders |= {each.body["prescription"]: None for each in told if each.type in ORDERS}
    reading.at_hand("prescription", ((order,) for order in orders))
    patients = {known.patient for order in orders if (known := reading.book.find("prescription", order)) is not None}
    for shelf in ("merged", "patient"):
        reading.at_hand(shelf, ((patient,) for patient in patients))


def read_due(reading: Reading, rules: RuleSet, now: str) -> list[Row]:
    """What the rule set names a day for, at *now* (canonical UTC text), the most overdue first."""
    due = find_deadlines(reading.book, rules, now, stock=reading.balances())
    rows = ({name: told for name, told in asdict(each).items() if told != ""} for each in due)
    return sorted(rows, key=lambda row: row["due_on"])


def read_entries(
    reading: Reading,
    *,
    seq: int | None = None,
    type: str | None = None,
    mention: tuple[str, str] | None = None,
    last: int | None = None,
) -> Iterator[Row]:
    """Entries as decoded JSON, in order."""
    if seq is not None:
        yield from_bytes(reading.entry(seq))
        return
    for row in reading.rows(type=type, mention=mention, last=last):
        yield from_bytes(row.data)


class _Entry(msgspec.Struct):
    statement: Row


_ENTRY = msgspec.json.Decoder(_Entry)


def read_statement(data: bytes) -> Row:
    """The statement of an entry as it is stored: what is only shown is not checked byte by byte."""
    return _ENTRY.decode(data).statement


def read_body(row: EntryRow) -> Row:
    """What its statement says, likewise."""
    body: Row = read_statement(row.data)["body"]
    return body


def read_products(reading: Reading) -> dict[str, Row]:
    """The body of each `product.listed`, by product; its `gtins` are those of now."""
    products: dict[str, Row] = {}
    packs: dict[str, tuple[str, Row]] = {}
    rows = reading.rows(type="product.listed") + reading.rows(type="pack.listed")
    for row in sorted(rows, key=attrgetter("seq")):
        body = read_body(row)
        products.setdefault(body["product"], body)
        packs |= {pack["gtin"]: (body["product"], pack) for pack in body["gtins"]}
    for product, body in products.items():
        body["gtins"] = [pack for owner, pack in packs.values() if owner == product]
    return products


def read_today(reading: Reading, now: str) -> str:
    """The facility's local day at *now* (canonical UTC text)."""
    return local_day(now, reading.book.facility.zone)


def differing_projections(reading: Reading, book: Book) -> list[str]:
    """The names of the stored projections that are not those of *book*, re-derived from the entries."""
    found = {
        f"{table} {row[0]}" if table == "projection" else table
        for table, stored, derived in reading.differences(book)
        if (row := stored or derived) is not None
    }
    return sorted(found)
