"""Governance through the door that people use: signed with their own keys, recorded, replayed from the evidence."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.append import tell
from ledger.cli.wiring import open_house
from ledger.domain.command import read_command
from ledger.domain.families.attesting import to_sealing
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandRefused, LedgerBusy, SignatureRejected
from ledger.log.canonical import from_bytes
from ledger.log.signing import sign_statements, to_enrolment_bytes
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.founding import append_as_ledger, describe_key
from ledger.service.importing import record_line
from ledger.service.preparing import Signed
from ledger.service.queries import differing_projections
from ledger.service.rotating import rotate_log_key, to_rotation
from ledger.service.sealing import from_rows
from ledger.service.sources import open_source
from ledger.service.statements import Seen, to_statement
from ledger.service.transaction import Receipt
from ledger.service.verification import Trust, verify
from tests.independent import verify as stranger
from tests.service.conftest import World

Body = dict[str, Any]
LOT: Body = {"product": "morphine", "lot": "A", "reason": "-"}
PATIENT: Body = {"patient": "p1", "home_kato": "101010000", "home_phc_bin": "990140000017", "icd10": "C34.9"}
PATIENT |= {"identity": {"name": "Сәуле", "iin": "850615100017", "born_on": "1885-06-15", "address": "-"}}
PATIENT |= {"indication": "malignant_neoplasm"}


@dataclass
class Site:
    """A world whose governors have keys of their own."""

    world: World

    def enrolment(self, person: str, use: str = "sign") -> tuple[Ed25519PrivateKey, Body]:
        key, ledger = Ed25519PrivateKey.generate(), self.world.ledger
        described = describe_key(person, key.public_key(), use)
        proof = key.sign(to_enrolment_bytes(ledger.log, person, described["public"]))
        return key, {**described, "custody": "device", "proof": base64.b64encode(proof).decode()}

    def id_of(self, person: str) -> str:
        return describe_key(person, self.world.keys[person].public_key(), "sign")["key"]

    def signed(
        self, type: str, body: Body, performer: str, witness: str | None = None, *also: str, **more: Any
    ) -> Signed:
        ledger = self.world.ledger
        raw = {"id": str(uuid4()), "type": type, "occurred_at": ledger.clock().isoformat(), "performer": performer}
        command = read_command(raw | {"witness": witness, "body": body} | more, bodies=BODIES)
        with ledger.reading() as reading:
            seen = Seen(reading.head.size - 1, reading.head.last_leaf.hex())
        genesis = ledger.genesis().hex()
        statement, openings = to_statement(command, log=ledger.log, genesis=genesis, seen=seen, entropy=ledger.entropy)
        names = [name for name in (performer, witness, *also) if name is not None]
        signatures = [sign_statements([statement], by=name, key=self.world.keys[name])[0] for name in names]
        return Signed(statement, openings, signatures)

    def do(self, *asked: Any, **more: Any) -> Receipt:
        receipt: Receipt
        (receipt,) = self.world.ledger.append([self.signed(*asked, **more)], via="web")
        return receipt

    def as_ledger(self, type: str, body: Body) -> Receipt:
        ledger = self.world.ledger
        receipt: Receipt = ledger.within(lambda tx: append_as_ledger(tx, ledger, type, body))
        return receipt

    def codes(self, *asked: Any, **more: Any) -> list[str]:
        with pytest.raises(CommandRefused) as refused:
            self.do(*asked, **more)
        return [refusal.code for refusal in refused.value.refusals]

    def check(self, *, trust: Trust | None = None, disclose: bool = False, strange: bool = True) -> Path:
        """Replay everything over evidence, with ours and with a stranger's verifier, and over the projections."""
        ledger = self.world.ledger
        folder = self.world.folder / f"evidence-{uuid4()}"
        write_evidence(ledger, sign_head(ledger), folder, readme="-", reports={}, disclose=disclose)
        trusted = trust or Trust(key=verifier_key(ledger), genesis=ledger.genesis())
        verdict, replay = verify(open_source(folder), trust=trusted, now=ledger.clock())
        found = {name: [f.code for f in check.findings] for name, check in verdict.checks.items() if check.findings}
        assert (found, verdict.verdict) == ({}, "pass")
        with ledger.reading() as reading:
            assert differing_projections(reading, replay.book) == []
        if not strange:
            return folder
        told = stranger.verify(folder, vkey=verifier_key(ledger).to_vkey(), genesis=ledger.genesis().hex())
        assert told.ok, told.findings
        return folder


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    tell(world.house, "person.enrolled", {"person": "insp", "role": "inspector", "name": "И"}, "registrar", "head")
    tell(world.house, "patient.registered", PATIENT, "nurse", None)
    for person in ("registrar", "head", "insp"):
        key, body = made.enrolment(person)
        tell(world.house, "key.enrolled", body, "registrar", "head")
        world.keys[person] = key
    return made


def close(site: Site) -> Body:
    with site.world.ledger.reading() as reading:
        count = reading.book.find("imported")
    return {"count": count, "keys": [site.id_of(name) for name in ("registrar", "head", "ph1", "ph2", "nurse", "insp")]}


def test_every_type_of_governance_and_oversight_is_recorded_and_replayed(site: Site) -> None:
    world = site.world
    ward = {"place": "ward-2", "kind": "ward", "name": "2", "administration": "entered"}
    _, phc = site.enrolment("ph2")
    with world.ledger.reading() as reading:
        genesis_month = (world.ledger.clock().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        sealing = to_sealing(reading.book, genesis_month)
    asked: list[tuple[Any, ...]] = [
        ("place.opened", ward, "registrar"),
        ("place.closed", {"place": "ward-2"}, "registrar"),
        ("person.role_changed", {"person": "ph2", "role": "nurse", "order_no": "7"}, "registrar", "head"),
        ("key.enrolled", phc, "registrar", "head"),
        ("key.revoked", {"key": phc["key"], "reason": "жоғалды"}, "registrar"),
        ("sheet.issued", {"sheet_no": "7", "place": "ward", "lines": 1}, "nurse"),
        ("sheet.closed", {"sheet_no": "7", "unused": [1]}, "nurse"),
        ("inspection.opened", {"scope": "жоспарлы", "document_no": "5"}, "insp"),
        ("inspection.noted", {"text": "ескерту"}, "insp"),
        ("inspection.closed", {}, "insp"),
        ("period.sealed", sealing, "head", "ph1"),
        ("product.delisted", {"product": "morphine", "reason": "-"}, "registrar"),
        ("import.closed", close(site), "registrar", "head", "ph1", "ph2", "nurse", "insp"),
        ("person.left", {"person": "ph2", "on": "2026-01-01"}, "registrar", "head"),
    ]
    for each in asked:
        site.do(*each)
    with world.ledger.reading() as reading:
        size, root = reading.head.size, reading.head.frontier.root().hex()
    site.as_ledger("checkpoint.anchored", {"size": size, "root": root, "token_sha256": "0" * 64})
    site.check()
    line = {"id": str(uuid4()), "type": "lot.quarantined", "occurred_at": "2026-02-01T00:00:00Z", "performer": "ph1"}
    told = record_line(world.ledger, 1, line | {"body": LOT}, strict=False)
    assert [refusal.code for refusal in told.refusals] == ["import_closed"]
    with pytest.raises(CommandRefused) as refused:
        site.as_ledger("key.enrolled", site.enrolment("nurse", "import")[1])
    assert [refusal.code for refusal in refused.value.refusals] == ["import_closed"]
    assert site.codes("lot.quarantined", LOT, "ph2") == ["not_enrolled"]
    assert site.codes("place.closed", {"place": "ward-2"}, "registrar") == ["place_unknown"]


def test_from_paper_comes_what_people_did_and_nothing_of_the_log_s_own(site: Site) -> None:
    ward = {"place": "ward-2", "kind": "ward", "name": "2", "administration": "entered"}
    told = []
    for type, body, performer, witness in (
        ("place.opened", ward, "registrar", None),
        ("place.closed", {"place": "ward-2"}, "registrar", None),
        ("person.role_changed", {"person": "ph2", "role": "nurse", "order_no": "7"}, "registrar", "head"),
        ("sheet.issued", {"sheet_no": "7", "place": "ward", "lines": 2}, "nurse", None),
        ("lot.quarantined", LOT, "ph1", None),
        ("sheet.closed", {"sheet_no": "7", "unused": [2]}, "nurse", None),
        ("inspection.opened", {"scope": "-", "document_no": "5"}, "insp", None),
        ("inspection.noted", {"text": "-"}, "insp", None),
        ("inspection.closed", {}, "insp", None),
        ("product.delisted", {"product": "morphine", "reason": "-"}, "registrar", None),
        ("key.revoked", {"key": site.id_of("nurse"), "reason": "-"}, "head", None),
        ("person.left", {"person": "nurse", "on": "2026-01-01"}, "registrar", "head"),
        ("import.closed", close(site), "registrar", "head"),
        ("key.rotated", to_rotation(site.world.ledger), "registrar", "head"),
        ("checkpoint.anchored", {"size": 1, "root": "0" * 64, "token_sha256": "0" * 64}, "ledger", None),
    ):
        raw: Body = {"id": str(uuid4()), "type": type, "occurred_at": datetime.now(UTC).isoformat(), "body": body}
        raw |= {"performer": performer, "witness": witness}
        if type == "lot.quarantined":
            raw["sheet"] = {"no": "7", "line": 1}
        answer = record_line(site.world.ledger, 1, raw, strict=False)
        told.append((type, answer.answer, answer.refusals[0].code if answer.refusals else None))
    refused = [("import.closed", "refused", "not_allowed"), ("key.rotated", "refused", "not_allowed")]
    assert told[-3:] == [*refused, ("checkpoint.anchored", "refused", "not_allowed")]
    assert {answer for _, answer, _ in told[:-3]} == {"recorded"}, told
    site.check()


def test_the_close_counts_what_was_imported_and_is_signed_by_every_holder(site: Site) -> None:
    body = close(site)
    everybody = ("registrar", "head", "ph1", "ph2", "nurse", "insp")
    assert site.codes("import.closed", body | {"count": 1}, *everybody) == ["count_stale"]
    assert site.codes("import.closed", body | {"keys": ["0" * 16]}, *everybody) == ["not_enrolled"]
    with pytest.raises(SignatureRejected, match="signature_missing"):
        site.do("import.closed", body, *everybody[:-1])
    site.do("import.closed", body, *everybody)
    assert site.codes("import.closed", body, *everybody) == ["already_closed"]


def test_the_log_s_key_changes_hands_under_both_keys(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    world, ledger = site.world, site.world.ledger
    old = Trust(key=verifier_key(ledger), genesis=ledger.genesis())
    body = to_rotation(ledger)
    assert to_rotation(ledger) == body, "the key that was proposed is kept"
    with pytest.raises(SignatureRejected, match="signature_missing"):
        site.do("key.rotated", body, "registrar", "head")
    asked = site.signed("key.rotated", body, "registrar", "head")
    with monkeypatch.context() as crashing:
        crashing.setattr("ledger.service.rotating.finish_rotation", lambda _ledger: None)
        rotate_log_key(ledger, asked, via="web")
    world.ledger.append([world.move()], via="web")
    world.house.close()
    world.house = open_house(world.folder / "data", heads=world.heads, writes=True)
    ledger = world.ledger
    assert verifier_key(ledger) != old.key
    assert ledger.secrets.next_log_key() is None, "the old key is gone"
    assert rotate_log_key(ledger, asked, via="web").replayed
    world.ledger.append([world.move()], via="web")
    site.check()
    site.check(trust=old)


def test_governance_that_was_lost_goes_on_under_three_own_keys(site: Site) -> None:
    site.do("import.closed", close(site), "registrar", "head", "ph1", "ph2", "nurse", "insp")
    key, body = site.enrolment("head")
    three = body | {"commission": ["registrar", "ph1", "ph2"]}
    assert site.codes("key.enrolled", three, "registrar", None, "ph1", "ph2") == ["witness_required"]
    site.do("key.revoked", {"key": site.id_of("head"), "reason": "жоғалды"}, "registrar")
    with pytest.raises(SignatureRejected, match="signature_missing"):
        site.do("key.enrolled", three, "registrar", None, "ph1")
    assert site.do("key.enrolled", three, "registrar", None, "ph1", "ph2").notes == ("governance_lost",)
    site.world.keys["head"] = key
    site.do("person.role_changed", {"person": "ph2", "role": "nurse", "order_no": "7"}, "registrar", "head")
    site.check(strange=False)  # the commission of governance is ours to say


def openings_of(site: Site, subject: str) -> list[str]:
    """The values sealed about *subject* that the vault still opens."""
    ledger, found = site.world.ledger, []
    with ledger.reading() as reading:
        for seq, data in reading.entries():
            rows = [row for row in reading.sealed(seq) if row.subject == subject]
            entry_id = from_bytes(data)["statement"]["id"]
            opened = from_rows(rows, log=ledger.log, entry_id=entry_id, vault=ledger.vault)
            found += [str(opening.value) for opening in opened.values()]
    return found


@pytest.mark.parametrize("crash", [False, True], ids=["at once", "after a crash"])
def test_an_erased_person_is_gone_and_every_proof_still_holds(
    site: Site, crash: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = site.world
    body = {"patient": "p1", "basis": "өтініш"}
    assert site.codes("identity.erased", body, "registrar", "head") == ["has_dependents"]
    assert "Сәуле" in openings_of(site, "patient:p1")
    world.ledger.clock = lambda: datetime.now(UTC) + timedelta(days=6 * 366)
    with monkeypatch.context() as busy:
        if crash:
            busy.setattr(world.ledger.vault, "destroy", _busy)
        site.do("identity.erased", body, "registrar", "head")
    assert bool(openings_of(site, "patient:p1")) == crash
    if crash:
        world.house.close()
        world.house = open_house(world.folder / "data", heads=world.heads, writes=True)
        world.ledger.clock = lambda: datetime.now(UTC) + timedelta(days=6 * 366)
    assert openings_of(site, "patient:p1") == []
    folder = site.check(disclose=True)
    assert "Сәуле" not in (folder / "openings.jsonl").read_text()
    assert "И" in openings_of(site, "person:insp"), "nobody else is erased"


def _busy(_subject: str) -> None:
    raise LedgerBusy
