"""The network goes away between signing and recording: what was signed is sent as it was signed, and recorded once."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import open_page
from tests.browser.pages.family.homes import WORLD, enter
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow
KEPT = "() => Object.fromEntries(Object.entries(localStorage).filter(([name]) => name.startsWith('senim.kept')))"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("lost"), facility="phc", world=WORLD) as opened:
        yield opened


def fill(page: Page, clinic: Pharmacy, patient: str, seal: str) -> None:
    enter(page, clinic, "feldsher", f"/family/return/{patient}", "ru")
    page.locator("[name=intact]").first.fill("4")
    page.locator("[name='body.brought_by']").fill("Бибігүл")
    page.locator("[name='body.seal_no']").fill(seal)


def sign(page: Page) -> None:
    page.locator("button[value=yes]").click()
    expect(page.locator("#sign")).to_be_visible()


def returns(clinic: Pharmacy) -> list[dict[str, Any]]:
    with clinic.house.ledger.reading() as reading:
        return [json.loads(row.data)["statement"] for row in reading.rows(type="unused.returned")]


def test_what_was_signed_is_sent_again_from_the_same_page(page: Page, clinic: Pharmacy) -> None:
    fill(page, clinic, "p1", "R-1")
    sign(page)
    page.context.set_offline(True)
    page.locator("#sign .do-sign").click()
    expect(page.locator("#sign .problem p").first).to_contain_text("Сервер не отвечает")
    assert returns(clinic) == []
    page.context.set_offline(False)
    page.locator("#sign .do-sign").click()
    expect(page).to_have_url(re.compile(r"/family/slip/\d+"))
    assert [said["body"]["seal_no"] for said in returns(clinic)] == ["R-1"]
    assert page.evaluate(KEPT) == {}


def test_what_was_signed_outlives_the_page_and_the_same_bytes_go(page: Page, clinic: Pharmacy) -> None:
    """The answer to the first sending is lost on the way: the entry stands, and the second sending finds it there."""
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fetch()
        route.abort()

    fill(page, clinic, "p2", "R-2")
    sign(page)
    page.route("**/api/v1/entries", lose, times=1)
    page.locator("#sign .do-sign").click()
    expect(page.locator("#sign .problem p").first).not_to_be_empty()
    lost_at = clinic.size()
    page.reload()
    expect(page.locator("[data-signed]")).to_be_visible()
    expect(page.locator("form.entry")).to_be_hidden()
    with page.expect_request("**/api/v1/entries") as again:
        page.locator("[data-signed] .send").click()
    expect(page).to_have_url(re.compile(r"/family/slip/\d+"))
    assert json.loads(again.value.post_data or "") == json.loads(sent[0])
    assert clinic.size() == lost_at
    assert [said["body"]["seal_no"] for said in returns(clinic)] == ["R-1", "R-2"]


def test_what_was_typed_outlives_the_page_and_no_name_stays_on_the_device(page: Page, clinic: Pharmacy) -> None:
    fill(page, clinic, "p3", "R-3")
    page.locator(".add-row").click()
    page.locator("select[name=product]").select_option("diazepam")
    before = page.evaluate(KEPT)
    page.locator("input[name=lot]:not([type=hidden])").fill("Z-9")
    page.wait_for_function(f"(before) => JSON.stringify(({KEPT})()) !== JSON.stringify(before)", arg=before)
    page.reload()
    expect(page.locator("body[data-ready]")).to_be_attached()
    expect(page.locator("[name='body.brought_by']")).to_have_value("Бибігүл")
    expect(page.locator("[name=intact]").first).to_have_value("4")
    expect(page.locator("input[name=lot]:not([type=hidden])")).to_have_value("Z-9")
    sign(page)
    page.context.set_offline(True)
    page.locator("#sign .do-sign").click()
    expect(page.locator("#sign .problem p").first).not_to_be_empty()
    kept = page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert "senim.kept." in kept
    for told in ("Бибігүл", "Ғабитова", "patient", "morphine", "unused.returned"):
        assert told not in kept, told
    page.context.set_offline(False)


def test_another_person_at_the_same_device_reads_nothing_of_it(page: Page, clinic: Pharmacy, browser: Browser) -> None:
    fill(page, clinic, "p3", "R-4")
    page.wait_for_function(f"() => Object.keys(({KEPT})()).length > 0")
    kept = page.evaluate(KEPT)
    with browser.new_context() as context:
        other = open_page(context)
        enter(other, clinic, "nurse", "/family/return/p3", "ru")
        other.evaluate(
            "kept => Object.entries(kept).forEach(([name, value]) => localStorage.setItem(name, value))", kept
        )
        other.reload()
        expect(other.locator("body[data-ready]")).to_be_attached()
        expect(other.locator("[name='body.brought_by']")).to_have_value("")
        expect(other.locator("[data-signed]")).to_be_hidden()


def test_what_is_refused_after_it_was_signed_is_entered_anew_from_what_was_typed(page: Page, clinic: Pharmacy) -> None:
    """Somebody else used the seal meanwhile; nothing has to be typed a second time but its number."""
    fill(page, clinic, "p3", "R-5")
    sign(page)
    page.route("**/api/v1/entries", lambda route: route.abort(), times=1)
    page.locator("#sign .do-sign").click()
    expect(page.locator("#sign .problem p").first).not_to_be_empty()
    page.reload()
    refused = {"status": 422, "content_type": "application/problem+json", "body": '{"code": "already_exists"}'}
    page.route("**/api/v1/entries", lambda route: route.fulfill(**refused), times=1)
    page.locator("[data-signed] .send").click()
    page.locator("[data-signed] .discard").click()
    expect(page.locator("[name='body.seal_no']")).to_have_value("R-5")
    expect(page.locator("[name=intact]").first).to_have_value("4")
    expect(page.locator("[data-signed]")).to_be_hidden()
