"""Every story is played on a real ledger, and its evidence is then verified by somebody who trusts a key alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.log.checkpoint import read_unverified
from ledger.log.merkle import leaf_hash
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.queries import differing_projections
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify
from tests.stories.figures import find_figure
from tests.stories.notation import Figure, Step, read_story
from tests.stories.stage import Stage

STORIES = sorted(Path(__file__).parent.glob("[0-9]*.md"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_day_goes_as_the_story_tells_it(path: Path, tmp_path: Path) -> None:
    stage = Stage(tmp_path, facility_of(path))
    failing: set[str] = set()
    for told in ceremonies_of(path):
        if not isinstance(told, Figure):
            before = _size(stage)
            word, codes = stage.play(told)
            expected, wanted = told[-1].said
            assert (word, codes) == (expected, sorted(wanted) if expected == "recorded" else wanted), where(told[-1])
            assert _size(stage) == before + (len(told) if word == "recorded" else 0), where(told[-1])
        elif told.words[0] == "fails":
            failing = set(told.words[1:])
        else:
            said, found = find_figure(stage, told.words)
            assert said == found, where(told)
    assert_whole(stage, tmp_path / "evidence", failing)
    stage.house.close()


def facility_of(path: Path) -> str:
    found = re.search(r"^Facility: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "hospital"


def ceremonies_of(path: Path) -> Iterator[list[Step] | Figure]:
    """The story's steps, those together that are signed together, and its figures, in order."""
    ceremony: list[Step] = []
    for told in read_story(path.read_text(encoding="utf-8")):
        if isinstance(told, Figure):
            yield told
            continue
        ceremony.append(told)
        if not told.with_next:
            yield ceremony
            ceremony = []


def where(told: Step | Figure) -> str:
    return f"line {told.line}"


def _size(stage: Stage) -> int:
    with stage.house.ledger.reading() as reading:
        return reading.head.size


def assert_whole(stage: Stage, out: Path, failing: set[str]) -> None:
    """The five verdicts over the evidence pass but for those *failing*, and every figure follows from the entries."""
    ledger = stage.house.ledger
    stage.now += timedelta(seconds=1)
    write_evidence(ledger, sign_head(ledger), out, readme="", reports={})
    with ledger.reading() as reading:
        genesis = leaf_hash(reading.entry(0))
    trust = Trust(key=verifier_key(ledger), genesis=genesis)
    result, replay = verify(open_source(out), trust=trust, now=stage.now, require_signed=False)
    assert {name: check.findings for name, check in result.checks.items() if check.verdict != "pass"}.keys() == failing
    assert read_unverified((out / "checkpoint").read_bytes()).size == result.size
    with ledger.reading() as reading:
        assert differing_projections(reading, replay.book) == []
