"""Keys, disclosed values and reports that lie beside the entries are held against them."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.log.canonical import to_canonical
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import read_readme, write_evidence
from ledger.service.founding import append_as_ledger
from ledger.service.sources import MOST_README, open_source
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, verify
from tests.service.conftest import World

ISSUED = {"a.pdf": b"%PDF-1.7 first", "b.pdf": b"%PDF-1.7 second"}


@pytest.fixture
def evidence(world: World) -> tuple[Path, Trust]:
    for data in ISSUED.values():
        body = {"kind": "register", "sha256": sha256(data).hexdigest(), "size": 1, "subjects": []}
        world.ledger.within(lambda tx, body=body: append_as_ledger(tx, world.ledger, "report.issued", body))
    folder = world.folder / "evidence"
    later = {"c.pdf": b"issued after the head"}
    head = sign_head(world.ledger)
    write_evidence(world.ledger, head, folder, readme=read_readme(), reports=ISSUED | later, disclose=True)
    return folder, Trust(key=verifier_key(world.ledger))


def judge(folder: Path, trust: Trust) -> Verdict:
    return verify(open_source(folder), trust=trust, now=datetime.now(UTC))[0]


def integrity(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.checks["integrity"].findings]


def noted(verdict: Verdict) -> dict[str, dict[str, str | int]]:
    return {note.code: note.values for note in verdict.checks["integrity"].notes}


def test_only_issued_reports_go_along_and_they_verify(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    assert sorted(path.name for path in (folder / "reports").iterdir()) == sorted(ISSUED)
    verdict = judge(folder, trust)
    assert (verdict.verdict, set(noted(verdict))) == ("pass", {"disclosed"})


def test_an_altered_or_foreign_report_fails_and_an_absent_one_is_noted(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    (folder / "reports" / "a.pdf").unlink()
    verdict = judge(folder, trust)
    assert (verdict.verdict, noted(verdict)["reports_missing"]) == ("pass", {"count": 1})
    for name in ("b.pdf", "z.pdf"):
        copy = folder.parent / f"copy-{name}"
        shutil.copytree(folder, copy)
        (copy / "reports" / name).write_bytes(b"%PDF-1.7 other")
        assert integrity(judge(copy, trust)) == ["report_altered"]


def test_surplus_files_are_noted_and_never_read(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    names = ("ledger.db", "reports/x.txt", "tile/0/999", "adopted/" + "0" * 64, "handover/3", "verify.html")
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"?")
    verdict = judge(folder, trust)
    assert (verdict.verdict, noted(verdict)["surplus_files"]["count"]) == ("pass", len(names))


@pytest.mark.parametrize("other", [b"", b"Call 8-800 first.", b"x" * (MOST_README + 1)])
def test_a_readme_of_somebody_else_is_noted_and_fails_nothing(other: bytes, evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    (folder / "README.txt").write_bytes(other)
    verdict = judge(folder, trust)
    assert (verdict.verdict, set(noted(verdict))) == ("pass", {"disclosed", "readme_differs"})


def test_how_many_values_were_disclosed_is_told(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    path = folder / "openings.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for left in (len(lines), len(lines) - 1, 0):
        path.write_bytes(b"".join(lines[:left]))
        verdict = judge(folder, trust)
        assert (verdict.verdict, noted(verdict)["disclosed"]) == ("pass", {"count": left})
    path.unlink()
    assert noted(judge(folder, trust))["disclosed"] == {"count": 0}


Lines = list[dict[str, Any]]
WRONG: dict[str, Callable[[Lines], object]] = {
    "another value": lambda lines: lines[0].update(value="Eve"),
    "no scalar": lambda lines: lines[0].update(value=[1]),
    "a surplus member": lambda lines: lines[0].update(note="x"),
    "a member less": lambda lines: lines[0].pop("value"),
    "the same line twice": lambda lines: lines.append(lines[0]),
    "of no entry": lambda lines: lines[0].update(seq=9999),
    "of an entry by name": lambda lines: lines[0].update(seq="2"),
    "at no path": lambda lines: lines[0].update(path=["body"]),
    "a key with other bits at its end": lambda lines: lines[0].update(key=_other_spelling(lines[0]["key"])),
    "a key without its padding": lambda lines: lines[0].update(key=lines[0]["key"].rstrip("=")),
    "a short key": lambda lines: lines[0].update(key="AAAA"),
}


def _other_spelling(key: str) -> str:
    """Base64 that decodes to the same 32 bytes and is not canonical."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return key[:-2] + letters[letters.index(key[-2]) + 1] + "="


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_opening_fails(name: str, evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    path = folder / "openings.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    WRONG[name](lines)
    path.write_bytes(b"".join(to_canonical(line) + b"\n" for line in lines))
    assert set(integrity(judge(folder, trust))) in ({"opening_mismatch"}, {"opening_twice"})


@pytest.mark.parametrize(
    "spelled",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r", 1),
        lambda data: data + b"\n",
        lambda data: data + b"\xff\n",
        lambda data: data.replace(b'{"key"', b'{ "key"', 1),
    ],
)
def test_openings_have_one_spelling(spelled: Callable[[bytes], bytes], evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    path = folder / "openings.jsonl"
    path.write_bytes(spelled(path.read_bytes()))
    assert "opening_mismatch" in integrity(judge(folder, trust))


def test_the_list_of_keys_says_what_the_entries_say(evidence: tuple[Path, Trust]) -> None:
    folder, trust = evidence
    path = folder / "keys.jsonl"
    right = path.read_bytes()
    for wrong in (right + b"{}\n", right[:-1], b"", right * 2):
        path.write_bytes(wrong)
        assert [f.code for f in judge(folder, trust).checks["authenticity"].findings] == ["keys_file_differs"]
    path.unlink()
    assert [f.code for f in judge(folder, trust).checks["completeness"].findings] == ["keys_file_missing"]
