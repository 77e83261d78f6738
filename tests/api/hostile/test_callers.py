"""Callers who are not who they should be: tokens, sessions, cookies, headers, and the things of others."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.accounts import Visit
from api.authority import ANYONE, PERMITS, SCOPES, find_permission
from api.common import Common
from api.entrance import Calls, _address
from ledger.errors import CallRefused
from tests.api.hostile.judging import nothing_recorded, routes, verify_civil, verify_refused
from tests.api.hostile.test_addresses import filled
from tests.api.hostile.values import STRINGS
from tests.api.serving import ORIGIN, Served
from tests.api.v1.signing import RECORD, WAIT, command, preview, sign

HERE = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
UNKNOWN_HOST = ("host_unknown", "parameter_malformed")
BALANCES, PATIENT = "/api/v1/balances", "/api/v1/patients/p1"


@pytest.fixture
def cookie(attacked: Served) -> Iterator[str]:
    """A pharmacist's session."""
    accounts = attacked.site.accounts
    with accounts.sessions._office.store.writing() as db:
        entered = accounts.sessions.open_in(db, "pharm", Visit(address="10.0.0.7", words="test"), is_full=True)
    yield entered.token
    attacked.client.cookies.clear()


def by_cookie(
    served: Served, method: str, path: str, token: str, headers: dict[str, str], **more: Any
) -> httpx.Response:
    """As a browser's page would send it, which adds *headers* of its own."""
    sent = {"Cookie": f"{served.site.settings.cookie}={token}", "X-Access-Reason": "care"} | headers
    return served.client.request(method, path, headers=sent, **more)


@pytest.mark.parametrize(
    "told",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer senim_", "Bearer senim_" + "A" * 43, "Bearer " + "x" * 10_000,
     "Basic cGhhcm06eA==", "bearer null", "Digest x", "senim_x", "Bearer senim_%00", "Bearer \u00ff\u00fe",
     "Bearer senim_' OR 1=1 --"],
    ids=lambda told: told[:24],
)  # fmt: skip
def test_what_is_no_token_opens_nothing_also_beside_a_good_cookie(attacked: Served, cookie: str, told: str) -> None:
    for headers in ({}, {"Cookie": f"senim={cookie}"}):
        asked = [*headers.items(), ("Authorization", told.encode("latin-1"))]
        answer = attacked.client.get(BALANCES, headers=asked)  # type: ignore[arg-type]
        assert (answer.status_code, verify_refused(answer)) == (401, "not_signed_in")


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "testserver.local.evil.example", "testserver.local:80", "testserver.local.",
     "x@testserver.local", "testserver.local/x", "127.0.0.1", "[::1]", "localhost", "testserver.local\t"],
)  # fmt: skip
def test_another_host_is_not_served(attacked: Served, host: str) -> None:
    for forwarded in ({}, {"X-Forwarded-Host": "testserver.local"}):
        answer = attacked.call("GET", "/api/v1/health", who=None, headers=forwarded | {"Host": host})
        assert verify_refused(answer) in UNKNOWN_HOST


def test_a_token_that_is_over_revoked_or_of_nobody_opens_nothing(attacked: Served) -> None:
    accounts, clock = attacked.site.accounts, attacked.counter
    kept, secret = accounts.tokens.make("pharm", by="test", days=1)
    assert attacked.call("GET", BALANCES, who=secret).status_code == 200
    now = clock.now
    clock.now = now + timedelta(days=1)
    try:
        assert verify_refused(attacked.call("GET", BALANCES, who=secret)) == "not_signed_in"
    finally:
        clock.now = now
    accounts.tokens.revoke(kept.id, by="test")
    assert verify_refused(attacked.call("GET", BALANCES, who=secret)) == "not_signed_in"
    for person in ("nobody", "ledger", "log"):
        token = accounts.tokens.make(person, by="test", days=1)[1]
        assert verify_refused(attacked.call("GET", BALANCES, who=token)) == "not_signed_in"


@pytest.mark.parametrize("scope", ["read", "record"])
def test_a_narrow_token_opens_only_what_it_names_at_every_route(attacked: Served, scope: str) -> None:
    token = attacked.person("head", scopes=frozenset({scope}))
    for method, path, names, handler in routes(attacked):
        action = find_permission(handler) or ""
        answer = attacked.call(method, filled(path, list(names)), who=token, follow_redirects=False)
        if action not in SCOPES[scope] and PERMITS[action] is not ANYONE:
            why = "scope_missing" if "head_pharmacist" in PERMITS[action] else "forbidden"
            assert (answer.status_code, verify_refused(answer)) == (403, why), path
        else:
            verify_civil(answer, path)


def test_a_locked_session_opens_nothing_but_the_way_out(attacked: Served, cookie: str) -> None:
    assert by_cookie(attacked, "GET", BALANCES, cookie, {}).status_code == 200
    session = attacked.site.accounts.find_session(cookie)
    assert session is not None
    attacked.site.accounts.sessions.lock(session)
    for method, path, names, handler in routes(attacked):
        action = find_permission(handler) or ""
        if PERMITS[action] is not ANYONE and action != "account:own":
            answer = by_cookie(attacked, method, filled(path, list(names)), cookie, HERE, json={})
            assert (answer.status_code, verify_refused(answer)) == (401, "locked"), path


def test_a_cookie_alone_changes_nothing_at_any_route(attacked: Served, cookie: str) -> None:
    others: tuple[dict[str, str], ...] = (
        {}, {"Origin": "null"}, {"Origin": f"{ORIGIN}.evil.example"}, {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, {"Origin": ORIGIN.replace("http", "https")},
        {"Referer": ORIGIN}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    )  # fmt: skip
    for method, path, names, _ in routes(attacked):
        if method not in ("GET", "HEAD"):
            for headers in others:
                answer = by_cookie(attacked, method, filled(path, list(names)), cookie, headers, json={})
                assert (answer.status_code, verify_refused(answer)) == (403, "cross_site"), (path, headers)
    assert attacked.site.accounts.find_session(cookie) is not None


@pytest.mark.parametrize("label", sorted(set(STRINGS) - {"lines", "NUL"}))
def test_every_header_takes_or_refuses_any_text(attacked: Served, label: str) -> None:
    value = STRINGS[label].encode("utf-8")[:2_000].strip()
    for name in ("X-Access-Reason", "Accept-Language", "Accept", "Cookie", "User-Agent", "Origin", "Sec-Fetch-Site",
                 "X-Senim-Via", "X-Forwarded-For", "If-None-Match", "Range", "Content-Language"):  # fmt: skip
        answer = attacked.call("GET", PATIENT, headers={name: value})  # type: ignore[dict-item]
        verify_civil(answer, (name, label))
        assert "set-cookie" not in answer.headers
    attacked.client.cookies.clear()


@pytest.mark.parametrize(
    "reason", ["", " ", "%20%0a", "%E2%80%8B", "%00", "x" * 201, "a%1b[31m", "a%E2%80%AEb", "%ff%00", "%ff%fe"]
)
def test_a_reason_that_nobody_can_read_is_none(attacked: Served, reason: str) -> None:
    attacked.person("pharm")  # whose token is noted too
    rows = attacked.site.access.head()[0]
    for path in (PATIENT, f"{PATIENT}/doses", f"{PATIENT}/home", "/api/v1/circle?patient=p1", "/api/v1/patients?q=test",
                 "/api/v1/entries?patient=p1", "/api/v1/fhir/Patient/p1"):  # fmt: skip
        answer = attacked.call("GET", path, reason=None, headers={"X-Access-Reason": reason})
        assert (answer.status_code, verify_refused(answer)) == (400, "reason_required"), path
    assert attacked.site.access.head()[0] == rows
    answer = attacked.call("POST", f"{RECORD}/preview", headers={"X-Access-Reason": reason}, json={"commands": [{}]})
    assert verify_refused(answer) == "reason_required"


@pytest.mark.parametrize("sent", ["%D1%81%D0%B5%D0%B1%D0%B5%D0%BF", "себеп".encode()])
def test_a_reason_stands_in_the_access_log_as_it_is_read(attacked: Served, sent: Any) -> None:
    assert attacked.call("GET", PATIENT, reason=None, headers={"X-Access-Reason": sent}).status_code == 200
    assert attacked.site.access.read(limit=1)[0].reason == "себеп"


def test_the_things_of_others_and_of_nobody_are_not_there(attacked: Served) -> None:
    accounts = attacked.site.accounts
    with accounts.sessions._office.store.writing() as db:
        theirs = accounts.sessions.open_in(db, "head", Visit(address="10.0.0.8"), is_full=True).session.id
    signed = sign(attacked.counter, preview(attacked, command(attacked.counter)), ["pharm"])
    parked = attacked.call("POST", WAIT, json=signed | {"for": "nurse"}).json()["id"]
    for method, path, who in (
        ("GET", f"{WAIT}/{parked}", "pharm2"),
        ("GET", f"{WAIT}/{parked.upper()}", "pharm"),
        ("GET", f"{WAIT}/{parked[:-1]}", "pharm"),
        ("DELETE", f"/api/v1/account/sessions/{theirs}", "pharm"),
        ("DELETE", "/api/v1/account/keys/0123456789abcdef", "pharm"),
        ("GET", "/api/v1/account/key-requests/0123456789abcdef", "head"),
        ("GET", "/api/v1/patients/of-another-facility", "pharm"),
        ("GET", "/api/v1/entries/35", "pharm"),
        ("GET", "/api/v1/entries/-1", "pharm"),
        ("GET", "/api/v1/log/proof/35", "pharm"),
        ("GET", "/api/v1/fhir/Patient/of-another-facility", "pharm"),
    ):
        answer = attacked.call(method, path, who=who)
        assert (answer.status_code, verify_refused(answer)) == (404, "not_found"), path
    assert [each.id for each in accounts.sessions.of("head")] == [theirs]


def test_who_left_opens_nothing_and_records_nothing(served: Served) -> None:
    counter = served.counter
    token, told = served.person("pharm2"), preview(served, command(served.counter), who="pharm2")
    late = sign(counter, told, ["pharm2", "nurse"])
    counter._import("person.left", {"person": "pharm2", "on": "2026-03-02"}, "head")
    served.app.state.roles._known.clear()  # they may look for one second more
    assert verify_refused(served.call("GET", BALANCES, who=token)) == "not_signed_in"
    with nothing_recorded(served):
        answer = served.call("POST", RECORD, who="nurse", json=late)
        assert verify_refused(answer) in ("not_enrolled", "signature_invalid")


def test_refused_calls_are_counted_too(attacked: Served) -> None:
    calls, most = attacked.app.state.calls, attacked.app.state.calls.most
    calls.most = 3
    calls._full_at[:] = bytes(len(calls._full_at))
    try:
        told = [verify_refused(attacked.call("GET", BALANCES, who="senim_x")) for _ in range(6)]
    finally:
        calls.most = most
        calls._full_at[:] = bytes(len(calls._full_at))
    assert told == ["not_signed_in"] * 3 + ["too_many_calls"] * 3


def test_who_has_many_addresses_of_one_network_is_counted_once(attacked: Served) -> None:
    def address(host: str) -> str:
        scope: Any = {"type": "http", "client": (host, 1)}
        return _address(scope)

    assert address("2001:db8::1") == address("2001:db8::ffff:1") != address("2001:db8:0:1::1")
    assert len({address(host) for host in ("10.0.0.7", "10.0.0.8", "?")}) == 3


def test_calls_of_one_count_together_whichever_process_takes_them_and_no_longer_than_a_minute(
    monkeypatch: Any, tmp_path: Path
) -> None:
    now = 1_000.0
    monkeypatch.setattr("api.entrance.monotonic", lambda: now)
    one, other = (Calls(2, Common(tmp_path, bytes(32))) for _ in range(2))
    one.take("busy")
    other.take("busy")
    for calls in (one, other):
        with pytest.raises(CallRefused, match="too_many_calls"):
            calls.take("busy")
        calls.take("somebody")
    now += 30
    one.take("busy")
    with pytest.raises(CallRefused, match="too_many_calls"):
        other.take("busy")
    now += 1_000
    other.take("busy")
    other.take("busy")


def test_no_cache_between_keeps_what_needs_authority(attacked: Served) -> None:
    """What `public` says may be kept for everybody; so only what is for anyone says it."""
    for method, path, names, handler in routes(attacked):
        if method == "GET":
            action = find_permission(handler) or ""
            address = filled(path, list(names)).replace("/1/1", "/0/000.p/5").replace("entries/1", "entries/000.p/5")
            kept = attacked.call("GET", address, who="head", follow_redirects=False).headers["cache-control"]
            assert PERMITS[action] is ANYONE or kept.startswith(("no-store", "no-cache", "private")), path
