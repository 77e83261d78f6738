"""A pharmacy's morning for the counter's journeys, and hands that count what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.pharmacy import Pharmacy, open_pharmacy
from tests.browser.scanner import Keyboard

IIN, IIN_AWAY, IIN_MOTHER = "900101100004", "910502299001", "940101100001"
GTIN = {"mor": "04870000000012", "tab": "04870000000029", "dia": "04870000000036", "fen": "04870000000043"}
_SERIAL = "21SN00000012345"
_LISTED = "schedule=II divisible=false"
_PATIENT = "home_phc_bin=990140000017 indication=malignant_neoplasm icd10=C50"
_COURSE = "starts_on=$yesterday setting=home record_no=1"
_AMPOULES = f"single_dose=10mg route=20066000 frequency=2/d duration_days=10 {_COURSE}"
_TABLETS = f"single_dose=10mg route=20053000 frequency=4/d {_COURSE}"
_BEFORE = "single_dose=10mg route=20053000 frequency=4/d starts_on=$before setting=home record_no=1"
_NIGHT = f"single_dose=10mg route=20066000 frequency=1/d duration_days=10 {_COURSE}"
_PATCH = "single_dose=25ug/h route=20070000 frequency=1/3d duration_days=9 starts_on=$today setting=home record_no=1"
_LAST = "single_dose=20mg route=20066000 frequency=1/d duration_days=1 starts_on=$today setting=home record_no=4"
WORLD = f"""
day $before
07:50 registrar product.listed product=mor inn=morphine atc=N02AA01 form="11201000" strength=10mg {_LISTED}
    unit_of_presentation=ampoule gtins=[gtin={GTIN["mor"]} units=10]
07:51 registrar product.listed product=tab inn=morphine atc=N02AA01 form="10219000" strength=10mg {_LISTED}
    unit_of_presentation=tablet gtins=[gtin={GTIN["tab"]} units=20]
07:52 registrar product.listed product=dia inn=diazepam atc=N05BA01 form="11201000" strength=10mg {_LISTED}
    unit_of_presentation=ampoule gtins=[gtin={GTIN["dia"]} units=10]
07:53 registrar product.listed product=fen inn=fentanyl atc=N02AB03 form="10519000" strength=25ug/h {_LISTED}
    unit_of_presentation=patch gtins=[gtin={GTIN["fen"]} units=5]
08:00 head + pharm stock.opened place=safe lines=[mor OLD 24 expires_on=$soon, mor NEW 60 expires_on=$later,
  tab T 400 expires_on=$later, dia D 6 expires_on=$later, fen F 30 expires_on=$later,
  trimeperidine LAST 1 expires_on=$later]
08:30 doctor patient.registered patient=p1 home_kato=101010000 {_PATIENT}
    identity={{name="Әбілқасым Қожахметов" born_on=1890-01-01 address="Абай 1" iin={IIN}}}
08:31 doctor patient.registered patient=p2 home_kato=103230100 {_PATIENT}
    identity={{name="Мария Петрова" born_on=1891-05-02 address="Абай 2" iin={IIN_AWAY}}}
08:32 doctor patient.registered patient=p3 home_kato=101010000 {_PATIENT}
    identity={{name="Мария Сидорова" born_on=1892-05-02 address="Абай 3" no_iin_reason="no papers"}}
08:33 doctor patient.registered patient=p4 home_kato=101010000 {_PATIENT}
    identity={{name="Гүлнәр Ғабитова" born_on=1893-05-02 address="Абай 4" no_iin_reason="no papers"}}
08:34 doctor patient.registered patient=p5 home_kato=101010000 {_PATIENT}
    identity={{name="Роза Иманова" born_on=1894-01-01 address="Абай 5" iin={IIN_MOTHER}}}
08:35 doctor patient.registered patient=p6 home_kato=101010000 {_PATIENT}
    identity={{name="Тимур Оспанов" born_on=1895-01-01 address="Абай 6" no_iin_reason="no papers"}}
08:40 doctor prescription.issued prescription=rx-sidorova patient=p3 product=tab units=40 {_BEFORE} duration_days=10
08:41 doctor prescription.issued prescription=rx-ospanov patient=p6 product=tab units=80 {_BEFORE} duration_days=20
09:00 pharm dispense.outpatient prescription=rx-sidorova patient=p3 place=safe lots=[T 8] days_supply=2
    collector={{kind=relative name="Айша Сидорова" identity=seen}}
09:01 pharm dispense.outpatient prescription=rx-ospanov patient=p6 place=safe lots=[T 40] days_supply=10
    collector={{kind=patient identity=known}}
day $yesterday
08:40 doctor prescription.issued prescription=rx-kozhakhmetov patient=p1 product=mor units=20 {_AMPOULES}
08:41 doctor prescription.issued prescription=rx-on-the-ward patient=p1 product=mor units=20 {_AMPOULES}
    setting=inpatient
08:42 doctor prescription.issued prescription=rx-petrova patient=p2 product=tab units=60 {_TABLETS} duration_days=15
08:45 doctor prescription.issued prescription=rx-ampoules patient=p5 product=mor units=20 {_AMPOULES}
08:46 doctor prescription.issued prescription=rx-tablets patient=p5 product=tab units=40 {_TABLETS} duration_days=10
08:47 doctor prescription.issued prescription=rx-diazepam patient=p5 product=dia units=10 {_NIGHT}
  → asks: opioid_with_benzodiazepine
  answers opioid_with_benzodiazepine: needed for sleep
08:48 doctor prescription.issued prescription=rx-patches patient=p5 product=fen units=3 {_PATCH}
  → asks: opioid_with_benzodiazepine, dose_jump
  answers opioid_with_benzodiazepine: needed for sleep
  answers dose_jump: pain at night
08:49 doctor prescription.issued prescription=rx-the-only patient=p4 product=trimeperidine units=1 {_LAST}
08:50 doctor prescription.issued prescription=rx-the-other patient=p3 product=trimeperidine units=1 {_LAST}
"""


@contextmanager
def open_counter(folder: Path) -> Iterator[Pharmacy]:
    with open_pharmacy(folder, world=WORLD) as pharmacy:
        yield pharmacy


def pack(product: str) -> str:
    """What a scanner reads from the pack: GTIN and serial number."""
    return f"01{GTIN[product]}{_SERIAL}"


@dataclass
class Hands:
    """Somebody with a scanner; `keys` and `scans` count what they did, `typed` the scanner's own keys.

    The scanner ends what it types with Enter.
    """

    page: Page
    layout: str = "en"
    keys: int = 0
    scans: int = 0
    typed: int = 0
    _scanner: Keyboard = field(init=False)

    def __post_init__(self) -> None:
        self._scanner = Keyboard(self.page, layout=self.layout)

    def scan(self, code: str) -> None:
        """Keys as fast as a scanner's by the page's own clock, which stands still in between."""
        self.scans += 1
        self.typed += len(code) + 1
        self.page.clock.pause_at(self.page.evaluate("Date.now()") / 1000 + 0.7)
        self._scanner.type(f"{code}\n")
        self._scanner.wait(700)  # an Enter that comes sooner is still the scanner's
        self.page.clock.resume()

    def press(self, *keys: str) -> None:
        """Keys as the layout has them; a letter of an American keyboard says which."""
        for key in keys:
            self.keys += 1
            if len(key) == 1:
                self._scanner.type(key)
            else:
                self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.keys += len(text)
        self.page.keyboard.insert_text(text)


def come(pharmacy: Pharmacy, page: Page, lang: str = "en", person: str = "pharm") -> Hands:
    """*person* at the counter, in *lang*; the clock of the page can be stopped."""
    page.clock.install()
    pharmacy.enter(page, person, f"/language/{lang}?to=/counter")
    expect(page.locator("#q")).to_be_focused()
    return Hands(page, layout=lang)
