"""How long the integrity of a whole log of 10^4, 10^5 and 10^6 entries takes, against reading and hashing its bytes.

    python -m benchmarks.verify [--entries 1000000 …] [--rounds 5]

Floor: `SELECT` of every entry and one `hashlib.sha256` each, in one process, in turn with what is measured, so that
both meet the same minutes of the machine, in seconds of the processor, since others may use it. The audit reads the
same rows and proves form, profile, `seq`, `prev`, times and the tree's root; signatures are apart. Two processes take
half of the tiles each, are started anew in every round, and are held against the same floor by the clock. Memory is the
most that the auditing process held, and its floor that for a tenth of the entries: it is to be flat.
"""

import argparse
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from pysqlite3 import dbapi2 as sqlite

from benchmarks.telling import tell
from ledger.log.audit import ChainAudit
from ledger.log.merkle import EMPTY_PREV, Frontier
from ledger.log.spans import Span, join_spans
from ledger.log.tiles import WIDTH

ONE, TWO, FLAT, MOST_MB = 1.5, 0.9, 1.1, 64.0
JUDGED = 1_000_000
"""From how many entries on the targets hold; with fewer the start of a process counts."""
_BOUND = (
    "Reading and one SHA-256 an entry are the floor itself; the nodes of the tree, the proof of the profile and the "
    "chain come to it (log/quick.c). Where that was not compiled, each entry is judged in Python, some 30 µs."
)
LOG = "senim/semey-hospital/1"
PEOPLE = ["a.nurlanova", "b.serikov", "d.akhmetova", "g.iskakov", "zh.tulegenova", "k.omar", "s.abdrakhmanova"]
PRODUCTS = ["morphine-10", "morphine-20", "fentanyl-25", "fentanyl-50", "promedol-20", "tramadol-100"]


def to_entries(count: int) -> Iterator[bytes]:
    """A busy hospital's entries of the shape of the contract: two Ed25519 signatures, 900 to 1,300 bytes."""
    random = Random(20260302)
    keys = {person: sha256(person.encode()).hexdigest()[:16] for person in PEOPLE}
    at = datetime(2026, 1, 5, 3, tzinfo=UTC)
    prev, genesis, leaves = EMPTY_PREV.hex(), "0" * 64, ["0" * 64]
    for seq in range(count):
        at += timedelta(seconds=random.randrange(5, 120), microseconds=random.randrange(1_000_000))
        performer, witness = random.sample(PEOPLE, 2)
        type_, body, sealed = _to_body(random, seq)
        signatures = ",".join(
            f'{{"alg":"ed25519","by":"{by}","key":"{keys[by]}","value":"{b64encode(random.randbytes(64)).decode()}"}}'
            for by in (performer, witness)
        )
        seen = max(seq - random.randrange(1, 4), 0) if seq else -1
        id_ = random.randbytes(16).hex()
        data = (
            f'{{"log":"{LOG}","prev":"{prev}","recorded_at":"{_to_text(at)}","seq":{seq},"signatures":[{signatures}],'
            f'"statement":{{"acknowledged":[],"body":{body},"genesis":"{genesis}",'
            f'"id":"{id_[:8]}-{id_[8:12]}-{id_[12:16]}-{id_[16:20]}-{id_[20:]}","late_reason":null,"log":"{LOG}",'
            f'"occurred_at":"{_to_text(at - timedelta(seconds=random.randrange(900)))}","performer":"{performer}",'
            f'{sealed}"seen":{{"leaf":"{leaves[seen] if seen < 0 else leaves[seen - seq]}","seq":{seen}}},'
            f'"type":"{type_}","witness":"{witness}"}},"v":1,"via":"web"}}'
        ).encode()
        prev = sha256(b"\0" + data).hexdigest()
        genesis = genesis if seq else prev
        leaves = [*leaves[-4:], prev] if seq else [prev]
        yield data


def _to_text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _to_body(random: Random, seq: int) -> tuple[str, str, str]:
    """(type, body, sealed member), in the proportions of a hospital's quarter."""
    patient, prescription = f"p-{random.randrange(400):05}", f"rx-{random.randrange(3_000):06}"
    product, lot, units = random.choice(PRODUCTS), f"A{random.randrange(90):03}", random.randrange(1, 40)
    lots = ",".join([f'{{"lot":"{lot}","units":{units}}}'] * random.choice([1, 1, 1, 2]))
    kind = random.random()
    if kind < 0.7:
        dose = f'{{"unit":"mg","value":"{random.randrange(1, 60)}"}}'
        where = f'"lots":[{lots}],"patient":"{patient}","place":"ward-{random.randrange(1, 5)}"'
        return (
            "dose.administered",
            f'{{"dose":{dose},{where},"prescription":"{prescription}","product":"{product}"}}',
            "",
        )
    if kind < 0.85:
        collector = '{"identity":"seen","kind":"relative"}'
        where = f'"lots":[{lots}],"patient":"{patient}","place":"safe","prescription":"{prescription}"'
        body = f'{{"collector":{collector},"days_supply":{units},{where}}}'
        sealed = f'"sealed":{{"body.collector.name":"{random.randbytes(32).hex()}"}},'
        return "dispense.outpatient", body, sealed
    if kind < 0.95:
        line = f'{{"lot":"{lot}","product":"{product}","units":{units}}}'
        return "stock.moved", f'{{"from_place":"safe","lines":[{line}],"to_place":"ward-1"}}', ""
    line = f'{{"empty":{units},"lot":"{lot}","partial":0,"product":"{product}"}}'
    return "empties.collected", f'{{"lines":[{line}],"place":"ward-2","seal_no":"S-{seq}","to_place":"custody"}}', ""


def fill(path: Path, count: int) -> bytes:
    """Write the entries into a new database; their root."""
    frontier = Frontier()

    def rows() -> Iterator[tuple[int, bytes]]:
        for seq, data in enumerate(to_entries(count)):
            frontier.append(sha256(b"\0" + data).digest())
            yield seq, data

    with closing(sqlite.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT")
        connection.executemany("INSERT INTO entry VALUES (?, ?)", rows())
    return frontier.root()


def read_and_hash(path: Path) -> None:
    """The floor."""
    with closing(sqlite.connect(path)) as connection:
        for (data,) in connection.execute("SELECT data FROM entry ORDER BY seq"):
            sha256(data).digest()


def audit(path: Path, start: int, end: int) -> Span:
    chain = ChainAudit(LOG, start=start)
    with closing(sqlite.connect(path)) as connection:
        rows = connection.execute("SELECT data FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq", (start, end))
        while batch := rows.fetchmany(WIDTH):
            chain.add_all([data for (data,) in batch])
    return chain.to_span()


def audit_with(processes: int, path: Path, count: int, root: bytes) -> None:
    """The whole audit; it must find nothing and the root that was written."""
    if processes == 1:
        spans = [audit(path, 0, count)]
    else:
        share = -(-count // WIDTH // processes) * WIDTH
        starts = range(0, count, share)
        stretches = [(path, start, min(start + share, count)) for start in starts]
        with get_context("fork").Pool(processes) as pool:
            spans = pool.starmap(audit, stretches, chunksize=1)
    if join_spans(spans) != ([], count, root):
        raise SystemExit("the audit and the log do not agree")


def peak(path: Path, count: int) -> float:
    """Most resident memory, in MB, of the process that audits the first `count` entries."""
    audit(path, 0, count)
    # `getrusage` would tell the memory of the process that started this one, if that was larger.
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def peak_of(path: Path, count: int) -> float:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(peak, (path, count))


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """(of this process's processor, by the clock)."""
    used, start = process_time(), perf_counter()
    work()
    return process_time() - used, perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for count in given.entries:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder, "log.db"), count, given.rounds)


def measure(path: Path, count: int, rounds: int) -> None:
    root = fill(path, count)
    floors, one, two = [], [], []
    for _ in range(rounds):
        floors.append(seconds(lambda: read_and_hash(path)))
        one.append(seconds(lambda: audit_with(1, path, count, root)))
        two.append(seconds(lambda: audit_with(2, path, count, root)))
    (used_by_floor, taken_by_floor), (used, _), (_, taken) = (zip(*each, strict=True) for each in (floors, one, two))
    name, judged = f"verify {count} entries, {{}}, against SELECT and SHA-256", count >= JUDGED
    tell(name.format("one process"), "s", used, used_by_floor, ONE if judged else None, bound=_BOUND)
    tell(name.format("two processes"), "s", taken, taken_by_floor, TWO if judged else None, bound=_BOUND)
    peaks = peak_of(path, count), peak_of(path, count // 10)
    tell(f"verify {count} entries, memory, against a tenth", "MB", peaks[:1], peaks[1:], FLAT, most=MOST_MB)


if __name__ == "__main__":
    main()
