"""How long a proof takes, made from the stored tiles and checked, at 10^6 entries and at 10^4.

    python -m benchmarks.proofs [--small 10000] [--large 1000000] [--runs 200] [--keep DIR]

Of a random entry that it is in the tree, and of a random older size that the tree goes on from it. Floor: as many
`SELECT`s by primary key and as many SHA-256 of two hashes as the path is long, in turn, on the same file.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter

from pysqlite3 import dbapi2 as sqlite

from benchmarks.standing import asked, make_standing
from benchmarks.telling import tell
from ledger.log.merkle import consistency_path, inclusion_path, read_root, verify_consistency, verify_inclusion
from ledger.service.ports import Reading
from ledger.storage.layout import LEDGER
from ledger.storage.store import SqlStore

Prove = Callable[[Reading, Random], int]
"""Makes and checks a proof, and tells how long its path is."""


def main() -> None:
    with asked(__doc__, runs=200) as given:
        for count in given.counts:
            for kind, prove in (("inclusion", prove_inclusion), ("consistency", prove_consistency)):
                measure(kind, prove, make_standing(given.keep, count) / LEDGER, given.runs)


def measure(kind: str, prove: Prove, path: Path, runs: int) -> None:
    times = [(1e3 * proof, 1e3 * floor) for proof, floor in time_proofs(prove, path, runs)]
    found, floors = zip(*times, strict=True)
    with closing(SqlStore(path)) as store, store.reading() as reading:
        size = reading.head.size
    tell(f"proof of {kind}, made and checked, {size} entries", "ms", found, floors)


def time_proofs(prove: Prove, path: Path, runs: int) -> Iterator[tuple[float, float]]:
    """Seconds of proof and floor, in turn."""
    random = Random(runs)
    with closing(SqlStore(path)) as store, store.reading() as reading, closing(sqlite.connect(path)) as plain:
        for _ in range(runs):
            begun = perf_counter()
            length = prove(reading, random)
            between = perf_counter()
            for _ in range(length):
                at = random.randrange(reading.head.size)
                (leaf,) = plain.execute("SELECT leaf FROM entry WHERE seq = ?", (at,)).fetchone()
                sha256(b"\1" + leaf + leaf).digest()
            yield between - begun, perf_counter() - between


def prove_inclusion(reading: Reading, random: Random) -> int:
    size = reading.head.size
    index = random.randrange(size)
    path = inclusion_path(index, size, reading.node)
    root = reading.head.frontier.root()
    verify_inclusion(leaf=reading.node(0, index), index=index, size=size, path=path, root=root)
    return len(path)


def prove_consistency(reading: Reading, random: Random) -> int:
    size = reading.head.size
    old = random.randrange(1, size)
    path = consistency_path(old, size, reading.node)
    roots = {"old_root": read_root(old, reading.node), "root": reading.head.frontier.root()}
    verify_consistency(old_size=old, size=size, path=path, **roots)
    return len(path)


if __name__ == "__main__":
    main()
