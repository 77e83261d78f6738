"""What two people count: a shift of twelve products by keystrokes, and the empties that the pharmacist counts blind."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREEN
from tests.browser.effort import Effort, Spent
from tests.browser.pages.ward.conftest import WARD, Open, sign
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow

_MORE = {"tramadol": "100mg", "ketamine": "50mg", "oxycodone": "5mg", "nalbuphine": "10mg", "methadone": "5mg",
         "tapentadol": "50mg"}  # fmt: skip
TWELVE = WARD.replace("day $yesterday", "\n".join(
    f"""09:2{n} registrar product.listed product={inn} inn={inn} form="11201000" strength={strength} schedule=II
    unit_of_presentation=ampoule gtins=[] divisible=false
09:3{n} head + nurse stock.opened place=ward lines=[{inn} Q 12 expires_on=$later]"""
    for n, (inn, strength) in enumerate(_MORE.items())
) + "\nday $yesterday")  # fmt: skip


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("counts"), world=TWELVE) as opened:
        yield opened


@pytest.mark.parametrize("lang", SCREEN)
def test_a_shift_of_twelve_products_is_handed_over_with_keys_alone(screen: Open, pharmacy: Pharmacy, lang: str) -> None:
    """2 to 3 keys a product, 2 for the second person, one to sign and one for each of the two: 45, no mouse."""
    page = screen("nurse", "/ward/handover?place=ward", lang, beside="nurse2")
    second = page.get_by_label({"kk": "Кім көрді", "ru": "Кто это видел"}[lang])
    fields = page.locator('[name="units"]')
    expect(fields).to_have_count(12)
    assert "28" not in page.locator("form.count").inner_text()  # the book is not told to who counts
    keys = 0
    with pharmacy.house.ledger.reading() as reading:
        book: dict[str, int] = {}
        for _, product, _, units in reading.balances(place="ward"):
            book[product] = book.get(product, 0) + units
    expect(fields.first).to_be_focused()
    for product in page.locator('form.count [name="product"]').evaluate_all("them => them.map(({ value }) => value)"):
        counted = str(book[product] - (product == "morphine"))  # one ampoule is not there
        page.keyboard.type(counted)
        page.keyboard.press("Enter")
        keys += len(counted) + 1
    expect(second).to_be_focused()
    second.press_sequentially("nurse2"[:6])
    page.keyboard.press("F9")
    expect(page.locator("#sign")).to_be_visible()
    before = pharmacy.size()
    signatory, said = page.locator("#sign .signatory"), ""
    for _ in range(2):
        expect(signatory).not_to_have_text(said)
        said = signatory.inner_text()
        page.keyboard.press("F9")
    keys += 6 + 1 + 2
    told = {"kk": f"№ {before} жазба: не саналды", "ru": f"Запись № {before}: что сосчитано"}[lang]
    expect(page.locator("main")).to_contain_text(told)
    assert keys <= 50
    said = pharmacy.entry(before)["statement"]
    assert (said["type"], said["performer"], said["witness"]) == ("stock.counted", "nurse", "nurse2")
    assert (said["body"]["purpose"], said["body"]["blind"], len(said["body"]["lines"])) == ("shift", True, 12)
    differing = page.locator("tr:has(.state.bad)")
    expect(differing).to_have_count(1)
    expect(differing).to_contain_text({"kk": "Морфин, инъекцияға", "ru": "Морфин, раствор"}[lang])
    expect(differing).to_contain_text("−1 ампула")


def test_empties_are_counted_blind_by_the_pharmacist_and_witnessed_by_the_nurse(
    screen: Open, pharmacy: Pharmacy
) -> None:
    page = screen("nurse", "/ward/empties?place=ward", "kk")
    expected = page.locator("tbody tr")
    expect(expected).to_have_count(1)  # the nurse sees what she should hand in
    expect(expected.locator("td").nth(2)).to_have_text("2")
    page = screen("pharm", "/ward/empties?place=ward", "kk", beside="nurse")
    effort = Effort(page)
    expect(page.locator("tbody")).to_have_count(0)  # who counts sees no figure
    page.get_by_label("Бос", exact=True).fill("2")
    page.get_by_label("Жартылай пайдаланылған").fill("1")
    page.get_by_label("Пломба нөмірі").fill("E-1")
    page.get_by_label("Тапсырған").select_option("nurse")
    page.locator("form.count button.main").click()
    expect(page.locator("#sign")).to_be_visible()
    assert effort.spent().screens == 0
    (said,) = sign(page, pharmacy, "nurse")
    assert (said["type"], said["performer"], said["witness"]) == ("empties.collected", "pharm", "nurse")
    assert said["body"]["lines"] == [{"product": "morphine", "lot": "A", "empty": 2, "partial": 1}]
    assert (said["body"]["seal_no"], said["body"]["to_place"]) == ("E-1", "custody")
    expect(page.locator(".state.bad")).to_contain_text("+1")  # one more than was opened: a discrepancy
    with pharmacy.house.ledger.reading() as reading:
        assert reading.book.find("discrepancy", f"{said['id']}:0").open
        assert list(reading.empties_due()) == [("ward", "morphine", "A", -1)]


@pytest.mark.parametrize("lang", SCREEN)
def test_a_dose_history_asks_why_and_then_explains_each_figure(screen: Open, pharmacy: Pharmacy, lang: str) -> None:
    page = screen("nurse", "/ward/doses", lang)
    effort, main = Effort(page), page.locator("main")
    page.locator("#q").fill("ордабаева")
    page.keyboard.press("Enter")
    page.locator("#hits a[href='/patients/p4/doses']").click()
    expect(page.locator(".choices")).to_be_visible()
    expect(main).not_to_contain_text("Сәуле")  # nothing of the patient before the reason
    page.locator(".choices button").first.click()
    expect(page.locator("h1")).to_have_text("Сәуле Ордабаева")
    assert effort.spent() == Spent(keys=1, taps=2, fields=1, screens=1)  # one field, whom it found, one reason
    expect(main).to_contain_text({"kk": "теріге, 25 мкг/сағ", "ru": "25 мкг/ч"}[lang])
    daily = page.locator(".figures > div").nth(1)
    expect(daily.locator("dd")).to_contain_text("60")
    daily.locator("summary").click()
    expect(daily).to_contain_text("× 2.4")
    expect(daily).to_contain_text({"kk": "Ережелер жинағы", "ru": "Набор правил"}[lang])
    expect(page.locator(".chart svg:visible")).to_have_count(1)
    (seen,) = pharmacy.site.access.read(patients=["p4"], limit=1)
    assert (seen.person, seen.detail, seen.reason) == ("nurse", "doses", "care now")
    with page.expect_response("**/api/v1/reports/dose-history") as issued:
        page.locator("#report button").click()
    assert issued.value.status == 201
    looks = pharmacy.site.access.read(patients=["p4"], limit=5)
    assert ("read", "report dose-history", "care now") in [(row.kind, row.detail, row.reason) for row in looks]
