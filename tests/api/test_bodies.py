"""A body is taken as it comes, up to what it may be."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from api.bodies import StrictRequest
from ledger.errors import CallRefused

MOST = 10


def receive(*events: dict[str, Any], length: str) -> bytes:
    """The body of a request whose events these are; that no more is asked for is certain, for there is none."""
    coming = iter(events)

    async def next_one() -> Any:
        return next(coming)

    async def read() -> bytes:
        handler = SimpleNamespace(resolve_request_max_body_size=lambda: MOST)
        headers = [(b"content-length", length.encode("latin-1"))]
        scope: Any = {"type": "http", "headers": headers, "state": {}, "route_handler": handler}
        return await StrictRequest(scope, receive=next_one).body()

    return asyncio.run(read())


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_its_pieces_are_one_body() -> None:
    assert receive(piece(b"12345", more=True), piece(b"", more=True), piece(b"67890", more=False), length="10") == (
        b"1234567890"
    )


@pytest.mark.parametrize("length", ["11", "9" * 19, "9" * 5_000])
def test_what_is_announced_as_too_long_is_not_waited_for(length: str) -> None:
    with pytest.raises(RequestEntityTooLarge):
        receive(length=length)


def test_what_turns_out_too_long_is_not_read_to_its_end() -> None:
    with pytest.raises(RequestEntityTooLarge):
        receive(piece(b"12345", more=True), piece(b"678901", more=True), length="1")


def test_who_hangs_up_in_the_middle_is_refused() -> None:
    with pytest.raises(CallRefused, match="body_malformed"):
        receive(piece(b"12345", more=True), {"type": "http.disconnect"}, length="10")
