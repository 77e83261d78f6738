"""The paths as a client calls them: media type, refusals in FHIR's words, and who looked is on record."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pyfhircheck import Validator

from api.fhir.resources import MAKERS
from api.fhir.searching import COMMON, PARAMETERS
from tests.api.fhir.day import DAY, Json
from tests.api.fhir.test_validators import find_issues, read_plain
from tests.api.serving import ORIGIN, Served, serve
from tests.faults.counter import Counter

FHIR = "/api/v1/fhir"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    counter = Counter(tmp_path_factory.mktemp("day"))
    counter.tell(DAY)
    with serve(counter) as made:
        yield made
    counter.house.close()


def get(served: Served, path: str, status: int = 200, **more: Any) -> Json:
    """The answer, which is FHIR whatever its status."""
    answer = served.call("GET", f"{FHIR}{path}", **more)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/fhir+json"
    told: Json = answer.json()
    return told


def code_of(outcome: Json) -> str:
    assert outcome["resourceType"] == "OperationOutcome"
    return str(outcome["issue"][0]["details"]["coding"][0]["code"])


def looks(served: Served) -> list[tuple[str, str, str, str]]:
    return [(row.kind, row.patient, row.detail, row.reason) for row in served.site.access.read(limit=10)]


def test_the_metadata_is_for_anyone_and_names_what_the_routes_take(served: Served) -> None:
    told = get(served, "/metadata", who=None, reason=None)
    assert told["fhirVersion"] == "4.0.1"
    offered = {
        each["type"]: {param["name"] for param in each["searchParam"]} - {"subject"}
        for each in told["rest"][0]["resource"]
    }
    assert offered == {type: {*COMMON, *PARAMETERS[type]} for type in PARAMETERS}
    document = served.call("GET", "/schema/openapi.json", who=None).json()
    for type, names in offered.items():
        parameters = document["paths"][f"{FHIR}/{type}"]["get"]["parameters"]
        assert {each["name"] for each in parameters if each["in"] == "query"} == names | {"_count", "_before"}
        assert f"{FHIR}/{type}/{{id}}" in document["paths"]


@pytest.mark.parametrize("type", MAKERS)
def test_a_search_leads_to_what_can_be_read(served: Served, type: str) -> None:
    bundle = get(served, f"/{type}?_count=50", who="inspector")
    assert bundle["type"] == "searchset"
    for each in bundle["entry"][:3]:
        resource = each["resource"]
        assert each["fullUrl"].endswith(f"{FHIR}/{type}/{resource['id']}")
        assert get(served, f"/{type}/{resource['id']}", who="inspector") == resource
    assert list(find_issues([read_plain(bundle)], Validator())) == []


def test_whoever_looks_says_why_and_it_stands_on_record(served: Served) -> None:
    assert code_of(get(served, "/Patient/pU1", 400, reason=None)) == "reason_required"
    get(served, "/Patient/pU1", reason="pain at night")
    assert looks(served)[0] == ("read", "p_1", "fhir Patient", "pain at night")
    get(served, "/Patient/nobody", 404, reason="curious")
    assert looks(served)[0] == ("not_found", "nobody", "fhir Patient", "curious")
    bundle = get(served, "/MedicationAdministration?_count=100", reason="round")
    seen = {each["resource"]["subject"]["reference"] for each in bundle["entry"]}
    assert seen == {"Patient/p2"}
    assert looks(served)[0] == ("read", "p2", "fhir MedicationAdministration", "round")
    assert looks(served)[1][3] != "round", "each patient is noted once"


def test_a_patient_is_found_by_iin(served: Served) -> None:
    bundle = get(served, "/Patient?identifier=urn:senim:iin|821028101001")
    assert {each["resource"]["id"] for each in bundle["entry"]} <= {"pU1", "p3"}, "one person under two ids"
    assert get(served, "/Patient?identifier=urn:senim:iin|821028101002")["total"] == 0


def test_an_address_of_ours_is_the_same_reference(served: Served) -> None:
    for name in ("patient", "target"):
        here, there = (get(served, f"/Provenance?{name}={base}Patient/pU1") for base in ("", f"{ORIGIN}{FHIR}/"))
        assert here["entry"] == there["entry"]


def test_pages_go_on_by_their_links(served: Served) -> None:
    found, url = [], f"{FHIR}/Provenance?patient=pU1&_count=4"
    while url:
        page = served.call("GET", url).json()
        found += [each["resource"]["id"] for each in page.get("entry", ())]
        links = {each["relation"]: each["url"] for each in page["link"]}
        url = links.get("next", "")
    assert len(found) == len(set(found)) > 8


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/Patient/nobody", 404, "not_found"),
        ("/Patient/p_1", 404, "not_found"),
        ("/MedicationDispense/00000000-0000-4000-8000-00000000ffff", 404, "not_found"),
        ("/MedicationDispense/pU1", 404, "not_found"),
        ("/MedicationRequest?patient=nobody", 404, "not_found"),
        ("/MedicationRequest?patient=https://elsewhere.example/api/v1/fhir/Patient/p2", 404, "not_found"),
        ("/MedicationRequest?colour=red", 400, "parameter_malformed"),
        ("/MedicationRequest?patient=p_1", 404, "not_found"),
        ("/AuditEvent/99999999", 404, "not_found"),
        ("/AuditEvent/x", 404, "not_found"),
        ("/Medication", 404, "not_found"),
        ("/Patient/p2/_history", 404, "not_found"),
        ("/metadata?_format=xml", 406, "not_acceptable"),
        ("/Patient/p2?_format=application/fhir%2Bxml", 406, "not_acceptable"),
    ],
)
def test_a_refusal_is_an_operation_outcome_with_our_code(served: Served, path: str, status: int, code: str) -> None:
    told = get(served, path, status, who="inspector")
    assert code_of(told) == code
    assert list(find_issues([told], Validator())) == []


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+xml", 406),
        ("text/turtle, application/fhir+xml;q=0.9", 406),
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("application/fhir+xml, */*;q=0.1", 200),
    ],
)
def test_what_is_asked_for_in_another_format_is_not_acceptable(served: Served, accept: str, status: int) -> None:
    get(served, "/Patient/p2", status, headers={"Accept": accept})


def test_a_method_that_is_not_served_is_refused_in_fhir(served: Served) -> None:
    answer = served.call("POST", f"{FHIR}/Patient", json={"resourceType": "Patient"})
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/fhir+json")
    assert code_of(answer.json()) == "method_not_allowed"


def test_a_page_of_named_resources_goes_on_and_ends(served: Served) -> None:
    ids = [each["resource"]["id"] for each in get(served, "/Provenance?_count=3")["entry"]]
    found: list[str] = []
    url = f"/Provenance?_id={','.join(ids)}&_count=1"
    while url and len(found) <= len(ids):
        page = get(served, url)
        found += [each["resource"]["id"] for each in page.get("entry", ())]
        links = {each["relation"]: each["url"] for each in page["link"]}
        url = links.get("next", "").partition(FHIR)[2]
    assert found == ids


def test_how_many_there_are_is_told_without_showing_them(served: Served) -> None:
    whole, rows = get(served, "/MedicationRequest?_count=100"), served.site.access.head()[0]
    told = get(served, "/MedicationRequest?_count=0")
    assert whole["total"] == told["total"] > 0
    assert "entry" not in told
    assert [link["relation"] for link in told["link"]] == ["self"]
    assert served.site.access.head()[0] == rows
    events = get(served, "/AuditEvent?_count=0", who="inspector")
    assert events["total"] > 0
    assert "entry" not in events


@pytest.mark.parametrize("type", PARAMETERS)
def test_a_search_may_be_asked_in_a_form(served: Served, type: str) -> None:
    whole = get(served, f"/{type}?_count=2&_lastUpdated=lt2100", who="inspector")
    asked = {"_count": "2", "_lastUpdated": "lt2100"}
    answer = served.call("POST", f"{FHIR}/{type}/_search", who="inspector", data=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
    told = answer.json()
    assert told["link"][0]["url"].partition("?")[2] == "_lastUpdated=lt2100&_count=2"
    if type != "AuditEvent":  # where each look is another row
        assert told == whole


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"json": {"_count": "2"}}, 415, "media_type"),
        ({"content": b"identifier=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400,
         "body_malformed"),
        ({"data": {"colour": "red"}}, 400, "parameter_malformed"),
        ({"data": {"_count": "-1"}}, 400, "parameter_malformed"),
        ({"data": {}, "reason": None}, 415, "media_type"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_meant_is_refused(served: Served, told: Json, status: int, code: str) -> None:
    answer = served.call("POST", f"{FHIR}/Patient/_search", **told)
    assert (answer.status_code, code_of(answer.json())) == (status, code)


def test_it_is_said_in_the_callers_language(served: Served) -> None:
    texts = {
        get(served, "/Patient/nobody", 404, headers={"Accept-Language": language})["issue"][0]["details"]["text"]
        for language in ("kk", "ru", "en")
    }
    assert len(texts) == 3


@pytest.mark.parametrize(("who", "status"), [("registrar", 403), (None, 401)])
def test_whoever_may_not_gets_nothing(served: Served, who: str | None, status: int) -> None:
    for type in MAKERS:
        assert get(served, f"/{type}", status, who=who)["resourceType"] == "OperationOutcome"


def test_the_access_log_is_for_who_oversees_it(served: Served) -> None:
    assert code_of(get(served, "/AuditEvent", 403, who="nurse")) == "forbidden"
    get(served, "/Patient/p2", who="nurse", reason="fever")
    bundle = get(served, "/AuditEvent?patient=p2&_count=1", who="inspector", reason="visit")
    (event,) = (each["resource"] for each in bundle["entry"])
    assert event["agent"][0]["purposeOfUse"] == [{"text": "fever"}]
    assert event["entity"][0]["what"] == {"reference": "Patient/p2"}
    assert get(served, f"/AuditEvent/{event['id']}", who="inspector") == event
    (link,) = (each["url"] for each in bundle["link"] if each["relation"] == "next")
    assert "_before=" in link
    assert looks(served)[0] == ("log_read", "", "fhir AuditEvent", "care")
    assert list(find_issues([read_plain(bundle)], Validator())) == []


def test_no_digit_of_a_dose_is_lost_on_the_way(served: Served) -> None:
    answer = served.call("GET", f"{FHIR}/MedicationRequest/rxUpart")
    assert '"value":2.125,' in answer.text
    assert answer.headers["etag"] == f'W/"{json.loads(answer.text)["meta"]["versionId"]}"'
