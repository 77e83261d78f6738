"""Where a register cannot be brought back whole, another goes on from what is left, and never the old one again."""

import base64
import shutil
from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from ledger.cli.wiring import open_house
from ledger.errors import CommandRefused
from ledger.log.canonical import from_bytes, to_bytes
from ledger.log.epochs import find_after
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.files import FolderFiles
from ledger.service.founding import append_as_ledger
from ledger.service.sources import FolderSource
from ledger.storage.heads import FileHeads
from ledger.storage.secrets import FileKeys
from tests.api.thief import Thief
from tests.registers import copy_machine
from tests.service.processes import Told
from tests.service.site import Site
from tests.stories.notation import Step
from tests.stories.stage import ZONE, Stage

LINES = [{"product": "morphine", "lot": "A", "units": 1}]
KEPT = 3
"""Ampoules carried to the ward in the backup; as many more were signed for since."""


def carry(stage: Stage, times: int, **more: Any) -> tuple[str, list[str]]:
    """One ampoule to the ward, so many times."""
    body = {"from_place": "safe", "to_place": "ward", "lines": LINES}
    for _ in range(times):
        answer = stage.play([Step(0, local(stage.now), "pharm", "nurse", "stock.moved", body, **more)])
    return answer


def local(at: datetime) -> str:
    """The next full minute, for a story's clock shows no seconds."""
    return (at + timedelta(minutes=1)).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


class Lost(Site):
    """A register with its own signed keys, its old backup, and what was signed since."""

    stage: Stage

    def epoch(self, *sources: Path, to: str = "next", signers: Sequence[str] = ("head", "registrar")) -> Told:
        """Both steps of `restore --new-epoch`."""
        froms = [each for source in sources[1:] for each in ("--from", source)]
        command = ("restore", sources[0], *froms, "--new-epoch", "--dir", self.folder / to, "--json")
        told = self.senim(*command)
        if told.code != 2 or "sign" not in told.json:
            return told
        message = base64.b64decode(told.json["sign"])
        signed = []
        for person in signers:
            file = self.folder / f"{person}.signature"
            file.write_bytes(self.stage.keys[person].sign(message))
            signed += ["--signature", f"{person}={file}"]
        return self.senim(*command, *signed)

    def judged(self, path: Path, vkey: str, *more: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.senim("verify", path, "--vkey", vkey, "--json", *more).json
        return told

    def stock(self, directory: Path) -> dict[str, int]:
        rows = self.senim("balance", "--json", "--dir", directory).json
        return {row["place"]: row["units"] for row in rows}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    folder = tmp_path_factory.mktemp("lost")
    stage = Stage(folder, now=datetime.now(UTC) - timedelta(hours=2))
    received = [{"product": "morphine", "lot": "A", "expires_on": "2099-01-01", "units": 100}]
    body = {"place": "safe", "lines": received, "supplier": "S", "document_no": "1"}
    assert stage.play([Step(0, local(stage.now), "pharm", "head", "stock.received", body)])[0] == "recorded"
    assert carry(stage, KEPT, label="carried") == ("recorded", [])
    sign_head(stage.house.ledger)
    lost = Lost(folder, verifier_key(stage.house.ledger).to_vkey())
    object.__setattr__(lost, "stage", stage)
    lost.backup()
    assert carry(stage, KEPT) == ("recorded", [])
    sign_head(stage.house.ledger)
    stage.house.close()
    return lost


@pytest.fixture
def lost(built: Lost, tmp_path: Path) -> Lost:
    copy_machine(built.folder, tmp_path)
    shutil.copy(built.folder / "backup", tmp_path)
    fresh = Lost(tmp_path, built.vkey)
    object.__setattr__(fresh, "stage", built.stage)
    return fresh


def keys_of(directory: Path, *, without: Sequence[str] = ()) -> Path:
    """The operator's copy of the keys in *directory*."""
    kept = Path(mkdtemp(dir=directory.parent))
    shutil.copytree(directory / "secrets", kept / "secrets")
    shutil.copy(directory / "vault-keys.db", kept)
    for name in without:
        (kept / "secrets" / f"{name}.pem").unlink()
    return kept


def keyless(lost: Lost) -> tuple[Path, Path]:
    """(the register as it is, the keys that are left) after the log's own key went."""
    old = lost.copy("old")
    shutil.rmtree(old / "secrets")
    return old, keys_of(lost.data, without=["log", "ledger"])


def reopened(lost: Lost) -> Stage:
    """The people of the stage at the new register."""
    stage = copy(lost.stage)
    stage.house = open_house(
        lost.folder / "next", heads=FileHeads(lost.heads), clock=lambda: stage.now + timedelta(minutes=1), writes=True
    )
    stage.now = datetime.now(UTC)
    return stage


def codes(check: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in check["findings"]]


def test_what_was_lost_is_said_for_ever_and_balances_go_on(lost: Lost) -> None:
    told = lost.epoch(lost.folder / "backup", keys_of(lost.data))
    assert told.code == 0, told
    epoch = told.json
    assert (epoch["log"], epoch["after"]) == ("senim-practice/hospital/2", "senim-practice/hospital/1")
    assert (epoch["lost"], epoch["unopened"]) == (KEPT, 0)
    assert lost.stock(lost.folder / "next") == {"safe": 100 - KEPT, "ward": KEPT}
    verdict = lost.judged(lost.folder / "next", epoch["vkey"])
    assert (verdict["verdict"], verdict["size"]) == ("unknown", 1)
    assert {name: check["verdict"] for name, check in verdict["checks"].items()} == {
        "integrity": "pass", "completeness": "unknown", "authenticity": "pass", "freshness": "pass", "domain": "pass",
    }  # fmt: skip
    assert codes(verdict["checks"]["completeness"]) == ["entries_lost"]


def test_where_nothing_was_lost_but_the_key_all_is_well(lost: Lost) -> None:
    epoch = lost.epoch(*keyless(lost)).json
    assert (epoch["lost"], lost.stock(lost.folder / "next")["ward"]) == (0, 2 * KEPT)
    verdict = lost.judged(lost.folder / "next", epoch["vkey"])
    assert verdict["verdict"] == "pass", verdict
    assert [note["code"] for note in verdict["checks"]["completeness"]["notes"]] == ["whole_up_to", "goes_on"]
    again = lost.senim("restore", lost.folder / "old", "--new-epoch", "--dir", lost.folder / "third", "--json")
    assert (again.code, again.json["code"]) == (1, "log_ended"), "there is one that goes on"


def test_an_id_of_the_old_log_is_found_in_the_new_one(lost: Lost) -> None:
    epoch, evidence, next_ = lost.epoch(*keyless(lost)).json, lost.folder / "evidence", lost.folder / "next"
    assert lost.senim("checkpoint", "--dir", next_).code == 0
    assert lost.senim("evidence", evidence, "--dir", next_).code == 0
    source = FolderSource(FolderFiles(evidence))
    (entry,) = source.bundle(0, 1).entries
    after, first = find_after(entry), from_bytes(entry)
    assert after is not None
    old = source.before(after.recovered)
    assert old is not None
    first["statement"]["id"] = from_bytes(old.bundle(0, after.recovered).entries[5])["statement"]["id"]
    thief = Thief(epoch["log"], FileKeys(next_ / "secrets"), [to_bytes(first)], evidence=evidence)
    found = lost.judged(thief.publish(lost.folder / "forged"), epoch["vkey"])["checks"]["completeness"]
    assert codes(lost.judged(evidence, epoch["vkey"])["checks"]["completeness"]) == []
    assert ("id_reused", 0) in [(finding["code"], finding["seq"]) for finding in found["findings"]]


def test_the_old_register_never_signs_again(lost: Lost) -> None:
    assert lost.epoch(lost.folder / "backup", keys_of(lost.data)).code == 0
    told = lost.senim("checkpoint", "--dir", lost.data, "--json")
    assert (told.code, told.json["code"]) == (1, "log_ended")
    assert "senim-practice/hospital/2" in told.json["said"]
    assert lost.stock(lost.data)["ward"] == 2 * KEPT, "it can still be read"
    told = lost.restore(lost.folder / "backup", lost.data)
    assert (told.code, told.json["code"]) == (1, "log_ended")


def test_a_crash_before_the_end_was_noted_is_made_good(lost: Lost) -> None:
    (before,) = [(path.name, path.read_bytes()) for path in lost.heads.glob("*.head")]
    assert lost.epoch(lost.folder / "backup", keys_of(lost.data)).code == 0
    (lost.heads / before[0]).write_bytes(before[1])
    assert lost.senim("checkpoint", "--dir", lost.folder / "next").code == 0
    assert lost.senim("checkpoint", "--dir", lost.data, "--json").json["code"] == "log_ended"


def test_people_go_on_with_their_keys_and_reach_what_they_entered_before(lost: Lost) -> None:
    epoch = lost.epoch(lost.folder / "backup", keys_of(lost.data)).json
    stage, wrong = reopened(lost), next(iter(lost.stage.labels.values()))[0]
    note = {"id": wrong, "reason": "wrong_quantity", "packs": "never_left", "note": "one too many"}
    at, ledger = local(stage.now), stage.house.ledger
    rules = {"name": "x", "sha256": "0" * 64, "rules": "senim-rules/1"}
    with pytest.raises(CommandRefused, match="not_allowed"):  # as entry 1 of a first epoch it would be
        ledger.within(lambda tx: append_as_ledger(tx, ledger, "regulation.adopted", rules))
    assert carry(stage, 2) == ("recorded", [])
    reversal = Step(0, at, "pharm", "nurse", "entry.reversed", note)
    assert stage.play([reversal]) == ("recorded", [])
    assert stage.play([reversal]) == ("refused", ["already_reversed"])
    stage.house.close()
    there = lost.folder / "next"
    assert lost.stock(there) == {"safe": 100 - KEPT - 1, "ward": KEPT + 1}
    assert lost.senim("checkpoint", "--dir", there).code == 0
    assert lost.judged(there, epoch["vkey"])["checks"]["domain"]["verdict"] == "pass"
    assert lost.senim("rebuild", "--check", "--dir", there).code == 0


def test_nobody_begins_an_epoch_alone_or_without_need(lost: Lost) -> None:
    kept = keys_of(lost.data)
    assert lost.epoch(lost.copy("whole"), kept).json["code"] == "epoch_not_needed"
    for signers in (("head",), ("head", "nurse")):
        told = lost.epoch(lost.folder / "backup", kept, signers=signers)
        assert (told.code, told.json["code"]) == (2, "signature_of_nobody")
    swapped = lost.folder / "registrar.signature"
    swapped.write_bytes(bytes(64))
    assert not (lost.folder / "next" / "ledger.db").exists()
    assert lost.restore(lost.folder / "backup", kept, lost.data).code == 0, "until then nothing has changed"


def test_evidence_carries_both_and_each_holds_the_other(lost: Lost) -> None:
    since = lost.folder / "since"
    since.write_bytes(FolderSource(FolderFiles(lost.evidence())).checkpoint() or b"")
    epoch = lost.epoch(*keyless(lost)).json
    there, vkey = lost.folder / "both", epoch["vkey"]
    assert lost.senim("evidence", there, "--openings", "--dir", lost.folder / "next").code == 0
    assert lost.judged(there, vkey, "--since", since)["verdict"] == "pass"
    (bundle,) = there.glob("before/tile/entries/*.p/*")
    honest = bundle.read_bytes()
    bundle.write_bytes(honest.replace(b'"units":100', b'"units":900'))
    verdict = lost.judged(there, vkey)
    assert "prev_mismatch" in codes(verdict["checks"]["integrity"])
    assert min(finding["seq"] or 0 for finding in verdict["checks"]["integrity"]["findings"]) < 0
    bundle.write_bytes(honest)
    shutil.rmtree(there / "before")
    verdict = lost.judged(there, vkey)
    assert "old_log_missing" in codes(verdict["checks"]["completeness"])
    assert verdict["verdict"] == "fail"


def test_an_epoch_is_restored_with_what_it_goes_on_from(lost: Lost) -> None:
    """From its backup, and from evidence alone; then lost again, so that a third goes on from both."""
    first = lost.epoch(lost.folder / "backup", keys_of(lost.data)).json
    there = lost.folder / "next"
    assert lost.senim("backup", lost.folder / "later", "--dir", there).code == 0
    assert lost.senim("evidence", lost.folder / "both", "--openings", "--dir", there).code == 0
    for file in ("later", "both"):
        told = lost.restore(lost.folder / file, there, to=f"from-{file}")
        assert (told.code, told.json.get("unopened")) == (0, 0), told
        assert lost.stock(lost.folder / f"from-{file}") == {"safe": 100 - KEPT, "ward": KEPT}
        assert lost.judged(lost.folder / f"from-{file}", first["vkey"])["verdict"] == "unknown"
    stage = reopened(lost)
    assert carry(stage, 1) == ("recorded", [])
    sign_head(stage.house.ledger)
    stage.house.close()
    third = lost.epoch(lost.folder / "later", keys_of(there), to="third").json
    assert (third["log"], third["lost"]) == ("senim-practice/hospital/3", 1)
    verdict = lost.judged(lost.folder / "third", third["vkey"])
    assert codes(verdict["checks"]["completeness"]) == ["entries_lost", "entries_lost"]
    assert {check["verdict"] for check in verdict["checks"].values()} == {"pass", "unknown"}
