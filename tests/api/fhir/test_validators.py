"""Two validators that others wrote find nothing to say, over every entry of the demonstration and of every story.

`pyfhircheck` takes the shape of a resource from the models of `fhir.resources` and adds what those do not look at:
required value sets, invariants, references, ids, times. So they are independent of us, less of each other.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from pyfhircheck import Validator

from api.fhir.audit import to_audit_event
from api.fhir.capability import to_capability
from ledger.cli.wiring import House
from tests.api.fhir.conftest import STORIES, Play, chart_of, now_of
from tests.api.fhir.day import Json, read_all, to_json

STATUSES = ("MedicationRequest", "MedicationDispense", "MedicationAdministration")
AT_ONCE = 150


def read_plain(made: Json) -> Json:
    """As most programs read JSON."""
    plain: Json = json.loads(json.dumps(made, default=float))
    return plain


def find_issues(resources: list[Json], validator: Validator) -> Iterator[str]:
    """What either validator has to say. References are looked at by a test of their own: a chunk has not all."""
    for each in resources:
        try:
            get_fhir_model_class(each["resourceType"]).model_validate(each)
        except ValidationError as wrong:
            yield f"{each['resourceType']}/{each.get('id')}: {wrong}"
    left = iter(resources)
    while chunk := list(islice(left, AT_ONCE)):
        entries = [{"fullUrl": f"http://h/fhir/{r['resourceType']}/{r.get('id')}", "resource": r} for r in chunk]
        report = validator.validate_resource({"resourceType": "Bundle", "type": "collection", "entry": entries})
        yield from (f"{i.code} {i.path} {i.message}" for i in report.issues if i.code != "reference.unresolved")


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.mark.once("what a store gives back of it is compared in test_searching.py")
@pytest.mark.parametrize("name", ["hospital", "phc"])
def test_every_entry_of_the_demonstration_is_valid(
    demonstration: dict[str, House], validator: Validator, name: str
) -> None:
    with chart_of(demonstration[name].ledger) as chart:
        found = read_all(chart)
        size = chart.reading.head.size
    assert len([id for type, id in found if type == "Provenance"]) == size
    assert {type for type, _ in found} == {*STATUSES, "Patient", "Provenance"}
    assert list(find_issues([read_plain(each) for each in found.values()], validator)) == []


@pytest.mark.parametrize("number", sorted(path.name[:2] for path in STORIES.glob("[0-9]*.md")))
def test_every_entry_of_the_stories_is_valid(play: Play, validator: Validator, number: str) -> None:
    stage = play(number)
    with chart_of(stage.house.ledger, now_of(stage)) as chart:
        found = read_all(chart)
    assert list(find_issues([read_plain(each) for each in found.values()], validator)) == []
    assert sorted(set(_references(list(found.values()))) - {f"{type}/{id}" for type, id in found}) == []


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        told = value.get("reference")
        if isinstance(told, str) and not told.startswith("#"):
            yield told
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def test_the_capability_statement_is_valid(validator: Validator) -> None:
    made = to_capability(base="https://senim.example.kz/api/v1/fhir", facility="Ward")
    assert list(find_issues([made], validator)) == []


def test_what_is_wrong_is_found(demonstration: dict[str, House], validator: Validator) -> None:
    with chart_of(demonstration["phc"].ledger) as chart:
        found = read_all(chart)
    first = {type: next(read_plain(each) for (of, _), each in found.items() if of == type) for type in STATUSES}
    for type, good in first.items():
        assert list(find_issues([good], validator)) == []
        assert any("terminology.required" in issue for issue in find_issues([good | {"status": "bogus"}], validator))
        assert list(find_issues([good | {"colour": "red"}], validator)), type
        assert list(find_issues([{**good, "subject": None}], validator)), type


class Row:
    """A row of the access log."""

    seq, at, kind, person, patient, detail, reason = (
        7, "2026-03-02T05:15:00.000000Z", "read", "nurse", "p_1", "fhir Patient", "pain at night",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "type", "outcome"),
    [
        ("read", "rest", "0"),
        ("not_found", "rest", "4"),
        ("report", "rest", "0"),
        ("signed_in", "110114", "0"),
        ("sign_in_failed", "110114", "4"),
        ("sign_in_delayed", "110114", "4"),
        ("locked", "110114", "0"),
        ("token_made", "110137", "0"),
        ("evidence", "110106", "0"),
        ("passkey_copied", "110113", "4"),
    ],
)
def test_an_audit_event_is_valid_and_says_what_kind_it_is(
    validator: Validator, kind: str, type: str, outcome: str
) -> None:
    row = Row()
    row.kind = kind
    made = to_json(to_audit_event(row, log="senim/ward/1", facility={"display": "Ward"}))
    assert list(find_issues([made], validator)) == []
    assert made["entity"][0]["what"] == {"reference": "Patient/pU1"}
    assert made["agent"][0]["purposeOfUse"] == [{"text": "pain at night"}]
    assert (made["type"]["code"], made["outcome"]) == (type, outcome)
