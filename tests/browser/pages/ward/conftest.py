"""A ward in full swing: inpatients with ampoules, patches and half doses, and phones to stand at their beds with."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREEN, open_page
from tests.browser.pharmacy import WORLD, Pharmacy, open_pharmacy

_WHO = 'home_kato=101010000 home_phc_bin=990140000017 indication=dementia icd10=F03 identity={address="Абай 1"'
_PAPERS = 'no_iin_reason="no papers"'
WARD = (
    WORLD
    + f"""
08:50 head + nurse stock.opened place=ward lines=[midazolam M 10 expires_on=$later, trimeperidine R 6 expires_on=$later]
08:51 head + nurse stock.moved from_place=safe to_place=ward lines=[fentanyl F 8, morphine-tab T 20, morphine A 20]
08:52 doctor patient.registered patient=p4 {_WHO} {_PAPERS} name="Сәуле Ордабаева" born_on=1893-02-03}}
08:53 doctor patient.registered patient=p5 {_WHO} {_PAPERS} name="Иван Шәкіров" born_on=1894-02-03}}
08:54 doctor prescription.issued prescription=rx5 patient=p4 product=fentanyl units=4 starts_on=$before
    single_dose=25ug/h route=20070000 frequency=1/3d duration_days=12 setting=inpatient record_no=17
  → asks: patch_opioid_naive
  answers patch_opioid_naive: morphine until yesterday
08:55 doctor prescription.issued prescription=rx6 patient=p5 product=morphine units=60 starts_on=$before
    single_dose=5mg route=20066000 frequency=6/d duration_days=10 setting=inpatient record_no=18
08:56 doctor prescription.issued prescription=rx7 patient=p2 product=midazolam units=20 starts_on=$before
    single_dose=5mg route=20066000 frequency=4/d? duration_days=10 setting=inpatient record_no=2
  → asks: opioid_with_benzodiazepine
  answers opioid_with_benzodiazepine: agitated at night
10:00 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 9] days_supply=3
    collector={{kind=patient identity=seen}}
day $yesterday
09:00 nurse dose.administered patient=p4 prescription=rx5 place=ward product=fentanyl lots=[F 1] dose=25ug/h
09:10 nurse dose.administered patient=p2 prescription=rx3 place=ward product=morphine lots=[A 1] dose=10mg
09:20 nurse + nurse2 dose.administered patient=p5 prescription=rx6 place=ward product=morphine lots=[A 1] dose=5mg
    residue=5mg residue_fate=wasted
"""
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("ward"), world=WARD) as opened:
        yield opened


@pytest.fixture
def screen(browser: Browser, pharmacy: Pharmacy) -> Iterator[Open]:
    """`screen("nurse", "/ward/doses", "kk", beside="nurse2")`: hers, at which another one signed in today too."""
    with ExitStack() as opened:
        complaints: list[str] = []

        def enter(person: str, path: str, lang: str = "ru", beside: str | None = None) -> Page:
            page = open_page(opened.enter_context(browser.new_context(viewport=SCREEN[lang])), complaints)
            pharmacy.speak(page, lang)
            for each in filter(None, (beside, person)):
                if each not in _entered(pharmacy):  # on a device of their own, so that nobody's session ends
                    with browser.new_context() as own:
                        pharmacy.enter(open_page(own), each)
                    _entered(pharmacy).add(each)
                with page.expect_response("**/api/v1/account/me"):  # by which the device knows their keys
                    pharmacy.enter(page, each, path if each == person else "/account/key-list")
            return page

        yield enter
        assert complaints == []


def _entered(pharmacy: Pharmacy) -> set[str]:
    return _ENTERED.setdefault(pharmacy.origin, set())


_ENTERED: dict[str, set[str]] = {}


def sign(page: Page, pharmacy: Pharmacy, *others: str) -> list[dict[str, Any]]:
    """Read, tap once for each who signs; the statements that were recorded, read back."""
    before = pharmacy.size()
    expect(page.locator("#sign")).to_be_visible()
    for _ in ("one", *others):
        page.locator("#sign .do-sign").click()
    expect(page.locator("#sign")).to_be_hidden()  # what was told before may hold the same number
    expect(page.locator(".told")).to_contain_text(str(before))
    return [pharmacy.entry(seq)["statement"] for seq in range(before, pharmacy.size())]
