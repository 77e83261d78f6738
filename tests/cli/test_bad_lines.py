"""A malformed line gets one clear refusal with its number, in the reader's language, and nothing is recorded for it."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.conftest import Recorded


def line(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"from_place": "safe", "to_place": "ward-1"}
    body["lines"] = [{"product": "morphine-inj-10", "lot": "MORPI10H02", "units": 1}]
    command: dict[str, Any] = {"id": str(uuid4()), "type": "stock.moved", "occurred_at": "2026-03-22T12:00:00+05:00"}
    command |= {"performer": "a.nurlanova", "witness": "m.kasym", "body": body}
    return command | changes


def with_units(units: Any) -> dict[str, Any]:
    command = line()
    command["body"]["lines"][0]["units"] = units
    return command


def with_lot(lot: str) -> dict[str, Any]:
    command = line()
    command["body"]["lines"][0]["lot"] = lot
    return command


def dumped(command: dict[str, Any]) -> bytes:
    return json.dumps(command, ensure_ascii=False).encode("utf-8", "surrogatepass")


CASES: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"{", "malformed"),
    "not an object": (b"[1, 2]", "malformed"),
    "not UTF-8": (b'{"id": "\xff"}', "malformed"),
    "NaN": (dumped(with_units(float("nan"))), "malformed"),
    "infinity": (dumped(with_units(float("inf"))), "malformed"),
    "a number beyond any": (dumped(line()).replace(b'"units": 1', b'"units": 1e999'), "malformed"),
    "an absurd number": (dumped(with_units(10**30)), "malformed"),
    "a duplicate key": (dumped(line()).replace(b'{"id"', b'{"type": "stock.moved", "id"'), "malformed"),
    "an unknown field": (dumped(line(colour="blue")), "field_unknown"),
    "a missing field": (dumped({k: v for k, v in line().items() if k != "performer"}), "field_missing"),
    "over 60 KiB": (dumped(with_lot("x" * 61_440)), "entry_too_large"),
    "a wrong type": (dumped(with_units("1")), "malformed"),
    "true for a number": (dumped(with_units(True)), "malformed"),
    "an ampoule and a half": (dumped(with_units(1.5)), "units_not_whole"),
    "no ampoule": (dumped(with_units(0)), "units_not_positive"),
    "less than none": (dumped(with_units(-1)), "units_not_positive"),
    "a date in 2099": (dumped(line(occurred_at="2099-01-01T00:00:00+05:00")), "time_in_future"),
    "a day that is none": (dumped(line(occurred_at="2026-02-30T00:00:00+05:00")), "malformed"),
    "a time without zone": (dumped(line(occurred_at="2026-03-22T12:00:00")), "malformed"),
    "a right-to-left mark": (dumped(with_lot("MORPI\u202e10H02")), "malformed"),
    "a zero-width space": (dumped(with_lot("MORPI\u200b10H02")), "malformed"),
    "a control character": (dumped(with_lot("MORPI\u000710H02")), "malformed"),
    "a lone surrogate": (dumped(line()).replace(b"MORPI10H02", b"\\ud800"), "malformed"),
    "a surrogate for an id": (b'{"id": "\\ud800"}', "malformed"),
    "not composed": (dumped(with_lot("и\u0306")), "malformed"),
    "an unknown type": (dumped(line(type="stock.stolen")), "malformed"),
    "an upper-case id": (dumped(line(id=str(uuid4()).upper())), "malformed"),
    "nested without end": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "entry_too_large"),
    "deeply nested": (b"[" * 30_000 + b"]" * 30_000, "malformed"),
}


def test_each_malformed_line_gets_one_answer_and_leaves_nothing(hospital: Recorded) -> None:
    size = hospital.ask("checkpoint", "--json").json["size"]
    data = b"\n".join(data for data, _ in CASES.values()) + b"\n"
    told = hospital.ask("record", "-", "--json", input=data)
    assert told.code == 1
    assert [answer["line"] for answer in told.lines] == list(range(1, len(CASES) + 1))
    for (case, (_, code)), answer in zip(CASES.items(), told.lines, strict=True):
        assert (answer["answer"], answer["code"]) == ("refused", code), (case, answer)
        assert answer["said"][0].strip(), case
    assert hospital.ask("checkpoint", "--json").json["size"] == size


@pytest.mark.parametrize(("lang", "word"), [("en", "Line 1"), ("ru", "Строка 1"), ("kk", "1-жол")])
def test_a_refusal_is_said_in_the_readers_language(hospital: Recorded, lang: str, word: str) -> None:
    told = hospital.ask("record", "-", input=dumped(with_units(1.5)), lang=lang)
    assert told.code == 1
    assert word in told.out
    assert "{" not in told.out


def test_a_good_line_after_bad_ones_is_recorded(hospital: Recorded) -> None:
    told = hospital.ask("record", "-", "--json", input=b"{\n" + dumped(line()))
    assert [answer["answer"] for answer in told.lines] == ["refused", "recorded"]
    reverse = {"id": told.lines[1]["id"], "reason": "duplicate", "note": "test", "packs": "never_left"}
    undone = line(type="entry.reversed", body=reverse)
    assert hospital.ask("record", "-", "--json", input=dumped(undone)).lines[0]["answer"] == "recorded"
