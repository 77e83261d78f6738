"""Methods, paths and parameters that nobody should send, at every route that there is."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.hostile.judging import routes, verify_civil, verify_refused
from tests.api.hostile.values import STRINGS
from tests.api.serving import Served

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "QUERY", "X" * 300)
PATHS = (
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%252e%252e%252fetc",
    "/..;/api/v1/people",
    "/api/v1/people.",
    "/api/v1/people%00",
    "/api/v1/people%20",
    "/api/v1/people;x=1",
    "/api/v1/People",
    "/api/v1/people.json",
    "/api/v1/people/people",
    "/api/v2/people",
    "/api/v1/entries/1e1",
    "/api/v1/entries/0x10",
    "/api/v1/entries/" + "9" * 5_000,
    "/api/v1/log/tile/0/x001/000",
    "/api/v1/log/tile/-1/000",
    "/api/v1/log/tile/0/000.p/0",
    "/api/v1/log/tile/0/000.p/257",
    "/api/v1/log/tile/0/000.p/05",
    "/api/v1/log/tile/0/\u0660\u0660\u0660",
    "/api/v1/log/tile/entries/000.p/5/x",
    "/api/v1/log/tile/0/" + "x001/" * 500 + "000",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/%2e%2e%2fapp.py",
    "/static//etc/passwd",
    "/static/canonical.js%00.txt",
    "/static/canonical.js/x",
    "/static/" + "a" * 5_000,
    "/static/",
    "/static",
    "/texts/..%2f..%2fsecrets",
    "/language/%2e%2e",
    "/.git/config",
    "/secrets/accounts.key",
    "/schema/openapi.yaml",
    "/schema/swagger",
    "/debug",
    "/" + "a/" * 2_000,
)
SAME = (
    "/api//v1/people",
    "/api/v1//people",
    "/api/v1/people/",
    "/api/v1/people/.",
    "/api/v1/log/../people",
    "/api/v1/%70eople",
    "/api/v1/entries/\u0661",
    "/api/v1/entries/+1",
    "/api/v1/entries/1_0",
)
"""Other spellings of addresses that there are."""


def every(attacked: Served) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """(method, path, its names, names of its query) of every route."""
    document: dict[str, Any] = attacked.call("GET", "/schema/openapi.json", who=None).json()["paths"]
    for method, path, names, _ in routes(attacked):
        said = document.get(path, {}).get(method.lower(), {}).get("parameters", [])
        yield method, path, list(names), [each["name"] for each in said if each["in"] == "query"]


def filled(path: str, names: list[str], name: str = "", value: str = "") -> str:
    for each in names:
        path = path.replace("{" + each + "}", quote(value, safe="") if each == name else "1")
    return path


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[:10])
def test_a_method_that_a_route_does_not_take_is_refused_there(attacked: Served, method: str) -> None:
    head = attacked.person("head")
    takes: dict[str, set[str]] = {}
    for taken, path, names, _ in routes(attacked):
        takes.setdefault(filled(path, list(names)), set()).add(taken)
    for path, taken_here in takes.items():
        if method in taken_here:
            continue
        answer = attacked.call(method, path, who=head)
        assert answer.status_code == 405, (method, path, answer.status_code)
        assert set(answer.headers["allow"].split(", ")) == taken_here | {"OPTIONS"}, path
        if method != "HEAD":
            assert verify_refused(answer, path) == "method_not_allowed"


def test_options_tell_the_methods_and_allow_no_other_site(attacked: Served) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for _, path, names, _ in routes(attacked):
        answer = attacked.call("OPTIONS", filled(path, list(names)), who=None, headers=asked)
        assert (answer.status_code, answer.content) == (204, b""), path
        assert not [name for name in answer.headers if name.startswith("access-control-")], path


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_an_odd_address_leads_nowhere(attacked: Served, path: str) -> None:
    answer = attacked.call("GET", path, who="head", follow_redirects=False)
    assert verify_refused(answer, path) in ("not_found", "parameter_malformed", "host_unknown")


@pytest.mark.parametrize("path", SAME)
def test_another_spelling_of_an_address_asks_for_the_same_permission(attacked: Served, path: str) -> None:
    assert verify_refused(attacked.call("GET", path, who=None)) == "not_signed_in"
    narrow = attacked.person("head", scopes=frozenset({"custody:read"}))
    assert verify_refused(attacked.call("GET", path, who=narrow)) == "scope_missing"
    assert attacked.call("GET", path, who="head").status_code == 200


@pytest.mark.parametrize("label", STRINGS)
def test_every_parameter_takes_or_refuses_any_text(attacked: Served, label: str) -> None:
    head, value = attacked.person("head"), STRINGS[label]
    for method, path, names, asked in every(attacked):
        if method != "GET":
            continue
        for name in names:
            verify_civil(attacked.call(method, filled(path, names, name, value), who=head), (path, name))
        for name in asked:
            address = f"{filled(path, names)}?{name}={quote(value, safe='')}"
            verify_civil(attacked.call(method, address, who=head), address)
            verify_civil(attacked.call(method, f"{address}&{name}={quote(value, safe='')}", who=head), address)


def test_what_somebody_sent_is_never_markup_in_an_answer(attacked: Served) -> None:
    for label in ("script", "attribute", "template"):
        sent = quote(STRINGS[label], safe="")
        for path in (f"/sign-in?to={sent}", f"/{sent}", f"/api/v1/patients/{sent}", f"/api/v1/balances?place={sent}"):
            answer = attacked.call("GET", path, headers={"User-Agent": STRINGS[label], "Referer": STRINGS[label]})
            assert STRINGS[label] not in answer.text, path
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "/\t/evil.example", "https:evil", "/x\r\nA: b"])
def test_nobody_is_led_to_another_site(attacked: Served, to: str) -> None:
    answer = attacked.call("GET", f"/language/ru?to={quote(to, safe='')}", who=None, follow_redirects=False)
    where = answer.headers["location"]
    assert answer.status_code == 303
    assert where.startswith("/")
    assert where[1:2] not in ("/", "\\", "\t")
    assert "a" not in answer.headers
    attacked.client.cookies.clear()
