"""Ids go out and come back; decimals keep their digits on the wire."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode

from api.fhir.dosing import measure, to_dosage
from api.fhir.names import from_id, system_of, to_id
from ledger.domain import terms
from ledger.errors import NotFound

FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@given(st.from_regex(terms.ID, fullmatch=True))
def test_every_id_of_ours_is_one_of_theirs_and_comes_back(name: str) -> None:
    assert FHIR_ID.fullmatch(to_id(name))
    assert from_id(to_id(name)) == name


@given(st.text(max_size=70))
def test_what_we_never_write_is_not_found(text: str) -> None:
    try:
        name = from_id(text)
    except NotFound:
        return
    assert terms.ID.fullmatch(name)
    assert to_id(name) == text


@given(st.from_regex(terms.DECIMAL, fullmatch=True).filter(lambda text: len(text) <= 18 and text.isascii()))
def test_a_dose_has_the_digits_that_were_signed(text: str) -> None:
    assert f'"value":{text},'.encode() in encode(measure({"value": text, "unit": "mg"}))


@pytest.mark.parametrize("text", ["0.1", "123456789012345.125", "0.00000012", "9007199254740993"])
def test_no_float_stands_between(text: str) -> None:
    assert f'"value":{text},'.encode() in encode(measure({"value": text, "unit": "mg"}))


def test_the_four_fields_of_the_order_are_a_dosage() -> None:
    often = {"times": 4, "period": 1, "period_unit": "d", "as_needed": True}
    course = {"single_dose": {"value": "2.5", "unit": "mg"}, "route": "20053000", "frequency": often}
    dosage = to_dosage(course | {"duration_days": 10})
    repeat = dosage["timing"]["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"], repeat["boundsDuration"]["value"]) == (
        4,
        1,
        "d",
        10,
    )
    assert dosage["asNeededBoolean"] is True
    assert dosage["route"]["coding"] == [{"system": "http://standardterms.edqm.eu", "code": "20053000"}]
    patch = to_dosage(course | {"single_dose": {"value": "12.5", "unit": "ug/h"}, "duration_days": 3})
    assert b'{"rateQuantity":{"value":12.5,"unit":"ug/h"' in encode(patch)


def test_a_new_epoch_keeps_the_names_of_things() -> None:
    assert system_of("kz.example/senim/ward/1", "patient") == system_of("kz.example/senim/ward/2", "patient")
    assert system_of("senim/ward/1", "patient") != system_of("senim/ward/1", "place")
