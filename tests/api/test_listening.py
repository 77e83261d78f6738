"""What `senim serve` tells at the terminal."""

import logging
import socket
from collections.abc import Iterator

import pytest

from api.listening import to_arguments

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
