"""`senim record`: commands from a file, signed with import keys that the ledger makes for their performers.

Import keys are the facility's word, not the person's: they are marked in the chain, counted by every
verification and ended by `import.closed`.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from ledger.errors import (
    BytesRejected,
    CommandInvalid,
    CommandRefused,
    IdReused,
    NeedsAcknowledgement,
    Refusal,
    SenimError,
    SignatureRejected,
)
from ledger.log.canonical import MAX_ENTRY
from ledger.log.signing import due_signatories, sign_statements, to_enrolment_bytes
from ledger.log.statement import spell_statement
from ledger.service.founding import LEDGER, append_as_ledger, describe_key
from ledger.service.ledger import Ledger
from ledger.service.statements import FORGIVEN, to_statement
from ledger.service.transaction import Receipt, Transaction
from ledger.strict_json import Unreadable, read_json

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one line. `refusals` in order; `answer` is recorded, replayed or refused."""

    line: int
    id: str | None
    answer: str
    receipt: Receipt | None = None
    refusals: tuple[Refusal, ...] = ()


def read_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    """(line number from 1, JSON value or `CommandInvalid`) of each line that is not blank."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, read_line(line)


def read_line(line: bytes) -> Any:
    """One JSON object read strictly: no duplicate keys, no NaN, no more than an entry's bytes."""
    if len(line) > MAX_ENTRY:
        return CommandInvalid([Refusal(code="entry_too_large", values={"most": MAX_ENTRY})])
    try:
        value = read_json(line)
    except Unreadable as bad:
        return CommandInvalid([Refusal(code="malformed", values=bad.values)])
    return value if type(value) is dict else CommandInvalid([Refusal(code="malformed", values={"why": "no_object"})])


def record_lines(ledger: Ledger, lines: Iterable[bytes], *, strict: bool = False) -> Iterator[Answer]:
    """Record each line, in order; a refused one does not stop the rest. *strict*: warnings are not forgiven."""
    for number, value in read_lines(lines):
        yield record_line(ledger, number, value, strict=strict)


def record_line(
    ledger: Ledger, number: int, value: Any, *, strict: bool, files: Mapping[str, bytes] | None = None
) -> Answer:
    """Record one line. *files*, by SHA-256: what it adopts, kept in the same transaction."""
    entry_id = find_id(value)
    try:
        if isinstance(value, SenimError):
            raise value
        receipt = ledger.within(lambda tx: _import(tx, ledger, value, strict, files or {}))
    except (CommandInvalid, CommandRefused, NeedsAcknowledgement) as refused:
        return Answer(line=number, id=entry_id, answer="refused", refusals=tuple(refused.refusals))
    except BytesRejected:  # a spelling that no field forbids, and the format does
        return Answer(line=number, id=entry_id, answer="refused", refusals=(Refusal(code="malformed"),))
    except (IdReused, SignatureRejected) as refused:
        return Answer(line=number, id=entry_id, answer="refused", refusals=(Refusal(code=refused.code),))
    return Answer(line=number, id=entry_id, answer="replayed" if receipt.replayed else "recorded", receipt=receipt)


def find_id(value: Any) -> str | None:
    """The id of a line as far as it may be repeated: what is no UUID could be anything, also a person's name."""
    told = value.get("id") if type(value) is dict else None
    return told if type(told) is str and _UUID.fullmatch(told) else None


def _import(tx: Transaction, ledger: Ledger, raw: dict[str, Any], strict: bool, files: Mapping[str, bytes]) -> Receipt:
    book = tx.writing.book
    entry_id = raw.get("id")
    read = partial(read_command, bodies=BODIES, users=lambda name: book.find("person", name) is not None)
    try:
        command = read(raw)
    except CommandInvalid:
        if type(entry_id) is str and tx.find_seq(entry_id) is not None:
            raise IdReused(entry_id) from None
        raise
    if book.facility.imports_closed:
        raise CommandRefused([Refusal(code="import_closed")])
    if command.performer == LEDGER:  # it says what it has to say by its own key
        raise CommandRefused([Refusal(code="not_allowed", field="performer", values={"performer": LEDGER})])
    statement, openings = to_statement(
        command, log=ledger.log, genesis=tx.genesis, seen=tx.seen, entropy=ledger.entropy
    )
    replay = tx.find_replay(statement, openings)
    if replay is not None:
        return replay
    case = tx.judge(command, imported=True)
    unanswered = [w for w in case.warnings if w.code not in command.acknowledged]
    if unanswered and strict:
        raise NeedsAcknowledgement(unanswered)
    if unanswered and FORGIVEN not in command.acknowledged:  # which follows from the state: a replay asks without it
        answers = [*(raw.get("acknowledged") or ()), {"code": FORGIVEN}]
        command = read(raw | {"acknowledged": answers})
        statement, openings = to_statement(
            command, log=ledger.log, genesis=tx.genesis, seen=tx.seen, entropy=ledger.entropy
        )
    for digest, data in files.items():
        tx.writing.insert_adopted(digest, data)
    signatories = due_signatories(statement)
    if _enrol_import_keys(tx, ledger, signatories):
        # The keys stand in the chain before what they sign, and the program has seen that.
        statement["seen"] = {"seq": tx.seen.seq, "leaf": tx.seen.leaf}
    signatures: list[dict[str, Any]] = []
    for name in signatories:
        key = ledger.secrets.import_key(name)
        assert key is not None
        signatures += sign_statements([statement], by=name, key=key)
    tx.keys.verify_arithmetic(statement, signatures)  # also the proof that a new key's holder gave
    return tx.append(spell_statement(statement), signatures, openings, via="import", command=command)


def _enrol_import_keys(tx: Transaction, ledger: Ledger, names: list[str]) -> bool:
    """Make and enrol an import key for each signatory that has none; whether any was."""
    enrolled = False
    for name in names:
        key = ledger.secrets.import_key(name) or ledger.secrets.make_import_key(name)
        described = describe_key(name, key.public_key(), "import")
        if tx.keys.find(described["key"]) is not None:
            continue
        proof = key.sign(to_enrolment_bytes(tx.log, name, described["public"]))
        body = {**described, "custody": "facility", "proof": base64.b64encode(proof).decode()}
        append_as_ledger(tx, ledger, "key.enrolled", body)
        enrolled = True
    return enrolled
