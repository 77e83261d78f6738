"""`senim serve` and bytes that are no request: it says no or hangs up, serves everybody else, writes nothing down."""

import re
from collections.abc import Iterator

import pytest

from tests.api.hostile.conftest import verify_whole
from tests.api.hostile.listening import Listening, listening
from tests.faults.counter import OPENING, Counter

pytestmark = pytest.mark.once("it is refused before a store is asked")

ENDLESS = 128 * 2**20
SEARCH, SECRET = b"/api/v1/patients/search", b"q-that-must-not-be-written-down"
EMPTY = b"0\r\n\r\n"


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """After all that is sent to it, its ledger is as long as it was, and whole."""
    folder = tmp_path_factory.mktemp("wire")
    counter = Counter(folder)
    counter.tell(OPENING)
    size = counter.size()
    counter.house.close()
    with listening(folder / "data", folder / "heads", folder) as listener:
        yield listener
    counter.reopen()
    assert counter.size() == size
    verify_whole(counter)
    counter.house.close()
    _verify_silence(listener)


def _verify_silence(listener: Listening) -> None:
    """One line when it began, and nothing of what anybody sent."""
    said = listener.said.read_text(encoding="utf-8")
    assert said.splitlines() == [f"Senim serves at http://{listener.host}. Ctrl+C ends it."]


def inner(listener: Listening) -> bytes:
    """A whole request that hides in another one's body; its answer would tell balances."""
    return _get(listener, b"/api/v1/balances")


def _head(listener: Listening, line: bytes, *fields: bytes) -> bytes:
    known = [
        f"Host: {listener.host}".encode(),
        f"Authorization: Bearer {listener.token}".encode(),
        b"Connection: close",
    ]
    return b"\r\n".join([line, *known, *fields, b"", b""])


def _get(listener: Listening, path: bytes = b"/api/v1/health", *fields: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    return _head(listener, b"GET " + path + b" " + version, *fields)


def _post(listener: Listening, *fields: bytes) -> bytes:
    named = (b"Content-Type: application/json", b"X-Access-Reason: care")
    return _head(listener, b"POST " + SEARCH + b" HTTP/1.1", *named, *fields)


SMUGGLED = {
    "length and chunks": (b"Content-Length: 6\r\nTransfer-Encoding: chunked", EMPTY),
    "chunks and length": (b"Transfer-Encoding: chunked\r\nContent-Length: 6", EMPTY),
    "two lengths": (b"Content-Length: 2\r\nContent-Length: 200", b"{}"),
    "a list of lengths": (b"Content-Length: 2, 200", b"{}"),
    "less than nothing": (b"Content-Length: -1", b"{}"),
    "plus": (b"Content-Length: +2", b"{}"),
    "hexadecimal": (b"Content-Length: 0x2", b"{}"),
    "beyond 64 bits": (b"Content-Length: 18446744073709551618", b"{}"),
    "not quite chunked": (b"Transfer-Encoding: xchunked", EMPTY),
    "chunked, then not": (b"Transfer-Encoding: chunked, identity", EMPTY),
    "chunked and not": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", EMPTY),
    "a space before the colon": (b"Transfer-Encoding : chunked", EMPTY),
    "a vertical tab": (b"Transfer-Encoding:\x0bchunked", EMPTY),
    "a folded line": (b"Transfer-Encoding:\r\n chunked", EMPTY),
    "a bare return": (b"X: a\rTransfer-Encoding: chunked\r\nContent-Length: 2", b"{}"),
    "a zero in a field": (b"X: a\x00b\r\nContent-Length: 2", b"{}"),
    "a chunk of letters": (b"Transfer-Encoding: chunked", b"zz\r\n{}\r\n" + EMPTY),
    "a chunk below zero": (b"Transfer-Encoding: chunked", b"-2\r\n{}\r\n" + EMPTY),
    "a chunk beyond 64 bits": (b"Transfer-Encoding: chunked", b"10000000000000002\r\n{}\r\n" + EMPTY),
    "a chunk longer than told": (b"Transfer-Encoding: chunked", b"2\r\n{}{}\r\n" + EMPTY),
    "chunks by line feed": (b"Transfer-Encoding: chunked", b"2\n{}\n0\n\n"),
    "an extension with a line feed": (b"Transfer-Encoding: chunked", b"2;\nxx\r\n{}\r\n" + EMPTY),
}
"""(header fields, body) after which a second request comes: a proxy might see where the first one ends elsewhere."""


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_hides_in_another_one(listener: Listening, name: str) -> None:
    fields, body = SMUGGLED[name]
    answer = listener.send(_post(listener, fields) + body + inner(listener))
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) in ([b"400"], []), answer
    assert b"balances" not in answer


def test_what_follows_a_whole_request_that_closes_is_not_answered(listener: Listening) -> None:
    answer = listener.send(_post(listener, b"Content-Length: 2") + b"{}" + inner(listener), ends=False)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"400"]
    assert b"balances" not in answer


ODD = {
    "HTTP/0.9": b"GET /api/v1/health\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "all bytes": bytes(range(256)) * 8,
    "nothing": b"",
    "blank lines": b"\r\n" * 1_000,
    "an unknown method": b"JEFF / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "no host": b"GET /api/v1/health HTTP/1.1\r\nConnection: close\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "raw bytes in the path": b"GET /\x80\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long address": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long field": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "many fields": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_request_is_refused_or_hung_up_on(listener: Listening, name: str) -> None:
    answer = listener.send(ODD[name])
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer
    assert listener.ask("/api/v1/health").startswith(b"HTTP/1.1 200")


def test_two_tokens_or_two_hosts_in_one_call_are_none(listener: Listening) -> None:
    """A proxy might have looked at the other one."""
    token, host = f"Authorization: Bearer {listener.token}", f"Host: {listener.host}"
    for fields in ([token, "Authorization: Bearer x"], ["Authorization: Bearer x", token], [token, token]):
        assert listener.ask("/api/v1/people", *fields).startswith(b"HTTP/1.1 401")
    for other in ("Host: evil.example", host):
        assert listener.ask("/api/v1/people", token, other).startswith(b"HTTP/1.1 400")
    assert listener.ask("/api/v1/people", token).startswith(b"HTTP/1.1 200")


PATHS = (b"/../etc/passwd", b"/api/v1/../../etc/passwd", b"/static/../app.py", b"/static/%2e%2e/app.py", b"/%ff%fe",
         b"/api/v1/patients/%ff%fe", b"/api/v1/patients/%zz%2", b"/api/v1/patients/%c0%ae%c0%af", b"*",
         b"/api/v1/patients/%00", b"/api/v1/balances?place=%ff%fe", b"/static/canonical.js%00")  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.decode())
def test_an_odd_address_leads_nowhere_as_it_was_sent(listener: Listening, path: bytes) -> None:
    answer = listener.send(_get(listener, path, b"X-Access-Reason: care"), ends=False)
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer
    assert b"server_fault" not in answer


@pytest.mark.parametrize(
    "first",
    [
        lambda listener: _get(listener)[:-2] + b"X: ",
        lambda listener: _post(listener, b"Transfer-Encoding: chunked") + b"0\r\nX: ",
        lambda listener: _post(listener, b"Transfer-Encoding: chunked") + b"2;",
        lambda listener: _post(listener, b"Content-Length: 999999999999"),
    ],
    ids=["header field", "trailer", "chunk extension", "body"],
)  # fmt: skip
def test_what_does_not_end_is_ended(listener: Listening, first: object) -> None:
    assert callable(first)
    with listener.connect() as connection:
        connection.sendall(first(listener))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            connection.sendall(b"a" * ENDLESS)
    assert listener.ask("/api/v1/health").startswith(b"HTTP/1.1 200")


def test_who_is_slow_keeps_nobody_else_waiting(listener: Listening) -> None:
    slow = [listener.connect() for _ in range(200)]
    for n, connection in enumerate(slow):
        connection.sendall(_get(listener)[: n + 1] if n % 2 else _post(listener, b"Content-Length: 1000") + b"{")
    assert listener.ask("/api/v1/health").startswith(b"HTTP/1.1 200")
    for connection in slow:
        connection.close()


def test_an_upgrade_stays_http(listener: Listening) -> None:
    for upgrade in (b"websocket", b"h2c"):
        fields = (b"Upgrade: " + upgrade, b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
                  b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")  # fmt: skip
        answer = listener.send(_get(listener, b"/api/v1/health", *fields), ends=False)
        assert not answer.startswith(b"HTTP/1.1 101")


def test_nothing_that_callers_send_is_written_down(listener: Listening) -> None:
    """What `_verify_silence` looks at in the end; here is the traffic that would be worth writing down."""
    body = b'{"q": "%s"}' % SECRET
    token = f"Authorization: Bearer {listener.token}"
    for path in (
        f"/api/v1/patients?q={SECRET.decode()}",
        f"/api/v1/patients/{SECRET.decode()}",
        "/nowhere?q=000101500016",
    ):
        assert listener.ask(path, token, "X-Access-Reason: care").startswith((b"HTTP/1.1 200", b"HTTP/1.1 404"))
    answer = listener.ask(SEARCH.decode(), token, "X-Access-Reason: care", method="POST", body=body)
    assert answer.startswith(b"HTTP/1.1 200"), answer
    for bad in ("Authorization: Bearer senim_wrong", "Cookie: senim=wrong"):
        assert b" 401 " in listener.ask("/api/v1/balances", bad)
    assert b"server:" not in answer.lower()
    _verify_silence(listener)


def test_a_browser_that_speaks_plain_http_is_told_of_no_https(listener: Listening) -> None:
    answer = listener.ask("/sign-in").lower()
    assert b"content-security-policy: default-src 'none'" in answer
    assert b"strict-transport-security" not in answer
