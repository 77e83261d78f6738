"""A small log with real bytes, a real tree and a real head, and registers of it."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.canonical import from_bytes, to_bytes, to_timestamp
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_PREV, inclusion_path, leaf_hash, node_hash, read_root
from ledger.log.note import VerifierKey
from ledger.log.proof import to_proof
from reports.attach import ENTRIES, read_attached
from reports.certificate import make_certificate
from reports.check import check_pdf
from reports.issue import issue_report
from reports.kinds import KINDS
from reports.model import AsKnown, Facility, Frame, Head, Period, Register, Rules
from reports.movements import gather_entries
from reports.old_entries import read_entry
from reports.pdf_verdict import PdfVerdict
from reports.register import build_register
from reports.sign import make_voucher
from reports.signing_key import FileKey, KeptSigner

SCENARIO = Path(__file__).parent.parent / "data" / "scenario"
FACILITY = "Семей паллиативтік ауруханасы (жаттығу)"
BIN = "990140000017"
LOG = "senim-practice/semey-hospital/1"
ZONE = "Asia/Almaty"
PRODUCT = "morphine-inj-10"
MADE_AT = datetime(2026, 4, 2, 5, 0, tzinfo=UTC)
KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
NAMES: Mapping[str, tuple[str, str]] = {
    "d.akhmetova": ("Ахметова Дәния", "head_pharmacist"),
    "a.nurlanova": ("Нұрланова Айгүл", "pharmacist"),
    "b.serikov": ("Серіков Бауыржан", "pharmacist"),
    "m.kasym": ("Қасым Меруерт", "nurse"),
}
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RULES_SHA256 = sha256(b"practice").hexdigest()


def at(local: str) -> datetime:
    """`2026-03-02 10:15` on the facility's clock."""
    return datetime.fromisoformat(f"{local}+05:00")


class Log:
    """Entries as they are appended. Statements carry no signatures: a report does not look at them."""

    def __init__(self, log: str = LOG) -> None:
        self.log = log
        self.data: list[bytes] = []
        self.names: dict[str, tuple[str, str]] = dict(NAMES)

    @classmethod
    def opened(cls, log: str = LOG) -> "Log":
        """A log with its facility, rule set, two places and one product."""
        made = cls(log)
        facility = {"facility": FACILITY, "bin": BIN, "kato": "101010000", "kind": "hospital", "zone": ZONE}
        made.add("facility.opened", {**facility, "practice": True}, "2026-01-05 08:00")
        made.add("regulation.adopted", {"name": "practice", "sha256": RULES_SHA256}, "2026-01-05 08:01")
        for place, name in (("safe", "Дәріхана сейфі"), ("ward-1", "Паллиативтік бөлімше 1")):
            body = {"place": place, "kind": "safe", "name": name, "administration": "entered"}
            made.add("place.opened", body, "2026-01-05 08:02")
        made.list_product(PRODUCT)
        return made

    def list_product(self, product: str, unit: str = "mg") -> int:
        strength = {"value": "10", "unit": unit}
        body = {"product": product, "inn": "morphine", "form": "11201000", "strength": strength}
        return self.add("product.listed", {**body, "unit_of_presentation": "ampoule"}, "2026-01-05 08:03")

    def add(
        self,
        kind: str,
        body: Mapping[str, Any],
        happened: str,
        *,
        by: str = "a.nurlanova",
        witness: str | None = "d.akhmetova",
        recorded: str | None = None,
        via: str = "web",
        **members: Any,
    ) -> int:
        seq = len(self.data)
        statement = {
            "id": self.id(seq),
            "log": self.log,
            "type": kind,
            "occurred_at": to_timestamp(at(happened)),
            "performer": by,
            "witness": None if "witness_pending" in members else witness,
            "acknowledged": [],
            "late_reason": None,
            "body": dict(body),
            **members,
        }
        entry = {
            "v": 1,
            "log": self.log,
            "seq": seq,
            "prev": (leaf_hash(self.data[-1]) if self.data else EMPTY_PREV).hex(),
            "recorded_at": to_timestamp(at(recorded or happened)),
            "via": via,
            "statement": statement,
            "signatures": [],
        }
        self.data.append(to_bytes(entry))
        return seq

    def id(self, seq: int) -> str:
        return str(UUID(int=seq + 1))

    def moved(self, kind: str, happened: str, units: int, *, lot: str = "A1", place: str = "safe", **more: Any) -> int:
        """An entry of one line at one place."""
        where = {"stock.arrived": "to_place", "stock.sent": "from_place"}.get(kind, "place")
        line = {"product": PRODUCT, "lot": lot, "units": units}
        extra: dict[str, dict[str, Any]] = {
            "stock.received": {"supplier": "СК-Фармация", "document_no": "N-1"},
            "stock.broken": {"fragments_kept": True},
        }
        return self.add(kind, {where: place, "lines": [line], **extra.get(kind, {})}, happened, **more)

    # what a report is made of

    @property
    def entries(self) -> dict[int, Any]:
        return {seq: from_bytes(data) for seq, data in enumerate(self.data)}

    def read_node(self, level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hash(self.data[index])
        return node_hash(self.read_node(level - 1, 2 * index), self.read_node(level - 1, 2 * index + 1))

    @property
    def checkpoint(self) -> bytes:
        root = read_root(len(self.data), self.read_node)
        return sign_checkpoint(Checkpoint(self.log, len(self.data), root), LOG_KEY)

    def checkpoint_of_nothing(self) -> bytes:
        return sign_checkpoint(Checkpoint(self.log, 0, bytes(32)), LOG_KEY)

    @property
    def proofs(self) -> dict[int, bytes]:
        size, note = len(self.data), self.checkpoint
        nodes = cache(self.read_node)
        return {seq: to_proof(seq, inclusion_path(seq, size, nodes), note) for seq in range(size)}

    @property
    def key(self) -> VerifierKey:
        return VerifierKey.of(self.log, LOG_KEY.public_key().public_bytes_raw())

    def frame(self, language: str = "en", **changes: Any) -> Frame:
        said: dict[str, Any] = {
            "kind": "register",
            "language": language,
            "facility": Facility(name=FACILITY, bin=BIN, log=self.log, zone=ZONE, practice=True),
            "as_known": AsKnown(at=at("2026-04-01 00:00").astimezone(UTC), seq=len(self.data) - 1),
            "head": Head(size=len(self.data), root=read_root(len(self.data), self.read_node).hex()),
            "rules": Rules(
                name="practice", sha256=RULES_SHA256, status="site", unset=("units_max",), late_reason_hours=24
            ),
            "made_at": MADE_AT,
        }
        return Frame(**said | changes)

    def register(
        self,
        language: str = "en",
        *,
        place: str | None = "safe",
        from_on: date | None = None,
        to_on: date | None = None,
        product: str = PRODUCT,
        **changes: Any,
    ) -> Register:
        kept = gather_entries(self.entries.items(), product)
        return build_register(
            kept,
            self.names,
            frame=self.frame(language, **changes),
            product=product,
            place=place,
            period=Period(from_on=from_on, to_on=to_on),
        )


def busy_log() -> Log:
    """A quarter with everything that a register can show: see the rows' own words."""
    log = Log.opened()
    stock = {"place": "safe", "lines": [{"product": PRODUCT, "lot": "A1", "units": 400}], "journal_no": "7"}
    log.add("stock.opened", stock, "2026-01-06 09:00", by="d.akhmetova", witness="a.nurlanova")
    log.moved("stock.received", "2026-01-07 09:00", 200, lot="B2", by="d.akhmetova", witness="a.nurlanova")
    move = {"from_place": "safe", "to_place": "ward-1", "lines": [{"product": PRODUCT, "lot": "A1", "units": 120}]}
    log.add("stock.moved", move, "2026-01-08 11:00", witness="m.kasym")
    course = {"prescription": "rx-1", "patient": "p001", "product": PRODUCT, "setting": "outpatient"}
    log.add("prescription.issued", course, "2026-02-02 09:00", witness=None)
    supply: dict[str, Any] = {
        "prescription": "rx-1",
        "patient": "p001",
        "place": "safe",
        "lots": [{"lot": "A1", "units": 20}],
    }
    supply |= {"days_supply": 10, "collector": {"kind": "relative", "identity": "seen"}}
    log.add("dispense.outpatient", supply, "2026-02-02 10:00", witness=None)
    broken = log.moved("stock.broken", "2026-03-16 11:00", 3, lot="B2", by="b.serikov")
    undo = {"seq": broken, "reason": "wrong_quantity", "packs": "never_left"}
    log.add("entry.reversed", undo, "2026-03-16 11:05", by="b.serikov")
    log.moved("stock.broken", "2026-03-16 11:07", 1, lot="B2", by="b.serikov", recorded="2026-03-19 14:07")
    alone = log.add("stock.moved", move | {"lines": [{"product": PRODUCT, "lot": "B2", "units": 2}]},
                    "2026-03-17 23:30", witness_pending="alone_on_duty")  # fmt: skip
    log.add("stock.moved", move | {"lines": [{"product": PRODUCT, "lot": "B2", "units": 1}]},
            "2026-03-17 23:40", witness_pending="alone_on_duty")  # fmt: skip
    log.add("entry.countersigned", {"seq": alone}, "2026-03-18 08:00", by="b.serikov", witness=None)
    count = {"place": "safe", "lines": [{"product": PRODUCT, "lot": "A1", "units": 258}], "purpose": "periodic"}
    counted = log.add("stock.counted", count | {"blind": True}, "2026-03-21 09:00")
    resolved = {"discrepancy": f"{log.id(counted)}:0", "cause": "lost", "difference": -2}
    log.add("discrepancy.resolved", resolved, "2026-03-22 09:00", by="d.akhmetova", witness="a.nurlanova")
    log.moved("stock.received", "2026-03-25 09:00", 50, lot="C3", via="import", recorded="2026-03-30 09:00")
    return log


def scenario_entries(facility: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The recorded commands of the scenario as entries, as far as a report reads them."""
    expected = json.loads((SCENARIO / f"{facility}.expected.json").read_text("utf-8"))
    recorded = {answer["id"] for answer in expected["answers"] if answer["answer"] == "recorded"}
    seq = 0
    for line in (SCENARIO / f"{facility}.jsonl").read_text("utf-8").splitlines():
        command = json.loads(line)
        if command["id"] not in recorded:
            continue
        recorded.remove(command["id"])
        happened = to_timestamp(datetime.fromisoformat(command["occurred_at"]))
        yield (
            seq,
            {"seq": seq, "via": "import", "recorded_at": happened, "statement": command | {"occurred_at": happened}},
        )
        seq += 1


@cache
def signer() -> KeptSigner:
    return make_signer()


def make_signer(since: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> KeptSigner:
    """Anybody's key under the facility's name."""
    key = FileKey.make()
    return KeptSigner(key, make_certificate(key, facility=FACILITY, bin=BIN, at=since))


def voucher(log: str = LOG) -> bytes:
    return make_voucher(signer().certificate, log=log, log_key=LOG_KEY)


def issue_passing(report: Any, log: Log, by: KeptSigner | None = None) -> PdfVerdict:
    """Issue *report* from *log*: drawn equally twice, and genuine to whoever has but the file and the log's key."""
    by = by or signer()
    render = KINDS[report.frame.kind].render
    assert render(report) == render(report)
    pdf, _ = issue_report(
        report,
        entries=dict(enumerate(log.data)),
        proofs=log.proofs,
        checkpoint=log.checkpoint,
        signer=by,
        voucher=make_voucher(by.certificate, log=log.log, log_key=LOG_KEY),
    )
    verdict = check_pdf(pdf, log_key=log.key)
    assert {name: check.verdict for name, check in verdict.checks.items()} == dict.fromkeys(verdict.checks, "pass")
    return verdict


def entries_of(pdf: bytes) -> dict[int, Any]:
    """The entries that go along with a report, by seq."""
    with pikepdf.open(BytesIO(pdf)) as document:
        lines = read_attached(document)[ENTRIES].splitlines()
    return {json.loads(line)["seq"]: read_entry(json.loads(line)["seq"], line) for line in lines}
