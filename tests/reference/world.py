"""What is known at some entry: the recorded commands so far, some of them reversed.

Nothing is kept but the list. Every question walks it again from its first entry ("What the numbers mean").
Order is (`occurred_at`, `seq`); people, places, products and prescriptions take effect by `seq`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.numbers import find_day, find_instant

Body = dict[str, Any]
Shelf = tuple[str, str, str]  # place, product, lot; the lot is "" where a product's total was resolved
Moment = tuple[datetime, int]  # occurred_at, seq

INPATIENT = {"hospital", "hospice"}
DISPENSING = ("dispense.outpatient", "dispense.discharge")
GLASS = {"ampoule", "vial"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A recorded command. What it opened and saw on the day it was recorded is history and kept as such."""

    seq: int
    command: Body
    opens: tuple[str, ...] = ()  # discrepancies that this entry opened
    book_seen: int = 0  # discrepancy.resolved: the book at the count, as known then

    @property
    def id(self) -> str:
        return str(self.command["id"])

    @property
    def type(self) -> str:
        return str(self.command["type"])

    @property
    def body(self) -> Body:
        body: Body = self.command["body"]
        return body

    @cached_property
    def at(self) -> datetime:
        at = find_instant(self.command["occurred_at"])
        assert at is not None
        return at

    @property
    def moment(self) -> Moment:
        return self.at, self.seq


@dataclass(kw_only=True)
class World:
    facility: dict[str, str]
    rules: dict[str, Any]
    kato: set[str]
    entries: list[Entry]
    reversals: dict[str, Body] = field(default_factory=dict)  # id of the reversed entry -> the reversal's body

    def before(self, seq: int, reversals: dict[str, Body]) -> "World":
        """As known just before `seq`, had these reversals been in force from the beginning."""
        entries = [entry for entry in self.entries if entry.seq < seq]
        return World(
            facility=self.facility, rules=self.rules, kato=self.kato, entries=entries, reversals=dict(reversals)
        )

    # -- entries ---------------------------------------------------------------------------------

    def live(self, *types: str) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.type in types and entry.id not in self.reversals)

    def find(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.id == entry_id), None)

    def get(self, entry_id: str) -> Entry:
        entry = self.find(entry_id)
        assert entry is not None
        return entry

    def local_day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.facility.get("zone", "Asia/Almaty"))).date()

    # -- people and things -----------------------------------------------------------------------

    def find_role(self, person: str) -> str | None:
        roles = {"registrar": "registrar"}
        roles.update({entry.body["person"]: entry.body["role"] for entry in self.live("person.enrolled")})
        return roles.get(person)

    def has_role(self, role: str) -> bool:
        return any(entry.body["role"] == role for entry in self.live("person.enrolled"))

    def find_product(self, product: str) -> Body | None:
        return next((e.body for e in self.live("product.listed") if e.body["product"] == product), None)

    def find_place(self, place: str) -> Body | None:
        return next((e.body for e in self.live("place.opened") if e.body["place"] == place), None)

    def has_patient(self, patient: str) -> bool:
        return any(entry.body["patient"] == patient for entry in self.live("patient.registered"))

    def find_death(self, patient: str) -> date | None:
        days = [find_day(e.body["died_on"]) for e in self.live("patient.died") if e.body["patient"] == patient]
        return days[-1] if days else None

    def find_prescription(self, prescription: str) -> Entry | None:
        issued = (e for e in self.live("prescription.issued") if e.body["prescription"] == prescription)
        return next(issued, None)

    def stopped_at(self, prescription: str) -> datetime | None:
        stops = [e.at for e in self.live("prescription.stopped") if e.body["prescription"] == prescription]
        return min(stops, default=None)

    def dispensed_under(self, prescription: str) -> int:
        return sum(
            sum(line["units"] for line in entry.body["lots"])
            for entry in self.live(*DISPENSING)
            if entry.body["prescription"] == prescription
        )

    def given_under(self, prescription: str) -> int:
        return sum(
            sum(line["units"] for line in entry.body["lots"])
            for entry in self.live("dose.administered")
            if entry.body.get("prescription") == prescription and "place" in entry.body
        )

    def dispensed_product(self, body: Body) -> str | None:
        """A dispensing names no product: it is the one of its prescription."""
        issued = (e for e in self.entries if e.type == "prescription.issued")
        return next((e.body["product"] for e in issued if e.body["prescription"] == body["prescription"]), None)

    # -- lots ------------------------------------------------------------------------------------

    def find_expiry(self, product: str, lot: str) -> date | None:
        for entry in self.live("stock.opened", "stock.received", "stock.arrived"):
            for line in entry.body["lines"]:
                if (line["product"], line["lot"]) == (product, lot):
                    return find_day(line["expires_on"])
        return None

    def is_quarantined(self, product: str, lot: str, at: datetime) -> bool:
        return any(
            (entry.body["product"], entry.body["lot"]) == (product, lot) and entry.at <= at
            for entry in self.live("lot.quarantined")
        )

    # -- stock -----------------------------------------------------------------------------------

    def shelves_touched(self, kind: str, body: Body) -> list[tuple[Shelf, int]]:
        """The movements of one command: what it adds to and takes from which shelf."""
        lines = [(line["product"], line.get("lot", ""), line.get("units", 0)) for line in body.get("lines", [])]
        if kind in ("stock.opened", "stock.received"):
            return [((body["place"], product, lot), units) for product, lot, units in lines]
        if kind == "stock.arrived":
            return [((body["to_place"], product, lot), units) for product, lot, units in lines]
        if kind == "stock.moved":
            out = [((body["from_place"], product, lot), -units) for product, lot, units in lines]
            return out + [((body["to_place"], product, lot), units) for product, lot, units in lines]
        if kind == "stock.sent":
            return [((body["from_place"], product, lot), -units) for product, lot, units in lines]
        if kind == "stock.broken":
            return [((body["place"], product, lot), -units) for product, lot, units in lines]
        if kind in DISPENSING:
            supplied = self.dispensed_product(body)
            return [((body["place"], supplied or "", line["lot"]), -line["units"]) for line in body["lots"]]
        if kind == "dose.administered" and "place" in body:
            return [((body["place"], body["product"], line["lot"]), -line["units"]) for line in body["lots"]]
        if kind == "destruction.performed":
            stock = [item for item in body["items"] if "seal_no" not in item]
            return [((item["place"], item["product"], item["lot"]), -item["units"]) for item in stock]
        if kind == "discrepancy.resolved":
            count, line = self.get_discrepancy_line(body["discrepancy"])
            shelf = (count.body["place"], line["product"], line.get("lot", ""))
            return [(shelf, body["difference"])] if count.type == "stock.counted" else []
        return []

    def effect_moment(self, entry: Entry) -> Moment:
        """A resolution works at the time of the count that it resolves; everything else at its own."""
        if entry.type == "discrepancy.resolved":
            count, _ = self.get_discrepancy_line(entry.body["discrepancy"])
            return count.at, entry.seq
        return entry.moment

    def stock_stays_out(self, entry: Entry) -> bool:
        """`never_left` and `none` undo every movement; of the other reversals the packs are not back in stock."""
        packs = self.reversals[entry.id]["packs"] if entry.id in self.reversals else None
        return packs not in ("never_left", "none")

    def timeline(self, shelf: Shelf) -> list[tuple[Moment, int]]:
        moves = [
            (self.effect_moment(entry), units)
            for entry in self.entries
            if self.stock_stays_out(entry)
            for touched, units in self.shelves_touched(entry.type, entry.body)
            if touched == shelf
        ]
        return sorted(moves)

    def all_shelves(self) -> set[Shelf]:
        return {shelf for e in self.entries for shelf, _ in self.shelves_touched(e.type, e.body)}

    def balance(self, shelf: Shelf, moment: Moment) -> int:
        return sum(units for when, units in self.timeline(shelf) if when < moment)

    def balance_now(self, shelf: Shelf) -> int:
        return sum(units for _, units in self.timeline(shelf))

    def lowest_after(self, shelf: Shelf, extra: list[tuple[Moment, int]], since: Moment) -> int:
        """The least this shelf ever holds from `since` on, with the extra movements inserted."""
        at_moment: Counter[Moment] = Counter()
        for when, units in self.timeline(shelf) + extra:
            at_moment[when] += units
        return min(sum(at_moment[when] for when in at_moment if when <= until) for until in at_moment if until >= since)

    # -- counts and discrepancies ----------------------------------------------------------------

    def get_discrepancy_line(self, discrepancy: str) -> tuple[Entry, Body]:
        entry_id, _, line = discrepancy.partition(":")
        entry = self.get(entry_id)
        return entry, entry.body["lines"][int(line)]

    def book_at(self, discrepancy: str) -> int:
        """What the book says at the count; for a collection of empties how many of the line's were due."""
        count, line = self.get_discrepancy_line(discrepancy)
        if count.type == "empties.collected":
            earlier = count.body["lines"][: int(discrepancy.partition(":")[2])]
            same = [other for other in earlier if (other["product"], other["lot"]) == (line["product"], line["lot"])]
            due = self.empties_due_at((count.body["place"], line["product"], line["lot"]), count.moment)
            already: int = sum(other["empty"] + other["partial"] for other in same)
            return min(due - already, self.found_at(discrepancy))
        if "lot" in line:
            return self.balance((count.body["place"], line["product"], line["lot"]), count.moment)
        shelves = [s for s in self.all_shelves() if s[:2] == (count.body["place"], line["product"])]
        return sum(self.balance(shelf, count.moment) for shelf in shelves)

    def found_at(self, discrepancy: str) -> int:
        count, line = self.get_discrepancy_line(discrepancy)
        if count.type == "empties.collected":
            return int(line["empty"] + line["partial"])
        return int(line["units"])

    def find_differences(self, count: Entry) -> list[str]:
        """The lines of a count or collection that differ from the book as known now."""
        if count.type not in ("stock.counted", "empties.collected"):
            return []
        ids = [f"{count.id}:{number}" for number in range(len(count.body["lines"]))]
        return [one for one in ids if self.found_at(one) != self.book_at(one)]

    def resolutions(self, discrepancy: str) -> list[Entry]:
        return [e for e in self.live("discrepancy.resolved") if e.body["discrepancy"] == discrepancy]

    def opened_discrepancies(self) -> list[str]:
        """What differed when it was recorded stays until somebody resolves it; what differs since then, while it does.

        A movement entered later but dated before a count changes the book at that count.
        """
        findings = self.live("stock.counted", "empties.collected")
        ids = [f"{entry.id}:{number}" for entry in findings for number in range(len(entry.body["lines"]))]
        return [one for one in ids if self.is_discrepancy(one)]

    def is_discrepancy(self, one: str) -> bool:
        entry_id, _, line = one.partition(":")
        entry = self.find(entry_id)
        if entry is None or entry.type not in ("stock.counted", "empties.collected") or entry_id in self.reversals:
            return False
        if int(line) >= len(entry.body["lines"]):
            return False
        return one in entry.opens or bool(self.resolutions(one)) or self.found_at(one) != self.book_at(one)

    def is_open(self, discrepancy: str) -> bool:
        """Also where a resolution was taken back and nobody has resolved it since."""
        resolved = self.resolutions(discrepancy)
        if not resolved or self.book_at(discrepancy) != resolved[-1].book_seen:
            return True
        taken_back = [self.get(e.body["id"]) for e in self.live("entry.reversed") if e.seq > resolved[-1].seq]
        return any(original.body.get("discrepancy") == discrepancy for original in taken_back)

    def difference_left(self, discrepancy: str) -> int:
        applied: int = sum(entry.body["difference"] for entry in self.resolutions(discrepancy))
        return self.found_at(discrepancy) - self.book_at(discrepancy) - applied

    # -- empties ---------------------------------------------------------------------------------

    def empties_moves(self) -> Iterator[tuple[Moment, Shelf, int]]:
        """Opened adds, collected takes, a resolved over-collection adds its difference back."""
        inpatient = self.facility["kind"] in INPATIENT
        wards = {e.body["place"] for e in self.live("place.opened") if e.body["kind"] == "ward" and inpatient}
        glass = {e.body["product"] for e in self.live("product.listed") if e.body["unit_of_presentation"] in GLASS}
        for entry in self.live("dose.administered"):
            if entry.body.get("place") in wards and entry.body["product"] in glass:
                for line in entry.body["lots"]:
                    yield entry.moment, (entry.body["place"], entry.body["product"], line["lot"]), line["units"]
        for entry in self.live("empties.collected"):
            for line in entry.body["lines"]:
                shelf = (entry.body["place"], line["product"], line["lot"])
                yield entry.moment, shelf, -(line["empty"] + line["partial"])
        for entry in self.live("discrepancy.resolved"):
            count, line = self.get_discrepancy_line(entry.body["discrepancy"])
            if count.type == "empties.collected":
                shelf = (count.body["place"], line["product"], line["lot"])
                yield (count.at, entry.seq), shelf, entry.body["difference"]

    def empties_due_at(self, shelf: Shelf, moment: Moment) -> int:
        return sum(units for when, touched, units in self.empties_moves() if touched == shelf and when < moment)

    def empties_due(self) -> Counter[Shelf]:
        due: Counter[Shelf] = Counter()
        for _, shelf, units in self.empties_moves():
            due[shelf] += units
        return due

    # -- custody ---------------------------------------------------------------------------------

    def custody(self) -> dict[str, tuple[str, int]]:
        """seal -> (place, units) of what is in custody now."""
        held: dict[str, tuple[str, int]] = {}
        for entry in sorted(self.entries, key=lambda e: e.moment):
            body = entry.body
            if entry.type == "entry.reversed" and body["packs"] == "back_sealed":
                original = self.get(body["id"])
                held[body["seal_no"]] = body["place"], sum(line["units"] for line in original.body["lots"])
            if entry.id in self.reversals:
                continue
            if entry.type == "empties.collected":
                held[body["seal_no"]] = body["to_place"], sum(li["empty"] + li["partial"] for li in body["lines"])
            if entry.type == "unused.returned":
                held[body["seal_no"]] = body["place"], sum(li["intact"] + li["broken"] for li in body["lines"])
            if entry.type == "custody.moved":
                held.update({seal: (body["to_place"], held[seal][1]) for seal in body["seals"] if seal in held})
            if entry.type == "destruction.performed":
                for item in body["items"]:
                    held.pop(item.get("seal_no", ""), None)
        return held

    def is_seal_used(self, seal: str) -> bool:
        sealing = self.live("empties.collected", "unused.returned", "entry.reversed")
        return any(entry.body.get("seal_no") == seal for entry in sealing)

    # -- what waits ------------------------------------------------------------------------------

    def reasons_to_wait(self, entry: Entry) -> list[str]:
        """Why an entry waits for a second person: its missing witness, or the physician who ordered by word."""
        signed = [e for e in self.live("entry.countersigned") if e.body.get("id") == entry.id]
        reasons = []
        if "witness_pending" in entry.command:
            reasons.append("witness")
        if entry.type == "dose.administered" and "ordered_by" in entry.body:
            reasons.append("verbal_order")
        return [] if signed else reasons

    def pending(self) -> list[Entry]:
        return [e for e in self.entries if e.id not in self.reversals and self.reasons_to_wait(e)]
