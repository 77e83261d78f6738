"""One table says who may ask what; every route is held to it, and SECURITY.md prints it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import get
from litestar.handlers.http_handlers import HTTPRouteHandler

from api.authority import ANYONE, PERMITS, SCOPES, find_permission
from ledger.domain.terms import ROLES
from tests.api.serving import Served


def handlers(served: Served) -> Iterator[HTTPRouteHandler]:
    """Every handler but the document's and the framework's answers to OPTIONS."""
    for route in served.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods != {"OPTIONS"} and not route.path.startswith("/schema"):
                yield handler


def test_every_route_asks_for_exactly_one_permission(standing: Served) -> None:
    asked = {handler.operation_id: find_permission(handler) for handler in handlers(standing)}
    assert asked
    assert [operation for operation, action in asked.items() if action is None] == []
    assert set(asked.values()) == set(PERMITS), "a permission guards nothing"


def test_no_route_has_an_entrance_of_its_own(standing: Served) -> None:
    """Litestar asks the nearest `before_request` alone."""
    every = [handler for route in standing.app.routes for handler in getattr(route, "route_handlers", ())]
    assert {handler.resolve_before_request() for handler in every} == {standing.app.before_request}


def test_a_route_without_a_permission_is_for_nobody() -> None:
    @get("/forgotten", sync_to_thread=True)
    def forgotten() -> None: ...

    with pytest.raises(KeyError):
        find_permission(forgotten)


def test_every_operation_has_a_name_of_its_own(standing: Served) -> None:
    names = [handler.operation_id for handler in handlers(standing)]
    assert None not in names
    assert len(set(names)) == len(names)


def code_of(answer: httpx.Response) -> str:
    """The stable code, of a problem document or of an OperationOutcome."""
    told = answer.json()
    return str(told["code"] if "code" in told else told["issue"][0]["details"]["coding"][0]["code"])


def paths(standing: Served) -> Iterator[tuple[str, str, str]]:
    """(method, address with something in every place, permission) of every route."""
    for route in standing.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            action = find_permission(handler)
            if action is None:
                continue
            path = route.path
            for each in (
                route.path_parameters.values() if isinstance(route.path_parameters, dict) else route.path_parameters
            ):
                filled = "1" if each.type is int else "x"
                path = path.replace("{" + each.full + "}", filled)
            for method in handler.http_methods:
                yield method, path, action


@pytest.mark.once("hostile/test_addresses.py asks every route of a store")
@pytest.mark.parametrize("role", sorted(ROLES))
def test_whoever_is_not_in_the_table_is_turned_away_at_every_route(standing: Served, role: str) -> None:
    who = standing.person(role)
    for method, path, action in paths(standing):
        answer = standing.call(method, path, who=who)
        if role not in PERMITS[action] and PERMITS[action] is not ANYONE:
            assert (answer.status_code, code_of(answer)) == (403, "forbidden"), (method, path)
        else:
            assert answer.status_code != 403 or code_of(answer) != "forbidden", (method, path)
        assert answer.status_code < 500, (method, path, answer.text)


def test_the_document_says_which_operations_no_token_will_do_for(served: Served) -> None:
    told = served.call("GET", "/schema/openapi.json", who=None).json()
    in_session, refused = set(), set()
    for path, item in told["paths"].items():
        for method, operation in item.items():
            action = operation["description"].rpartition("`: ")[0].rpartition("`")[2]
            if PERMITS[action] is ANYONE or method == "get":
                continue
            given = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            answer = served.call(
                method, re.sub(r"{\w+}", "x", path), who=min(PERMITS[action]), json=given.get("example")
            )
            if answer.is_error and code_of(answer) in ("not_signed_in", "scope_missing"):
                refused.add(operation["operationId"])
            if operation["security"] == [{"session": []}]:
                in_session.add(operation["operationId"])
    assert in_session == refused
    assert {"make_recovery_codes", "offer_totp", "add_passkey_options", "issue_code"} <= in_session


def test_whoever_is_not_signed_in_gets_nothing_but_what_is_for_anyone(standing: Served) -> None:
    for method, path, action in paths(standing):
        answer = standing.call(method, path, who=None)
        if PERMITS[action] is not ANYONE:
            assert answer.status_code == 401, (method, path, answer.text)
            assert code_of(answer) == "not_signed_in"


def test_a_token_asks_no_more_than_its_scope(standing: Served) -> None:
    reader = standing.person("pharmacist", scopes=SCOPES["read"])
    assert standing.call("GET", "/api/v1/balances", who=reader).status_code == 200
    refused = standing.call("POST", "/api/v1/entries/preview", who=reader, json={"commands": []})
    assert (refused.status_code, code_of(refused)) == (403, "scope_missing")
    assert refused.json()["detail"] == "This token was not made for entries:preview."
    assert code_of(standing.call("GET", "/api/v1/access", who=reader)) == "forbidden", "no token would do"
    overseer = standing.person("inspector", scopes=SCOPES["read"])
    for path in ("access", "fhir/AuditEvent"):
        assert standing.call("GET", f"/api/v1/{path}", who=overseer).status_code == 200, path


def test_security_prints_this_table() -> None:
    printed = Path("SECURITY.md").read_text(encoding="utf-8").split("<!-- permits:begin -->")[1]
    assert printed.split("<!-- permits:end -->")[0].strip() == "\n".join(to_lines())


def to_lines() -> Iterator[str]:
    yield "| what | who |"
    yield "| --- | --- |"
    for action, roles in PERMITS.items():
        yield f"| `{action}` | {to_names(roles)} |"


def to_names(roles: Any) -> str:
    if roles is ANYONE:
        return "anyone"
    return "everybody enrolled" if roles == frozenset(ROLES) else ", ".join(role for role in ROLES if role in roles)
