"""What `senim serve` tells at the terminal, and how an answer leaves."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from api.listening import Gathering, to_arguments

LOGS = ("senim", "uvicorn.error")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    kept = {name: list(logging.getLogger(name).handlers) for name in LOGS}
    yield
    for name in LOGS:
        logging.getLogger(name).handlers = kept[name]


@pytest.mark.parametrize("name", LOGS)
def test_a_fault_is_told_at_the_terminal_without_what_it_quotes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    to_arguments()
    try:
        raise RuntimeError("SELECT name FROM patients")
    except RuntimeError:
        logging.getLogger(name).exception("Exception in ASGI application")
    logging.getLogger(name).warning("Invalid HTTP request received.")
    told = capsys.readouterr().err.splitlines()
    assert [line.endswith("Exception in ASGI application") for line in told] == [True]


def test_a_port_that_is_taken_is_told_about(capsys: pytest.CaptureFixture[str]) -> None:
    import uvicorn

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SystemExit):
            uvicorn.run(lambda *_: None, port=taken.getsockname()[1], lifespan="off", **to_arguments())
    assert "address already in use" in capsys.readouterr().err


class Sent(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.packets = list[bytes]()
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_closed
        self.packets.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close


@pytest.mark.parametrize(
    ("then", "packets"), [(None, [b"headbody"]), ("close", [b"headbody"]), ("abort", list[bytes]())]
)
def test_head_and_body_leave_together_and_nothing_after_the_end(then: str | None, packets: list[bytes]) -> None:
    async def answer() -> Sent:
        sent = Sent()
        gathering = Gathering(sent, asyncio.get_running_loop())
        gathering.write(b"head")
        gathering.write(b"body")
        assert sent.packets == []
        if then is not None:
            getattr(gathering, then)()
        await asyncio.sleep(0)
        assert gathering.is_closing() == (then is not None)
        return sent

    assert asyncio.run(answer()).packets == packets


@pytest.mark.parametrize(("proxy", "who"), [("127.0.0.1", "10.1.2.3"), ("::1", "10.1.2.3"), ("10.9.9.9", "10.9.9.9")])
def test_a_proxy_on_this_computer_is_believed_whom_it_speaks_for(proxy: str, who: str) -> None:
    import uvicorn

    told = list[str]()

    async def note(scope: Any, receive: Any, send: Any) -> None:
        told.append(scope["client"][0])

    config = uvicorn.Config(note, interface="asgi3", **to_arguments())
    config.load()
    asked: Any = {"type": "http", "client": (proxy, 1), "headers": [(b"x-forwarded-for", b"10.1.2.3")]}
    asyncio.run(config.loaded_app(asked, None, None))
    assert told == [who]
