"""Whatever a hostile client sends to a person's own affairs gets a problem document, and nothing is recorded."""

from pathlib import Path
from typing import Any

import pytest

from api.authority import PERMITS
from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, Counter

BASE = "/api/v1/account"
ODD: list[Any] = [{}, [], None, 1, "x", {"person": 1}, {"ticket": "x" * 2000}, {"x": {}}]
GARBLED: list[dict[str, Any]] = [
    {"described": {}},
    {"described": {"person": "pharm", "use": "sign", "key": 1, "alg": 2, "public": 3, "proof": 4}},
    {"described": {"person": "pharm", "use": "sign", "key": "0" * 16, "alg": "ed25519", "public": "", "proof": {}}},
    {"described": {"person": "head", "use": "sign", "key": "0" * 16, "alg": "ed25519", "public": "AA==", "proof": ""}},
    {"described": {"person": "pharm", "use": "import"}, "wrapped": {}},
]  # fmt: skip
POSTS = (
    "sign-in/options", "sign-in/passkey", "sign-in/password", "setup/enrolment", "setup/recovery", "setup/nonsense",
    "setup/passkey/options", "setup/passkey/made", "setup/totp", "setup/password/made", "keys", "passkeys", "password",
)  # fmt: skip


def size(standing: Served) -> int:
    return standing.counter.size()


@pytest.mark.parametrize("path", POSTS)
def test_what_cannot_be_meant_is_refused_as_a_problem(standing: Served, path: str) -> None:
    before, who = size(standing), standing.person("pharm", scopes=frozenset(PERMITS))
    for body in ODD:
        answer = standing.call("POST", f"{BASE}/{path}", who=who, json=body)
        if (path, body) == ("sign-in/options", {}):
            assert answer.status_code == 200
            continue
        assert 400 <= answer.status_code < 500, (path, body, answer.text)
        assert answer.json()["recorded"] is False
    assert size(standing) == before


def test_a_key_that_proves_nothing_is_refused(standing: Served) -> None:
    before = size(standing)
    for body in GARBLED:
        answer = standing.call("POST", f"{BASE}/keys", who="pharm", json=body)
        assert 400 <= answer.status_code < 500, (body, answer.text)
    assert size(standing) == before
    assert standing.call("DELETE", f"{BASE}/keys/0000000000000000", who="pharm").status_code == 404


def test_a_machine_s_token_changes_nobody_s_way_in(standing: Served) -> None:
    who = standing.person("pharm", scopes=frozenset(PERMITS))
    for path in ("passkeys/options", "totp", "recovery-codes"):
        assert standing.call("POST", f"{BASE}/{path}", who=who).status_code == 401, path


def test_a_session_ends_in_a_cookie_that_browsers_take_over_tls_too(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    counter.tell(OPENING)
    with serve(counter, origin="https://testserver.local") as served:
        who = served.person("pharm", scopes=frozenset({"account:own"}))
        told = served.call("DELETE", f"{BASE}/session", who=who).headers["set-cookie"]
    counter.house.close()
    name, *attributes = told.split("; ")
    assert name in ("__Host-senim=", '__Host-senim=""')
    assert {"Max-Age=0", "Path=/", "HttpOnly", "Secure", "SameSite=strict"} <= set(attributes)


def test_a_page_leads_who_is_not_signed_in_to_the_door_and_nowhere_else(standing: Served) -> None:
    for path in ("keys", "signatures", "sign-in", "sessions", "requests", "key-list"):
        answer = standing.client.get(f"/account/{path}", headers={"Accept": "text/html"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?to=/account/{path}")
    for to in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = standing.client.get("/language/kk", params={"to": to}, follow_redirects=False)
        assert answer.headers["location"] == "/"
    assert standing.client.get("/texts/de.json").status_code == 404
    assert standing.client.get("/static/../app.py").status_code == 404
