"""A small log made by hand with every private key at hand, honest unless a test asks for something else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.log.canonical import to_timestamp
from ledger.log.encoding import to_base64
from ledger.log.merkle import EMPTY_PREV, leaf_hash
from ledger.log.signing import key_id, sign_statements, to_enrolment_bytes, to_signed_bytes
from ledger.log.statement import NO_LEAF, build_entry, spell_statement, to_statement_hash

LOG = "senim/semey-hospital/1"
SITE, SITE_ID = "https://senim.example", "senim.example"

Statement = dict[str, Any]
Signature = dict[str, Any]


@dataclass(frozen=True)
class Signer:
    """Somebody's private key; `passkey` makes it a P-256 one in an authenticator."""

    person: str
    use: str = "sign"
    label: str = ""
    passkey: bool = False

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._seed)

    @property
    def authenticator(self) -> EllipticCurvePrivateKey:
        return derive_private_key(int.from_bytes(self._seed[1:], "big"), SECP256R1())

    @property
    def _seed(self) -> bytes:
        return sha256(f"{self.person} {self.use} {self.label}".encode()).digest()

    @property
    def public(self) -> bytes:
        key = self.authenticator.public_key() if self.passkey else self.private.public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def id(self) -> str:
        return key_id(self.public)

    @property
    def alg(self) -> str:
        return "webauthn-es256" if self.passkey else "ed25519"

    def described(self) -> dict[str, Any]:
        """The key as entry 0 lists it."""
        return {
            "person": self.person,
            "key": self.id,
            "alg": self.alg,
            "public": to_base64(self.public),
            "use": self.use,
        }

    def enrolment(self, log: str = LOG) -> dict[str, Any]:
        """The body of its `key.enrolled`."""
        body = {**self.described(), "custody": "passkey" if self.passkey else "device"}
        message = to_enrolment_bytes(log, self.person, body["public"])
        if self.passkey:
            return {**body, "rp_id": SITE_ID, "origins": [SITE], "proof": self.assertion(message)}
        return {**body, "proof": to_base64(self.private.sign(message))}

    def sign(self, statements: Sequence[Statement]) -> list[Signature]:
        if not self.passkey:
            return sign_statements(statements, by=self.person, key=self.private)
        hashes = [to_statement_hash(statement) for statement in statements]
        signature: Signature = {"by": self.person, "key": self.id, "alg": self.alg}
        signature |= self.assertion(to_signed_bytes(hashes))
        if len(hashes) > 1:
            signature["of"] = [digest.hex() for digest in hashes]
        return [dict(signature) for _ in statements]

    def assertion(self, message: bytes, *, flags: int = 5, site_id: str = SITE_ID, **claims: Any) -> dict[str, str]:
        """What an authenticator makes of `message`; `claims` replace those of its client."""
        challenge = to_base64(sha256(message).digest()).replace("+", "-").replace("/", "_").rstrip("=")
        told = {"type": "webauthn.get", "challenge": challenge, "origin": SITE} | claims
        client_data = dumps(told).encode()
        authenticator_data = sha256(site_id.encode()).digest() + bytes([flags]) + bytes(4)
        value = self.authenticator.sign(authenticator_data + sha256(client_data).digest(), ECDSA(SHA256()))
        parts = {"authenticator_data": authenticator_data, "client_data": client_data, "value": value}
        return {name: to_base64(part) for name, part in parts.items()}


@dataclass
class HonestLog:
    """Entries as they are appended, each seeing the one before it."""

    entries: list[bytes] = field(default_factory=list)
    at: datetime = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    made: int = 0

    @property
    def leaves(self) -> list[bytes]:
        return list(map(leaf_hash, self.entries))

    def statement(self, type: str, performer: str, body: dict[str, Any], **more: Any) -> Statement:
        """A statement that would be the next entry's; `more` replaces or adds members."""
        self.made += 1
        leaves = self.leaves
        return {
            "id": str(UUID(bytes=sha256(b"id %d" % self.made).digest()[:16])),
            "log": LOG,
            "genesis": leaves[0].hex() if leaves else NO_LEAF,
            "seen": {"seq": len(leaves) - 1, "leaf": leaves[-1].hex() if leaves else NO_LEAF},
            "type": type,
            "occurred_at": to_timestamp(self.at),
            "performer": performer,
            "witness": None,
            "acknowledged": [],
            "late_reason": None,
            "body": body,
        } | more

    def append(self, statement: Statement, signatures: Sequence[Signature], *, via: str = "web", **more: Any) -> int:
        """Append the statement under these signatures; its number. `more` replaces arguments of `build_entry`."""
        self.at += timedelta(seconds=61)
        arguments: dict[str, Any] = {
            "log": LOG,
            "seq": len(self.entries),
            "prev": leaf_hash(self.entries[-1]) if self.entries else EMPTY_PREV,
            "recorded_at": to_timestamp(self.at),
            "via": via,
            "statement": spell_statement(statement),
            "signatures": signatures,
        }
        self.entries.append(build_entry(**(arguments | more)))
        return len(self.entries) - 1

    def ceremony(self, statements: Sequence[Statement], signers: Sequence[Signer], *, via: str = "web") -> list[int]:
        """Append all, each signed by all of `signers` in one ceremony."""
        signed = [signer.sign(statements) for signer in signers]
        return [
            self.append(statement, [signatures[at] for signatures in signed], via=via)
            for at, statement in enumerate(statements)
        ]


LOG_KEY, LEDGER_KEY = Signer("log", "log"), Signer("ledger", "ledger")
REGISTRAR, HEAD = Signer("registrar"), Signer("d.akhmetova")
REGISTRAR_IMPORT, HEAD_IMPORT = Signer("registrar", "import"), Signer("d.akhmetova", "import")
NURSE, DOCTOR = Signer("a.nurlanova"), Signer("b.serikov", passkey=True)


def opened(registrar: Signer = REGISTRAR_IMPORT) -> HonestLog:
    """A log with its entry 0."""
    log = HonestLog()
    keys = [key.described() for key in (LOG_KEY, LEDGER_KEY, registrar)]
    first = log.statement("facility.opened", "ledger", {"facility": "Semey", "keys": keys})
    log.ceremony([first], [LEDGER_KEY], via="ledger")
    return log


def enrol(log: HonestLog, signer: Signer, by: Sequence[Signer]) -> int:
    """Append the enrolment of a key, by the ledger or by governance."""
    performer, *witness = by
    via = "ledger" if performer.use == "ledger" else "import" if any(key.use == "import" for key in by) else "web"
    statement = log.statement(
        "key.enrolled", performer.person, signer.enrolment(), witness=witness[0].person if witness else None
    )
    return log.ceremony([statement], by, via=via)[0]


def lively(more: int = 0) -> HonestLog:
    """Everything once: imports, own keys, a passkey, a ceremony, sealed values, the close; then `more` entries."""
    log = opened()
    enrol(log, HEAD_IMPORT, [LEDGER_KEY])
    lines = [{"lot": "A12", "product": "morphine-10", "units": 40}]
    moved = {"from_place": "safe", "lines": lines, "to_place": "ward-1"}
    log.ceremony(
        [log.statement("stock.moved", "d.akhmetova", moved, witness="registrar")],
        [HEAD_IMPORT, REGISTRAR_IMPORT],
        via="import",
    )
    enrol(log, HEAD, [REGISTRAR_IMPORT, HEAD_IMPORT])
    for signer in (REGISTRAR, NURSE, DOCTOR):
        enrol(log, signer, [REGISTRAR_IMPORT, HEAD])
    close = log.statement(
        "import.closed",
        "registrar",
        {"count": 5, "keys": [REGISTRAR.id, HEAD.id, NURSE.id, DOCTOR.id]},
        witness="d.akhmetova",
    )
    log.ceremony([close], [REGISTRAR, HEAD, NURSE, DOCTOR])
    log.ceremony(basket(log), [NURSE, DOCTOR])
    for number in range(more):
        log.ceremony([log.statement(*ordinary(number))], [NURSE])
    return log


def basket(log: HonestLog) -> list[Statement]:
    """Three statements that are signed at once."""
    bodies = [{"patient": f"p{number}"} for number in range(3)]
    return [log.statement("dispense.outpatient", "a.nurlanova", body, witness="b.serikov") for body in bodies]


def ordinary(number: int) -> tuple[str, str, dict[str, Any]]:
    """(type, performer, body) of entries as they come every day, of several shapes."""
    dose = {"unit": "mg", "value": "10"}
    lots = [{"lot": f"A{lot}", "units": number % 7} for lot in range(1 + number % 3)]
    body: dict[str, Any] = {"dose": dose, "lots": lots, "patient": f"p-{number:05}", "place": "ward-1"}
    if number % 5 == 0:
        body = {"blind": number % 2 == 0, "lines": [], "purpose": "shift", "difference": -number}
    return "dose.administered", "a.nurlanova", body
