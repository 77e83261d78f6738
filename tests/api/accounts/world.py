"""A data directory with accounts in it, a clock that is turned by hand, and an authenticator made of software."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyotp import TOTP

from api.access import AccessLog, open_access_log
from api.accounts import Accounts, Entered, Visit, open_accounts
from api.accounts.shapes import SetUp
from api.settings import Settings
from ledger.errors import CallRefused

ORIGIN = "https://senim.test"
SETTINGS = Settings(origin=ORIGIN, argon2=(1, 8, 1))
PASSWORD = "төрт сөз жеткілікті"
WARD = Visit(address="10.0.0.7", words="Chromium on the ward's computer")
ELSEWHERE = Visit(address="203.0.113.5", words="somewhere")


class Clock:
    """Begins with the machine's own time, for the files of enrolment codes carry that."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Authenticator:
    """A passkey: answers options of `create` and `get` as a browser would hand them on. What it tells can be bent."""

    origin: str = ORIGIN
    rp_id: str = "senim.test"
    flags: int = 0b101
    count: int = 0
    step: int = 1
    more: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: generate_private_key(SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))
    handle: str | None = None

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        self.handle = options["user"]["id"]
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(self._cose())
        told = self._data(0b1000000) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})
        client = self._client("webauthn.create", options["challenge"])
        return self._credential({"clientDataJSON": to_text(client), "attestationObject": to_text(attestation)})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        self.count += self.step
        data, client = self._data(0), self._client("webauthn.get", options["challenge"])
        assert isinstance(self.key, EllipticCurvePrivateKey)
        value = self.key.sign(data + sha256(client).digest(), ECDSA(SHA256()))
        response = {"clientDataJSON": to_text(client), "authenticatorData": to_text(data), "signature": to_text(value)}
        return self._credential(response | ({} if self.handle is None else {"userHandle": self.handle}))

    def spki(self) -> bytes:
        return bytes(self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def _cose(self) -> dict[int, Any]:
        if isinstance(self.key, Ed25519PrivateKey):
            raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            return {1: 1, 3: -8, -1: 6, -2: raw}
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}

    def _data(self, flags: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([self.flags | flags]) + self.count.to_bytes(4, "big")

    def _client(self, type: str, challenge: str) -> bytes:
        return json.dumps({"type": type, "challenge": challenge, "origin": self.origin, **self.more}).encode()

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        id = to_text(self.id)
        return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}


@dataclass
class World:
    directory: Path
    clock: Clock
    accounts: Accounts
    access: AccessLog

    def noted(self) -> list[tuple[str, str, str]]:
        """(kind, person, by) of every note so far, in order."""
        return [(row.kind, row.person, row.by) for row in reversed(self.access.read())]

    def told(self) -> str:
        return "\n".join(f"{row.kind} {row.person} {row.by} {row.detail}" for row in self.access.read())

    def enrol_password(self, person: str, visit: Visit = WARD, password: str = PASSWORD) -> tuple["Phone", SetUp]:
        enrolment = self.accounts.enrolment
        setup = enrolment.begin(person, enrolment.issue_code(person, by="registrar"), visit)
        offer = enrolment.offer_totp(setup.ticket)
        phone = Phone(offer.secret, self.clock)
        done = enrolment.finish_with_password(setup.ticket, password, offer.ticket, phone.code(), visit)
        self.clock.on(seconds=30)  # that code is used
        return phone, done

    def enrol_passkey(self, person: str, visit: Visit = WARD) -> tuple[Authenticator, SetUp]:
        enrolment = self.accounts.enrolment
        setup = enrolment.begin(person, enrolment.issue_code(person, by="registrar"), visit)
        passkey = Authenticator()
        credential = passkey.create(enrolment.offer_passkey(setup.ticket))
        return passkey, enrolment.finish_with_passkey(setup.ticket, credential, "key ring", visit)

    def enter(self, passkey: Authenticator, visit: Visit = WARD) -> Entered:
        entrance = self.accounts.entrance
        return entrance.by_passkey(passkey.get(entrance.offer_passkey(visit)), visit)


@dataclass
class Phone:
    secret: str
    clock: Clock

    def code(self, *, seconds: int = 0) -> str:
        return TOTP(self.secret).at(self.clock() + timedelta(seconds=seconds))


@contextmanager
def open_world(directory: Path, **more: Any) -> Iterator[World]:
    (directory / "secrets").mkdir(mode=0o700, exist_ok=True)
    clock = Clock()
    with (
        open_access_log(directory, clock=clock) as access,
        open_accounts(directory, settings=SETTINGS, recorder=access, clock=clock, **more) as accounts,
    ):
        yield World(directory, clock, accounts, access)


def at(visit: Visit, entered: Entered) -> Visit:
    """The same browser with the cookies that it was given."""
    return replace(visit, device=entered.device, session=entered.token)


def to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def refusal(call: Callable[..., object], *told: Any, **named: Any) -> str:
    """The reason for which *call* is refused."""
    with pytest.raises(CallRefused) as refused:
        call(*told, **named)
    return refused.value.reason
