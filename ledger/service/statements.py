"""A command becomes the statement that its signatories sign (contract, section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.command import Command
from ledger.service.sealing import Entropy, Opening, seal_values

NO_LEAF = "0" * 64


@dataclass(frozen=True, slots=True)
class Seen:
    """The entry that the signatory's program had seen; `BEFORE_ALL` when there is none yet."""

    seq: int
    leaf: str


BEFORE_ALL = Seen(-1, NO_LEAF)


def to_statement(
    command: Command, *, log: str, genesis: str, seen: Seen, entropy: Entropy
) -> tuple[dict[str, Any], dict[str, Opening]]:
    """(statement, openings). *genesis* is the hex leaf of entry 0 (zeros in entry 0)."""
    sealed, openings = seal_values(command, log=log, entropy=entropy)
    statement: dict[str, Any] = {
        "id": command.id,
        "log": log,
        "genesis": genesis,
        "seen": {"seq": seen.seq, "leaf": seen.leaf},
        "type": command.type,
        "occurred_at": command.occurred_at,
        "performer": command.performer,
        "witness": command.witness,
        "acknowledged": [{"code": code} for code in command.acknowledged],
        "late_reason": None,
        "body": command.body,
    }
    if command.witness_pending is not None:
        statement["witness_pending"] = command.witness_pending
    if command.sheet is not None:
        statement["sheet"] = command.sheet
    if sealed:
        statement["sealed"] = sealed
    return statement, openings


FORGIVEN = "import"
"""The code under which an import acknowledges what nobody answered."""
_BOUND = ("genesis", "seen", "sealed")


def is_same_command(
    stored: Mapping[str, Any],
    stored_openings: Mapping[str, Opening],
    asked: Mapping[str, Any],
    openings: Mapping[str, Opening],
) -> bool:
    """Whether *asked* repeats the *stored* statement: equal open parts, equal opened values.

    Fresh commitments differ by their random keys, so values are compared, and only where they can still be
    opened: after an erasure the open part decides. What an import had forgiven was added to what was asked then,
    so that it counts in neither.
    """
    stored, stored_openings = _without_import(stored, stored_openings)
    asked, openings = _without_import(asked, openings)
    if {k: v for k, v in stored.items() if k not in _BOUND} != {k: v for k, v in asked.items() if k not in _BOUND}:
        return False
    if set(stored.get("sealed", {})) != set(asked.get("sealed", {})):
        return False
    return all(stored_openings[path].value == openings[path].value for path in stored_openings if path in openings)


def _without_import(
    statement: Mapping[str, Any], openings: Mapping[str, Opening]
) -> tuple[Mapping[str, Any], Mapping[str, Opening]]:
    """The statement without the answer of an import, which has no reason; the reasons of later answers move up."""
    answers = statement["acknowledged"]
    at = next((n for n, answer in enumerate(answers) if answer["code"] == FORGIVEN), None)
    sealed = statement.get("sealed", {})
    if at is None or f"acknowledged.{at}.reason" in sealed:
        return statement, openings

    def moved(path: str) -> str:
        first, _, rest = path.partition(".")
        n, _, last = rest.partition(".")
        return f"{first}.{int(n) - 1}.{last}" if first == "acknowledged" and int(n) > at else path

    without = {**statement, "acknowledged": [*answers[:at], *answers[at + 1 :]]}
    if sealed:
        without["sealed"] = {moved(path): commitment for path, commitment in sealed.items()}
    return without, {moved(path): opening for path, opening in openings.items()}
