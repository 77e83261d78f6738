"""Entry 0 and what follows it: a facility opened, its rule set adopted, its first registrar enrolled."""

import base64
from collections.abc import Mapping
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.domain.command import read_command
from ledger.domain.regulation import Adoption
from ledger.domain.vocabulary import BODIES
from ledger.log.canonical import to_timestamp
from ledger.log.signing import key_id, sign_statements
from ledger.log.statement import spell_statement
from ledger.service.ledger import Ledger
from ledger.service.statements import to_statement
from ledger.service.transaction import Receipt, Transaction

REGISTRAR = "registrar"
LEDGER, LOG = "ledger", "log"


def to_spki(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def describe_key(person: str, public: Ed25519PublicKey, use: str) -> dict[str, str]:
    """A key as entry 0 names it."""
    spki = to_spki(public)
    return {
        "person": person,
        "key": key_id(spki),
        "alg": "ed25519",
        "public": base64.b64encode(spki).decode(),
        "use": use,
    }


def found_facility(
    ledger: Ledger,
    facility: Mapping[str, object],
    adoption: Adoption,
    *,
    registrar: Ed25519PublicKey | None = None,
    registrar_name: str = "Registrar",
) -> list[Receipt]:
    """Write the first three entries. *facility* is the body of `facility.opened` without its keys.

    *registrar*: the registrar's own public key, where one was brought; otherwise an import key is made.
    """
    use = "sign" if registrar is not None else "import"
    if registrar is None:
        registrar = ledger.secrets.make_import_key(REGISTRAR).public_key()
    keys = [
        describe_key(LOG, ledger.secrets.log_key().public_key(), "log"),
        describe_key(LEDGER, ledger.secrets.ledger_key().public_key(), "ledger"),
        describe_key(REGISTRAR, registrar, use),
    ]

    def found(tx: Transaction) -> list[Receipt]:
        for digest, data in adoption.files.items():
            tx.writing.insert_adopted(digest, data)
        opened = append_as_ledger(tx, ledger, "facility.opened", {**facility, "keys": keys})
        adopted = {"name": adoption.rules.name, "sha256": adoption.rules.sha256, "rules": "senim-rules/1"}
        person = {"person": REGISTRAR, "role": "registrar", "name": registrar_name}
        return [
            opened,
            append_as_ledger(tx, ledger, "regulation.adopted", adopted),
            append_as_ledger(tx, ledger, "person.enrolled", person),
        ]

    return ledger.within(found)


def append_as_ledger(tx: Transaction, ledger: Ledger, type: str, body: Mapping[str, object]) -> Receipt:
    """Append a statement of the ledger's own, signed with its own key."""
    raw = {
        "id": str(UUID(bytes=ledger.entropy(16), version=4)),
        "type": type,
        "occurred_at": to_timestamp(ledger.clock()),
        "performer": LEDGER,
        "body": dict(body),
    }
    command = read_command(raw, bodies=BODIES)
    statement, openings = to_statement(
        command, log=ledger.log, genesis=tx.genesis, seen=tx.seen, entropy=ledger.entropy
    )
    signatures = sign_statements([statement], by=LEDGER, key=ledger.secrets.ledger_key())
    return tx.append(spell_statement(statement), signatures, openings, via="ledger", command=command)
