"""A return at the family's table, on a phone: three taps and the counts, kind words, one signature, a slip."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.effort import Effort
from tests.browser.pages.family.homes import WORLD, enter
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("return"), facility="phc", world=WORLD) as opened:
        yield opened


def take(page: Page, patient: str, whole: str, seal: str) -> Effort:
    """From the list to what is to be signed; the counts are typed, never tapped as buttons."""
    effort = Effort(page)
    page.locator(f"a[href='/family/return/{patient}']").first.click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.locator("[name=intact]").first.fill(whole)
    if not page.locator("[name='body.brought_by']").input_value():
        page.locator("[name='body.brought_by']").fill("Айша")
    page.locator("[name='body.seal_no']").fill(seal)
    return effort


@pytest.mark.parametrize(("lang", "patient", "condolence"), [
    ("kk", "p1", "Қайғыңызға ортақтасып, көңіл айтамыз."), ("ru", "p2", "Примите наши соболезнования."),
])  # fmt: skip
def test_a_return_takes_three_taps_and_the_counts(
    page: Page, clinic: Pharmacy, lang: str, patient: str, condolence: str
) -> None:
    enter(page, clinic, "feldsher", "/family", lang)
    effort = take(page, patient, "9", f"R-{patient}")
    expect(page.locator("main p:visible").first).to_have_text(condolence)
    expect(page.locator(".question")).to_be_visible()
    page.locator("button[value=yes]").click()
    page.locator("#sign .do-sign").click()
    expect(page).to_have_url(re.compile(r"/family/slip/\d+"))
    spent, is_told = effort.spent(), patient == "p1"  # who was told of the return stands there already
    assert (spent.taps, spent.keys, spent.fields) == (3, 0, 2 if is_told else 3)  # the count, the seal
    seq = int(page.url.rpartition("/")[2])
    said = clinic.entry(seq)["statement"]
    assert said["type"] == "unused.returned"
    assert said["body"]["lines"] == [
        {"product": "morphine", "lot": "A", "intact": 9, "broken": 0, "shortfall": "not_asked"}
    ]
    assert {name: said["body"][name] for name in ("patient", "reason", "signed_by_relative", "empties_declined")} == {
        "patient": patient, "reason": "patient_died", "signed_by_relative": "yes", "empties_declined": False,
    }  # fmt: skip
    assert (said["performer"], said["witness"]) == ("feldsher", None)
    expect(page.locator(".slip .no:visible")).to_have_text(f"№ {seq}")
    assert "Қожахметов" not in page.locator("main").inner_text()


def test_inside_the_expected_nothing_is_asked_and_one_key_takes_the_likely_number(page: Page, clinic: Pharmacy) -> None:
    enter(page, clinic, "feldsher", "/family/return/p3", "kk")
    expected = page.locator(".same").first.inner_text().removeprefix("= ")
    whole = page.locator("[name=intact]").first
    whole.press("=")
    expect(whole).to_have_value(expected)
    expect(page.locator(".question")).to_be_hidden()
    whole.fill("0")
    expect(page.locator(".question")).to_be_visible()
    page.locator(".shortfall").select_option("used_not_recorded")
    whole.fill("")
    expect(page.locator(".question")).to_be_hidden()
    whole.fill("4000")  # a slip of the finger, most likely
    expect(page.locator(".more").first).to_be_visible()
    whole.fill("")
    expect(page.locator(".more").first).to_be_hidden()


def test_what_nobody_expected_is_taken_too(page: Page, clinic: Pharmacy) -> None:
    """Found by a neighbour: no patient, a lot from elsewhere, empties offered and left with them."""
    enter(page, clinic, "feldsher", "/family/return", "ru")
    page.locator(".add-row").click()
    page.locator("select[name=product]").select_option("diazepam")
    page.locator("input[name=lot]").fill("X-77")
    page.locator("[name=intact]").fill("2")
    page.locator("[name=broken]").fill("1")
    page.locator("[name='body.brought_by']").fill("көрші")
    page.locator("[name='body.relation']").select_option("neighbour")
    page.locator("[name='body.seal_no']").fill("R-found")
    page.locator(".empties").check()
    page.locator("button[value=declined]").click()
    page.locator("#sign .do-sign").click()
    expect(page).to_have_url(re.compile(r"/family/slip/\d+"))
    body: dict[str, Any] = clinic.entry(int(page.url.rpartition("/")[2]))["statement"]["body"]
    assert body["lines"] == [{"product": "diazepam", "lot": "X-77", "intact": 2, "broken": 1}]
    assert ("patient" in body, body["reason"], body["empties_declined"], body["signed_by_relative"]) == (
        False, "found", True, "declined",
    )  # fmt: skip


def test_the_signed_slip_is_issued_once_it_is_asked_for(page: Page, clinic: Pharmacy) -> None:
    enter(page, clinic, "feldsher", "/family/return/p3", "ru")
    page.locator("[name=intact]").first.fill("1")
    page.locator("[name='body.brought_by']").fill("Сәуле")
    page.locator("[name='body.seal_no']").fill("R-p3")
    page.locator("button[value=absent]").click()
    page.locator("#sign .do-sign").click()
    page.locator("form[data-entry] button").click()
    link: Locator = page.locator(".issued a")
    answer = page.request.get(f"{clinic.origin}{link.get_attribute('href')}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")
