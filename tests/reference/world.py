"""What is known at some entry: the recorded commands so far, some of them reversed.

Nothing is kept but the list. Every question walks it again from its first entry ("What the numbers mean").
Order is (`occurred_at`, `seq`); people, keys, places, products and patients take effect by `seq`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.numbers import find_day, find_instant, get_day

Body = dict[str, Any]
Moment = tuple[datetime, int]  # occurred_at, seq

INPATIENT = {"hospital", "hospice"}
DISPENSING = ("dispense.outpatient", "dispense.discharge")
ORDERS = ("prescription.issued", "prescription.transcribed")
ARRIVALS = ("stock.opened", "stock.received", "stock.arrived")
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A recorded command, or one that is being judged. What it opened, saw and did on that day is history."""

    seq: int
    command: Body
    recorded_at: datetime
    imported: bool
    opens: tuple[str, ...] = ()  # discrepancies that this entry opened
    book_seen: int = 0  # discrepancy.resolved: the book at the count, as known then
    parts: tuple[tuple[str, int], ...] = ()  # discrepancy.resolved: by which lots the book changes
    closes: tuple[str, ...] = ()  # entry.countersigned: which of the signatures due this one is

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

    @property
    def performer(self) -> str:
        return str(self.command["performer"])

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
    facility: Body
    rules: Body
    kato: set[str]
    entries: list[Entry]
    reversals: dict[str, Body] = field(default_factory=dict)  # id of the entry taken back -> who says so

    def before(self, seq: int, reversals: dict[str, Body]) -> "World":
        """As known just before `seq`, had these reversals been in force from the beginning."""
        return self.of([entry for entry in self.entries if entry.seq < seq], reversals)

    def of(self, entries: list[Entry], reversals: dict[str, Body]) -> "World":
        return World(
            facility=self.facility, rules=self.rules, kato=self.kato, entries=entries, reversals=dict(reversals)
        )

    # -- entries ---------------------------------------------------------------------------------

    @cached_property
    def _by_type(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.type, []).append(entry)
        return found

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    def live(self, *types: str) -> Iterator[Entry]:
        """Entries of these types that nobody took back, in order of seq."""
        found = [entry for kind in types for entry in self._by_type.get(kind, []) if entry.id not in self.reversals]
        return iter(found if len(types) == 1 else sorted(found, key=lambda entry: entry.seq))

    def find(self, entry_id: str) -> Entry | None:
        return self._by_id.get(entry_id)

    def get(self, entry_id: str) -> Entry:
        return self._by_id[entry_id]

    def find_named(self, body: Body) -> Entry | None:
        """The entry that a reversal or a countersignature names by `id` or by `seq`."""
        if "id" in body:
            return self.find(body["id"])
        return next((entry for entry in self.entries if entry.seq == body["seq"]), None)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.facility.get("zone", "Asia/Almaty"))

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def day_begins(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    # -- people ----------------------------------------------------------------------------------

    def _roles(self, person: str) -> list[tuple[datetime, str]]:
        first = [(LONG_AGO, "registrar")] if person == "registrar" else []
        told = self.live("person.enrolled", "person.role_changed")
        return first + [(entry.at, entry.body["role"]) for entry in told if entry.body["person"] == person]

    def has_person(self, person: str) -> bool:
        return bool(self._roles(person))

    def last_role(self, person: str) -> str | None:
        """Also of somebody who left."""
        roles = self._roles(person)
        return roles[-1][1] if roles else None

    def role_at(self, person: str, seq: int) -> str | None:
        """The role in which an entry was made."""
        told = (e for e in self.live("person.enrolled", "person.role_changed") if e.body["person"] == person)
        then = [str(entry.body["role"]) for entry in told if entry.seq < seq]
        return then[-1] if then else self._roles(person)[0][1]

    def find_role(self, person: str) -> str | None:
        has_left = any(entry.body["person"] == person for entry in self.live("person.left"))
        return None if has_left else self.last_role(person)

    def held_role(self, person: str, at: datetime) -> bool:
        """Whether the role of now was this person's when it happened."""
        then = [role for since, role in self._roles(person) if since <= at]
        return bool(then) and then[-1] == self.last_role(person)

    def has_ever_had(self, role: str) -> bool:
        told = self.live("person.enrolled", "person.role_changed")
        return any(entry.body["role"] == role for entry in told)

    def holders_of(self, role: str) -> list[str]:
        people = {entry.body["person"] for entry in self.live("person.enrolled")} | {"registrar"}
        return sorted(person for person in people if self.find_role(person) == role)

    # -- things ----------------------------------------------------------------------------------

    def find_product(self, product: str) -> Body | None:
        return next((e.body for e in self.live("product.listed") if e.body["product"] == product), None)

    def is_delisted(self, product: str) -> bool:
        return any(entry.body["product"] == product for entry in self.live("product.delisted"))

    def find_place(self, place: str) -> Body | None:
        """None also for a place that was closed."""
        if any(entry.body["place"] == place for entry in self.live("place.closed")):
            return None
        return self.find_any_place(place)

    def find_any_place(self, place: str) -> Body | None:
        return next((e.body for e in self.live("place.opened") if e.body["place"] == place), None)

    # -- patients --------------------------------------------------------------------------------

    def has_patient(self, patient: str) -> bool:
        erased = {self.person_of(entry.body["patient"]) for entry in self.live("identity.erased")}
        return self.is_registered(patient) and self.person_of(patient) not in erased

    def is_registered(self, patient: str) -> bool:
        return any(entry.body["patient"] == patient for entry in self.live("patient.registered"))

    @cached_property
    def _kept(self) -> dict[str, str]:
        return {entry.body["drop"]: entry.body["keep"] for entry in self.live("patients.merged")}

    def person_of(self, patient: str) -> str:
        """The id that is kept; a merge is one step."""
        return self._kept.get(patient, patient)

    def find_death(self, patient: str) -> date | None:
        person = self.person_of(patient)
        told = [e.body for e in self.live("patient.died") if self.person_of(e.body["patient"]) == person]
        return min((day for body in told if (day := find_day(body["died_on"]))), default=None)

    def patient_of(self, entry: Entry) -> str | None:
        """Whom an entry speaks of, also where it names a prescription or an infusion instead."""
        if entry.type == "dose.not_given":
            issued = self.find_prescription(entry.body["prescription"])
            return None if issued is None else str(issued.body["patient"])
        if entry.type == "infusion.stopped":
            started = self.find_infusion(entry.body["infusion"])
            return None if started is None else str(started.body["patient"])
        patient: str | None = entry.body.get("patient")
        return patient

    def find_infusion(self, infusion: str) -> Entry | None:
        return next((e for e in self.live("infusion.started") if e.body["infusion"] == infusion), None)

    # -- courses ---------------------------------------------------------------------------------

    def find_prescription(self, prescription: str) -> Entry | None:
        return next((e for e in self.live(*ORDERS) if e.body["prescription"] == prescription), None)

    def issued_at(self, issued: Entry) -> datetime:
        """A paper prescription counts from the day on which it was written."""
        if issued.type == "prescription.transcribed":
            return self.day_begins(get_day(issued.body["issued_on"]))
        return issued.at

    def stopped_at(self, prescription: str) -> datetime | None:
        """By a physician, or when the one that replaces it starts."""
        stops = [e.at for e in self.live("prescription.stopped") if e.body["prescription"] == prescription]
        successors = [e for e in self.live(*ORDERS) if e.body.get("replaces") == prescription]
        stops += [max(e.at, self.day_begins(get_day(e.body["starts_on"]))) for e in successors]
        return min(stops, default=None)

    def used_of(self, issued: Entry) -> int:
        """Units of a course that are used up: doses on the ward of an inpatient one, else what was dispensed."""
        name, before = issued.body["prescription"], int(issued.body.get("units_used_before", 0))
        if issued.body["setting"] == "inpatient":
            given = self.live("dose.administered", "infusion.started")
            return before + sum(self.counted_units(entry, issued) for entry in given)
        told = (e for kind in DISPENSING for e in self._by_type.get(kind, []) if e.body["prescription"] == name)
        # A supply taken back gives the course back, unless the packs are with whose course it is.
        supplies = (
            e for e in told if self.reversals.get(e.id, {"packs": None})["packs"] in (None, "with_right_person")
        )
        return before + sum(int(line["units"]) for entry in supplies for line in entry.body["lots"])

    def counted_units(self, given: Entry, issued: Entry) -> int:
        """What a dose or infusion counts against an inpatient course: what a place of the facility gave of its drug."""
        of_course = given.body.get("prescription") == issued.body["prescription"] and "place" in given.body
        if not of_course or issued.body["setting"] != "inpatient":
            return 0
        return sum(units for product, _, units in lines_given(given.body) if product == issued.body["product"])

    def supplied_product(self, supply: Entry) -> str | None:
        """A dispensing names no product: it is the one of its prescription."""
        name = supply.body["prescription"]
        issued = [e for kind in ORDERS for e in self._by_type.get(kind, []) if e.body["prescription"] == name]
        return max(((e.seq, str(e.body["product"])) for e in issued if e.seq < supply.seq), default=(0, None))[1]

    # -- what waits for a second person ----------------------------------------------------------

    def reasons_to_wait(self, entry: Entry) -> list[str]:
        """Which signatures of an entry are still due: its witness, the physician's word, the head pharmacist's."""
        if entry.id in self.reversals:
            return []
        due = []
        if "witness_pending" in entry.command:
            due.append("witness")
        if entry.type == "dose.administered" and "ordered_by" in entry.body:
            due.append("verbal_order")
        if self.is_very_late(entry):
            due.append("very_late")
        signed = [e for e in self.live("entry.countersigned") if self.find_named(e.body) is entry]
        return [why for why in due if not any(why in e.closes for e in signed)]

    def is_very_late(self, entry: Entry) -> bool:
        latest: datetime = entry.at + timedelta(days=self.rules["very_late_days"])
        return not entry.imported and entry.recorded_at > latest

    def may_close(self, why: str, original: Entry, performer: str) -> bool:
        if why == "verbal_order":
            return performer == str(original.body["ordered_by"])
        return why == "witness" or "head_pharmacist" in (self.find_role(performer), self.last_role(original.performer))

    def pending(self) -> list[Entry]:
        return [entry for entry in self.entries if self.reasons_to_wait(entry)]


def lines_given(body: Body) -> list[tuple[str, str, int]]:
    """(product, lot, units) of a dose or of an infusion's contents."""
    contents = body.get("contents") or [body]
    return [(each["product"], line["lot"], line["units"]) for each in contents for line in each["lots"]]
