"""The server as its own OpenAPI document describes it: what is asked and what is answered must both stand there.

Trusts nobody: an answer of another status, media type or shape than documented is refused like a wrong signature.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs

from .basics import need, refuse

DOCUMENT = "/schema/openapi.json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


def ask(port: int, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    """One call over loopback TCP."""
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    try:
        connection.request(method, path, body=body or None, headers=dict(headers or {}))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(status=answer.status, headers=told, data=answer.read())
    finally:
        connection.close()


@dataclass(kw_only=True)
class Api:
    """Calls by operation id, as one person. `used`: (operation, status) that were seen to be as documented."""

    port: int
    token: str | None = None
    document: dict[str, Any] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.document = self.document or ask(self.port, "GET", DOCUMENT).json

    def speak_as(self, token: str | None) -> Api:
        return Api(port=self.port, token=token, document=self.document, used=self.used)

    def call(self, operation: str, *, expect: int = 200, body: Any = None, **given: Any) -> Answer:
        """`given`: the documented parameters by name, `_` for `-` in headers. Refuses an answer unlike the document."""
        method, path, said = find_operation(self.document, operation)
        query: dict[str, str] = {}
        headers = {"Accept-Language": "en"}
        for parameter in said.get("parameters", []):
            name, where = parameter["name"], parameter["in"]
            value = given.pop(name.replace("-", "_"), None)
            need(value is not None or not parameter.get("required"), "document", f"{operation} needs {name}")
            if value is None:
                continue
            self._fits(parameter["schema"], value, f"{operation}: {name}")
            if where == "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe="/"))
            elif where == "query":
                query[name] = str(value).lower() if isinstance(value, bool) else str(value)
            else:
                headers[name] = quote(str(value))
        need(not given, "document", f"{operation} does not document {sorted(given)}")
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            content = said["requestBody"]["content"]
            self._fits(content["application/json"]["schema"], body, f"{operation}: what is sent")
            headers["Content-Type"] = "application/json"
        target = path + ("?" + urlencode(query) if query else "")
        data = b"" if body is None else json.dumps(body).encode()
        answer = ask(self.port, method.upper(), target, headers=headers, body=data)
        self._judge(operation, said, answer)
        need(answer.status == expect, "status", f"{operation} gave {answer.status}: {answer.data[:400]!r}")
        return answer

    def _judge(self, operation: str, said: dict[str, Any], answer: Answer) -> None:
        documented = said["responses"].get(str(answer.status))
        if documented is None:
            refuse("document", f"{operation} does not document the status {answer.status}")
        content = documented.get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        known = {name.partition(";")[0]: each for name, each in content.items()}
        if kind not in known:
            refuse("document", f"{operation}, {answer.status}: {kind!r} is not among {sorted(known)}")
        if kind.endswith("json"):
            self._fits(known[kind].get("schema", {}), answer.json, f"{operation}, {answer.status}")
        for name, header in documented.get("headers", {}).items():
            absent = name.lower() not in answer.headers
            need(not (header.get("required") and absent), "document", f"{operation}: no header {name}")
        self.used.add((operation, answer.status))

    def _fits(self, schema: dict[str, Any], value: Any, what: str) -> None:
        for error in errors_of(self.document, schema, value):
            refuse("document", f"{what}: {error}")


def find_operation(document: dict[str, Any], operation: str) -> tuple[str, str, dict[str, Any]]:
    """(method, path, what is said of it)."""
    every = [(method, path, said) for path, item in document["paths"].items() for method, said in item.items()]
    found = [each for each in every if each[2]["operationId"] == operation]
    need(len(found) == 1, "document", f"there is no operation {operation}, or more than one")
    return found[0]


def errors_of(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What JSON Schema 2020-12, which OpenAPI 3.1 is written in, finds wrong with `value`."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    whole["components"] = document.get("components", {})
    validator = jsonschema_rs.Draft202012Validator(whole)
    return [f"{list(error.instance_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]
