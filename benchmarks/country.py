"""A country's register on one PostgreSQL with a synchronous standby: its load on paper, and played.

    python -m benchmarks.country [--seconds 30] [--logs 16] [--times 1 10 100]

The load is worked out below from what is public about palliative care in Kazakhstan; where nothing is, an assumption on
the high side stands and says so. Played is the busiest minute of the morning as Poisson arrivals that swell and ebb, at
facilities drawn by chance out of so many as one process of `senim serve` has them, heads being signed meanwhile; then
so many times that. What is measured is from an arrival's own moment to its receipt, against a raw commit of one row to
the same two servers: `p95` and `p99` in ms, microseconds of the processor an entry in this process with its helper
(`cpu_serving`) and in both servers (`cpu_database`), and how many `cores` the whole comes to.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from math import exp
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from api.heads import keep_heads
from api.settings import Settings
from benchmarks import append as appending
from benchmarks.postgres import Facility, furnish
from benchmarks.telling import tell, to_short
from ledger.cli import collect_seldom
from ledger.service.ledger import Ledger
from ledger.service.preparing import Signed
from tests.postgres.server import MISSING, Server, has_postgres

BEDS, TEAMS = 2_087, 220
"""Palliative beds and mobile teams in the 20 regions: Ministry of Health, by Kazinform, 26 October 2025."""
NEED = 100_000
"""People in need of palliative care a year: Salikhanov et al., Public Health Reviews 44 (2023), 1605672."""
ORGANISATIONS = BEDS * 18 // 138
"""With beds: as many a bed as the 18 with 138 beds of West Kazakhstan (regional health department, December 2021)."""
LOGS = ORGANISATIONS + TEAMS
"""One for each organisation with beds, and one for each team's polyclinic."""
OCCUPIED = 0.9 * BEDS
AT_HOME = NEED * 90 / 365
"""At any moment, if every one of them is at home with opioids for 90 days. An assumption; far fewer are today."""
A_DAY = {
    "doses on the wards: six regular ones and one in between for each occupied bed": 7 * OCCUPIED,
    "wards: two counts, two movements, empties, a sheet, for each organisation": 6.0 * ORGANISATIONS,
    "prescriptions and supplies at home, each for ten days (order of 2023: for 10 to 15)": 2 * AT_HOME / 10,
    "a nurse's weekly visit at home, with what is found (standard of 2020)": AT_HOME / 7,
    "mobile teams: six visits a day each": 6.0 * TEAMS,
    "a patient registered, a death, relatives told, a return, a destruction": 5 * NEED / 365,
}
"""Entries a day."""
BYTES = 2_000
"""An entry in the database with tree, projections and indexes."""
MOST_MS, ENOUGH, JUDGED = 150.0, 100, 10
"""What the 99th percentile may be, of how many arrivals it is one, and up to how many countries it is asked for."""
_ROUND, _HALF = 6, 0.5
_SWELL, _LEAST = 0.15, 0.4


def entries_a_second() -> float:
    """In the busiest minute: a round of doses given within half an hour, while half of the other entries of the day
    come in two hours of the morning.
    """
    doses, *others = A_DAY.values()
    return doses / _ROUND / 1_800 + _HALF * sum(others) / 7_200


def describe() -> str:
    """The paper, as Markdown."""
    day, rows = sum(A_DAY.values()), "\n".join(f"| {what} | {many:,.0f} |" for what, many in A_DAY.items())
    year = 365 * day
    return f"""\
{BEDS:,} palliative beds and {TEAMS} mobile teams (Ministry of Health, by Kazinform, 26 October 2025);
{NEED:,} people in need a year (Salikhanov et al., Public Health Reviews 44, 2023, 1605672);
{ORGANISATIONS} organisations with beds, as many a bed as in West Kazakhstan (18 with 138, regional health department,
December 2021). That nine beds of ten are occupied, and that all in need are at home with opioids for 90 days, are
assumptions on the high side.

| what is recorded | entries a day |
| --- | ---: |
{rows}
| together | {day:,.0f} |

{day / 86_400:.2f} entries a second over the day, {entries_a_second():.1f} in the busiest minute; {LOGS} logs;
{year / 1e6:.1f} million entries and {year * BYTES / 1e9:.0f} GB a year in the database.
"""


def conclude(lines: Sequence[Mapping[str, Any]]) -> str:
    """What the measurements say about the machines needed, as Markdown."""
    held = [line["times"] for line in lines if line["p99"] <= MOST_MS]
    most = f"up to {max(held)} × the busiest minute of the country" if held else "at none of these loads"
    cores, last = ", ".join(f"{line['cores']:g} at {line['times']} ×" for line in lines), lines[-1]
    return f"""\
Primary, standby, server and the process for signatures shared this machine, and 99 of 100 receipts were there within
{MOST_MS:g} ms {most}. Cores, all of them together: {cores}.
One machine for the database, its standby and one that serves are needed for safety, not for speed: what a receipt waits
for is the two disks, and a crowd shares that wait. An open log takes {last["mb_a_log"]:.1f} MB of the server and
{last["connections_a_log"]:.1f} connections of the database: {LOGS} logs want {LOGS * last["mb_a_log"] / 1e3:.1f} GB and
{LOGS * last["connections_a_log"]:.0f} connections, a few processes and a larger `max_connections`, or a database for
each of some regions."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--logs", type=int, default=16)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
    given = parser.parse_args()
    if not has_postgres():
        raise SystemExit(MISSING)
    collect_seldom()
    with pair() as servers, TemporaryDirectory() as folder, ExitStack() as stack:
        address, empty = servers[0].address, resident()
        facilities = [furnish(Path(folder, str(n)), address, f"senim/country-{n}/1") for n in range(given.logs)]
        for house, _ in facilities:
            stack.callback(house.close)
            stack.enter_context(keep_heads(house.ledger, every=Settings(origin="").head_every_ms / 1_000))
        for times in given.times:
            measure(servers, facilities, times, given.seconds, empty)


@contextmanager
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary and its synchronous standby, both waiting for the disk."""
    with ExitStack() as stack:
        primary = Server(durable=True)
        stack.callback(primary.remove)
        standby = Server(durable=True, of=primary)
        stack.callback(standby.remove)
        primary.set("synchronous_standby_names", "*")
        with psycopg.connect(primary.address, autocommit=True) as owner:
            while not owner.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone():
                time.sleep(0.01)
        yield primary, standby


def measure(
    servers: tuple[Server, Server], facilities: list[Facility], times: int, seconds: float, empty: float
) -> None:
    random, most = Random(times), times * entries_a_second()
    moments = list(arrivals(random, most, seconds))
    played = [(at, random.choice(facilities)) for at in moments]
    signed = [(at, house.ledger, appending.make(house, keys, n)) for n, (at, (house, keys)) in enumerate(played)]
    floors = commit_rows(servers[0].address, 100)
    begun, used, used_there = time.process_time(), of_children(os.getpid()), of_servers(servers)
    found = asyncio.run(play(signed))
    cpu = time.process_time() - begun + of_children(os.getpid()) - used
    there = of_servers(servers) - used_there
    *_, p95, _, _, _, p99 = quantiles(found, n=100)
    each = [1e6 * spent / len(found) for spent in (cpu, there)]
    name = f"country, {times} × its busiest minute, from arrival to receipt, against one raw commit"
    late: dict[str, Any] = {"arrivals": len(found), "p95": to_short(p95), "p99": to_short(p99)}
    late |= {"most": MOST_MS} if len(found) >= ENOUGH and times <= JUDGED else {}
    late |= {"cpu_serving": round(each[0]), "cpu_database": round(each[1]), "cores": to_short(sum(each) * most / 1e6)}
    late |= {"times": times, "mb_a_log": to_short((resident() - empty) / len(facilities))}
    late |= {"connections_a_log": to_short(count_connections(servers[0].address) / len(facilities))}
    tell(name, "ms", [median(found)], [median(floors)], **late)


def arrivals(random: Random, most: float, seconds: float) -> Iterator[float]:
    """Moments of a Poisson process whose rate swells to *most* a second in the middle, and ebbs."""
    at = random.expovariate(most)
    while at < seconds:
        swell = exp(-(((at / seconds - 0.5) / _SWELL) ** 2))
        if random.random() < _LEAST + (1 - _LEAST) * swell:
            yield at
        at += random.expovariate(most)


async def play(arriving: Sequence[tuple[float, Ledger, Signed]]) -> list[float]:
    """Milliseconds of each from its moment on, whether or not those before it are done."""
    begun = time.perf_counter()

    async def arrive(at: float, ledger: Ledger, signed: Signed) -> float:
        await asyncio.sleep(begun + at - time.perf_counter())
        await ledger.appending([signed], via="api")
        return 1e3 * (time.perf_counter() - begun - at)

    return list(await asyncio.gather(*(arrive(*each) for each in arriving)))


def commit_rows(address: str, rows: int) -> list[float]:
    """Milliseconds of each of so many single-row commits, one after the other."""
    found = []
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS raw_rows (seq BIGSERIAL PRIMARY KEY, data BYTEA NOT NULL)")
        for _ in range(rows):
            begun = time.perf_counter()
            connection.execute("INSERT INTO raw_rows (data) VALUES (%b)", (b"x" * 1_000,), prepare=True)
            found.append(1e3 * (time.perf_counter() - begun))
    return found


def count_connections(address: str) -> int:
    """Of clients, without this one."""
    with psycopg.connect(address) as connection:
        asked = "SELECT count(*) - 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
        ((found,),) = connection.execute(asked).fetchall()
        return int(found)


def resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def of_servers(servers: Sequence[Server]) -> float:
    return sum(of_children(int((each.data / "postmaster.pid").read_text().split()[0])) for each in servers)


def of_children(parent: int) -> float:
    """Seconds of the processor that the children of a process used, those that it has waited for too."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == parent:
            ticks += int(fields[11]) + int(fields[12])
        if int(stat.parent.name) == parent:
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
