"""A scanner at the bedside and at a count: it says who and what, fills in, and never signs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages.counter.world import IIN, IIN_AWAY, Hands
from tests.browser.pages.ward.conftest import WARD, Open, sign
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
GTIN, OTHER = "04870000000012", "04870000000029"
_WHO = 'home_kato=101010000 home_phc_bin=990140000017 indication=dementia icd10=F03 identity={address="Абай 1"'
_LISTED = 'atc=N02AA01 form="11201000" strength=10mg schedule=II divisible=false unit_of_presentation=ampoule'
SCANNED = WARD.replace("day $yesterday", f"""
10:01 registrar product.listed product=omnopon inn=omnopon {_LISTED} gtins=[gtin={GTIN} units=10]
10:02 registrar product.listed product=ketamine inn=ketamine {_LISTED} gtins=[gtin={OTHER} units=5]
10:03 head + nurse stock.opened place=ward lines=[omnopon A1 8 expires_on=$soon, omnopon B1 8 expires_on=$later,
  ketamine K 4 expires_on=$later]
10:04 doctor patient.registered patient=p6 {_WHO} iin={IIN} name="Асқар Тестов" born_on=1890-01-01}}
10:05 doctor patient.registered patient=p7 {_WHO} iin={IIN_AWAY} name="Майра Тестова" born_on=1891-05-02}}
10:06 doctor prescription.issued prescription=rx8 patient=p6 product=omnopon units=40 starts_on=$before
    single_dose=10mg route=20066000 frequency=4/d duration_days=10 setting=inpatient record_no=19
day $yesterday
09:05 nurse dose.administered patient=p6 prescription=rx8 place=ward product=omnopon lots=[A1 1] dose=10mg
""")  # fmt: skip


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("scanned"), world=SCANNED) as opened:
        yield opened


def scanner(page: Page, pharmacy: Pharmacy, path: str, lang: str) -> Hands:
    page.clock.install()
    pharmacy.visit(page, path)
    return Hands(page, layout=lang)


def code(gtin: str, lot: str | None = None) -> str:
    return f"01{gtin}" + (f"10{lot}\x1d" if lot else "") + "21SERIAL0000001"


def test_a_wristband_and_a_pack_make_the_dose_and_one_key_signs_it(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/account/key-list", "kk")
    hands, before = scanner(page, pharmacy, "/ward/doses?place=ward", "kk"), pharmacy.size()
    told = page.locator(".scanned")
    hands.scan(code(GTIN, "B1"))
    expect(told).to_contain_text("Алдымен пациент")
    hands.scan(IIN)
    expect(page.locator("h1")).to_have_text("Асқар Тестов")
    expect(page.locator("body[data-ready]")).to_be_attached()
    hands.scan(code(GTIN, "C1"))
    expect(told).to_contain_text("C1 сериясы мұнда жоқ")
    hands.scan(code(GTIN, "B1"))
    expect(told).to_contain_text("Таңдалды:")
    expect(page.locator("#rx8 [data-pack]")).to_have_value("B1")
    page.route("**/htmx.min.js", lambda route: route.abort(), times=1)
    hands.scan(IIN_AWAY)
    expect(told).to_contain_text("желіні тексеріп")
    hands.scan(IIN_AWAY)
    expect(page.locator("#hits .state.bad")).to_be_visible()
    expect(told).to_be_empty()
    hands.scan(IIN)
    expect(page.locator("#hits .state.good")).to_be_visible()
    expect(page.locator("#sign")).to_be_hidden()
    assert pharmacy.size() == before  # five times the scanner pressed Enter
    hands.scan(code(GTIN))  # no lot in it: what was chosen stays
    expect(told).to_contain_text("Кодта серия жоқ")
    expect(page.locator("#rx8 [data-pack]")).to_be_focused()
    page.keyboard.press("F9")
    (given,) = sign(page, pharmacy)
    assert (given["body"]["patient"], given["body"]["prescription"]) == ("p6", "rx8")
    assert given["body"]["lots"] == [{"lot": "B1", "units": 1}]


def test_a_pack_of_no_course_is_told_and_the_id_on_a_wristband_is_enough(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("nurse", "/account/key-list", "ru", beside="nurse2")
    hands = scanner(page, pharmacy, "/ward/bedside/p6?place=ward", "ru")
    hands.scan(code(OTHER, "K"))
    expect(page.locator(".scanned")).to_contain_text("Ни в одном назначении")
    expect(page.locator("details[open] #pack-other")).to_have_value("K")
    page.get_by_text("Запустить шприцевой дозатор").click()
    page.locator("form[data-type='infusion.started'] [data-pack]").first.focus()
    for gtin, lot in ((GTIN, "A1"), (OTHER, "K")):  # a further line for the second drug
        hands.scan(code(gtin, lot))
    expect(page.locator("form[data-type='infusion.started'] [data-pack]")).to_have_count(2)
    page.locator("form[data-type='infusion.started'] button.main").click()
    (started,) = sign(page, pharmacy)
    assert [(each["product"], each["lots"]) for each in started["body"]["contents"]] == [
        ("omnopon", [{"lot": "A1", "units": 1}]), ("ketamine", [{"lot": "K", "units": 1}])]  # fmt: skip

    pharmacy.visit(page, "/ward/broken?place=ward")
    hands.scan(code(GTIN, "B1"))
    expect(page.locator("#pack")).to_have_value("B1")
    page.locator("#how").fill("упала")
    page.locator("[name=witness]").select_option("nurse2")
    page.keyboard.press("F9")
    (broken,) = sign(page, pharmacy, "nurse2")
    assert broken["body"]["lines"] == [{"product": "omnopon", "lot": "B1", "units": 1}]

    pharmacy.visit(page, "/ward/handover?place=ward")
    hands.scan(code(OTHER))
    expect(page.locator("[data-item]:has([value=ketamine]) [name=units]")).to_be_focused()
    answer = page.request.post(f"{pharmacy.origin}/ward/find", form={"q": "p7", "place": "ward"},
                               headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert "Майра Тестова" in answer.text()


def test_empties_are_found_by_their_box_and_a_lot_that_was_not_expected_gets_a_line(
    screen: Open, pharmacy: Pharmacy
) -> None:
    page = screen("pharm", "/account/key-list", "kk", beside="nurse")
    hands = scanner(page, pharmacy, "/ward/empties?place=ward", "kk")
    hands.scan(code(GTIN, "A1"))
    expect(page.locator("[data-item]:has([value=A1]) [name=empty]")).to_be_focused()
    page.keyboard.insert_text("2")
    expected = page.locator("[name=empty]").count()
    hands.scan(code(OTHER, "K9"))  # which nobody expected: it gets a line
    expect(page.locator("[data-item] [name=empty]")).to_have_count(expected + 1)
    expect(page.locator("[data-item] [name=empty]").last).to_be_focused()
    expect(page.locator("[data-item] [name=lot]").last).to_have_value("K9")
    page.locator(".drop-row").click()
    for empty in page.locator("[name=empty]").all():
        if not empty.input_value():
            empty.fill("1")
    page.locator("[name='body.seal_no']").fill("E-9")
    page.locator("[name=witness]").select_option("nurse")
    expect(page.locator("#sign")).to_be_hidden()
    page.keyboard.press("F9")
    (said,) = sign(page, pharmacy, "nurse")
    lines = {(each["product"], each["lot"]): each["empty"] for each in said["body"]["lines"]}
    assert lines["omnopon", "A1"] == 2
