"""The pain grows, the dose with it, and the patient travels before the old supply is used up: asked once, of each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.effort import Effort
from tests.browser.hands import tab_to, write
from tests.browser.pages.counter.world import GTIN, IIN, IIN_AWAY, Hands, pack
from tests.browser.pages.days.conftest import Open, figures, row, sign
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


def _patient(n: int, lang: str, iin: str) -> str:
    return f"""
08:{30 + n} doctor patient.registered patient=p-{lang} home_kato=101010000 home_phc_bin=990140000017
    indication=malignant_neoplasm icd10=C50
    identity={{name="Тест {lang}" born_on=189{n}-01-01 address="Абай 1" iin={iin}}}
08:{40 + n} doctor prescription.issued prescription=rx-{lang} patient=p-{lang} product=tab units=40 starts_on=$before
    single_dose=10mg route=20053000 frequency=4/d duration_days=10 setting=home record_no=1
09:0{n} pharm dispense.outpatient prescription=rx-{lang} patient=p-{lang} place=safe lots=[T 40] days_supply=10
    collector={{kind=patient identity=known}}"""


PATIENTS = {"kk": IIN, "ru": IIN_AWAY}
_SORTED = sorted("".join(_patient(n, *each) for n, each in enumerate(PATIENTS.items())).split("\n0"))
WORLD = f"""
day $before
07:50 registrar product.listed product=tab inn=morphine atc=N02AA01 form="10219000" strength=10mg schedule=II
    divisible=false unit_of_presentation=tablet gtins=[gtin={GTIN["tab"]} units=20]
08:00 head + pharm stock.opened place=safe lines=[tab T 400 expires_on=$later]
{"".join(f"{chr(10)}0{each}" for each in _SORTED if each.strip())}
"""


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("trip"), world=WORLD) as opened:
        yield opened


@pytest.mark.parametrize("lang", PATIENTS)
def test_a_dose_is_raised_and_the_next_supply_is_fetched_early(screen: Open, pharmacy: Pharmacy, lang: str) -> None:
    page = screen(pharmacy, "doctor", f"/prescribing/p-{lang}", lang, PHONE)
    page.locator(f"#rx-{lang} a[href*='replaces=']").click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.locator("#dose").fill("20")
    expect(page.locator("[name='body.units']")).to_have_value("80")
    page.locator("#new button.main").click()
    page.locator("#new .warnings input").first.wait_for()
    for why in page.locator("#new .warnings input").all():
        why.fill("боль усилилась")
    (course,) = sign(page, pharmacy)
    assert course["body"]["replaces"] == f"rx-{lang}"
    assert [each["code"] for each in course["acknowledged"]] == ["dose_jump"]

    page = screen(pharmacy, "pharm", "/account/key-list", lang)
    page.clock.install()
    pharmacy.visit(page, "/counter")
    hands, effort = Hands(page, layout=lang), Effort(page)
    hands.scan(PATIENTS[lang])
    expect(page.locator(".missing")).to_contain_text(f"rx-{lang}")  # the old course is told, and why it is not supplied
    hands.scan(pack("tab"))
    expect(page.locator(".line:not([data-off]) .units").first).to_be_focused()
    expect(page.locator(".warnings input")).to_have_count(1)
    write(page, ".left-before", "16")
    hands.press("Enter")
    tab_to(page, "#collector, #collector *")
    hands.press("p", "F9")
    expect(page.locator(".warnings input")).to_be_focused()
    hands.write("едет к сестре")
    (supply,) = sign(page, pharmacy)
    assert "early_supply" in {each["code"] for each in supply["acknowledged"]}
    assert supply["body"]["prescription"] == course["body"]["prescription"]
    assert supply["body"]["left_before"] == [{"product": "tab", "units": 16}]
    assert effort.spent().taps == 0

    units = sum(each["units"] for each in supply["body"]["lots"])
    came, went, there = figures(row(page, pharmacy, "tab", "safe", supply["seq"]))
    assert (came, went) == ("", str(units))
    with pharmacy.house.ledger.reading() as reading:
        assert int(there) == sum(left for *_, left in reading.balances(place="safe", product="tab"))
