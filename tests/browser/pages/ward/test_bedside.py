"""The days of a ward, each from the list of doses to the entry read back, with the taps it took."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, SCREEN
from tests.browser.pages.ward.conftest import Open, sign
from tests.browser.pharmacy import Pharmacy

pytestmark = pytest.mark.slow


def card(page: Page, course: str) -> None:
    """From the list to a course at its bedside."""
    page.locator(f'[data-course="{course}"] .otherwise a').click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    expect(page.locator(f"#{course}")).to_be_visible()


def test_a_due_dose_is_one_tap_and_a_signature(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/ward/doses", "kk")
    first = page.locator("article.dose").first
    expect(first).to_contain_text("Иван Шәкіров")  # the most overdue stands first
    page.get_by_role("button", name="10 мг беру").click()
    expect(page.locator("#sign .statements")).to_contain_text("Мария Петрова (p2)")
    (given,) = sign(page, pharmacy)
    assert (given["type"], given["performer"], given["witness"]) == ("dose.administered", "nurse", None)
    assert given["body"] == {
        "patient": "p2", "prescription": "rx3", "place": "ward", "product": "morphine",
        "lots": [{"lot": "A", "units": 1}], "dose": {"value": "10", "unit": "mg"},
    }  # fmt: skip
    expect(page.locator('[data-course="rx3"] .state')).to_have_class("state good")


@pytest.mark.parametrize("lang", SCREEN)
def test_half_an_ampoule_is_poured_away_before_a_second_pair_of_eyes(
    screen: Open, pharmacy: Pharmacy, lang: str
) -> None:
    page = screen("nurse", "/ward/doses", lang, beside="nurse2")
    card(page, "rx6")
    expect(page.locator("#rx6 .left-over")).to_have_text("5 мг")
    page.locator("#rx6").get_by_label({"kk": "Қалдығы", "ru": "Остаток"}[lang]).select_option("wasted")
    page.locator("#rx6").get_by_label({"kk": "Кім көрді", "ru": "Кто это видел"}[lang]).select_option("nurse2")
    page.locator("#rx6 button.main").click()
    (given,) = sign(page, pharmacy, "nurse2")
    assert given["witness"] == "nurse2"
    assert given["body"]["dose"] == given["body"]["residue"] == {"value": "5", "unit": "mg"}
    assert given["body"]["residue_fate"] == "wasted"


def test_two_ampoules_are_opened_for_a_dose_that_one_does_not_hold(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/ward/bedside/p5?place=ward", "ru")
    give = page.locator("#rx6 form.give")
    give.get_by_label("Доза").fill("12,5")
    expect(give.get_by_label("Вскрыто")).to_have_value("2")
    expect(give.locator(".left-over")).to_have_text("7,5 мг")
    give.get_by_label("Остаток").select_option("kept_for_collection")
    give.locator("button.main").click()
    (given,) = sign(page, pharmacy)
    assert given["body"]["lots"] == [{"lot": "A", "units": 2}]
    assert (given["body"]["dose"]["value"], given["body"]["residue"]["value"]) == ("12.5", "7.5")


def test_a_verbal_order_at_three_waits_for_its_physician_who_signs_it_in_one_tap(
    screen: Open, pharmacy: Pharmacy
) -> None:
    page = screen("nurse", "/ward/bedside/p2?place=ward", "ru")
    page.get_by_text("По устному распоряжению").click()
    form = page.locator("form:has(#order)")
    form.get_by_label("Кто распорядился").select_option("doctor")
    form.get_by_label("Препарат и серия").select_option(index=1 + _place_of(page, "trimeperidine"))
    form.locator("button.main").click()
    (given,) = sign(page, pharmacy)
    assert (given["body"]["ordered_by"], given["body"]["product"]) == ("doctor", "trimeperidine")
    assert given["body"]["dose"] == {"value": "20", "unit": "mg"}
    assert "prescription" not in given["body"]
    page = screen("doctor", "/prescribing", "kk")
    order = page.locator("form.entry", has_text="Мария Петрова")
    order.get_by_role("button", name="Қол қою: мен тапсырдым").click()
    (signed,) = sign(page, pharmacy)
    assert (signed["type"], signed["performer"], signed["body"]) == (
        "entry.countersigned",
        "doctor",
        {"id": given["id"]},
    )
    with pharmacy.house.ledger.reading() as reading:
        assert reading.book.find("pending", given["id"], "verbal_order") is None


def _place_of(page: Page, product: str) -> int:
    """Which of the packs is the first one of *product*."""
    return int(page.evaluate(
        """product => [...document.querySelectorAll("form:has(#order) option[data-product]")]
        .findIndex((option) => option.dataset.product === product)""", product))  # fmt: skip


def test_a_dose_without_a_prescription_is_recorded_and_nobody_is_warned(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/ward/bedside/p2?place=ward", "kk")
    page.get_by_text("Ауызша тапсырыспен").click()
    form = page.locator("form:has(#order)")
    form.get_by_label("Кім тапсырды").select_option("-")
    form.get_by_label("Дәрі және серия").select_option(index=1 + _place_of(page, "diazepam"))
    form.locator("button.main").click()
    (given,) = sign(page, pharmacy)
    assert not {"prescription", "ordered_by"} & given["body"].keys()
    assert given["acknowledged"] == []


@pytest.mark.parametrize(
    ("lang", "on", "button"),
    [
        ("kk", "Жапсырылып тұрған пластырь", "Қол қою: жаңа пластырь"),
        ("ru", "Наклеенный", "Подписать: наклеен новый пластырь"),
    ],
)
def test_a_patch_that_fell_off_and_the_new_one_are_one_ceremony(
    screen: Open, pharmacy: Pharmacy, lang: str, on: str, button: str
) -> None:
    page = screen("nurse", "/ward/doses", lang)
    card(page, "rx5")
    page.get_by_label(on).select_option("fell_off")
    page.get_by_role("button", name=button).click()
    off, put_on = sign(page, pharmacy)
    assert (off["type"], off["body"]["reason"]) == ("patch.removed", "fell_off")
    assert (put_on["type"], put_on["body"]["dose"]) == ("dose.administered", {"value": "25", "unit": "ug/h"})
    assert put_on["body"]["lots"] == [{"lot": "F", "units": 1}]
    expect(page.locator('[data-course="rx5"] .state')).to_have_class("state good")  # due in three days again


def test_a_dose_at_home_comes_out_of_what_was_supplied_to_the_patient(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("feldsher", "/ward/doses?place=home", "kk")
    page.get_by_label("аты-жөні").fill("кожахмет")  # Қожахметов
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Әбілқасым Қожахметов").click()
    page.get_by_role("button", name="Үйге бару").click()  # a hospital's people are at no home: they say why
    expect(page.locator("#rx1 [data-pack]")).to_contain_text("мұнда 9")
    page.locator("#rx1 form.give button.main").click()
    (given,) = sign(page, pharmacy)
    assert (given["performer"], given["body"]["home"], given["body"]["lots"]) == (
        "feldsher", True, [{"lot": "A", "units": 1}])  # fmt: skip
    assert "place" not in given["body"]


def test_a_dose_that_was_not_wanted_is_written_down_with_its_hour(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/ward/doses", "kk")
    card(page, "rx3")
    page.locator("#rx3").get_by_text("Берілмеді", exact=True).click()
    page.locator("#rx3").get_by_label("Себебі").select_option("asleep")
    page.get_by_role("button", name="Қол қою: берілмеді").click()
    (told,) = sign(page, pharmacy)
    assert (told["type"], told["body"]["reason"]) == ("dose.not_given", "asleep")
    assert told["body"]["prescription"] == "rx3"


def test_a_syringe_driver_is_changed_in_one_ceremony(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/ward/bedside/p2?place=ward", "ru", beside="nurse2")
    page.get_by_text("Запустить шприцевой дозатор").click()
    form = page.locator('form[data-type="infusion.started"]')
    _fill_syringe(form, 0, "morphine", "30")
    form.get_by_role("button", name="Ещё один препарат").click()
    _fill_syringe(form, 1, "midazolam", "10")
    form.locator("button.main").click()
    (started,) = sign(page, pharmacy)
    assert [(each["product"], each["dose"]["value"], each["lots"]) for each in started["body"]["contents"]] == [
        ("morphine", "30", [{"lot": "A", "units": 3}]), ("midazolam", "10", [{"lot": "M", "units": 2}]),
    ]  # fmt: skip
    assert (started["body"]["hours"], started["body"]["prescription"]) == (24, "rx3")
    page.set_viewport_size(PHONE)
    pharmacy.speak(page, "kk")  # the other nurse's language, who changes it
    pharmacy.visit(page, "/ward/doses")
    page.locator("section", has_text="Қосылып тұрған шприцті дозаторлар").get_by_role("link").click()
    driver = page.locator(f"#{started['body']['infusion']}")
    driver.get_by_label("Қанша бөлігі енгізілді").select_option("0.5")
    driver.get_by_label("Қалдық не болды").select_option("true")
    driver.get_by_label("Кім көрді").select_option("nurse2")
    driver.get_by_label("Содан кейін").select_option("new")
    expect(driver.locator("fieldset [data-units]").first).to_have_value("3")
    driver.locator("button.main").click()
    stopped, again = sign(page, pharmacy, "nurse2")
    assert stopped["body"] == {"infusion": started["body"]["infusion"], "given_part": "0.5", "discarded": True}
    assert (stopped["witness"], again["witness"]) == ("nurse2", None)
    assert again["body"]["infusion"] != started["body"]["infusion"]
    assert [each["dose"]["value"] for each in again["body"]["contents"]] == ["30", "10"]


def _fill_syringe(form: Locator, n: int, product: str, dose: str) -> None:
    line = form.locator("[data-item]").nth(n)
    line.locator("[data-pack]").evaluate(
        """(select, product) => {
          select.selectedIndex = [...select.options].findIndex((option) => option.dataset.product === product);
          select.dispatchEvent(new Event("change", { bubbles: true }));
        }""", product)  # fmt: skip
    line.locator('[name="dose"]').fill(dose)
