"""The home holding and the circle: what went home with whom, and what became of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.reference.world import DISPENSING, Body, World

USED = {None, "used_not_recorded", "not_asked", "broken_before"}
Pack = tuple[str, str, str]  # patient, product, lot


@dataclass
class Row:
    """`dispensed + surplus = administered + used + returned + missing + handed_over + still_out`."""

    dispensed: int = 0
    surplus: int = 0
    administered: int = 0
    used: int = 0
    returned: int = 0
    missing: int = 0
    handed_over: int = 0

    @property
    def still_out(self) -> int:
        gone = self.administered + self.used + self.returned + self.missing + self.handed_over
        return self.dispensed + self.surplus - gone

    def take(self, what: str, units: int) -> None:
        """What goes beyond the holding is surplus: a home never refuses."""
        self.surplus += max(0, units - self.still_out)
        setattr(self, what, getattr(self, what) + units)

    def set(self, counted: int) -> None:
        self.used += max(0, self.still_out - counted)
        self.surplus += max(0, counted - self.still_out)


class Homes:
    """Every home of one facility's log, walked through once in the order of (`occurred_at`, `seq`)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[Pack, Row] = defaultdict(Row)
        self.surplus_of: dict[str, int] = {}  # entry -> what it found too much
        for entry in sorted(world.entries, key=lambda e: e.moment):
            before = sum(row.surplus for row in self.rows.values())
            packs = world.reversals[entry.id]["packs"] if entry.id in world.reversals else None
            if packs in (None, "with_wrong_person", "with_right_person"):
                self._walk(entry.type, entry.body)
            elif entry.type in DISPENSING:
                for line in entry.body["lots"]:
                    self._row(entry.body["patient"], world.dispensed_product(entry.body) or "", line["lot"])
            self.surplus_of[entry.id] = sum(row.surplus for row in self.rows.values()) - before

    def _row(self, patient: str, product: str, lot: str) -> Row:
        return self.rows[patient, product, lot]

    def _walk(self, kind: str, body: Body) -> None:
        if kind in DISPENSING:
            product = self.world.dispensed_product(body) or ""
            self._count(body["patient"], body.get("left_before", []))
            for line in body["lots"]:
                self._row(body["patient"], product, line["lot"]).dispensed += line["units"]
        if kind == "dispense.acknowledged":
            for line in body["lines"]:
                self._row(body["patient"], line["product"], line["lot"]).dispensed += line["units"]
        if kind == "dose.administered" and "home" in body:
            for line in body["lots"]:
                self._row(body["patient"], body["product"], line["lot"]).take("administered", line["units"])
        if kind == "home.counted":
            self._count(body["patient"], body["lines"])
        if kind == "notice.received" and body["kind"] == "acknowledged":
            about = self.world.get(body["about"])
            for line in body.get("lines", []):
                self._row(about.body["patient"], line["product"], line["lot"]).take("handed_over", line["units"])
        if kind == "unused.returned" and "patient" in body:
            for line in body["lines"]:
                self._return(body["patient"], line)

    def _count(self, patient: str, lines: list[Body]) -> None:
        for line in lines:
            if "lot" in line:
                self._row(patient, line["product"], line["lot"]).set(line["units"])
                continue
            *older, newest = self.lots_of(patient, line["product"])
            gone = sum(self._row(patient, line["product"], lot).still_out for lot in [*older, newest]) - line["units"]
            for lot in older:
                row = self._row(patient, line["product"], lot)
                used = min(row.still_out, max(0, gone))
                row.used, gone = row.used + used, gone - used
            row = self._row(patient, line["product"], newest)
            row.set(row.still_out - gone)

    def _return(self, patient: str, line: dict[str, Any]) -> None:
        """The packs handed in fill the lots from the oldest expiry on; the gap of each is booked by its shortfall."""
        packs = line["intact"] + line["broken"]
        lots = [line["lot"]] if "lot" in line else self.lots_of(patient, line["product"])
        for lot in lots:
            row = self._row(patient, line["product"], lot)
            here = packs if lot == lots[-1] else min(packs, row.still_out)
            row.take("returned", here)
            packs -= here
            row.take("used" if line.get("shortfall") in USED else "missing", row.still_out)

    def lots_of(self, patient: str, product: str) -> list[str]:
        """The patient's lots of a product that are still out, oldest expiry first, unknown expiry last."""
        held = [
            lot for (who, what, lot), row in self.rows.items() if (who, what) == (patient, product) and row.still_out
        ]
        return sorted(held, key=lambda lot: (self.world.find_expiry(product, lot) or date.max, lot)) or [""]
