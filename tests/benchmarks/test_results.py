"""The document of results says of each line what the line says, and a part that fails does not end the others."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as bench
from benchmarks.country import A_DAY, arrivals, conclude, entries_a_second
from benchmarks.results import draw, is_met, render
from benchmarks.telling import tell

VERIFIED: dict[str, Any] = {"name": "verify 5 entries", "unit": "s", "median": 3.1, "floor": 1.5, "ratio": 2.1}
APPENDED: dict[str, Any] = {
    "name": "append, crowd of 64",
    "unit": "entries/s",
    "median": 900,
    "floor": 500,
    "ratio": 1.8,
}


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (VERIFIED, None),
        (VERIFIED | {"target": 2.1}, True),
        (VERIFIED | {"target": 2.0}, False),
        (APPENDED | {"target": 1.8}, True),
        (APPENDED | {"target": 1.9}, False),
        (VERIFIED | {"target": None, "most": 3.0}, False),
        (VERIFIED | {"target": 3.0, "most": 3.2}, True),
        (APPENDED | {"target": 1.5, "most": 150, "p99": 151}, False),
        (VERIFIED | {"target": 3.0, "most": 200, "peak": 201}, False),
        (VERIFIED | {"most_of_small": 1.5, "of_small": 1.6}, False),
    ],
)
def test_a_limit_is_held_to_what_it_limits(line: dict[str, Any], met: bool | None) -> None:
    assert is_met(line) is met


def test_ratios_are_of_the_same_round(capsys: pytest.CaptureFixture[str]) -> None:
    tell("a", "s", [2.0, 30.0, 4.0], [1.0, 10.0, 1.0], 2.5, bound="why", cpu=7)
    line = json.loads(capsys.readouterr().out)
    assert line == {
        "name": "a", "unit": "s", "median": 4.0, "floor": 1.0, "ratio": 3.0, "target": 2.5, "runs": [2.0, 3.0, 4.0],
        "cpu": 7, "bound": "why",
    }  # fmt: skip


def test_the_document_has_every_line_and_why_a_target_is_missed() -> None:
    lines = {
        "verify": [VERIFIED | {"target": 2.0, "bound": "The interpreter."}],
        "append": [APPENDED | {"target": 1.5}],
        "pages": [{"name": "page /x", "answered": [403]}],
        "profiles": [{"name": "append", "shares": {"domain/book.py find": 5.0}}],
    }
    titles = {
        "profiles": "Where the time goes",
        "verify": "Verification",
        "append": "Appending",
        "pages": "Pages",
        "http": "Over HTTP",
    }
    text = render(lines, titles, {"http": "it ended with 1."}, "make bench")
    assert "| verify 5 entries | 3.1 s | 1.5 | 2.1 | ≤ 2 | **missed** |" in text
    assert "| append, crowd of 64 | 900 entries/s | 500 | 1.8 | ≥ 1.5 | met |" in text
    assert "1 of 2 limits are met." in text
    assert "* verify 5 entries (ratio 2.1). The interpreter." in text
    assert "**http failed**: it ended with 1." in text
    assert "## Pages" not in text
    assert text.endswith("## Where the time goes\n\n**append**: 5 % `domain/book.py find`\n")


def test_each_picture_is_small_and_has_its_figures() -> None:
    lines = {"verify": [VERIFIED], "append": [APPENDED]}
    pictures = dict(draw(lines))
    assert set(pictures) == set(lines)
    assert all(picture.startswith("<svg ") and len(picture) < 4_000 for picture in pictures.values())
    assert ">900<" in pictures["append"]


def test_a_part_that_fails_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").touch()
    (tmp_path / "benchmarks" / "verify.py").write_text("raise SystemExit(3)")
    (tmp_path / "benchmarks" / "append.py").write_text(f"print('''{json.dumps(APPENDED)}''')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bench", "--quick", "--only", "verify", "append", "--out", str(tmp_path / "out")])
    assert bench.main() == 1
    assert "verify failed: it ended with 3." in capfd.readouterr().err
    text = (tmp_path / "out" / "RESULTS.md").read_text(encoding="utf-8")
    assert "| append, crowd of 64 | 900 entries/s |" in text
    assert "**verify failed**" in text


def test_the_load_on_paper_adds_up() -> None:
    from random import Random

    busiest = entries_a_second()
    assert busiest > 3 * sum(A_DAY.values()) / 86_400
    moments = list(arrivals(Random(1), 100 * busiest, 60))
    assert moments == sorted(moments)
    assert moments[-1] < 60
    middle = sum(25 <= at < 35 for at in moments)
    assert middle > 1.5 * sum(at < 10 for at in moments)


def test_what_a_country_needs_is_read_off_the_measurements() -> None:
    line = {"times": 1, "p99": 20.0, "cores": 0.1, "mb_a_log": 3.0, "connections_a_log": 2.0}
    said = conclude([line, line | {"times": 10, "p99": 140.0}, line | {"times": 100, "p99": 900.0}])
    assert "up to 10 × the busiest minute" in said
    assert "984 connections" in said
