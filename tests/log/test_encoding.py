"""Base64 and hexadecimal have one spelling each."""

import pytest

from ledger.errors import BytesRejected
from ledger.log.encoding import from_base64, from_hex


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AA=", "AB==", "AAB=", "A===", "AAAA=", "AA==AA==", " AAAA", "_-AA"]
)
def test_base64_of_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(BytesRejected, match="base64_malformed"):
        from_base64(text)


@pytest.mark.parametrize("text", ["AB", "a", "abc", "ab ", " ab", "0x", "abcd"])
def test_hexadecimal_of_another_spelling_or_length_is_refused(text: str) -> None:
    with pytest.raises(BytesRejected, match="hex_malformed"):
        from_hex(text, 1)
