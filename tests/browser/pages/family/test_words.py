"""What a family may read over somebody's shoulder: no word of blame, no mark; and every screen on a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api.pages.test_family import BLAME
from tests.browser.pages.family.homes import PHONE, WORLD, enter
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
SCREENS = ("", "/patient/p4", "/notice/p1", "/return/p1", "/return", "/count/p4", "/died/p4", "/takeover", "/new",
           "/heard", "/handover", "/claims")  # fmt: skip
MARKS = re.compile(r"[✓✔✗✘☑⚠●▲⏳]")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("words"), facility="phc", world=WORLD) as opened:
        yield opened


def test_every_screen_fits_a_phone_and_every_field_has_a_name(page: Page, clinic: Pharmacy) -> None:
    enter(page, clinic, "feldsher", "/family", "kk")
    for screen in SCREENS:
        clinic.visit(page, f"/family{screen}")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], screen
        assert page.locator("h1").count() == 1
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("main input:not([type=hidden]), main select, main button, main a")]
              .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel))
              .map((each) => each.outerHTML)"""
        )
        assert nameless == [], screen


@pytest.mark.parametrize(("lang", "patient"), [("kk", "p1"), ("ru", "p2")])
def test_neither_the_question_nor_what_is_signed_nor_the_slip_blames(
    page: Page, clinic: Pharmacy, lang: str, patient: str
) -> None:
    enter(page, clinic, "feldsher", f"/family/return/{patient}", lang)
    page.locator("[name=intact]").first.fill("0")
    page.locator("[name=broken]").first.fill("1")
    for answer in page.locator(".shortfall option").all():
        assert not BLAME.search(answer.inner_text())
    page.locator(".shortfall").select_option("not_found")
    page.locator("[name='body.brought_by']").fill("Айша")
    page.locator("[name='body.seal_no']").fill(f"R-{patient}")
    page.locator("button[value=declined]").click()
    said = page.locator("#sign").inner_text()
    assert not BLAME.search(said)
    assert not MARKS.search(said)
    page.locator("#sign .do-sign").click()
    expect(page.locator(".slip")).to_be_visible()
    shown = page.locator("main").inner_text()
    assert not BLAME.search(shown)
    assert not MARKS.search(shown)
    expect(page.locator(".told")).to_be_empty()  # nothing says that a task is done
    assert page.locator(".slip .qr").evaluate("image => image.complete && image.naturalWidth") > 100
