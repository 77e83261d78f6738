"""64 connections recording and reading over HTTP, against a route of the same framework that does nothing.

    python -m benchmarks.http [--connections 64] [--entries 1500] [--rounds 5] [--grown 0]

The server is `senim serve`'s in a child process on loopback, with its guards, its strict bodies and a token; the floor
is asked in the same run, round by round: a Litestar route of the same style (a task that reads the same JSON; a thread
for a read) that does nothing, without our bounds on requests, in a child of its own. `POST /entries` carries a
statement with two signatures; no read is of a patient. Prints one JSON object a line; `p99` in ms, `most` what it may
be; `cpu`: the microseconds that an answer takes of the server and of the floor's, which say more than the ratio where
others use the machine. *grown*: the first measurement is at ten thousand entries, and a second one, whose floor is the
first, after so many more.
"""

import argparse
import asyncio
import gc
import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar, get, post
from litestar.params import JSONBody

from api.app import make_app
from api.authority import PERMITS
from api.listening import to_arguments
from api.opening import open_site
from api.settings import Settings
from benchmarks.append import NURSE, append, enrol, furnish, make
from ledger.cli import collect_seldom
from ledger.cli.wiring import House, open_house
from ledger.log.encoding import to_base64
from ledger.service.preparing import Signed
from ledger.storage.heads import FileHeads

FEW = 10_000
WRITES, READS, MOST_MS, SLOWER = 0.3, 0.5, 150.0, 1 / 1.5
_BOUND = (
    "Recording an entry costs some 200 µs by itself, an answer some 120 of uvicorn and Litestar and 30 to 100 of ours "
    "(who calls and what they may, the form, the snapshot, the headers), all on one interpreter. More processes "
    "(`senim serve --workers`, on PostgreSQL) move it, or a leaner framework."
)
QUERIES = ("/api/v1/balances", "/api/v1/entries?limit=20", "/api/v1/entries/5", "/api/v1/pending")
_processes = get_context("spawn")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--entries", type=int, default=1500)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--grown", type=int, default=0)
    told = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        house = furnish(folder)
        keys = enrol(house)
        if told.grown:
            _grow(house, keys, FEW)
        first = measure(house, folder, keys, told)
        if told.grown:
            house = _open(folder)
            _grow(house, keys, told.grown)
            measure(house, folder, keys, told, before=first)


def _grow(house: House, keys: dict[str, Ed25519PrivateKey], entries: int) -> None:
    for n in range(0, entries, 1000):
        append(house, [make(house, keys, n + each) for each in range(1000)], 256)


def measure(
    house: House,
    folder: Path,
    keys: dict[str, Ed25519PrivateKey],
    told: argparse.Namespace,
    before: dict[str, float] | None = None,
) -> dict[str, float]:
    """Close *house*, ask its server everything and tell how that went: answers a second by name."""
    bodies = [[to_body(make(house, keys, n)) for n in range(told.entries)] for _ in range(told.rounds)]
    with house.ledger.reading() as reading:
        size = reading.head.size
    house.close()
    found = {}
    with serving(serve_senim, folder) as senim, serving(serve_nothing, folder) as nothing:
        (port, token, used), (idle, _, used_idle) = senim, nothing
        posts = [[_request("POST", "/api/v1/entries", token, body) for body in each] for each in bodies]
        plain = [[_request("POST", "/", token, body) for body in each] for each in bodies]
        asks = {path: [[_request("GET", path, token)] * told.entries] * told.rounds for path in QUERIES}
        none = [[_request("GET", "/", token)] * told.entries] * told.rounds
        asyncio.run(ask(idle, none[0], told.connections, 200))
        for name, sent, floor, status, least in (
            ("POST /entries, two signatures", posts, plain, 201, WRITES),
            *((f"GET {path.removeprefix('/api/v1')}", each, none, 200, READS) for path, each in asks.items()),
        ):
            rates, floors, late, cpu = [], [], [], []
            for mine, theirs in zip(sent, floor, strict=True):
                begun, begun_idle = used(), used_idle()
                floors.append(
                    asyncio.run(ask(idle, theirs, told.connections, 201 if theirs is not none[0] else 200))[0]
                )
                rate, times = asyncio.run(ask(port, mine, told.connections, status))
                rates.append(rate)
                cpu.append([1e6 * each / told.entries for each in (used() - begun, used_idle() - begun_idle)])
                late.append(1000 * sorted(times)[int(0.99 * len(times))])
            found[name] = statistics.median(rates)
            if before is not None:
                floors = [before[name]] * len(rates)
            ratios = [rate / base for rate, base in zip(rates, floors, strict=True)]
            line: dict[str, Any] = {
                "name": f"{name}, {told.connections} connections, {size} entries",
                "unit": "requests/s",
                "median": round(found[name]),
                "floor": round(statistics.median(floors)),
                "ratio": round(statistics.median(ratios), 2),
                "target": least if before is None else round(SLOWER, 2),
                "p99": round(statistics.median(late), 1),
                "most": MOST_MS,
                "cpu": [round(statistics.median(each)) for each in zip(*cpu, strict=True)],
                "runs": [round(ratio, 2) for ratio in ratios],
                "bound": _BOUND,
            }
            print(json.dumps(line), flush=True)
    return found


def to_body(signed: Signed) -> bytes:
    """As a browser writes it."""
    opened = [{"path": path, "value": each.value, "key": to_base64(each.key)} for path, each in signed.openings.items()]
    entry = {"statement": signed.statement, "openings": opened}
    return json.dumps({"entries": [entry], "signatures": list(signed.signatures)}, separators=(",", ":")).encode()


# ── the servers


@contextmanager
def serving(serve: Any, folder: Path) -> Iterator[tuple[int, str, Callable[[], float]]]:
    """(port, token, seconds of the processor so far) of a server in a process of its own."""

    def used() -> float:
        ours.send("used")
        return float(ours.recv())

    ours, theirs = _processes.Pipe()
    child = _processes.Process(target=serve, args=(folder, theirs))
    child.start()
    theirs.close()  # so that a child that fails is heard of
    try:
        yield (*ours.recv(), used)
    finally:
        ours.send(None)
        child.join()


def serve_senim(folder: Path, told: Connection) -> None:
    collect_seldom()
    bound = _bind()
    port = bound.getsockname()[1]
    house = _open(folder)
    settings = Settings(origin=f"http://127.0.0.1:{port}", calls_a_minute=10**9)
    with open_site(house.ledger, house.directory, house.zone, settings) as site:
        _, token = site.accounts.tokens.make(NURSE, by=NURSE, days=1, scopes=frozenset(PERMITS))
        _run(make_app(site), bound, told, token, to_arguments())
    house.close()


def serve_nothing(folder: Path, told: Connection) -> None:
    @get("/", sync_to_thread=True)
    def look() -> dict[str, str]:
        return {"a": "b"}

    @post("/")
    async def take(data: JSONBody[dict[str, Any]]) -> dict[str, str]:
        return {"a": "b"}

    collect_seldom()
    plain = to_arguments() | {"http": "httptools"}  # the same parser without our bounds
    _run(Litestar([look, take], openapi_config=None, logging_config=None), _bind(), told, "", plain)


def _open(folder: Path) -> House:
    return open_house(folder / "data", heads=FileHeads(folder / "heads"), writes=True)


def _bind() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen(1024)  # who comes before the server does waits
    return bound


def _run(app: Any, bound: socket.socket, told: Connection, token: str, arguments: dict[str, Any]) -> None:
    config = uvicorn.Config(app, **arguments)
    config.load()
    server = uvicorn.Server(config)
    gc.freeze()

    def wait() -> None:
        told.send((bound.getsockname()[1], token))
        while told.recv():
            told.send(time.process_time())
        server.should_exit = True

    threading.Thread(target=wait, daemon=True).start()
    server.run(sockets=[bound])


# ── the client


def _request(method: str, path: str, token: str, body: bytes = b"") -> tuple[str, bytes]:
    """(path, request without its host)."""
    head = f"{method} {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/json\r\n" if body else ""
    return head, body


async def ask(
    port: int, requests: Sequence[tuple[str, bytes]], connections: int, status: int
) -> tuple[float, list[float]]:
    """(answers a second, seconds of each) while so many connections ask one after the other."""
    waiting, times = iter(requests), []
    expected = f"HTTP/1.1 {status} ".encode()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for head, body in waiting:
            begun = time.perf_counter()
            writer.write(f"{head}Host: 127.0.0.1:{port}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            said = await reader.readexactly(length)
            times.append(time.perf_counter() - begun)
            if not answer.startswith(expected):
                raise SystemExit(answer.decode() + said.decode())
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    return len(requests) / (time.perf_counter() - begun), times


if __name__ == "__main__":
    main()
