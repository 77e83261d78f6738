"""Sign-in, the lock and the change of person: few keys, and nothing that was being written is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import add_authenticator, open_page
from tests.browser.practice import SIGN_IN, Practice, practise

pytestmark = pytest.mark.slow

DRAFT = """() => {
  window.sameDocument = true;
  const form = document.createElement("form");
  form.dataset.draft = "supply";
  const field = document.createElement("input");
  field.name = "note";
  form.append(field);
  document.querySelector("main").append(form);
}"""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practise(tmp_path_factory.mktemp("practice")) as opened:
        yield opened


class Keys:
    """Counts what is pressed; a code that a phone shows is typed, a gesture at the key is not."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)


def test_a_passkey_signs_in_with_one_key_and_a_password_with_its_letters_and_four(
    page: Page, practice: Practice
) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.enrol(page, "nurse", factor="password", key="wrapped")
    page.context.clear_cookies()
    practice.visit(page, "/sign-in")
    keys = Keys(page)
    expect(page.locator("[data-by=passkey] button")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#person-name")).to_have_text("ph1")
    assert keys.pressed == 1

    page.context.clear_cookies()
    practice.visit(page, "/sign-in?to=/account/sessions")
    expect(page.locator("[data-by=passkey] button")).to_be_focused()
    keys = Keys(page)
    keys.press("Tab")
    keys.type("nurse")
    keys.press("Tab")
    keys.type(SIGN_IN)
    keys.press("Tab")
    keys.type(practice.next_code("nurse"))
    keys.press("Enter")
    expect(page.locator("#person-name")).to_have_text("nurse")
    expect(page).to_have_url(f"{practice.origin}/account/sessions")
    assert keys.pressed == len("nurse") + len(SIGN_IN) + 6 + 4


def test_people_change_with_two_keys_and_each_finds_their_draft_again(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.enrol(page, "ph2", factor="passkey", key="wrapped")
    practice.visit(page, "/stock/delivery")
    expect(page.locator("#person-name")).to_have_text("ph2")
    page.evaluate("window.sameDocument = true")
    supplier, lots = page.locator("[name='body.supplier']"), page.locator("[data-item] [name=lot]")
    supplier.fill("қолжазба")
    page.keyboard.press("F7")
    lots.nth(1).fill("second")
    keys = Keys(page)
    keys.press("F8")
    expect(page.locator("#lock .people li")).to_have_count(2)
    keys.press("2")
    expect(page.locator("#person-name")).to_have_text("ph1")
    assert keys.pressed == 2
    expect(page.locator("#lock")).to_be_hidden()
    expect(supplier).to_have_value("")
    expect(lots).to_have_count(1)
    expect(page.locator("[name=witness] option[value=ph2]")).to_have_count(1)
    supplier.fill("another")
    page.keyboard.press("F7")
    page.keyboard.press("F7")
    keys.press("F8")
    expect(page.locator("#lock")).to_be_visible()
    keys.press("2")
    expect(page.locator("#person-name")).to_have_text("ph2")
    expect(supplier).to_have_value("қолжазба")
    expect(lots).to_have_count(2)
    expect(lots.nth(1)).to_have_value("second")
    assert page.evaluate("window.sameDocument") is True


def test_whoever_gave_a_code_in_the_shift_comes_back_by_the_password_alone(page: Page, practice: Practice) -> None:
    practice.enrol(page, "nurse", factor="password", key="wrapped")
    practice.visit(page, "/account/sessions")
    keys = Keys(page)
    keys.press("F8")
    expect(page.locator("#lock .people button").first).to_be_focused()
    keys.press("1")
    expect(page.locator("#lock-password")).to_be_focused()
    expect(page.locator("#lock-code")).to_be_hidden()
    keys.type(SIGN_IN)
    keys.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    assert keys.pressed == len(SIGN_IN) + 3


def test_the_lock_hides_the_page_and_gives_it_back_as_it_was(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/sessions")
    page.evaluate(DRAFT)
    page.locator("[name=note]").fill("қолжазба")
    with page.expect_response("**/account/lock"):
        page.locator("#lock-now").click()
    expect(page.locator("main")).not_to_be_visible()
    for _ in range(3):  # browsers close a dialog at the second one, whatever the first was told
        page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    expect(page.locator("main")).not_to_be_visible()
    expect(page.locator("#lock")).to_be_visible()
    assert page.evaluate("fetch('/api/v1/account/me').then((answer) => answer.status)") == 401
    beside = page.context.new_page()
    beside.goto(f"{practice.origin}/account/sessions")
    expect(beside).to_have_url(f"{practice.origin}/sign-in?to=/account/sessions")
    expect(beside.locator("main")).to_contain_text("opens again after you sign in")
    beside.close()
    expect(page.locator("#lock .people button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    expect(page.locator("[name=note]")).to_have_value("қолжазба")
    assert page.evaluate("fetch('/api/v1/account/me').then((answer) => answer.status)") == 200


def test_a_session_that_the_server_locked_opens_in_place_and_goes_on(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    practice.visit(page, "/account/signatures")
    page.evaluate("fetch('/api/v1/account/lock', { method: 'POST' })")
    page.evaluate(
        """async () => {
          const { ask } = await import(new URL("../http.js", document.querySelector("script[type=module]").src));
          window.answer = ask("GET", "/api/v1/account/me").then(({ person }) => person);
        }"""
    )
    expect(page.locator("#lock .people button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    assert page.evaluate("answer") == "ph1"


def test_a_new_way_in_ends_what_was_open_elsewhere(page: Page, practice: Practice, browser: Browser) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    with browser.new_context() as elsewhere:
        other = open_page(elsewhere)
        add_authenticator(other)
        practice.enrol(other, "ph1", factor="passkey", key="wrapped")  # a new way in ends the old ones
        page.goto(f"{practice.origin}/account/sessions")
        expect(page).to_have_url(f"{practice.origin}/sign-in?to=/account/sessions")


def test_a_recovery_code_makes_a_new_way_in_once(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="wrapped")
    code = practice.recovery["ph1"]
    page.context.clear_cookies()
    practice.begin(page, "/recover", "ph1", code.upper(), "password")
    expect(page.locator("#own tbody tr").first).to_contain_text("in force")  # keys to sign with are as they were
    practice.visit(page, "/recover")
    page.locator("#person").fill("ph1")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("form[data-step=code] .problem p").first).not_to_be_empty()


def test_another_passkey_is_added_once_its_holder_showed_a_factor_again(page: Page, practice: Practice) -> None:
    practice.enrol(page, "ph2", factor="password", key="wrapped")
    add_authenticator(page)
    practice.visit(page, "/account/sign-in")
    refused = {"status": 401, "content_type": "application/problem+json", "body": '{"code": "proof_needed"}'}
    page.route("**/passkeys/options", lambda route: route.fulfill(**refused), times=1)
    page.locator("#by-passkey button").click()
    expect(page.locator("#lock .people button")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#lock-password")).to_be_focused()
    page.keyboard.type(SIGN_IN)
    page.keyboard.press("Enter")
    expect(page.locator("#ways tbody tr")).to_have_count(1)
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.locator("#ways .remove").click()
    expect(page.locator("#ways tbody tr")).to_have_count(0)
    practice.visit(page, "/account/sign-in")
    page.locator("#make-codes").click()
    expect(page.locator(".codes li")).to_have_count(10)


@pytest.mark.parametrize(("lang", "said"), [("kk", "Кіру"), ("ru", "Вход"), ("en", "Sign in")])
def test_every_page_speaks_the_chosen_language(page: Page, practice: Practice, lang: str, said: str) -> None:
    practice.visit(page, "/sign-in")
    page.locator(f"a[hreflang={lang}]").click()
    expect(page.locator("h1")).to_have_text(said)
    assert page.locator("html").get_attribute("lang") == lang
    practice.visit(page, "/recover")
    page.locator("#person").fill("nobody")
    page.locator("#code").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.locator("form[data-step=code] .problem p").first).not_to_be_empty()


def test_every_field_and_button_has_a_name_that_is_read_aloud(page: Page, practice: Practice) -> None:
    add_authenticator(page)
    practice.enrol(page, "ph1", factor="passkey", key="passkey")
    for path in ("sign-in", "enrol", "recover", *(f"account/{each}" for each in ACCOUNT)):
        practice.visit(page, f"/{path}")
        nameless: list[Any] = page.evaluate(
            """() => [...document.querySelectorAll("input:not([hidden]), button, a, dialog")]
              .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel))
              .map((each) => each.outerHTML)"""
        )
        assert nameless == [], path
        assert page.locator("h1").count() == 1


ACCOUNT = ("keys", "signatures", "sign-in", "sessions", "requests", "key-list")
