"""From a register that was opened a moment ago to the day on which the paper journal is closed."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify
from tests.browser.conftest import SCREEN
from tests.browser.effort import Effort
from tests.browser.hands import follow, pick, press, tab_to, write
from tests.browser.pages.office.world import come_back, make_key, open_empty, read_code, sign
from tests.browser.practice import Practice

pytestmark = pytest.mark.slow

HEAD, NURSE = "Ахметова Дәния", "Қасым Меруерт"


def enrol_person(page: Page, username: str, role: str, name: str) -> None:
    write(page, "[name='body.person']", username)
    pick(page, "[name='body.role']", role)
    write(page, "[name='body.name']", name)


def write_line(page: Page, lot: str, expires_on: str, units: str) -> None:
    """The first one, and who counted it too."""
    pick(page, "[name=product]", "morphine-inj-10")
    write(page, "[name=lot]", lot)
    if expires_on:
        write(page, "[name=expires_on]", expires_on)
    write(page, "[name=units]", units)
    pick(page, "[name=witness]", "m.kasym")


def be_at_screen(page: Page, practice: Practice, lang: str) -> None:
    """From the next page on."""
    page.set_viewport_size(SCREEN[lang])
    practice.speak(page, lang)


def states(page: Page) -> list[str]:
    """Of the steps: good, bad or unknown."""
    marks = page.locator(".steps > li:not(#declaration) .state").all()
    return [(mark.get_attribute("class") or "").removeprefix("state ") for mark in marks]


def last(practice: Practice) -> dict[str, object]:
    return dict(practice.entry(practice.size() - 1)["statement"])


def own_rules(folder: Path) -> Path:
    """The practice rule set under another name, with one value that the facility set otherwise."""
    told = json.loads((files("ledger.domain") / "reference" / "practice.rules.json").read_text(encoding="utf-8"))
    told["name"] = "Абай 2026"
    told["values"]["discharge_days_max"][0]["value"] = 7
    path = folder / "abai.rules.json"
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_facility_goes_live_from_the_first_code_to_the_declaration(page: Page, tmp_path: Path) -> None:
    """The registrar at a desk, in Russian; the pharmacist and the nurse on a phone, in Kazakh."""
    with open_empty(tmp_path) as practice:
        effort = Effort(page)
        be_at_screen(page, practice, "ru")
        practice.begin(page, "/enrol", "registrar", practice.code("registrar"), "password")
        make_key(page)  # it waits: nobody is there yet in whose name it could be enrolled
        practice.visit(page, "/office/go-live")
        assert states(page) == ["bad", "bad", "bad", "bad", "unknown", "unknown", "unknown"]

        follow(page, "main a[href='/office/people']")
        enrol_person(page, "d.akhmetova", "head_pharmacist", HEAD)
        page.keyboard.press("F9")
        code = read_code(page)
        assert practice.size() == 6, "three, the head pharmacist, her import key, and the registrar's key that waited"
        be_at_screen(page, practice, "kk")
        practice.begin(page, "/enrol", "d.akhmetova", code, "password")
        make_key(page)

        be_at_screen(page, practice, "ru")
        come_back(page, practice, "Registrar", "/office/people")
        enrol_person(page, "m.kasym", "nurse", NURSE)
        sign(page, "Registrar", HEAD)
        code = read_code(page)
        assert last(practice)["type"] == "person.enrolled"
        assert practice.entry(practice.size() - 1)["via"] == "web"

        practice.visit(page, "/office/places")
        for kind, place, name in (("safe", "safe", "Сейф"), ("custody", "custody", "Хранение")):
            page.keyboard.press("F9")  # means the form that is seen, not the closing of a place, which is shut away
            expect(page.locator("[name='body.kind']")).to_be_focused()
            pick(page, "[name='body.kind']", kind)
            write(page, "[name='body.name']", name)
            write(page, "form[data-type='place.opened'] [name='body.place']", place)
            sign(page, "Registrar")
            expect(page.locator("tbody")).to_contain_text(name)
            expect(page.locator("body[data-ready]")).to_be_attached()
        follow(page, "main a[href='/office/products']")
        follow(page, "a[href*='morphine-inj-10']")
        write(page, "[name=gtin]", "04870000000012")
        write(page, "[name=units]", "10")
        sign(page, "Registrar")
        body = last(practice)["body"]
        assert body == {
            "product": "morphine-inj-10", "inn": "morphine", "atc": "N02AA01", "form": "11201000", "schedule": "II",
            "strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": "ampoule", "divisible": False,
            "gtins": [{"gtin": "04870000000012", "units": 10}],
        }  # fmt: skip

        expect(page.locator("tbody")).to_contain_text("04870000000012")
        expect(page.locator("body[data-ready]")).to_be_attached()
        press(page, "tbody summary")
        write(page, "tbody [name=gtin]", "04870000000029")
        write(page, "tbody [name=units]", "20")
        sign(page, "Registrar")
        expect(page.locator("tbody")).to_contain_text("04870000000029 (20)")
        assert last(practice)["body"] == {
            "product": "morphine-inj-10", "gtins": [{"gtin": "04870000000029", "units": 20}]
        }  # fmt: skip

        path = own_rules(tmp_path)
        practice.visit(page, "/office/rules")
        with page.expect_file_chooser() as chosen:
            press(page, "#files")
        chosen.value.set_files(path)
        press(page, "#lay-out .main")
        page.wait_for_url("**/office/rules/proposed/*")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text("7")
        sign(page, "Registrar", HEAD)
        expect(page.locator(".state.good")).to_be_visible()
        assert practice.house.ledger.rules().sha256 == sha256(path.read_bytes()).hexdigest()
        assert practice.house.ledger.rules().value("discharge_days_max", "2026-03-02") == 7

        be_at_screen(page, practice, "kk")
        practice.begin(page, "/enrol", "m.kasym", code, "password")
        make_key(page)
        come_back(page, practice, HEAD, "/office/go-live/stock")
        write(page, "[name='body.journal_no']", "3")
        write(page, "[name='body.page']", "17")
        write_line(page, "A1", "2030-01-31", "40")
        sign(page, HEAD, NURSE)
        expect(page.locator("tbody")).to_contain_text("A1")
        practice.visit(page, "/office/go-live/custody")
        write(page, "[name='body.seal_no']", "П-1")
        write_line(page, "A0", "", "2")
        sign(page, HEAD, NURSE)

        be_at_screen(page, practice, "ru")
        come_back(page, practice, "Registrar", "/office/go-live")
        assert states(page) == ["good", "good", "good", "good", "unknown", "good", "good"]
        expect(page.locator("[name='=']")).to_have_count(3)
        tab_to(page, "#declaration .main")
        sign(page, "Registrar", HEAD, NURSE)
        expect(page.locator("#declaration .state.good")).to_be_visible()
        closed = practice.entry(practice.size() - 1)
        assert [signature["by"] for signature in closed["signatures"]] == ["registrar", "d.akhmetova", "m.kasym"]
        assert effort.spent().taps == 0

        ledger = practice.house.ledger
        head = sign_head(ledger)
        write_evidence(ledger, head, tmp_path / "evidence", readme="", reports={})
        trust = Trust(key=verifier_key(ledger), genesis=ledger.genesis())
        verdict, _ = verify(open_source(tmp_path / "evidence"), trust=trust, now=datetime.now(UTC))
        assert verdict.verdict == "pass", verdict
        assert verdict.size == practice.size()
