"""`senim serve` in a process of its own, and sockets that say whatever they want to it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.authority import PERMITS
from api.opening import open_site
from api.settings import Settings
from ledger.cli.wiring import open_house
from ledger.storage.heads import FileHeads

PATIENCE = 20.0
"""Seconds that anything may take before it counts as never."""


@dataclass(frozen=True)
class Listening:
    """*said*: the file of everything that it writes to its terminal."""

    port: int
    token: str
    said: Path
    process: subprocess.Popen[bytes]

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def send(self, *parts: bytes, ends: bool = True) -> bytes:
        """All that is answered to *parts*; *ends*: nothing more will be sent."""
        with self.connect() as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: connection.recv(65_536), b""))
            except OSError:  # it hung up in the middle, which is an answer
                return b""

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
        """The answer to a call as it should be, over a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", "Connection: close", *headers]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return self.send("\r\n".join([*lines, "", ""]).encode() + body, ends=False)


@contextmanager
def listening(directory: Path, heads: Path, folder: Path) -> Iterator[Listening]:
    """Serve *directory*; `token` is a pharmacist's."""
    house = open_house(directory, heads=FileHeads(heads))
    with open_site(house.ledger, directory, house.zone, Settings()) as site:
        token = site.accounts.tokens.make("pharm", by="test", scopes=frozenset(PERMITS))[1]
    house.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = folder / "said.txt"
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "serve", "--dir", str(directory)]
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"SENIM_HEADS": str(heads), "PYTHONUNBUFFERED": "1"},
        )
    try:
        served = Listening(port, token, said, process)
        _wait_until_it_answers(served)
        yield served
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _wait_until_it_answers(served: Listening) -> None:
    end = time.monotonic() + 3 * PATIENCE
    while time.monotonic() < end and served.process.poll() is None:
        try:
            if served.ask("/api/v1/health").startswith(b"HTTP/1.1 200"):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(served.said.read_text(encoding="utf-8", errors="replace"))
