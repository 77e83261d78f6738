"""The OpenAPI document alone is enough: each operation says what it is and who may call it, and shows a call."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from .basics import from_base64
from .canon import to_canonical
from .client import signed_bytes
from .door import Api, errors_of
from .privacy import check_opening
from .tiles import leaf_hash

Json = dict[str, Any]
BINARY = ("application/pdf", "application/octet-stream")


@pytest.fixture(scope="module")
def document(api: Api) -> Json:
    return api.document


def operations(document: Json) -> list[Json]:
    return [said for item in document["paths"].values() for said in item.values()]


def test_it_is_openapi_and_says_how_to_begin(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    told = document["info"]["description"]
    for word in ("senim/sign/v1", "senim/sealed/v1", "X-Access-Reason", "Idempotent-Replay", "RFC 8785", "preview"):
        assert word in told


def test_every_operation_has_its_own_id_a_summary_a_description_and_who_may(document: Json) -> None:
    said = operations(document)
    assert len({each["operationId"] for each in said}) == len(said)
    for each in said:
        assert each["summary"]
        assert "`: " in each["description"], each["operationId"]  # `resource:action`: roles
        assert {"400", "401", "403", "404", "429", "503"} <= each["responses"].keys()
        for parameter in each.get("parameters", []):
            jsonschema_rs.validator_for(parameter["schema"])


def test_every_body_has_an_example_that_fits_its_schema(document: Json) -> None:
    for said in operations(document):
        contents = [("request", said["requestBody"]["content"])] if "requestBody" in said else []
        contents += [
            (status, each.get("content", {})) for status, each in said["responses"].items() if status[0] == "2"
        ]
        for what, content in contents:
            for kind, each in content.items():
                if kind in BINARY:
                    continue
                assert "example" in each, (said["operationId"], what)
                assert errors_of(document, each["schema"], each["example"]) == [], (said["operationId"], what)


def test_the_examples_are_a_true_call(document: Json) -> None:
    """What is shown of previewing and recording can be recomputed, as a client should do it."""
    said = {each["operationId"]: each for each in operations(document)}
    preview = said["preview"]["responses"]["200"]["content"]["application/json"]["example"]
    record = said["record"]["requestBody"]["content"]["application/json"]["example"]
    entry = said["entry"]["responses"]["200"]["content"]["application/json"]["example"]
    statement = record["entries"][0]["statement"]
    assert preview["entries"][0]["statement"] == statement == entry["entry"]["statement"]
    assert from_base64(preview["sign"]) == signed_bytes([statement])
    assert leaf_hash(to_canonical(entry["entry"])).hex() == entry["leaf"]
    opening = {"seq": 0, **record["entries"][0]["openings"][0]}
    assert check_opening(to_canonical(opening), {0: statement})
    assert [each["by"] for each in record["signatures"]] == list(preview["keys"])
