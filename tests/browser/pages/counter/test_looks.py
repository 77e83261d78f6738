"""The counter's card, an entry and a slip: for anybody, on a phone, at twice the size, and on paper."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.pages.counter.test_supplying import picture, sign
from tests.browser.pages.counter.world import IIN_AWAY, IIN_MOTHER, come, open_counter, pack
from tests.browser.pages.test_everywhere import PHONE, RULES
from tests.browser.pharmacy import Pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_counter(tmp_path_factory.mktemp("looks")) as opened:
        yield opened


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    told = [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in found.response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return told + ([f"{wide} wide"] if wide > PHONE[0] else [])


def test_card_entry_and_forms_can_be_used_by_anybody_on_a_phone(page: Page, pharmacy: Pharmacy) -> None:
    hands = come(pharmacy, page, "kk")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for scanned, product in ((IIN_AWAY, "tab"), (IIN_MOTHER, "mor")):
        hands.scan(scanned)
        hands.scan(pack(product))
        expect(page.locator(".shift").first).to_contain_text("→")
        picture(page, f"phone-{product}")
        assert faults(page) == []
    page.get_by_role("button", name="Пациент деректерін түзету").click()
    expect(page.locator("#card form.entry").first).to_be_visible()
    picture(page, "phone-correct")
    assert faults(page) == []
    pharmacy.visit(page, f"/entries/{pharmacy.size() - 1}")
    assert faults(page) == []


def test_the_slip_is_printed_alone_and_says_that_it_is_practice(page: Page, pharmacy: Pharmacy) -> None:
    hands = come(pharmacy, page, "ru")
    hands.scan("rx-sidorova")
    hands.scan(pack("tab"))
    expect(page.locator(".units:focus")).to_be_visible()
    hands.press("Enter", "1")
    sign(hands)
    expect(page.locator(".card.slip")).to_be_visible()
    page.evaluate("window.print = () => (window.printed = document.title)")
    page.locator(".print").click()
    assert page.evaluate("printed") == f"senim-{pharmacy.size() - 1}"  # what a browser calls the file names nobody
    page.emulate_media(media="print")
    picture(page, "printed")
    expect(page.locator(".practice")).to_be_visible()
    for hidden in ("header", "#find", "aside", ".screen >> nth=0"):
        expect(page.locator(hidden).first).to_be_hidden()
