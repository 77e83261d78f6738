"""Eight facilities in one PostgreSQL, people appending to all of them at once, against raw single-row commits.

    python -m benchmarks.postgres --database ADDRESS [--logs 8] [--people 64] [--entries 2000] [--rounds 3]

The floor is measured in the same run, round by round: 32 connections, each committing single rows of the same size.
Two lines: all logs in one process, as `senim serve` has them, and one log alone. One JSON object a line: name, unit,
median, floor, ratio, target, runs, and `cpu`: the microseconds of this process that an entry takes.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import append as appending
from ledger.cli import collect_seldom
from ledger.cli.wiring import House
from ledger.service.preparing import Signed
from ledger.storage.layout import choose_schema

TARGET, CONNECTIONS = 0.5, 32
Facility = tuple[House, dict[str, Ed25519PrivateKey]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", required=True)
    options.add_argument("--logs", type=int, default=8)
    options.add_argument("--people", type=int, default=64)
    options.add_argument("--entries", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    told = options.parse_args()
    collect_seldom()
    with tempfile.TemporaryDirectory() as folder:
        facilities = []
        for n in range(told.logs):
            log = f"senim/benchmark-{n}/1"
            with psycopg.connect(told.database, autocommit=True) as owner:
                owner.execute(f'DROP SCHEMA IF EXISTS "{choose_schema(told.database, log).name}" CASCADE')
            house = appending.furnish(Path(folder, str(n)), log, choose_schema(told.database, log))
            facilities.append((house, appending.enrol(house)))
        for some in (facilities, facilities[:1]):
            measure(some, told)
        for house, _ in facilities:
            house.close()


def measure(facilities: list[Facility], told: argparse.Namespace) -> None:
    rates, floors, spent = [], [], []
    each = told.entries // len(facilities)
    for _ in range(told.rounds):
        waiting = [(house, [appending.make(house, keys, n) for n in range(each)]) for house, keys in facilities]
        floors.append(floor(told.database, 1_000, told.entries))
        begun, used = time.perf_counter(), time.process_time()
        asyncio.run(crowd(waiting, told.people // len(facilities)))
        rates.append(each * len(facilities) / (time.perf_counter() - begun))
        spent.append((time.process_time() - used) / (each * len(facilities)))
    ratios = [rate / base for rate, base in zip(rates, floors, strict=True)]
    print(
        json.dumps(
            {
                "name": f"append on PostgreSQL, {told.people} people over {len(facilities)} logs, two signatures each,"
                f" against single-row commits at {CONNECTIONS} connections",
                "unit": "entries/s",
                "median": round(statistics.median(rates)),
                "floor": round(statistics.median(floors)),
                "ratio": round(statistics.median(ratios), 2),
                "target": TARGET,
                "runs": [round(ratio, 2) for ratio in ratios],
                "cpu": round(1e6 * statistics.median(spent)),
            }
        )
    )


async def crowd(waiting: list[tuple[House, list[Signed]]], people: int) -> None:
    """*people* at each facility, one entry after the other."""

    async def person(house: House, mine: "Iterator[Signed]") -> None:
        for signed in mine:
            await house.ledger.appending([signed], via="api")

    ours = [(house, iter(mine)) for house, mine in waiting]  # in the order in which they were signed
    await asyncio.gather(*(person(house, mine) for house, mine in ours for _ in range(people)))


def floor(address: str, size: int, rows: int) -> float:
    """Raw single-row commits per second of rows of *size* bytes."""
    data = b"x" * size
    connections = [psycopg.connect(address, autocommit=True) for _ in range(CONNECTIONS)]
    connections[0].execute("CREATE TABLE IF NOT EXISTS raw_rows (seq BIGSERIAL PRIMARY KEY, data BYTEA NOT NULL)")

    def work(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        for _ in range(rows // CONNECTIONS):
            connection.execute("INSERT INTO raw_rows (data) VALUES (%b)", (data,), prepare=True)

    threads = [threading.Thread(target=work, args=(connection,)) for connection in connections]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = rows // CONNECTIONS * CONNECTIONS / (time.perf_counter() - begun)
    for connection in connections:
        connection.close()
    return rate


if __name__ == "__main__":
    main()
