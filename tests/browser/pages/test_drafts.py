"""What was half typed comes back to whoever wrote it, and to nobody else."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.pages.test_two_people import change_to
from tests.browser.pharmacy import WORLD, Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
GIVEN = """09:00 nurse dose.administered patient=p2 prescription=rx3 place=ward product=morphine lots=[A 1] dose=10mg
09:10 pharm sheet.issued sheet_no=S-1 place=safe lines=8
"""
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
        (by_reload, "en", "Your draft of "), (by_back, "kk", "осында сақталып тұр"),
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


def test_what_is_typed_before_its_keeper_is_loaded_is_kept(page: Page, pharmacy: Pharmacy) -> None:
    held = list[Route]()
    pharmacy.enter(page, "pharm", "/stock/delivery")
    page.route("**/drafts.js", lambda route: held.append(route), times=1)  # noqa: PLW0108
    supplier = page.locator("[name='body.supplier']")
    supplier.fill("early")
    page.wait_for_timeout(100)
    held[0].continue_()
    kept(page)
    page.reload()
    expect(supplier).to_have_value("early")


def test_a_figure_comes_back_to_what_was_counted_also_where_the_list_is_another_by_now(
    page: Page, pharmacy: Pharmacy
) -> None:
    def without_first_line(route: Route) -> None:
        before, _, *others = route.fetch().text().split('<div class="fields counting"')
        route.fulfill(body='<div class="fields counting"'.join((before, *others)), content_type="text/html")

    pharmacy.enter(page, "pharm", "/stock/count?place=safe&by=lot")
    lines = page.locator(".counting")
    lots = [str(each.get_attribute("data-lot")) for each in lines.all()]
    assert len(lots) > 2
    for n, units in ((1, "11"), (2, "12")):
        lines.nth(n).locator("[name=units]").fill(units)
    kept(page)
    page.route("**/stock/count*", without_first_line, times=1)
    page.reload()
    expect(page.locator(".draft")).to_be_visible()
    for lot, units in zip(lots[1:], ("11", "12"), strict=False):
        line = page.locator(f".counting[data-lot='{lot}']")
        expect(line.locator("[name=units]")).to_have_value(units)
        expect(line.locator("[name=lot]")).to_have_value(lot)


def test_lines_of_a_sheet_come_back_though_the_server_sends_them_one_by_one(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "pharm", "/downtime/enter?sheet=S-1")
    page.locator("#type-1").select_option("dispense.outpatient")
    page.locator("#course-1").select_option("rx2")
    days = page.locator("#line-1 [name='body.days_supply']")
    days.fill("3")
    page.locator("details summary", has_text="Further lines").click()
    page.locator("#type-7").select_option("stock.broken")
    how = page.locator("#line-7 [name='body.how']")
    how.fill("fell")
    kept(page)
    number = str(page.locator("#line-1 [data-type]").get_attribute("data-id"))
    page.reload()
    expect(how).to_be_visible()
    expect(how).to_have_value("fell")
    expect(days).to_have_value("3")
    expect(page.locator("#course-1")).to_have_value("rx2")
    expect(page.locator("#line-1 [data-type]")).to_have_attribute("data-id", number)


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


def test_two_tabs_keep_a_draft_each_until_one_of_them_is_recorded(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "nurse")
    pharmacy.enter(page, "pharm", "/stock/delivery")
    write_delivery(page)
    other = page.context.new_page()
    pharmacy.visit(other, "/stock/delivery")
    supplier, suppliers = page.locator("[name='body.supplier']"), other.locator("[name='body.supplier']")
    expect(suppliers).to_have_value("қолжазба")  # as it stands so far
    suppliers.fill("of the second tab")
    kept(other)
    supplier.fill("of the first tab")
    kept(page)
    other.close()
    page.reload()
    expect(supplier).to_have_value("of the first tab")
    page.locator(".draft").get_by_role("button", name="Show the other one, of ").click()
    expect(supplier).to_have_value("of the second tab")
    page.locator(".draft").get_by_role("button", name="Discard it").click()
    expect(supplier).to_have_value("of the first tab")
    expect(page.locator(".draft button")).to_have_count(1)
    other = page.context.new_page()
    pharmacy.visit(other, "/stock/delivery")
    suppliers = other.locator("[name='body.supplier']")
    expect(suppliers).to_have_value("of the first tab")
    suppliers.fill("once more")
    kept(other)
    record_delivery(page, pharmacy)
    other.reload()
    other.wait_for_timeout(300)
    expect(suppliers).to_have_value("")  # what was recorded is no draft any more, in any version


def record_delivery(page: Page, pharmacy: Pharmacy) -> None:
    size = pharmacy.size()
    page.locator("[name='body.document_no']").fill("17")
    page.locator("[data-item]").nth(0).locator(".drop-row").click()
    page.locator("[name=expires_on]").fill("2099-01-01")
    page.locator("[name=witness]").select_option("nurse")
    page.keyboard.press("F9")
    page.locator(".do-sign").click()
    page.locator(".do-sign").click()
    expect(page.locator(".told")).to_contain_text("Recorded")
    assert pharmacy.size() == size + 1


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
