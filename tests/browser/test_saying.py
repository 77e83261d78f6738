"""What a statement says is shown whole, in words, before it is signed."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.pages.terms import to_terms
from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from tests.browser.conftest import Run
from tests.browser.test_statement import DISPENSE, commands_of_the_demonstration, sealed_command

TEXTS: dict[str, Any] = {
    "lang": "ru", "zone": "Asia/Almaty", "said": {"yes": "да", "no": "нет"},
    "types": {"dispense.outpatient": "отпуск амбулаторному пациенту"},
    "fields": {"patient": "Пациент", "lots": "Серии", "lot": "серия", "units": "единиц", "collector": "Получил"},
    "values": {"relative": "родственник", "mg": "мг"},
}  # fmt: skip
NAMES = {"patient": {"p-1": "Ахметов Ержан"}, "person": {"a.nurlanova": "Нұрланова А."}}
DESCRIBE = "given.commands.map((command) => m.describe(command, given.texts, given.names))"
REOPEN = "given.map(({ statement, openings }) => m.reopen(statement, openings))"


def described(run: Run, *commands: dict[str, Any], **texts: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = run(
        "words.js", DESCRIBE, {"commands": list(commands), "texts": TEXTS | texts, "names": NAMES}
    )
    return told


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for member in value.values() for leaf in leaves(member)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [value]


def as_said(leaf: Any) -> str:
    """As an English page says it in UTC."""
    if isinstance(leaf, bool):
        return "да" if leaf else "нет"
    if isinstance(leaf, int):
        return f"{leaf:,}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*Z)?", leaf):
        at = datetime.fromisoformat(leaf)
        return f"{at.day} {at:%b %Y}" + (f", {at:%H:%M}" if "T" in leaf else "")
    return str(leaf)


def test_a_supply_is_said_with_names_and_the_facility_s_clock(run: Run) -> None:
    (told,) = described(run, DISPENSE | {"occurred_at": "2026-03-01T19:15:00Z"})
    assert told["title"] == "отпуск амбулаторному пациенту"
    rows = [(row["label"], row["value"]) for row in told["rows"]]
    assert rows[:2] == [("occurred_at", "02.03.2026, 00:15"), ("Пациент", "Ахметов Ержан (p-1)")]
    assert ("Серии", "серия: A1 · единиц: 3") in rows
    assert ("performer", "Нұрланова А. (a.nurlanova)") in rows
    collector = dict(rows)["Получил"]
    assert collector == "kind: родственник · name: Қасым Әділов · identity: seen"


def test_nothing_of_a_statement_stays_unsaid(run: Run) -> None:
    commands = [*commands_of_the_demonstration(), DISPENSE]
    made = [sealed_command(raw) for raw in commands]
    again = run("statement.js", REOPEN, [{"statement": statement, "openings": told} for statement, told in made])
    plain = {"lang": "en", "zone": "UTC", "values": {}, "types": {}}
    for raw, reopened, told in zip(commands, again, described(run, *again, **plain), strict=True):
        said = " · ".join([told["title"], *(value for _, value in pairs(told))])
        command = read_command(raw, bodies=BODIES)
        assert read_command(reopened, bodies=BODIES) == command
        for leaf in leaves([command.body, command.sealed, command.performer, command.witness, command.id]):
            assert as_said(leaf) in said, (leaf, told)
        assert raw["type"] in said


def test_a_route_and_how_often_are_said_as_they_were_chosen_and_a_rare_course_member_by_member(run: Run) -> None:
    often = {"times": 1, "period": 3, "period_unit": "d", "as_needed": False}
    for how, said in (
        (often, "every 3 days"),
        (often | {"as_needed": True}, "as needed, at most every 3 days"),
        (often | {"period": 5}, "times: 1 · per: 5 · unit of time: days · as needed: нет"),
    ):
        command = DISPENSE | {"body": {"route": "20070000", "frequency": how}, "acknowledged": []}
        rows = dict(pairs(described(run, command, **to_terms("en"))[0]))
        assert rows["Route"] == "transdermal"
        assert sorted(rows["How often"].split(" · ")) == sorted(said.split(" · "))


def test_days_numbers_and_strengths_are_written_as_readers_write_them(run: Run) -> None:
    body = {"on": "2026-03-02", "units": 12345, "dose": {"value": "2.5", "unit": "mg"}, "blind": True, "lines": []}
    command = DISPENSE | {"body": body, "acknowledged": []}
    rows = {lang: dict(pairs(described(run, command, lang=lang)[0])) for lang in ("kk", "ru", "en")}
    assert rows["kk"] == rows["ru"]
    assert [rows["ru"][name] for name in ("on", "единиц", "dose", "blind")] == [
        "02.03.2026", "12\xa0345", "2,5 мг", "да",
    ]  # fmt: skip
    assert [rows["en"][name] for name in ("on", "единиц", "dose")] == ["2 Mar 2026", "12,345", "2.5 мг"]
    assert "lines" not in rows["en"]


def pairs(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["label"], row["value"]) for row in told["rows"]]


@pytest.mark.parametrize(
    ("typed", "zone", "utc"),
    [
        ("2026-03-02T13:42", "Asia/Almaty", "2026-03-02T08:42:00.000Z"),
        ("2026-03-02T00:10:30", "Asia/Almaty", "2026-03-01T19:10:30.000Z"),
        ("2024-02-29T22:30", "Asia/Almaty", "2024-02-29T16:30:00.000Z"),  # the last evening of UTC+6
        ("2024-03-01T00:30", "Asia/Almaty", "2024-02-29T19:30:00.000Z"),
        ("2026-03-29T03:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"),
        ("2026-01-15T08:00", "America/New_York", "2026-01-15T13:00:00.000Z"),
    ],
)
def test_a_time_that_is_typed_is_the_facility_s_clock_s(run: Run, typed: str, zone: str, utc: str) -> None:
    assert run("times.js", "m.fromClock(...given).toISOString()", [typed, zone]) == utc
    found = datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert found.isoformat(timespec="milliseconds").replace("+00:00", "Z") == utc
