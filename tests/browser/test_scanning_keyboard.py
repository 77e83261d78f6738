"""A scan is a scan whatever the layout and wherever the focus, and no key of it does anything else."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.scanner import Keyboard

GTIN = "04870123456789"
GS = "\x1d"
LABEL = f"01{GTIN}17271231" + f"10aBC-12{GS}21SN0001"
PACK = {"kind": "pack", "gtin": GTIN, "serial": "SN0001", "lot": "aBC-12", "expires_on": "2027-12-31"}
HEAD = f"senim/hospital-7/0\n1204\n{'0f' * 32}\n77"
IIN = "850615100017"

LISTEN = """async () => {
  document.body.innerHTML = `<form><input id="box" value="as it was"><textarea id="note"></textarea>
    <input id="secret" type="password"><select id="reason"><option value="">-</option><option>0 lost</option></select>
    <input id="units" type="number"><button id="sign">Sign</button></form><a id="link" href="#gone">link</a>
    <dialog id="lock"><input id="inside"></dialog>`;
  Object.assign(window, { heard: [], keys: [], used: [], work: 0, answer: undefined });
  document.addEventListener("keydown", ({ key }) => window.keys.push(key));
  document.addEventListener("submit", (event) => { event.preventDefault(); window.used.push("submit"); });
  document.addEventListener("click", ({ target }) => window.used.push(target.id));
  const { listenForScans } = await import("/scanning/keyboard.js");
  listenForScans((thing) => { window.heard.push(thing); return window.answer; });
  addEventListener("keydown", () => { window.work += 1; }, true);
}"""


@pytest.fixture
def paper(page: Page, modules: str) -> Page:
    page.goto(f"{modules}/canonical.js")
    page.evaluate(LISTEN)
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    return page


def heard(page: Page) -> list[Any]:
    """What the page was told, after a while; it forgets it."""
    page.clock.run_for(1_000)
    told: list[Any] = page.evaluate("heard.splice(0)")
    return told


def focus(page: Page, place: str) -> None:
    page.evaluate("document.activeElement.blur()")
    page.locator(place).focus()


def value(page: Page, field: str) -> str:
    return page.locator(field).input_value()


def test_a_pack_is_read_whatever_the_layout_and_wherever_the_focus(paper: Page) -> None:
    nowhere, fields = ("body", "#sign"), ("#note", "#units", "#reason")
    for layout, place in (("en", "body"), ("ru", "#box"), *(("kk", each) for each in (*nowhere, *fields))):
        before = None if place in nowhere else value(paper, place)
        focus(paper, place)
        Keyboard(paper, layout=layout).type(f"{LABEL}\n")
        assert heard(paper) == [PACK], (layout, place)
        assert before is None or value(paper, place) == before, (layout, place)
        reached = paper.evaluate("keys.splice(0)")
        assert len(reached) == (0 if before is None else 7), (layout, place)
        assert paper.evaluate("work") >= len(LABEL)  # who scans is at work: nothing locks
        paper.evaluate("work = 0")
    assert paper.evaluate("used") == []


def test_a_head_of_several_lines_and_an_iin_are_one_scan_each(paper: Page) -> None:
    scanner = Keyboard(paper, layout="kk")
    paper.locator("#box").focus()
    scanner.type(f"{HEAD}\n")
    (read,) = heard(paper)
    assert (read["kind"], read["size"], read["seq"]) == ("head", 1204, 77)
    scanner.type(f"{IIN}\n")
    assert heard(paper) == [{"kind": "iin", "iin": IIN}]
    assert paper.evaluate("used") == []


@pytest.mark.parametrize(
    ("separator", "field"), [("F8", "body"), ("F8", "#box"), ("bracket", "body"), ("F9", "#box"), ("", "#box")]
)
def test_whatever_a_scanner_sends_as_separator_changes_no_person_and_signs_nothing(
    paper: Page, separator: str, field: str
) -> None:
    """The first one comes before anything else, as some scanners send it."""
    scanner = Keyboard(paper, layout="kk")
    focus(paper, field)
    parts = LABEL.split(GS)
    for part in parts if separator in ("", "F9") else ("", *parts):
        scanner.type(part)
        if separator.startswith("F"):
            scanner.press(separator)
        elif separator == "bracket":
            scanner.type(GS)
    scanner.press("Enter")
    unsure = {"kind": "pack", "gtin": GTIN, "expires_on": "2027-12-31", "unsure": True}
    assert heard(paper) == [PACK if separator else unsure]
    assert not {"F8", "F9", "Enter"} & set(paper.evaluate("keys"))
    assert paper.evaluate("used") == []


def test_an_enter_that_comes_late_or_twice_is_still_the_scanner_s(paper: Page) -> None:
    scanner = Keyboard(paper)
    paper.locator("#sign").focus()
    scanner.type(GTIN)
    scanner.wait(300)
    assert paper.evaluate("heard.length") == 1
    scanner.press("Enter")
    scanner.press("Tab")
    assert paper.evaluate("[used, keys]") == [[], []]
    scanner.wait(400)
    scanner.press("Enter")
    assert paper.evaluate("[used, keys]") == [["sign", "submit"], ["Enter"]]


@pytest.mark.parametrize("gap", [31, 55, 200])
def test_what_a_person_types_stays_however_fast(paper: Page, gap: int) -> None:
    person = Keyboard(paper, gap=gap)
    paper.locator("#note").focus()
    person.type(IIN)
    assert value(paper, "#note") == IIN
    paper.locator("#box").focus()
    person.type("+")
    person.press("Enter")
    assert heard(paper) == []
    assert value(paper, "#box") == "+as it was"
    assert "submit" in paper.evaluate("used")


def test_a_few_quick_keys_are_shortcuts_and_come_in_their_order(paper: Page) -> None:
    person = Keyboard(paper, gap=10)
    paper.evaluate("document.activeElement.blur()")
    for keys in ("p", "F8", "2", "F9"):
        person.press(keys) if len(keys) > 1 else person.type(keys)
    paper.clock.run_for(100)
    assert paper.evaluate("keys") == ["p", "F8", "2", "F9"]
    assert heard(paper) == []


def test_a_person_and_a_scanner_in_one_field_are_told_apart(paper: Page) -> None:
    paper.locator("#note").focus()
    person, scanner = Keyboard(paper, gap=90), Keyboard(paper, gap=8)
    person.type("two of ")
    scanner.type(f"{LABEL}\n")
    scanner.wait(600)
    person.type("them")
    assert value(paper, "#note") == "two of them"
    assert heard(paper) == [PACK]


def test_what_the_page_has_no_use_for_is_written_where_it_was_scanned_in_the_right_letters(paper: Page) -> None:
    scanner = Keyboard(paper, layout="kk")
    paper.locator("#note").focus()
    paper.evaluate("answer = false")
    scanner.type("INV-2026/0117\n")
    assert heard(paper) == [{"kind": "text", "text": "INV-2026/0117"}]
    assert value(paper, "#note") == "INV-2026/0117"
    scanner.type(f"{LABEL}\n")
    assert heard(paper) == [PACK]
    assert value(paper, "#note") == "INV-2026/0117"


def test_a_password_that_a_machine_types_is_a_password_and_a_pack_is_none(paper: Page) -> None:
    machine = Keyboard(paper, gap=2)
    paper.locator("#secret").focus()
    machine.type("ak qayin ush butak 9\n")
    assert heard(paper) == []
    assert value(paper, "#secret") == "ak qayin ush butak 9"
    assert "submit" in paper.evaluate("used.splice(0)")
    machine.type(f"01{GTIN}\n")
    assert heard(paper) == [{"kind": "pack", "gtin": GTIN}]
    assert value(paper, "#secret") == "ak qayin ush butak 9"
    assert paper.evaluate("used") == []


def test_a_scan_at_a_dialog_reaches_nothing_behind_it(paper: Page) -> None:
    scanner = Keyboard(paper)
    paper.evaluate("document.querySelector('#lock').showModal()")
    scanner.type(f"{LABEL}\n")
    assert heard(paper) == []
    assert value(paper, "#inside") == ""
    scanner.type("INV-2026/0117\n")
    assert heard(paper) == []
    assert value(paper, "#inside") == "INV-2026/0117"
    assert paper.evaluate("[used, keys.includes('Enter')]") == [[], False]
