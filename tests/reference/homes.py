"""The home holding and the circle: what went home with whom, and what became of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from tests.reference.stock import find_expiry
from tests.reference.world import DISPENSING, Body, Entry, World, lines_given

USED = {None, "used_not_recorded", "not_asked", "broken_before"}
TO_A_HOME = (*DISPENSING, "dispense.acknowledged", "home.opened")
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
        # What an entry found too much, by patient and product.
        self.surplus_of: dict[str, Counter[tuple[str, str]]] = {}
        for entry in sorted(world.entries, key=lambda e: e.moment):
            before = self._surplus()
            packs = world.reversals[entry.id]["packs"] if entry.id in world.reversals else None
            if packs in (None, "with_wrong_person", "with_right_person"):
                self._walk(entry, still_out=packs is not None)
            self.surplus_of[entry.id] = self._surplus() - before

        for entry in world.entries:
            if entry.id in world.reversals:
                for patient, product, lot in _named(world, entry):
                    self._row(patient, product, lot)  # of what never was the row stays, at nothing

    def _surplus(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for (patient, product, _), row in self.rows.items():
            found[patient, product] += row.surplus
        return found

    def _row(self, patient: str, product: str, lot: str) -> Row:
        return self.rows[self.world.person_of(patient), product, lot]

    def _walk(self, entry: Entry, *, still_out: bool) -> None:
        """One entry; of one that was reversed only what is still out with somebody."""
        body = entry.body
        for product, lot, units in to_a_home(self.world, entry):
            if not still_out and "left_before" in body:
                self._count(body["patient"], body["left_before"])
                body = {**body, "left_before": []}
            self._row(body["patient"], product, lot).dispensed += units
        if still_out:
            return
        if entry.type in ("dose.administered", "infusion.started") and "home" in body:
            for product, lot, units in lines_given(body):
                self._row(body["patient"], product, lot).take("administered", units)
        if entry.type == "home.counted":
            self._count(body["patient"], body["lines"])
        for product, lot, units in handed_over(self.world, entry):
            self._row(self.world.get(body["about"]).body["patient"], product, lot).take("handed_over", units)
        if entry.type == "unused.returned" and "patient" in body:
            for line in _together(body["lines"]):
                self._return(body["patient"], line)
        if entry.type == "lot.corrected" and "to_lot" in body:
            self._rename(body)

    def _count(self, patient: str, lines: list[Body]) -> None:
        for line in lines:
            lots = [line["lot"]] if "lot" in line else self.lots_of(patient, line["product"])
            gone = sum(self._row(patient, line["product"], lot).still_out for lot in lots) - line["units"]
            for lot in lots[:-1]:
                row = self._row(patient, line["product"], lot)
                used = min(row.still_out, max(0, gone))
                row.used, gone = row.used + used, gone - used
            row = self._row(patient, line["product"], lots[-1])
            row.set(row.still_out - gone)

    def _return(self, patient: str, line: Body) -> None:
        """The packs handed in fill the lots from the oldest expiry on; the gap of each is booked by its shortfall."""
        packs = line["intact"] + line["broken"]
        lots = [line["lot"]] if "lot" in line else self.lots_of(patient, line["product"])
        for lot in lots:
            row = self._row(patient, line["product"], lot)
            here = packs if lot == lots[-1] else min(packs, row.still_out)
            row.take("returned", here)
            packs -= here
            row.take("used" if line.get("shortfall") in USED else "missing", row.still_out)

    def _rename(self, correction: Body) -> None:
        """From now on the whole row stands under the true name."""
        product, lot, to_lot = correction["product"], correction["lot"], correction["to_lot"]
        for pack in [pack for pack in self.rows if pack[1:] == (product, lot)]:
            wrong, true = self.rows.pop(pack), self.rows[pack[0], product, to_lot]
            for column, units in vars(wrong).items():
                setattr(true, column, getattr(true, column) + units)

    def lots_of(self, patient: str, product: str) -> list[str]:
        """The patient's lots of a product, oldest expiry first, unknown expiry later, packs of no known lot last."""
        person = self.world.person_of(patient)
        lots = [lot for (who, what, lot) in self.rows if (who, what) == (person, product)]
        order = {lot: (not lot, find_expiry(self.world, product, lot) or date.max, lot) for lot in lots}
        return sorted(lots, key=order.__getitem__) or [""]


def _together(lines: list[Body]) -> list[Body]:
    """Lines of one lot are one line, so that its gap is booked once."""
    found: dict[tuple[str, str | None], Body] = {}
    for line in lines:
        whole = found.setdefault((line["product"], line.get("lot")), {**line, "intact": 0, "broken": 0})
        whole["intact"], whole["broken"] = whole["intact"] + line["intact"], whole["broken"] + line["broken"]
        if "shortfall" in line:
            whole.setdefault("shortfall", line["shortfall"])
    return list(found.values())


def _named(world: World, entry: Entry) -> list[Pack]:
    """The packs at home that an entry told of by their lots."""
    body = entry.body
    told = to_a_home(world, entry)
    if entry.type in ("dose.administered", "infusion.started") and "home" in body:
        told = lines_given(body)
    lines = body["lines"] if entry.type in ("home.counted", "unused.returned") else body.get("left_before", [])
    if entry.type == "notice.received" and (told := handed_over(world, entry)):
        body, lines = world.get(body["about"]).body, []
    packs = [(product, lot) for product, lot, _ in told] + [(each["product"], each.get("lot", "")) for each in lines]
    return [(body["patient"], product, lot) for product, lot in packs if lot and "patient" in body]


def to_a_home(world: World, entry: Entry) -> list[tuple[str, str, int]]:
    """(product, lot, units) that an entry brings to a patient's home."""
    if entry.type in DISPENSING:
        product = world.supplied_product(entry) or ""
        return [(product, line["lot"], line["units"]) for line in entry.body["lots"]]
    if entry.type in TO_A_HOME:
        return [(line["product"], line["lot"], line["units"]) for line in entry.body["lines"]]
    return []


def handed_over(world: World, entry: Entry) -> list[tuple[str, str, int]]:
    """What another facility says it took over of a home: the notice's lines, or all of the entry it is about."""
    if entry.type != "notice.received" or entry.body["kind"] != "acknowledged":
        return []
    if "lines" in entry.body:
        return [(line["product"], line["lot"], line["units"]) for line in entry.body["lines"]]
    return to_a_home(world, world.get(entry.body["about"]))
