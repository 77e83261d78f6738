"""A stranger's verifier of Senim evidence folders: `python verify.py FOLDER --vkey VKEY [--genesis HEX]`.

Written from the contract and the C2SP specifications alone; it shares no code with the product that it judges.
It trusts the vkey and, where given, the leaf of entry 0; the folder is the untrusted part.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

if __package__ in (None, ""):  # run as a script, from wherever the folder was copied to
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    __package__ = Path(__file__).resolve().parent.name

from .basics import Refused, need
from .canon import read_canonical
from .duties import check_ceremonies, check_roles, check_signatures
from .note import Vkey, read_checkpoint, read_vkey
from .privacy import check_forbidden, check_opening, check_privacy
from .register import NOBODYS, Register
from .shapes import LARGEST, ZEROS, check_entry, is_practice
from .tiles import due_tiles, leaf_hash, merkle_root, read_entries, read_file

P = ParamSpec("P")
T = TypeVar("T")

# What an entry of good envelope but absurd body may trip over before a rule names it.
ABSURD = (KeyError, TypeError, ValueError, AttributeError, IndexError)


@dataclass(kw_only=True)
class Report:
    size: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings

    def add(self, seq: int | None, code: str, said: str) -> None:
        self.findings.append({"seq": seq, "code": code, "said": said})

    def attempt(self, seq: int | None, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What the check gives; what it refuses becomes a finding instead."""
        try:
            return check(*args, **kwargs)
        except Refused as refusal:
            self.add(seq, refusal.code, refusal.said)
        except ABSURD as error:
            self.add(seq, "absurd", f"cannot be judged: {error!r}"[:200])
        return None

    def codes(self) -> set[str]:
        return {finding["code"] for finding in self.findings}


def verify(
    folder: Path, *, vkey: str, genesis: str | None = None, forbidden: Sequence[str] = (), log_alone: bool = False
) -> Report:
    """Everything wrong with the evidence in `folder`; `report.ok` where nothing is.

    log_alone: it holds checkpoint and tiles, as a server publishes them, and nothing else is asked of it.
    """
    report = Report()
    try:
        key = read_vkey(vkey)
        checkpoint = read_checkpoint(read_file(folder, "checkpoint"), vkey=key)
        need(checkpoint.size > 0, "empty", "the checkpoint covers no entries; an empty log proves nothing")
        practice = is_practice(checkpoint.origin)
        entries = read_entries(folder, checkpoint.size)
    except Refused as refusal:
        report.add(None, refusal.code, refusal.said)
        return report
    report.size = checkpoint.size
    leaves = [leaf_hash(entry) for entry in entries]
    right = merkle_root(leaves) == checkpoint.root
    report.attempt(None, need, right, "root", "the entries do not have the checkpoint's root")
    for path, tile in due_tiles(leaves):
        report.attempt(None, _check_tile, folder, path, tile)
    known = genesis is None or leaves[0].hex() == genesis.lower()
    report.attempt(0, need, known, "genesis", "entry 0 is not the one that the inspector knows")
    register = _check_entries(report, checkpoint.origin, entries, leaves, forbidden)
    report.attempt(0, _check_facility, register, key, checkpoint.size, practice)
    if log_alone:
        return report
    report.attempt(None, _check_keys_file, folder, register)
    for sha256, seq in register.adopted.items():
        report.attempt(seq, _check_adopted, folder, sha256)
    if (folder / "openings.jsonl").exists():
        report.attempt(None, _check_openings, folder, register)
    return report


def _check_entries(
    report: Report, origin: str, entries: list[bytes], leaves: list[bytes], forbidden: Sequence[str]
) -> Register:
    register = Register()
    parsed: dict[int, dict[str, Any]] = {}
    last_time = ""
    for seq, data in enumerate(entries):
        report.attempt(seq, check_forbidden, data, forbidden)
        entry = report.attempt(seq, _read_entry, data, origin, seq)
        if entry is None:
            continue
        parsed[seq] = entry
        recorded_at, statement = entry["recorded_at"], entry["statement"]
        report.attempt(seq, need, recorded_at > last_time, "recorded_at", "it is not later than the entry before")
        last_time = max(last_time, recorded_at)
        if seq == 0:  # entry 0 brings the key that signs it
            report.attempt(seq, register.apply, seq, entry)
        report.attempt(seq, check_binding, seq, entry, leaves)
        report.attempt(seq, _check_anchor, seq, statement, leaves)
        report.attempt(seq, check_privacy, statement, [*register.roles, *NOBODYS])
        report.attempt(seq, check_roles, seq, entry, register)
        report.attempt(seq, check_signatures, seq, entry, register)
        if seq > 0:
            report.attempt(seq, register.apply, seq, entry)
    for seq, said in check_ceremonies(parsed):
        report.add(seq, "ceremony", said)
    return register


def _read_entry(data: bytes, origin: str, seq: int) -> dict[str, Any]:
    need(1 <= len(data) <= LARGEST, "entry_size", f"the entry has {len(data)} bytes")
    entry: dict[str, Any] = read_canonical(data)
    check_entry(entry, origin=origin, seq=seq)
    return entry


def _check_tile(folder: Path, path: str, tile: bytes) -> None:
    need(read_file(folder, path) == tile, "tile", f"{path} is not of these entries")


def check_binding(seq: int, entry: dict[str, Any], leaves: list[bytes]) -> None:
    """prev, genesis and seen pin the entry to this log and to all of it up to `seen`."""
    statement, seen = entry["statement"], entry["statement"]["seen"]
    prev = leaves[seq - 1] if seq else hashlib.sha256(b"").digest()
    need(entry["prev"] == prev.hex(), "prev", "prev is not the leaf of the entry before")
    need(statement["genesis"] == (leaves[0].hex() if seq else ZEROS), "genesis", "genesis is not the leaf of entry 0")
    if seq == 0:
        return need(seen == {"seq": -1, "leaf": ZEROS}, "seen", "entry 0 has seen something")
    need(0 <= seen["seq"] < seq, "seen", f"it has seen {seen['seq']}, which is not before it")
    return need(seen["leaf"] == leaves[seen["seq"]].hex(), "seen", f"what it saw at {seen['seq']} is not of this log")


def _check_anchor(seq: int, statement: dict[str, Any], leaves: list[bytes]) -> None:
    """What was anchored elsewhere was a head of these entries before it was anchored."""
    if statement["type"] != "checkpoint.anchored":
        return
    size, root = statement["body"]["size"], statement["body"]["root"]
    need(type(size) is int and 0 < size <= seq, "anchor", f"a head of {size!r} entries, before which there were {seq}")
    need(merkle_root(leaves[:size]).hex() == root, "anchor", f"the first {size} entries have another root")


def _check_facility(register: Register, vkey: Vkey, size: int, practice: bool) -> None:
    """The log's key in force at the checkpoint; the old one may still sign the size that ends with its rotation."""
    log_keys = [key for key in register.keys.values() if key.use == "log" and key.raw == vkey.public]
    fits = any(key.usable(size) or key.usable(size - 1) for key in log_keys)
    need(fits, "log_key", "the given vkey is not the log's key that the entries name")
    agrees = register.statements[0]["body"]["practice"] is practice
    need(agrees, "practice", "the log's name and entry 0 do not agree on practice")


def _check_keys_file(folder: Path, register: Register) -> None:
    derived = b"".join(key.line() for key in register.keys.values())
    need(read_file(folder, "keys.jsonl") == derived, "keys_file", "keys.jsonl is not what the entries derive")


def _check_adopted(folder: Path, sha256: str) -> None:
    right = hashlib.sha256(read_file(folder, f"adopted/{sha256}")).hexdigest() == sha256
    need(right, "adopted", f"adopted/{sha256} has another hash")


def _check_openings(folder: Path, register: Register) -> None:
    data = read_file(folder, "openings.jsonl")
    need(not data or data.endswith(b"\n"), "opening", "openings.jsonl ends inside a line")
    found = {check_opening(line, register.statements) for line in data.split(b"\n")[:-1]}
    need(len({key for _, _, key in found}) == len(found), "opening", "two openings share a key")


def main() -> int:
    parser = argparse.ArgumentParser(description="verifies a Senim evidence folder")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vkey", required=True, help="the log's key, never from the folder")
    parser.add_argument("--genesis", help="the leaf of entry 0, 64 hex digits")
    parser.add_argument("--forbid", type=Path, help="a file of strings, one a line, that no entry may hold")
    args = parser.parse_args()
    forbidden = [line for line in args.forbid.read_text("utf-8").splitlines() if line] if args.forbid else []
    report = verify(args.folder, vkey=args.vkey, genesis=args.genesis, forbidden=forbidden)
    answer = {"ok": report.ok, "size": report.size, "findings": report.findings}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
