"""A refusal calls things as the register calls them, in the reader's language; codes and fields stay as they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerBusy
from tests.api.conftest import opened
from tests.api.serving import Served
from tests.api.v1.signing import PREVIEW, command, moved, preview, record, sign

MORPHINE = {
    "kk": "«Морфин, инъекцияға арналған ерітінді, 10\xa0мг»",
    "ru": "«Морфин, раствор для инъекций, 10\xa0мг»",
    "en": "«Morphine, solution for injection, 10\xa0mg»",
}
SAFE, AIGUL = "Дәріхана сейфі", "Айгүл Нұрланова"


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A second safe and a colleague with names of their own; her key is not enrolled yet."""
    with opened(tmp_path_factory.mktemp("named")) as served:
        place = {"place": "vault", "kind": "safe", "name": SAFE, "administration": "entered"}
        assert served.counter.give("place.opened", place, "registrar") == "recorded"
        person = {"person": "aigul", "role": "nurse", "name": AIGUL}
        assert served.counter.give("person.enrolled", person, "registrar", "head") == "recorded"
        yield served


def told(served: Served, lang: str, *commands: Any, who: str = "pharm") -> list[dict[str, Any]]:
    """What is said of each command in the language *lang*, refusals and warnings."""
    answer = served.call("POST", PREVIEW, who=who, json={"commands": list(commands)}, headers={"Accept-Language": lang})
    assert (answer.status_code, answer.headers["content-language"]) == (200, lang), answer.text
    return [each for entry in answer.json()["entries"] for each in (*entry["refusals"], *entry["warnings"])]


@pytest.mark.parametrize(
    ("lang", "elsewhere", "keyless"),
    [
        ("kk", "{product} препаратының A1 сериясы «{safe}» сақтау орнында ешқашан болмаған.",
         "{person} қол қоятын өз кілтін әлі алған жоқ."),
        ("ru", "Серии A1 препарата {product} в месте хранения «{safe}» никогда не было.",
         "{person}: своего ключа для подписи ещё нет."),
        ("en", "Lot A1 of {product} has never been at «{safe}».",
         "{person} has no key of their own to sign with yet."),
    ],
)  # fmt: skip
def test_products_places_and_colleagues_are_called_by_their_names(
    named: Served, lang: str, elsewhere: str, keyless: str
) -> None:
    asked = command(named.counter, body=moved(1, "A1") | {"from_place": "vault"}, witness="aigul")
    said = {each["code"]: each for each in told(named, lang, asked)}
    assert said["lot_unknown"]["field"] == "body.lines.0.lot"
    assert said["lot_unknown"]["said"] == elsewhere.format(product=MORPHINE[lang], safe=SAFE)
    assert said["not_enrolled"]["said"] == keyless.format(person=AIGUL)


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_a_warning_calls_both_medicines_by_their_names(named: Served, lang: str) -> None:
    course = {
        "prescription": "rx9", "patient": "p1", "product": "diazepam", "single_dose": {"value": "10", "unit": "mg"},
        "route": "20053000", "frequency": {"times": 1, "period": 1, "period_unit": "d", "as_needed": False},
        "duration_days": 5, "starts_on": "2026-03-02", "units": 5, "setting": "home", "record_no": "1",
    }  # fmt: skip
    asked = command(named.counter, "prescription.issued", course, witness=None)
    (warning,) = told(named, lang, asked, who="doctor")
    assert warning["code"] == "opioid_with_benzodiazepine"
    assert MORPHINE[lang] in warning["said"]
    assert "diazepam" not in warning["said"]


def test_what_the_register_has_no_name_for_is_told_as_before(named: Served) -> None:
    strangers = command(named.counter, body=moved(1) | {"to_place": "attic"}, witness="stranger")
    codes = {each["code"]: each["said"] for each in told(named, "en", strangers)}
    assert codes["place_unknown"] == "There is no place attic here."
    assert codes["not_enrolled"] == "stranger is not enrolled here, or has left."


def test_no_patient_is_called_by_name(named: Served) -> None:
    identity = {"name": "Test", "iin": None, "no_iin_reason": "no papers", "born_on": "1950-01-01", "address": "x"}
    body = {"patient": "p1", "identity": identity, "home_kato": "101010000", "home_phc_bin": "990140000017"}
    asked = command(named.counter, "patient.registered", body | {"indication": "other", "icd10": "C50"}, witness=None)
    (refusal,) = told(named, "en", asked, who="nurse")
    assert refusal["said"] == "The name p1 is taken already."


def test_what_is_refused_when_it_is_recorded_is_told_alike(tmp_path: Path) -> None:
    with opened(tmp_path) as served:
        signed = sign(served.counter, preview(served, command(served.counter, body=moved(40))))
        served.counter.tell("09:50 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 5]")
        for lang, morphine in MORPHINE.items():
            answer = record(served, signed, Accept_Language=lang)
            problem = answer.json()
            (refusal,) = problem["refusals"]
            assert (answer.status_code, answer.headers["content-language"]) == (422, lang)
            assert (refusal["code"], refusal["field"]) == ("balance_too_low", "body.lines.0.units")
            assert morphine in refusal["said"] == problem["detail"]
        narrow = served.person("pharm", scopes=frozenset({"entries:record"}))
        assert "of morphine, lot A" in record(served, signed, who=narrow).json()["detail"]


def test_a_register_that_cannot_be_read_still_says_why(named: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy() -> None:
        raise LedgerBusy

    signed = sign(named.counter, preview(named, command(named.counter)))
    assert record(named, signed, who="pharm2").status_code == 403
    monkeypatch.setattr(named.site.ledger.store, "reading", busy)
    answer = record(named, signed, who="pharm2")
    assert (answer.status_code, answer.json()["detail"]) == (403, "pharm2 may not do this.")


def test_the_language_of_an_answer_is_documented(standing: Served) -> None:
    paths = standing.call("GET", "/schema/openapi.json", who=None).json()["paths"]
    answers = paths["/api/v1/entries/preview"]["post"]["responses"]
    assert {status for status, each in answers.items() if "Content-Language" in each.get("headers", {})} >= {
        "200",
        "422",
    }
    assert "content-language" not in standing.call("GET", "/api/v1/balances").headers
