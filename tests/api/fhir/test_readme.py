"""README.md says what the code does: types, code systems, and every field of what is mapped."""

import re
from pathlib import Path

from api.fhir import names
from api.fhir.resources import MAKERS
from api.fhir.searching import MOST_EXAMINED, PARAMETERS
from ledger.domain.vocabulary import KINDS

FOLDER = Path("api/fhir")
README = (FOLDER / "README.md").read_text(encoding="utf-8")
CODE = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}


def rows_of(title: str) -> list[tuple[str, str]]:
    """(first cell, second cell) of the table under *title*."""
    table = README.split(f"## {title}\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines() if line[:2] == "| "]
    return [(row[0], row[1]) for row in cells[2:] if len(row) > 1]


def test_the_table_of_types_is_the_code_s() -> None:
    told: dict[str, set[str]] = {}
    for entry, resource in rows_of("What becomes what"):
        for type in re.findall(r"`([a-z_]+\.[a-z_]+)`", entry):
            told.setdefault(re.split(r"\W", resource)[0], set()).add(type)
    assert told == {type: set(makers) for type, makers in MAKERS.items() if makers}
    named = {re.split(r"\W", resource)[0] for _, resource in rows_of("What becomes what")}
    assert named == set(PARAMETERS)


def test_every_field_that_is_told_is_one_and_is_mapped() -> None:
    fields = {name for makers in MAKERS.values() for maker in makers for name in KINDS[maker].fields}
    envelope = {"performer", "witness", "occurred_at", "recorded_at", "signatures"}
    for ours, theirs in rows_of("Field to field"):
        for name in re.findall(r"`([a-z_]+)`", ours):
            assert name in fields | envelope, name
            assert any(f'"{name}"' in code or f".{name}" in code for code in CODE.values()), name
        for path in re.findall(r"`([A-Za-z.]+)`", theirs):
            for member in path.split("."):
                assert any(f'"{member}"' in code for code in CODE.values()), (ours, member)


def test_every_system_of_ours_is_listed() -> None:
    listed = " ".join(first for first, _ in rows_of("Names"))
    for name in re.findall(r'f"\{OURS\}:([a-z-]+)', "".join(CODE.values())):
        assert f":{name}`" in listed, name
    kinds = set(re.findall(r'system_of\([a-z.]+, "([a-z]+)"\)', "".join(CODE.values())))
    told = next(second for first, second in rows_of("Names") if "<kind>" in first)
    assert kinds == set(re.findall(r"`([a-z]+)`", told))
    assert names.IIN in listed
    assert str(MOST_EXAMINED) in README
