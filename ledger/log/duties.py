"""Who must sign a statement, in which order, and whether just they did, for all that needs no key.

Trusts that statement and signatures have the shape of `statement.check_entry`; which keys are in force is `keys`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.errors import SignatureRejected
from ledger.log.key import PERSONAL, Key, read_text, read_texts
from ledger.log.signing import LEDGER, LOG
from ledger.log.statement import to_statement_hash

LEAST_COMMISSION = 3
_SIGN = frozenset({"sign"})


def is_epoch(statement: Mapping[str, Any]) -> bool:
    """Whether it opens a new epoch: then registrar and head pharmacist sign entry 0 too (contract, section 10)."""
    return statement["type"] == "facility.opened" and "after" in statement["body"]


def read_governors(statement: Mapping[str, Any]) -> list[str]:
    """The persons of a new epoch's first keys but the log's own: the registrar."""
    if not is_epoch(statement):
        return []
    listed = statement["body"].get("keys")
    people = [read_text(item, "person") for item in listed if type(item) is dict] if type(listed) is list else []
    return [person for person in people if person not in (LEDGER, LOG)]


def uses_of(statement: Mapping[str, Any]) -> frozenset[str]:
    """What the keys of the people who sign it must be for."""
    return _SIGN if statement["type"] == "import.closed" or is_epoch(statement) else PERSONAL


def check_people(statement: Mapping[str, Any], due: Sequence[str]) -> None:
    if statement["witness"] == statement["performer"]:
        raise SignatureRejected("witness_same_person")
    if is_epoch(statement):
        if due[0] != LEDGER or len(due) != 3 or type(statement["witness"]) is not str:
            raise SignatureRejected("signatory_is_nobody")
    elif statement["performer"] == LEDGER and due != [LEDGER]:
        raise SignatureRejected("ledger_signs_alone")
    if LEDGER in due[1:] or LOG in (due[:-2] if statement["type"] == "key.rotated" else due):
        raise SignatureRejected("signatory_is_nobody")
    commission = statement["body"].get("commission")
    if commission is not None:
        members = read_texts(statement["body"], "commission")
        if len(set(members)) != len(members):
            raise SignatureRejected("commission_same_person")
        if len(members) < LEAST_COMMISSION:
            raise SignatureRejected("commission_too_small")


def check_order(by: list[str], due: list[str]) -> None:
    if by == due:
        return
    if set(due) - set(by) or len(by) < len(due):
        raise SignatureRejected("signature_missing")
    raise SignatureRejected("signature_order" if sorted(by) == sorted(due) else "signature_not_due")


def check_rotation(statement: Mapping[str, Any], signatures: Sequence[Mapping[str, Any]]) -> None:
    """The log signs its rotation with the old key, then with the new one."""
    if statement["type"] == "key.rotated":
        body = statement["body"]
        if [signature["key"] for signature in signatures[-2:]] != [body.get("old"), body.get("new")]:
            raise SignatureRejected("key_of_another_person")


def check_ceremony(statement: Mapping[str, Any], signatures: Sequence[Mapping[str, Any]]) -> None:
    of = signatures[0].get("of")
    for signature in signatures:
        if signature.get("of") != of:
            raise SignatureRejected("ceremony_differs")
    if of is None:
        return
    if len(set(of)) != len(of):
        raise SignatureRejected("ceremony_repeats_itself")
    if to_statement_hash(statement).hex() not in of:
        raise SignatureRejected("ceremony_without_its_statement")


def check_via(via: str, performer: str, keys: Iterable[Key]) -> None:
    """`import` exactly with an import key, `ledger` exactly when the ledger performs."""
    by_import = "import" in [key.use for key in keys]
    if (via == "import") != by_import or (via == LEDGER) != (performer == LEDGER):
        raise SignatureRejected("via_mismatch")
