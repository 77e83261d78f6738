"""How long the export of evidence takes, of 10^4 and of 10^6 entries, against reading the bytes and writing them.

    python -m benchmarks.evidence [--small 10000] [--large 1000000] [--rounds 3] [--keep DIR]

The folder has every entry, every tile, the keys and the head. Floor: `SELECT` of every entry and one file with all of
them, in turn; neither waits for the disk.
"""

import argparse
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from pysqlite3 import dbapi2 as sqlite

from benchmarks.standing import copied, kept
from benchmarks.telling import tell
from ledger.cli.wiring import House
from ledger.service.checkpoints import sign_head
from ledger.service.evidence import read_readme, write_evidence
from ledger.storage.layout import LEDGER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with kept(given.keep) as keep:
        for count in (given.small, given.large):
            with copied(keep, count) as house:
                measure(house, count, given.rounds)


def measure(house: House, count: int, rounds: int) -> None:
    head = sign_head(house.ledger)
    found, floors = [], []
    for _ in range(rounds):
        with TemporaryDirectory(dir=house.directory.parent) as folder:
            begun = perf_counter()
            copy_bytes(house.directory / LEDGER, Path(folder, "bytes"))
            between = perf_counter()
            write_evidence(house.ledger, head, Path(folder, "evidence"), readme=read_readme(), reports={})
            found.append(perf_counter() - between)
            floors.append(between - begun)
    tell(f"evidence of {count} entries, against reading and writing the bytes", "s", found, floors)


def copy_bytes(database: Path, out: Path) -> None:
    """The floor."""
    with closing(sqlite.connect(database)) as connection, out.open("wb") as file:
        for (data,) in connection.execute("SELECT data FROM entry ORDER BY seq"):
            file.write(data)


if __name__ == "__main__":
    main()
