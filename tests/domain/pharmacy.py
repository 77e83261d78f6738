"""A small pharmacy to test rules in: commands in, answers out, over a book in memory."""

from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from typing import Any
from uuid import UUID

from ledger.domain.book import Book
from ledger.domain.command import read_command
from ledger.domain.findings import empties_of
from ledger.domain.judge import judge, record
from ledger.domain.regulation import RuleSet, read_adoption
from ledger.domain.terms import WARNINGS
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandInvalid

UNTOLD = {"late", *WARNINGS}  # what an import acknowledges is told in test_warnings
NOW = "2026-11-22T00:00:00.000000Z"


def practice_rules() -> RuleSet:
    folder = files("ledger.domain") / "reference"
    known = [entry.read_bytes() for entry in folder.iterdir()]
    rules = (folder / "practice.rules.json").read_bytes()
    return read_adoption({sha256(each).hexdigest(): each for each in known}, sha256(rules).hexdigest()).rules


@dataclass
class Pharmacy:
    """`do` answers ["recorded", notes…] or the refusal codes."""

    kind: str = "hospital"
    kato: str = "101010000"
    imported: bool = True
    furnished: bool = True
    rules: RuleSet = field(default_factory=practice_rules)
    book: Book = field(default_factory=Book)
    now: str = NOW
    last_id: str = ""
    _count: int = 0

    def __post_init__(self) -> None:
        keys = [{"person": p, "key": "0" * 16, "alg": "ed25519", "public": "", "use": "log"} for p in "abc"]
        opening: dict[str, Any] = {"facility": "Test", "bin": "990140000017", "kato": self.kato, "kind": self.kind}
        opening |= {"zone": "Asia/Almaty", "practice": True, "rules": "senim-rules/1", "keys": keys}
        self._must("facility.opened", opening, "ledger")
        self._must("regulation.adopted", {"name": "practice", "sha256": "0" * 64, "rules": "senim-rules/1"}, "ledger")
        self._must("person.enrolled", {"person": "registrar", "role": "registrar", "name": "R"}, "ledger")
        if self.furnished:
            self._furnish()

    def _furnish(self) -> None:
        for person, role in PEOPLE.items():
            enrolled = {"person": person, "role": role, "name": person.title()}
            self._must("person.enrolled", enrolled, "registrar", witness=None if person == "head" else "head")
        for place, place_kind in PLACES.items():
            opened = {"place": place, "kind": place_kind, "name": place, "administration": "entered"}
            self._must("place.opened", opened, "registrar")
        for product, (inn, strength, unit, form) in PRODUCTS.items():
            body: dict[str, Any] = {
                "product": product,
                "inn": inn,
                "form": "11201000",
                "strength": {"value": strength, "unit": unit},
            }
            body |= {"unit_of_presentation": form, "schedule": "II", "gtins": [], "divisible": False}
            self._must("product.listed", body, "registrar")
        lines = [{"product": p, "lot": f"{p}-1", "expires_on": "2027-06-30", "units": 100} for p in PRODUCTS]
        self._must("stock.opened", {"place": "safe", "lines": lines}, "head", witness="ph1")
        for patient, kato in (("p1", "103230100"), ("p2", "101010000")):
            self._must("patient.registered", registration(patient, home_kato=kato), "doc")

    def _must(self, type: str, body: dict[str, Any], performer: str, witness: str | None = None) -> None:
        told = self.do(type, body, performer, witness, at="2026-01-05T09:00:00+05:00")
        assert told[0] == "recorded", (type, told)

    def do(
        self,
        type: str,
        body: dict[str, Any],
        performer: str,
        witness: str | None = None,
        *,
        at: str = "2026-02-01T09:00:00+05:00",
        **envelope: Any,
    ) -> list[str]:
        self._count += 1
        self.last_id = str(UUID(int=self._count))
        raw = {"id": self.last_id, "type": type, "occurred_at": at, "performer": performer, "witness": witness}
        return self.give(raw | {"body": body} | envelope)

    def give(self, raw: dict[str, Any]) -> list[str]:
        try:
            command = read_command(raw, bodies=BODIES, users=lambda name: self.book.find("person", name) is not None)
        except CommandInvalid as bad:
            return list(dict.fromkeys(r.code for r in bad.refusals))
        judgement, case = judge(command, self.book, rules=self.rules, now=self.now, imported=self.imported)
        self.judgement = judgement
        if judgement.refusals:
            return list(dict.fromkeys(r.code for r in judgement.refusals))
        if judgement.warnings:
            return ["needs_acknowledgement", *(w.code for w in judgement.warnings)]
        record(case)
        self.book.settle()
        return ["recorded", *(note for note in judgement.notes if note not in UNTOLD)]

    def stock(self, place: str, product: str, lot: str | None = None) -> int:
        return self.book.stock.timeline(place, product, lot or f"{product}-1").total

    def due(self, product: str = "morphine-inj", lot: str | None = None) -> int:
        """What the ward owes back empty."""
        return self.stock(empties_of("ward"), product, lot)

    def open_discrepancies(self) -> dict[str, int]:
        return {name: d.difference for (name,), d in self.book.shelves["discrepancy"].items() if d.open}


PEOPLE = {
    "head": "head_pharmacist",
    "ph1": "pharmacist",
    "ph2": "pharmacist",
    "doc": "physician",
    "doc2": "physician",
    "nurse": "nurse",
    "nurse2": "nurse",
    "phc": "phc_worker",
    "insp": "inspector",
}
PLACES = {"safe": "safe", "ward": "ward", "team": "mobile_team", "custody": "custody", "bag": "custody"}
PRODUCTS = {
    "morphine-inj": ("morphine", "10", "mg", "ampoule"),
    "morphine-tab": ("morphine", "10", "mg", "tablet"),
}


def registration(patient: str, **changes: Any) -> dict[str, Any]:
    identity: dict[str, Any] = {"name": "Ә. Ә.", "iin": "850615100017", "born_on": "1885-06-15", "address": "-"}
    body: dict[str, Any] = {
        "patient": patient,
        "identity": identity,
        "home_kato": "101010000",
        "home_phc_bin": "990140000017",
    }
    return body | {"indication": "malignant_neoplasm", "icd10": "C34.9"} | changes


def prescription(name: str, patient: str, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"prescription": name, "patient": patient, "product": "morphine-tab", "route": "20053000"}
    body |= {"single_dose": {"value": "10", "unit": "mg"}, "duration_days": 5, "starts_on": "2026-02-01", "units": 20}
    body |= {"frequency": {"times": 4, "period": 1, "period_unit": "d", "as_needed": False}}
    return body | {"setting": "home", "record_no": "R-1"} | changes


def supply(name: str, patient: str, units: int, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"prescription": name, "patient": patient, "place": "safe", "days_supply": 5}
    body |= {"lots": [{"lot": "morphine-tab-1", "units": units}]}
    return body | {"collector": {"kind": "relative", "name": "Туысы", "identity": "seen"}} | changes


def moved(units: int, *, product: str = "morphine-inj", to: str = "ward", source: str = "safe") -> dict[str, Any]:
    lines = [{"product": product, "lot": f"{product}-1", "units": units}]
    return {"from_place": source, "to_place": to, "lines": lines}


def dose(patient: str = "p1", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "patient": patient,
        "place": "ward",
        "product": "morphine-inj",
        "dose": {"value": "10", "unit": "mg"},
    }
    return body | {"lots": [{"lot": "morphine-inj-1", "units": 1}]} | changes


def reversal(entry_id: str, **changes: Any) -> dict[str, Any]:
    return {"id": entry_id, "reason": "wrong_quantity", "note": "қате", "packs": "never_left"} | changes
