"""How `senim serve` listens: what a stranger sends has an end, in bytes and in time, and none of it is written down.

Trusts uvicorn's parser for the form of a request, and nobody to come to an end with one.
"""

import logging
from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_OF_HEAD, MOST_OF_REQUEST = 64 * 1024, 16 * 2**20
"""Bytes of the request line and the header fields; of those, body, chunk sizes and trailers together. What a body may
be is for the application to say: this is for what never becomes one."""
MOST_SECONDS = 60
"""From the first byte of a request, or from the connection, to its last."""


class BoundedProtocol(HttpToolsProtocol):
    """Hangs up on requests that do not end: the parser alone keeps a header field for as long as more of it comes."""

    _received = 0
    _in_head = True
    _begun_at: float | None = None
    """Of the request that has not come to its end; None between two."""
    _timer: TimerHandle

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(Gathering(transport, self.loop))  # type: ignore[arg-type]
        self._begin()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._begun_at is not None:
            self._received += len(data)
            most = MOST_OF_HEAD if self._in_head else MOST_OF_REQUEST
            if self._received > most and not self.transport.is_closing():
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._begun_at is None:
            self._begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._begun_at = None
        super().on_message_complete()

    def _begin(self) -> None:
        self._received, self._begun_at = 0, self.loop.time()

    def _look(self) -> None:
        """Hang up if it is time, else look again then: one timer a connection costs less than one a request."""
        left = MOST_SECONDS if self._begun_at is None else self._begun_at + MOST_SECONDS - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._look)
        else:
            self.transport.abort()


class Gathering:
    """A transport that sends together what is written in one turn of the loop: an answer is one packet, not two.

    uvicorn writes head and body apart, and uvloop sends each at once, which wakes who waits for it twice.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._pieces = list[bytes]()

    def write(self, data: bytes) -> None:
        if not self._pieces:
            self._loop.call_soon(self._send)
        self._pieces.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._pieces and not self._transport.is_closing():
            self._transport.write(b"".join(self._pieces))
        self._pieces.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class NothingOfCallers(logging.Filter):
    """Lets through that it cannot listen, and that something failed; not what was sent or what an error quotes."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return record.levelno >= logging.ERROR


def to_arguments() -> dict[str, Any]:
    """Of `uvicorn.run`. From here on faults, ours and uvicorn's, are told at the terminal, and nothing of callers."""
    terminal = logging.StreamHandler()
    terminal.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    terminal.addFilter(NothingOfCallers())
    for name in ("senim", "uvicorn.error"):
        logging.getLogger(name).addHandler(terminal)
    return {
        "http": BoundedProtocol,
        "ws": "none",
        "access_log": False,  # addresses carry what somebody searched for
        "log_config": None,
        "server_header": False,
        "forwarded_allow_ips": "127.0.0.1,::1",
        "timeout_graceful_shutdown": 10,
    }
