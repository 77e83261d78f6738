"""A return signed at a kitchen table never arrived; it is entered from the slip, and then the phone is found."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.pages.days.conftest import Open, sign
from tests.browser.pages.family.homes import WORLD
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("phone"), facility="phc", world=WORLD) as opened:
        yield opened


def fill(page: Page, seal: str) -> None:
    """Until the list is read before it is signed."""
    page.locator("[name=intact]").first.fill("12")
    page.locator("[name='body.brought_by']").fill("Айша")
    page.locator("[name='body.seal_no']").fill(seal)
    page.locator("button[value=yes]").click()
    expect(page.locator("#sign[open]")).to_be_visible()


def slip(page: Page) -> int:
    """The number that the family keeps."""
    expect(page).to_have_url(re.compile(r"/family/slip/\d+$"))
    return int(page.url.rpartition("/")[2])


@pytest.mark.parametrize(("lang", "patient"), [("kk", "p1"), ("ru", "p2")])
def test_the_same_packs_lie_in_custody_once(screen: Open, clinic: Pharmacy, lang: str, patient: str) -> None:
    phone = screen(clinic, "feldsher", f"/family/return/{patient}", lang, PHONE)
    fill(phone, f"{patient}-phone")
    phone.context.set_offline(True)
    phone.locator("#sign .do-sign").click()
    expect(phone.locator("#sign .problem p").first).not_to_be_empty()
    # … and into the river.

    desk = screen(clinic, "feldsher", f"/family/return/{patient}", lang, beside=("head",))
    fill(desk, f"{patient}-slip")
    desk.locator("#sign .do-sign").click()
    entered = slip(desk)

    phone.context.set_offline(False)  # children found it, and it was dried
    phone.reload()
    phone.locator("[data-signed] .send").click()
    ids = [clinic.entry(seq)["statement"]["id"] for seq in (entered, slip(phone))]

    clinic.visit(desk, "/family/claims")
    desk.locator(f"input[value='{ids[0]}']").check()
    desk.locator("[name='body.note']").fill("в шкафу один пакет")
    desk.locator("[name=witness]").select_option("head")
    (settled,) = sign(desk, clinic, people=2)
    assert (settled["type"], settled["body"]["claims"], settled["body"]["holds"]) == ("claim.settled", ids, ids[0])
    expect(desk.locator("form.entry")).to_have_count(0)
    clinic.visit(desk, f"/family/patient/{patient}")
    expect(desk.locator(".homes")).to_have_count(0)  # nothing is at home by the book

    shelf = screen(clinic, "pharm", "/stock/custody", lang)
    bags = shelf.locator("tbody tr", has_text=patient)
    expect(bags).to_have_count(1)
    expect(bags).to_contain_text(f"{patient}-slip")
    expect(bags).to_contain_text("12")
