"""What every hostile call is held to: a documented status, a whole problem document, and nothing told or recorded."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from litestar.handlers.http_handlers import HTTPRouteHandler

from ledger.words import LANGUAGES
from tests.api.serving import Served

MEMBERS = {"type", "title", "status", "detail", "code", "refusals", "recorded", "advice"}
STATUSES = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
"""What a call may be refused with; 503 is no answer to a bad one."""
INSIDES = re.compile(
    r"Traceback|sqlite|SELECT |INSERT |sqlalchemy|litestar|msgspec|pydantic|\.py\b|/(?:work|tmp|home|root|usr|var)/"
    r"|senim_[A-Za-z0-9_-]{20}",
    re.IGNORECASE,
)
"""What no answer may tell: how it is made, where it lies, who is in."""
NO_CONTENT = {204, 304}


def verify_refused(answer: httpx.Response, what: object = "") -> str:
    """The code of a refusal that says everything it must and nothing it must not."""
    told = f"{what!s:.300} -> {answer.status_code} {answer.text:.300}"
    assert answer.status_code in STATUSES, told
    assert INSIDES.search(answer.text) is None, told
    assert answer.headers["content-language"] in LANGUAGES, told
    media = answer.headers["content-type"].split(";")[0]
    if media == "application/fhir+json":
        outcome = answer.json()
        assert outcome["resourceType"] == "OperationOutcome", told
        return str(outcome["issue"][0]["details"]["coding"][0]["code"])
    assert media == "application/problem+json", told
    problem: dict[str, Any] = answer.json()
    assert problem.keys() == MEMBERS, told
    assert problem["status"] == answer.status_code, told
    assert problem["recorded"] is False, told
    assert problem["type"] == f"urn:senim:problem:{problem['code']}", told
    assert [each["code"] for each in problem["refusals"]][:1] == [problem["code"]], told
    assert all(problem[name] for name in ("title", "detail", "code", "advice")), told
    return str(problem["code"])


def verify_civil(answer: httpx.Response, what: object = "") -> None:
    """An answer to anything: it may be right, and otherwise it is a refusal; it is never a fault of ours."""
    if answer.status_code < 400:
        assert answer.status_code in (200, 201, 204, 303), f"{what} -> {answer.status_code}"
        if answer.headers.get("content-type", "").startswith("application/json"):
            json.loads(answer.text, parse_constant=_no_number)
        return
    if answer.request.method == "HEAD":
        assert answer.status_code in STATUSES
        return
    verify_refused(answer, what)


def _no_number(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


@contextmanager
def nothing_recorded(served: Served) -> Iterator[None]:
    """Whatever is done meanwhile adds nothing to the ledger."""
    before = served.counter.size()
    yield
    assert served.counter.size() == before


def routes(served: Served) -> Iterator[tuple[str, str, dict[str, type], HTTPRouteHandler]]:
    """(method, path with names in braces, types of the names, handler) of everything of ours that is served."""
    for route in served.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.operation_id is None:  # the framework's own: OPTIONS, files
                continue
            parameters = route.path_parameters
            found = parameters.values() if isinstance(parameters, dict) else parameters
            path, names = route.path, {}
            for each in found:
                path = path.replace("{" + each.full + "}", "{" + each.name + "}")
                names[each.name] = each.type
            for method in sorted(handler.http_methods):
                yield method, path, names, handler
