"""Keys made and used in the browser: their proofs and signatures are the register's own, and enter a real ledger."""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from api.accounts.passwords import _COMMON, to_password
from benchmarks.append import enrol, furnish, tell
from ledger.errors import CallRefused, SignatureRejected
from ledger.log.key import to_key
from ledger.log.signing import sign_statements, to_enrolment_bytes, to_signed_bytes, verify_check
from ledger.log.statement import to_statement_hash
from ledger.service.preparing import Signed
from tests.browser.conftest import Run, add_authenticator
from tests.service.conftest import World, units

LOG, PASSWORD = "senim/benchmark/1", "қара көл жағасында 7"
MAKE = {
    "wrapped": ("keys.js", "m.makeWrappedKey(given)"),
    "passkey": ("passkey.js", "m.makeSigningPasskey({ ...given, title: 'ph1', rpId: location.hostname })"),
}
SIGN = """(async () => {
  const message = Uint8Array.from(atob(given.message), (letter) => letter.charCodeAt(0));
  return m.signCeremony({ hashes: given.hashes, message }, given.holder, given);
})()"""
OPEN = """m.openWrappedKey(given.wrapped, given.password, given).then(
  async (key) => [key.extractable, key.usages, await crypto.subtle.exportKey("pkcs8", key).catch((no) => no.name)],
  (refused) => refused.code ?? String(refused))"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("world")
    house = furnish(folder)
    made = World(folder, house)
    made.keys = enrol(house)
    yield made
    house.close()


def holder_of(kind: str, made: dict[str, Any], person: str) -> dict[str, Any]:
    described = made["described"]
    told = {"person": person, "key": described["key"], "alg": described["alg"]}
    if kind == "wrapped":
        return told | {"wrapped": made["wrapped"]}
    return told | {"credential_id": made["credentialId"], "rp_id": described["rp_id"]}


@pytest.mark.parametrize("kind", MAKE)
def test_a_key_made_in_the_browser_signs_entries_of_a_real_ledger(
    page: Page, run: Run, world: World, kind: str
) -> None:
    if kind == "passkey":
        add_authenticator(page)
    made = run(*MAKE[kind], {"person": "ph1", "log": world.ledger.log, "password": PASSWORD})
    tell(world.house, "key.enrolled", made["described"], "registrar", "head")
    key = world.ledger.keys().find(made["described"]["key"])
    assert key is not None
    assert (key.person, key.use) == ("ph1", "sign")
    for bodies in ([units(1)], [units(1), units(2)]):
        asked = world.sign(*bodies)
        statements = [signed.statement for signed in asked]
        hashes = [to_statement_hash(statement) for statement in statements]
        message = to_signed_bytes(hashes)
        given: dict[str, Any] = {"hashes": [digest.hex() for digest in hashes], "message": b64encode(message).decode()}
        given |= {"holder": holder_of(kind, made, "ph1"), "log": world.ledger.log, "password": PASSWORD}
        signature = run("signatures.js", SIGN, given)
        verify_check(key.to_check(signature, message))
        with pytest.raises(SignatureRejected):
            verify_check(key.to_check(signature, message + b"\n"))
        beside = sign_statements(statements, by="nurse", key=world.keys["nurse"])
        signed = [Signed(each.statement, each.openings, [signature, beside[n]]) for n, each in enumerate(asked)]
        assert len(world.ledger.append(signed, via="web")) == len(bodies)


@pytest.mark.parametrize("kind", MAKE)
def test_a_new_key_proves_itself_over_its_own_enrolment(page: Page, run: Run, kind: str) -> None:
    if kind == "passkey":
        add_authenticator(page)
    described = run(*MAKE[kind], {"person": "ph1", "log": LOG, "password": PASSWORD})["described"]
    key = to_key(described, from_seq=5)
    proof = described["proof"]
    signature = proof if kind == "passkey" else {"value": proof}
    verify_check(key.to_check(signature, to_enrolment_bytes(LOG, "ph1", described["public"])))
    with pytest.raises(SignatureRejected):
        verify_check(key.to_check(signature, to_enrolment_bytes(LOG, "ph2", described["public"])))


def test_a_wrapped_key_opens_only_for_its_password_and_its_holder(run: Run) -> None:
    given = {"person": "ph1", "log": LOG, "password": PASSWORD}
    made = run(*MAKE["wrapped"], given)
    given |= {"wrapped": made["wrapped"], "key": made["described"]["key"]}
    assert run("keys.js", OPEN, given) == [False, ["sign"], "InvalidAccessError"]
    assert PASSWORD not in str(made)
    for other in ({"password": PASSWORD + " "}, {"person": "ph2"}, {"log": "senim/other/1"}, {"key": "0" * 16}):
        assert run("keys.js", OPEN, given | other) == "password_wrong", other
    for member, value in {"iterations": 1000, "kdf": "none", "cipher": "aes-128-gcm"}.items():
        assert run("keys.js", OPEN, given | {"wrapped": made["wrapped"] | {member: value}}) == "wrapping_unknown"
    sealed = bytearray(b64decode(made["wrapped"]["sealed"]))
    sealed[5] ^= 1
    spoilt = made["wrapped"] | {"sealed": b64encode(sealed).decode()}
    assert run("keys.js", OPEN, given | {"wrapped": spoilt}) == "password_wrong"


def test_a_short_signing_password_makes_no_key(run: Run) -> None:
    made = "m.makeWrappedKey(given).catch((refused) => [refused.code, refused.values.least])"
    assert run("keys.js", made, {"person": "ph1", "log": LOG, "password": "қысқа"}) == ["password_short", 12]


@pytest.mark.parametrize(
    "typed", [*sorted(_COMMON), "a" * 12, "АБВГ" * 3, "password2026!", "ph1 1234567890", "1" * 300]
)
def test_what_everybody_would_try_first_makes_no_key_to_sign_with_or_to_sign_in(run: Run, typed: str) -> None:
    made = "m.makeWrappedKey(given).catch((refused) => refused.code)"
    assert run("keys.js", made, {"person": "ph1", "log": LOG, "password": typed}) == "password_common"
    with pytest.raises(CallRefused, match=r"password_(common|long)"):
        to_password(typed, person="ph1")


def test_a_passkey_that_verifies_nobody_makes_no_key(page: Page, run: Run) -> None:
    session, authenticator = add_authenticator(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    declined = MAKE["passkey"][1] + ".catch((refused) => refused.code)"
    assert run("passkey.js", declined, {"person": "ph1", "log": LOG}) == "passkey_declined"


def test_a_second_signing_passkey_on_the_same_device_is_refused(page: Page, run: Run) -> None:
    add_authenticator(page)
    given: dict[str, Any] = {"person": "ph1", "log": LOG}
    made = run(*MAKE["passkey"], given)
    again = MAKE["passkey"][1] + ".catch((refused) => refused.code)"
    assert run("passkey.js", again, given | {"others": [made["credentialId"]]}) == "passkey_there_already"
