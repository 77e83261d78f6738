"""Passkeys: real WebAuthn objects, and each way in which one can be wrong."""

import copy
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.signing import key_id
from tests.api.accounts.world import (
    ORIGIN,
    WARD,
    Authenticator,
    World,
    at,
    from_text,
    open_world,
    refusal,
    to_text,
)


def test_a_passkey_signs_in_without_a_name_and_its_use_is_seen(world: World) -> None:
    passkey, done = world.enrol_passkey("a.nurse")
    world.clock.on(hours=1)
    options = world.accounts.entrance.offer_passkey(WARD, "a.nurse")
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == []  # a stranger's browser is told nothing of anybody's
    assert world.accounts.entrance.by_passkey(passkey.get(options), WARD).session.person == "a.nurse"
    [kept] = world.accounts.credentials.look("a.nurse").passkeys
    assert (kept.label, kept.used_at, kept.id) == ("key ring", world.clock.now, to_text(passkey.id))
    here = world.accounts.entrance.offer_passkey(at(WARD, done.entered), "a.nurse")
    assert [each["id"] for each in here["allowCredentials"]] == [kept.id]


def test_creation_asks_for_what_is_needed_and_names_what_is_there(world: World) -> None:
    passkey, done = world.enrol_passkey("a.nurse")
    options = world.accounts.credentials.offer_passkey(done.entered.session)
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7]
    assert options["authenticatorSelection"] == {
        "residentKey": "required", "requireResidentKey": True, "userVerification": "required"
    }  # fmt: skip
    assert options["rp"] == {"id": "senim.test", "name": "Senim"}
    assert [each["id"] for each in options["excludeCredentials"]] == [to_text(passkey.id)]
    assert options["user"]["id"] == passkey.handle
    world.accounts.credentials.add_passkey(done.entered.session, Authenticator().create(options), "second")
    assert len(world.accounts.credentials.look("a.nurse").passkeys) == 2


BENT: list[dict[str, Any]] = [
    {"origin": "https://senim.test.evil.example"},
    {"origin": "http://senim.test"},
    {"rp_id": "evil.example"},
    {"flags": 0b001},  # not verified
    {"flags": 0b100},  # not present
    {"more": {"crossOrigin": True}},
    {"more": {"type": "webauthn.create"}},
]


@pytest.mark.parametrize("bent", BENT)
def test_an_assertion_that_is_not_for_us_signs_nobody_in(world: World, bent: dict[str, Any]) -> None:
    passkey, _ = world.enrol_passkey("a.nurse")
    vars(passkey).update(bent)
    assert refusal(world.enter, passkey) == "passkey_refused"
    assert world.noted()[-1] == ("sign_in_failed", "", "")


@pytest.mark.parametrize(
    "bent", [*BENT[:-1], {"more": {"type": "webauthn.get"}}, {"key": Ed25519PrivateKey.generate()}]
)
def test_a_credential_that_is_not_for_us_is_not_kept(world: World, bent: dict[str, Any]) -> None:
    _, done = world.enrol_passkey("a.nurse")
    session = done.entered.session
    made = Authenticator(**bent).create(world.accounts.credentials.offer_passkey(session))
    assert refusal(world.accounts.credentials.add_passkey, session, made, "") == "passkey_refused"
    assert len(world.accounts.credentials.look("a.nurse").passkeys) == 1


def test_a_challenge_is_answered_once_in_five_minutes_and_by_whom_it_was_made_for(world: World) -> None:
    passkey, done = world.enrol_passkey("a.nurse")
    entrance = world.accounts.entrance
    options = entrance.offer_passkey(WARD)
    answered = passkey.get(options)
    entrance.by_passkey(answered, WARD)
    assert refusal(entrance.by_passkey, answered, WARD) == "passkey_refused"
    assert refusal(entrance.by_passkey, passkey.get(options), WARD) == "passkey_refused"
    late = entrance.offer_passkey(WARD)
    world.clock.on(minutes=5)
    assert refusal(entrance.by_passkey, passkey.get(late), WARD) == "passkey_refused"
    other, _ = world.enrol_passkey("b.doctor")
    for_her = entrance.offer_passkey(at(WARD, done.entered), "a.nurse")
    assert refusal(entrance.by_passkey, other.get(for_her), WARD) == "passkey_refused"
    assert refusal(lambda: entrance.by_passkey(other.get({"challenge": to_text(bytes(32))}), WARD)) == "passkey_refused"
    to_sign_in = entrance.offer_passkey(WARD)
    made = Authenticator().create({**world.accounts.credentials.offer_passkey(done.entered.session), **to_sign_in})
    refused = refusal(world.accounts.credentials.add_passkey, done.entered.session, made, "")
    assert refused == "passkey_refused"


def test_a_wrong_answer_also_uses_its_challenge_up(world: World) -> None:
    passkey, _ = world.enrol_passkey("a.nurse")
    options = world.accounts.entrance.offer_passkey(WARD)
    passkey.origin = "https://evil.example"
    refusal(world.accounts.entrance.by_passkey, passkey.get(options), WARD)
    passkey.origin = ORIGIN
    assert refusal(world.accounts.entrance.by_passkey, passkey.get(options), WARD) == "passkey_refused"


def test_a_counter_that_does_not_rise_means_a_copy_and_is_noted(world: World) -> None:
    passkey, _ = world.enrol_passkey("a.nurse")
    copied = copy.copy(passkey)
    world.enter(passkey)
    world.enter(passkey)
    assert refusal(world.enter, copied) == "passkey_refused"
    assert ("passkey_copied", "a.nurse", "") in world.noted()
    world.enter(passkey)


def test_a_synchronised_passkey_has_no_counter(world: World) -> None:
    passkey, _ = world.enrol_passkey("a.nurse")
    passkey.step = 0
    for _ in range(2):
        assert world.enter(passkey).session.person == "a.nurse"


def test_anothers_handle_or_a_bent_signature_is_refused(world: World) -> None:
    passkey, _ = world.enrol_passkey("a.nurse")
    other, _ = world.enrol_passkey("b.doctor")
    handle, passkey.handle = passkey.handle, other.handle
    assert refusal(world.enter, passkey) == "passkey_refused"
    passkey.handle = handle
    entrance = world.accounts.entrance
    bent = passkey.get(entrance.offer_passkey(WARD))
    signature = bytearray(from_text(bent["response"]["signature"]))
    signature[-1] ^= 1
    bent["response"]["signature"] = to_text(bytes(signature))
    assert refusal(entrance.by_passkey, bent, WARD) == "passkey_refused"


def test_whatever_a_browser_sends_is_refused_and_never_a_fault(world: World) -> None:
    passkey, _ = world.enrol_passkey("a.nurse")
    entrance = world.accounts.entrance
    junk: Any
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for junk in (
            "",
            "!",
            "AAAA",
            to_text(json.dumps({"type": "webauthn.get", "challenge": 7}).encode()),
            7,
            [],
            None,
        ):
            sent = passkey.get(entrance.offer_passkey(WARD))
            sent["response"][part] = junk
            if (part, junk) == ("userHandle", None):
                continue
            assert refusal(entrance.by_passkey, sent, WARD) == "passkey_refused", (part, junk)
    for sent in ({}, {"response": 7}, {"response": {}}, {"id": 7, "response": {"clientDataJSON": to_text(b"[]")}}):
        assert refusal(entrance.by_passkey, sent, WARD) == "passkey_refused"


def test_no_key_both_signs_in_and_signs(world: World) -> None:
    """Neither a key that waits to be enrolled becomes a passkey, nor a passkey such a key."""
    passkey, done = world.enrol_passkey("a.nurse")
    session, credentials, keys = done.entered.session, world.accounts.credentials, world.accounts.keys
    body = {"person": "a.nurse", "key": key_id(passkey.spki())}
    assert keys.is_sign_in_key(body["key"])
    assert refusal(keys.request, "a.nurse", body) == "key_unfit"
    signing = Authenticator()
    keys.request("a.nurse", {"person": "a.nurse", "key": key_id(signing.spki())})
    made = signing.create(credentials.offer_passkey(session))
    assert refusal(credentials.add_passkey, session, made, "") == "key_unfit"


def test_no_key_of_the_ledger_signs_in(tmp_path: Any) -> None:
    enrolled = Authenticator()
    with open_world(tmp_path, is_signing_key=lambda key: key == key_id(enrolled.spki())) as world:
        _, done = world.enrol_passkey("a.nurse")
        made = enrolled.create(world.accounts.credentials.offer_passkey(done.entered.session))
        refused = refusal(world.accounts.credentials.add_passkey, done.entered.session, made, "")
        assert refused == "key_unfit"
