"""What happens around the return: a death learned at home, the notice, a count, bags in other hands."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.asking import read_today
from api.pages.family import pages
from ledger.domain.asking.courses import days_later
from tests.browser.conftest import open_page
from tests.browser.hands import follow, press
from tests.browser.pages.family.homes import WORLD, enter
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
MORE = """
09:40 registrar place.opened place=locker kind=custody name="Шкаф" administration=entered
10:00 feldsher unused.returned patient=p3 brought_by="ұлы" relation=son reason=patient_died
    lines=[morphine A intact=5 broken=0] empties_declined=false seal_no=R-91 place=custody signed_by_relative=yes
"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("hands"), facility="phc", world=WORLD + MORE) as opened:
        yield opened


def sign(page: Page, clinic: Pharmacy, *, then: str) -> dict[str, Any]:
    """F9 twice, until the next page; what was recorded."""
    before = clinic.size()
    page.keyboard.press("F9")
    expect(page.locator("#sign")).to_be_visible()
    page.keyboard.press("F9")
    expect(page).to_have_url(f"{clinic.origin}{then}")
    expect(page.locator("body[data-ready]")).to_be_attached()
    return dict(clinic.entry(before)["statement"])


def sign_beside(page: Page, clinic: Pharmacy, browser: Browser, second: str, *, then: str) -> dict[str, Any]:
    """The first signs here, the second on their own device."""
    before = clinic.size()
    page.keyboard.press("F9")
    page.locator("#sign .do-sign").click()
    page.locator("#sign .do-park").click()
    expect(page).to_have_url(f"{clinic.origin}{then}")
    assert clinic.size() == before
    with browser.new_context() as context:
        other = open_page(context)
        clinic.enter(other, second, "/account/requests")
        other.locator("#parked button").click()
        other.locator("#sign .do-sign").click()
        expect(other.locator("#parked .none")).to_be_visible()
    return dict(clinic.entry(clinic.size() - 1)["statement"])


def test_further_visits_are_shown_by_a_key_and_one_goes_on_from_the_first_of_them(
    page: Page, clinic: Pharmacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 1)
    monkeypatch.setattr(pages, "read_today", lambda *about: days_later(read_today(*about), 7))
    enter(page, clinic, "nurse", "/family", "kk")
    due = page.locator("[hx-get='/family/visits'] a[href^='/family/patient/']")
    expect(due).to_have_count(1)
    for n in range(1, 3):
        press(page, "button[hx-get^='/family/visits']")
        expect(due).to_have_count(n + 1)
        expect(due.nth(n)).to_be_focused()
    assert len({each.get_attribute("href") for each in due.all()}) == 3
    expect(page.locator("button[hx-get^='/family/visits']")).to_have_count(0)
    follow(page, "a:focus")
    expect(page.locator("h1")).to_be_visible()
    assert page.url.startswith(f"{clinic.origin}/family/patient/")


def test_a_death_learned_at_home_leads_to_the_notice_and_stays_on_the_list_alone(page: Page, clinic: Pharmacy) -> None:
    enter(page, clinic, "feldsher", "/family", "kk")
    page.locator("details.card summary").last.click()
    page.get_by_role("link", name="Ержан Ысқақов").click()
    page.locator("a[href='/family/died/p4']").click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    assert sign(page, clinic, then="/family/notice/p4")["type"] == "patient.died"
    expect(page.locator("[name='body.order_no']")).to_have_value("12")
    expect(page.locator("[name='body.order_on']")).to_have_value("2026-01-10")
    page.locator("button[lang=ru]").click()
    expect(page.locator("main p:visible").first).to_have_text("Примите наши соболезнования.")
    page.locator("[name='body.relative']").fill("Жанар")
    page.locator("[name='body.relation']").select_option("daughter")
    told = sign(page, clinic, then="/family")
    assert (told["type"], told["body"]["patient"], told["body"]["order_no"]) == ("relatives.informed", "p4", "12")
    expect(page.locator("a[href='/family/notice/p4']")).to_have_count(0)
    expect(page.locator("a[href='/family/return/p4']")).to_have_count(1)


def test_a_count_is_of_what_was_typed_only(page: Page, clinic: Pharmacy) -> None:
    enter(page, clinic, "nurse", "/family/count/p2", "ru")
    page.locator("[name=units]").fill("7")
    said = sign(page, clinic, then="/family/patient/p2")
    assert said["body"] == {"patient": "p2", "lines": [{"product": "morphine", "lot": "A", "units": 7}]}


def test_what_another_facility_says_names_our_entry_by_its_number(page: Page, clinic: Pharmacy) -> None:
    with clinic.house.ledger.reading() as reading:
        (supply, *_) = reading.rows(type="dispense.outpatient")
    enter(page, clinic, "feldsher", "/family/heard", "ru")
    page.locator("#no").fill(str(supply.seq))
    expect(page.locator("#about strong")).to_be_visible()
    page.locator("[name='body.from_log']").fill("senim-practice/other/1")
    page.locator("[name='body.from_id']").fill("0192f0c1-0000-7000-8000-000000000002")
    page.locator("[name='body.kind']").select_option("died")
    said = sign(page, clinic, then="/family")
    assert (said["type"], said["body"]["about"], said["body"]["kind"]) == ("notice.received", supply.id, "died")


def test_who_gives_a_bag_and_who_receives_it_both_sign(page: Page, clinic: Pharmacy, browser: Browser) -> None:
    enter(page, clinic, "feldsher", "/family/handover", "kk")
    expect(page.locator("input[value='R-91']")).to_be_checked()
    page.locator("[name='body.to_place']").select_option("locker")
    page.locator("[name=witness]").select_option("pharm")
    said = sign_beside(page, clinic, browser, "pharm", then="/family")
    assert (said["type"], said["witness"], said["body"]["seals"]) == ("custody.moved", "pharm", ["R-91"])
