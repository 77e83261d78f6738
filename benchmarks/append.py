"""1, 8, 64 and 256 people appending at once, each entry with two signatures, rules and projections, against raw SQLite
commits.

    python -m benchmarks.append [--people 64 …] [--entries 1500] [--rounds 5]

The floor is measured in the same run, round by round: one connection that commits single rows of the same size
(WAL, synchronous=FULL). `cpu`: the microseconds that an entry takes of this process, with its share of the arithmetic
of signatures, which say more than the ratio where others use the machine. The people are tasks of one event loop, as
in the server; for 64 of them there is a line, too, with a thread for each.
"""

import argparse
import asyncio
import base64
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pysqlite3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.telling import tell as tell_line
from ledger.cli import collect_seldom
from ledger.cli.wiring import House, make_house, read_rules
from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from ledger.log.signing import sign_statements, to_enrolment_bytes
from ledger.service.founding import describe_key, found_facility
from ledger.service.importing import record_line
from ledger.service.preparing import Signed
from ledger.service.statements import Seen, to_statement
from ledger.storage.heads import FileHeads
from ledger.storage.places import Where

CROWD, TARGET = 64, 1.5
_BOUND = (
    "An entry costs this one process some 250 µs of Python (rules, canonical bytes, projections) and the process "
    "beside it two Ed25519 verifications, while a raw commit waits for the disk alone: the faster the disk, the worse "
    "the ratio. It moves with the cost of an entry or with a core more for the signatures, not with the commit: a "
    "crowd shares that already. One person alone pays a whole commit for each entry and cannot reach the floor."
)
PHARMACISTS, NURSE = ("ph1", "ph2"), "nurse"
_ENTERED = {"administration": "entered"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, nargs="+", default=[1, 8, CROWD, 256])
    options.add_argument("--entries", type=int, default=1500)
    options.add_argument("--rounds", type=int, default=5)
    told = options.parse_args()
    collect_seldom()
    with tempfile.TemporaryDirectory() as folder:
        house = furnish(Path(folder))
        keys = enrol(house)
        for people in told.people:
            measure("", append, house, keys, Path(folder), people, told)
            if people == CROWD:
                measure(" threads", append_in_threads, house, keys, Path(folder), people, told)
        house.close()


def measure(
    kind: str,
    play: Callable[[House, list[Signed], int], float],
    house: House,
    keys: dict[str, Ed25519PrivateKey],
    folder: Path,
    people: int,
    told: argparse.Namespace,
) -> None:
    rates, floors, spent, size = [], [], [], 1_000
    for _ in range(told.rounds):
        signed = [make(house, keys, n) for n in range(told.entries)]
        floors.append(floor(folder / "floor.db", size, told.entries))
        begun = time.process_time()
        rates.append(play(house, signed, people))
        spent.append((time.process_time() - begun) / told.entries)
        with house.ledger.reading() as reading:
            size = len(reading.entry(reading.head.size - 1))
    tell_line(
        f"append, crowd of {people}{kind}, against single-row commits", "entries/s", rates, floors,
        TARGET if people == CROWD and not kind else None, bound=_BOUND, cpu=round(1e6 * statistics.median(spent)),
    )  # fmt: skip


def furnish(folder: Path, log: str = "senim/benchmark/1", where: Where | None = None) -> House:
    """A facility with people, two places and one lot; its entries lie *where* they are to, if not in *folder*."""
    house = make_house(folder / "data", log, where=where, heads=FileHeads(folder / "heads"))
    body = {"facility": "Benchmark", "bin": "990140000017", "kato": "101010000", "kind": "hospital"}
    found_facility(
        house.ledger,
        {**body, "zone": "Asia/Almaty", "practice": False, "rules": "senim-rules/1"},
        read_rules(None),
    )
    people = {"head": "head_pharmacist", "ph1": "pharmacist", "ph2": "pharmacist", "nurse": "nurse"}
    for person, role in people.items():
        enrolled = {"person": person, "role": role, "name": person}
        tell(house, "person.enrolled", enrolled, "registrar", None if person == "head" else "head")
    tell(house, "place.opened", {**_ENTERED, "place": "safe", "kind": "safe", "name": "safe"}, "registrar", None)
    equip(house)
    return house


def equip(house: House) -> None:
    """A ward, and in the safe that is there as much of one lot as anybody may want."""
    tell(house, "place.opened", {**_ENTERED, "place": "ward", "kind": "ward", "name": "ward"}, "registrar", None)
    product: dict[str, Any] = {
        "product": "morphine",
        "inn": "morphine",
        "form": "11201000",
        "schedule": "II",
        "gtins": [],
    }
    product |= {"strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": "ampoule", "divisible": False}
    tell(house, "product.listed", product, "registrar", None)
    line = {"product": "morphine", "lot": "A", "expires_on": "2099-01-01", "units": 1_000_000}
    tell(house, "stock.opened", {"place": "safe", "lines": [line]}, "head", "ph1")


def tell(house: House, type: str, body: dict[str, Any], performer: str, witness: str | None) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    raw = {"id": str(uuid4()), "type": type, "occurred_at": at, "performer": performer, "witness": witness}
    answer = record_line(house.ledger, 1, raw | {"body": body}, strict=False)
    assert answer.answer == "recorded", answer


def enrol(house: House) -> dict[str, Ed25519PrivateKey]:
    """Each person's own key."""
    keys = {}
    for person in (*PHARMACISTS, NURSE):
        key = Ed25519PrivateKey.generate()
        described = describe_key(person, key.public_key(), "sign")
        proof = key.sign(to_enrolment_bytes(house.ledger.log, person, described["public"]))
        body = {**described, "custody": "device", "proof": base64.b64encode(proof).decode()}
        tell(house, "key.enrolled", body, "registrar", "head")
        keys[person] = key
    return keys


def make(house: House, keys: dict[str, Ed25519PrivateKey], n: int) -> Signed:
    """A move signed by two people, as their browsers hand it in."""
    performer = PHARMACISTS[n % 2]
    raw = {
        "id": to_id(),
        "type": "stock.moved",
        "occurred_at": datetime.now(UTC).isoformat(),
        "performer": performer,
        "witness": NURSE,
        "body": {
            "from_place": "safe",
            "to_place": "ward",
            "lines": [{"product": "morphine", "lot": "A", "units": 1 + n % 3}],
        },
    }
    command = read_command(raw, bodies=BODIES)
    with house.ledger.reading() as reading:
        head = reading.head
    statement, openings = to_statement(
        command,
        log=house.ledger.log,
        genesis=house.ledger.genesis().hex(),
        seen=Seen(head.size - 1, head.last_leaf.hex()),
        entropy=house.ledger.entropy,
    )
    signatures = [
        *sign_statements([statement], by=performer, key=keys[performer]),
        *sign_statements([statement], by=NURSE, key=keys[NURSE]),
    ]
    return Signed(statement, openings, signatures)


def to_id() -> str:
    """As a browser makes one (RFC 9562, 5.7)."""
    at, random = time.time_ns() // 1_000_000, secrets.randbits(74)
    return str(UUID(int=at << 80 | 7 << 76 | random >> 62 << 64 | 2 << 62 | random & (1 << 62) - 1))


def append(house: House, signed: list[Signed], people: int) -> float:
    """Entries per second while *people*, tasks of one event loop as in the server, append one after the other."""

    async def person() -> None:
        for mine in waiting:
            await house.ledger.appending([mine], via="api")

    async def crowd() -> None:
        await asyncio.gather(*(person() for _ in range(people)))

    waiting = iter(signed)
    begun = time.perf_counter()
    asyncio.run(crowd())
    return len(signed) / (time.perf_counter() - begun)


def append_in_threads(house: House, signed: list[Signed], people: int) -> float:
    """The same where each of *people* is a thread."""
    waiting = iter(signed)
    guard = threading.Lock()

    def person() -> None:
        while True:
            with guard:
                mine = next(waiting, None)
            if mine is None:
                return
            house.ledger.append([mine], via="api")

    threads = [threading.Thread(target=person) for _ in range(people)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(signed) / (time.perf_counter() - begun)


def floor(path: Path, size: int, rows: int) -> float:
    """Raw single-row commits per second of rows of *size* bytes."""
    connection = pysqlite3.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    data = b"x" * size
    begun = time.perf_counter()
    for _ in range(rows):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry (data) VALUES (?)", (data,))
        connection.execute("COMMIT")
    rate = rows / (time.perf_counter() - begun)
    connection.close()
    return rate


if __name__ == "__main__":
    main()
