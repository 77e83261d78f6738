"""What comes and goes as lists, each signed once by both: scanned, merged before one's eyes, then in the register."""

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREEN
from tests.browser.pages.stock.world import GTIN, Crew, balance, last, sign

pytestmark = pytest.mark.slow

PRODUCTS = ("morphine", "morphine-tab", "fentanyl", "trimeperidine", "diazepam", "midazolam")


@pytest.mark.parametrize("lang", SCREEN)
def test_twelve_lots_are_signed_once_with_the_keyboard_alone(page: Page, crew: Crew, lang: str) -> None:
    page.set_viewport_size(SCREEN[lang])
    hands = crew.come(page, "/stock/delivery", lang)
    expect(page.locator("[name='body.supplier']")).to_be_focused()
    for text in ("СК-Фармация", "Н-12"):
        hands.write(text)
        hands.press("Tab")
    for n in range(12):
        if n:
            hands.press("F7")
        else:
            page.locator("[data-item] select").first.focus()
        page.locator("[data-item] select").nth(n).select_option(PRODUCTS[n % 6])
        hands.press("Tab")
        hands.write(f"{lang}{n}")
        hands.press("Tab")
        page.locator("[name=expires_on]").nth(n).fill("2031-05-31")
        page.locator("[name=units]").nth(n).focus()
        hands.write(str(10 + n))
    page.locator("[name=witness]").select_option("pharm")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock")
    expect(page.locator(".told")).to_contain_text(str(crew.pharmacy.size() - 1))
    entry = last(crew.pharmacy)
    assert [each["by"] for each in entry["signatures"]] == ["head", "pharm"]
    body = entry["statement"]["body"]
    assert (len(body["lines"]), body["supplier"], body["document_no"]) == (12, "СК-Фармация", "Н-12")
    assert balance(crew.pharmacy, "safe", "trimeperidine", f"{lang}9") == 19


def test_a_pack_that_is_scanned_fills_its_line_and_signs_nothing(page: Page, crew: Crew) -> None:
    hands = crew.come(page, "/stock/delivery", "kk")
    before = crew.pharmacy.size()
    hands.scan(f"01{GTIN}21SERIAL000000A\x1d10LOT7\x1d17310531")
    hands.scan(f"01{GTIN}21SERIAL000000B\x1d10LOT7\x1d17310531")
    hands.scan(f"01{GTIN}21SERIAL000000B\x1d10LOT7\x1d17310531")  # the same pack once more
    expect(page.locator("[data-item]")).to_have_count(1)
    read = [
        page.locator(f"[data-item] [name={name}]").input_value() for name in ("product", "lot", "expires_on", "units")
    ]
    assert read == ["omnopon", "LOT7", "2031-05-31", "20"]
    expect(page.locator("#sign")).to_be_hidden()
    assert crew.pharmacy.size() == before
    page.keyboard.press("F7")
    page.locator("[name=product]").last.select_option("omnopon")
    page.locator("[name=lot]").last.fill("LOT7")
    page.locator("[name=expires_on]").last.fill("2031-05-31")
    page.locator("[name=units]").last.fill("5")
    page.keyboard.press("Tab")
    expect(page.locator("[data-item]")).to_have_count(1)
    expect(page.locator(".merged")).to_contain_text("20 + 5 = 25")
    page.locator("[name='body.supplier']").fill("СК-Фармация")
    page.locator("[name='body.document_no']").fill("13")
    page.locator("[name=witness]").select_option("pharm")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock")
    (line,) = last(crew.pharmacy)["statement"]["body"]["lines"]
    assert (line["units"], line["serials"], line["gtin"]) == (25, ["SERIAL000000A", "SERIAL000000B"], GTIN)
    crew.pharmacy.visit(page, "/stock/move?place=safe")
    hands.scan(f"01{GTIN}21SERIAL000000C\x1d10LOT7\x1d17310531")
    expect(page.locator("#there [data-lot=LOT7] [name=units]")).to_have_value("10")
    expect(page.locator("#there [data-lot=LOT7] [name=units]")).to_be_focused()


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_what_goes_to_a_ward_is_chosen_from_what_lies_there(page: Page, crew: Crew, lang: str) -> None:
    crew.come(page, "/stock/move", lang)
    before = balance(crew.pharmacy, "ward", "morphine", "A")
    page.locator("#from-place").select_option("ward")
    expect(page.locator("#there [data-product=diazepam]")).to_have_count(1)
    page.locator("#there").evaluate("list => list.dataset.place = 'ward'")
    page.locator("#from-place").select_option("safe")
    page.locator("#there:not([data-place]) [data-product=morphine][data-lot=A] [name=units]").fill("3")
    page.locator("[name='body.to_place']").select_option("ward")
    page.locator("[name=witness]").select_option("nurse")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock")
    assert balance(crew.pharmacy, "ward", "morphine", "A") == before + 3


@pytest.mark.parametrize(("lang", "called"), [("kk", "«Фентанил, "), ("ru", "«Фентанил, "), ("en", "«Fentanyl, ")])
def test_what_is_refused_says_so_at_its_line_and_nothing_is_lost(
    page: Page, crew: Crew, lang: str, called: str
) -> None:
    crew.come(page, "/stock/breakage", lang)
    before = crew.pharmacy.size()
    page.locator("[name='body.how']").fill("упала коробка")
    page.locator("[name='body.fragments_kept']").select_option("true")
    units = page.locator("#there [data-product=fentanyl] [name=units]")
    units.first.fill("9999")
    page.locator("[name=witness]").select_option("nurse")
    page.keyboard.press("F9")
    problem = page.locator("main form .problem")
    expect(problem).to_contain_text(f"«{units.first.get_attribute('aria-label')}»")
    expect(problem).to_contain_text(called)
    expect(problem).not_to_contain_text("fentanyl")
    expect(page.locator("main form [aria-invalid=true]")).to_have_count(1)
    expect(units.first).to_have_attribute("aria-invalid", "true")
    assert crew.pharmacy.size() == before
    units.first.fill("1")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock")
    assert last(crew.pharmacy)["statement"]["type"] == "stock.broken"


def test_what_is_sent_has_a_sheet_whose_code_fills_in_where_an_arrival_is_from(
    page: Page, crew: Crew, tmp_path: Path
) -> None:
    hands = crew.come(page, "/stock/send", "kk")
    page.locator("[name='body.to_log']").fill("senim/abai-clinic/1")
    page.locator("[name='body.document_no']").fill("77")
    page.locator("#there [data-product=morphine-tab] [name=units]").first.fill("20")
    page.locator("[name=witness]").select_option("pharm")
    sign(page)
    expect(page).to_have_url(f"{crew.pharmacy.origin}/stock/sent/{crew.pharmacy.size() - 1}")
    entry = last(crew.pharmacy)
    for said in (entry["statement"]["id"], "senim/abai-clinic/1", "77"):
        expect(page.locator("main")).to_contain_text(said)
    page.locator(".qr").screenshot(path=tmp_path / "code.png")
    with Image.open(tmp_path / "code.png") as image:
        (code,) = zxingcpp.read_barcodes(image)
    crew.pharmacy.visit(page, "/stock/arrival")
    hands.scan(code.text)
    sent = entry["statement"]
    for name, value in {"log": sent["log"], "seq": str(entry["seq"]), "id": sent["id"]}.items():
        expect(page.locator(f"[name='body.from_{name}']")).to_have_value(value)
    expect(page.locator("[name='body.document_no']")).to_be_focused()
    expect(page.locator("#sign")).to_be_hidden()
    page.reload()  # what was scanned is a draft as well
    expect(page.locator("[name='body.from_id']")).to_have_value(sent["id"])


def change_language(page: Page, language: str) -> None:
    page.locator("body > header").get_by_role("link", name=language).click()


def test_a_delivery_half_written_goes_along_into_another_language(page: Page, crew: Crew) -> None:
    hands = crew.come(page, "/stock/delivery", "kk")
    hands.write("СК-Фармация")
    hands.press("F7")
    page.locator("[data-item] select").first.select_option("morphine")
    page.locator("[data-item] [name=lot]").nth(1).fill("N2")
    change_language(page, "Русский")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.locator("[name='body.supplier']")).to_have_value("СК-Фармация")
    expect(page.locator("[data-item] select").first).to_have_value("morphine")
    expect(page.locator("[data-item] [name=lot]").nth(1)).to_have_value("N2")
    assert page.evaluate("sessionStorage.length") == 0
    page.locator(".draft").get_by_role("button", name="Отбросить").click()
    expect(page.locator("[name='body.supplier']")).to_have_value("")
