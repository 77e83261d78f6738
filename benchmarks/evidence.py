"""How long the export of evidence takes, of 10^4 and of 10^6 entries, against reading the bytes and writing them.

    python -m benchmarks.evidence [--small 10000] [--large 1000000] [--rounds 3] [--keep DIR]

The folder has every entry, every tile, the keys and the head. Floor: `SELECT` of every entry and one file with all of
them, in turn; neither waits for the disk.
"""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from pysqlite3 import dbapi2 as sqlite

from benchmarks.standing import asked, copied
from benchmarks.telling import tell
from ledger.cli.wiring import House
from ledger.service.checkpoints import sign_head
from ledger.service.evidence import read_readme, write_evidence
from ledger.storage.layout import LEDGER


def main() -> None:
    with asked(__doc__, rounds=3) as given:
        for count in given.counts:
            with copied(given.keep, count) as house:
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
