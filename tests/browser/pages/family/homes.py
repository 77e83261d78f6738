"""Homes for these tests: three families after a death, three patients alive."""

from playwright.sync_api import Page, ViewportSize

from tests.browser.pharmacy import Pharmacy

PHONE: ViewportSize = {"width": 390, "height": 844}
_HOME = "home_kato=103230100 home_phc_bin=990140000017 indication=malignant_neoplasm icd10=C34"
_PAPERS = 'no_iin_reason="no papers" address="Абай 1"'
_COURSE = "single_dose=10mg route=20066000 frequency=3/d duration_days=10 setting=home record_no=1"
_NAMES = {
    "p1": "Әбілқасым Қожахметов", "p2": "Мария Петрова", "p3": "Гүлнәр Ғабитова", "p4": "Ержан Ысқақов",
    "p5": "Сәуле Жұмабаева", "p6": "Нұрлан Тілеуов",
}  # fmt: skip


def _patient(n: int, patient: str, name: str) -> str:
    return f"""
08:{30 + n} doctor patient.registered patient={patient} {_HOME}
    identity={{name="{name}" born_on=189{n}-01-01 {_PAPERS}}}
08:{40 + n} doctor prescription.issued prescription=rx-{patient} patient={patient} product=morphine units=30
    starts_on=$before {_COURSE}
10:{n:02} pharm dispense.outpatient prescription=rx-{patient} patient={patient} place=safe lots=[A 30] days_supply=10
    collector={{kind=relative identity=known}}"""


def _sorted(text: str) -> str:
    """Steps by their hour; what is indented belongs to the line above."""
    steps: list[str] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            steps[-1] += "\n" + line
        else:
            steps.append(line)
    return "\n".join(sorted(steps))


WORLD = f"""
day $before
08:00 head + pharm stock.opened place=safe lines=[morphine A 200 expires_on=$later]
{_sorted("".join(_patient(n, patient, name) for n, (patient, name) in enumerate(_NAMES.items())))}
day $yesterday
09:00 feldsher patient.died patient=p1 died_on=$yesterday certificate_no=17
09:10 feldsher relatives.informed patient=p1 relative="Айша" relation=wife order_no=12 order_on=2026-01-10
09:20 feldsher patient.died patient=p2 died_on=$yesterday
09:30 feldsher patient.died patient=p3 died_on=$yesterday
"""


def enter(page: Page, clinic: Pharmacy, person: str, path: str, lang: str) -> None:
    """*person* on a phone, in *lang*."""
    page.set_viewport_size(PHONE)
    clinic.enter(page, person, "/account/sessions")
    page.context.add_cookies([{"name": "lang", "value": lang, "url": clinic.origin}])
    clinic.visit(page, path)
