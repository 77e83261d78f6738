"""Somebody loses a key, somebody cannot sign in any more, somebody leaves: each in the office, at one screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from api.accounts import Visit
from benchmarks.append import tell
from ledger.errors import CallRefused
from tests.browser.conftest import PHONE
from tests.browser.pages.office.world import read_code, sign
from tests.browser.practice import Practice, practise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practise(tmp_path_factory.mktemp("practice")) as opened:
        yield opened


def gather(page: Page, practice: Practice, lang: str, *people: str) -> None:
    """*people* sign in at this screen, the last one stays; each with a key of their own."""
    page.context.add_cookies([{"name": "lang", "value": lang, "url": practice.origin}])
    for person in people:
        practice.enrol(page, person, factor="password", key="wrapped")


def keys_of(practice: Practice, person: str) -> list[int | None]:
    """The entries with which this person's own keys ended; None for one in force."""
    book = practice.house.ledger.keys()
    return [key.until_seq for key in map(book.get, book.ids()) if key.person == person and key.use == "sign"]


def test_a_nurse_leaves_when_nothing_is_left_in_her_name(page: Page, practice: Practice) -> None:
    gather(page, practice, "ru", "nurse", "head", "registrar")
    lines = [{"product": "morphine", "lot": "A", "units": 1}]
    tell(practice.house, "stock.moved", {"from_place": "safe", "to_place": "ward", "lines": lines}, "ph1", "nurse")
    dose = {"patient": "p1", "product": "morphine", "lots": [{"lot": "A", "units": 1}], "place": "ward"}
    ordered = {"dose": {"value": "10", "unit": "mg"}, "ordered_by": "doc"}
    tell(practice.house, "dose.administered", dose | ordered, "nurse", None)
    waiting = practice.size() - 1
    practice.visit(page, "/office/people/nurse")
    expect(page.locator("#leaving li")).to_contain_text(str(waiting))
    expect(page.locator("form[data-type='person.left']")).to_have_count(0)

    tell(practice.house, "entry.countersigned", {"seq": waiting}, "doc", None)
    practice.speak(page, "kk")
    page.set_viewport_size(PHONE)
    practice.visit(page, "/office/people/nurse")
    expect(page.locator("#leaving .state.good")).to_be_visible()
    page.locator("#leaving [name='body.on']").focus()
    sign(page, "Registrar", "head")
    expect(page.locator("#leaving")).to_have_count(0)
    entry = practice.entry(practice.size() - 1)
    assert (entry["statement"]["type"], entry["statement"]["body"]["person"]) == ("person.left", "nurse")
    assert [signature["by"] for signature in entry["signatures"]] == ["registrar", "head"]
    assert keys_of(practice, "nurse") == [practice.size() - 1]


def test_a_lost_key_is_revoked_by_one_alone_and_a_new_code_ends_the_old(page: Page, practice: Practice) -> None:
    page.set_viewport_size(PHONE)
    gather(page, practice, "ru", "ph2", "head")
    old = practice.code("ph2")
    practice.visit(page, "/office/people/ph2")
    page.locator(".key summary").first.click()
    page.locator("[name='body.reason']").first.fill("телефон утерян")
    sign(page, "head")
    expect(page.locator(".key .state").first).to_have_class("state unknown")
    entry = practice.entry(practice.size() - 1)
    assert entry["statement"]["type"] == "key.revoked"
    assert [signature["by"] for signature in entry["signatures"]] == ["head"]
    assert keys_of(practice, "ph2") == [practice.size() - 1]

    page.locator(".issue").click()
    code = read_code(page)
    enrolment, visit = practice.site.accounts.enrolment, Visit(address="127.0.0.1")
    with pytest.raises(CallRefused, match="code_wrong"):
        enrolment.begin("ph2", old, visit)
    assert enrolment.begin("ph2", code, visit).person == "ph2"
    expect(page.locator("body")).not_to_contain_text(code)
