"""An ampoule is missing at noon, lies under the drawer in the evening, and at night another one falls for good."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.hands import pick, write
from tests.browser.pages.days.conftest import Open, figures, row, sign
from tests.browser.pharmacy import WORLD, Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("found"), world=WORLD) as opened:
        yield opened


def count(page: Page, pharmacy: Pharmacy, morphine: str) -> int:
    """The shift's two products, counted by two; the entry's number."""
    pharmacy.visit(page, "/ward/handover?place=ward")
    for product, units in (("morphine", morphine), ("diazepam", "5")):
        page.locator(f".counted:has([value={product}]) [name=units]").fill(units)
    page.locator("[name=witness]").select_option("nurse2")
    (counted,) = sign(page, pharmacy, people=2)
    return int(counted["seq"])


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_what_was_missing_is_found_and_the_book_was_right(screen: Open, pharmacy: Pharmacy, lang: str) -> None:
    phone = screen(pharmacy, "nurse", "/ward/doses", lang, PHONE, beside=("nurse2",))
    with pharmacy.house.ledger.reading() as reading:
        (there,) = (units for _, product, _, units in reading.balances(place="ward") if product == "morphine")
    noon = count(phone, pharmacy, str(there - 1))
    expect(phone.locator("tr:has(.state.bad)")).to_contain_text("−1")

    desk = screen(pharmacy, "head", "/", lang, beside=("nurse",))
    desk.locator("a[href='/stock/differences']").first.click()
    expect(desk.locator("tbody tr")).to_have_count(1)
    assert count(phone, pharmacy, str(there)) > noon
    expect(phone.locator("tr:has(.state.bad)")).to_have_count(0)
    desk.locator("tbody a[href^='/stock/difference/']").click()
    expect(desk.locator("body[data-ready]")).to_be_attached()
    pick(desk, "[name='body.cause']", "found")
    pick(desk, "[name='body.difference']", "0")
    write(desk, "[name='body.note']", "под ящиком тележки")
    pick(desk, "[name=witness]", "nurse")
    (resolved,) = sign(desk, pharmacy, people=2)
    assert (resolved["type"], resolved["body"]["difference"]) == ("discrepancy.resolved", 0)
    pharmacy.visit(desk, "/")
    expect(desk.locator("a[href='/stock/differences'].state")).to_have_count(0)

    pharmacy.visit(phone, "/ward/broken?place=ward")
    phone.locator("#pack").select_option(phone.locator("#pack option[data-product=morphine]").get_attribute("value"))
    phone.locator("#how").fill("упала с лотка")
    phone.locator("[name=witness]").select_option("nurse2")
    (broken,) = sign(phone, pharmacy, people=2)
    assert figures(row(desk, pharmacy, "morphine", "ward", noon))[:2] == ["", ""]  # a count moves nothing
    assert figures(row(desk, pharmacy, "morphine", "ward", broken["seq"])) == ["", "1", str(there - 1)]
