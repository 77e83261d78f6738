import json
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BytesRejected
from ledger.log.canonical import (
    MAX_DEPTH,
    MAX_INT,
    from_bytes,
    from_canonical,
    from_timestamp,
    to_bytes,
    to_canonical,
    to_timestamp,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "jcs"
NAMES = ["arrays", "french", "structures", "unicode", "values", "weird"]
REFUSED = {
    "french": "key_malformed",
    "structures": "key_malformed",
    "unicode": "key_malformed",
    "values": "number_not_integer",
    "weird": "key_malformed",
}
"""Why the profile refuses those published values that it does; RFC 8785 itself allows all of them."""


def texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(_to_nfc)


def _to_nfc(text: str) -> str:
    return normalize("NFC", text)


KEYS = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True).filter(lambda key: key != "sealed")
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | texts()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@pytest.mark.parametrize("name", NAMES)
def test_rfc_8785_vectors_agree_where_the_profile_allows_them(name: str) -> None:
    value = json.loads((VECTORS / f"{name}.input.json").read_text(encoding="utf-8"))
    expected = (VECTORS / f"{name}.output.json").read_bytes()
    assert rfc8785.dumps(value) == expected
    if name in REFUSED:
        with pytest.raises(BytesRejected, match=REFUSED[name]):
            to_canonical(value)
        with pytest.raises(BytesRejected):
            from_canonical(expected)
    else:
        assert to_canonical(value) == expected
        assert from_canonical(expected) == value


def test_the_scalars_of_the_vectors_that_the_profile_allows_agree() -> None:
    values = json.loads((VECTORS / "values.input.json").read_text(encoding="utf-8"))
    weird = json.loads((VECTORS / "weird.input.json").read_text(encoding="utf-8"))
    allowed = [text for text in [values["string"], *weird, *weird.values()] if text == _to_nfc(text)]
    assert len(allowed) > 15
    for scalar in [*allowed, *values["literals"]]:
        assert to_canonical(scalar) == rfc8785.dumps(scalar)


@given(OBJECTS)
def test_every_object_of_the_profile_is_written_as_rfc_8785_writes_it(value: dict[str, Any]) -> None:
    data = to_bytes(value)
    assert data == rfc8785.dumps(value)
    assert from_bytes(data) == value


@given(VALUES)
def test_every_value_of_the_profile_survives_its_bytes(value: Any) -> None:
    assert to_canonical(from_canonical(to_canonical(value))) == rfc8785.dumps(value)


@given(OBJECTS, st.data())
def test_spoilt_bytes_are_refused_or_are_the_bytes_of_another_value(value: dict[str, Any], draw: st.DataObject) -> None:
    data = bytearray(to_bytes(value))
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] ^= 1 << draw.draw(st.integers(0, 7))
    try:
        read = from_bytes(bytes(data))
    except BytesRejected:
        return
    assert read != value
    assert to_bytes(read) == bytes(data)


@given(st.binary(max_size=60))
def test_no_bytes_at_all_bring_the_reader_down(data: bytes) -> None:
    with suppress(BytesRejected):
        assert to_canonical(from_canonical(data)) == data


@pytest.mark.parametrize(
    "spelling",
    [
        b"",
        b"{",
        b"{}\n",
        b" {}",
        b'{"a":1,}',
        b'{"a":1}{"a":1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a" :1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":0x1}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":18446744073709551616}',
        b'{"a":1e400}',
        b'{"A":1}',
        b'{"":1}',
        b'{"a-b":1}',
        b'{"a.b":1}',
        b'{"sealed":{"a..b":1}}',
        b'{"sealed":{".a":1}}',
        b'{"sealed":{"a":{"b.c":1}}}',
        '{"ä":1}'.encode(),
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\u000A"}',
        b'{"a":"\\u000a"}',
        b'{"a":"\\u001F"}',
        b'{"a":"\n"}',
        b'{"a":"\\ud83d\\ude02"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":"\xc0\xaf"}',
        '{"a":"A\u030a"}'.encode(),
        '{"a":"\u212b"}'.encode(),
        b'{"a":nul}',
        b'{"a":True}',
        b"{'a':1}",
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1}\0',
        b"/**/{}",
        b"[]",
        b"null",
        b'"a"',
        b"1",
    ],
)
def test_a_spelling_that_is_not_the_one_is_refused(spelling: bytes) -> None:
    with pytest.raises(BytesRejected):
        from_bytes(spelling)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"a": 1.0}, "number_not_integer"),
        ({"a": float("nan")}, "number_not_integer"),
        ({"a": 2**53}, "integer_out_of_range"),
        ({"a": -(2**53)}, "integer_out_of_range"),
        ({"a": "\ud800"}, "surrogate"),
        ({"a": "A\u030a"}, "not_nfc"),
        ({"a": b"bytes"}, "type_unknown"),
        ({"a": (1, 2)}, "type_unknown"),
        ({"a": {1}}, "type_unknown"),
        ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, "type_unknown"),
        ({1: 1}, "key_malformed"),
        ({"a\n": 1}, "key_malformed"),
        ({"a.b": 1}, "key_malformed"),
        ([], "not_an_object"),
        (None, "not_an_object"),
    ],
)
def test_a_value_outside_the_profile_is_refused_with_its_reason(value: Any, reason: str) -> None:
    with pytest.raises(BytesRejected) as refused:
        to_bytes(value)
    assert refused.value.reason == reason


def test_the_ends_of_the_integers_and_dotted_sealed_paths_are_allowed() -> None:
    value = {"a": [MAX_INT, -MAX_INT, 0], "sealed": {"a.0.b_c": True, "a_b": None}}
    assert from_bytes(to_bytes(value)) == value


@pytest.mark.parametrize("brackets", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_a_hundred_thousand_brackets_are_refused_and_bring_nothing_down(brackets: bytes) -> None:
    with pytest.raises(BytesRejected, match=r"too_deep|not_json"):
        from_bytes(brackets)


def test_depth_is_limited_both_ways_and_not_by_the_interpreter() -> None:
    deepest: Any = 1
    for _ in range(MAX_DEPTH):
        deepest = {"a": deepest}
    assert from_bytes(to_bytes(deepest)) == deepest
    with pytest.raises(BytesRejected, match="too_deep"):
        to_bytes({"a": deepest})
    with pytest.raises(BytesRejected, match="too_deep"):
        from_bytes(json.dumps({"a": deepest}, separators=(",", ":")).encode())
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(BytesRejected, match="too_deep"):
        to_canonical(endless)
    assert sys.getrecursionlimit() > 2 * MAX_DEPTH


TIMES = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59, 999999))  # noqa: DTZ001


@given(TIMES)
def test_every_time_survives_its_timestamp(at: datetime) -> None:
    text = to_timestamp(at.replace(tzinfo=UTC))
    assert len(text) == 27
    assert from_timestamp(text) == at.replace(tzinfo=UTC)


def test_a_timestamp_is_written_in_utc_and_never_from_a_naive_time() -> None:
    almaty = timezone(timedelta(hours=5))
    assert to_timestamp(datetime(2026, 3, 2, 10, 15, tzinfo=almaty)) == "2026-03-02T05:15:00.000000Z"
    with pytest.raises(ValueError, match="zone"):
        to_timestamp(datetime(2026, 3, 2))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00.000000Z",
        "2026-13-01T00:00:00.000000Z",
        "2026-00-01T00:00:00.000000Z",
        "2026-01-00T00:00:00.000000Z",
        "2026-04-31T00:00:00.000000Z",
        "0000-01-01T00:00:00.000000Z",
        "2026-01-01T24:00:00.000000Z",
        "2026-01-01T29:00:00.000000Z",
        "2026-01-01T23:60:00.000000Z",
        "2026-01-01T23:59:60.000000Z",
        "2026-01-01t00:00:00.000000Z",
        "2026-01-01T00:00:00.000000z",
        "2026-01-01 00:00:00.000000Z",
        "2026-01-01T00:00:00,000000Z",
        "2026-01-01T00:00:00.00000aZ",
        "２026-01-01T00:00:00.00000Z",
        "2026-01-01T00:00:00.000000+",
    ],
)
def test_an_unreal_or_misspelt_timestamp_is_refused_one_by_one_and_among_many(text: str) -> None:
    with pytest.raises(BytesRejected):
        from_timestamp(text)


@pytest.mark.parametrize("text", ["", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z\n", None, 5, b"2026"])
def test_what_has_not_the_length_of_a_timestamp_is_refused(text: Any) -> None:
    with pytest.raises(BytesRejected, match="timestamp_malformed"):
        from_timestamp(text)
