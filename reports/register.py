"""The item-and-quantity journal of one product, from entries to the model. Pure.

Trusts that the entries are the ledger's and complete; `check` builds it again from the attached ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ledger.log.canonical import to_timestamp
from reports.model import (
    Countersignature,
    Frame,
    LotLine,
    Period,
    Person,
    Register,
    RegisterRow,
    Sealed,
    Units,
)
from reports.movements import (
    Derived,
    Entries,
    Spread,
    derive_movements,
    effect_at,
    ids,
    refers_to,
    resolved_line,
    statement,
    undone_by,
)
from reports.naming import Names, person_of, place_of, product_of
from reports.provenance import find_awaited, late_hours_of, witnesses_of
from reports.row_details import PLACE_CODES, counterpart_of, details_of

_Key = tuple[str, int, int, str]
"""(at, order, seq, lot) of a row."""
_ALWAYS = Period()
Fact = TypeVar("Fact")


def build_register(
    entries: Entries,
    names: Names,
    *,
    frame: Frame,
    product: str,
    place: str | None = None,
    period: Period = _ALWAYS,
    spread: Spread | None = None,
) -> Register:
    """The register of *product* at *place*, or over the whole facility, at `frame.as_known`.

    *entries* are what `gather_entries` keeps; *names* gives (name, role) by username as they are to be
    printed; *spread* is what the ledger knows of resolved totals. Raises `NotFound` for a product or place
    that no entry names.
    """
    until_at = to_timestamp(frame.as_known.at)
    entries = {seq: entry for seq, entry in entries.items() if seq <= frame.as_known.seq}
    moved = derive_movements(entries, product, spread=spread)
    known = [m for m in moved if m.at <= until_at and place in (None, m.place)]
    start, end = bounds_of(period, frame.facility.zone)
    opening: dict[tuple[str, str], int] = defaultdict(int)
    for each in known:
        if each.at < start:
            opening[each.place, each.lot] += each.units
    return build_from(
        tuple(Units(place=p, lot=lot, units=units) for (p, lot), units in sorted(opening.items()) if units),
        [each for each in known if start <= each.at < end],
        entries,
        names,
        frame=frame,
        product=product,
        place=place,
        period=period,
    )


def build_from(
    opening: tuple[Units, ...],
    moved: Iterable[Derived],
    entries: Entries,
    names: Names,
    *,
    frame: Frame,
    product: str,
    place: str | None,
    period: Period,
) -> Register:
    """The same from what lay where before the period and the movements in it."""
    build = _Build(entries, names, frame, product, place)
    balance = defaultdict(int, {(each.place, each.lot): each.units for each in opening})
    rows = build.rows(list(moved), bounds_of(period, frame.facility.zone), balance)
    opening_units = sum(each.units for each in opening)
    came, went = sum(row.came for row in rows), sum(row.went for row in rows)
    return Register(
        frame=frame,
        product=product_of(entries, product),
        place=None if place is None else place_of(entries, place),
        places=tuple(place_of(entries, each) for each in sorted(_places(rows, opening))),
        period=period,
        opening=opening,
        rows=tuple(rows),
        lots=_lots(opening, rows),
        opening_units=opening_units,
        came=came,
        went=went,
        closing_units=opening_units + came - went,
    )


def bounds_of(period: Period, zone: str) -> tuple[str, str]:
    """[start, end) of the period's local days as canonical UTC text."""

    def midnight(day: Any) -> str:
        return to_timestamp(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))

    start = midnight(period.from_on) if period.from_on else ""
    return start, midnight(period.to_on + timedelta(days=1)) if period.to_on else "9999"


def _places(rows: Iterable[RegisterRow], opening: Iterable[Units]) -> set[str]:
    told = {each.value for row in rows for each in (*row.counterpart, *row.details) if each.code in PLACE_CODES}
    return told | {each.place for each in opening} | {each.place for row in rows for each in row.moved}


def _lots(opening: Iterable[Units], rows: Iterable[RegisterRow]) -> tuple[LotLine, ...]:
    lots: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in opening:
        lots[each.lot][0] += each.units
    for row in rows:
        for each in row.moved:
            came = (each.units > 0) == (row.reverses is None)
            lots[each.lot][1 if came else 2] += each.units if came else -each.units
    return tuple(
        LotLine(lot=lot, opening=had, came=came, went=went, closing=had + came - went)
        for lot, (had, came, went) in sorted(lots.items())
    )


@dataclass(slots=True)
class _Build:
    entries: Entries
    names: Names
    frame: Frame
    product_id: str
    place_id: str | None
    by_id: dict[str, int] = field(init=False)
    zone: ZoneInfo = field(init=False)
    reversed_by: dict[int, int] = field(default_factory=dict)
    countersigned: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    sealed: dict[str, Sealed] = field(default_factory=dict)
    told: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = ids(self.entries)
        self.zone = ZoneInfo(self.frame.facility.zone)
        for seq, entry in sorted(self.entries.items()):
            said = statement(entry)
            self.reversed_by |= dict.fromkeys(undone_by(entry, self.by_id), seq)
            if said["type"] == "entry.countersigned":
                for about in refers_to(entry, self.by_id):
                    self.countersigned[about].append(seq)
            elif said["type"] == "period.sealed":
                at = datetime.fromisoformat(said["occurred_at"])
                self.sealed[said["body"]["period"]] = Sealed(seq=seq, at=at)

    def person(self, username: str) -> Person:
        return self.once(person_of(self.names, username))

    def once(self, fact: Fact) -> Fact:
        """The same fact as was told before: ten thousand rows tell the same of the same people, places and lots."""
        found: Fact = self.told.setdefault(fact, fact)
        return found

    def rows(
        self, moved: list[Derived], bounds: tuple[str, str], balance: dict[tuple[str, str], int]
    ) -> list[RegisterRow]:
        """Rows in order; *balance* is what lies where before them, and is brought up to date."""
        told: dict[_Key, list[Derived]] = {
            key: sorted(group, key=attrgetter("place", "lot"))
            for key, group in groupby(sorted(moved, key=self._key), key=self._key)
        }
        for key in self._without_movement({m.seq for m in moved}, bounds):
            told.setdefault(key, [])
        rows: list[RegisterRow] = []
        total = sum(balance.values())
        for key, moves in sorted(told.items()):
            for move in moves:
                balance[move.place, move.lot] += move.units
                total += move.units
            rows.append(self._row(len(rows) + 1, key, moves, balance, total))
        return rows

    def _key(self, moved: Derived) -> _Key:
        """What a corrected name takes from one lot to another is told in one row."""
        told_by = statement(self.entries[moved.order])
        lot = told_by["body"]["lot"] if told_by["type"] == "lot.corrected" else moved.lot
        return moved.at, moved.order, moved.seq, lot

    def _without_movement(self, listed: set[int], bounds: tuple[str, str]) -> Iterable[_Key]:
        """Counts of the product, corrections of its lots, and what resolves or reverses a listed row without moving
        anything.
        """
        for seq, entry in sorted(self.entries.items()):
            said = statement(entry)
            at = effect_at(seq, self.entries, self.by_id)
            if seq in listed or not bounds[0] <= at < bounds[1] or at > to_timestamp(self.frame.as_known.at):
                continue
            if said["type"] == "stock.counted" and self.place_id in (None, said["body"]["place"]):
                for line in said["body"]["lines"]:
                    if line["product"] == self.product_id:
                        listed.add(seq)
                        yield at, seq, seq, line.get("lot", "")
            elif said["type"] == "lot.corrected" and self.place_id is None:
                if said["body"]["product"] == self.product_id:
                    listed.add(seq)
                    yield at, seq, seq, said["body"]["lot"]
            elif said["type"] == "discrepancy.resolved":
                found = resolved_line(entry, self.entries, self.by_id)
                if found and found[1]["product"] == self.product_id and self.by_id[found[0]["id"]] in listed:
                    listed.add(seq)
                    yield at, seq, seq, found[1].get("lot", "")
            elif said["type"] == "entry.reversed":
                for about in undone_by(entry, self.by_id):
                    if about in listed:
                        listed.add(seq)
                        yield at, about, seq, ""

    def _row(
        self, number: int, key: _Key, moves: list[Derived], balance: Mapping[tuple[str, str], int], total: int
    ) -> RegisterRow:
        at, order, seq, lot = key
        entry = self.entries[seq]
        said = statement(entry)
        reverses = order if order != seq else None
        up, down = sum(m.units for m in moves if m.units > 0), sum(m.units for m in moves if m.units < 0)
        return RegisterRow(
            number=number,
            seq=seq,
            at=datetime.fromisoformat(at),
            done_at=datetime.fromisoformat(said["occurred_at"]) if said["occurred_at"] != at else None,
            type=self.once(said["type"]),
            details=self.once(
                tuple(details_of(entry, self.product_id, lot, lambda: self._book(said, lot, balance), self.by_id))
            ),
            counterpart=self.once(tuple(counterpart_of(entry))),
            lot=self.once(lot),
            came=up if reverses is None else down,
            went=-down if reverses is None else -up,
            balance=total,
            moved=self.once(tuple(Units(place=m.place, lot=m.lot, units=m.units) for m in moves)),
            performer=self.person(said["performer"]),
            witnesses=self.once(tuple(self.person(each) for each in witnesses_of(said))),
            countersigned=tuple(
                Countersignature(person=self.person(statement(self.entries[each])["performer"]), seq=each)
                for each in self.countersigned.get(seq, ())
            ),
            awaits=tuple(self._awaits(seq, said)),
            imported=entry["via"] == "import",
            late_hours=late_hours_of(entry, self.frame.rules.late_reason_hours),
            after_sealing=self._after_sealing(seq, at),
            reversed_by=self.reversed_by.get(seq),
            reverses=reverses,
        )

    def _book(self, said: Mapping[str, Any], lot: str, balance: Mapping[tuple[str, str], int]) -> int:
        """What the book says of *lot* ("": of every lot) at the place of a count."""
        place = said["body"].get("place")
        return sum(units for (where, each), units in balance.items() if where == place and lot in ("", each))

    def _awaits(self, seq: int, said: Mapping[str, Any]) -> Iterable[str]:
        if seq in self.reversed_by:
            return
        signed = {statement(self.entries[each])["performer"] for each in self.countersigned.get(seq, ())}
        yield from find_awaited(said, signed)

    def _after_sealing(self, seq: int, at: str) -> Sealed | None:
        """The sealing of the local month that *at* is in, where *seq* came after it."""
        sealed = self.sealed.get(datetime.fromisoformat(at).astimezone(self.zone).strftime("%Y-%m"))
        return sealed if sealed is not None and sealed.seq < seq else None
