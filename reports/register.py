"""The item-and-quantity journal of one product, from movements and entries to the model. Pure.

Trusts that the movements are the ledger's; `check` derives them again from the attached entries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from ledger.errors import NotFound
from ledger.log.canonical import to_timestamp
from reports.model import (
    Countersignature,
    Frame,
    LotLine,
    Period,
    Person,
    Place,
    Product,
    Register,
    RegisterRow,
    Units,
)
from reports.movements import Entries, Entry, Movement, effect_at, ids, refers_to, statement
from reports.row_details import PLACE_CODES, counterpart_of, details_of

Names = Mapping[str, tuple[str, str]]
_ALWAYS = Period()


def build_register(
    movements: Iterable[Movement],
    entries: Entries,
    names: Names,
    *,
    frame: Frame,
    product: str,
    place: str | None = None,
    period: Period = _ALWAYS,
) -> Register:
    """The register of *product* at *place*, or over the whole facility, at `frame.as_known`.

    *movements* are all of the product's; *entries* what `gather_entries` keeps; *names* gives (name, role)
    by username as they are to be printed. Raises `NotFound` for a product or place that no entry names.
    """
    until_at, seq = to_timestamp(frame.as_known.at), frame.as_known.seq
    known = [m for m in movements if m.at <= until_at and m.seq <= seq and place in (None, m.place)]
    known.sort(key=lambda m: (m.at, m.seq, m.lot, m.place))
    start, end = bounds_of(period, frame.facility.zone)
    opening: dict[tuple[str, str], int] = defaultdict(int)
    for each in known:
        if each.at < start:
            opening[each.place, each.lot] += each.units
    return build_from(
        tuple(Units(place=p, lot=lot, units=units) for (p, lot), units in sorted(opening.items()) if units),
        [each for each in known if start <= each.at < end],
        {n: entry for n, entry in entries.items() if n <= seq},
        names,
        frame=frame,
        product=product,
        place=place,
        period=period,
    )


def build_from(
    opening: tuple[Units, ...],
    moved: Iterable[Movement],
    entries: Entries,
    names: Names,
    *,
    frame: Frame,
    product: str,
    place: str | None,
    period: Period,
) -> Register:
    """The same from what lay where before the period and the movements in it, in the order (at, seq, lot)."""
    build = _Build(entries, names, frame, product, place)
    balance = defaultdict(int, {(each.place, each.lot): each.units for each in opening})
    rows = build.rows(list(moved), bounds_of(period, frame.facility.zone), balance)
    opening_units = sum(each.units for each in opening)
    came, went = sum(row.came for row in rows), sum(row.went for row in rows)
    return Register(
        frame=frame,
        product=build.product(),
        place=None if place is None else build.place(place),
        places=tuple(build.place(each) for each in sorted(_places(rows, opening))),
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
        if row.moved:
            lots[row.lot][1] += row.came
            lots[row.lot][2] += row.went
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
    reversed_by: dict[int, int] = field(default_factory=dict)
    countersigned: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.by_id = ids(self.entries)
        for seq, entry in sorted(self.entries.items()):
            about = refers_to(entry, self.by_id)
            if about is None:
                continue
            if statement(entry)["type"] == "entry.reversed":
                self.reversed_by[about] = seq
            elif statement(entry)["type"] == "entry.countersigned":
                self.countersigned[about].append(seq)

    def product(self) -> Product:
        listed = self._body("product.listed", "product", self.product_id)
        return Product(
            id=self.product_id,
            inn=listed["inn"],
            form=listed["form"],
            strength=listed["strength"]["value"],
            unit=listed["strength"]["unit"],
            unit_of_presentation=listed["unit_of_presentation"],
        )

    def place(self, place: str) -> Place:
        return Place(id=place, name=self._body("place.opened", "place", place)["name"])

    def _body(self, kind: str, name: str, key: str) -> Mapping[str, Any]:
        for entry in self.entries.values():
            said = statement(entry)
            if said["type"] == kind and said["body"][name] == key:
                body: Mapping[str, Any] = said["body"]
                return body
        raise NotFound(f"{name} {key}")

    def person(self, username: str) -> Person:
        name, role = self.names.get(username, ("", ""))
        return Person(username=username, name=name, role=role)

    def rows(
        self, moved: list[Movement], bounds: tuple[str, str], balance: dict[tuple[str, str], int]
    ) -> list[RegisterRow]:
        """Rows in order; *balance* is what lies where before them, and is brought up to date."""
        told: dict[tuple[str, int, str], list[Movement]] = {
            key: list(group) for key, group in groupby(moved, key=lambda m: (m.at, m.seq, m.lot))
        }
        for key in self._without_movement({m.seq for m in moved}, bounds):
            told.setdefault(key, [])
        rows: list[RegisterRow] = []
        for (at, seq, lot), moves in sorted(told.items()):
            for move in moves:
                balance[move.place, move.lot] += move.units
            rows.append(self._row(len(rows) + 1, at, seq, lot, moves, balance))
        return rows

    def _without_movement(self, listed: set[int], bounds: tuple[str, str]) -> Iterable[tuple[str, int, str]]:
        """Counts of the product, and what resolves or reverses a listed row without moving anything."""
        for seq, entry in sorted(self.entries.items()):
            said = statement(entry)
            at = effect_at(seq, self.entries, self.by_id)
            if seq in listed or not bounds[0] <= at < bounds[1] or at > to_timestamp(self.frame.as_known.at):
                continue
            if said["type"] == "stock.counted" and self.place_id in (None, said["body"]["place"]):
                for line in said["body"]["lines"]:
                    if line["product"] == self.product_id:
                        listed.add(seq)
                        yield at, seq, line.get("lot", "")
            elif said["type"] in ("entry.reversed", "discrepancy.resolved"):
                if refers_to(entry, self.by_id) in listed:
                    listed.add(seq)
                    yield at, seq, ""

    def _row(
        self, number: int, at: str, seq: int, lot: str, moves: list[Movement], balance: Mapping[tuple[str, str], int]
    ) -> RegisterRow:
        entry = self.entries[seq]
        said = statement(entry)
        reverses = refers_to(entry, self.by_id) if said["type"] == "entry.reversed" else None
        up, down = sum(m.units for m in moves if m.units > 0), sum(m.units for m in moves if m.units < 0)
        return RegisterRow(
            number=number,
            seq=seq,
            at=datetime.fromisoformat(at),
            done_at=datetime.fromisoformat(said["occurred_at"]) if said["occurred_at"] != at else None,
            type=said["type"],
            details=tuple(details_of(entry, self.product_id, lot, self._book(said, lot, balance), self.by_id)),
            counterpart=tuple(counterpart_of(entry)),
            lot=lot,
            came=up if reverses is None else down,
            went=-down if reverses is None else -up,
            balance=sum(balance.values()),
            moved=tuple(Units(place=m.place, lot=m.lot, units=m.units) for m in moves),
            performer=self.person(said["performer"]),
            witnesses=tuple(self.person(each) for each in _witnesses(said)),
            countersigned=tuple(
                Countersignature(person=self.person(statement(self.entries[each])["performer"]), seq=each)
                for each in self.countersigned.get(seq, ())
            ),
            awaits=tuple(self._awaits(seq, said)),
            imported=entry["via"] == "import",
            late_hours=self._late_hours(entry),
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
        if "witness_pending" in said and not signed:
            yield "witness"
        ordered_by = said["body"].get("ordered_by")
        if ordered_by is not None and ordered_by not in signed:
            yield "verbal_order"

    def _late_hours(self, entry: Entry) -> int | None:
        """Whole hours between act and entry where the rule set asks for a reason; imports are marked apart."""
        allowed = self.frame.rules.late_reason_hours
        if allowed is None or entry["via"] == "import":
            return None
        late = datetime.fromisoformat(entry["recorded_at"]) - datetime.fromisoformat(statement(entry)["occurred_at"])
        return int(late.total_seconds() // 3600) if late > timedelta(hours=allowed) else None


def _witnesses(said: Mapping[str, Any]) -> list[str]:
    commission = [each for each in said["body"].get("commission", ()) if each != said["performer"]]
    return commission or ([said["witness"]] if said["witness"] is not None else [])
