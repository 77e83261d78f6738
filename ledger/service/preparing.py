"""What can be judged of a signed statement before it is its turn: its form, its openings, what its signatures claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from ledger.domain.command import Command, read_statement
from ledger.domain.vocabulary import BODIES
from ledger.log.keys import KeyBook
from ledger.log.signing import Check
from ledger.log.statement import Spelled, spell_statement
from ledger.service.sealing import Openings, verify_openings, verify_own_keys
from ledger.service.transaction import Signatures


@dataclass(frozen=True, slots=True)
class Signed:
    """One statement with its openings and the signatures of its entry, as a client hands them in."""

    statement: dict[str, Any]
    openings: Openings
    signatures: Signatures


class Prepared(Struct, frozen=True):
    """What a client handed in, its form and its openings checked."""

    statement: Spelled
    openings: Openings
    signatures: Signatures
    command: Command


Ceremony = Sequence[Signed]


def prepare(ceremony: Ceremony) -> list[Prepared]:
    """Raises what refuses it as it stands; of its signatures nothing is known yet."""
    if opened := [signed.openings for signed in ceremony if signed.openings]:
        verify_own_keys(opened)
    return [_read(signed) for signed in ceremony]


def _read(signed: Signed) -> Prepared:
    statement = spell_statement(signed.statement)
    verify_openings(signed.statement, signed.openings)
    values = {path: opening.value for path, opening in signed.openings.items()}
    command = read_statement(signed.statement, bodies=BODIES, openings=values)
    return Prepared(statement, signed.openings, signed.signatures, command)


def to_checks(read: Sequence[Prepared], keys: KeyBook) -> list[Check]:
    """The arithmetic of its signatures, under the *keys* known to whoever signed it."""
    return [
        check
        for each in read
        for check in keys.to_checks(each.statement.said, each.signatures, digest=each.statement.digest)
    ]
