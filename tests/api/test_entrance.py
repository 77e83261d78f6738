"""What is looked at before any route: the host, where a click came from, how often somebody calls, what a body is."""

import json
from typing import Any

import pytest
from pyotp import TOTP

from api.accounts import Visit
from ledger.refusal_words import tell
from tests.api.serving import Served

HEADERS = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/health", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/v1/health", 405),
        ("GET", "/api/v1/pending", 401),
    ],
)
def test_every_answer_carries_the_headers_that_keep_a_browser_safe(
    standing: Served, method: str, path: str, status: int
) -> None:
    answer = standing.call(method, path, who=None)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name].startswith(value), name
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "server" not in answer.headers


def test_a_foreign_host_is_not_served(standing: Served) -> None:
    answer = standing.client.get("/api/v1/health", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "host_unknown")


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver.local"}, True),
        ({"Origin": "http://testserver.local"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver.local"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_cookie_acts_only_from_the_site_s_own_pages(standing: Served, headers: dict[str, str], passes: bool) -> None:
    sent = headers | {"Cookie": f"{standing.site.settings.cookie}=x"}
    for path in ("patients/search", "account/sign-in/password"):
        answer = standing.client.post(f"/api/v1/{path}", json={"q": "ab"}, headers=sent)
        assert (answer.json()["code"] == "cross_site") is not passes, answer.text


def test_who_sends_neither_token_nor_cookie_is_told_to_sign_in_and_signs_in_on_our_pages_only(standing: Served) -> None:
    told = {}
    for path in ("entries", "patients/search", "account/lock", "account/sign-in/password", "account/setup/enrolment"):
        standing.client.cookies.clear()
        answer = standing.client.post(f"/api/v1/{path}", json={})
        told[path] = (answer.status_code, answer.json()["code"])
    signed_out, foreign = (401, "not_signed_in"), (403, "cross_site")
    assert list(told.values()) == [signed_out] * 3 + [foreign] * 2, told


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nonsense", b'{"q": NaN}', b'{"q": "a", "q": "b"}', b'{"q": "\\ud800"}', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "cut", "no JSON", "NaN", "twice", "half a letter", "no UTF-8", "deep"],
)
def test_a_body_is_read_in_one_way_or_not_at_all(standing: Served, body: bytes) -> None:
    answer = standing.call("POST", "/api/v1/patients/search", content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("body_malformed", "parameter_malformed")


def test_unknown_fields_and_wrong_types_are_refused(standing: Served) -> None:
    for body in ({"q": "ab", "x": 1}, {"q": 1}, ["q"], {"q": None}, {}):
        answer = standing.call("POST", "/api/v1/patients/search", json=body)
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ("entries?patinet=p1", None, "Known are: cursor, from, limit, patient, product, to, type."),
        ("entries?Patient=p1", None, "Known are"),
        ("entries?860921101982", None, "Known are"),
        ("entries?from_=2026-01-01", None, "Known are"),
        ("entries?limit=1&%6cimit=2", "limit", "limit more than once"),
        ("entries?patient=p1&patient=p2", "patient", "patient more than once"),
        ("entries/0?seq=1", None, "Known are: –."),
        ("balances?site=1", None, "Known are"),
        ("patients/p1/doses?=", None, "Known are"),
        ("log/checkpoint?x", None, "Known are"),
    ],
)
def test_what_an_address_asks_beside_the_known_or_twice_is_refused_not_overlooked(
    standing: Served, asked: str, field: str | None, said: str
) -> None:
    answer = standing.call("GET", f"/api/v1/{asked}")
    told = answer.json()
    assert (answer.status_code, told["code"], told["refusals"][0].get("field")) == (400, "parameter_malformed", field)
    assert said in told["detail"]
    assert not any(word in answer.text for word in ("patinet", "8609")), "what is not ours is not repeated"


def test_nobody_learns_what_an_address_may_ask_before_they_may_ask_it(standing: Served) -> None:
    assert standing.call("GET", "/api/v1/entries?x=1", who=None).status_code == 401
    assert standing.call("GET", "/api/v1/entries?x=1", who="registrar").status_code == 403


def test_pages_and_fhir_keep_their_own_ways_with_an_address(standing: Served) -> None:
    assert standing.call("GET", "/sign-in?to=/&to=/day&x=1", who=None).status_code == 200
    twice = "_lastUpdated=ge2026-01-01&_lastUpdated=le2026-12-31"
    assert standing.call("GET", f"/api/v1/fhir/MedicationRequest?{twice}").status_code == 200


def test_a_body_beyond_the_limit_is_not_read(standing: Served) -> None:
    body = json.dumps({"q": "a" * 3_000_000}).encode()
    answer = standing.call("POST", "/api/v1/patients/search", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_too_many_calls_of_one_person_wait_and_others_do_not(served: Served) -> None:
    served.app.state.calls.most = 5
    busy, calm = served.person("pharmacist"), served.person("nurse")
    seen = [served.call("GET", "/api/v1/custody", who=busy) for _ in range(8)]
    assert {answer.status_code for answer in seen} == {200, 429}
    assert seen[-1].headers["retry-after"]
    assert served.call("GET", "/api/v1/custody", who=calm).status_code == 200


def test_a_flood_from_an_address_keeps_nobody_from_signing_in_where_they_did_before(served: Served) -> None:
    served.app.state.calls.most = 5
    enrolment, visit = served.site.accounts.enrolment, Visit(address="testclient", words="")
    setup = enrolment.begin("pharm", enrolment.issue_code("pharm", by="registrar"), visit)
    offer = enrolment.offer_totp(setup.ticket)
    code = TOTP(offer.secret).at(served.counter.house.ledger.clock())
    entered = enrolment.finish_with_password(setup.ticket, "four plain words here", offer.ticket, code, visit).entered
    assert {served.call("GET", "/sign-in", who=None).status_code for _ in range(8)} == {200, 429}
    for device, status in ((entered.device, 200), ("made up", 429)):
        cookie = {"Cookie": f"{served.site.settings.device_cookie}={device}"}
        assert served.call("GET", "/sign-in", who=None, headers=cookie).status_code == status


@pytest.mark.parametrize(
    ("asked", "word"), [("kk", "мұнда"), ("ru", "нет"), ("en", "here"), ("de, kk;q=0.5", "мұнда"), ("", "нет")]
)
def test_a_refusal_speaks_the_caller_s_language_and_its_code_does_not_change(
    standing: Served, asked: str, word: str
) -> None:
    answer = standing.call("GET", "/api/v1/balances?place=nowhere", headers={"Accept-Language": asked})
    told: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, told["code"], told["recorded"]) == (404, "not_found", False)
    assert word in told["detail"].lower()


def test_a_fault_of_ours_tells_nobody_what_it_was_about(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("SELECT name FROM patients WHERE iin = '000101500016'")

    monkeypatch.setattr("api.v1.projections.queries.read_custody", fail)
    answer = served.call("GET", "/api/v1/custody")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_fault")
    told = answer.text + caplog.text
    assert "RuntimeError" in caplog.text
    assert "SELECT" not in told
    assert "0001015" not in told


def test_a_refusal_that_cannot_be_told_is_a_fault_that_can(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    faults = iter([OverflowError("of the patient 000101500016")])

    def tell_at_the_second_time(*what: Any, **how: Any) -> Any:
        for fault in faults:
            raise fault
        return tell(*what, **how)

    monkeypatch.setattr("api.problems.tell", tell_at_the_second_time)
    answer = served.call("GET", "/api/v1/balances?place=nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (500, "server_fault")
    assert "fault OverflowError at test_entrance.py" in caplog.text
    assert "0001015" not in answer.text + caplog.text
