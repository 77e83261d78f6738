"""After imports are closed a new key is in force only when registrar and head pharmacist signed it in."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.practice import Practice, practise
from tests.browser.test_signing import BEGIN, give_password

pytestmark = pytest.mark.slow


def close_imports(page: Page, practice: Practice) -> None:
    """Signed by both who govern, at one screen."""
    with practice.house.ledger.reading() as reading:
        count = reading.book.find("imported")
    keys = practice.house.ledger.keys()
    own = [key.key for key in map(keys.get, keys.ids()) if key.use == "sign" and key.person in ("registrar", "head")]
    command = {"id": str(uuid4()), "type": "import.closed", "occurred_at": datetime.now(UTC).isoformat()}
    command |= {"performer": "registrar", "witness": "head"}
    page.evaluate(BEGIN, [command | {"body": {"count": count, "keys": own}}])
    expect(page.locator("#sign")).to_be_visible()
    give_password(page)
    expect(page.locator(".signatory")).to_contain_text("head")
    give_password(page)
    expect(page.locator("#sign")).to_be_hidden()


def test_a_key_waits_for_two_signatures(page: Page, browser: Browser, tmp_path: Path) -> None:
    with practise(tmp_path) as practice:
        for person in ("head", "registrar"):
            practice.enrol(page, person, factor="password", key="wrapped")
        practice.visit(page, "/account/keys")
        close_imports(page, practice)
        with browser.new_context(locale="ru-RU") as elsewhere:
            other = open_page(elsewhere)
            practice.enrol(other, "nurse", factor="password", key="wrapped")
            expect(other.locator("[data-step=made] .told")).to_contain_text("регистратор")
            key = other.locator("[data-step=made] .key").inner_text()
            before = practice.size()
            practice.visit(page, "/account/requests")
            expect(page.locator("main section").first).to_contain_text(key)
            page.locator(".enrol").click()
            expect(page.locator("#sign .statements")).to_contain_text(key)
            give_password(page)
            expect(page.locator(".signatory")).to_contain_text("head")
            give_password(page)
            expect(page.locator(".enrol")).to_have_count(0)
            entry = practice.entry(before)
            assert entry["statement"]["type"] == "key.enrolled"
            assert [signature["by"] for signature in entry["signatures"]] == ["registrar", "head"]
            practice.visit(other, "/account/keys")
            expect(other.locator("#own tbody tr")).to_contain_text("действует")
        practice.visit(page, "/account/key-list")
        expect(page.locator("tbody")).to_contain_text(" ".join(key[n : n + 4] for n in range(0, 16, 4)))
