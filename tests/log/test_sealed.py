import hashlib
import hmac
from typing import Any

import pytest

from ledger.errors import BytesRejected, OpeningRejected
from ledger.log.sealed import commit, verify_opening
from tests.log.changes import flipped

KEY = bytes(range(32))
PLACE: dict[str, str] = {"log": "senim/a/1", "id": "7b0c295d-af6f-5977-9485-1e8ac2d90283", "path": "body.identity.name"}


def test_a_commitment_is_the_hmac_that_the_contract_names() -> None:
    message = 'senim/sealed/v1\nsenim/a/1\n7b0c295d-af6f-5977-9485-1e8ac2d90283\nbody.identity.name\n"Әсел"'
    expected = hmac.new(KEY, message.encode(), hashlib.sha256).hexdigest()
    assert commit("Әсел", key=KEY, **PLACE) == expected
    verify_opening(expected, "Әсел", key=KEY, **PLACE)


@pytest.mark.parametrize("value", ["", "text", 0, -5, True, False])
def test_every_scalar_can_be_sealed_and_only_itself_opens(value: Any) -> None:
    commitment = commit(value, key=KEY, **PLACE)
    for other in ["", "text", 0, -5, True, False]:
        if other == value and type(other) is type(value):
            verify_opening(commitment, other, key=KEY, **PLACE)
        else:
            with pytest.raises(OpeningRejected, match="opening_mismatch"):
                verify_opening(commitment, other, key=KEY, **PLACE)


@pytest.mark.parametrize("member", ["log", "id", "path"])
def test_an_opening_holds_at_its_own_place_only(member: str) -> None:
    with pytest.raises(OpeningRejected, match="opening_mismatch"):
        verify_opening(commit("x", key=KEY, **PLACE), "x", key=KEY, **(PLACE | {member: "other"}))


def test_a_key_or_commitment_with_any_bit_changed_does_not_open() -> None:
    commitment = commit("x", key=KEY, **PLACE)
    for _, spoilt in flipped(KEY):
        with pytest.raises(OpeningRejected):
            verify_opening(commitment, "x", key=spoilt, **PLACE)
    for _, spoilt in flipped(bytes.fromhex(commitment)):
        with pytest.raises(OpeningRejected):
            verify_opening(spoilt.hex(), "x", key=KEY, **PLACE)
    for wrong in ("", commitment.upper(), commitment + "0", commitment[:-1]):
        with pytest.raises(OpeningRejected):
            verify_opening(wrong, "x", key=KEY, **PLACE)


@pytest.mark.parametrize("value", [None, {}, [], {"a": 1}, ["a"], 1.5, b"x"])
def test_what_is_no_scalar_cannot_be_sealed(value: Any) -> None:
    with pytest.raises(OpeningRejected, match="not_a_scalar"):
        commit(value, key=KEY, **PLACE)


@pytest.mark.parametrize("value", ["A\u030a", "\ud800", 2**53])
def test_what_the_profile_refuses_cannot_be_sealed(value: Any) -> None:
    with pytest.raises(BytesRejected):
        commit(value, key=KEY, **PLACE)


@pytest.mark.parametrize("key", [b"", KEY[:31], KEY + b"\0"])
def test_a_key_has_32_bytes(key: bytes) -> None:
    with pytest.raises(OpeningRejected, match="key_length"):
        commit("x", key=key, **PLACE)
