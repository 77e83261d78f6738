"""Eight facilities in one PostgreSQL, people appending to all of them at once, and to one, against raw single-row
commits.

    python -m benchmarks.postgres [--database ADDRESS] [--logs 8] [--people 1 8 32 64 256] [--entries 2000] [--rounds 3]

Without an ADDRESS a server of its own is started that waits for the disk. The floor is measured in the same run, round
by round: 32 connections, each committing single rows of the same size. All logs are in one process, as `senim serve`
has them. `cpu`: the microseconds of this process that an entry takes. Last, one log to which two processes of one
server append, against one process with as many people.
"""

import argparse
import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.common import Common, open_common
from api.recording import Recording
from benchmarks import append as appending
from benchmarks.telling import tell
from ledger.cli import collect_seldom
from ledger.cli.wiring import House, open_house
from ledger.service.preparing import Signed
from ledger.storage.heads import FileHeads
from ledger.storage.layout import choose_schema
from tests.postgres.server import MISSING, Server, has_postgres

TARGET, CONNECTIONS = 0.5, 32
SHARING, PROCESSES = 64, 2
_BOUND = (
    "Server, clients and the process beside for signatures share the machine's two cores: an entry takes some 300 µs "
    "of Python and its share of the server, a raw row next to nothing but the wait for the disk, which 32 connections "
    "share. A machine of its own for the database, or a second process of `senim serve` on a third core, moves it."
)
Facility = tuple[House, dict[str, Ed25519PrivateKey]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database")
    options.add_argument("--logs", type=int, default=8)
    options.add_argument("--people", type=int, nargs="+", default=[1, 8, CONNECTIONS, 64, 256])
    options.add_argument("--entries", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    told = options.parse_args()
    collect_seldom()
    with found(told.database) as address, tempfile.TemporaryDirectory() as folder:
        facilities = [furnish(Path(folder, str(n)), address, f"senim/benchmark-{n}/1") for n in range(told.logs)]
        for people in told.people:
            if people >= told.logs:
                measure(address, facilities, people, told)
            measure(address, facilities[:1], people, told)
        measure_processes(Path(folder, "0"), *facilities[0], told)
        for house, _ in facilities:
            house.close()


@contextmanager
def found(address: str | None) -> Iterator[str]:
    """The address of the server, or of one that is there meanwhile."""
    if address is not None:
        yield address
        return
    if not has_postgres():
        raise SystemExit(MISSING)
    server = Server(durable=True)
    try:
        yield server.address
    finally:
        server.remove()


def furnish(folder: Path, address: str, log: str) -> Facility:
    """A facility with its people's keys; what an earlier run left of it goes."""
    where = choose_schema(address, log)
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(f'DROP SCHEMA IF EXISTS "{where.name}" CASCADE')
    house = appending.furnish(folder, log, where)
    return house, appending.enrol(house)


def measure(address: str, facilities: list[Facility], people: int, told: argparse.Namespace) -> None:
    rates, floors, spent = [], [], []
    each = told.entries // len(facilities)
    for _ in range(told.rounds):
        waiting = [(house, [appending.make(house, keys, n) for n in range(each)]) for house, keys in facilities]
        floors.append(floor(address, 1_000, told.entries))
        begun, used = time.perf_counter(), time.process_time()
        asyncio.run(crowd(waiting, people // len(facilities)))
        rates.append(each * len(facilities) / (time.perf_counter() - begun))
        spent.append((time.process_time() - used) / (each * len(facilities)))
    logs = "one log" if len(facilities) == 1 else f"{len(facilities)} logs"
    tell(
        f"append on PostgreSQL, crowd of {people}, {logs}, against single-row commits at {CONNECTIONS} connections",
        "entries/s", rates, floors, TARGET if people == CONNECTIONS and len(facilities) > 1 else None,
        bound=_BOUND, cpu=round(1e6 * statistics.median(spent)),
    )  # fmt: skip


async def crowd(waiting: list[tuple[House, list[Signed]]], people: int) -> None:
    """*people* at each facility, one entry after the other."""

    async def person(house: House, mine: "Iterator[Signed]") -> None:
        for signed in mine:
            await house.ledger.appending([signed], via="api")

    ours = [(house, iter(mine)) for house, mine in waiting]  # in the order in which they were signed
    await asyncio.gather(*(person(house, mine) for house, mine in ours for _ in range(people)))


def measure_processes(folder: Path, house: House, keys: dict[str, Ed25519PrivateKey], told: argparse.Namespace) -> None:
    rates, floors = [], []
    for _ in range(told.rounds):
        signed = [appending.make(house, keys, n) for n in range(2 * told.entries)]
        floors.append(appending.append(house, signed[: told.entries], SHARING))
        with open_common(is_shared=True) as common:
            rates.append(play_processes(folder, signed[told.entries :], common))
    tell(
        f"append on PostgreSQL, crowd of {SHARING}, one log, {PROCESSES} processes, against one",
        "entries/s", rates, floors,
    )  # fmt: skip


def play_processes(folder: Path, signed: list[Signed], common: Common) -> float:
    """Entries per second of several processes, each with its share of the people."""
    context = get_context("spawn")
    pipes = [context.Pipe() for _ in range(PROCESSES)]
    working = [
        context.Process(target=work, args=(folder, signed[n::PROCESSES], common, theirs))
        for n, (_, theirs) in enumerate(pipes)
    ]
    for process in working:
        process.start()
    for ours, _ in pipes:
        ours.recv()  # it stands
    begun = time.perf_counter()
    for ours, _ in pipes:
        ours.send(None)
    for ours, _ in pipes:
        ours.recv()
    rate = len(signed) / (time.perf_counter() - begun)
    for (ours, _), process in zip(pipes, working, strict=True):
        ours.send(None)
        process.join()
    return rate


def work(folder: Path, signed: list[Signed], common: Common, told: "Connection[None, None]") -> None:
    """One of them."""
    waiting = iter(signed)

    async def share() -> None:
        async def person() -> None:
            for mine in waiting:
                await recording.append([mine], via="api")

        recording = Recording(house.ledger, common)
        await asyncio.gather(*(person() for _ in range(SHARING // PROCESSES)))
        told.send(None)
        await asyncio.to_thread(told.recv)  # all have come to their end
        await recording.close()

    collect_seldom()
    with closing(open_house(folder / "data", heads=FileHeads(folder / "heads"), writes=True)) as house:
        told.send(None)
        told.recv()
        asyncio.run(share())


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
