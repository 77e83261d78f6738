"""What is still out: the circle closes for every lot, and follows from the entries that go along."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reports.bars import draw_bar
from reports.circle import CircleReport, CircleRow, build_circle, find_circle_differences, needed_by_circle
from reports.circle_paper import parts_of, render_circle
from reports.data import from_report, to_report
from reports.homes import gather_homes
from tests.reports.world import PRODUCT, Log, issue_passing


def told_log() -> Log:
    """Four homes: within a course; beyond it, partly back; under a reversed entry; closed. And a lot renamed."""
    log = Log.opened()
    lines = [{"product": PRODUCT, "lot": lot, "units": 400, "expires_on": "2027-06-30"} for lot in ("A1", "B2")]
    log.add("stock.opened", {"place": "safe", "lines": lines, "journal_no": "7"}, "2026-01-06 09:00")

    def supply(patient: str, happened: str, units: int, days: int, lot: str = "A1", **more: Any) -> int:
        body = {"prescription": f"rx-{patient}", "patient": patient, "place": "safe", "days_supply": days}
        course = {"prescription": f"rx-{patient}", "patient": patient, "product": PRODUCT, "setting": "home"}
        log.add("prescription.issued", course, happened, witness=None)
        lots = [{"lot": lot, "units": units}]
        return log.add("dispense.outpatient", body | {"lots": lots} | more, happened, witness=None)

    supply("p001", "2026-03-25 10:00", 60, 20)
    supply("p002", "2026-02-01 10:00", 40, 10)
    supply("p002", "2026-02-09 10:00", 30, 10, lot="B2", left_before=[{"product": PRODUCT, "lot": "A1", "units": 9}])
    dose = {"patient": "p002", "home": True, "product": PRODUCT, "lots": [{"lot": "A1", "units": 2}]}
    log.add("dose.administered", dose, "2026-02-10 10:00", witness=None)
    wrong = supply("p003", "2026-03-01 10:00", 10, 10)
    undo = {"seq": wrong, "reason": "wrong_patient", "packs": "with_wrong_person"}
    log.add("entry.reversed", undo, "2026-03-01 11:00")
    supply("p004", "2026-02-01 10:00", 20, 5)
    back = {"product": PRODUCT, "lot": "A1", "intact": 6, "broken": 1, "shortfall": "not_found"}
    returned = {"patient": "p004", "lines": [back], "seal_no": "S-1", "place": "custody", "reason": "patient_died"}
    log.add("unused.returned", returned, "2026-02-20 10:00", witness=None)
    log.add("patients.merged", {"keep": "p002", "drop": "p005"}, "2026-02-21 10:00", witness=None)
    log.add("lot.corrected", {"product": PRODUCT, "lot": "B2", "to_lot": "B-2"}, "2026-02-22 10:00")
    return log


def circle_of(log: Log, language: str = "en", **asked: Any) -> CircleReport:
    return build_circle(gather_homes(log.entries.items()), frame=log.frame(language, kind="circle"), **asked)


def told(row: CircleRow) -> tuple[Any, ...]:
    return row.patient, row.lot, row.dispensed, row.administered, row.used, row.within, row.beyond, row.age_days


def test_each_lot_that_is_out_stands_with_its_age_and_no_other() -> None:
    report = circle_of(told_log())
    assert [told(row) for row in report.rows] == [
        ("p001", "A1", 60, 0, 0, 60, 0, None),
        ("p002", "A1", 40, 2, 31, 0, 7, 42),
        ("p002", "B-2", 30, 0, 0, 0, 30, 42),
        ("p003", "A1", 10, 0, 0, 0, 10, 22),
    ]
    assert [row.reversed for row in report.rows] == [0, 0, 0, 10]
    assert [(each.within, each.beyond) for each in report.products] == [(60, 47)]


def test_the_circle_of_a_patient_shows_the_closed_ones_too_under_any_of_the_ids() -> None:
    log = told_log()
    (row,) = circle_of(log, patient="p004").rows
    assert (row.returned, row.missing, row.still_out) == (7, 13, 0)
    assert circle_of(log, patient="p005").rows == circle_of(log, patient="p002").rows
    assert circle_of(log, patient="p009").rows == ()


def test_the_circle_closes_and_its_bar_is_as_long_as_what_came() -> None:
    for row in (*circle_of(told_log()).rows, *circle_of(told_log(), patient="p004").rows):
        gone = row.administered + row.used + row.returned + row.missing + row.handed_over
        assert row.dispensed + row.surplus == gone + row.still_out
        assert row.still_out == row.within + row.beyond
        assert sum(part.units for part in parts_of(row)) == row.dispensed + row.surplus


def test_a_part_of_a_bar_is_as_wide_as_its_share_and_its_hatching_stays_inside() -> None:
    class Marks:
        def __init__(self) -> None:
            self.boxes: list[tuple[float, float]] = []
            self.ends: list[tuple[float, float]] = []

        def line(self, x1: float, y1: float, x2: float, y2: float, *_: Any) -> None:
            self.ends += [(x1, y1), (x2, y2)]

        def fill(self, *_: Any) -> None: ...

        def box(self, x: float, y: float, width: float, height: float, *_: Any) -> None:
            self.boxes.append((x, width))

    marks = Marks()
    (row,) = circle_of(told_log(), patient="p004").rows
    draw_bar(marks, 10.0, 5.0, 100.0, 8.0, parts_of(row))
    assert marks.boxes == [(10.0, 35.0), (45.0, 65.0)]
    assert marks.ends
    rounded = [(round(x, 6), round(y, 6)) for x, y in marks.ends]
    assert all(45 <= x <= 110 and 5 <= y <= 13 for x, y in rounded)


@pytest.mark.parametrize("asked", [{}, {"patient": "p002"}, {"product": PRODUCT}, {"patient": "p009"}])
def test_what_is_attached_suffices_and_its_data_have_one_spelling(asked: dict[str, Any]) -> None:
    log = told_log()
    report = circle_of(log, "kk", **asked)
    kept = {seq: log.entries[seq] for seq in needed_by_circle(report, log.entries)}
    assert list(find_circle_differences(report, kept)) == []
    assert from_report(to_report(report)) == report


@pytest.mark.parametrize(
    "change",
    [{"dispensed": 61}, {"beyond": 1}, {"patient": "p002"}, {"age_days": 1}, {"lot": "B2"}, {"reversed": 1}],
)
def test_a_row_that_does_not_follow_is_found(change: dict[str, Any]) -> None:
    log = told_log()
    report = circle_of(log)
    lie = replace(report, rows=(replace(report.rows[0], **change), *report.rows[1:]))
    assert list(find_circle_differences(lie, log.entries))
    assert list(find_circle_differences(replace(report, products=()), log.entries))


def test_the_name_of_a_column_is_broken_between_its_words_only(text: Callable[..., str]) -> None:
    assert "Табылмады" in text(render_circle(circle_of(told_log(), "kk")))


def test_a_circle_with_nothing_out_is_a_page_that_says_so() -> None:
    assert render_circle(circle_of(told_log(), patient="p009")).startswith(b"%PDF")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_issued_circle_passes_every_check(language: str) -> None:
    log = told_log()
    report = circle_of(log, language)
    issue_passing(report, log)
