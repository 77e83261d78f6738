"""What cannot be read is told with where and why, in every language, and without a word of what was typed."""

from typing import Any

import pytest

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


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", ["malformed", "body_malformed"])
def test_each_reason_is_said_whole_in_every_language(lang: str, code: str) -> None:
    plain = tell(words(lang), Refusal(code=code)).said
    for why, phrase in WHY.items():
        values: dict[str, str | int] = dict.fromkeys(placeholders(phrase), 7)
        said = tell(words(lang), Refusal(code=code, values=values | {"why": why})).said
        assert said.startswith(plain.removesuffix(".") + ": "), said
        assert "{" not in said, said
