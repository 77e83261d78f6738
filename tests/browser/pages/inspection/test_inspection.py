"""An inspection from arrival to the signed protocol, at a real browser, in two languages."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ledger.log.canonical import from_bytes
from ledger.log.merkle import read_root
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify
from tests.browser.conftest import PHONE, SCREEN, open_page
from tests.browser.effort import Effort
from tests.browser.hands import follow, pick, press, tab_to, write
from tests.browser.pages.days.conftest import sign
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
SCREENS = os.environ.get("SENIM_SCREENS")


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("pharmacy")) as opened:
        yield opened


def enter(page: Page, pharmacy: Pharmacy, person: str, path: str, lang: str = "en") -> None:
    pharmacy.enter(page, person, f"/language/{lang}?to={path}")
    expect(page.locator("html")).to_have_attribute("lang", lang)


def shoot(page: Page, name: str) -> None:
    """A picture of the screen, where somebody wants to look at it."""
    if SCREENS:
        page.screenshot(path=str(Path(SCREENS) / f"inspection-{name}.png"), full_page=True)


@pytest.mark.parametrize("lang", SCREEN)
def test_an_inspection_goes_from_arrival_to_the_signed_protocol(
    browser: Browser, page: Page, pharmacy: Pharmacy, lang: str
) -> None:
    page.set_viewport_size(SCREEN[lang])
    enter(page, pharmacy, "inspector", "/inspection/visit", lang)
    effort = Effort(page)
    write(page, "[name='body.scope']", "бірінші тоқсан")
    write(page, "[name='body.document_no']", "I-3")
    (opened,) = sign(page, pharmacy)
    assert (opened["type"], opened["body"]["document_no"]) == ("inspection.opened", "I-3")

    follow(page, "main a[href='/inspection']")
    before = effort.spent()
    press(page, "#screen button")
    expect(page.locator("[data-sentence=whole] .state.good")).to_be_visible(timeout=20_000)
    for name in ("signatures", "numbers", "balance", "rules", "time", "circle", "access"):
        expect(page.locator(f"[data-sentence={name}] .state")).to_have_class("state good")
    expect(page.locator("#screen")).to_be_focused()
    shoot(page, f"overview-{lang}")
    with pharmacy.house.ledger.reading() as reading:
        known, root = reading.head.size, reading.head.frontier.root().hex()
    write(page, "#head-size", str(known))
    write(page, "#head-root", root)
    page.keyboard.press("Enter")
    expect(page.locator("#compared .state.good").first).to_be_visible()
    pick(page, "[name=product]", "morphine")
    write(page, "[name=units]", "89")
    page.keyboard.press("Enter")
    expect(page.locator("#book .state.bad")).to_be_visible()
    shoot(page, f"book-{lang}")
    press(page, "#evidence button")
    expect(page.locator("#evidence-sha256")).to_be_visible(timeout=20_000)
    expect(page.locator("#evidence")).to_be_focused()
    assert effort.spent().screens == before.screens, "sentences, printed head, count and evidence are one screen"
    (finding,) = sign(page, pharmacy)
    assert finding["type"] == "inspection.noted"

    with browser.new_context() as context:
        other = open_page(context)
        enter(other, pharmacy, "head", "/inspection/visit", lang)
        write(other, "[name='body.text']", "разбито 9 марта, запись сделана")
        shoot(other, f"answer-{lang}")
        (answered,) = sign(other, pharmacy)
    assert (answered["type"], answered["body"]["note"]) == ("inspection.answered", finding["id"])

    pharmacy.visit(page, "/inspection/visit")
    expect(page.locator(".answer")).to_be_visible()
    shoot(page, f"visit-{lang}")
    press(page, "#make-protocol")
    expect(page.locator("#protocol-sha256")).not_to_have_value("", timeout=20_000)
    tab_to(page, "#closing .main")
    (closed,) = sign(page, pharmacy)
    assert effort.spent().taps == 0
    expect(page.locator("a[href^='/inspection/visit/']").first).to_be_visible()
    with pharmacy.house.ledger.reading() as reading:
        (issued,) = reading.rows(type="report.issued", last=1)
        assert reading.book.find("inspection") is None
    assert closed["body"]["protocol_sha256"] == from_bytes(issued.data)["statement"]["body"]["sha256"]


def test_a_printed_head_is_equal_older_or_not_of_this_register(page: Page, pharmacy: Pharmacy) -> None:
    enter(page, pharmacy, "inspector", "/inspection")
    with pharmacy.house.ledger.reading() as reading:
        size = reading.head.size
        roots = {each: read_root(each, reading.node).hex() for each in (size - 5, size)}

    def compare(entries: str, root: str) -> str:
        page.locator("#head-size").fill(entries)
        page.locator("#head-root").fill(root)
        with page.expect_response("**/inspection/head"):
            page.keyboard.press("Enter")
        expect(page.locator("#compared .state").first).to_be_visible()
        return page.locator("#compared").inner_text()

    grouped = " ".join(roots[size][n : n + 8] for n in range(0, 64, 8)).upper()
    assert "Equal" in compare(f"{size}", grouped)
    assert "Older, and the same register" in compare(f" {size - 5} ", roots[size - 5])
    wrong = roots[size][:-1] + ("0" if roots[size][-1] != "0" else "1")
    assert "Not in this register" in compare(str(size), wrong)
    assert page.locator("#compared tbody .state.bad").count() == 1, "one group of eight differs"
    shoot(page, "head")
    assert "Not in this register" in compare(str(size + 7), roots[size])


def test_the_evidence_that_is_saved_passes_the_verifier(page: Page, pharmacy: Pharmacy, tmp_path: Path) -> None:
    enter(page, pharmacy, "inspector", "/inspection")
    page.locator("#evidence button").click()
    expect(page.locator("#evidence")).to_be_focused(timeout=20_000)  # until then what was taken before is shown
    expect(page.locator("#evidence-sha256")).to_be_visible()
    shoot(page, "evidence")
    with page.expect_download() as downloading:
        page.locator("#evidence-zip").click()
    saved = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(saved)
    assert sha256(saved.read_bytes()).hexdigest() == page.locator("#evidence-sha256").inner_text()
    ledger = pharmacy.house.ledger
    trust = Trust(key=verifier_key(ledger), genesis=ledger.genesis())
    verdict, _ = verify(open_source(saved), trust=trust, now=datetime.now(UTC))
    assert verdict.verdict == "pass"
    assert verdict.size == sign_head(ledger).size
    assert "Қожахметов".encode() not in saved.read_bytes()


def test_names_are_shown_to_who_says_why_and_it_is_noted(page: Page, pharmacy: Pharmacy) -> None:
    page.set_viewport_size(PHONE)
    enter(page, pharmacy, "inspector", "/inspection/rows/warnings")
    expect(page.locator("#rows")).to_contain_text("p3")
    expect(page.locator("#rows")).not_to_contain_text("Ғабитова")
    page.locator("#reason").fill("complaint 17")
    page.keyboard.press("Enter")
    expect(page.locator("#rows")).to_contain_text("Ғабитова")
    shoot(page, "warnings")
    assert any(row.reason == "complaint 17" for row in pharmacy.site.access.read(limit=5))
    pharmacy.visit(page, "/inspection")
    shoot(page, "overview-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
