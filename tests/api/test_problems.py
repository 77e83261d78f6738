"""What is refused is said in the caller's language, with a code that never changes and when to come again."""

from typing import Any

import pytest

from ledger.errors import LedgerReadOnly
from tests.api.serving import Served
from tests.api.v1.signing import PREVIEW, command, preview, record, sign

MEMBERS = {"type", "title", "status", "detail", "code", "refusals", "recorded", "advice"}


def test_a_problem_is_told_in_the_language_that_was_asked_for(standing: Served) -> None:
    asked = {"kk": "kk-KZ,ru;q=0.5", "ru": "ru", "en": "de, en;q=0.3", "else": "de"}
    told = {
        name: standing.call("GET", "/api/v1/patients/p1", reason=None, headers={"Accept-Language": header}).json()
        for name, header in asked.items()
    }
    assert {each["code"] for each in told.values()} == {"reason_required"}
    assert all(each.keys() == MEMBERS and each["recorded"] is False for each in told.values())
    for part in ("detail", "advice", "title"):
        assert len({told[name][part] for name in ("kk", "ru", "en")}) == 3
    assert told["else"] == told["ru"]


def test_a_ledger_that_takes_nothing_is_still_read(served: Served) -> None:
    signed = sign(served.counter, preview(served, command(served.counter)))
    served.site.ledger.read_only = LedgerReadOnly("disk_full")
    for answer in (
        record(served, signed),
        served.call("POST", PREVIEW, json={"command": command(served.counter)}),
        served.call("POST", "/api/v1/reports/register", json={"product": "morphine"}),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
        told = answer.json()
        assert (told["code"], told["refusals"][0]["code"]) == ("ledger_read_only", "disk_full")
    for path in ("balances", "entries", "patients/p1", "circle", "log/checkpoint", "fhir/Patient/p1", "health"):
        assert served.call("GET", f"/api/v1/{path}").status_code == 200, path


def test_too_many_tries_say_when_the_next_may_be(served: Served) -> None:
    asked = {"person": "pharm", "password": "not the password", "code": "123456"}
    answers = [served.call("POST", "/api/v1/account/sign-in/password", who=None, json=asked) for _ in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("entries", {"entries": [{"statement": {}, "foo": 1}], "signatures": []}, "entries.0.foo"),
        ("entries", {"entries": [{"statement": 5}], "signatures": []}, "entries.0.statement"),
        ("entries/preview", {"x": 1}, "x"),
        ("patients/search", {"q": 5}, "q"),
        ("patients/search", [], None),
    ],
)
def test_what_cannot_be_read_in_a_body_is_named(standing: Served, path: str, body: Any, field: str | None) -> None:
    told = standing.call("POST", f"/api/v1/{path}", json=body).json()
    assert (told["code"], told["refusals"][0].get("field")) == ("parameter_malformed", field)
    assert field is None or field in told["detail"]


@pytest.mark.parametrize(
    ("name", "field"), [("colour", "colour"), ("Әбенов", "…"), ("860921101982", "…"), ("a\nb", "…"), ("a`b", "…")]
)
@pytest.mark.parametrize(("lang", "said"), [("en", "no field {}"), ("ru", "Поля {} здесь нет"), ("kk", "{} өрісі жоқ")])
def test_that_a_body_has_no_such_field_is_told_as_that(
    standing: Served, name: str, field: str, lang: str, said: str
) -> None:
    answer = standing.call(
        "POST", "/api/v1/patients/search", json={"q": "ab", name: 1}, headers={"Accept-Language": lang}
    )
    told = answer.json()
    assert (answer.status_code, told["code"], told["refusals"][0]["field"]) == (400, "parameter_malformed", field)
    assert said.format(field) in told["detail"]
