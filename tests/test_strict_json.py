"""What cannot be read is told with where and why, in every language, and without a word of what was typed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.refusal_words import tell
from ledger.refusal_words.terms import WHY
from ledger.strict_json import Unreadable, read_json
from ledger.words import LANGUAGES, placeholders, words

REFUSED: dict[bytes, dict[str, Any]] = {
    b"{": {"why": "not_json", "character": 2},
    b'{"a": 1,}': {"why": "not_json", "character": 9},
    b"": {"why": "not_json", "character": 1},
    b'{"type": 1, "type": 2}': {"why": "key_twice", "key": "type"},
    '{"Иванов": 1, "Иванов": 2}'.encode(): {"why": "key_twice", "key": "…"},
    b'{"860921101982": 1, "860921101982": 2}': {"why": "key_twice", "key": "…"},
    b"\xef\xbb\xbf{}": {"why": "byte_order_mark"},
    b'"a\xff"': {"why": "not_utf8", "byte": 3},
    b"[NaN]": {"why": "not_a_number"},
    b"[-Infinity]": {"why": "not_a_number"},
    b"[1e999]": {"why": "number_too_large"},
    b"9" * 5_000: {"why": "number_too_large"},
    b'"\\ud800"': {"why": "half_a_character"},
    b"[" * 100_000: {"why": "too_deep"},
}


@pytest.mark.parametrize("data", REFUSED, ids=lambda data: repr(data[:24]))
def test_what_cannot_be_read_in_one_way_says_why_and_where(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_json(data)
    assert refused.value.values == REFUSED[data]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_VALUES)
def test_however_it_is_spelled_the_same_is_read(value: Any) -> None:
    """As a browser writes it, and as others do, with every character above ASCII spelled out."""
    spelled = [
        json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(),
        json.dumps(value, indent=1).encode(),
    ]
    assert {repr(read_json(data)) for data in spelled} == {repr(value)}


@given(st.text(), _VALUES, _VALUES)
def test_a_key_that_stands_twice_is_refused_however_it_is_spelled(name: str, one: Any, other: Any) -> None:
    key = json.dumps(name)
    compact, wide = (f"{{{key}{is_}{json.dumps(one)}{and_}{key}{is_}{json.dumps(other)}}}"
                     for is_, and_ in ((":", ","), (": ", ", ")))  # fmt: skip
    for text in (compact, wide):
        with pytest.raises(Unreadable) as refused:
            read_json(text.encode())
        assert refused.value.values["why"] == "key_twice"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", ["malformed", "body_malformed"])
def test_each_reason_is_said_whole_in_every_language(lang: str, code: str) -> None:
    plain = tell(words(lang), Refusal(code=code)).said
    for why, phrase in WHY.items():
        values: dict[str, str | int] = dict.fromkeys(placeholders(phrase), 7)
        said = tell(words(lang), Refusal(code=code, values=values | {"why": why})).said
        assert said.startswith(plain.removesuffix(".") + ": "), said
        assert "{" not in said, said
