"""The OpenAPI document: what the handlers say, who may call them, an example of each, and what every one may refuse.

`examples.json` holds, by operation id, one call as it was made and answered: `request`, and an answer by its status.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from msgspec import Struct

from api.authority import ANYONE, PERMITS, find_permission, read_ways
from api.problems import PROBLEM
from ledger.errors import NotFound

INTRODUCTION = """\
The register of opioids and psychotropics for palliative care: append-only, hash-chained, signed by people.

* Who calls: `Authorization: Bearer …` with a token of `senim token create`, which may do what its scopes and its
  person's role allow, or a session's cookie. Each operation names its permission and the roles that have it.
* `Accept-Language` (kk, ru, en) chooses the language of `said`, `detail` and `advice`, and `Content-Language` says
  which it is; codes never change. Products, places and people are called there as the register calls them.
* What is told of a patient wants a reason in `X-Access-Reason`, and stands in the access log.
* An address takes the parameters that are named here, each once, and refuses any other.
* To record: `preview` the commands, put every one of `openings` back and compare the statement with the command,
  check `log`, `genesis` and `seen`, sign, and `record` the list. A statement may as well be made without a server.
* Bytes: a statement is hashed as its RFC 8785 bytes. What everybody signs is `senim/sign/v1` and a line feed, then
  the lower-case hex SHA-256 of each statement of the list, each ended by a line feed. A sealed value at `path` stands
  as HMAC-SHA-256(key, `senim/sealed/v1`, log, id and path, a line feed after each, then the value's RFC 8785 bytes).
  A leaf is SHA-256(0x00, RFC 8785 bytes of the entry).
* A list that was recorded before is answered 200 with `Idempotent-Replay: true` and the same receipts.
* `/log/…` is C2SP tlog-tiles and tlog-proof, byte for byte. A tile's name may hold slashes: `x001/x234/067.p/5`.
"""
BY_FORM = "_by_form"
"""Ends the operation id of a search that is asked in a form: its example is that of the search in an address."""
_EXAMPLES: Mapping[str, Any] = json.loads((files("api") / "examples.json").read_text("utf-8"))

_JSON = "application/json"
_STRING = {"type": "string"}
_ALWAYS = {
    "400": "It cannot be read: not JSON, a duplicate key, an unknown field, NaN, too deep; or no reason was given.",
    "401": "Not signed in, or a signature that does not fit. Nothing is recorded.",
    "403": "Role or scope does not allow it.",
    "404": "No such thing in the caller's scope.",
    "429": "Too many calls.",
    "503": "The ledger is busy or can only be read. Nothing is recorded.",
}
_WITH_BODY = {
    "409": "The id stands for another statement, or `seen` is not of this log.",
    "413": "Too large.",
    "415": "Not a media type that is taken here.",
    "422": "A rule refuses it, or warnings wait for an answer.",
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `code` and the codes of `refusals` never change; `detail`, `said` and `advice` are in "
    "the caller's language (Accept-Language: kk, ru, en), which Content-Language names.",
    "required": ["type", "title", "status", "detail", "code", "refusals", "recorded", "advice"],
    "properties": dict.fromkeys(("type", "title", "detail", "code", "advice"), _STRING)
    | {
        "status": {"type": "integer"},
        "recorded": {"const": False},
        "refusals": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "said"],
                "properties": {"code": _STRING, "field": _STRING, "said": _STRING},
            },
        },
    },
    "examples": [
        {
            "type": "urn:senim:problem:balance_too_low",
            "title": "Nothing was recorded.",
            "status": 422,
            "detail": "There are 4 units of this lot there.",
            "code": "balance_too_low",
            "refusals": [{"code": "balance_too_low", "field": "body.lots.0.units", "said": "There are 4 units …"}],
            "recorded": False,
            "advice": "Count the lot, or take another one.",
        }
    ],
}
_LANGUAGE = {
    "description": "The language of what is said in words (kk, ru, en); not there where nothing is.",
    "schema": _STRING,
}
_WHO = {
    "token": {"type": "http", "scheme": "bearer", "description": "A machine's token: `senim token create`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "senim", "description": "A person who signed in."},
}


class Document(JsonRenderPlugin):
    """`/schema/openapi.json`."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self.render_json(request, to_document(openapi_schema, read_handlers(request.app)))

    def receive_router(self, router: Router) -> None:
        router.after_request = _refuse_others


async def _refuse_others(answer: Response[Any]) -> Response[Any]:
    """Beside the document the framework has a page of its own: that nothing is there is told as everywhere."""
    if answer.status_code == 404:
        raise NotFound
    return answer


def read_handlers(app: Litestar) -> dict[str, HTTPRouteHandler]:
    """Every handler that has an operation id, by it."""
    found = (handler for route in app.routes for handler in getattr(route, "route_handlers", ()))
    return {str(handler.operation_id): handler for handler in found if getattr(handler, "operation_id", None)}


def read_words(kind: type[Struct]) -> dict[str, str]:
    """What our shapes say of themselves, by their name and, as two may have one name, by room and name."""
    found: dict[str, str] = {}
    for each in kind.__subclasses__():
        found |= read_words(each)
        if each.__module__.startswith("api.") and each.__doc__:
            told = " ".join(each.__doc__.split())
            found |= {each.__name__: told, f"{each.__module__.rpartition('.')[2]}_{each.__name__}": told}
    return found


def to_document(said: dict[str, Any], handlers: Mapping[str, HTTPRouteHandler]) -> dict[str, Any]:
    """*said* by the *handlers*, with problems and the ways to say who calls."""
    parts = said.get("components", {})
    words = read_words(Struct)
    schemas = {
        name: {"description": words[name]} | each if name in words else each
        for name, each in parts.get("schemas", {}).items()
    } | {"Problem": _PROBLEM}
    return said | {
        "info": said["info"] | {"description": INTRODUCTION},
        "components": parts | {"schemas": schemas, "securitySchemes": _WHO, "headers": {"Content-Language": _LANGUAGE}},
        "paths": {
            path: {
                name: _with_problems(name, _with_examples(_with_words(each, handlers[each["operationId"]])))
                if isinstance(each, dict)
                else each
                for name, each in item.items()
            }
            for path, item in said.get("paths", {}).items()
        },
    }


def _with_words(operation: dict[str, Any], handler: HTTPRouteHandler) -> dict[str, Any]:
    """What the handler says of itself, in short and whole, and who may call it."""
    said = getattr(handler.fn, "func", handler.fn).__doc__ or ""  # what runs in a thread is wrapped
    told = " ".join(said.partition("Raises ")[0].split())
    action = find_permission(handler) or ""
    roles, ways = PERMITS[action], read_ways(handler)
    who = "anyone" if roles is ANYONE else ", ".join(sorted(roles)) + (", in a session" if ways == ("session",) else "")
    described = {"summary": told.partition(". ")[0].rstrip("."), "description": f"{told}\n\n`{action}`: {who}."}
    return operation | described | {"security": [{way: []} for way in ways] or [{}]}


def _with_examples(operation: dict[str, Any]) -> dict[str, Any]:
    examples = _EXAMPLES.get(operation["operationId"].removesuffix(BY_FORM), {})
    asked = operation.get("requestBody")
    more = (
        {}
        if asked is None
        else {"requestBody": asked | {"content": _with_example(asked["content"], examples, "request")}}
    )
    answers = {
        status: each | {"content": _with_example(each["content"], examples, status)} if "content" in each else each
        for status, each in operation.get("responses", {}).items()
    }
    return operation | more | {"responses": answers}


def _with_example(content: dict[str, Any], examples: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {kind: each | ({"example": examples[name]} if name in examples else {}) for kind, each in content.items()}


def _with_problems(method: str, operation: dict[str, Any]) -> dict[str, Any]:
    statuses = _ALWAYS | (_WITH_BODY if method != "get" else {})
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    refused = {status: {"description": text, "content": content} for status, text in statuses.items()}
    answers = refused | _without_litestar_s(operation.get("responses", {}))
    return operation | {"responses": {status: _with_language(each) for status, each in answers.items()}}


def _with_language(answer: dict[str, Any]) -> dict[str, Any]:
    if not {_JSON, PROBLEM} & answer.get("content", {}).keys():
        return answer
    named = {"Content-Language": {"$ref": "#/components/headers/Content-Language"}}
    return answer | {"headers": answer.get("headers", {}) | named}


def _without_litestar_s(said: dict[str, Any]) -> dict[str, Any]:
    """What our handlers say; the framework's own shape of a bad request is never answered, and a 204 has no body."""
    return {
        status: {name: told for name, told in each.items() if status != "204" or name != "content"}
        for status, each in said.items()
        if status != "400" or _JSON not in each.get("content", {})
    }
