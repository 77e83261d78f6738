"""The browser writes and reads the same bytes as the register, and refuses what it refuses."""

import json
import random
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BytesRejected
from ledger.log.canonical import MAX_INT, from_canonical, to_canonical
from tests.browser.conftest import Run
from tests.log.test_canonical import NAMES, OBJECTS, VALUES, VECTORS

MANY = 120
READ_ALL = """given.map((text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  try { return btoa(String.fromCharCode(...m.toBytes(m.fromBytes(bytes)))); } catch (refused) { return refused.name; }
})"""
WRITE_ALL = """given.map((text) => {
  try { return m.toText(JSON.parse(text)); } catch (refused) { return refused.code; }
})"""
ODD = {
    "number_not_integer": ["1.5", "-0", "1e-3"],
    "integer_out_of_range": [str(MAX_INT + 1), str(-MAX_INT - 1)],
    "surrogate": [r'"\ud800"', r'{"a":["\udfff"]}'],
    "not_nfc": [r'"e\u0301"'],
    "key_malformed": [
        '{"A":1}', '{"":1}', '{"a.b":1}', '{"sealed":{"a..b":1}}', '{"sealed":{"a":{"b.c":1}}}', r'{"a\n":1}',
    ],
    "too_deep": ["[" * 34 + "]" * 34, '{"a":' * 33 + "{}" + "}" * 33, "[" * 33 + "1" + "]" * 33],
}  # fmt: skip
ALLOWED = [
    "[" * 33 + "]" * 33,
    '{"a":' * 32 + "{}" + "}" * 32,
    '{"sealed":{"body.a.0":1}}',
    '{"__proto__":{"a":1}}',
    "null",
]


def examples(strategy: st.SearchStrategy[Any], count: int = MANY) -> list[Any]:
    """A fixed number of values, drawn once, so that the browser is asked once."""
    drawn: list[Any] = []

    @settings(max_examples=count, database=None)
    @given(strategy)
    def collect(value: Any) -> None:
        drawn.append(value)

    collect()
    return drawn[:count]


def as_base64(spelled: list[bytes]) -> list[str]:
    return [b64encode(data).decode() for data in spelled]


def test_the_published_vectors_are_read_as_the_register_reads_them(run: Run) -> None:
    for name in NAMES:
        spelled = (VECTORS / f"{name}.output.json").read_bytes()
        (read,) = run("canonical.js", READ_ALL, as_base64([spelled]))
        assert read == ("Refused" if name != "arrays" and is_refused(spelled) else as_base64([spelled])[0])


def test_objects_of_the_profile_are_written_byte_for_byte_alike(run: Run) -> None:
    values = examples(OBJECTS)
    written = run("canonical.js", WRITE_ALL, [json.dumps(shuffled(value)) for value in values])
    assert [text.encode() for text in written] == [to_canonical(value) for value in values]
    spelled = as_base64([to_canonical(value) for value in examples(VALUES)])
    assert run("canonical.js", READ_ALL, spelled) == spelled


def test_spoilt_bytes_are_refused_by_both_or_by_none(run: Run) -> None:
    chance = random.Random(4)
    spoilt = []
    for value in examples(OBJECTS.filter(bool)):
        data = bytearray(to_canonical(value))
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        spoilt.append(bytes(data))
    spoilt += [
        b"",
        b"\xef\xbb\xbf{}",
        b'{"a":1,"a":1}',
        b"{} ",
        b'{"b":1,"a":2}',
        b"1.0",
        b"-0",
        b'"\\u0041"',
        b'"\\/"',
    ]
    read = run("canonical.js", READ_ALL, as_base64(spoilt))
    for spelled, found in zip(spoilt, read, strict=True):
        assert (found == "Refused") == is_refused(spelled), spelled
        assert found == "Refused" or b64decode(found) == spelled


@pytest.mark.parametrize("code", ODD)
def test_what_the_profile_leaves_out_is_refused_for_the_same_reason(run: Run, code: str) -> None:
    assert run("canonical.js", WRITE_ALL, ODD[code]) == [code] * len(ODD[code])
    for text in ODD[code]:
        if "-0" not in text:  # which Python's reader gives as 0
            with pytest.raises(BytesRejected, match=code):
                to_canonical(json.loads(text))


def test_the_edges_of_the_profile_are_inside_it(run: Run) -> None:
    assert [text.encode() for text in run("canonical.js", WRITE_ALL, ALLOWED)] == [
        to_canonical(json.loads(text)) for text in ALLOWED
    ]
    odd = "[undefined, () => 1, 1n, new Date(0), new Map(), [,1], NaN, Infinity]"
    refused = f"{odd}.map((value) => {{ try {{ return m.toText(value); }} catch (error) {{ return error.name; }} }})"
    assert run("canonical.js", refused) == ["Refused"] * 8


def is_refused(data: bytes) -> bool:
    try:
        from_canonical(data)
    except BytesRejected:
        return True
    return False


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in sorted(value, key=hash)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value
