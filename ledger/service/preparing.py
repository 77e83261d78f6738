"""What can be judged of a signed statement before it is its turn: form, openings, the arithmetic of its signatures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.domain.command import Command, read_statement
from ledger.domain.vocabulary import BODIES
from ledger.log.keys import KeyBook
from ledger.log.signing import Check
from ledger.log.statement import Spelled, spell_statement
from ledger.service.arithmetic import find_wrong
from ledger.service.sealing import Openings, verify_openings
from ledger.service.transaction import Signatures


@dataclass(frozen=True, slots=True)
class Signed:
    """One statement with its openings and the signatures of its entry, as a client hands them in."""

    statement: dict[str, Any]
    openings: Openings
    signatures: Signatures


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a client handed in, its form, its openings and its signatures' arithmetic checked."""

    statement: Spelled
    openings: Openings
    signatures: Signatures
    command: Command


Ceremony = Sequence[Signed]


def prepare(ceremonies: Sequence[Ceremony], keys: Callable[[Ceremony], KeyBook]) -> list[list[Prepared] | Exception]:
    """Each ceremony prepared, or what refuses it. *keys* gives those known to whoever signed a ceremony."""
    prepared: list[list[Prepared] | Exception] = []
    checks: dict[int, list[Check]] = {}
    for n, ceremony in enumerate(ceremonies):
        try:
            read = [_read(signed) for signed in ceremony]
            checks[n] = _to_checks(read, keys(ceremony))
            prepared.append(read)
        except Exception as refused:  # noqa: BLE001 - also a fault of ours is told to this one alone
            prepared.append(refused)
    for n, wrong in find_wrong(checks).items():
        prepared[n] = wrong
    return prepared


def _read(signed: Signed) -> Prepared:
    statement = spell_statement(signed.statement)
    verify_openings(signed.statement, signed.openings)
    values = {path: opening.value for path, opening in signed.openings.items()}
    command = read_statement(signed.statement, bodies=BODIES, openings=values)
    return Prepared(statement, signed.openings, signed.signatures, command)


def _to_checks(read: Sequence[Prepared], keys: KeyBook) -> list[Check]:
    return [
        check
        for each in read
        for check in keys.to_checks(each.statement.said, each.signatures, digest=each.statement.digest)
    ]
