"""Where a story is played: a real ledger in a folder, people who sign with their own keys, and a clock that obeys."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.cli.wiring import House, make_house, open_house, read_rules
from ledger.domain.command import read_command
from ledger.domain.families.attesting import to_sealing
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandInvalid, CommandRefused, NeedsAcknowledgement
from ledger.log.signing import LOG, due_signatories, sign_statements, to_enrolment_bytes
from ledger.service.founding import describe_key, found_facility
from ledger.service.importing import record_line
from ledger.service.preparing import Signed
from ledger.service.statements import Seen, to_statement
from ledger.storage.heads import FileHeads
from tests.registers import founded
from tests.stories.notation import Step

ZONE = ZoneInfo("Asia/Almaty")
FACILITIES = {
    "hospital": {"facility": "Semey hospital", "bin": "990140000017", "kato": "101010000", "kind": "hospital"},
    "phc": {"facility": "Abai clinic", "bin": "990140000017", "kato": "103230100", "kind": "phc"},
}
PEOPLE = {
    "head": "head_pharmacist",
    "pharm": "pharmacist",
    "pharm2": "pharmacist",
    "doctor": "physician",
    "nurse": "nurse",
    "nurse2": "nurse",
    "feldsher": "phc_worker",
    "inspector": "inspector",
}
PLACES = {"safe": "safe", "ward": "ward", "team": "mobile_team", "custody": "custody"}
PRODUCTS = {  # inn, strength, unit, form, unit of presentation, ATC
    "morphine": ("morphine", "10", "mg", "11201000", "ampoule", "N02AA01"),
    "morphine-tab": ("morphine", "10", "mg", "10219000", "tablet", "N02AA01"),
    "fentanyl": ("fentanyl", "25", "ug/h", "10519000", "patch", "N02AB03"),
    "trimeperidine": ("trimeperidine", "20", "mg", "11201000", "ampoule", "N02AB"),
    "diazepam": ("diazepam", "10", "mg", "11201000", "ampoule", "N05BA01"),
    "midazolam": ("midazolam", "5", "mg", "11201000", "ampoule", "N05CD08"),
}


def to_utc(text: str) -> datetime:
    """`2026-03-02 10:15`, as the clock on the wall shows it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


@dataclass
class Stage:
    folder: Path
    facility: str = "hospital"
    now: datetime = datetime(2026, 2, 27, 4, tzinfo=UTC)
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    labels: dict[str, tuple[str, int]] = field(default_factory=dict)
    house: House = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        if (self.folder / "data").exists():  # with keys that it is to have
            keys, self._count = self._found(self.folder)
        else:
            keys, self._count = founded((self.facility, self.now), self._found, self.folder)
        self.keys = dict(keys)
        self._open()

    def _open(self, data: Path | None = None, heads: Path | None = None) -> None:
        heads = heads or self.folder / "heads"
        self.house = open_house(data or self.folder / "data", heads=FileHeads(heads), clock=lambda: self.now)

    def _found(self, folder: Path) -> tuple[dict[str, Ed25519PrivateKey], int]:
        """A facility in *folder*, ready for work; its people's keys, and how many entries it took."""
        self.house = make_house(
            folder / "data",
            f"senim-practice/{self.facility}/1",
            heads=FileHeads(folder / "heads"),
            clock=lambda: self.now,
        )
        opened = FACILITIES[self.facility] | {"zone": "Asia/Almaty", "practice": True, "rules": "senim-rules/1"}
        found_facility(self.house.ledger, opened, read_rules(None))
        for person, role in PEOPLE.items():
            second = None if person == "head" else "head"
            self._import("person.enrolled", {"person": person, "role": role, "name": person}, second)
        for person in ("registrar", *PEOPLE):
            self._enrol_key(person)
        for place, kind in PLACES.items():
            self._import("place.opened", {"place": place, "kind": kind, "name": place, "administration": "entered"})
        for product, (inn, strength, unit, form, presentation, atc) in PRODUCTS.items():
            listed: dict[str, Any] = {"product": product, "inn": inn, "atc": atc, "form": form, "schedule": "II"}
            listed |= {"strength": {"value": strength, "unit": unit}, "unit_of_presentation": presentation}
            self._import("product.listed", listed | {"gtins": [], "divisible": False})
        self.house.close()
        return self.keys, self._count

    def _import(self, type: str, body: dict[str, Any], witness: str | None = None) -> None:
        raw = {"id": self._next_id(), "type": type, "occurred_at": self.now.isoformat(), "performer": "registrar"}
        answer = record_line(self.house.ledger, 1, raw | {"witness": witness, "body": body}, strict=False)
        assert answer.answer == "recorded", answer

    def _enrol_key(self, person: str) -> None:
        key = self.keys[person] = Ed25519PrivateKey.generate()
        described = describe_key(person, key.public_key(), "sign")
        proof = key.sign(to_enrolment_bytes(self.house.ledger.log, person, described["public"]))
        self._import(
            "key.enrolled", {**described, "custody": "device", "proof": base64.b64encode(proof).decode()}, "head"
        )

    def _next_id(self) -> str:
        self._count += 1
        return str(UUID(int=self._count))

    def play(self, steps: Sequence[Step]) -> tuple[str, list[str]]:
        """Do the steps of one ceremony; what was answered: (word, codes or notes)."""
        first = steps[0]
        self.now = max(self.now, to_utc(first.typed_at or first.at)) + timedelta(seconds=1)
        try:
            signed = self._sign(steps)
            receipts = self.house.ledger.append(signed, via="web")
        except (CommandInvalid, CommandRefused) as refused:
            return "refused", list(dict.fromkeys(r.code for r in refused.refusals))
        except NeedsAcknowledgement as asked:
            return "asks", list(dict.fromkeys(r.code for r in asked.refusals))
        for step, receipt in zip(steps, receipts, strict=True):
            if step.label:
                self.labels[step.label] = receipt.id, receipt.seq
        word = "already recorded" if all(r.replayed for r in receipts) else "recorded"
        return word, sorted({note for receipt in receipts for note in receipt.notes})

    def _sign(self, steps: Sequence[Step]) -> list[Signed]:
        ledger = self.house.ledger
        with ledger.reading() as reading:
            head = reading.head
        users: Callable[[str], bool] = {"registrar", *PEOPLE}.__contains__
        made = []
        for step in steps:
            again = self.labels.get(step.label or "") if step.again else None
            raw = {
                "id": again[0] if again else self._next_id(),
                "type": step.type,
                "occurred_at": to_utc(step.at).isoformat(),
                "performer": step.performer,
                "witness": step.witness,
                "body": self._named(self._sealing(step.body) if step.type == "period.sealed" else step.body),
            }
            command = read_command(raw | self._named(step.envelope), bodies=BODIES, users=users)
            made.append(
                to_statement(
                    command,
                    log=ledger.log,
                    genesis=ledger.genesis().hex(),
                    seen=Seen(head.size - 1, head.last_leaf.hex()),
                    entropy=ledger.entropy,
                )
            )
        statements = [statement for statement, _ in made]
        by = {name: None for statement in statements for name in self._due(statement)}
        signatures = [sign_statements(statements, by=name, key=self.keys[name]) for name in by]
        return [Signed(s, openings, [own[n] for own in signatures]) for n, (s, openings) in enumerate(made)]

    def _sealing(self, body: dict[str, Any]) -> dict[str, Any]:
        """The month's figures, as the program reads them for whoever seals; a story may put others in their place."""
        with self.house.ledger.reading() as reading:
            return to_sealing(reading.book, body["period"]) | body

    def _due(self, statement: dict[str, Any]) -> list[str]:
        holders = {self._named(f"key:{person}"): person for person in self.keys}
        listed = statement["body"].get("keys", []) if statement["type"] == "import.closed" else []
        due = due_signatories(statement, holders=[holders[key] for key in listed])
        return [name for name in due if name != LOG]  # which signs by itself

    def _named(self, value: Any) -> Any:
        """`@label` is a step's id, `@label:0` one of its lines, `#label` its number, `key:pharm` a key's id."""
        if type(value) is dict:
            return {name: self._named(each) for name, each in value.items()}
        if type(value) is list:
            return [self._named(each) for each in value]
        if type(value) is str and value.startswith("key:"):
            return describe_key(value[4:], self.keys[value[4:]].public_key(), "sign")["key"]
        if type(value) is str and value[:1] in ("@", "#") and len(value) > 1:
            label, _, line = value[1:].partition(":")
            entry_id, seq = self.labels[label]
            return seq if value[0] == "#" else f"{entry_id}:{line}" if line else entry_id
        return value
