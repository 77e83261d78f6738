"""What fixes the register's figures at an entry: a sealed month, an issued report, an anchored checkpoint.

A sealed month is known by its rows, one per lot and place, and a RFC 6962 root over them, so that a single row can
be shown later without the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from json import dumps
from typing import Any

from ledger.domain import terms, values
from ledger.domain.book import Book
from ledger.domain.effects import Effect, Made
from ledger.domain.form import Fields, many, obj
from ledger.domain.kind import Case, Kind, local_day
from ledger.domain.texts import matching, ref
from ledger.domain.values import MAX_INTEGER, integer


@dataclass(frozen=True, slots=True)
class Row:
    """One lot at one place over a month: what was there, came, went, and is there; whole units."""

    place: str
    product: str
    lot: str
    opening: int
    into: int
    out: int
    closing: int

    def to_bytes(self) -> bytes:
        """RFC 8785 bytes of the row, members named as in FORMAT.md."""
        members = {"place": self.place, "product": self.product, "lot": self.lot, "opening": self.opening}
        members |= {"in": self.into, "out": self.out, "closing": self.closing}
        return dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def rows_of(book: Book, period: str) -> list[Row]:
    """The rows of the month *period* (`YYYY-MM`, local) as the book knows them, in order of place, product, lot."""
    zone = book.facility.zone
    found = []
    for (place,) in book.shelves["place"]:
        for (product,) in book.shelves["product"]:
            for lot in book.stock.lots(place, product):
                row = Row(place, product, lot, *_sums(book, place, product, lot, period, zone))
                if row.opening or row.into or row.out:
                    found.append(row)
    return sorted(found, key=lambda row: (row.place, row.product, row.lot))


def _sums(book: Book, place: str, product: str, lot: str, period: str, zone: str) -> tuple[int, int, int, int]:
    timeline = book.stock.timeline(place, product, lot)
    opening, into, out = timeline.total, 0, 0
    for at, _, units in timeline.since(_day_before(period)):
        month = local_day(at, zone)[:7]
        if month >= period:
            opening -= units
        if month == period:
            into, out = into + max(0, units), out - min(0, units)
    return opening, into, out, opening + into - out


def _day_before(period: str) -> str:
    """A moment before the month, on whatever clock: no zone is a whole day ahead."""
    return (date.fromisoformat(f"{period}-01") - timedelta(days=1)).isoformat()


def root_of(rows: Sequence[Row]) -> str:
    """RFC 6962 section 2.1 over the rows' bytes, 64 hex digits; of no row the SHA-256 of nothing."""
    return _root([sha256(b"\0" + row.to_bytes()).digest() for row in rows]).hex()


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def totals_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The figures of each product over all places, in order."""
    found = []
    for product in sorted({row.product for row in rows}):
        mine = [row for row in rows if row.product == product]
        sums = {"opening": sum(row.opening for row in mine), "closing": sum(row.closing for row in mine)}
        sums |= {"in": sum(row.into for row in mine), "out": sum(row.out for row in mine)}
        found.append({"product": product, **sums})
    return found


def to_sealing(book: Book, period: str) -> dict[str, Any]:
    """The body of a `period.sealed` for *period*, by what the book knows now."""
    rows = rows_of(book, period)
    return {"period": period, "size": book.size, "rows_root": root_of(rows), "totals": totals_of(rows)}


def check_sealed_months(case: Case) -> None:
    """An entry dated inside a month that is sealed is marked `after_sealing`."""
    _check_month(case, case.day)
    for at in _times_of(case):
        _check_month(case, local_day(at, case.book.facility.zone))


def _check_month(case: Case, day: str) -> None:
    if case.book.find("period", day[:7]) is not None:
        case.note("after_sealing")


def _times_of(case: Case) -> Iterator[str]:
    """When it takes effect, beside its own time: a reversed or unsettled entry's, a resolved count's."""
    body = case.body
    if case.command.type == "entry.reversed":
        past = case.book.past
        original = past.by_id(body["id"]) if "id" in body else past.by_seq(case.place_of(body["seq"]))
        if original is not None:
            yield original.occurred_at
    elif case.command.type == "claim.settled":
        claims = (case.book.past.by_id(each) for each in body["claims"] if each != body["holds"])
        yield from (past.occurred_at for past in claims if past is not None)
    elif case.command.type == "discrepancy.resolved":
        found = case.book.find("discrepancy", body["discrepancy"])
        if found is not None:
            yield found.at


def _seal(case: Case) -> None:
    body, book = case.body, case.book
    if book.find("period", body["period"]) is not None:
        case.refuse("already_closed", "body.period", period=body["period"])
    if case.day[:7] <= body["period"]:
        case.refuse("time_in_future", "body.period", on=_next_month(body["period"]))
    if case.place_of(body["size"]) > case.seq:
        case.refuse("entry_unknown", "body.size", seq=body["size"])
        return
    if to_sealing(book, body["period"]) | {"size": body["size"]} != body:
        # What came between the preview and the signatures changed the figures, or they were never these.
        case.refuse("count_stale", "body.rows_root", period=body["period"])


def _next_month(period: str) -> str:
    year, month = int(period[:4]), int(period[5:])
    return date(year + month // 12, month % 12 + 1, 1).isoformat()


_TOTAL: Fields = {
    "product": ref("product"),
    "opening": integer(-MAX_INTEGER),
    "in": integer(0),
    "out": integer(0),
    "closing": integer(-MAX_INTEGER),
}
PERIOD_SEALED = Kind(
    name="period.sealed",
    fields={
        "period": matching(terms.MONTH),
        "size": integer(0),
        "rows_root": values.hex64,
        "totals": many(obj(_TOTAL), least=0, most=10_000),
    },
    rule=_seal,
    effects=lambda case: [Made("period", (case.body["period"],), case.seq)],
)


def _not_beyond(case: Case) -> None:
    if case.place_of(case.body["size"]) > case.seq:
        case.refuse("entry_unknown", "body.size", seq=case.body["size"])


def _nothing(case: Case) -> list[Effect]:
    return []


REPORT_ISSUED = Kind(
    name="report.issued",
    fields={
        "kind": matching(terms.REPORT),
        "sha256": values.hex64,
        "size": integer(0),
        "subjects": many(ref("patient"), least=0),
    },
    rule=_not_beyond,
    effects=_nothing,
)

CHECKPOINT_ANCHORED = Kind(
    name="checkpoint.anchored",
    fields={"size": integer(1), "root": values.hex64, "token_sha256": values.hex64},
    rule=_not_beyond,
    effects=_nothing,
)

KINDS: tuple[Kind, ...] = (PERIOD_SEALED, REPORT_ISSUED, CHECKPOINT_ANCHORED)
