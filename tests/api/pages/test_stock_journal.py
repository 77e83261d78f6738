"""The journal on the screen says what the signed journal says, page by page, and reads only its page."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.pages.stock import journal
from api.pages.stock.desk import month_after
from ledger.domain.families.attesting import to_sealing
from ledger.log.canonical import from_bytes
from reports.builders import spread_of
from reports.model import Register, RegisterRow
from reports.movements import gather_entries
from reports.register import build_register
from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, SUPPLY, Counter

STORY = f"""
{OPENING}
09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 10]
09:10 [out] pharm dispense.outpatient {SUPPLY} lots=[A 3] days_supply=1
09:20 [wrong] pharm + nurse stock.broken place=safe lines=[morphine A 2] how="fell" fragments_kept=true
09:25 pharm + nurse entry.reversed id=@wrong reason=wrong_quantity note="two" packs=never_left
09:30 pharm (alone_on_duty) stock.broken place=ward lines=[morphine A 1] how="fell" fragments_kept=true
10:00 [count] pharm + nurse stock.counted place=safe blind=true purpose=periodic lines=[morphine A 26]
10:05 head + pharm discrepancy.resolved discrepancy=@count:0 cause=lost difference=-1 note="searched"
10:10 [total] pharm + nurse stock.counted place=ward blind=true purpose=periodic lines=[product=morphine units=10]
10:15 head + pharm discrepancy.resolved discrepancy=@total:0 cause=found difference=1 note="behind"
11:00 pharm + nurse lot.corrected product=morphine lot=A to_lot=A1 reason="misread"
11:05 pharm + nurse lot.corrected product=morphine lot=A1 expires_on=2027-05-31 reason="misread"
09:40 (typed 2026-03-02 12:00) pharm + nurse stock.broken place=ward lines=[morphine A 1] how="fell" fragments_kept=true
day 2026-04-02
08:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A1 2]
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    counter = Counter(tmp_path_factory.mktemp("journal"))
    counter.tell(STORY)
    with serve(counter) as served:
        yield served
    counter.house.close()


def both(served: Served, place: str | None, month: str) -> tuple[list[journal.Leaf], Register]:
    """Every page of the *month*, and the month as the signed report tells it from all entries."""
    ledger = served.site.ledger
    with ledger.reading() as reading:
        frame = journal.to_frame(reading, log=ledger.log, language="en", now=served.counter.now, rules=ledger.rules())
        asked: dict[str, Any] = {"product": "morphine", "place": place}
        first = journal.read_leaf(reading, frame, {}, month=month, number=1, **asked)
        leaves = [first, *(journal.read_leaf(reading, frame, {}, month=month, number=n, **asked)
                           for n in range(2, first.pages + 1))]  # fmt: skip
        entries = gather_entries(((seq, from_bytes(data)) for seq, data in reading.entries()), "morphine")
        period = journal.to_period(month)
        whole = build_register(
            entries, {}, frame=frame, period=period, spread=spread_of(reading, "morphine"), **asked
        )  # fmt: skip
    return leaves, whole


def facts(row: RegisterRow) -> tuple[object, ...]:
    """All of a row but its number on the page."""
    return tuple(getattr(row, name) for name in row.__slots__ if name != "number")


@pytest.mark.parametrize("rows", [1, 3, 50])
@pytest.mark.parametrize("place", ["safe", "ward", None])
@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-04"])
def test_the_pages_together_are_the_signed_journal(
    told: Served, monkeypatch: pytest.MonkeyPatch, rows: int, place: str | None, month: str
) -> None:
    monkeypatch.setattr(journal, "ROWS", rows)
    leaves, whole = both(told, place, month)
    assert [facts(row) for leaf in leaves for row in leaf.register.rows] == [facts(row) for row in whole.rows]
    assert leaves[0].brought == (0, 0, whole.opening_units)
    assert leaves[-1].forward == (whole.came, whole.went, whole.closing_units)
    assert [leaf.forward for leaf in leaves[:-1]] == [leaf.brought for leaf in leaves[1:]]
    assert (rows, month) != (1, "2026-03") or len(leaves) > 3


def test_a_page_shows_who_was_supplied_and_the_access_log_knows(told: Served) -> None:
    shown = told.call("GET", "/stock/register?product=morphine&place=safe&month=2026-03")
    for said in ("patient Test", "reversed by entry No. ", "Total for the month", "difference: −1", "to: ward"):
        assert said in shown.text
    assert shown.text.count("struck") >= 3
    (noted,) = told.site.access.read(limit=1)
    assert (noted.kind, noted.person) == ("listed", "pharm")
    assert "register morphine 2026-03" in noted.detail


@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-04"])
def test_the_figures_to_be_sealed_are_those_of_the_journal(told: Served, month: str) -> None:
    shown = told.call("GET", f"/stock/month/{month}/figures", who="head").text
    _, whole = both(told, None, month)
    with told.site.ledger.reading() as reading:
        body = to_sealing(reading.book, month)
    assert f'value="{body["rows_root"]}"' in shown
    totals = {each.pop("product"): each for each in body["totals"]}
    figures = {"opening": whole.opening_units, "in": whole.came, "out": whole.went, "closing": whole.closing_units}
    assert totals.get("morphine", dict.fromkeys(figures, 0)) == figures


def test_months_follow_each_other() -> None:
    assert [month_after("2026-12"), month_after("2026-01", -1), month_after("2026-06", 18)] == [
        "2027-01", "2025-12", "2027-12",
    ]  # fmt: skip
