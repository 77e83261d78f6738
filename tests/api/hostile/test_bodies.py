"""Bodies: of other kinds, sizes, encodings and depths, and with anything in every place of them."""

import gzip
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import httpx
import pytest

from ledger.log.canonical import MAX_ENTRY
from tests.api.hostile.judging import nothing_recorded, routes, verify_civil, verify_refused
from tests.api.hostile.test_addresses import filled
from tests.api.hostile.values import STRINGS, TEXT_ONLY, VALUES
from tests.api.serving import Served
from tests.api.v1.signing import PREVIEW, RECORD, WAIT, command, preview, sign

PARAMETER = "parameter_malformed"
SEARCH, ACCOUNT = "/api/v1/patients/search", "/api/v1/account"
GOOD = b'{"q": "nobody"}'
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver.local"}
MEDIA = ("", "text/plain", "text/json", "text/html", "application/xml", "application/x-www-form-urlencoded",
         "multipart/form-data; boundary=x", "application/x-msgpack", "application/problem+json", "application/jsonp",
         "application/json, text/plain", "x" * 5_000, "\u00ff/json")  # fmt: skip
TAKEN = ("application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/json;")
CREDENTIAL = {
    "id": "AA",
    "rawId": "AA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AA", "signature": "AA"},
}
WRAPPED = {"kdf": "pbkdf2-sha256", "cipher": "aes-256-gcm", "salt": "AA==", "iv": "AA==", "sealed": "AA==",
           "iterations": 600_000}  # fmt: skip
DESCRIBED = {"person": "pharm", "key": "0" * 16, "alg": "ed25519", "public": "AAAA", "use": "sign",
             "custody": "wrapped", "proof": "AAAA"}  # fmt: skip
IDENTITY = {"name": "Test", "iin": None, "no_iin_reason": "no papers", "born_on": "1950-01-01", "address": "x"}
PATIENT = {"identity": IDENTITY, "home_kato": "101010000", "home_phc_bin": "990140000017", "indication": "other"}
ENTERING: dict[str, Any] = {
    "/sign-in/options": {"person": "pharm"},
    "/sign-in/passkey": {"credential": CREDENTIAL},
    "/sign-in/password": {"person": "pharm", "password": "x" * 12, "code": "123456"},
    "/setup/enrolment": {"person": "pharm", "code": "x"},
    "/setup/recovery": {"person": "pharm", "code": "x"},
    "/setup/passkey/options": {"ticket": "x"},
    "/setup/totp": {"ticket": "x"},
    "/setup/passkey/made": {"ticket": "x", "credential": CREDENTIAL},
    "/setup/password/made": {"ticket": "x", "password": "x" * 12, "offer": "x", "code": "123456"},
}


def post(served: Served, path: str, body: Any, headers: Mapping[str, Any] | None = None) -> httpx.Response:
    """Whatever *body* is: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    if path.startswith(ACCOUNT) and not path.startswith(ACCOUNT + "/keys"):
        return served.call("POST", path, who=None, content=content, headers={**OURS, **(headers or {})})
    return served.call("POST", path, content=content, headers=headers)


@pytest.mark.once("it is refused before a store is asked")
@pytest.mark.parametrize("media", MEDIA, ids=lambda media: media[:30])
def test_only_json_is_read_at_every_route_that_takes_a_body(attacked: Served, media: str) -> None:
    for path in (SEARCH, PREVIEW, RECORD, WAIT):
        answer = post(attacked, path, GOOD, {"Content-Type": media.encode("latin-1")})
        assert (answer.status_code, verify_refused(answer)) == (415, "media_type"), path
    for path in ENTERING:
        answer = post(attacked, ACCOUNT + path, GOOD, {"Content-Type": media.encode("latin-1")})
        assert (answer.status_code, verify_refused(answer)) == (415, "media_type"), path


@pytest.mark.parametrize("media", TAKEN)
def test_json_is_read_however_its_name_is_written(attacked: Served, media: str) -> None:
    assert post(attacked, SEARCH, GOOD, {"Content-Type": media}).status_code == 200


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", gzip.compress(GOOD, mtime=0)), ("gzip", GOOD), ("br", GOOD), ("gzip, identity", GOOD)]
)
def test_nothing_is_unpacked(attacked: Served, coding: str, body: bytes) -> None:
    answer = post(attacked, SEARCH, body, {"Content-Encoding": coding})
    assert (answer.status_code, verify_refused(answer)) == (415, "media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\0",
        GOOD + GOOD,
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("utf-32"),
        b'{"q": "\xc0\xafab"}',
        b'{"q": "\xed\xa0\x80"}',
        b'{"q": "ab\x01"}',
        b"{'q': 'nobody'}",
        b'{"q": "nobody",}',
        b'{"q": "nobody" /* x */}',
        b'{"q": "a", "q": "b"}',
        b'{"q": "a", "\\u0071": "b"}',
        b'{"q": NaN}',
        b'{"q": -Infinity}',
        b'{"q": 1e999}',
        b'{"q": ' + b"9" * 100_000 + b"}",
        b'{"q": "\\ud800"}',
        b"[" * 1_000_000,
        b'{"q":' * 200_000,
        b"[" * 50_000 + b"]" * 50_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_can_be_read_in_two_ways_or_in_none_is_refused(attacked: Served, body: bytes) -> None:
    for path in (SEARCH, PREVIEW, RECORD, WAIT, ACCOUNT + "/sign-in/options"):
        answer = post(attacked, path, body)
        assert (answer.status_code, verify_refused(answer)) == (400, "body_malformed" if body else PARAMETER), path


def test_the_limit_of_a_body_is_one_byte_sharp_and_holds_without_a_length(attacked: Served) -> None:
    most = attacked.site.settings.largest_body
    whole = GOOD + b" " * (most - len(GOOD))
    assert post(attacked, SEARCH, whole).status_code == 200
    assert verify_refused(post(attacked, SEARCH, whole + b" ")) == "body_too_large"

    def chunks() -> Iterator[bytes]:
        yield whole
        yield b" "

    answer = attacked.call("POST", SEARCH, content=chunks())
    assert "content-length" not in answer.request.headers
    assert (answer.status_code, verify_refused(answer)) == (413, "body_too_large")
    assert attacked.call("POST", SEARCH, content=iter([GOOD])).status_code == 200


def test_an_entry_that_could_not_be_stored_is_refused_at_preview(attacked: Served) -> None:
    lines = [{"product": "morphine", "lot": f"{n:060}", "units": 1} for n in range(MAX_ENTRY // 80)]
    body = {"from_place": "safe", "to_place": "ward", "lines": lines}
    told = preview(attacked, command(attacked.counter, body=body))
    assert told["entries"][0]["refusals"][0]["code"] == "entry_too_large"
    assert told["sign"] is None


def test_a_form_of_another_site_does_nothing(attacked: Served) -> None:
    forged = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for method, path, names, _ in routes(attacked):
        if method in ("GET", "HEAD"):
            continue
        address = filled(path, list(names))
        for media in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
            answer = attacked.call(method, address, who=None, content=b"{}", headers=forged | {"Content-Type": media})
            assert (answer.status_code, verify_refused(answer)) == (403, "cross_site"), path


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something else could stand in *value*: of a list, in its first place."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    changed = at = deepcopy(value)
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = other
    return changed


def lists(served: Served) -> Iterator[tuple[str, Any]]:
    counter = served.counter
    more: dict[str, Any] = {
        "acknowledged": [{"code": "early_supply", "reason": "x"}],
        "late_reason": "x",
        "sheet": {"no": "1", "line": 1},
    }
    asked = [command(counter), command(counter, "patient.registered", PATIENT | {"icd10": "C50"})]
    told = preview(served, *asked)
    yield PREVIEW, {"commands": [command(counter, **more)]}
    yield PREVIEW, {"command": asked[1]}
    signed = sign(counter, told)
    signed["signatures"][0]["value"] = signed["signatures"][1]["value"]  # so that nothing is ever recorded of it
    yield RECORD, signed
    yield WAIT, sign(counter, told, ["pharm"]) | {"for": "nurse2"}
    yield ACCOUNT + "/keys", {"described": DESCRIBED, "wrapped": WRAPPED, "credential_id": None}
    yield ACCOUNT + "/keys", {"described": DESCRIBED | {"alg": "webauthn-es256"}, "credential_id": "AA"}
    for path, body in ENTERING.items():
        yield ACCOUNT + path, body


@pytest.mark.slow
@pytest.mark.once("a store is asked about one thing in every place by the test that follows")
def test_anything_in_any_place_of_any_body_is_taken_or_refused(attacked: Served) -> None:
    others = {**STRINGS, **VALUES, **TEXT_ONLY}
    with nothing_recorded(attacked):
        for path, body in lists(attacked):
            for place in places(body):
                for label, other in others.items():
                    verify_civil(post(attacked, path, put(body, place, other)), (path, place, label))


def test_one_other_thing_in_every_place_of_every_body_is_taken_or_refused(attacked: Served) -> None:
    others = list({**STRINGS, **VALUES, **TEXT_ONLY}.items())
    with nothing_recorded(attacked):
        for path, body in lists(attacked):
            for n, place in enumerate(places(body)):
                label, other = others[n * 7 % len(others)]
                verify_civil(post(attacked, path, put(body, place, other)), (path, place, label))
