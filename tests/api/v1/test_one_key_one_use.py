"""A passkey that signs somebody in signs no statement: not even those who govern enrol it."""

from hashlib import sha256
from typing import Any

from api.accounts.shapes import Visit
from ledger.log.encoding import to_base64
from ledger.log.signing import key_id, to_enrolment_bytes
from tests.api.accounts.world import Authenticator, from_text, to_text
from tests.api.serving import ORIGIN, Served
from tests.api.v1.signing import command, preview, record, sign

PERSON, DOMAIN = "pharm", "testserver.local"


def describe(served: Served, passkey: Authenticator) -> dict[str, Any]:
    """The body of `key.enrolled`, with a proof that the passkey really gave."""
    public = to_base64(passkey.spki())
    challenge = sha256(to_enrolment_bytes(served.site.ledger.log, PERSON, public)).digest()
    told = passkey.get({"challenge": to_text(challenge)})["response"]
    names = {"authenticator_data": "authenticatorData", "client_data": "clientDataJSON", "value": "signature"}
    proof = {name: to_base64(from_text(told[its])) for name, its in names.items()}
    described = {"person": PERSON, "key": key_id(passkey.spki()), "alg": "webauthn-es256", "public": public}
    return described | {"use": "sign", "custody": "passkey", "rp_id": DOMAIN, "origins": [ORIGIN], "proof": proof}


def enrol(served: Served, passkey: Authenticator) -> Any:
    body = describe(served, passkey)
    told = preview(served, command(served.counter, "key.enrolled", body, witness="head"), who="registrar")
    assert told["sign"], told
    return record(served, sign(served.counter, told), who="registrar")


def test_a_passkey_that_signs_somebody_in_is_never_enrolled_to_sign(served: Served) -> None:
    enrolment, visit = served.site.accounts.enrolment, Visit(address="127.0.0.1")
    passkey, other = (Authenticator(rp_id=DOMAIN, origin=ORIGIN) for _ in range(2))
    ticket = enrolment.begin(PERSON, enrolment.issue_code(PERSON, by="registrar"), visit).ticket
    enrolment.finish_with_passkey(ticket, passkey.create(enrolment.offer_passkey(ticket)), "", visit)
    answer = enrol(served, passkey)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_unfit"), answer.text
    assert enrol(served, other).status_code == 201
