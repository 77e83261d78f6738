"""The stranger's verifier accepts honest evidence and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .craft import sign_checkpoint, to_vkey
from .forge import Forge, Signer, honest_log
from .mutate import mutations
from .verify import verify


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Forge, Path]:
    log = honest_log()
    return log, log.write(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Forge, Path]:
    log = honest_log(260)
    return log, log.write(tmp_path_factory.mktemp("large"))


@pytest.mark.parametrize("size", [0, 255, 256, 257, 300])
def test_an_honest_folder_is_accepted(size: int, tmp_path: Path) -> None:
    log = honest_log(size)
    report = verify(log.write(tmp_path), vkey=log.vkey, genesis=log.genesis, forbidden=["Жан Пример", "000101500008"])
    assert report.findings == []
    assert report.ok
    assert report.size == log.size


@pytest.mark.parametrize("operator", [False, True], ids=["by anybody", "by the operator, who signs again"])
def test_every_mutation_is_judged_as_expected(small: tuple[Forge, Path], tmp_path: Path, operator: bool) -> None:
    log, folder = small
    wrong, seen = [], set()
    for name, copy, expected in mutations(folder, tmp_path, 1, log_key=log.log_key if operator else None, flips=5):
        assert name not in seen
        seen.add(name)
        if verify(copy, vkey=log.vkey).ok != (expected == "ok"):
            wrong.append((name, expected))
        shutil.rmtree(copy, ignore_errors=True)
    assert wrong == []
    assert len(seen) > 140


def test_damage_to_full_and_upper_tiles_is_found(large: tuple[Forge, Path], tmp_path: Path) -> None:
    log, folder = large
    judged = 0
    for name, copy, expected in mutations(folder, tmp_path, 2, log_key=log.log_key):
        if name.startswith(("flip_tile", "flip_upper", "flip_bundle", "missing_", "emptied_", "surplus_", "bundle_of")):
            assert verify(copy, vkey=log.vkey).ok == (expected == "ok"), name
            judged += 1
        shutil.rmtree(copy)
        if name.startswith("tail"):
            break
    assert judged > 20


def test_the_same_seed_gives_the_same_damage(small: tuple[Forge, Path], tmp_path: Path) -> None:
    def flipped(out: Path, seed: int) -> list[bytes]:
        damaged = []
        for name, copy, _ in mutations(small[1], out, seed):
            if name.startswith("flip_tile"):
                break
            damaged.append((copy / "checkpoint").read_bytes())
        return damaged

    assert flipped(tmp_path / "a", 1) == flipped(tmp_path / "b", 1) != flipped(tmp_path / "c", 2)


def test_another_entry_0_than_the_inspector_knows_is_rejected(small: tuple[Forge, Path]) -> None:
    log, folder = small
    assert verify(folder, vkey=log.vkey, genesis="0" * 64).codes() == {"genesis"}


def test_another_key_than_the_inspector_knows_is_rejected(small: tuple[Forge, Path]) -> None:
    log, folder = small
    other = Signer(person="log", use="log", label="other")
    vkey = to_vkey(log.origin, other.private.public_key().public_bytes_raw())  # type: ignore[union-attr]
    assert verify(folder, vkey=vkey).codes() == {"note_signature"}
    assert verify(folder, vkey=log.vkey.replace("senim/", "senim-")).codes() == {"vkey"}


def test_a_cosignature_by_the_known_key_that_fails_spoils_the_note(small: tuple[Forge, Path], tmp_path: Path) -> None:
    log, folder = small
    copy = shutil.copytree(folder, tmp_path / "copy")
    other_text = sign_checkpoint("senim/forged-hospital/1\n1\nAAAA\n", log.log_key).decode().splitlines()[-1]
    with (copy / "checkpoint").open("a", encoding="utf-8") as note:
        note.write(other_text + "\n")
    assert verify(copy, vkey=log.vkey).codes() == {"note_signature"}


@pytest.mark.parametrize(
    "line", ["— witness.example AAAA", "— witness.example", "- witness.example AAAAAAAA", "junk", ""]
)
def test_a_malformed_signature_line_spoils_the_note(small: tuple[Forge, Path], tmp_path: Path, line: str) -> None:
    log, folder = small
    copy = shutil.copytree(folder, tmp_path / "copy")
    with (copy / "checkpoint").open("a", encoding="utf-8") as note:
        note.write(line + "\n")
    assert verify(copy, vkey=log.vkey).codes() == {"note"}


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:-2] + b',"value2":1}\n',
        lambda line: line[:-1],
        lambda line: line[:-1] + b" \n",
        lambda line: line.replace(b'"value":"', b'"value":["').replace(b'"}', b'"]}'),
        lambda line: re.sub(rb'"seq":[0-9]+', b'"seq":999', line),
        lambda line: re.sub(rb'"seq":[0-9]+', b'"seq":true', line),
        lambda line: re.sub(rb'"path":"[a-z_.]+"', b'"path":5', line),
        lambda line: re.sub(rb'"path":"[a-z_.]+"', b'"path":"body.role"', line),
    ],
)
def test_an_opening_of_another_form_is_rejected(
    small: tuple[Forge, Path], tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    log, folder = small
    copy = shutil.copytree(folder, tmp_path / "copy")
    *rest, last = (copy / "openings.jsonl").read_bytes().splitlines(keepends=True)
    assert change(last) != last
    (copy / "openings.jsonl").write_bytes(b"".join(rest) + change(last))
    assert verify(copy, vkey=log.vkey).codes() in ({"opening"}, {"not_canonical"})


def test_every_prefix_that_splits_no_ceremony_is_whole_by_itself(small: tuple[Forge, Path], tmp_path: Path) -> None:
    log, _ = small
    for size in range(1, log.size):
        young = honest_log()
        young.entries = young.entries[:size]
        findings = verify(young.write(tmp_path / str(size)), vkey=log.vkey).findings
        last, behind = (json.loads(log.entries[seq])["signatures"][0].get("of") for seq in (size - 1, size))
        splits = last is not None and last == behind
        codes = {finding["code"] for finding in findings} - {"keys_file"}  # the forge wrote the keys of the whole log
        assert codes == ({"ceremony"} if splits else set()), size


def test_the_folder_runs_as_a_script_from_anywhere(small: tuple[Forge, Path], tmp_path: Path) -> None:
    log, folder = small
    elsewhere = shutil.copytree(Path(__file__).parent, tmp_path / "on a stick", ignore=shutil.ignore_patterns("__py*"))

    def run(*arguments: str | Path) -> tuple[int, dict[str, object]]:
        command = [sys.executable, "-I", elsewhere / "verify.py", folder, "--vkey", log.vkey, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.returncode, json.loads(done.stdout)

    assert run("--genesis", log.genesis) == (0, {"ok": True, "size": log.size, "findings": []})
    forbidden = tmp_path / "forbidden.txt"
    forbidden.write_text("Жан Пример\n\nsafe\n", "utf-8")
    status, answer = run("--forbid", forbidden)
    assert status == 1
    assert "'safe'" in str(answer["findings"])
    assert "Жан" not in str(answer["findings"])
