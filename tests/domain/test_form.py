"""Readers of fields that stand at the border: times, origins of logs, and what of an unknown name is repeated."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import form, texts, values
from ledger.domain.asking.courses import Course
from ledger.domain.records import Product
from ledger.errors import BytesRejected
from ledger.log.statement import check_log
from tests.domain.pharmacy import Pharmacy, prescription

ORIGINS = {
    "senim/x/0": True,
    "senim/x/1": True,
    "senim/x/999999999": True,
    "senim-practice/x/1": True,
    "health.kz/senim/x_y.z-1/12": True,
    "a-b.c/senim-practice/x/1": True,
    "senim/x/01": False,
    "senim/x/1000000000": False,
    "senim/x/-1": False,
    "senim/x": False,
    "senim//1": False,
    "senim/X/1": False,
    "senim/x/1\n": False,
    "a..b/senim/x/1": False,
    "-a.b/senim/x/1": False,
    "nodot/senim/x/1": False,
    "senim-demo/x/1": False,
    f"senim/{'x' * 65}/1": False,
    f"{'.'.join(['a' * 63] * 4)}/senim/x/1": False,
}


def accepts(reader: form.Reader, value: Any) -> bool:
    return reader(value, "", form.Reading()) is not form.GONE


def is_origin_of_a_log(told: str) -> bool:
    try:
        check_log(told)
    except BytesRejected:
        return False
    return True


@pytest.mark.parametrize("origin", ORIGINS)
def test_border_and_log_mean_the_same_by_an_origin(origin: str) -> None:
    assert accepts(values.log_origin, origin) == is_origin_of_a_log(origin) == ORIGINS[origin]


@given(st.from_regex(re.compile(r"([a-c.-]{0,9}/)?senim(-practice)?/[a-c._/-]{0,5}/[0-9]{1,10}"), fullmatch=True))
def test_border_and_log_agree_about_anything_like_an_origin(origin: str) -> None:
    assert accepts(values.log_origin, origin) == is_origin_of_a_log(origin)


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ("2026-03-02T10:15:00+05:00", True),
        ("2026-03-02T10:15:00Z", True),
        ("2026-03-02T10:15:00-23:59", True),
        ("2026-03-02T10:15:00+05:60", False),
        ("2026-03-02T10:15:00+05:99", False),
        ("2026-03-02T10:15:00+24:00", False),
        ("2026-03-02T24:00:00Z", False),
        ("2026-03-02T10:15:60Z", False),
        ("0000-03-02T10:15:00Z", False),
        ("0001-01-01T00:00:00+05:00", False),
        ("9999-12-31T23:59:59-05:00", False),
        ("0999-12-31T23:59:59.999999Z", False),
        ("0999-12-31T20:00:00-05:00", True),
        ("9998-12-31T23:59:59.999999Z", True),
        ("9999-01-01T00:00:00.000000Z", False),
        ("9999-01-01T04:59:59+05:00", True),
        ("9999-12-31T23:59:59.999999Z", False),
        ("9999-12-31T23:59:59.99999Z", False),
    ],
)
def test_a_time_is_one_of_rfc_3339(told: str, good: bool) -> None:
    assert accepts(values.time, told) == good


@pytest.mark.parametrize(
    ("name", "repeated"),
    [
        ("colour", True),
        ("a.b-c_1", True),
        ("Әбенов", False),
        ("821028101001", False),
        ("a b", False),
        ("a" * 65, False),
    ],
)
def test_of_an_unknown_field_only_a_code_is_repeated(name: str, repeated: bool) -> None:
    reading = form.Reading()
    form.obj({})({name: 1}, "", reading)
    assert [problem.field for problem in reading.problems] == [name if repeated else "…"]


IIN = "860921101982"
OPENLY = {
    IIN: True,
    f"Қалиев О. {IIN}": True,
    f"LOT{IIN}A": True,
    f"A-2026-{IIN}": True,
    f"1{IIN}": False,
    "860921101983": False,
    "990140000017": False,  # a BIN
    f"0192f0c1-0000-7000-8000-{IIN}:1": False,  # a discrepancy is named by the UUID of its count
}


@pytest.mark.parametrize("told", OPENLY)
def test_an_iin_is_refused_wherever_a_text_stands_in_clear_and_nowhere_else(told: str) -> None:
    reading = form.Reading()
    texts.text(told, "body.lot", reading)
    wanted = [("id_looks_like_iin", "body.lot")] if OPENLY[told] else []
    assert [(problem.code, problem.field) for problem in reading.problems] == wanted
    assert accepts(texts.printed, told), "a serial number of a pack is often twelve digits"
    form.sealed(texts.text)(told, "body.name", sealing := form.Reading())
    assert (sealing.problems, sealing.sealed) == ([], {"body.name": told}), "a sealed text shows nothing"


@pytest.mark.parametrize("reader", [texts.text, texts.sheet_no, texts.username], ids=["text", "sheet", "name"])
def test_what_was_read_sealed_or_in_the_chain_is_still_refused_at_the_border(reader: form.Reader) -> None:
    told = f"a-{IIN}"
    assert reader(told, "", form.Reading(standing=True)) == told
    form.sealed(reader)(told, "", form.Reading())
    assert not accepts(reader, told)


def test_an_iin_hides_in_no_id_and_in_no_number_of_a_sheet() -> None:
    for reader in (texts.ref("patient"), texts.new("place"), texts.username, texts.sheet_no):
        assert (accepts(reader, f"p-{IIN}"), accepts(reader, "p-860921101983")) == (False, True)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (1, "no_text"),
        ("", "no_text"),
        (" \u00a0", "no_text"),
        ("x" * 201, "too_long"),
        ("A\u202eB", "direction"),
        ("A\u200fB", "direction"),
        ("A\u200bB", "invisible"),
        ("A\u0007B", "invisible"),
        ("A\u3164B", "invisible"),
        ("A\ud800", "invisible"),
        ("и\u0306", "not_composed"),
        ("A  B", "spaces"),
        ("A\nB", "spaces"),
        ("A ", "spaces"),
    ],
)
def test_what_is_wrong_with_a_text_is_told(told: Any, why: str) -> None:
    reading = form.Reading()
    texts.text(told, "body.lot", reading)
    assert [(problem.code, problem.field, problem.values) for problem in reading.problems] == [
        ("malformed", "body.lot", {"why": why})
    ]


@pytest.mark.parametrize(("value", "enough"), [("0", False), ("0.1", True), (0, False), ("00", False)])
def test_a_strength_and_an_ordered_dose_are_more_than_nothing(value: Any, enough: bool) -> None:
    quantity, told = {"value": value, "unit": "mg"}, ["recorded" if enough else "malformed"]
    order = prescription("rx", "p1", single_dose=quantity)
    product: dict[str, Any] = {
        "product": "new",
        "inn": "morphine",
        "form": "1",
        "unit_of_presentation": "tablet",
        "schedule": "II",
    }
    product |= {"strength": quantity, "gtins": [], "divisible": False}
    assert Pharmacy().do("prescription.issued", order, "doc") == told
    assert Pharmacy().do("product.listed", product, "registrar") == told


def test_of_a_product_without_strength_no_course_says_how_many_units_it_takes() -> None:
    course = Course(
        prescription="rx", product="x", inn="morphine", starts_on="2026-02-01", ends_on="2026-02-05",
        single=Decimal(10), unit="mg", times=4, hours=24,
    )  # fmt: skip
    ten = Product(inn="morphine", strength="10", unit="mg", unit_of_presentation="tablet", schedule="II")
    assert course.units_for(5, ten) == (20, 20)
    assert course.units_for(5, replace(ten, strength="0")) is None
