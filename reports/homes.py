"""What entries say of patients' supplies at home, read from their statements alone, and the closed circle of each lot.

The ledger keeps its own projection; this is a second derivation, from the bytes that are attached to a report. Only
the arithmetic of the circle (`ledger.domain.home`) is shared, which knows of no entry.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ledger.domain.home import Circle, HomeEvent, fold_home
from reports.movements import Entries, Entry, ids, statement, undone_by

Home = tuple[str, str]
"""(patient, the kept id of several merged ones; product)."""

SUPPLIES = frozenset({"dispense.outpatient", "dispense.discharge"})
COURSES = frozenset({"prescription.issued", "prescription.transcribed"})
DELIVERIES = frozenset({"stock.opened", "stock.received", "stock.arrived", "home.opened", "custody.opened"})
TOLD = SUPPLIES | {
    "home.opened",
    "dispense.acknowledged",
    "notice.received",
    "dose.administered",
    "infusion.started",
    "home.counted",
    "unused.returned",
}
"""Entries that may tell of a home."""
_STILL_OUT = ("with_wrong_person", "with_right_person")


@dataclass(slots=True)
class Homes:
    """Every home that the *entries* tell of; `seqs` says by which of them."""

    entries: Entries
    zone: ZoneInfo
    events: dict[Home, list[HomeEvent]] = field(default_factory=dict)
    undone: dict[int, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    _courses: dict[str, str] = field(default_factory=dict)
    _corrected: dict[str, list[tuple[int, Mapping[str, Any]]]] = field(default_factory=dict)
    _delivered: dict[tuple[str, str], str] = field(default_factory=dict)
    _by_id: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = ids(self.entries)
        for entry in self.entries.values():
            packs = statement(entry)["body"].get("packs", "never_left")
            self.undone |= dict.fromkeys(undone_by(entry, self._by_id), packs)
        for seq, entry in sorted(self.entries.items()):
            said = statement(entry)
            if said["type"] == "patients.merged" and seq not in self.undone:
                body = said["body"]
                names = {each for each, kept in self.kept.items() if kept == body["drop"]} | {body["drop"]}
                self.kept |= dict.fromkeys(names, self.kept.get(body["keep"], body["keep"]))
        for seq, entry in sorted(self.entries.items()):
            said = statement(entry)
            if said["type"] == "lot.corrected" and seq not in self.undone:
                self._corrected.setdefault(said["body"]["product"], []).append((seq, said))
            elif said["type"] in DELIVERIES and seq not in self.undone:
                for line in said["body"]["lines"]:
                    if "expires_on" in line:
                        self._delivered.setdefault((line["product"], line["lot"]), line["expires_on"])
            elif said["type"] in COURSES:
                self._courses[said["body"]["prescription"]] = said["body"]["product"]
            for patient, product, event in self._told(seq, said):
                home = self.kept.get(patient, patient), product
                self.events.setdefault(home, []).append(self._standing(event))

    def _standing(self, event: HomeEvent) -> HomeEvent:
        packs = self.undone.get(event.seq)
        if packs is None:
            return event
        out = event.what == "dispensed" and packs in _STILL_OUT
        return replace(event, what="reversed" if out else "undone")

    def _told(self, seq: int, said: Mapping[str, Any]) -> Iterator[tuple[str, str, HomeEvent]]:
        body = said["body"]
        patient = body.get("patient", "")

        def event(line: int, what: str, lot: str, units: int, **more: str | None) -> HomeEvent:
            return HomeEvent(at=said["occurred_at"], seq=seq, line=line, what=what, lot=lot, units=units, **more)

        match said["type"]:
            case "dispense.outpatient" | "dispense.discharge":
                left = body.get("left_before", ())
                for n, line in enumerate(left):
                    yield patient, line["product"], event(n - len(left), "counted", line.get("lot", ""), line["units"])
                until_on, product = self._until(said), self._courses[body["prescription"]]
                for n, lot in enumerate(body["lots"]):
                    yield patient, product, event(n, "dispensed", lot["lot"], lot["units"], until_on=until_on)
            case "dispense.acknowledged":
                for n, line in enumerate(body["lines"]):
                    supplied = event(n, "dispensed", line["lot"], line["units"], until_on=self._until(said))
                    yield patient, line["product"], supplied
            case "home.opened":
                for n, line in enumerate(body["lines"]):
                    yield patient, line["product"], event(n, "dispensed", line["lot"], line["units"])
            case "notice.received" if body["kind"] == "acknowledged" and body["about"] in self._by_id:
                about = statement(self.entries[self._by_id[body["about"]]])["body"]
                product = self._courses[about["prescription"]]
                lines = body.get("lines", [{"product": product, **lot} for lot in about["lots"]])
                for n, line in enumerate(lines):
                    yield about["patient"], line["product"], event(n, "handed_over", line["lot"], line["units"])
            case "dose.administered" if "place" not in body:
                for n, lot in enumerate(body["lots"]):
                    yield patient, body["product"], event(n, "administered", lot["lot"], lot["units"])
            case "infusion.started" if "place" not in body:
                lines = [{"product": part["product"], **lot} for part in body["contents"] for lot in part["lots"]]
                for n, line in enumerate(lines):
                    yield patient, line["product"], event(n, "administered", line["lot"], line["units"])
            case "home.counted":
                for n, line in enumerate(body["lines"]):
                    left_n = n - len(body["lines"])
                    yield patient, line["product"], event(left_n, "counted", line.get("lot", ""), line["units"])
            case "unused.returned" if patient:
                for n, ((product, lot), (units, short)) in enumerate(_by_lot(body["lines"]).items()):
                    yield patient, product, event(n, "returned", lot, units, shortfall=short)

    def _until(self, said: Mapping[str, Any]) -> str:
        first_on = datetime.fromisoformat(said["occurred_at"]).astimezone(self.zone).date()
        return (first_on + timedelta(days=said["body"]["days_supply"] - 1)).isoformat()

    def circle(self, home: Home) -> dict[str, Circle]:
        """The row of each lot, under its true name from its correction on."""
        product, told = home[1], list(self.events[home])
        lots = dict.fromkeys(event.lot for event in told)
        names = list(lots)
        for name in names:
            for at, seq, to_lot in self._renamed(product, name):
                told.append(HomeEvent(at=at, seq=seq, line=0, what="renamed", lot=name, units=0, to_lot=to_lot))
                names += [to_lot] if to_lot not in names else []
        expires = {name: self._expiry(product, name, ()) for name in names}
        return fold_home(told, {name: on for name, on in expires.items() if on})

    def _renamed(self, product: str, lot: str) -> Iterator[tuple[str, int, str]]:
        for seq, said in self._corrected.get(product, ()):
            if said["body"]["lot"] == lot and "to_lot" in said["body"]:
                yield said["occurred_at"], seq, said["body"]["to_lot"]

    def _expiry(self, product: str, lot: str, seen: tuple[str, ...]) -> str | None:
        """As corrected last, else as a delivery told it first, else as it was told under a wrong name of the lot."""
        corrected = [said["body"] for _, said in self._corrected.get(product, ())]
        own = [body["expires_on"] for body in corrected if body["lot"] == lot and "expires_on" in body]
        if own:
            return str(own[-1])
        if (product, lot) in self._delivered:
            return self._delivered[product, lot]
        wrong = [body["lot"] for body in corrected if body.get("to_lot") == lot and body["lot"] not in (*seen, lot)]
        return next((on for name in wrong if (on := self._expiry(product, name, (*seen, lot)))), None)


def _by_lot(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[int, str | None]]:
    """(product, lot) → (units, shortfall): lines of one lot are one return, so the gap is booked once."""
    found: dict[tuple[str, str], tuple[int, str | None]] = {}
    for line in lines:
        key = line["product"], line.get("lot", "")
        units, shortfall = found.get(key, (0, None))
        found[key] = units + line["intact"] + line["broken"], shortfall or line.get("shortfall")
    return found


def gather_homes(entries: Iterable[tuple[int, Entry]]) -> dict[int, Entry]:
    """Every entry that may tell of a home, name its things, or change what was told."""
    about = {"entry.reversed", "claim.settled", "patients.merged", "lot.corrected"}
    named = {"facility.opened", "regulation.adopted", "product.listed", "key.enrolled", "key.revoked"}
    kinds = TOLD | COURSES | DELIVERIES | about | named
    return {seq: entry for seq, entry in entries if statement(entry)["type"] in kinds}


def days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
