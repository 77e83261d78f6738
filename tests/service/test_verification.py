"""Every way of altering, cutting, emptying or stripping the evidence is reported as not verified."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import WronglyCalled
from ledger.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_ROOT
from ledger.log.note import Note, VerifierKey, from_note, to_note
from ledger.log.policy import WitnessKey, cosign, read_policy
from ledger.log.tiles import from_bundle
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.ledger import derive_keys
from ledger.service.queries import differing_projections
from ledger.service.sources import StoreSource, open_source
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, read_trust, verify
from tests.independent import verify as stranger
from tests.independent.forge import honest_log
from tests.independent.lies import LIES
from tests.independent.mutate import mutations
from tests.service.conftest import World, found_world, opened


def judge(folder: Path, trust: Trust | None, **more: object) -> Verdict:
    verdict, _ = verify(open_source(folder), trust=trust, now=datetime.now(UTC), **more)  # type: ignore[arg-type]
    return verdict


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[World]:
    """Some 300 entries, so that tiles are full and partial."""
    with opened(tmp_path, found_grown) as world:
        yield world


def found_grown(folder: Path) -> dict[str, Ed25519PrivateKey]:
    with opened(folder, found_world) as world:
        for n in range(280):
            world.ledger.append([world.move(n)], via="api")
        return world.keys


@pytest.fixture
def evidence(grown: World) -> tuple[Path, Trust]:
    folder = grown.folder / "evidence"
    write_evidence(grown.ledger, sign_head(grown.ledger), folder, readme="-", reports={}, disclose=True)
    return folder, Trust(key=verifier_key(grown.ledger), genesis=grown.ledger.genesis())


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
@pytest.mark.once("it judges folders; no store is asked")
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
@pytest.mark.once("it judges folders; no store is asked")
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


def test_without_a_key_nobody_can_say_whose_it_is(evidence: tuple[Path, Trust]) -> None:
    folder, _ = evidence
    verdict = judge(folder, None)
    assert (verdict.verdict, verdict.checks["authenticity"].verdict) == ("unknown", "unknown")


def test_another_key_or_another_beginning_fails(evidence: tuple[Path, Trust], grown: World) -> None:
    folder, trust = evidence
    stranger_key = grown.keys["ph1"].public_key().public_bytes_raw()
    other = Trust(key=type(trust.key).of(trust.key.name, stranger_key))
    assert judge(folder, other).checks["authenticity"].verdict == "fail"
    begun_else = Trust(key=trust.key, genesis=b"1" * 32)
    assert [f.code for f in judge(folder, begun_else).checks["authenticity"].findings] == ["genesis_differs"]


def test_the_last_visits_head_must_be_contained(evidence: tuple[Path, Trust], grown: World) -> None:
    folder, trust = evidence
    then = open_checkpoint(sign_head(grown.ledger).note, key=trust.key)
    assert judge(folder, trust, since=then).verdict == "pass"
    grown.ledger.append([grown.move()], via="api")
    later = open_checkpoint(sign_head(grown.ledger).note, key=trust.key)
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


@pytest.fixture
def small(world: World) -> tuple[Path, Trust]:
    """A folder of a few entries, with openings."""
    world.ledger.append([world.move()], via="api")
    folder = world.folder / "small"
    write_evidence(world.ledger, sign_head(world.ledger), folder, readme="-", reports={}, disclose=True)
    return folder, Trust(key=verifier_key(world.ledger), genesis=world.ledger.genesis())


def codes(verdict: Verdict, check: str) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.seq) for finding in verdict.checks[check].findings]


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def bundle_of(folder: Path) -> Path:
    return next(path for path in (folder / "tile" / "entries").rglob("*") if path.is_file())


ALTERED = {
    "a letter of it": lambda data, at: data[: at + 400] + b"#" + data[at + 401 :],
    "its length": lambda data, at: data[: at - 1] + bytes([data[at - 1] ^ 1]) + data[at:],
    "all behind it cut": lambda data, at: data[: at + 100],
}


@pytest.mark.parametrize("name", ALTERED)
def test_the_altered_entry_itself_is_named(name: str, small: tuple[Path, Trust]) -> None:
    folder, trust = small
    bundle, seq = bundle_of(folder), 5
    entries = from_bundle(bundle.read_bytes(), int(bundle.name))
    at = sum(2 + len(entry) for entry in entries[:seq]) + 2
    edit(bundle, lambda data: ALTERED[name](data, at))
    verdict = judge(folder, trust)
    found = codes(verdict, "integrity")
    assert (found[0][1], "tile_differs" in dict(found)) == (seq, False)
    assert {verdict.checks[check].verdict for check in ("authenticity", "domain")} <= {"fail", "unknown"}


def test_an_altered_tile_blames_no_entry(small: tuple[Path, Trust]) -> None:
    folder, trust = small
    tile = next(path for path in (folder / "tile" / "0").rglob("*") if path.is_file())
    edit(tile, lambda data: data[:32] + bytes([data[32] ^ 1]) + data[33:])
    verdict = judge(folder, trust)
    assert codes(verdict, "integrity") == [("tile_differs", None)]
    tile.unlink()
    verdict = judge(folder, trust)
    assert codes(verdict, "integrity") == [("tile_missing", None)]
    assert verdict.checks["domain"].verdict == verdict.checks["authenticity"].verdict == "pass"


def test_what_saw_nothing_says_nothing(small: tuple[Path, Trust]) -> None:
    folder, trust = small
    bundle_of(folder).unlink()
    verdict = judge(folder, trust)
    told = {name: check.verdict for name, check in verdict.checks.items()}
    unknown = dict.fromkeys(("authenticity", "freshness", "domain"), "unknown")
    assert told == {"integrity": "fail", "completeness": "fail", **unknown}
    (folder / "checkpoint").unlink()
    assert "pass" not in {check.verdict for check in judge(folder, trust).checks.values()}


def test_an_empty_register_is_never_green(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    trust = Trust(key=VerifierKey.of("senim/empty/1", key.public_key().public_bytes_raw()))
    (tmp_path / "checkpoint").write_bytes(sign_checkpoint(Checkpoint("senim/empty/1", 0, EMPTY_ROOT), key))
    (tmp_path / "keys.jsonl").write_bytes(b"")
    verdict = judge(tmp_path, trust)
    assert {check.verdict for check in verdict.checks.values()} == {"fail", "unknown"}


def test_a_refusal_for_authority_is_one_of_authenticity_too(small: tuple[Path, Trust], tmp_path: Path) -> None:
    """A nurse who enrols a product: rightly signed by her, and not hers to make."""
    forged = honest_log()
    forged.add("lot.quarantined", {"product": "morphine-10", "lot": "L1"}, "n.one", secrets={"body.reason": "x"})
    forged.write(tmp_path / "forged")
    verdict = judge(tmp_path / "forged", read_trust(forged.vkey))
    for check in ("domain", "authenticity"):
        assert ("not_allowed", forged.size - 1) in codes(verdict, check)


def test_time_that_is_still_to_come_fails(small: tuple[Path, Trust]) -> None:
    folder, trust = small
    for minutes, found in ((4, []), (6, [("in_the_future", None)])):
        earlier = datetime.now(UTC) - timedelta(minutes=minutes)
        assert codes(verify(open_source(folder), trust=trust, now=earlier)[0], "freshness") == found


def test_a_policy_is_judged_with_or_without_a_key(small: tuple[Path, Trust]) -> None:
    folder, trust = small
    key, note = Ed25519PrivateKey.generate(), from_note((folder / "checkpoint").read_bytes())
    witness = WitnessKey.of("witness.example/w", key.public_key().public_bytes_raw())
    policy = read_policy(f"witness w {witness.to_vkey()}\nquorum w\n".encode())
    for trusted, otherwise in ((trust, "pass"), (None, "unknown")):
        asked = judge(folder, trusted, policy=policy).checks["authenticity"]
        assert (asked.verdict, asked.findings[0].code) == ("fail", "quorum_not_met")
        assert judge(folder, trusted).checks["authenticity"].verdict == otherwise
    for ahead, fresh in ((0, "pass"), (3600, "fail")):
        line = cosign(note.text, name=witness.name, private_key=key, time=int(datetime.now(UTC).timestamp()) + ahead)
        (folder / "checkpoint").write_bytes(to_note(Note(note.text, (*note.signatures, line))))
        verdict = judge(folder, trust, policy=policy)
        assert (verdict.checks["authenticity"].verdict, verdict.checks["freshness"].verdict) == ("pass", fresh)


def test_entries_that_no_head_covers_yet_are_judged_and_noted(world: World) -> None:
    signed = sign_head(world.ledger)
    trust = Trust(key=verifier_key(world.ledger))
    for n in range(2):
        world.ledger.append([world.move(n)], via="api")
    with world.ledger.reading() as reading:
        source = StoreSource(reading, derive_keys(reading, world.ledger.log).to_keys_jsonl())
        verdict, replay = verify(source, trust=trust, now=datetime.now(UTC))
        assert differing_projections(reading, replay.book) == []
    assert (verdict.verdict, verdict.size) == ("pass", signed.size + 2)
    notes = {note.code: note.values for note in verdict.checks["completeness"].notes}
    assert notes["not_yet_signed"] == {"count": 2}


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
