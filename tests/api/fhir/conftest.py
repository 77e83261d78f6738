"""Ledgers to look at in FHIR: the quarter of both demonstration facilities, and every story's day."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest

from api.fhir.gathering import Chart
from ledger.cli.wiring import House, make_house, read_rules
from ledger.log.canonical import to_timestamp
from ledger.service.founding import found_facility
from ledger.service.importing import record_lines
from ledger.service.ledger import Ledger
from ledger.storage.heads import FileHeads
from tests.stories.notation import Step, read_story
from tests.stories.stage import Stage

STORIES = Path(__file__).parents[2] / "stories"
Play = Callable[[str], Stage]
NOW = "2026-06-30T12:00:00.000000Z"


@contextmanager
def chart_of(ledger: Ledger, now: str = NOW) -> Iterator[Chart]:
    with ledger.reading() as reading:
        yield Chart(reading, ledger.vault, now)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, House]]:
    """Both ledgers of the demonstration's quarter, recorded by the real write path."""
    folder = tmp_path_factory.mktemp("demonstration")
    told = json.loads((files("ledger.demo") / "facilities.json").read_text(encoding="utf-8"))
    houses = {}
    for name, facility in told.items():
        house = houses[name] = make_house(folder / name, facility["log"], heads=FileHeads(folder / "heads"))
        opened = {key: facility[key] for key in ("facility", "bin", "kato", "kind")}
        opened |= {"zone": "Asia/Almaty", "practice": True, "rules": "senim-rules/1"}
        found_facility(house.ledger, opened, read_rules(None))
        lines = (files("ledger.demo") / f"{name}.jsonl").read_bytes().splitlines()
        assert sum(answer.answer == "recorded" for answer in record_lines(house.ledger, lines)) > 100
    yield houses
    for house in houses.values():
        house.close()


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Play a story by its number; each is played once."""
    played: dict[str, Stage] = {}

    def find(number: str) -> Stage:
        if number not in played:
            (path,) = STORIES.glob(f"{number}_*.md")
            text = path.read_text(encoding="utf-8")
            facility = re.search(r"^Facility: (\w+)$", text, re.MULTILINE)
            stage = played[number] = Stage(tmp_path_factory.mktemp(path.stem), facility[1] if facility else "hospital")
            ceremony: list[Step] = []
            for step in (told for told in read_story(text) if isinstance(told, Step)):
                ceremony.append(step)
                if not step.with_next:
                    stage.play(ceremony)
                    ceremony = []
        return played[number]

    yield find
    for stage in played.values():
        stage.house.close()


def now_of(stage: Stage) -> str:
    return to_timestamp(stage.now)
