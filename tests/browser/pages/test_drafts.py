"""What was half typed is not lost without a word: it comes back to whoever wrote it, or its writer is asked first."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.pages.test_two_people import change_to
from tests.browser.pharmacy import WORLD, Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
GIVEN = "09:00 nurse dose.administered patient=p2 prescription=rx3 place=ward product=morphine lots=[A 1] dose=10mg\n"
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("drafts"), world=WORLD + GIVEN) as opened:
        yield opened


def kept(page: Page) -> None:
    """What was typed lies on the device by now."""
    page.wait_for_function("() => Object.keys(localStorage).some((name) => name.startsWith('senim.kept.'))")
    page.wait_for_timeout(60)


def write_delivery(page: Page) -> None:
    page.locator("[name='body.supplier']").fill("қолжазба")
    page.keyboard.press("F7")
    second = page.locator("[data-item]").nth(1)
    second.locator("[name=product]").select_option("diazepam")
    second.locator("[name=lot]").fill("D9")
    second.locator("[name=units]").fill("12")
    kept(page)


def by_reload(page: Page, _: Pharmacy) -> Page:
    page.reload()
    return page


def by_back(page: Page, _: Pharmacy) -> Page:
    page.locator("nav a[href='/counter']").click()
    expect(page.locator("#q")).to_be_focused()
    page.go_back()
    return page


def by_menu(page: Page, pharmacy: Pharmacy) -> Page:
    page.locator("nav a[href='/stock']").first.click()
    pharmacy.visit(page, "/stock/delivery")
    return page


def by_closing_the_tab(page: Page, pharmacy: Pharmacy) -> Page:
    other = page.context.new_page()
    page.goto("about:blank")
    pharmacy.visit(other, "/stock/delivery")
    return other


@pytest.mark.parametrize(
    ("leave", "lang", "said"),
    [
        (by_reload, "en", "Your draft of "), (by_back, "kk", "кезінде жазғаныңыз осында қайта тұр"),
        (by_menu, "ru", "Ваш черновик от "), (by_closing_the_tab, "en", "Your draft of "),
    ],
)  # fmt: skip
def test_a_draft_comes_back_after(
    page: Page, pharmacy: Pharmacy, leave: Callable[[Page, Pharmacy], Page], lang: str, said: str
) -> None:
    pharmacy.enter(page, "pharm", f"/language/{lang}?to=/stock/delivery")
    write_delivery(page)
    assert "қолжазба" not in page.evaluate(STORED)
    page = leave(page, pharmacy)
    expect(page.locator(".draft")).to_contain_text(said)
    expect(page.locator("[name='body.supplier']")).to_have_value("қолжазба")
    second = page.locator("[data-item]").nth(1)
    expect(second.locator("[name=product]")).to_have_value("diazepam")
    expect(second.locator("[name=lot]")).to_have_value("D9")
    page.locator(".draft button").click()
    expect(page.locator(".draft")).to_have_count(0)
    expect(page.locator("[data-item]")).to_have_count(1)
    page.reload()
    expect(page.locator("[name='body.supplier']")).to_have_value("")
    page.wait_for_timeout(200)
    expect(page.locator("[name='body.supplier']")).to_have_value("")


def test_a_draft_is_nobody_elses_and_ends_when_it_is_recorded(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "nurse2")
    pharmacy.enter(page, "nurse", "/ward/broken?place=ward")
    how = page.locator("[name='body.how']")
    page.locator("#pack").select_option(index=2)
    chosen = page.locator("#pack").evaluate("each => each.selectedOptions[0].textContent")
    how.fill("fell")
    kept(page)
    page.reload()
    expect(how).to_have_value("fell")
    assert page.locator("#pack").evaluate("each => each.selectedOptions[0].textContent") == chosen
    change_to(page, "nurse2")
    expect(how).to_have_value("")
    page.reload()
    page.wait_for_timeout(300)
    expect(how).to_have_value("")
    how.fill("slipped")
    kept(page)
    change_to(page, "nurse")  # in a document that never held it
    expect(how).to_have_value("fell")
    page.reload()
    expect(how).to_have_value("fell")
    size = pharmacy.size()
    page.locator("#units").fill("2")
    page.locator("select[name=witness]").select_option("nurse2")
    page.keyboard.press("F9")
    page.locator(".do-sign").click()
    page.locator(".do-sign").click()
    expect(page.locator(".told")).to_contain_text("Recorded")
    assert pharmacy.size() == size + 1
    pharmacy.visit(page, "/ward/broken?place=ward")
    page.wait_for_timeout(300)
    expect(how).to_have_value("")
    change_to(page, "nurse2")
    expect(how).to_have_value("slipped")


def test_what_is_no_draft_asks_before_it_is_left(page: Page, pharmacy: Pharmacy) -> None:
    asked = list[str]()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    pharmacy.enter(page, "pharm", "/counter")
    page.locator("[hx-post='/counter/new']").click()
    page.on("dialog", stay)
    name = page.locator("[name='body.identity.name']")
    name.press_sequentially("Айша")
    page.locator("nav a[href='/stock']").first.click()
    expect(name).to_have_value("Айша")
    assert asked == ["beforeunload"]
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_empty()
    page.locator("nav a[href='/stock']").first.click()
    expect(page).to_have_url(f"{pharmacy.origin}/stock")
    assert asked == ["beforeunload"]


def test_what_came_once_it_was_said_why_is_kept_as_well(page: Page, pharmacy: Pharmacy) -> None:
    with pharmacy.house.ledger.reading() as reading:
        (dose, *_) = reading.rows(type="dose.administered")
    pharmacy.enter(page, "feldsher", f"/entries/{dose.seq}")
    note = page.locator("[name='body.note']")
    for said in ("", "the other patient"):
        expect(page.locator("main")).not_to_contain_text("Мария")
        page.get_by_role("button", name="I care for this patient now").click()
        expect(page.locator("h1")).to_have_text(f"Entry {dose.seq}")
        expect(page.locator("main")).to_contain_text("Мария Петрова")
        expect(note).to_have_value(said)
        note.fill("the other patient")
        kept(page)
        page.reload()
