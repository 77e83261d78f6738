"""A register that was opened a moment ago, behind its real server; people who come back to one screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from ledger.cli.wiring import make_house, read_rules
from ledger.service.founding import found_facility
from ledger.storage.heads import FileHeads
from tests.browser.hands import press, write
from tests.browser.practice import SIGN_IN, SIGNING, Practice, serve

_FACILITY = {"facility": "Абай ауруханасы", "bin": "990140000017", "kato": "101010000", "kind": "hospital"}


@contextmanager
def open_empty(folder: Path) -> Iterator[Practice]:
    """What `senim init` leaves: three entries, and a registrar whom nobody has given a code yet."""
    house = make_house(folder / "data", "senim/abai/1", zone="Asia/Almaty", heads=FileHeads(folder / "heads"))
    opened = {**_FACILITY, "zone": "Asia/Almaty", "practice": False, "rules": "senim-rules/1"}
    found_facility(house.ledger, opened, read_rules(None))
    with serve(house) as (site, origin):
        yield Practice(house, site, origin)
    house.close()


def come_back(page: Page, practice: Practice, name: str, path: str) -> None:
    """*name*, who signed in here before: by the number beside it, and a password alone."""
    practice.visit(page, f"/sign-in?to={path}")
    page.keyboard.press(page.locator(".people button", has_text=name).locator("kbd").inner_text())
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(SIGN_IN)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{practice.origin}{path}")
    expect(page.locator("body[data-ready]")).to_be_attached()


def make_key(page: Page) -> None:
    write(page, "#key-password", SIGNING)
    write(page, "#key-password-again", SIGNING)
    page.keyboard.press("Enter")
    expect(page.locator("[data-step=made] .key")).not_to_be_empty()


def sign(page: Page, *names: str) -> None:
    """Press F9 where the form is, and let *names* sign one after the other at this screen."""
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.keyboard.press("F9")
    for name in names:
        expect(page.locator(".signatory")).to_contain_text(name)
        expect(page.locator("#signing-password")).to_be_focused()
        page.keyboard.type(SIGNING)
        page.keyboard.press("Enter")
    expect(page.locator("#sign")).to_be_hidden()


def read_code(page: Page) -> str:
    """The one-time code on the screen, which is gone afterwards."""
    expect(page.locator("#code .value")).not_to_be_empty()
    code = page.locator("#code .value").inner_text()
    press(page, "#code .done")
    expect(page.locator("#code")).to_be_hidden()
    expect(page.locator("body[data-ready]")).to_be_attached()
    return code
