"""From a one-time code to a signed supply, in a real browser against the real server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import add_authenticator, open_page
from tests.browser.practice import SIGNING, Practice, practise, supply
from tests.service.conftest import units

pytestmark = pytest.mark.slow

BEGIN = """async (commands) => {
  const { sign } = await import(new URL("../signing.js", document.querySelector("script[type=module]").src));
  const names = { patient: { p1: "Әбілқасым Тест" }, prescription: { rx1: "морфин 10 мг" } };
  window.answer = sign(commands, names).catch((refused) => [refused.name, refused.code]);
}"""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practise(tmp_path_factory.mktemp("practice")) as opened:
        yield opened


def begin(page: Page, *commands: dict[str, Any]) -> None:
    page.evaluate(BEGIN, list(commands))


def open_dialog(page: Page, *commands: dict[str, Any]) -> str:
    """What the dialog says."""
    begin(page, *commands)
    expect(page.locator("#sign")).to_be_visible()
    return page.locator("#sign .statements").inner_text()


def move() -> dict[str, Any]:
    told = {"id": str(uuid4()), "type": "stock.moved", "occurred_at": datetime.now(UTC).isoformat()}
    return told | {"performer": "ph1", "witness": "nurse", "body": units(1)}


def test_ids_are_uuids_that_come_in_the_order_of_time(page: Page, practice: Practice) -> None:
    practice.visit(page, "/sign-in")
    ids = page.evaluate(
        """async () => {
          const { newUuid } = await import(new URL("../http.js", document.querySelector("script[type=module]").src));
          const first = newUuid();
          await new Promise((later) => setTimeout(later, 5));
          return [first, newUuid()];
        }"""
    )
    assert ids == sorted(ids)
    assert [(UUID(id).version, str(UUID(id))) for id in ids] == [(7, id) for id in ids]


def give_password(page: Page) -> None:
    field = page.locator("#signing-password")
    expect(field).to_be_focused()
    page.keyboard.type(SIGNING)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("key", ["passkey", "wrapped"])
def test_a_person_enrols_and_signs_a_supply_end_to_end(page: Page, practice: Practice, key: str) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey" if key == "passkey" else "password", key=key)
    practice.visit(page, "/account/keys")
    before = practice.size()
    said = open_dialog(page, supply())
    for word in ("Әбілқасым Тест (p1)", "морфин 10 мг (rx1)", "lot: A · units: 3", "name: Айша", "a relative"):
        assert word in said
    if key == "wrapped":
        page.locator("#signing-password").fill(SIGNING)
    page.keyboard.press("F9")
    expect(page.locator("#sign")).to_be_hidden()
    (receipt,) = page.evaluate("answer")
    assert receipt["seq"] == before == practice.size() - 1
    entry = practice.entry(before)
    assert entry["via"] == "web"
    (signature,) = entry["signatures"]
    assert (signature["by"], signature["alg"]) == ("ph1", "webauthn-es256" if key == "passkey" else "ed25519")
    assert entry["statement"]["body"]["lots"] == [{"lot": "A", "units": 3}]
    assert "Айша" not in str(entry)


def test_a_signing_password_typed_ahead_is_not_signed_into_the_register(page: Page, practice: Practice) -> None:
    practice.enrol(page, "ph1", factor="password", key="wrapped")
    practice.visit(page, "/account/keys")
    before, logged = practice.size(), list[str]()
    page.on("console", lambda said: logged.append(said.text))
    field = f'<input name="body.collector.name" aria-label="Name" value="{SIGNING}">'
    page.locator("main").evaluate("(main, field) => main.insertAdjacentHTML('beforeend', field)", field)
    typed = supply()
    typed["body"]["collector"]["name"] = f"Айша {SIGNING}"  # sealed in the entry, and in no page of it
    open_dialog(page, typed)
    give_password(page)
    expect(page.locator("#sign .problem")).to_contain_text("Your signing password stands in a field")
    assert SIGNING not in page.locator("#sign form").inner_text() + "".join(logged)
    expect(page.locator("#signing-password")).to_have_value("")
    expect(page.locator("#sign .close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sign")).to_be_hidden()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert page.evaluate("answer") is None
    assert practice.size() == before


def test_a_server_that_lies_gets_no_signature(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/keys")
    before = practice.size()
    alter: dict[str, Any] = {"body": {"lots": [{"lot": "A", "units": 30}]}}

    def lie(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["entries"][0]["statement"]["body"] |= alter["body"]
        route.fulfill(response=answer, body=json.dumps(told))

    page.route("**/entries/preview", lie)
    begin(page, supply())
    assert page.evaluate("answer") == ["Refused", "statement_differs"]
    expect(page.locator("#sign")).to_be_hidden()
    page.unroute("**/entries/preview")
    page.evaluate("localStorage.setItem('senim.register', JSON.stringify({ log: 'senim/other/1', seen: { seq: 0 } }))")
    begin(page, supply())
    assert page.evaluate("answer") == ["Refused", "register_differs"]
    assert practice.size() == before


def test_the_enter_of_a_scanner_signs_nothing(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/keys")
    before = practice.size()
    open_dialog(page, supply())
    for _ in range(3):
        page.keyboard.type("0104870123456789")
        page.keyboard.press("Enter")
    expect(page.locator("#sign")).to_be_visible()
    assert practice.size() == before
    page.keyboard.press("Escape")
    assert page.evaluate("answer") is None


def test_nobody_is_told_that_nothing_was_signed_while_it_is_being_recorded(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/keys")
    before, held = practice.size(), list[Route]()
    open_dialog(page, supply())

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/entries", hold)
    with page.expect_request("**/api/v1/entries"):
        page.keyboard.press("F9")
    for _ in range(3):
        page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    expect(page.locator("#sign")).to_be_visible()
    held[0].continue_()
    assert [receipt["seq"] for receipt in page.evaluate("answer")] == [before]
    expect(page.locator("#sign")).to_be_hidden()


def test_what_a_rule_refuses_is_said_before_anybody_signs(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/keys")
    too_many = supply()
    too_many["body"]["lots"][0]["units"] = 2_000_000
    begin(page, too_many)
    name, code = page.evaluate("answer")
    assert (name, code) == ("Problem", "prescription_used_up")


def test_two_people_sign_at_one_screen(page: Page, practice: Practice) -> None:
    practice.enrol(page, "nurse", factor="password", key="wrapped")
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/keys")
    before = practice.size()
    open_dialog(page, move(), move())
    page.keyboard.press("F9")
    give_password(page)
    expect(page.locator("#sign")).to_be_hidden()
    assert [receipt["seq"] for receipt in page.evaluate("answer")] == [before, before + 1]
    first, other = practice.entry(before), practice.entry(before + 1)
    assert [signature["by"] for signature in first["signatures"]] == ["ph1", "nurse"]
    assert first["signatures"] == other["signatures"]
    assert len(first["signatures"][0]["of"]) == 2


def test_the_second_person_signs_on_their_own_device(page: Page, practice: Practice, browser: Browser) -> None:
    practice.enrol(page, "ph1", factor="password", key="wrapped")
    practice.visit(page, "/account/keys")
    before = practice.size()
    open_dialog(page, move())
    give_password(page)
    expect(page.locator(".do-sign")).to_be_hidden()
    page.locator(".do-park").click()
    expect(page.locator("#sign")).to_be_hidden()
    assert practice.size() == before
    practice.visit(page, "/account/requests")
    expect(page.locator("#sent .list")).to_contain_text("waits for nurse until")
    with browser.new_context(locale="kk-KZ") as elsewhere:
        other = open_page(elsewhere)
        practice.enrol(other, "nurse", factor="password", key="wrapped")
        before = practice.size()
        practice.visit(other, "/account/requests")
        with practice.house.ledger.reading() as reading:  # it has seen entries that were not there for the first
            seen = {"seq": before - 1, "leaf": reading.head.last_leaf.hex()}
        known = {"log": practice.house.ledger.log, "genesis": practice.house.ledger.genesis().hex(), "seen": seen}
        other.evaluate("known => localStorage.setItem('senim.register', JSON.stringify(known))", known)
        gone = {"status": 404, "content_type": "application/problem+json", "body": '{"code": "not_found"}'}
        other.route("**/entries/wait/*", lambda route: route.fulfill(**gone), times=1)
        other.locator("#parked .list button").click()
        expect(other.locator("main > .problem")).to_contain_text("ph1 қайта қол қойып")
        other.locator("#parked .list button").click()
        expect(other.locator("#sign .statements")).to_contain_text("саны: 1")
        give_password(other)
        expect(other.locator("#sign")).to_be_hidden()
        expect(other.locator("#parked .none")).to_be_visible()
    assert [signature["by"] for signature in practice.entry(before)["signatures"]] == ["ph1", "nurse"]


def test_a_key_is_revoked_by_its_holder_and_their_signatures_are_shown(page: Page, practice: Practice) -> None:
    practice.enrol(page, "ph2", factor="password", key="wrapped")
    practice.visit(page, "/account/keys")
    key = page.locator("#own tbody tr").first.locator(".id").inner_text()
    page.locator("#own .revoke").first.click()
    page.keyboard.type("left on the tram")
    page.keyboard.press("Enter")
    expect(page.locator("#sign")).to_be_visible()
    give_password(page)
    row = page.locator("#own tbody tr", has_text=key)
    expect(row).to_contain_text("ended")
    expect(row.locator("button")).to_have_count(0)
    practice.visit(page, "/account/signatures")
    card = page.locator("#list section").first
    expect(card).to_contain_text("Revocation of a signing key")
    expect(card).to_contain_text(key)
    assert "tram" not in card.inner_text()
