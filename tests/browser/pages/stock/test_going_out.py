"""A lot recalled, and a destruction by a commission of three; on a desk and on a phone, in both languages."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.pages.stock.world import Crew, balance, last, sign

pytestmark = pytest.mark.slow


def test_a_recall_ends_with_whom_to_call(page: Page, crew: Crew) -> None:
    crew.come(page, "/stock/lots", "kk")
    page.locator("#pick-product").select_option("morphine")
    page.locator("#f-lot").fill("A")
    page.keyboard.press("Enter")
    expect(page.locator("#holders tbody tr").first).to_be_visible()
    assert "Қожахметов" not in page.locator("#holders").inner_text(), "a home is named before anything is held back"
    page.locator("a[href*='step=recall']").click()
    page.locator("[name='body.reason']").fill("бөлшектер көрінді")
    page.locator("[name='body.document_no']").fill("R-7")
    sign(page, people=1)
    expect(page.locator("#holders")).to_contain_text("Әбілқасым Қожахметов")
    expect(page.locator("#holders")).to_contain_text("Абай 1")
    assert last(crew.pharmacy)["statement"]["type"] == "lot.recalled"
    expect(page.locator(".verdict .state.bad")).to_be_visible()
    (noted,) = crew.pharmacy.site.access.read(limit=1)
    assert "lot A" in noted.detail


def test_three_sign_a_destruction_at_one_screen_and_the_act_is_offered(page: Page, crew: Crew) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    crew.come(page, "/stock/destruction", "ru")
    page.locator("[name='body.act_no']").fill("5")
    page.locator("[name='body.method']").select_option("dissolving")
    for seal in ("B-1", "B-2"):
        page.locator(f"[name=seal_no][value={seal}]").check()
    midazolam = page.locator("tr", has=page.locator("[value=midazolam]"))
    midazolam.locator("[type=checkbox]").check()
    expect(midazolam.locator("[name=units]")).to_have_value("10")
    for n, person in enumerate(("head", "nurse", "pharm")):
        page.locator("[data-list='body.commission'] select").nth(n).select_option(person)
    sign(page, people=3)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock/destroyed/{crew.pharmacy.size() - 1}")
    entry = last(crew.pharmacy)
    assert [each["by"] for each in entry["signatures"]] == ["head", "nurse", "pharm"]
    assert entry["statement"]["body"]["items"] == [
        {"seal_no": "B-1"}, {"seal_no": "B-2"}, {"place": "team", "product": "midazolam", "lot": "M", "units": 10},
    ]  # fmt: skip
    with page.expect_response("**/api/v1/reports/destruction") as answer:
        page.locator("[data-report=destruction]").click()
    assert answer.value.status == 201
    expect(page.locator(".report a")).to_have_attribute("href", f"/api/v1/reports/{crew.pharmacy.size() - 1}.pdf")
    page.goto(f"{crew.pharmacy.origin}/stock/custody")
    expect(page.locator("main table")).to_have_count(0)


def test_a_commission_signs_each_on_their_own_device(page: Page, browser: Browser, crew: Crew) -> None:
    crew.come(page, "/stock/destruction?also=stock", "kk")
    before, there = crew.pharmacy.size(), balance(crew.pharmacy, "safe", "fentanyl", "F")
    page.locator("[name='body.act_no']").fill("6")
    page.locator("[name='body.method']").select_option("burning")
    fentanyl = page.locator("tr", has=page.locator("[value=fentanyl]"))
    fentanyl.locator("[type=checkbox]").check()
    fentanyl.locator("[name=units]").fill("4")  # a part of it
    expect(fentanyl.locator("[type=checkbox]")).not_to_be_checked()
    for n, person in enumerate(("head", "doctor", "nurse2")):
        page.locator("[data-list='body.commission'] select").nth(n).select_option(person)
    sign(page, people=1, parked=True)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/")
    for person, is_last in (("doctor", False), ("nurse2", True)):
        with browser.new_context() as context:
            elsewhere = open_page(context)
            crew.pharmacy.enter(elsewhere, person, "/account/requests")
            size = crew.pharmacy.size()
            elsewhere.locator("#parked .list button").click()
            expect(elsewhere.locator("#sign")).to_be_visible()
            elsewhere.keyboard.press("F9")
            if not is_last:
                elsewhere.locator("#sign .do-park").click()
            expect(elsewhere.locator("#sign")).to_be_hidden()
            expect(elsewhere.locator("#parked .none")).to_be_visible()
            assert crew.pharmacy.size() == size + is_last
    entry = last(crew.pharmacy)
    assert entry["seq"] >= before
    assert [each["by"] for each in entry["signatures"]] == ["head", "doctor", "nurse2"]
    assert entry["statement"]["body"]["items"] == [{"place": "safe", "product": "fentanyl", "lot": "F", "units": 4}]
    assert balance(crew.pharmacy, "safe", "fentanyl", "F") == there - 4


@pytest.mark.parametrize("path", ["/stock", "/stock/register?product=diazepam", "/stock/count", "/stock/delivery"])
def test_nothing_is_wider_than_a_phone(page: Page, crew: Crew, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    crew.come(page, path, "kk")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
