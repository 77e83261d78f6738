"""From a hospital home to another district: two registers, and between them a paper that is printed and scanned."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from ledger.service.queries import read_circle
from tests.browser.conftest import PHONE
from tests.browser.effort import Effort
from tests.browser.hands import tab_to, write
from tests.browser.pages.counter.world import IIN_AWAY, WORLD, Hands, pack
from tests.browser.pages.days.conftest import Open, figures, row, sign
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
TABLETS = 'registrar product.listed product=ms10 inn=morphine atc=N02AA01 form="10219000" strength=10mg schedule=II'
CLINIC = f"""
day $before
07:51 {TABLETS} unit_of_presentation=tablet gtins=[] divisible=false
"""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("hospital"), world=WORLD) as opened:
        yield opened


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("clinic"), facility="phc", world=CLINIC) as opened:
        yield opened


def code_of(page: Page, folder: Path) -> str:
    """What a scanner reads from the signed supply note, as it is printed."""
    page.locator("[data-report=dispense]").click()
    link = page.locator(".report a")
    expect(link).to_be_visible()
    (folder / "note.pdf").write_bytes(page.request.get(link.evaluate("link => link.href")).body())
    subprocess.run(["pdftoppm", "-r", "150", "-gray", folder / "note.pdf", folder / "note"], check=True)
    with Image.open(next(folder.glob("note*.pgm"))) as image:
        (code,) = zxingcpp.read_barcodes(image)
    return str(code.text)


def test_a_discharge_is_taken_over_at_home_and_said_back(
    screen: Open, hospital: Pharmacy, clinic: Pharmacy, tmp_path: Path
) -> None:
    page = screen(hospital, "pharm", "/account/key-list", "kk")
    page.clock.install()
    hospital.visit(page, "/counter")
    hands, effort = Hands(page, layout="kk"), Effort(page)
    hands.scan(IIN_AWAY)
    expect(page.locator(".patient h2")).to_be_focused()
    hands.scan(pack("tab"))
    expect(page.locator(".line:not([data-off]) .units").first).to_be_focused()
    hands.press("Enter", "p", "F9")
    expect(page.locator("#f-summary")).to_be_focused()
    hands.write("17/2026")
    (discharge,) = sign(page, hospital)
    assert discharge["type"] == "dispense.discharge"
    expect(page.locator(".card.slip")).to_be_visible()
    spent = effort.spent(scanned=hands.typed)
    assert (hands.scans, spent.keys, spent.taps, spent.fields) == (2, 5, 0, 2)  # the box, and the one form more
    assert figures(row(page, hospital, "tab", "safe", discharge["seq"])) == ["", "40", "312"]
    hospital.visit(page, f"/entries/{discharge['seq']}")
    printed = code_of(page, tmp_path)

    phone = screen(clinic, "feldsher", "/account/key-list", "ru", PHONE)
    phone.clock.install()
    clinic.visit(phone, "/family/takeover")
    phone.locator("a[href='/family/new']").click()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    for name, value in {
        "identity.name": "Мария Петрова", "identity.iin": IIN_AWAY, "identity.born_on": "1891-05-02",
        "identity.address": "Абай 2", "icd10": "C50",
    }.items():  # fmt: skip
        phone.locator(f"[name='body.{name}']").fill(value)
    phone.locator("[name='body.indication']").select_option("malignant_neoplasm")
    (registered,) = sign(phone, clinic)
    expect(phone).to_have_url(f"{clinic.origin}/family/takeover")
    phone.locator("#q").fill("Петрова")
    expect(phone.locator("#found input")).to_be_checked()
    Hands(phone, layout="ru").scan(printed)
    assert {name: phone.locator(f"[name='body.from_{name}']").input_value() for name in ("log", "seq", "id")} == {
        "log": hospital.site.ledger.log, "seq": str(discharge["seq"]), "id": discharge["id"]}  # fmt: skip
    phone.locator("[name='body.days_supply']").fill("10")
    phone.locator("select[name=product]").select_option("ms10")
    phone.locator("[name=lot]").fill("T")
    phone.locator("[name=units]").fill("40")
    (taken,) = sign(phone, clinic)
    assert (taken["type"], taken["body"]["from_id"]) == ("dispense.acknowledged", discharge["id"])
    clinic.visit(phone, f"/family/patient/{registered['body']['patient']}")
    expect(phone.locator(".homes")).to_contain_text("40")

    hospital.visit(page, f"/entries/{discharge['seq']}")
    tab_to(page, f"a[href='/family/heard?no={discharge['seq']}']")
    page.keyboard.press("Enter")
    expect(page.locator("#about strong")).to_be_visible()
    write(page, "[name='body.from_log']", clinic.site.ledger.log)
    write(page, "[name='body.from_seq']", str(taken["seq"]))
    write(page, "[name='body.from_id']", taken["id"])
    (heard,) = sign(page, hospital)
    assert (heard["type"], heard["body"]["about"]) == ("notice.received", discharge["id"])
    with hospital.house.ledger.reading() as reading:
        (home,) = read_circle(reading, patient="p2", today="2026-01-01")
    assert (home["dispensed"], home["handed_over"], home["still_out"]) == (40, 40, 0)
