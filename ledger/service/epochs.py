"""A new epoch: what registrar and head pharmacist are to sign, and its entry 0 (contract, section 10).

The ledger's store already holds the old log before entry 0. Trusts that it was put together under all heads that are
known; the two who sign say that nothing else was left to be found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.log.canonical import to_timestamp
from ledger.log.encoding import to_base64
from ledger.log.epochs import After, find_after
from ledger.log.key import Key
from ledger.log.keys import KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.signing import each_holds, sign_statements, to_signed_bytes
from ledger.log.statement import to_statement_hash
from ledger.service.founding import LEDGER, LOG, describe_key
from ledger.service.ledger import Ledger
from ledger.service.ports import Reading
from ledger.service.preparing import Signed
from ledger.service.statements import BEFORE_ALL, NO_LEAF, to_statement
from ledger.service.transaction import Receipt

GOVERNORS = ("head_pharmacist", "registrar")
"""In the order in which they sign, after the ledger."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The statement of entry 0, and who signs it with which keys of the old log."""

    statement: dict[str, Any]
    signatories: Mapping[str, Sequence[Key]]

    def to_sign(self) -> bytes:
        return to_signed_bytes([to_statement_hash(self.statement)])


def draft_opening(ledger: Ledger, after: After, *, drafted: Mapping[str, Any] | None = None) -> Opening:
    """Entry 0 as it is to be signed; as it was *drafted* before, where it would say the same.

    Raises `LedgerReadOnly('governors_missing')` where not both can sign.
    """
    with ledger.reading() as reading:
        facility, keys = reading.book.facility, ledger.keys(reading)
        people = {role: _find_governor(reading, keys, role) for role in GOVERNORS}
    (head, own), (registrar, (third, *more)) = (people[role] for role in GOVERNORS)
    described = {"person": third.person, "key": third.key, "alg": third.alg, "use": third.use}
    body = {
        "facility": facility.name,
        "bin": facility.bin,
        "kato": facility.kato,
        "kind": facility.kind,
        "zone": facility.zone,
        "practice": facility.practice,
        "rules": "senim-rules/1",
        "keys": [
            describe_key(LOG, ledger.secrets.log_key().public_key(), LOG),
            describe_key(LEDGER, ledger.secrets.ledger_key().public_key(), LEDGER),
            described | {"public": to_base64(third.public)},
        ],
        "after": after.to_body(),
    }
    signatories = {head: own, registrar: [third, *more]}
    if drafted is not None and (drafted["log"], drafted["body"], drafted["witness"]) == (ledger.log, body, head):
        return Opening(dict(drafted), signatories)
    raw = {
        "id": str(UUID(bytes=ledger.entropy(16), version=4)),
        "type": "facility.opened",
        "occurred_at": to_timestamp(ledger.clock()),
        "performer": LEDGER,
        "witness": head,
        "body": body,
    }
    command = read_command(raw, bodies=BODIES)
    statement, _ = to_statement(command, log=ledger.log, genesis=NO_LEAF, seen=BEFORE_ALL, entropy=ledger.entropy)
    return Opening(statement, signatories)


def _find_governor(reading: Reading, keys: KeyBook, role: str) -> tuple[str, list[Key]]:
    for (name,), person in reading.shelf("person"):
        if person.role == role and person.left_at is None:
            own = keys.usable(name, seq=0, uses={"sign"})
            if own:
                return name, own
    raise LedgerReadOnly("governors_missing")


def open_epoch(ledger: Ledger, opening: Opening, signed: Mapping[str, Mapping[str, Any] | bytes]) -> Receipt:
    """Append entry 0. *signed*: by person, the 64 bytes of an Ed25519 signature, or a passkey's whole signature.

    Raises `SignatureRejected`, `WronglyCalled('signature_of_nobody')`.
    """
    signatures = sign_statements([opening.statement], by=LEDGER, key=ledger.secrets.ledger_key())
    for person, keys in opening.signatories.items():
        value = signed.get(person)
        if value is None:
            raise WronglyCalled("signature_of_nobody", person=person)
        signatures.append(
            {**value, "by": person} if isinstance(value, Mapping) else _to_signature(person, keys, value, opening)
        )
    (receipt,) = ledger.append([Signed(opening.statement, {}, signatures)], via=LEDGER)
    return receipt


def _to_signature(person: str, keys: Sequence[Key], value: bytes, opening: Opening) -> dict[str, Any]:
    """By whichever of the person's *keys* it was made with."""
    mine = [key for key in keys if key.alg == "ed25519"]
    made = [{"by": person, "key": key.key, "alg": key.alg, "value": to_base64(value)} for key in mine]
    message = opening.to_sign()
    held = each_holds([key.to_check(signature, message) for key, signature in zip(mine, made, strict=True)])
    for signature, holds in zip(made, held, strict=True):
        if holds:
            return signature
    raise WronglyCalled("signature_of_nobody", person=person)


def end_old_log(ledger: Ledger) -> None:
    """Where this is a new epoch, the old log never signs again: the head store says so from now on."""
    with ledger.reading() as reading:
        first = reading.entry(0)
        after = find_after(first)
        if after is not None:
            genesis = leaf_hash(reading.entry(-after.recovered))
            ledger.heads.end(after.log, genesis, last=(after.size, after.root), by=(ledger.log, leaf_hash(first)))
