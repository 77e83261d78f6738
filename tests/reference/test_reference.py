"""The reference agrees with the published scenario: every answer and every figure that was worked out by hand."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.reference.pharmacy import PRACTICE_RULES, Pharmacy

DATA = Path(__file__).parent.parent / "data"
AFTER_THE_QUARTER = datetime(2026, 6, 1, tzinfo=UTC)
FIGURES = ("balances", "empties_due", "discrepancies", "circle", "custody", "pending")


def read_kato() -> set[str]:
    with (DATA / "kato.csv").open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file)}


def read_scenario(name: str) -> tuple[dict[str, str], list[dict[str, Any]], dict[str, Any]]:
    """(facility, commands, expected) of one of the two invented facilities."""
    folder = DATA / "scenario"
    facility = json.loads((folder / "facilities.json").read_text(encoding="utf-8"))[name]
    commands = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return facility, commands, json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["hospital", "phc"])
def test_the_reference_gives_every_expected_answer_and_figure(name: str) -> None:
    facility, commands, expected = read_scenario(name)
    pharmacy = Pharmacy(facility, PRACTICE_RULES, read_kato(), now=AFTER_THE_QUARTER)
    wrong = []
    for number, (command, due) in enumerate(zip(commands, expected["answers"], strict=True)):
        answer = pharmacy.record(command)
        if due["answer"] not in ([answer.answer] if answer.answer != "refused" else answer.codes):
            wrong.append((number, due, answer))
    assert wrong == []
    for figure in FIGURES:
        assert getattr(pharmacy, figure)() == expected[figure], figure
