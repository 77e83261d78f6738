"""Somebody who was never here, with a paper from elsewhere: registered, supplied, corrected, found, and taken back."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.effort import Effort
from tests.browser.hands import pick, press, tab_to, write
from tests.browser.pages.counter.test_supplying import last, picture, sign
from tests.browser.pages.counter.world import Hands, come, open_counter
from tests.browser.pharmacy import Pharmacy

pytestmark = pytest.mark.slow
WRONG, RIGHT = "950101100004", "950101100003"


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_counter(tmp_path_factory.mktemp("registering")) as opened:
        yield opened


def fill(page: Page, **values: str) -> None:
    """In the order of the form: who goes on with Tab never turns back."""
    for name, value in values.items():
        field = f"[name='body.{name.replace('__', '.')}']"
        (pick if tab_to(page, field).evaluate("field => field.localName") == "select" else write)(page, field, value)


def sign_ready(hands: Hands, pharmacy: Pharmacy, size: int) -> None:
    sign(hands)
    expect(hands.page).to_have_url(f"{pharmacy.origin}/counter?entry={size}")
    expect(hands.page.locator("body[data-ready]")).to_be_attached()


def test_a_new_patient_with_a_paper_prescription_is_corrected_and_found(page: Page, pharmacy: Pharmacy) -> None:
    hands, size, effort = come(pharmacy, page, "ru"), pharmacy.size(), Effort(page)
    hands.write("Ботагөз")
    hands.press("Enter")
    expect(page.locator("#card button")).to_be_visible()
    press(page, "#card button")
    expect(page.locator("[name='body.identity.name']")).to_be_focused()
    expect(page.locator("[name='body.identity.name']")).to_have_value("Ботагөз")
    fill(page, identity__name="Ботагоз Ахметова", identity__iin=WRONG, identity__address="Абай 9",
         home_kato="101010000", home_phc_bin="990140000017", indication="malignant_neoplasm", icd10="C50")  # fmt: skip
    expect(page.locator("#card .problem")).to_contain_text("ИИН")
    picture(page, "new-patient")
    fill(page, identity__iin=RIGHT, identity__no_iin_reason="")
    expect(page.locator("[name='body.identity.born_on']")).to_have_value("1895-01-01")
    sign_ready(hands, pharmacy, size)
    expect(page.locator(".patient h2")).to_have_text("Ботагоз Ахметова")
    expect(page.locator("#card .notice")).to_contain_text("Нет курса")

    page.set_viewport_size(PHONE)
    pharmacy.visit(page, f"/language/kk?to={quote(f'/counter?entry={size}')}")
    press(page, "#card [hx-post='/counter/paper']")
    expect(page.locator("[name='body.issued_by.name']")).to_be_focused()
    today = page.locator("[name='body.starts_on']").input_value()
    page.locator("[name='body.product']").select_option("fen")
    expect(page.locator("[name='body.single_dose.unit']")).to_have_value("ug/h")
    expect(page.locator("[name='body.route']")).to_have_value("20070000")
    page.locator("[name='body.product']").select_option("")
    fill(page, issued_by__name="Сәуле Ким", issued_by__organisation="Поликлиника 3", issued_on=today,
         record_no="7", product="tab", single_dose__value="10", route="20053000",
         frequency='{"period": 1, "period_unit": "d", "times": 2}', duration_days="10", units="200")  # fmt: skip
    hands.press("F9")
    expect(page.locator(".warnings [data-code='units_differ_from_course']")).to_be_visible()
    fill(page, units="20")  # what is corrected owes no answer to the warning that it had
    picture(page, "paper")
    sign_ready(hands, pharmacy, size + 1)
    expect(page.locator(".line")).to_contain_text("қағаздан")

    press(page, "#card [hx-post='/counter/correct']")
    expect(page.locator("[name='body.identity.name']")).to_be_focused()
    fill(page, identity__name="Ботагөз Ахметова", reason="по удостоверению")
    picture(page, "correct")
    sign_ready(hands, pharmacy, size + 2)
    expect(page.locator(".patient h2")).to_have_text("Ботагөз Ахметова")
    assert last(pharmacy)["type"] == "patient.corrected"

    pharmacy.visit(page, "/language/ru?to=/search")
    looked = (("ахметова", "Ботагөз"), ("T", "352"), (str(size), f"запись {size}"), ("zzz", "ничего не нашлось"))
    for asked, found in looked:
        write(page, "#q", asked)
        page.keyboard.press("Enter")
        expect(page.locator("#found")).to_contain_text(found)
    picture(page, "search")
    assert effort.spent().taps == 0


def test_what_rests_on_an_entry_is_offered_to_be_mended_first(page: Page, pharmacy: Pharmacy) -> None:
    hands, size = come(pharmacy, page, "kk"), pharmacy.size()
    registered = size - 3
    pharmacy.visit(page, f"/entries/{registered}")
    page.locator("[name='body.reason'][value=duplicate]").check()
    page.locator("[name='body.note']").fill("екі рет")
    page.locator("[name='body.packs']").first.dispatch_event("change")
    chain = page.locator("#chain a")
    expect(chain).to_have_count(2)  # the correction and the prescription, the last first
    picture(page, "chain")
    for left in (2, 1):
        expect(chain).to_have_count(left)
        chain.first.click()
        expect(page.locator("body[data-ready]")).to_be_attached()
        page.locator("[name='body.reason'][value=duplicate]").check()
        page.locator("[name='body.note']").fill("екі рет")
        sign(hands)
        expect(page).to_have_url(f"{pharmacy.origin}/entries/{registered}")
        expect(page.locator("body[data-ready]")).to_be_attached()
        page.locator("[name='body.packs']").first.dispatch_event("change")
    expect(page.locator("#chain a")).to_have_count(0)
    page.locator("[name='body.reason'][value=duplicate]").check()
    page.locator("[name='body.note']").fill("екі рет")
    sign(hands)
    expect(page.locator(".state.bad")).to_contain_text(str(size + 2))
    assert pharmacy.size() == size + 3
