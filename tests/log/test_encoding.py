"""Base64 and hexadecimal have one spelling each, and many values at once are judged as they are one by one."""

from random import Random

import pytest

from ledger.errors import BytesRejected
from ledger.log.encoding import are_base64, from_base64, from_hex, to_base64

VALUES = [to_base64(Random(seed).randbytes(64)).encode() for seed in range(40)]


def is_base64(text: bytes) -> bool:
    try:
        return len(from_base64(text.decode("latin-1"))) == 64
    except BytesRejected:
        return False


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


def test_any_byte_at_any_place_is_judged_alike_alone_and_among_others() -> None:
    text, believed = VALUES[7], 0
    for at in range(88):
        for byte in range(256):
            other = text[:at] + bytes([byte]) + text[at + 1 :]
            believed += is_base64(other)
            assert is_base64(other) == are_base64([other]) == are_base64([*VALUES[:3], other, *VALUES[3:5]])
    assert believed == 85 * 64 + 4 + 2


def test_faults_that_would_make_up_for_each_other_are_found() -> None:
    less, more, early = VALUES[0][:86] + b"AA", VALUES[1][:84] + b"====", VALUES[2][:85] + b"==A"
    assert are_base64(VALUES)
    assert are_base64([])
    for spoilt in (
        [less, more],
        [more, less],
        [early, early],
        [VALUES[0][:85] + b"=A=", early],
        [b"=" * 88, b"A" * 88],
    ):
        assert not are_base64(spoilt)
        assert not are_base64([*VALUES, *spoilt, *VALUES])
