"""People of one day, each at a screen of their own, and what is read back where they would look."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import DESK, open_page
from tests.browser.pharmacy import Pharmacy

Open = Callable[..., Page]


@pytest.fixture
def screen(browser: Browser) -> Iterator[Open]:
    """`screen(pharmacy, "nurse", "/ward/doses", "kk", PHONE, beside=("nurse2",))`: nurse2 may sign there too."""
    with ExitStack() as opened:
        complaints: list[str] = []

        def enter(
            pharmacy: Pharmacy,
            person: str,
            path: str,
            lang: str,
            size: ViewportSize = DESK,
            beside: tuple[str, ...] = (),
        ) -> Page:
            page = open_page(opened.enter_context(browser.new_context(viewport=size)), complaints)
            pharmacy.speak(page, lang)
            for each in (*beside, person):
                if beside and each not in pharmacy.known():  # on a device of their own, so that nobody's session ends
                    with browser.new_context() as own:
                        pharmacy.enter(open_page(own), each)
                with page.expect_response("**/api/v1/account/me"):  # by which the device knows their keys
                    pharmacy.enter(page, each, path if each == person else "/account/key-list")
            return page

        yield enter
        assert complaints == []


def sign(page: Page, pharmacy: Pharmacy, people: int = 1) -> list[dict[str, Any]]:
    """F9 in the form, and once for each who signs at this screen; the entries, with their numbers."""
    before = pharmacy.size()
    page.keyboard.press("F9")
    signatory, said = page.locator("#sign .signatory"), ""
    for _ in range(people):
        expect(page.locator("#sign[open]")).to_be_visible()
        expect(signatory).not_to_have_text(said)
        said = signatory.inner_text()
        page.keyboard.press("F9")
    expect(page.locator("#sign[open]")).to_have_count(0)
    expect(page.locator("body[data-ready]")).to_be_attached()
    return [{"seq": seq} | pharmacy.entry(seq)["statement"] for seq in range(before, pharmacy.size())]


def row(page: Page, pharmacy: Pharmacy, product: str, place: str, seq: int) -> Locator:
    """The row of entry *seq* in the journal of *place*; its `td.number` are what came, what went and what is there."""
    pharmacy.visit(page, f"/stock/register?product={product}&place={place}")
    found = page.locator("table.register tbody tr").filter(has=page.locator(f"a[href='/entries/{seq}']"))
    expect(found).to_have_count(1)
    return found


def figures(found: Locator) -> list[str]:
    """(came, went, there) of a row."""
    return [each.strip() for each in found.locator("td.number").all_inner_texts()]
