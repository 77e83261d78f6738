"""The registrar's live session, the accounts' own files and the running server record nothing that no person signed."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.accounts import Visit
from ledger.cli.setting_up import govern
from ledger.errors import CommandRefused
from ledger.log.encoding import to_base64
from ledger.log.signing import key_id, sign_statements
from ledger.service.checkpoints import sign_head
from tests.api.accounts.world import Authenticator
from tests.api.serving import ORIGIN, Served, serve
from tests.api.thief import Body, Robbed, findings, judge

PLACE: Body = {"place": "cellar", "kind": "safe", "name": "cellar", "administration": "entered"}
STOCK: Body = {"from_place": "safe", "to_place": "ward", "lines": [{"product": "morphine", "lot": "A", "units": 5}]}


@dataclass
class Session:
    """The registrar's, signed in by a passkey that the thief may use as long as it lasts; and every file beside."""

    robbed: Robbed
    served: Served
    cookie: str
    passkey: Authenticator

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Cookie": f"senim={self.cookie}", "Origin": ORIGIN, "Accept-Language": "en"}
        return self.served.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def preview(self, type: str, body: Body, witness: str | None = None, **more: Any) -> Any:
        thief = self.robbed.thief()
        said = thief.statement(type, body, "registrar", witness)
        command = {name: said[name] for name in ("id", "type", "performer", "witness", "body")} | more
        command["occurred_at"] = self.robbed.counter.now.isoformat()
        told = self.call("POST", "/entries/preview", json={"command": command}).json()["entries"][0]
        assert told["refusals"] == [], told
        return told

    def record(self, told: Any, *signatures: Any) -> httpx.Response:
        entry = {"statement": told["statement"], "openings": told["openings"]}
        return self.call("POST", "/entries", json={"entries": [entry], "signatures": list(signatures)})

    def sign(self, told: Any, key: Ed25519PrivateKey, by: str = "registrar") -> Any:
        return sign_statements([told["statement"]], by=by, key=key)[0]

    def enrol_own_key(self) -> tuple[Ed25519PrivateKey, httpx.Response]:
        """As the pages do it, in the registrar's name."""
        thief = self.robbed.thief()
        described = thief.enrolment("fresh:registrar")
        wrapped = {"kdf": "pbkdf2-sha256", "cipher": "aes-256-gcm", "iterations": 600_000}
        wrapped |= {"salt": "AAAA", "iv": "AAAA", "sealed": "AAAA"}
        answer = self.call("POST", "/account/keys", json={"described": described, "wrapped": wrapped})
        return thief.fresh["registrar"], answer


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    robbed = Robbed.of(tmp_path_factory.mktemp("live"))
    with serve(robbed.counter) as served:
        accounts, visit = served.site.accounts, Visit(address="10.0.0.7")
        setup = accounts.enrolment.begin("registrar", accounts.enrolment.issue_code("registrar", by="console"), visit)
        passkey = Authenticator(origin=ORIGIN, rp_id=served.site.settings.rp_id)
        credential = passkey.create(accounts.enrolment.offer_passkey(setup.ticket))
        done = accounts.enrolment.finish_with_passkey(setup.ticket, credential, "key ring", visit)
        yield Session(robbed, served, done.entered.token, passkey)
    robbed.counter.house.close()


# Each answers (status, code); nothing of it may be recorded.


def a_new_key(session: Session) -> httpx.Response:
    told = session.preview("place.opened", PLACE)
    return session.record(told, session.sign(told, Ed25519PrivateKey.generate()))


def the_import_key(session: Session) -> httpx.Response:
    told = session.preview("place.opened", PLACE)
    key = session.robbed.thief().secrets.import_key("registrar")
    assert key is not None
    return session.record(told, session.sign(told, key))


def the_ledger_s_key(session: Session) -> httpx.Response:
    told = session.preview("place.opened", PLACE)
    return session.record(told, session.sign(told, session.robbed.thief().secrets.ledger_key()))


def a_key_that_only_waits(session: Session) -> httpx.Response:
    key, answer = session.enrol_own_key()
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
    told = session.preview("place.opened", PLACE)
    return session.record(told, session.sign(told, key))


def a_key_enrolled_by_new_keys(session: Session) -> httpx.Response:
    thief = session.robbed.thief()
    told = session.preview("key.enrolled", thief.enrolment("fresh:pharm"), "head")
    governors = [Ed25519PrivateKey.generate() for _ in range(2)]
    pairs = zip(governors, ("registrar", "head"), strict=True)
    return session.record(told, *(session.sign(told, key, by) for key, by in pairs))


def the_sign_in_passkey(session: Session) -> httpx.Response:
    """The live authenticator is made to sign the very bytes; it is a key for signing in and no other."""
    told = session.preview("place.opened", PLACE)
    assertion = session.passkey.get({"challenge": "bm90IHRoaXM", "rpId": "testserver.local"})["response"]
    signature = {"by": "registrar", "key": key_id(session.passkey.spki()), "alg": "webauthn-es256"}
    names = {"value": "signature", "authenticator_data": "authenticatorData", "client_data": "clientDataJSON"}
    return session.record(told, signature | {name: to_padded(assertion[each]) for name, each in names.items()})


def the_sign_in_passkey_as_signing_key(session: Session) -> httpx.Response:
    described = session.robbed.thief().enrolment("fresh:registrar")
    spki = session.passkey.spki()
    described |= {"key": key_id(spki), "public": to_base64(spki), "alg": "webauthn-es256", "custody": "passkey"}
    return session.call("POST", "/account/keys", json={"described": described, "credential_id": "AAAA"})


def a_code_of_six_digits(session: Session) -> httpx.Response:
    told = session.preview("place.opened", PLACE)
    signed = session.sign(told, Ed25519PrivateKey.generate())
    own = key_id_of(session, "registrar")
    return session.record(told, signed | {"key": own, "value": b64encode(b"123456".ljust(64, b"\0")).decode()})


def an_old_signature(session: Session) -> httpx.Response:
    told = session.preview("place.opened", PLACE)
    (old, _) = session.robbed.thief().find("import.closed")["signatures"][:2]
    return session.record(told, old)


def nobody_s(session: Session) -> httpx.Response:
    return session.record(session.preview("place.opened", PLACE))


def a_token_for_somebody(session: Session) -> httpx.Response:
    """The accounts' files are the thief's: a token for the pharmacist is easily made, and signs nothing."""
    counter, served = session.robbed.counter, session.served
    command = {"id": counter._next_id(), "type": "stock.moved", "performer": "pharm", "witness": "nurse", "body": STOCK}
    command["occurred_at"] = counter.now.isoformat()
    told = served.call("POST", "/api/v1/entries/preview", who="pharm", json={"command": command}).json()["entries"][0]
    old = session.robbed.thief().find("stock.moved", 0)["signatures"]
    entry = {"statement": told["statement"], "openings": told["openings"]}
    return served.call("POST", "/api/v1/entries", who="pharm", json={"entries": [entry], "signatures": old})


def a_token_for_nobody(session: Session) -> httpx.Response:
    """Whom no entry enrolled, no account can bring in."""
    token = session.served.site.accounts.tokens.make("mallory", by="thief", days=1, scopes=frozenset({"read"}))[1]
    return session.served.call("GET", "/api/v1/people", who=token)


def key_id_of(session: Session, person: str) -> str:
    (key,) = session.robbed.counter.house.ledger.keys().usable(person, seq=10**6, uses={"sign"})
    return key.key


def to_padded(text: str) -> str:
    return text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)


ATTEMPTS: list[tuple[Callable[[Session], httpx.Response], int, str]] = [
    (a_new_key, 401, "signature_invalid"),
    (the_import_key, 401, "signature_invalid"),
    (the_ledger_s_key, 401, "signature_invalid"),
    (a_key_that_only_waits, 401, "signature_invalid"),
    (a_key_enrolled_by_new_keys, 401, "signature_invalid"),
    (the_sign_in_passkey, 401, "signature_invalid"),
    (the_sign_in_passkey_as_signing_key, 401, "signature_invalid"),
    (a_code_of_six_digits, 401, "signature_invalid"),
    (an_old_signature, 401, "signature_invalid"),
    (nobody_s, 400, "parameter_malformed"),
    (a_token_for_somebody, 401, "signature_invalid"),
    (a_token_for_nobody, 401, "not_signed_in"),
]


@pytest.mark.parametrize(("attempt", "status", "code"), ATTEMPTS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_live_session_and_all_accounts_record_nothing(
    session: Session, attempt: Callable[[Session], httpx.Response], status: int, code: str
) -> None:
    size = session.robbed.counter.size()
    answer = attempt(session)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert session.robbed.counter.size() == size


def test_the_command_line_enrols_nobody_after_imports_are_closed(session: Session) -> None:
    house, size = session.robbed.counter.house, session.robbed.counter.size()
    role = {"person": "nurse", "role": "pharmacist", "order_no": "1"}
    for type, body in (
        ("key.enrolled", session.robbed.thief().enrolment("fresh:pharm")),
        ("person.role_changed", role),
    ):
        with pytest.raises(CommandRefused) as refused:
            govern(house, type, body)
        assert refused.value.refusals[0].code == "import_closed"
    assert session.robbed.counter.size() == size


def test_after_all_of_it_the_register_is_the_honest_one(session: Session) -> None:
    for attempt, *_ in ATTEMPTS:
        attempt(session)
    sign_head(session.robbed.counter.house.ledger)
    verdict = judge(session.robbed.data, session.robbed.trust)
    assert (findings(verdict), verdict.verdict) == ({}, "pass")


def test_a_key_sent_again_after_a_lost_answer_waits_on_and_keeps_what_opens_it(session: Session) -> None:
    described = session.robbed.thief().enrolment("fresh:registrar")
    wrapped = {"kdf": "pbkdf2-sha256", "cipher": "aes-256-gcm", "iterations": 600_000}
    wrapped |= {"salt": "AAAA", "iv": "AAAA", "sealed": "AAAA"}
    for _ in range(2):
        answer = session.call("POST", "/account/keys", json={"described": described, "wrapped": wrapped})
        assert (answer.status_code, answer.json()["state"]) == (201, "waiting"), answer.text
    assert [
        each.material for each in session.served.site.accounts.keys.kept_of("registrar") if each.key == described["key"]
    ]
    assert session.call("DELETE", f"/account/keys/{described['key']}").status_code == 204


def test_a_machine_s_token_makes_no_key_to_sign_with(session: Session) -> None:
    described = session.robbed.thief().enrolment("fresh:registrar")
    made = {"described": described, "credential_id": "AAAA"}
    answer = session.served.call("POST", "/api/v1/account/keys", who="registrar", json=made)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), answer.text


def test_a_person_s_key_is_in_that_person_s_custody(session: Session) -> None:
    described = session.robbed.thief().enrolment("fresh:registrar") | {"custody": "facility"}
    answer = session.call("POST", "/account/keys", json={"described": described, "credential_id": "AAAA"})
    assert (answer.status_code, answer.json()["code"]) == (422, "key_unfit"), answer.text
