"""At eleven the telephone: lot A is not to be given. It lies in safe, ward and home; by evening nowhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.effort import Effort
from tests.browser.hands import pick, tab_to, write
from tests.browser.pages.days.conftest import Open, figures, row, sign
from tests.browser.pharmacy import WORLD, Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    supplied = """
10:00 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 9] days_supply=3
    collector={kind=relative identity=seen}
"""
    with open_pharmacy(tmp_path_factory.mktemp("recall"), world=WORLD + supplied) as opened:
        yield opened


def test_a_lot_is_recalled_and_by_evening_nobody_holds_it(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen(pharmacy, "pharm", "/stock/lots", "kk", beside=("nurse",))
    effort = Effort(page)
    pick(page, "#pick-product", "morphine")
    write(page, "#f-lot", "A")
    page.keyboard.press("Enter")
    expect(page.locator("#holders")).to_be_visible()
    tab_to(page, "a[href*='step=recall']")
    page.keyboard.press("Enter")
    expect(page.locator("[name='body.reason']")).to_be_focused()
    write(page, "[name='body.reason']", "бөлшектер көрінді")
    write(page, "[name='body.document_no']", "R-7")
    (recalled,) = sign(page, pharmacy)
    assert recalled["type"] == "lot.recalled"
    expect(page.locator("#holders")).to_contain_text("Абай 1")  # whom to call

    pharmacy.visit(page, "/counter")
    write(page, "#q", "rx1")
    page.keyboard.press("Enter")
    basket = page.locator(".line").filter(has=page.locator("input[value=rx1]"))
    expect(basket).to_contain_text("кері қайтарып алынған")
    tab_to(page, ".line:has(input[value=rx1]) .take-line")
    page.keyboard.press("Enter")
    expect(basket.locator(".units")).to_have_count(1)  # of lot B alone
    page.keyboard.press("Enter")
    expect(page.locator("#collector")).to_be_focused()
    page.keyboard.press("p")
    (supply,) = sign(page, pharmacy)
    assert supply["body"]["lots"] == [{"lot": "B", "units": 21}]

    pharmacy.visit(page, "/stock/move?place=ward")
    pick(page, "[name='body.to_place']", "safe")
    write(page, "#there [data-product=morphine] [name=units]", "10")
    pick(page, "[name=witness]", "nurse")
    (moved,) = sign(page, pharmacy, people=2)
    assert moved["body"]["lines"] == [{"product": "morphine", "lot": "A", "units": 10}]
    assert effort.spent().taps == 0

    page = screen(pharmacy, "nurse", "/family/return/p1", "ru", PHONE)
    page.locator(".pack:has([value=A]) [name=intact]").fill("8")
    page.locator("[name='body.reason']").select_option("other")
    page.locator("[name='body.brought_by']").fill("Айша")
    page.locator("[name='body.seal_no']").fill("R-1")
    page.locator("button[value=yes]").click()
    page.locator("#sign .do-sign").click()
    expect(page.locator(".slip .no:visible")).to_be_visible()

    page = screen(pharmacy, "head", "/stock/destruction", "ru", beside=("pharm", "nurse"))
    page.locator("[name='body.act_no']").fill("5")
    page.locator("[name='body.method']").select_option("dissolving")
    page.locator("[name=seal_no][value=R-1]").check()
    page.locator("tr:has([value=morphine]) [type=checkbox]").check()
    for n, person in enumerate(("head", "nurse", "pharm")):
        page.locator("[data-list='body.commission'] select").nth(n).select_option(person)
    (destroyed,) = sign(page, pharmacy, people=3)
    assert destroyed["body"]["items"] == [
        {"seal_no": "R-1"}, {"place": "safe", "product": "morphine", "lot": "A", "units": 31},
    ]  # fmt: skip
    for entry, told in ((supply, ["", "21", "60"]), (moved, ["10", "", "70"]), (destroyed, ["", "31", "39"])):
        assert figures(row(page, pharmacy, "morphine", "safe", entry["seq"])) == told
    pharmacy.visit(page, "/stock/lot/morphine?lot=A")
    expect(page.locator(".verdict .state.bad")).to_be_visible()
    expect(page.locator("#holders table")).to_have_count(0)
