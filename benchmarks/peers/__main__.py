"""Ours beside pymerkle, aics-tlog, Go's tlog, Hypercore and git.

    python -m benchmarks.peers [--entries 20000] [--rounds 3]

Audits are by the clock, each of every byte in one process, per entry; appends that nobody waits for longer than one
commit. A peer that is not to be had here is told on standard error and left out.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.append import CROWD, append, enrol, furnish, make
from benchmarks.peers.framed import read_entries, write_entries
from benchmarks.peers.install import install
from benchmarks.proofs import prove_inclusion, time_proofs
from benchmarks.standing import make_standing
from benchmarks.telling import tell
from benchmarks.verify import audit_with, fill, to_entries
from ledger.cli import collect_seldom
from ledger.storage.layout import LEDGER

COMMITS, PROOFS = 20, 100
TARGETS = {("git", "audit"): 8.0, ("hypercore", "audit"): 40.0, ("pymerkle", "append"): 30.0}
FASTEST = 1.5
"""Against the fastest other peer's audit."""
_SAID = {
    "audit": "audit of everything",
    "append": f"durable append, crowd of {CROWD}",
    "proof": "proof of inclusion, made and checked",
}
_BESIDE = {("hypercore", "append"): ", which does not wait for the disk"}
_BOUNDS = {
    "audit": "A compiled library that hashes records and the nodes of a tree, and judges nothing, needs 1 to 3 µs an "
    "entry, in which CPython hardly looks at one; ours proves form, order and times of each besides. Native code would "
    "move it.",
    "append": "Ours judges, verifies and projects each entry, some 400 µs of two cores; theirs waits for the disk once "
    "an entry. The slower the disk, the larger the ratio.",
}

Seconds = Mapping[str, float]
"""What one entry takes, by what was done with it."""
Peer = Callable[[Path, Path], Seconds]
"""Plays the file of entries in a folder that is not there yet."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    collect_seldom()
    with TemporaryDirectory(prefix="senim-peers-") as name:
        folder = Path(name)
        write_entries(folder / "entries", to_entries(given.entries))
        root = fill(folder / "log.db", given.entries)
        house, proving = furnish(folder), make_standing(folder, given.entries) / LEDGER
        keys = enrol(house)
        peers = {"git": play_git} | {peer: play_with(command) for peer, command in install(folder / "installed")}
        audit_with(1, folder / "log.db", given.entries, root)  # which warms the caches
        ours, found = list[Seconds](), defaultdict[str, list[Seconds]](list)
        for number in range(given.rounds):
            begun = perf_counter()
            audit_with(1, folder / "log.db", given.entries, root)
            audit = (perf_counter() - begun) / given.entries
            signed = [make(house, keys, n) for n in range(1_000)]
            proof = median(each for each, _ in time_proofs(prove_inclusion, proving, PROOFS))
            ours.append({"audit": audit, "append": 1 / append(house, signed, CROWD), "proof": proof})
            for peer, play in list(peers.items()):
                try:
                    found[peer].append(play(folder / "entries", folder / f"{peer}-{number}"))
                except (OSError, subprocess.SubprocessError) as failed:
                    print(f"{peer} is left out, it failed: {failed}", file=sys.stderr)
                    del peers[peer], found[peer]
        house.close()
    tell_all(ours, found)


def tell_all(ours: list[Seconds], found: Mapping[str, list[Seconds]]) -> None:
    """Of each peer what it did, as a rate, beside ours in the same round."""
    targets = dict(TARGETS)
    others = [each for each in found if each not in ("git", "hypercore") and "audit" in found[each][0]]
    if others:
        fastest = min(others, key=lambda each: median(round_["audit"] for round_ in found[each]))
        targets[fastest, "audit"] = FASTEST
    for peer, rounds in found.items():
        for act in (each for each in _SAID if each in rounds[0]):
            rates, floors = ([1 / round_[act] for round_ in every] for every in (ours, rounds))
            name = f"{_SAID[act]}, against {peer}{_BESIDE.get((peer, act), '')}"
            tell(name, "entries/s", rates, floors, targets.get((peer, act)), bound=_BOUNDS.get(act, ""))


def play_with(command: list[str]) -> Peer:
    def play(entries: Path, folder: Path) -> Seconds:
        done = subprocess.run([*command, str(entries), str(folder)], check=True, stdout=subprocess.PIPE, text=True)
        seconds: Seconds = json.loads(done.stdout)
        return seconds

    return play


def play_git(entries: Path, folder: Path) -> Seconds:
    """A commit for each entry, one after the other, and `git fsck --full` over as many that were imported at once."""
    few, all = folder / "few", folder / "all"
    for each in (few, all):
        _git("init", "--quiet", "--initial-branch", "main", str(each))
    begun = perf_counter()
    for number, data in enumerate(islice(read_entries(entries), COMMITS)):
        (few / "entry").write_bytes(data)
        _git("add", "entry", at=few)
        _git("commit", "--quiet", "--message", str(number), at=few)
    between = perf_counter()
    stream = b"".join(_to_commit(data) for data in read_entries(entries))
    _git("fast-import", "--quiet", at=all, sent=stream)
    size = stream.count(b"commit refs/heads/main\n")
    checked = perf_counter()
    _git("fsck", "--full", "--no-progress", at=all)
    return {"append": (between - begun) / COMMITS, "audit": (perf_counter() - checked) / size}


def _to_commit(data: bytes) -> bytes:
    head = b"commit refs/heads/main\ncommitter B <b@localhost> 0 +0000\ndata 0\nM 100644 inline entry\n"
    return head + b"data %d\n%b\n" % (len(data), data)


def _git(*arguments: str, at: Path | None = None, sent: bytes = b"") -> None:
    settings = ("core.fsync=all", "user.name=B", "user.email=b@localhost", "gc.auto=0")
    told = [part for each in settings for part in ("-c", each)]
    alone = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *told, *arguments], cwd=at, env=alone, input=sent, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
