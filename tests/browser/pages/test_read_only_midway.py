"""The register can only be read from one moment to the next, while somebody is writing or about to sign."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from ledger.errors import LedgerReadOnly
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
SAID = {
    "kk": ("Ештеңе жазылмады", "Қағазда жалғастыру"),
    "ru": ("Ничего не записано", "Продолжить на бумаге"),
    "en": ("Nothing was recorded", "Go on on paper"),
}


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("midway")) as opened:
        yield opened


@contextmanager
def read_only(pharmacy: Pharmacy) -> Iterator[None]:
    pharmacy.house.ledger.read_only = LedgerReadOnly("disk_full")
    try:
        yield
    finally:
        pharmacy.house.ledger.read_only = None


def supply(page: Page) -> Locator:
    page.locator("#q").fill("rx1")
    page.keyboard.press("Enter")
    page.locator(".take-line").first.click()
    page.locator("input[value=patient]").check()
    return page.locator(".units").first


def breakage(page: Page) -> Locator:
    page.locator("#pack").select_option(index=1)
    page.locator("select[name=witness]").select_option("-")
    how = page.locator("[name='body.how']")
    how.fill("fell")
    return how


def delivery(page: Page) -> Locator:
    for name, value in (("lot", "Z1"), ("expires_on", "2031-01-31"), ("units", "5")):
        page.locator(f"[data-item] [name={name}]").first.fill(value)
    page.locator("[data-item] [name=product]").first.select_option("morphine")
    page.locator("[name='body.document_no']").fill("1")
    page.locator("[name=witness]").select_option("pharm2")
    supplier = page.locator("[name='body.supplier']")
    supplier.fill("База")
    return supplier


def death(page: Page) -> Locator:
    on = page.locator("[name='body.died_on']")
    on.fill("2020-01-02")
    return on


JOURNEYS = {
    "counter": ("pharm", "/counter", supply, "kk"), "ward": ("nurse", "/ward/broken?place=ward", breakage, "ru"),
    "stock": ("pharm", "/stock/delivery", delivery, "en"), "family": ("doctor", "/family/died/p3", death, "kk"),
}  # fmt: skip


def sign(page: Page, room: str) -> None:
    """Whoever must, at this screen."""
    page.locator("#sign .do-sign").click()
    if room == "stock":
        expect(page.locator("#sign .signatory")).to_contain_text("pharm2")
        page.locator("#sign .do-sign").click()


@pytest.mark.parametrize("room", JOURNEYS)
def test_it_is_said_where_one_is_nothing_typed_is_lost_and_the_paper_is_one_button_away(
    page: Page, pharmacy: Pharmacy, room: str
) -> None:
    who, path, write, lang = JOURNEYS[room]
    nothing, paper = SAID[lang]
    if room in ("ward", "family"):
        page.set_viewport_size({"width": 390, "height": 844})
    if room == "stock":
        pharmacy.enter(page, "pharm2")
    pharmacy.enter(page, who, f"/language/{lang}?to={path}")
    expect(page.locator(".read-only")).to_be_hidden()
    field = write(page)
    typed, size = field.input_value(), pharmacy.size()
    with read_only(pharmacy):  # before it is looked through
        page.keyboard.press("F9")
        told = page.locator("form.entry .problem", has_text=nothing)
        expect(told.get_by_role("link", name=paper)).to_have_attribute("href", "/downtime")
        expect(page.locator(".read-only")).to_be_visible()
        expect(field).to_have_value(typed)
    page.keyboard.press("F9")
    expect(page.locator("#sign .do-sign")).to_be_visible()
    with read_only(pharmacy):  # between reading and signing
        sign(page, room)
        told = page.locator("#sign .problem", has_text=nothing)
        expect(told.get_by_role("link", name=paper)).to_be_visible()
        page.locator("#sign .close").click()
        expect(field).to_have_value(typed)
        if room != "counter":
            page.locator(".read-only a").click()
            expect(page).to_have_url(f"{pharmacy.origin}/downtime")
            page.go_back()
            expect(field).to_have_value(typed)
            expect(page.locator(".draft")).to_be_visible()
    assert pharmacy.size() == size
    page.keyboard.press("F9")
    sign(page, room)
    expect(page.locator("#sign")).to_be_hidden()
    expect(page.locator(".read-only")).to_be_hidden()
    assert pharmacy.size() == size + 1


def test_the_state_goes_once_a_rule_is_asked_again(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "pharm2")
    pharmacy.enter(page, "pharm", "/stock/delivery")
    delivery(page)
    page.locator("[data-item] [name=expires_on]").first.fill("2020-01-31")
    with read_only(pharmacy):
        page.keyboard.press("F9")
        expect(page.locator(".read-only")).to_be_visible()
        expect(page.locator("form.entry")).to_have_attribute("aria-busy", "false")
    page.keyboard.press("F9")
    expect(page.locator("form.entry .problem")).to_contain_text("Z1")
    expect(page.locator(".read-only")).to_be_hidden()
