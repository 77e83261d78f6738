"""Counts and circles of the days that are told as stories: what follows from entries is what the ledger keeps."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.log.canonical import from_bytes, to_timestamp
from ledger.service.checkpoints import verifier_key
from ledger.service.doses import find_doses
from ledger.service.queries import read_circle
from reports.asked import Asked
from reports.check import check_pdf
from reports.circle import CircleRow
from reports.dose_told import to_doses
from reports.issuing import issue
from reports.model import Period
from reports.pdf_verdict import PdfVerdict
from tests.reports.test_stories import TOLD, balances, played
from tests.stories.stage import ZONE, Stage
from tests.stories.test_stories import STORIES

CHOSEN = ("04", "05", "15", "16", "18", "19")
_PATHS = {path.stem: path for path in STORIES if path.stem.startswith(CHOSEN)}


@pytest.fixture(params=[*_PATHS, *TOLD])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    name: str = request.param
    text = _PATHS[name].read_text("utf-8") if name in _PATHS else f"```story{TOLD[name]}```\n"
    with played(name, text, tmp_path) as stage:
        yield stage


def issued(stage: Stage, kind: str, **asked: Any) -> Any:
    """The data of a report that was issued, and checked with nothing but itself and the log's key."""
    pdf = issue(stage.house.ledger, stage.house.directory, Asked(kind=kind, language="kk", **asked)).pdf
    verdict: PdfVerdict = check_pdf(pdf, log_key=verifier_key(stage.house.ledger))
    assert {name: (each.verdict, each.findings) for name, each in verdict.checks.items()} == dict.fromkeys(
        verdict.checks, ("pass", [])
    )
    return verdict.report


def told(row: CircleRow) -> dict[str, Any]:
    names = ("patient", "product", "lot", "dispensed", "surplus", "administered", "used", "returned", "missing")
    more = ("handed_over", "still_out", "reversed", "age_days")
    same = {name: getattr(row, name) for name in (*names, *more)}
    return same | {"within_course": row.within, "beyond_course": row.beyond}


def test_the_dose_history_of_entries_is_the_dose_history_of_the_ledger(stage: Stage) -> None:
    with stage.house.ledger.reading() as reading:
        patients = [patient for (patient,), _ in reading.shelf("patient")]
        now = to_timestamp(stage.house.ledger.clock())
        held = {patient: to_doses(find_doses(reading, patient, now=now)) for patient in patients}
    for patient, doses in held.items():
        assert issued(stage, "dose-history", patient=patient).doses == doses


def test_the_circle_of_entries_is_the_circle_of_the_ledger(stage: Stage) -> None:
    report = issued(stage, "circle")
    today = report.frame.as_known.at.astimezone(ZONE).date().isoformat()
    with stage.house.ledger.reading() as reading:
        held = read_circle(reading, today=today)
    assert [told(row) for row in report.rows] == [row for row in held if row["still_out"]]
    for patient in sorted({row["patient"] for row in held}):
        of_patient = issued(stage, "circle", patient=patient)
        assert [told(row) for row in of_patient.rows] == [row for row in held if row["patient"] == patient]


def test_every_count_differs_by_what_the_ledger_says(stage: Stage) -> None:
    with stage.house.ledger.reading() as reading:
        counts = [from_bytes(row.data) for row in reading.rows(type="stock.counted")]
        found = dict(reading.shelf("discrepancy"))
    for entry in counts:
        count = issued(stage, "count", entry=entry["seq"])
        for n, line in enumerate(count.lines):
            held = found.get((f"{entry['statement']['id']}:{n}",))
            if held is None:
                assert (line.difference, line.open) == (0, 0)
            elif count.by.reversed_by is None:
                assert (line.counted, line.book, line.open) == (held.counted, held.expected, held.difference)


def test_a_month_closes_with_what_the_ledger_holds_and_as_it_was_sealed(stage: Stage) -> None:
    held = balances(stage)
    whole = issued(stage, "monthly", period=Period(from_on=date(2026, 3, 2), to_on=date(2027, 3, 1)))
    closing = {each.product.id: {at.place: at.closing for at in each.places if at.closing} for each in whole.products}
    for product, of in held.items():
        by_place: dict[str, int] = {}
        for (place, _), units in of.items():
            by_place[place] = by_place.get(place, 0) + units
        assert closing.get(product, {}) == by_place
    with stage.house.ledger.reading() as reading:
        sealings = [from_bytes(row.data)["statement"] for row in reading.rows(type="period.sealed")]
    for sealing in sealings:
        first_on = date.fromisoformat(f"{sealing['body']['period']}-01")
        month = issued(stage, "monthly", period=Period(from_on=first_on))
        assert month.approved.performer.username == sealing["performer"]
        months = {each.product.id: each for each in month.products}
        for total in sealing["body"]["totals"]:
            each = months[total["product"]]
            assert each.sealed == total["closing"]
            if each.closing == each.sealed:  # else what came after the sealing changed it
                assert (each.opening, each.came, each.went) == (total["opening"], total["in"], total["out"])


def test_every_destruction_tells_what_the_bags_held(stage: Stage) -> None:
    with stage.house.ledger.reading() as reading:
        acts = [from_bytes(row.data) for row in reading.rows(type="destruction.performed")]
        seals = {key: seal for (key,), seal in reading.shelf("seal")}
    for entry in acts:
        act = issued(stage, "destruction", entry=entry["seq"])
        assert len(act.items) == len(entry["statement"]["body"]["items"])
        for item in act.items:
            if item.bag is not None:
                told = sorted((each.product, each.lot, each.units) for each in item.contents)
                assert (item.bag.kind, told) == (seals[item.bag.seal].kind, sorted(seals[item.bag.seal].contents))
