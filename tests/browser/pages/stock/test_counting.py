"""From a blind count to its resolution, a count that was overtaken, and the month that is closed after it."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from api.pages.stock.desk import month_after
from tests.browser.conftest import SCREEN, open_page
from tests.browser.pages.stock.world import Crew, balance, last, sign

pytestmark = pytest.mark.slow


def test_a_difference_goes_from_the_blind_count_to_its_resolution(page: Page, crew: Crew) -> None:
    hands = crew.come(page, "/stock/count?place=safe&by=lot", "ru")
    assert re.search(r"\b14\b", page.locator("[data-product=diazepam]").inner_text()) is None, "the book shows"
    expect(page.locator("[data-product=diazepam] [name=units]")).to_be_focused()
    hands.write("13")
    hands.press("Tab")
    hands.write("21")
    while not page.evaluate("document.activeElement.name === 'witness'"):
        hands.press("Tab")
    page.keyboard.type("nurse")
    sign(page)
    assert hands.keys < 20
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock/counted/{crew.pharmacy.size() - 1}")
    counted = last(crew.pharmacy)["statement"]["body"]
    assert (counted["blind"], len(counted["lines"])) == (True, 2)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("−1 ампула")
    expect(rows.nth(1).locator(".state.good")).to_be_visible()
    rows.first.locator("a").click()

    causes = page.locator("section", has=page.locator("table")).locator("tbody tr")
    with crew.pharmacy.house.ledger.reading() as reading:
        (unsigned,) = {pending.seq for _, pending in reading.shelf("pending")}  # broken while alone on duty
    expect(causes.filter(has=page.locator(f"a[href='/entries/{unsigned}']")).locator(".state")).not_to_have_count(0)
    page.locator("[name='body.cause']").select_option("lost")
    page.locator("[name='body.difference']").select_option("-1")
    page.locator("[name='body.note']").fill("искали дважды")
    page.locator("[name=witness]").select_option("nurse")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock/differences")
    expect(page.locator(".state.good")).to_be_visible()
    assert last(crew.pharmacy)["statement"]["type"] == "discrepancy.resolved"
    assert balance(crew.pharmacy, "safe", "diazepam", "D") == 13


def test_a_count_that_was_overtaken_is_not_lost(page: Page, crew: Crew) -> None:
    crew.come(page, "/stock/count?place=safe", "kk")
    page.locator("[data-product=morphine-tab] [name=units]").fill("198")
    page.locator("[name=witness]").select_option("nurse")
    there = open_page(page.context)
    there.set_default_timeout(10_000)
    there.goto(f"{crew.pharmacy.origin}/stock/move?place=safe")
    expect(there.locator("body[data-ready]")).to_be_attached()
    there.locator("#there [data-product=morphine-tab] [name=units]").fill("2")
    there.locator("[name='body.to_place']").select_option("ward")
    there.locator("[name=witness]").select_option("pharm")
    there.bring_to_front()
    crew.allow(there)
    sign(there)
    expect(there).to_have_url(f"{crew.pharmacy.origin}/stock")
    there.close()
    before = crew.pharmacy.size()
    page.keyboard.press("F9")
    expect(page.locator(".moved")).to_be_visible()
    expect(page.locator("[data-product=morphine-tab] [aria-invalid=true]")).to_have_value("198")
    assert crew.pharmacy.size() == before
    page.locator(".again").click()
    expect(page.locator(".moved")).to_be_hidden()
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock/counted/{before}")
    expect(page.locator(".verdict .state.good")).to_be_visible()


@pytest.mark.parametrize(("lang", "ago"), [("ru", 2), ("kk", 1)])
def test_the_month_is_closed_with_the_figures_that_the_program_reads(
    page: Page, crew: Crew, lang: str, ago: int
) -> None:
    month = month_after(datetime.now(UTC).strftime("%Y-%m"), -ago)
    page.set_viewport_size(SCREEN[lang])
    crew.come(page, f"/stock/month?month={month}", lang)
    expect(page.locator("[name='body.rows_root']")).to_be_attached()
    page.locator("form [name=witness]").select_option("pharm")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock/month?month={month}")
    entry = last(crew.pharmacy)
    assert (entry["statement"]["type"], entry["statement"]["body"]["period"]) == ("period.sealed", month)
    expect(page.locator(".verdict .state.good")).to_be_visible()
    with page.expect_response("**/api/v1/reports/monthly") as answer:
        page.locator("[data-report=monthly]").click()
    assert answer.value.status == 201
    expect(page.locator(".report a")).to_be_visible()
