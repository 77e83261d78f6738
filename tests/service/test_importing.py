"""What an import forgives stands in its statement and its receipt, and a second run of the file is still the first."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.cli.wiring import House
from ledger.log.canonical import from_bytes
from ledger.service.importing import Answer, record_line
from tests.service.test_rules_by_seq import do, house

__all__ = ["house"]


@pytest.fixture
def stocked(house: House) -> House:
    do(house, "person.enrolled", {"person": "nurse", "role": "nurse", "name": "N"})
    do(house, "place.opened", {"place": "ward", "kind": "ward", "name": "W", "administration": "entered"})
    lines = [
        {"product": "m", "lot": lot, "expires_on": expires_on, "units": 5}
        for lot, expires_on in (("OLD", "2098-01-01"), ("NEW", "2099-01-01"))
    ]
    do(house, "stock.received", {"place": "safe", "lines": lines, "supplier": "S", "document_no": "1"}, "ph1")
    return house


def move(house: House, **more: Any) -> dict[str, Any]:
    line = {"product": "m", "lot": "NEW", "units": 1}
    raw = {"id": str(uuid4()), "type": "stock.moved", "occurred_at": house.ledger.clock().isoformat()}
    body = {"from_place": "safe", "to_place": "ward", "lines": [line]}
    return raw | {"performer": "ph1", "witness": "nurse", "body": body} | more


def told(house: House, raw: dict[str, Any], *, strict: bool = False) -> Answer:
    return record_line(house.ledger, 1, raw, strict=strict)


def acknowledged(house: House, answer: Answer) -> list[dict[str, str]]:
    assert answer.receipt is not None, answer.refusals
    with house.ledger.reading() as reading:
        statement = from_bytes(reading.entry(answer.receipt.seq))["statement"]
    found: list[dict[str, str]] = statement["acknowledged"]
    return found


OLDER = {"code": "older_lot_first", "reason": "the other box is open"}


@pytest.mark.parametrize(
    ("answers", "stands"),
    [
        ([], ["import"]),
        ([{"code": "unusual_quantity", "reason": "-"}], ["import", "unusual_quantity"]),
        ([OLDER], ["older_lot_first"]),
        ([OLDER, {"code": "import"}], ["import", "older_lot_first"]),
    ],
)
def test_what_was_forgiven_is_signed_and_a_second_run_is_a_replay(
    stocked: House, answers: list[dict[str, str]], stands: list[str]
) -> None:
    raw = move(stocked, acknowledged=answers)
    first = told(stocked, raw)
    assert [answer["code"] for answer in acknowledged(stocked, first)] == stands
    assert first.receipt is not None
    assert ("older_lot_first" in first.receipt.notes) == (OLDER not in answers), "who answered need not be told"
    again = told(stocked, raw)
    assert (again.answer, again.receipt and again.receipt.seq) == ("replayed", first.receipt.seq)
    other = told(stocked, raw | {"acknowledged": [*answers, {"code": "early_supply", "reason": "-"}]})
    assert [refusal.code for refusal in other.refusals] == ["id_reused"]


def test_a_reason_that_was_altered_is_another_command(stocked: House) -> None:
    raw = move(stocked, acknowledged=[{"code": "unusual_quantity", "reason": "one"}])
    assert told(stocked, raw).answer == "recorded"
    altered = raw | {"acknowledged": [{"code": "unusual_quantity", "reason": "another"}]}
    assert [refusal.code for refusal in told(stocked, altered).refusals] == ["id_reused"]


def test_where_nothing_is_asked_nothing_is_forgiven(stocked: House) -> None:
    line = {"product": "m", "lot": "OLD", "units": 1}
    raw = move(stocked, body={"from_place": "safe", "to_place": "ward", "lines": [line]})
    assert acknowledged(stocked, told(stocked, raw)) == []


def test_a_strict_import_forgives_nothing(stocked: House, tmp_path: Path) -> None:
    raw = move(stocked)
    assert [refusal.code for refusal in told(stocked, raw, strict=True).refusals] == ["older_lot_first"]
    assert told(stocked, raw).answer == "recorded"
    assert told(stocked, raw, strict=True).answer == "replayed"
