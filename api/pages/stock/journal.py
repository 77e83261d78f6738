"""One page of the journal of a product: a month's movements cut into pages, and only the entries of the page read.

The rows are made by `reports.register` from the entries, as on the signed report; what lay there before the page comes
from the projections. So a page costs the same however long the log is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from ledger.log.canonical import from_timestamp, to_timestamp
from ledger.service.ports import Reading
from reports.model import AsKnown, Facility, Frame, Head, Period, Register, Rules, Units
from reports.monthly import month_of
from reports.movements import OPENING, Derived, Entry, derive_movements, refers_to, statement
from reports.naming import Names
from reports.old_entries import read_entry
from reports.register import bounds_of, build_from

ROWS = 50
_Key = tuple[str, int]
"""(at, seq): where a row stands."""
_ORDERS = ("prescription.issued", "prescription.transcribed")
_DECODER = msgspec.json.Decoder(dict[str, Any])


class Move(NamedTuple):
    at: str
    seq: int
    place: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What moved of one product in a month, in order, and what lay where before it."""

    start: str
    end: str
    opening: dict[tuple[str, str], int]
    moves: list[Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Page *number* of *pages*; *brought* and *forward* are (came, went, balance) of the month before and after it."""

    register: Register
    number: int
    pages: int
    brought: tuple[int, int, int]
    forward: tuple[int, int, int]


def read_moves(reading: Reading, month: str, product: str, places: Iterable[str], zone: str) -> Month:
    """The local *month* (`YYYY-MM`) of *product* at *places*."""
    start, end = bounds_of(to_period(month), zone)
    before = to_timestamp(from_timestamp(start) - timedelta(microseconds=1))
    opening: dict[tuple[str, str], int] = {}
    moves: list[Move] = []
    for place in places:
        for _, _, lot, units in reading.balances(at=before, place=place, product=product):
            opening[place, lot] = units
        for (_, _, lot), _ in reading.shelf("balance", (place, product)):
            moved = reading.movements(place, product, lot, from_at=start, until_at=end)
            moves += [Move(at, seq, place, lot, units) for at, seq, units in moved]
    return Month(start=start, end=end, opening=opening, moves=sorted(moves))


def to_period(month: str) -> Period:
    return month_of(date.fromisoformat(f"{month}-01"))


def read_leaf(
    reading: Reading,
    frame: Frame,
    names: Names,
    *,
    product: str,
    place: str | None,
    month: str,
    number: int | None = None,
) -> Leaf:
    """Page *number* (None, or one beyond: the last) of the *month*."""
    zone = frame.facility.zone
    places = [place] if place is not None else [each for ((each,), _) in reading.shelf("place")]
    moved = read_moves(reading, month, product, places, zone)
    pages = _cut(sorted({move[:2] for move in moved.moves} | set(_still(reading, moved, product, places))))
    number = min(number or len(pages), len(pages))
    keys = pages[number - 1]
    first, last = (keys[0][0], keys[-1][0]) if keys else (moved.end, moved.end)
    balance = dict(moved.opening)
    came, went = 0, 0
    for move in moved.moves:
        if move.at < first:
            balance[move.place, move.lot] = balance.get((move.place, move.lot), 0) + move.units
            came, went = came + max(0, move.units), went - min(0, move.units)
    opening = tuple(Units(place=p, lot=lot, units=units) for (p, lot), units in sorted(balance.items()) if units)
    entries = _gather(reading, keys, product, month)
    lay = [Derived(OPENING, "", OPENING, each.place, each.lot, each.units) for each in opening]
    derived = derive_movements(entries, product, spread=_spread(reading, entries), opening=lay, since=first)
    register = build_from(
        opening,
        [each for each in derived if first <= each.at <= last and place in (None, each.place)],
        entries,
        names,
        frame=frame,
        product=product,
        place=place,
        period=to_period(month),
    )
    return Leaf(
        register=register,
        number=number,
        pages=len(pages),
        brought=(came, went, register.opening_units),
        forward=(came + register.came, went + register.went, register.closing_units),
    )


def to_frame(reading: Reading, *, log: str, language: str, now: Any, rules: Any) -> Frame:
    """What the rows need to know of where they stand; the head is not shown, so its root is left out."""
    known = reading.book.facility
    facility = Facility(name=known.name, bin=known.bin, log=log, zone=known.zone, practice=known.practice)
    late = rules.value("late_reason_hours", now.date().isoformat())
    return Frame(
        kind="register",
        language=language,
        facility=facility,
        as_known=AsKnown(at=now, seq=reading.head.size - 1),
        head=Head(size=reading.head.size, root=""),
        rules=Rules(name=rules.name, sha256=rules.sha256, status=rules.status, late_reason_hours=late),
        made_at=now,
    )


def _still(reading: Reading, month: Month, product: str, places: Sequence[str]) -> Iterable[_Key]:
    """Counts of the product in the month, and corrections of its lots: they move nothing, or need not."""
    day, last = date.fromisoformat(month.start[:10]), month.end[:10]
    seqs = {
        seq
        for n in range(32)
        if (on := (day + timedelta(days=n)).isoformat()) <= last
        for place in places
        for seq in reading.book.past.mentioning("counted", f"{place} {product} {on}")
    }
    for _, lot in reading.shelf("lot", (product,)):
        seqs |= {seq for seq, _ in lot.corrected} | {seq for _, seq, _ in lot.renamed}
    for seq in seqs:
        past = reading.book.past.by_seq(seq)
        if past is not None and month.start <= past.occurred_at < month.end:
            yield past.occurred_at, seq


def _cut(keys: Sequence[_Key]) -> list[list[_Key]]:
    """Pages of `ROWS`, and a few more where many stand at one moment: what happened at once stays on one page."""
    pages: list[list[_Key]] = [[]]
    for key in keys:
        if len(pages[-1]) >= ROWS and pages[-1][-1][0] != key[0]:
            pages.append([])
        pages[-1].append(key)
    return pages


def _gather(reading: Reading, keys: Iterable[_Key], product: str, month: str) -> dict[int, Entry]:
    """The entries of *keys*, what reverses, countersigns, settles or resolves them, what they are about, and what gives
    names."""
    past, found = reading.book.past, dict[int, Entry]()
    waiting = [seq for _, seq in keys]
    courses = set()
    while waiting:
        seq = waiting.pop()
        if seq in found:
            continue
        entry = found[seq] = _read(reading, seq)
        said = statement(entry)
        body = said["body"]
        waiting += past.mentioning("entry", said["id"])
        if said["type"] == "stock.counted":
            for n, line in enumerate(body["lines"]):
                if line["product"] == product:
                    waiting += past.mentioning("discrepancy", f"{said['id']}:{n}")
        waiting += _about(reading, entry)
        if said["type"].startswith("dispense."):
            courses.add(body.get("prescription"))
    for course in filter(None, courses):
        for seq in past.mentioning("prescription", course):
            known = past.by_seq(seq)
            if known is not None and known.type in _ORDERS:
                found[seq] = _read(reading, seq)
                break
    sealed = reading.book.find("period", month)
    rows = reading.rows(type="product.listed") + reading.rows(type="place.opened")  # by a mention: as long as the log
    for seq in [row.seq for row in rows] + ([sealed] if sealed is not None else []):
        found[seq] = _read(reading, seq)
    return found


def _read(reading: Reading, seq: int) -> Entry:
    """Our own bytes were proved when they came; the numbers in those of an old log are told by `read_entry`."""
    data = reading.entry(seq)
    return read_entry(seq, data) if seq < 0 else _DECODER.decode(data)


def _about(reading: Reading, entry: Entry) -> list[int]:
    type, body = statement(entry)["type"], statement(entry)["body"]
    named = body.get("claims", [])
    if type == "discrepancy.resolved":
        named = [body["discrepancy"].rpartition(":")[0]]
    elif type == "entry.reversed" and "id" in body:
        named = [body["id"]]
    known = {name: seq for name in named if (seq := reading.find_seq(name)) is not None}
    return list(refers_to(entry, known))


def _spread(reading: Reading, entries: dict[int, Entry]) -> dict[int, list[tuple[str, int]]]:
    """How the resolved totals among *entries* lie on lots."""
    found: dict[int, list[tuple[str, int]]] = {}
    for entry in entries.values():
        said = statement(entry)
        known = None
        if said["type"] == "discrepancy.resolved":
            known = reading.book.find("discrepancy", said["body"]["discrepancy"])
        if known is not None and known.kind == "count":
            for seq, lot, units in known.parts:
                if (lot, units) not in found.setdefault(seq, []):
                    found[seq].append((lot, units))
    return found
