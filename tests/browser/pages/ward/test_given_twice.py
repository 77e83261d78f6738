"""One dose, two nurses at two screens: the second one is told before she signs, when she signs, or at once afterwards.

Midazolam of p2 is given when needed: so it is never due, and its button is plain.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.pages.ward.conftest import Open, sign
from tests.browser.pharmacy import Pharmacy

pytestmark = pytest.mark.slow
CARD = '[data-course="rx7"]'
GIVE = {"ru": "Дать 5 мг", "kk": "5 мг беру"}
SINCE = {"ru": "Эту дозу уже дали: {name}, {hour}.", "kk": "Бұл доза берілді: {name}, {hour}."}


def told_of(given: dict[str, Any], by: Page, lang: str) -> str:
    hour = datetime.fromisoformat(given["occurred_at"]).astimezone(ZoneInfo("Asia/Almaty"))
    return SINCE[lang].format(name=by.locator("#person-name").inner_text(), hour=f"{hour:%H:%M}")


def press(page: Page, lang: str) -> None:
    page.locator(CARD).get_by_role("button", name=GIVE[lang]).click()


def test_what_another_nurse_gave_since_is_shown_and_only_the_next_press_gives(screen: Open, pharmacy: Pharmacy) -> None:
    first, second = screen("nurse", "/ward/doses", "ru"), screen("nurse2", "/ward/doses", "kk")
    press(first, "ru")
    (given,) = sign(first, pharmacy)
    size = pharmacy.size()
    press(second, "kk")
    told = second.locator(f"{CARD} .since")
    expect(told).to_be_focused()
    expect(told).to_have_text(told_of(given, first, "kk"))
    expect(second.locator("#sign")).to_be_hidden()
    expect(second.locator(f"{CARD} button.main")).to_have_count(0)
    assert pharmacy.size() == size
    second.keyboard.press("F9")  # on the card that has the focus
    (again,) = sign(second, pharmacy)
    assert (again["performer"], again["body"]["prescription"]) == ("nurse2", "rx7")


def test_of_two_dialogs_that_are_open_at_once_the_second_signs_nothing(screen: Open, pharmacy: Pharmacy) -> None:
    first, second = screen("nurse", "/ward/doses", "ru"), screen("nurse2", "/ward/doses", "kk")
    press(second, "kk")
    expect(second.locator("#sign")).to_be_visible()
    press(first, "ru")
    (given,) = sign(first, pharmacy)
    size = pharmacy.size()
    second.locator("#sign .do-sign").click()
    told = second.locator(f"{CARD} .since")
    expect(told).to_be_focused()
    expect(told).to_have_text(told_of(given, first, "kk"))
    expect(second.locator("#sign")).to_be_hidden()
    assert pharmacy.size() == size
    second.keyboard.press("F9")
    assert sign(second, pharmacy)[0]["performer"] == "nurse2"


def test_of_two_doses_sent_at_one_moment_the_second_is_told_how_to_take_hers_back(
    screen: Open, pharmacy: Pharmacy
) -> None:
    first, second = screen("nurse", "/ward/doses", "kk"), screen("nurse2", "/ward/doses", "ru")
    press(second, "ru")
    expect(second.locator("#sign")).to_be_visible()
    press(first, "kk")
    expect(first.locator("#sign")).to_be_visible()
    held: list[Route] = []
    second.route("**/api/v1/entries", lambda route: held.extend([route]), times=1)
    with second.expect_request("**/api/v1/entries"):
        second.locator("#sign .do-sign").click()
    (given,) = sign(first, pharmacy)  # after the last look of the second, before her entry
    held[0].continue_()
    told = second.locator(".told")
    expect(told).to_contain_text(told_of(given, first, "ru"))
    own = pharmacy.size() - 1
    expect(told).to_contain_text(f"Записано: запись {own}")
    expect(second).to_have_url(f"{pharmacy.origin}/entries/{own}")
    second.get_by_label("внесено дважды").check()
    second.locator("[name='body.note']").fill("одна доза")
    second.get_by_role("button", name="Подписать отмену").click()
    (reversed_,) = sign(second, pharmacy)
    assert (reversed_["type"], reversed_["performer"], reversed_["body"]["seq"]) == ("entry.reversed", "nurse2", own)


def test_without_an_answer_about_the_last_dose_the_press_goes_on(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/ward/doses", "ru")
    for answer in (lambda route: route.abort(), lambda route: route.fulfill(status=503)):
        page.route("**/ward/doses/rx7?*", answer, times=1)
        press(page, "ru")
        expect(page.locator("#sign .statements")).to_contain_text("5 мг")
        page.get_by_role("button", name="Не подписывать").click()
        expect(page.locator("#sign")).to_be_hidden()
    page.route("**/ward/doses/rx7?*", lambda route: route.abort())
    press(page, "ru")
    assert sign(page, pharmacy)[0]["performer"] == "nurse"


def test_what_is_typed_at_the_bedside_stays_for_the_next_press(screen: Open, pharmacy: Pharmacy) -> None:
    """Half an ampoule, while another nurse gives one; the same of a dose that was written down as not given."""
    first, second = screen("nurse", "/ward/doses", "ru"), screen("nurse2", "/ward/bedside/p2?place=ward", "kk")
    press(first, "ru")
    (given,) = sign(first, pharmacy)
    size = pharmacy.size()
    give = second.locator("#rx7 form.give")
    give.get_by_label("Доза").fill("2,5")
    give.get_by_label("Қалдығы").select_option("kept_for_collection")
    give.locator("button.main").click()
    expect(give.locator(".since")).to_be_focused()
    expect(give.locator(".since")).to_have_text(told_of(given, first, "kk"))
    expect(second.locator("#rx7 .standing")).not_to_contain_text("әлі берілмеген")
    assert pharmacy.size() == size
    second.keyboard.press("F9")
    (half,) = sign(second, pharmacy)
    assert (half["body"]["dose"]["value"], half["body"]["residue"]["value"]) == ("2.5", "2.5")
    third = screen("nurse", "/ward/bedside/p2?place=ward", "ru")
    screen_of_other = screen("nurse2", "/ward/doses", "kk")
    press(screen_of_other, "kk")
    (given,) = sign(screen_of_other, pharmacy)
    third.locator("#rx7").get_by_text("Не дано", exact=True).click()
    third.locator("#rx7").get_by_label("Причина").select_option("asleep")
    third.get_by_role("button", name="Подписать: не дано").locator("visible=true").click()
    expect(third.locator("#rx7 .since")).to_have_text(told_of(given, screen_of_other, "ru"))
    expect(third.locator("#sign")).to_be_hidden()
