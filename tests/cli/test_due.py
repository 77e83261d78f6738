"""What is due by the days of the rule set, as a head pharmacist asks on a Monday."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.conftest import Senim, Told

DAYS = {"return_days": 10, "destruction_days": 20, "inventory_days": 30}
LATER = """
from datetime import UTC, datetime
from ledger.cli.wiring import open_house
open_house.__kwdefaults__["clock"] = lambda: datetime(2027, 4, 1, 7, tzinfo=UTC)
"""


def begin(senim: Senim, folder: Path, **days: int) -> None:
    """A safe with ten tablets since 1 February 2026, and a sealed bag since 3 February."""
    for each in (files("ledger.domain") / "reference").iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    raw = json.loads((folder / "practice.rules.json").read_text())
    source = raw["values"]["commission_min"][0]
    raw["values"] |= {key: [source | {"value": value}] for key, value in days.items()}
    (folder / "practice.rules.json").write_text(json.dumps(raw))
    told = senim(
        "init", "--facility=T", "--log=senim/due/1", "--bin=990140000017", "--kato=101010000", "--kind=hospital",
        "--rules", folder / "practice.rules.json", "--dir", folder / "data",
    )  # fmt: skip
    assert told.code == 0, told.err
    tablet: dict[str, Any] = {
        "product": "tab",
        "inn": "morphine",
        "form": "1",
        "strength": {"value": "10", "unit": "mg"},
        "gtins": [],
    }
    tablet |= {"unit_of_presentation": "tablet", "schedule": "II", "divisible": False}
    stock = {"product": "tab", "lot": "A", "expires_on": "2027-06-30", "units": 10}
    back: dict[str, Any] = {
        "brought_by": "-",
        "relation": "neighbour",
        "reason": "found",
        "empties_declined": False,
        "place": "box",
    }
    back |= {"lines": [{"product": "tab", "intact": 3, "broken": 0}], "seal_no": "S-1", "signed_by_relative": "yes"}
    steps: list[tuple[str, str, dict[str, Any], str, str | None]] = [
        ("01", "person.enrolled", {"person": "head", "role": "head_pharmacist", "name": "H"}, "registrar", None),
        ("01", "person.enrolled", {"person": "nurse", "role": "nurse", "name": "N"}, "registrar", "head"),
        ("01", "product.listed", tablet, "registrar", None),
        *(
            ("01", "place.opened", {"place": p, "kind": k, "name": p, "administration": "entered"}, "registrar", None)
            for p, k in (("safe", "safe"), ("box", "custody"))
        ),
        ("01", "stock.opened", {"place": "safe", "lines": [stock]}, "head", "nurse"),
        ("03", "unused.returned", back, "nurse", None),
    ]
    lines: list[dict[str, Any]] = [
        {"id": str(uuid4()), "type": type, "occurred_at": f"2026-02-{day}T09:00:00+05:00", "performer": by}
        | {"witness": witness, "body": body}
        for day, type, body, by, witness in steps
    ]
    told = senim("record", "-", "--dir", folder / "data", input="\n".join(map(json.dumps, lines)).encode())
    assert told.code == 0, told.out


@pytest.fixture
def senim(tmp_path: Path) -> Senim:
    return Senim(tmp_path / "heads")


def ask(senim: Senim, folder: Path, *options: str, lang: str = "en") -> Told:
    return senim("due", *options, "--dir", folder / "data", lang=lang, first=LATER, COLUMNS="80")


def test_what_is_due_is_told_with_its_day_the_most_overdue_first(senim: Senim, tmp_path: Path) -> None:
    begin(senim, tmp_path, **DAYS)
    told = ask(senim, tmp_path, "--json").json
    assert told["unset"] == []
    rows = [(row["what"], row["since_on"], row["due_on"], row["overdue_days"], row["units"]) for row in told["due"]]
    assert rows == [
        ("destruction", "2026-02-03", "2026-02-23", 402, 3),
        ("inventory", "2026-02-01", "2026-03-03", 394, 10),
    ]
    for lang, words in (("en", "Days overdue"), ("ru", "Просрочено дней"), ("kk", "Кешіккен күн")):
        out = ask(senim, tmp_path, lang=lang).out
        assert all(word in " ".join(out.split()) for word in words.split()), out
        assert "S-1 · box" in out
        assert max(map(len, out.splitlines())) <= 80


def test_days_that_the_rule_set_leaves_out_are_not_watched_and_said_to_be_so(senim: Senim, tmp_path: Path) -> None:
    begin(senim, tmp_path, destruction_days=20)
    told = ask(senim, tmp_path, "--json").json
    assert [row["what"] for row in told["due"]] == ["destruction"]
    assert told["unset"] == ["return_days", "inventory_days"]
    assert "Not watched" in ask(senim, tmp_path).out
