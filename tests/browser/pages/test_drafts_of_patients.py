"""What is half written about a patient comes back to whoever wrote it, for that patient alone, as it is now."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import open_page
from tests.browser.pages.test_drafts import STORED, kept
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("drafts")) as opened:
        yield opened


def look(page: Page, prescription: str) -> Locator:
    """The line of *prescription* on its patient's card."""
    page.locator("#q").fill(prescription)
    page.keyboard.press("Enter")
    return line(page, prescription)


def line(page: Page, prescription: str) -> Locator:
    return page.locator(f".line:has(input[value='{prescription}'])")


def last(pharmacy: Pharmacy) -> dict[str, Any]:
    return dict(pharmacy.entry(pharmacy.size() - 1)["statement"])


def sign(page: Page, pharmacy: Pharmacy) -> dict[str, Any]:
    size = pharmacy.size()
    page.keyboard.press("F9")
    page.locator(".do-sign").click()
    expect(page.locator(".told")).to_contain_text(str(size))
    return last(pharmacy)


def by_reload(page: Page, _: Pharmacy) -> Page:
    page.reload()
    return page


def by_back(page: Page, _: Pharmacy) -> Page:
    page.locator("nav a[href='/stock']").first.click()
    expect(page.locator("h1")).not_to_be_empty()
    page.go_back()
    return page


def by_closing_the_tab(page: Page, pharmacy: Pharmacy) -> Page:
    other = page.context.new_page()
    page.goto("about:blank")
    pharmacy.visit(other, "/counter")
    return other


def by_expiry(page: Page, pharmacy: Pharmacy) -> Page:
    page.context.clear_cookies()
    page.reload()
    expect(page).to_have_url(f"{pharmacy.origin}/sign-in?to=/counter")
    pharmacy.enter(page, "pharm", "/counter")
    return page


@pytest.mark.parametrize("leave", [by_reload, by_back, by_closing_the_tab, by_expiry])
def test_a_half_filled_basket_comes_back_after(
    page: Page, pharmacy: Pharmacy, leave: Callable[[Page, Pharmacy], Page]
) -> None:
    pharmacy.enter(page, "pharm", "/counter")
    ampoules = look(page, "rx1")
    ampoules.locator(".take-line").click()
    ampoules.locator(".units").first.fill("7")
    ampoules.locator(".days").fill("9")
    page.locator("[name='body.collector.kind'][value=relative]").check()
    page.locator("#collector-name").fill("Айша")
    kept(page)
    assert not any(said in page.evaluate(STORED) for said in ("Айша", "p1 safe"))
    page = leave(page, pharmacy)
    expect(page.locator(".draft")).to_contain_text("Your draft of ")
    expect(page.locator(".patient h2")).to_have_text("Әбілқасым Қожахметов")
    expect(page.locator("#q")).to_be_focused()  # whoever comes next may be somebody else
    ampoules = line(page, "rx1")
    assert [each.input_value() for each in ampoules.locator(".units").all()] == ["7", ""]
    expect(ampoules.locator(".days")).to_have_value("9")
    expect(ampoules.locator(".sum")).to_have_text("7 ampoules = 70 mg")
    expect(ampoules.locator(".shift").first).not_to_be_empty()  # the rules were asked again
    expect(line(page, "rx2").locator(".take-line")).to_be_visible()
    expect(page.locator("[name='body.collector.kind'][value=relative]")).to_be_checked()
    expect(page.locator("#collector-name")).to_have_value("Айша")
    page.locator(".draft button").click()
    expect(page.locator("#card")).to_be_empty()
    page.reload()
    page.wait_for_timeout(300)
    expect(page.locator("#card")).to_be_empty()


AT_THE_COUNTER = {
    "new": {"body.identity.name": "Айша", "body.identity.born_on": "1890-01-02"},
    "paper": {"body.issued_by.name": "Дәрігер", "body.product": "morphine", "body.units": "12"},
    "correct": {"body.identity.address": "Абай 7", "body.home_kato": "103230100", "other": "Мария"},
}


@pytest.mark.parametrize("what", AT_THE_COUNTER)
def test_what_is_begun_at_the_counter_comes_back(page: Page, pharmacy: Pharmacy, what: str) -> None:
    pharmacy.enter(page, "pharm", "/counter")
    if what != "new":
        expect(look(page, "rx1")).to_be_visible()
    page.locator(f"[hx-post='/counter/{what}']").click()
    for name, value in AT_THE_COUNTER[what].items():
        field = page.locator(f"[name='{name}']")
        field.select_option(value) if field.evaluate("each => each.matches('select')") else field.fill(value)
        field.blur()
    if what == "correct":
        page.locator("[name='body.drop'][value=p2]").check()
    kept(page)
    for leave in (by_reload, by_back, by_another_language):
        leave(page, pharmacy)
        for name, value in AT_THE_COUNTER[what].items():
            expect(page.locator(f"[name='{name}']")).to_have_value(value)
        if what == "correct":
            expect(page.locator("[name='body.drop'][value=p2]")).to_be_checked()
        expect(page.locator(".draft").first).to_be_visible()
        expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_function("() => Object.keys(localStorage).every((name) => !name.startsWith('senim.kept.'))")
    page.reload()
    page.wait_for_timeout(300)
    expect(page.locator("#card")).to_be_empty()


def by_another_language(page: Page, _: Pharmacy) -> None:
    page.locator("header a[lang=kk]").click()
    expect(page.locator("html")).to_have_attribute("lang", "kk")


def test_who_is_registered_from_a_draft_is_no_draft_any_more(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "pharm", "/counter")
    page.locator("[hx-post='/counter/new']").click()
    fields = {
        "identity.name": "Айша Серік", "identity.no_iin_reason": "-", "identity.born_on": "1890-01-02",
        "identity.address": "-", "home_kato": "103230100", "home_phc_bin": "990140000017", "icd10": "с34,1",
    }  # fmt: skip
    for name, value in fields.items():
        page.locator(f"[name='body.{name}']").fill(value)
    page.locator("[name='body.indication']").select_option("other")
    kept(page)
    page.reload()
    expect(page.locator("[name='body.icd10']")).to_have_value("C34.1")  # of a Cyrillic letter and a comma
    page.locator("[name='body.icd10']").click()
    registered = sign(page, pharmacy)
    assert registered["type"] == "patient.registered"
    expect(page.locator(".patient h2")).to_have_text("Айша Серік")
    pharmacy.visit(page, "/counter")
    page.wait_for_timeout(300)
    expect(page.locator("#card")).to_be_empty()


def test_two_tabs_at_the_counter_keep_a_basket_each(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "pharm", "/counter")
    other = page.context.new_page()
    pharmacy.visit(other, "/counter")
    for each, prescription, units in ((page, "rx1", "5"), (other, "rx4", "2"), (page, "rx1", "6")):
        taken = line(each, prescription)
        if not taken.is_visible():
            look(each, prescription).locator(".take-line").click()
        taken.locator(".units").first.fill(units)
        kept(each)
    other.reload()
    expect(line(other, "rx1").locator(".units").first).to_have_value("6")
    other.close()
    expect(look(page, "rx4").locator(".units").first).to_have_value("2")
    page.locator("#q").focus()
    page.keyboard.press("Escape")
    look(page, "rx1")
    expect(line(page, "rx1").locator(".units").first).to_have_value("6")


def test_a_basket_comes_back_to_what_is_left_of_it_under_its_own_number(
    browser: Browser, page: Page, pharmacy: Pharmacy
) -> None:
    pharmacy.enter(page, "pharm", "/counter")
    for prescription, units in (("rx1", "7"), ("rx2", "10")):
        taken = look(page, prescription) if prescription == "rx1" else line(page, prescription)
        taken.locator(".take-line").click()
        taken.locator(".units").first.fill(units)
    page.locator("[name='body.collector.kind'][value=patient]").check()
    page.keyboard.press("F9")
    expect(page.locator("#sign .do-sign")).to_be_visible()
    known = line(page, "rx2").get_attribute("data-id")
    page.keyboard.press("Escape")
    with browser.new_context(locale="en-GB") as context:  # somebody else supplies all of the first one
        other = open_page(context)
        pharmacy.enter(other, "pharm2", "/counter")
        look(other, "rx1").locator(".take-line").click()
        other.locator("[name='body.collector.kind'][value=patient]").check()
        sign(other, pharmacy)
    page.reload()
    expect(page.locator(".draft")).to_be_visible()
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator(".missing")).to_contain_text("rx1")
    supplied = sign(page, pharmacy)
    assert (supplied["id"], supplied["body"]["lots"]) == (known, [{"lot": "T", "units": 10}])
    page.reload()
    page.wait_for_timeout(300)
    expect(page.locator("#card")).to_be_empty()


def test_what_was_typed_for_one_patient_comes_to_no_other_and_ends_with_escape(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "pharm", "/counter")
    tablets = look(page, "rx2")
    tablets.locator(".take-line").click()
    tablets.locator(".units").first.fill("3")
    page.locator("#collector-name").fill("Айша")
    kept(page)
    patches = look(page, "rx4")
    expect(patches.locator(".take-line")).to_be_visible()
    expect(page.locator("#collector-name")).to_have_value("")
    expect(page.locator(".draft")).to_have_count(0)
    tablets = look(page, "rx2")
    expect(tablets.locator(".units").first).to_have_value("3")
    expect(page.locator("#collector-name")).to_have_value("Айша")
    page.locator("#q").focus()
    page.keyboard.press("Escape")
    look(page, "rx2")
    expect(tablets.locator(".take-line")).to_be_visible()
    expect(page.locator("#collector-name")).to_have_value("")


def test_a_bedside_half_filled_in_comes_back_as_it_stood(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "nurse", "/ward/bedside/p2?place=ward")
    give = page.locator("#rx3 form.give")
    give.locator("[data-units]").fill("3")
    give.locator("[name$=dose]").fill("12.5")
    give.locator("[data-units]").fill("3")  # the script said two
    give.locator("[name='body.residue_fate']").select_option("wasted")
    give.locator("[name=witness]").select_option("-")
    kept(page)
    page.reload()
    expect(page.locator(".draft")).to_be_visible()
    expect(give.locator("[data-units]")).to_have_value("3")
    expect(give.locator(".left-over")).to_have_text("17.5 mg")
    pharmacy.visit(page, "/ward/bedside/p3?place=ward")
    expect(page.locator(".draft")).to_have_count(0)
    pharmacy.visit(page, "/ward/bedside/p2?place=ward")
    expect(page.locator(".draft")).to_be_visible()
    page.locator("#rx3 form.give [data-units]").focus()
    given = sign(page, pharmacy)
    assert given["body"]["lots"] == [{"lot": "A", "units": 3}]
    assert (given["body"]["dose"]["value"], given["body"]["residue"]["value"]) == ("12.5", "17.5")
    assert (given["body"]["residue_fate"], given["witness_pending"]) == ("wasted", "alone_on_duty")
    pharmacy.visit(page, "/ward/bedside/p2?place=ward")
    page.wait_for_timeout(300)
    expect(page.locator(".draft")).to_have_count(0)


def test_a_syringe_half_filled_comes_back_with_all_its_drugs(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "nurse2", "/ward/bedside/p2?place=ward")
    start = page.locator("form[data-draft=start]")
    page.locator("details:has([data-draft=start]) summary").first.click()
    start.locator(".add-row").click()
    for n, (product, dose, units) in enumerate((("morphine", "30", "4"), ("diazepam", "10", "1"))):
        item = start.locator("[data-item]").nth(n)
        chosen = item.locator(f"option[data-product={product}]").first.evaluate("option => option.index")
        item.locator("[data-pack]").select_option(index=chosen)
        item.locator("[name=dose]").fill(dose)
        item.locator("[data-units]").fill(units)  # the script said three
    kept(page)
    page.reload()
    expect(page.locator(".draft")).to_be_visible()
    start.locator("[name='body.hours']").focus()
    started = sign(page, pharmacy)
    assert [(each["dose"]["value"], each["lots"]) for each in started["body"]["contents"]] == [
        ("30", [{"lot": "A", "units": 4}]), ("10", [{"lot": "D", "units": 1}])]  # fmt: skip
