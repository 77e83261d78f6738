"""The browser makes the register's statements, and finds every way in which a preview is not what was asked."""

import json
from base64 import b64decode, b64encode
from copy import deepcopy
from itertools import count
from typing import Any

import pytest

from ledger.domain.command import read_command, read_statement
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandInvalid
from ledger.log.canonical import to_canonical
from ledger.log.signing import due_signatories, to_signed_bytes
from ledger.log.statement import to_statement_hash
from ledger.service.sealing import Opening, verify_openings
from ledger.service.statements import Seen, to_statement
from tests.browser.conftest import Run
from tests.sentences import ROOT

LOG, GENESIS, SEEN = "senim/test/1", "0a" * 32, Seen(7, "0b" * 32)
KNOWN = {"log": LOG, "genesis": GENESIS, "seen": {"seq": 7, "leaf": "0b" * 32}}
BUILD_ALL = """Promise.all(given.map(async ({ command, openings, binding }) => {
  const built = await m.buildStatement(command, openings, binding);
  const { toText } = await import("/canonical.js");
  const again = await m.buildStatement(m.reopen(built, openings), openings, binding);
  return [toText(built), toText(again), m.dueSignatories(built)];
}))"""
CHECK_ALL = """Promise.all(given.map(async ({ commands, entries, sign, known }) => {
  try {
    const { hashes, message } = await m.checkPreview(commands, entries, sign, known);
    return [hashes, btoa(String.fromCharCode(...message))];
  } catch (refused) { return refused.code ?? String(refused); }
}))"""


def sealed_command(raw: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(statement, openings) as the server makes them; keys are counted, so that equal input gives equal bytes."""
    numbers = count(1)
    statement, openings = to_statement(
        read_command(raw, bodies=BODIES), log=LOG, genesis=GENESIS, seen=SEEN,
        entropy=lambda size: next(numbers).to_bytes(size, "big"),
    )  # fmt: skip
    told = [{"path": p, "value": o.value, "key": b64encode(o.key).decode()} for p, o in openings.items()]
    return statement, told


def commands_of_the_demonstration() -> list[dict[str, Any]]:
    """Some of each type."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for name in ("hospital", "phc"):
        for line in (ROOT / f"ledger/demo/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
            try:
                read_command(raw, bodies=BODIES)
            except CommandInvalid:
                continue
            kept.setdefault(raw["type"], []).append(raw)
    return [raw for of_type in kept.values() for raw in of_type[:5]]


DISPENSE: dict[str, Any] = {
    "id": "0192f0c1-0000-4000-8000-000000000001", "type": "dispense.outpatient",
    "occurred_at": "2026-03-02T10:15:00.5+05:00", "performer": "a.nurlanova", "witness": None,
    "acknowledged": [{"code": "older_lot_first", "reason": "белгілі"}, {"code": "early_supply", "reason": "travels"}],
    "late_reason": "the power was gone",
    "body": {
        "prescription": "rx-1", "patient": "p-1", "place": "safe", "lots": [{"lot": "A1", "units": 3}],
        "days_supply": 3,
        "collector": {"kind": "relative", "name": "Қасым Әділов", "identity": "seen", "document_kind": None},
    },
}  # fmt: skip


def test_statements_of_every_kind_are_built_byte_for_byte_alike(run: Run) -> None:
    commands = [*commands_of_the_demonstration(), DISPENSE]
    assert len({raw["type"] for raw in commands}) > 20
    made = [sealed_command(raw) for raw in commands]
    asked = [
        {"command": raw, "openings": openings, "binding": statement}
        for raw, (statement, openings) in zip(commands, made, strict=True)
    ]
    for (statement, _), (built, again, due) in zip(made, run("statement.js", BUILD_ALL, asked), strict=True):
        assert built.encode() == to_canonical(statement) == again.encode()
        assert due == due_signatories(statement)


def test_a_browser_without_network_makes_openings_that_the_register_takes(run: Run) -> None:
    paths = ["body.collector.name", "late_reason", "acknowledged.0.reason", "acknowledged.1.reason"]
    make = "m.buildStatement(given.command, given.openings, given.binding)"
    openings = run("statement.js", "m.makeOpenings(given.command, given.paths)", {"command": DISPENSE, "paths": paths})
    statement = run("statement.js", make, {"command": DISPENSE, "openings": openings, "binding": KNOWN})
    read = {each["path"]: Opening(each["value"], b64decode(each["key"])) for each in openings}
    verify_openings(statement, read)
    values = {path: opening.value for path, opening in read.items()}
    assert (
        read_statement(statement, bodies=BODIES, openings=values).sealed == read_command(DISPENSE, bodies=BODIES).sealed
    )
    assert len({each["key"] for each in openings}) == len(paths)


def previewed(*commands: dict[str, Any]) -> dict[str, Any]:
    made = [sealed_command(raw) for raw in commands]
    sign = to_signed_bytes([to_statement_hash(statement) for statement, _ in made])
    return {
        "commands": list(commands),
        "entries": [{"statement": statement, "openings": openings} for statement, openings in made],
        "sign": b64encode(sign).decode(),
        "known": KNOWN,
    }


def second() -> dict[str, Any]:
    return DISPENSE | {"id": "0192f0c1-0000-4000-8000-000000000002"}


@pytest.mark.parametrize("commands", [(DISPENSE,), (DISPENSE, second())])
def test_a_true_preview_gives_the_bytes_to_sign(run: Run, commands: tuple[dict[str, Any], ...]) -> None:
    asked = previewed(*commands)
    for known in (KNOWN, None, KNOWN | {"seen": {"seq": 3, "leaf": "0c" * 32}}):
        ((hashes, message),) = run("statement.js", CHECK_ALL, [asked | {"known": known}])
        assert message == asked["sign"]
        assert hashes == [to_statement_hash(entry["statement"]).hex() for entry in asked["entries"]]


def put(path: str, value: Any) -> Any:
    """A change of a preview: what stands at *path* becomes *value*; where it is GONE, it is taken away."""

    def change(asked: dict[str, Any]) -> None:
        *steps, last = path.split(".")
        place: Any = asked
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is GONE:
            del place[int(last) if isinstance(place, list) else last]
        else:
            place[int(last) if isinstance(place, list) else last] = value

    return change


def spell_again(asked: dict[str, Any]) -> None:
    """As a server would that lies with care: the bytes to sign are those of the altered statements."""
    sign = to_signed_bytes([to_statement_hash(entry["statement"]) for entry in asked["entries"]])
    asked["sign"] = b64encode(sign).decode()


def swap_openings(asked: dict[str, Any]) -> None:
    one, other = asked["entries"][0]["openings"][:2]
    one["path"], other["path"] = other["path"], one["path"]


GONE = object()
AT = "entries.0.statement"
OPENING = "entries.0.openings.0"
LIES: dict[str, tuple[Any, str]] = {
    "another type": (put(f"{AT}.type", "dispense.discharge"), "statement_differs"),
    "another patient": (put(f"{AT}.body.patient", "p-2"), "statement_differs"),
    "more units": (put(f"{AT}.body.lots.0.units", 30), "statement_differs"),
    "another lot": (put(f"{AT}.body.lots.0.lot", "A2"), "statement_differs"),
    "a field more": (put(f"{AT}.body.left_before", []), "statement_differs"),
    "a field less": (put(f"{AT}.body.days_supply", GONE), "statement_differs"),
    "another hour": (put(f"{AT}.occurred_at", "2026-03-02T05:15:01.000000Z"), "statement_differs"),
    "another performer": (put(f"{AT}.performer", "b.serikov"), "statement_differs"),
    "a witness": (put(f"{AT}.witness", "b.serikov"), "statement_differs"),
    "a witness pending": (put(f"{AT}.witness_pending", "alone_on_duty"), "statement_differs"),
    "a warning acknowledged": (put(f"{AT}.acknowledged.0.code", "dose_jump"), "statement_differs"),
    "an id": (put(f"{AT}.id", second()["id"]), "statement_differs"),
    "a member more": (put(f"{AT}.sheet", {"no": "1", "line": 1}), "statement_differs"),
    "a commitment more": (put(f"{AT}.sealed.body", "0c" * 32), "statement_differs"),
    "a commitment less": (put(f"{AT}.sealed.late_reason", GONE), "statement_differs"),
    "another commitment": (put(f"{AT}.sealed.late_reason", "0c" * 32), "statement_differs"),
    "sealed what was not said": (put(f"{OPENING}.path", "body.collector.patient"), "sealed_path_unknown"),
    "sealed the envelope": (put(f"{OPENING}.path", "performer"), "sealed_path_unknown"),
    "another value": (put(f"{OPENING}.value", "another"), "opening_differs"),
    "another key": (put(f"{OPENING}.key", b64encode(bytes(31) + b"\x63").decode()), "statement_differs"),
    "a short key": (put(f"{OPENING}.key", "AAAA"), "key_length"),
    "one key for two": (put(f"{OPENING}.key", b64encode(bytes(31) + b"\x02").decode()), "opening_twice"),
    "openings swapped": (swap_openings, "opening_differs"),
    "an opening less": (put(OPENING, GONE), "late_reason_in_clear"),
    "another register": (put(f"{AT}.log", "senim/other/1"), "register_differs"),
    "another beginning": (put(f"{AT}.genesis", "0c" * 32), "register_differs"),
    "an older state": (put(f"{AT}.seen", {"seq": 6, "leaf": "0b" * 32}), "seen_older"),
    "the same state told anew": (put(f"{AT}.seen.leaf", "0c" * 32), "register_differs"),
    "no state": (put(f"{AT}.seen", None), "seen_older"),
    "an entry more": (lambda asked: asked["entries"].append(deepcopy(asked["entries"][0])), "entries_differ"),
    "no entries": (put("entries", []), "entries_differ"),
}  # fmt: skip


def test_whatever_a_preview_changes_is_found_before_it_is_signed(run: Run) -> None:
    altered = []
    for alter, _ in LIES.values():
        asked = deepcopy(previewed(DISPENSE))
        asked["entries"][0]["openings"].sort(key=lambda opening: str(opening["path"]), reverse=True)
        alter(asked)
        spell_again(asked)
        altered.append(asked)
    other = previewed(DISPENSE) | {"sign": previewed(second())["sign"]}
    twice = previewed(DISPENSE, DISPENSE)
    told = run("statement.js", CHECK_ALL, [*altered, other, twice])
    assert dict(zip(LIES, told, strict=False)) == {lie: code for lie, (_, code) in LIES.items()}
    assert told[-2:] == ["signed_bytes_differ", "entries_differ"]


def test_a_command_that_cannot_be_a_statement_is_refused(run: Run) -> None:
    refused = [
        (DISPENSE | {"note": "x"}, "field_unknown"),
        ({key: value for key, value in DISPENSE.items() if key != "performer"}, "field_missing"),
        (DISPENSE | {"occurred_at": "2026-02-30T10:15:00Z"}, "time_malformed"),
        (DISPENSE | {"occurred_at": "2026-03-02T24:00:00Z"}, "time_malformed"),
        (DISPENSE | {"occurred_at": "2026-03-02 10:15:00Z"}, "time_malformed"),
        (DISPENSE | {"occurred_at": "2026-03-02T10:15:00"}, "time_malformed"),
        (DISPENSE | {"occurred_at": "9999-03-02T10:15:00Z"}, "time_malformed"),
    ]
    asked = [previewed(DISPENSE) | {"commands": [raw]} for raw, _ in refused]
    assert run("statement.js", CHECK_ALL, asked) == [code for _, code in refused]
