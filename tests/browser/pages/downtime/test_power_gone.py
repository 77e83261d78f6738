"""Power gone for a day: sheets printed before, a register that is only read, lines entered after, a closed sheet."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ledger.errors import LedgerReadOnly
from ledger.log.canonical import from_bytes
from tests.browser.conftest import DESK, SCREEN
from tests.browser.pharmacy import Pharmacy, open_pharmacy
from tests.stories.stage import ZONE

pytestmark = pytest.mark.slow
SCREENS = os.environ.get("SENIM_SCREENS")


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("pharmacy")) as opened:
        yield opened


def enter(page: Page, pharmacy: Pharmacy, person: str, path: str, lang: str) -> None:
    """*person* at *path*, on a device on which nurse2 signed in today too."""
    for each in ("nurse2", person):
        pharmacy.enter(page, each, "/account/key-list")
    page.context.add_cookies([{"name": "lang", "value": lang, "url": pharmacy.origin}])
    pharmacy.visit(page, path)


def sign(page: Page, form: str, people: int = 1) -> None:
    page.locator(f"{form} button.main").click()
    expect(page.locator("#sign")).to_be_visible()
    for _ in range(people):
        page.locator("#sign .do-sign").click()
    expect(page.locator("#sign")).to_be_hidden()
    expect(page.locator(".told")).not_to_be_empty()


def shoot(page: Page, name: str) -> None:
    """A picture of the screen, where somebody wants to look at it."""
    if SCREENS:
        page.screenshot(path=str(Path(SCREENS) / f"downtime-{name}.png"), full_page=True)


def citing(pharmacy: Pharmacy, no: str) -> dict[int, dict[str, Any]]:
    """The statements that cite lines of the sheet, by line."""
    with pharmacy.house.ledger.reading() as reading:
        said = [from_bytes(row.data)["statement"] for row in reading.rows(mention=("sheet", no))]
    return {each["sheet"]["line"]: each for each in said if "sheet" in each}


def at(hours: int) -> str:
    return (datetime.now(UTC).astimezone(ZONE) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("lang", SCREEN)
def test_power_gone_for_a_day(page: Page, pharmacy: Pharmacy, lang: str) -> None:
    page.set_viewport_size(SCREEN[lang])
    enter(page, pharmacy, "nurse", "/downtime", lang)
    places = page.locator("#issue [data-type]")
    for n in range(places.count()):  # of the ward alone
        tick = places.nth(n).locator("[data-switch]")
        tick.set_checked(places.nth(n).locator("[name='body.place']").input_value() == "ward")
    number = places.locator("xpath=self::*[not(@data-off)]").locator("[name='body.sheet_no']").input_value()
    shoot(page, f"issue-{lang}")
    sign(page, "#issue")
    link = page.locator("#printed a")
    expect(link).to_be_visible(timeout=20_000)
    pdf = page.request.get(f"{pharmacy.origin}{link.get_attribute('href')}")
    assert pdf.body().startswith(b"%PDF")

    pharmacy.house.ledger.read_only = LedgerReadOnly("disk_full")
    try:
        pharmacy.visit(page, "/downtime")
        expect(page.locator(".read-only")).to_be_visible()
        expect(page.locator("table.balances").first).to_contain_text("30")
        expect(page.locator("#courses")).to_contain_text("rx1")
        shoot(page, f"readonly-{lang}")
        href = page.locator("a[href*='draft.pdf']").first.get_attribute("href")
        draft = page.request.get(f"{pharmacy.origin}{href}")
        assert draft.body().startswith(b"%PDF")
        pharmacy.visit(page, "/downtime/paper?place=ward")
        expect(page.locator(".by-hand tbody tr")).to_have_count(20)
        page.set_viewport_size(DESK)
        shoot(page, f"paper-{lang}")
    finally:
        pharmacy.house.ledger.read_only = None

    page.set_viewport_size(SCREEN[lang])
    pharmacy.visit(page, f"/downtime/enter?sheet={number}")
    page.locator("#type-1").select_option("dose.administered")
    page.locator("#course-1").select_option("rx3")
    page.locator("#slot-1 [name=occurred_at]").fill(at(6))
    page.locator("#type-2").select_option("stock.broken")
    page.locator("#slot-2 [name=occurred_at]").fill(at(5))
    page.locator("#slot-2 [name=product]").select_option("diazepam")
    page.locator("#slot-2 [name=lot]").fill("D")
    page.locator("#slot-2 [name=units]").fill("1")
    page.locator("#slot-2 [name='body.how']").fill("қараңғыда")
    page.locator("#slot-2 [name=witness]").select_option("nurse2")
    shoot(page, f"enter-{lang}")
    sign(page, "form.entry:not(#close)", people=2)
    entered = citing(pharmacy, number)
    assert {line: each["type"] for line, each in entered.items()} == {1: "dose.administered", 2: "stock.broken"}
    assert entered[1]["body"]["lots"] == [{"lot": "A", "units": 1}]
    assert entered[2]["witness"] == "nurse2"

    expect(page.locator("#line-1")).to_have_count(0)
    expect(page.locator("#line-3")).to_be_visible()
    ticks = page.locator("#close input[type=checkbox]")
    expect(ticks).to_have_count(18)
    for n in range(17):
        ticks.nth(n).check()
    page.locator("#close button.main").click()
    page.locator("#sign .do-sign").or_(page.locator("#close .problem:not(:empty)")).first.wait_for()
    expect(page.locator("#close .problem")).to_contain_text("20")
    ticks.nth(17).check()
    shoot(page, f"close-{lang}")
    sign(page, "#close")
    with pharmacy.house.ledger.reading() as reading:
        assert reading.book.get("sheet", number).closed


def test_a_discharge_on_paper_is_entered_against_its_line_and_what_is_refused_names_it(
    page: Page, pharmacy: Pharmacy
) -> None:
    enter(page, pharmacy, "pharm", "/downtime", "kk")
    places = page.locator("#issue [data-type]")
    for n in range(places.count()):
        at_safe = places.nth(n).locator("[name='body.place']").input_value() == "safe"
        places.nth(n).locator("[data-switch]").set_checked(at_safe)
    number = places.locator("xpath=self::*[not(@data-off)]").locator("[name='body.sheet_no']").input_value()
    sign(page, "#issue")
    pharmacy.visit(page, f"/downtime/enter?sheet={number}")
    for line, (type, course) in {1: ("dispense.outpatient", "rx2"), 2: ("dispense.discharge", "rx1")}.items():
        page.locator(f"#type-{line}").select_option(type)
        page.locator(f"#course-{line}").select_option(course)
        page.locator(f"#slot-{line} [name=occurred_at]").fill(at(6))
        page.locator(f"#slot-{line} [name='body.days_supply']").fill("20")
        page.locator(f"#slot-{line} [data-list='body.lots'] [name=units]").fill("6")
    discharge = page.locator("#slot-2")
    discharge.locator("[name=lot]").select_option("A")
    discharge.locator("[name='body.discharge_summary_no']").fill("17/2026")
    discharge.locator("[data-list='body.left_before'] [name=units]").fill("0")
    expect(discharge.locator("[name='body.decided_by']")).to_have_value("doctor")
    expect(discharge.locator("[name='body.home_phc_bin']")).to_have_value("990140000017")
    before, form = pharmacy.size(), page.locator("form.entry:not(#close)")
    form.locator("button.main").click()
    expect(form.locator(".problem")).to_contain_text(f"Парақ № {number}, 2-жол:")
    expect(form.locator(".problem")).not_to_contain_text("1-жол")
    marked = page.locator("#slot-1 [aria-invalid], #slot-2 [aria-invalid]")
    assert set(marked.evaluate_all("them => them.map(({ id }) => id)")) == {
        "f-body-days_supply-line-2", "f-body-home_kato-line-2"}  # fmt: skip
    shoot(page, "refused-kk")
    assert pharmacy.size() == before
    discharge.locator("[name='body.days_supply']").fill("2")
    discharge.locator("[name='body.home_kato']").fill("103230100")
    form.locator("button.main").click()
    form.locator("[data-code=home_differs]").fill("әпкесінде тұрады")
    shoot(page, "discharge-kk")
    sign(page, "form.entry:not(#close)")
    entered = citing(pharmacy, number)
    assert {line: each["type"] for line, each in entered.items()} == {
        1: "dispense.outpatient", 2: "dispense.discharge"}  # fmt: skip
    body = entered[2]["body"]
    assert (body["home_kato"], body["decided_by"], body["days_supply"]) == ("103230100", "doctor", 2)
    assert body["left_before"] == [{"product": "morphine", "units": 0}]
    signed = [pharmacy.entry(seq)["signatures"][0] for seq in (before, before + 1)]
    assert len({tuple(each["of"]) for each in signed}) == 1  # both lines under one signature
