"""One command, or the statement it became, read by the fields of its type: what later stages are given.

`read_command` reads at the border (clear values), `read_statement` in the chain (sealed leaves stand as `SEALED`);
both use the same readers, so what is accepted can be replayed. Only what the chain holds is not searched for an IIN.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ledger.domain import terms
from ledger.domain.form import GONE, SEALED, Fields, Opt, Reader, Reading, many, obj
from ledger.domain.texts import free, matching, one_of, sheet_no, username
from ledger.domain.values import integer, time, uuid
from ledger.errors import CommandInvalid, Refusal


class Command(NamedTuple):
    """One command as read: times UTC canonical text, `body` in clear, `sealed` path → value (or `SEALED`).

    `largest` is the most units of one line, with its path.
    `seen` is the entry that its signatory had seen, once it is a statement. It and every number in the body count
    from entry 0 of the log that it was signed for, whose place in the book is `base`.
    """

    id: str
    type: str
    occurred_at: str
    performer: str
    witness: str | None
    witness_pending: str | None
    acknowledged: tuple[str, ...]
    late: bool
    sheet: dict[str, Any] | None
    body: dict[str, Any]
    sealed: dict[str, Any]
    references: tuple[tuple[str, str, str, bool], ...]
    seen: int | None = None
    base: int = 0
    largest: tuple[int, str] = (0, "")


_ACKNOWLEDGED = obj({"code": one_of(*terms.WARNINGS, *terms.FACT_NOTES, "import"), "reason": Opt(free)})
_ENVELOPE: Fields = {
    "id": uuid,
    "type": matching(re.compile(r"[a-z_]+\.[a-z_]+")),
    "occurred_at": time,
    "performer": username,
    "witness": Opt(username),
    "witness_pending": Opt(one_of("alone_on_duty", "at_home", "device_failed")),
    "acknowledged": Opt(many(_ACKNOWLEDGED, least=0, most=50)),
    "late_reason": Opt(free),
    "sheet": Opt(obj({"no": sheet_no, "line": integer(1, 10_000)})),
    "body": lambda value, path, reading: value if type(value) is dict else reading.refuse("malformed", path),
}
_read_envelope = obj(_ENVELOPE)
_IN_CLEAR = tuple(name for name in _ENVELOPE if name != "late_reason")


def read_command(
    raw: Any,
    *,
    bodies: Mapping[str, Reader],
    users: Callable[[str], bool] = lambda _name: True,
) -> Command:
    """Read one command, or raise `CommandInvalid` with every form code, in the contract's order.

    *bodies* maps a type to the reader of its body. Paths are dotted, list indices as numbers.
    """
    return _read(raw, Reading(users=users), bodies, seen=None)


def _read(raw: Any, reading: Reading, bodies: Mapping[str, Reader], *, seen: int | None) -> Command:
    if type(raw) is dict and raw.get("acknowledged") and type(raw["acknowledged"]) is list:
        # Sorted before paths are given: a sealed reason's path counts in the statement's order (section 5).
        answers = raw["acknowledged"]
        if all(type(a) is dict and type(a.get("code")) is str for a in answers):
            raw = raw | {"acknowledged": sorted(answers, key=lambda a: a["code"])}
            if len({a["code"] for a in answers}) != len(answers):
                reading.refuse("malformed", "acknowledged")
    envelope = _read_envelope(raw, "", reading)
    if envelope is GONE:
        raise CommandInvalid([Refusal(code="malformed")])
    body: Any = {}
    reader = bodies.get(envelope.get("type", ""))
    if reader is None and "type" in envelope:
        reading.refuse("malformed", "type")
    elif reader is not None and type(raw.get("body")) is dict:
        body = reader(raw["body"], "body", reading)
    if "witness" in envelope and "witness_pending" in envelope:
        reading.refuse("malformed", "witness_pending")
    if reading.problems:
        raise CommandInvalid(in_order(reading.problems))
    late, answers = raw.get("late_reason") is not None, envelope.get("acknowledged")
    acknowledged = tuple([answer["code"] for answer in answers]) if answers else ()
    return Command(  # in order, for names cost as much again
        envelope["id"], envelope["type"], envelope["occurred_at"], envelope["performer"], envelope.get("witness"),
        envelope.get("witness_pending"), acknowledged, late, envelope.get("sheet"), body, reading.sealed,
        tuple(reading.references), seen, largest=reading.largest,
    )  # fmt: skip


def read_statement(
    statement: Mapping[str, Any],
    *,
    bodies: Mapping[str, Reader],
    users: Callable[[str], bool] = lambda _name: True,
    openings: Mapping[str, Any] | None = None,
) -> Command:
    """Read a statement of the chain as the command it came from, sealed leaves as `SEALED`.

    With *openings* (path → value) it is about to be recorded: the sealed leaves are read as well, and every one
    must be there.

    Raises `CommandInvalid` also when a path is sealed that may not be, or a body is not spelled as
    `read_command` would have left it.
    """
    raw: dict[str, Any] = {name: said for name in _IN_CLEAR if (said := statement.get(name)) is not None}
    sealed: Mapping[str, str] = statement.get("sealed", {})
    if sealed:  # their values are put where they were, but not into the statement
        raw["acknowledged"] = [dict(answer) for answer in statement["acknowledged"]]
        raw["body"] = _copy(statement["body"])
    for path in sealed:
        if openings is not None and path not in openings:
            raise CommandInvalid([Refusal(code="field_missing", field=path)])
        _put(raw, path.split("."), SEALED if openings is None else openings[path])
    seen = statement["seen"]["seq"]
    command = _read(raw, Reading(users=users, standing=openings is None), bodies, seen=seen)
    if command.body != statement["body"] or command.sealed.keys() != sealed.keys():
        raise CommandInvalid([Refusal(code="malformed", field="body")])
    return command


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {k: _copy(v) for k, v in value.items()}
    return [_copy(v) for v in value] if type(value) is list else value


def _put(at: Any, steps: list[str], value: Any) -> None:
    """Stand *value* at a dotted path, making the objects on the way; a path through nothing is malformed."""
    for here, following in zip(steps, [*steps[1:], None], strict=True):
        step: Any = here
        if type(at) is list:
            if not (here.isascii() and here.isdigit()) or int(here) >= len(at):
                raise CommandInvalid([Refusal(code="malformed", field="sealed")])
            step = int(here)
        elif type(at) is not dict:
            raise CommandInvalid([Refusal(code="malformed", field="sealed")])
        if following is None:
            at[step] = value
        else:
            at = at[step] if type(at) is list else at.setdefault(step, {})


def in_order(refusals: list[Refusal]) -> list[Refusal]:
    """The contract's order of codes, stable within one code."""
    return sorted(refusals, key=lambda r: terms.REFUSAL_ORDER.get(r.code, len(terms.REFUSAL_ORDER)))
