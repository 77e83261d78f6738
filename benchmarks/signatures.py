"""Verification of a log with the signatures of all its statements, against the bare arithmetic over both cores.

    python -m benchmarks.signatures [--entries 10000] [--rounds 5]

The log is made by appending entries that two people sign. Floor: OpenSSL's Ed25519 verification of the same messages
under the same keys, half of them in each of two processes, by the clock and in turn with what is measured: the chain
(form, profile, `seq`, `prev`, times, tree) and everything about signatures (who signed, with which key, what was seen).
"""

import argparse
import json
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.append import append, enrol, furnish, make
from benchmarks.telling import tell
from ledger.cli import collect_seldom
from ledger.log.audit import ChainAudit, SignatureAudit
from ledger.log.merkle import leaf_hash
from ledger.log.signing import Check, Verify
from ledger.log.signing import each_holds as each_holds_here
from ledger.log.tiles import WIDTH
from ledger.service.arithmetic import each_holds

TARGET, CORES = 1.3, 2
_BOUND = (
    "The judging around a signature (the entry as JSON, its keys, who had to sign, what was seen) is Python on one "
    "core, and after each signature the thread beside waits for the interpreter. Processes in place of threads, begun "
    "before the judging needs their answer, would move it."
)
_checks: list[Check] = []
"""What the processes of the floor work on: they are forked, so that nothing is sent."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    collect_seldom()
    with TemporaryDirectory() as folder:
        house = furnish(Path(folder))
        keys = enrol(house)
        for n in range(0, given.entries, 1000):
            append(house, [make(house, keys, n + each) for each in range(min(1000, given.entries - n))], 64)
        log = house.ledger.log
        with house.ledger.reading() as reading:
            entries = [data for _, data in reading.entries()]
        house.close()
    audit(log, entries, _collect)
    found, floors = [], []
    with get_context("fork").Pool(CORES) as pool:
        for _ in range(given.rounds):
            begun = perf_counter()
            if not all(pool.map(_hold, range(CORES), chunksize=1)):
                raise SystemExit("a signature does not hold")
            between = perf_counter()
            audit(log, entries, each_holds)
            found.append(perf_counter() - between)
            floors.append(between - begun)
    name = f"verify {len(entries)} entries with {len(_checks)} signatures, against bare Ed25519 over {CORES} cores"
    tell(name, "s", found, floors, TARGET, bound=_BOUND)


def audit(log: str, entries: Sequence[bytes], verify: Verify) -> None:
    """It must find nothing."""
    chain, signatures = ChainAudit(log), SignatureAudit(log, verify=verify)
    for start in range(0, len(entries), WIDTH):
        bundle = entries[start : start + WIDTH]
        chain.add_all(bundle)
        for seq, data in enumerate(bundle, start):
            signatures.add(seq, json.loads(data), leaf_hash(data))
    if findings := [*chain.findings, *signatures.finish()]:
        raise SystemExit(f"the log does not stand: {findings[:3]}")


def _collect(checks: Sequence[Check]) -> list[bool]:
    _checks.extend(checks)
    return [True] * len(checks)


def _hold(part: int) -> bool:
    return all(each_holds_here(_checks[part::CORES]))


if __name__ == "__main__":
    main()
