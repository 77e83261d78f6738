"""Readers of fields that stand at the border: times, origins of logs, and what of an unknown name is repeated."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import form
from ledger.errors import BytesRejected
from ledger.log.statement import check_log

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
    assert accepts(form.log_origin, origin) == is_origin_of_a_log(origin) == ORIGINS[origin]


@given(st.from_regex(re.compile(r"([a-c.-]{0,9}/)?senim(-practice)?/[a-c._/-]{0,5}/[0-9]{1,10}"), fullmatch=True))
def test_border_and_log_agree_about_anything_like_an_origin(origin: str) -> None:
    assert accepts(form.log_origin, origin) == is_origin_of_a_log(origin)


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
    ],
)
def test_a_time_is_one_of_rfc_3339(told: str, good: bool) -> None:
    assert accepts(form.time, told) == good


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
