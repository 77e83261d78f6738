"""Every way of altering, cutting, emptying or stripping the evidence is reported as not verified."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from ledger.errors import WronglyCalled
from ledger.log.checkpoint import open_checkpoint
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.sources import open_source
from ledger.service.verification import Trust, Verdict, read_trust, verify
from tests.independent import verify as stranger
from tests.independent.forge import honest_log
from tests.independent.lies import LIES
from tests.independent.mutate import mutations
from tests.service.conftest import World


def judge(folder: Path, trust: Trust | None, **more: object) -> Verdict:
    verdict, _ = verify(open_source(folder), trust=trust, now=datetime.now(UTC), **more)  # type: ignore[arg-type]
    return verdict


@pytest.fixture
def evidence(world: World) -> tuple[Path, Trust]:
    """A folder of some 300 entries, so that tiles are full and partial."""
    for n in range(0, 280, 40):
        world.ledger.within(lambda tx: None)
        for move in [world.move(k) for k in range(n, n + 40)]:
            world.ledger.append([move], via="api")
    folder = world.folder / "evidence"
    write_evidence(world.ledger, sign_head(world.ledger), folder, readme="-", reports={}, disclose=True)
    return folder, Trust(key=verifier_key(world.ledger), genesis=world.ledger.genesis())


def test_good_evidence_passes_every_check(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    verdict = judge(folder, trust)
    assert {name: check.verdict for name, check in verdict.checks.items()} == dict.fromkeys(verdict.checks, "pass")
    assert verdict.size > 256


def test_a_stranger_who_knows_only_the_contract_agrees(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    assert trust.genesis is not None
    report = stranger.verify(folder, vkey=trust.key.to_vkey(), genesis=trust.genesis.hex())
    assert report.ok, report.findings


@pytest.mark.slow
def test_every_altered_copy_is_reported(evidence: tuple[Path, Trust], tmp_path: Path) -> None:
    folder, trust = evidence
    told = {}
    for name, copy, expected in mutations(folder, tmp_path / "copies", 7):
        try:
            passed = judge(copy, trust).verdict == "pass"
        except WronglyCalled:  # there is nothing that could be evidence
            passed = False
        told[name] = (passed, expected == "ok")
    assert len(told) > 100
    assert {name: pair for name, pair in told.items() if pair[0] != pair[1]} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", LIES)
def test_a_lie_told_with_every_key_in_hand_is_found(name: str, tmp_path: Path) -> None:
    def findings(forged: object, folder: Path) -> set[tuple[str, str, int | None]]:
        forged.write(folder)  # type: ignore[attr-defined]
        verdict = judge(folder, read_trust(forged.vkey))  # type: ignore[attr-defined]
        return {(check, f.code, f.seq) for check, found in verdict.checks.items() for f in found.findings}

    lying = honest_log()
    LIES[name][1](lying)
    assert findings(lying, tmp_path / "lying") - findings(honest_log(), tmp_path / "honest")


def test_a_zip_is_read_like_the_folder(evidence: tuple[Path, Trust], tmp_path: Path) -> None:
    folder, trust = evidence
    archive = shutil.make_archive(str(tmp_path / "evidence"), "zip", folder.parent, folder.name)
    assert judge(Path(archive), trust).verdict == "pass"
    doubled = tmp_path / "doubled.zip"
    with ZipFile(doubled, "w") as file:
        file.writestr("checkpoint", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("checkpoint", b"2")
    with pytest.raises(WronglyCalled):
        open_source(doubled)


def test_without_a_key_nobody_can_say_whose_it_is(evidence: tuple[Path, Trust]) -> None:
    folder, _ = evidence
    verdict = judge(folder, None)
    assert (verdict.verdict, verdict.checks["authenticity"].verdict) == ("unknown", "unknown")


def test_another_key_or_another_beginning_fails(evidence: tuple[Path, Trust], world: World) -> None:
    folder, trust = evidence
    stranger_key = world.keys["ph1"].public_key().public_bytes_raw()
    other = Trust(key=type(trust.key).of(trust.key.name, stranger_key))
    assert judge(folder, other).checks["authenticity"].verdict == "fail"
    begun_else = Trust(key=trust.key, genesis=b"1" * 32)
    assert [f.code for f in judge(folder, begun_else).checks["authenticity"].findings] == ["genesis_differs"]


def test_the_last_visits_head_must_be_contained(evidence: tuple[Path, Trust], world: World) -> None:
    folder, trust = evidence
    then = open_checkpoint(sign_head(world.ledger).note, key=trust.key)
    assert judge(folder, trust, since=then).verdict == "pass"
    world.ledger.append([world.move()], via="api")
    later = open_checkpoint(sign_head(world.ledger).note, key=trust.key)
    found = judge(folder, trust, since=later).checks["completeness"].findings
    assert [f.code for f in found] == ["smaller_than_since"]
    forked = type(then)(then.origin, then.size, b"1" * 32)
    found = judge(folder, trust, since=forked).checks["completeness"].findings
    assert [f.code for f in found] == ["since_differs"]


def test_a_grown_register_still_contains_the_last_visits_head(world: World) -> None:
    then = open_checkpoint(sign_head(world.ledger).note, key=verifier_key(world.ledger))
    world.ledger.append([world.move()], via="api")
    folder = world.folder / "grown"
    write_evidence(world.ledger, sign_head(world.ledger), folder, readme="-", reports={})
    assert judge(folder, Trust(key=verifier_key(world.ledger)), since=then).verdict == "pass"


def test_age_is_judged_only_when_asked(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    later = datetime.now(UTC) + timedelta(days=30)
    source = open_source(folder)
    assert verify(source, trust=trust, now=later)[0].checks["freshness"].verdict == "pass"
    asked, _ = verify(source, trust=trust, now=later, max_age=timedelta(days=7))
    assert [f.code for f in asked.checks["freshness"].findings] == ["too_old"]


def test_the_facilitys_own_word_is_counted_and_can_be_refused(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    verdict = judge(folder, trust)
    (own_word,) = [note for note in verdict.checks["authenticity"].notes if note.code == "own_word"]
    assert 0 < int(own_word.values["imported"]) < verdict.size
    # The moves were signed by people who had seen every imported entry, so these are covered.
    assert judge(folder, trust, require_signed=True).verdict == "pass"
