"""At the counter: two scans and four keys; a basket for a relative; a part of a course; a discharge."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.effort import Effort, Spent
from tests.browser.pages.counter.world import GTIN, IIN, IIN_AWAY, IIN_MOTHER, Hands, come, open_counter, pack
from tests.browser.pharmacy import Pharmacy

pytestmark = pytest.mark.slow
SCREENS = os.environ.get("SCREENS")


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_counter(tmp_path_factory.mktemp("counter")) as opened:
        yield opened


def picture(page: Page, name: str) -> None:
    """Kept where SCREENS names a folder, to be looked at."""
    if SCREENS:
        page.screenshot(path=str(Path(SCREENS) / f"counter-{name}.png"), full_page=True, caret="initial")


def line(page: Page, prescription: str) -> Locator:
    return page.locator(".line").filter(has=page.locator(f"input[value='{prescription}']"))


def sign(hands: Hands) -> None:
    """F9 reads, F9 signs."""
    hands.press("F9")
    expect(hands.page.locator("#sign[open]")).to_be_visible()
    hands.press("F9")


def last(pharmacy: Pharmacy, back: int = 1) -> dict[str, Any]:
    return dict(pharmacy.entry(pharmacy.size() - back)["statement"])


@pytest.mark.parametrize(
    ("lang", "scanned", "product", "collector", "said", "told"),
    [
        ("kk", IIN, "mor", "p", "2 × 10 = 20 ампула = 200 мг", "24 → 4 ампула"),
        ("ru", "rx-sidorova", "tab", "1", "32 таблетки = 320 мг", "352 → 320 таблеток"),
    ],
    ids=["kk", "ru"],
)
def test_a_supply_takes_two_scans_and_four_keys(
    page: Page, pharmacy: Pharmacy, lang: str, scanned: str, product: str, collector: str, said: str, told: str
) -> None:
    hands, before = come(pharmacy, page, lang), pharmacy.size()
    effort = Effort(page)
    hands.scan(scanned)
    expect(page.locator(".patient h2")).to_be_focused()
    picture(page, f"card-{lang}")
    hands.scan(pack(product))
    units = page.locator(".line:not([data-off]) .units").first
    expect(units).to_be_focused()
    hands.press("Enter")
    expect(page.locator("#collector")).to_be_focused()
    expect(page.locator(".line:not([data-off]) .sum")).to_have_text(said)
    expect(page.locator(".line:not([data-off]) .shift").first).to_have_text(told)
    assert pharmacy.size() == before  # neither scan nor Enter signs
    hands.press(collector)
    expect(page.locator("[name='body.collector.kind']:checked")).to_have_count(1)
    picture(page, f"basket-{lang}")
    sign(hands)
    expect(page.locator(".card.slip")).to_be_visible()
    expect(page.locator("#q")).to_be_focused()
    picture(page, f"done-{lang}")
    assert hands.scans == 2
    assert effort.spent(scanned=hands.typed) == Spent(keys=4, fields=1)  # the box, which the scanner fills
    assert pharmacy.size() == before + 1
    body = last(pharmacy)["body"]
    assert body["collector"]["kind"] == ("patient" if collector == "p" else "relative")
    expect(page.locator(".card.slip")).to_contain_text(str(before))
    newest = page.locator("#recent li").first
    expect(newest).to_contain_text(str(before))
    expect(newest.get_by_role("link")).to_have_attribute("href", f"/entries/{before}")


@pytest.mark.parametrize("code", [f"(01){GTIN['tab']}(10)T", GTIN["tab"][1:]], ids=["elements", "EAN-13"])
def test_a_packs_code_that_is_pasted_is_taken_as_if_it_had_been_scanned(
    page: Page, pharmacy: Pharmacy, code: str
) -> None:
    hands = come(pharmacy, page, "kk")
    hands.scan("rx-ospanov")
    expect(page.locator(".patient h2")).to_be_focused()
    expect(line(page, "rx-ospanov")).to_have_attribute("data-off", "")
    page.locator("#q").focus()
    hands.write(code)
    hands.press("Enter")
    expect(line(page, "rx-ospanov").locator(".units")).to_be_focused()
    expect(line(page, "rx-ospanov")).not_to_have_attribute("data-off", "")
    expect(page.locator("#q")).to_have_value("")


def test_a_signing_password_typed_before_it_is_asked_for_stands_in_no_field(page: Page, pharmacy: Pharmacy) -> None:
    hands = come(pharmacy, page, "kk")
    hands.scan("rx-ospanov")
    expect(page.locator(".patient h2")).to_be_focused()
    hands.scan(pack("tab"))
    expect(page.locator(".line:not([data-off]) .units").first).to_be_focused()
    hands.press("Enter", "r")
    expect(page.locator("#collector-name")).to_be_focused()
    page.route("**/api/v1/entries/preview", lambda route: None)  # a slow network: it does not answer yet
    hands.press("F9")
    page.keyboard.type("phrase")
    expect(page.locator("#collector-name")).to_have_value("")
    expect(page.locator("[name='body.collector.kind']:checked")).to_have_value("relative")


def test_what_is_typed_after_a_refusal_is_no_search_until_somebody_looks_up(page: Page, pharmacy: Pharmacy) -> None:
    hands, secret = come(pharmacy, page, "ru"), "Correct-horse-9"
    hands.scan("rx-ospanov")
    expect(page.locator(".patient h2")).to_be_focused()
    hands.scan(pack("tab"))
    expect(page.locator(".line:not([data-off]) .units").first).to_be_focused()
    hands.press("Enter", "F9")  # who collects is not said yet
    expect(page.locator("[name='body.collector.kind']").first).to_be_focused()
    hands.press("r", "p", "1")
    expect(page.locator("#collector")).to_be_focused()
    hands.scan(secret)
    page.keyboard.type(secret, delay=70)
    expect(page.locator("[name='body.collector.kind']:checked")).to_have_value("relative")
    for field in ("#q", "#collector-name"):
        expect(page.locator(field)).to_have_value("")
    page.locator(".patient h2").click()
    hands.scan(secret)  # nobody's name: told, and not repeated
    expect(page.locator("#card [role=status]")).to_contain_text("нет ни пациента")
    expect(page.locator("main")).not_to_contain_text(secret)


def test_four_prescriptions_go_to_one_relative_under_one_signature_and_the_rest_of_one_is_owed(
    page: Page, pharmacy: Pharmacy
) -> None:
    hands, before = come(pharmacy, page, "ru"), pharmacy.size()
    hands.scan(IIN_MOTHER)
    for product in ("mor", "tab", "dia", "fen"):
        hands.scan(pack(product))
        expect(page.locator(".units:focus")).to_be_visible()
        hands.press("Enter")
    diazepam = line(page, "rx-diazepam")
    expect(diazepam.locator(".sum")).to_have_text("6 ампул = 60 мг")
    expect(diazepam.locator(".rest")).to_contain_text("4 ампулы")
    expect(line(page, "rx-patches").locator(".days")).to_have_value("9")
    hands.press("r")
    expect(page.locator("#collector-name")).to_be_focused()
    hands.write("Айгүл")
    picture(page, "basket-of-four")
    sign(hands)
    expect(page.locator(".card.slip")).to_have_count(4)
    said = [last(pharmacy, back) for back in (4, 3, 2, 1)]
    assert [each["body"]["prescription"] for each in said] == ["rx-ampoules", "rx-tablets", "rx-diazepam", "rx-patches"]
    assert {each["body"]["collector"]["kind"] for each in said} == {"relative"}
    assert pharmacy.size() == before + 4
    expect(page.locator(".card.slip").nth(2)).to_contain_text("4 ампулы")
    page.set_viewport_size(PHONE)
    pharmacy.visit(page, "/language/kk?to=/counter")
    hands.scan(IIN_MOTHER)  # once more: what was supplied is told, what is owed has nothing to be taken from
    expect(page.locator(".missing li")).to_have_count(3)
    expect(line(page, "rx-diazepam").locator(".notice")).to_contain_text("4 ампула")
    expect(page.locator(".known button")).to_contain_text("Айгүл")


def test_a_discharge_is_one_form_more_and_its_days_are_limited(page: Page, pharmacy: Pharmacy) -> None:
    hands = come(pharmacy, page, "kk")
    hands.scan(IIN_AWAY)
    expect(page.locator("#basket")).to_be_visible()
    hands.press("p", "F9")
    expect(page.locator("#f-summary")).to_be_focused()
    page.locator("[name=as-what]").last.check()
    hands.press("F9")
    expect(page.locator("#basket .problem")).to_contain_text("Себетте")  # and nothing that is hidden is asked for
    page.locator("[name=as-what]").first.check()
    hands.scan(pack("tab"))
    taken = line(page, "rx-petrova")
    expect(taken.locator(".units")).to_have_value("40")  # ten days of four a day, of a course of sixty
    expect(taken.locator(".days")).to_have_value("10")
    hands.press("Enter", "p")
    expect(page.locator("#f-kato")).to_have_value("103230100")
    expect(page.locator("#f-decided")).to_have_value("doctor")
    hands.press("F9")
    expect(page.locator("#f-summary")).to_be_focused()
    hands.write("17/2026")
    picture(page, "discharge-kk")
    sign(hands)
    expect(page.locator(".card.slip")).to_be_visible()
    said = last(pharmacy)
    assert said["type"] == "dispense.discharge"
    assert (said["body"]["home_kato"], said["body"]["days_supply"]) == ("103230100", 10)


def test_a_name_is_chosen_from_a_list_by_arrow_and_enter(page: Page, pharmacy: Pharmacy) -> None:
    hands = come(pharmacy, page, "ru")
    hands.write("мария")
    hands.press("Enter")
    expect(page.locator(".hits button")).to_have_count(2)
    expect(page.locator(".hits button").first).to_be_focused()
    picture(page, "hits")
    hands.press("ArrowDown", "Enter")
    expect(page.locator(".patient h2")).to_have_text("Мария Сидорова")
    assert "мария" not in page.url
    hands.press("Escape")
    hands.write("кожахметов")
    hands.press("Enter")
    expect(page.locator(".patient h2")).to_have_text("Әбілқасым Қожахметов")
    expect(page.locator(".missing")).to_contain_text("для отделения")
    hands.press("Escape")
    hands.write("Никтоев")
    hands.press("Enter")
    expect(page.locator("#card [role=status]")).to_contain_text("нет ни пациента")
    hands.scan(pack("mor"))
    expect(page.locator("#card .notice")).to_contain_text("Сначала пациент или рецепт")
