"""What people do by mistake at a screen, and what must not be lost, or said in another language, because of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from api.pages.files import ADDRESS
from tests.browser.conftest import open_page
from tests.browser.practice import SIGN_IN, Practice, practise

pytestmark = pytest.mark.slow
CAPS_LOCK = "(field) => field.dispatchEvent(new KeyboardEvent('keydown', { modifierCapsLock: true }))"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practise(tmp_path_factory.mktemp("practice")) as opened:
        yield opened


def test_who_types_before_the_page_is_ready_loses_nothing_and_is_warned_of_the_keyboard(
    page: Page, practice: Practice
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/account/here", hold)
    practice.visit(page, "/sign-in?to=/account/keys")
    page.locator("#person").fill("nurse")
    password = page.locator("#password")
    password.fill("yjhvfkmysq")
    with page.expect_response("**/account/here"):
        held[0].continue_()
    expect(page.locator("#person")).to_have_value("nurse")
    password.evaluate(CAPS_LOCK)
    expect(page.locator("[data-by=password] .caps")).to_have_text("Caps Lock is on.")
    page.get_by_label("Show the password").check()
    assert password.get_attribute("type") == "text"
    page.locator("a[hreflang=kk]").click()  # which goes on to where one was going
    expect(page.locator("h1")).to_have_text("Кіру")
    expect(page).to_have_url(f"{practice.origin}/sign-in?to=/account/keys")
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.locator("[data-by=password] .main").click()
    assert page.locator("#person").evaluate("(field) => field.validationMessage") == "Бұл жолды толтырыңыз."


def test_a_password_that_is_refused_at_the_last_step_is_mended_where_it_was_typed(
    page: Page, practice: Practice
) -> None:
    practice.visit(page, "/enrol")
    page.locator("#person").fill(" NURSE ")
    page.locator("#code").fill(" ".join(practice.code("nurse").upper()))
    page.keyboard.press("Enter")
    for chosen in ("passwordpassword", SIGN_IN):
        page.locator("#new-password").fill(chosen)
        page.locator("#new-password-again").fill(chosen)
        page.keyboard.press("Enter")
        expect(page.locator("#first-code")).to_be_focused()
        secret = (page.locator(".secret").text_content() or "").replace(" ", "")
        page.locator("#first-code").fill(f" {practice.totp(secret)} ")
        page.keyboard.press("Enter")
        if chosen != SIGN_IN:
            expect(page.locator("#by-password .problem p").first).to_contain_text("everybody would try first")
            expect(page.locator("#new-password")).to_be_focused()
    expect(page.locator("[data-step=codes] .whose")).to_have_text("nurse (nurse)")
    with page.expect_event("dialog") as asked:
        page.evaluate("setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(page.locator(".codes li")).to_have_count(10)
    page.locator("[data-step=codes] .next").click()
    page.reload()  # the code is used: what is left is to make a key
    expect(page).to_have_url(f"{practice.origin}/account/keys")
    expect(page.locator("#make-key")).to_be_visible()


def test_all_pages_of_a_browser_know_who_is_in_and_lock_together(page: Page, practice: Practice) -> None:
    practice.begin(page, "/enrol", "ph1", practice.code("ph1"), "password")
    practice.visit(page, "/account/sessions")
    other = open_page(page.context)
    practice.visit(other, "/account/keys")
    page.locator("#lock-now").click()
    expect(other.locator("#lock")).to_be_visible()
    expect(page.locator("#lock .people button")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.type(SIGN_IN)
    page.keyboard.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    expect(other.locator("#lock")).to_be_hidden()
    practice.begin(other, "/enrol", "ph2", practice.code("ph2"), "password")
    expect(page.locator("#person-name")).to_have_text("ph2")


def test_a_page_that_opens_does_not_undo_a_lock_on_its_way(page: Page, practice: Practice) -> None:
    practice.begin(page, "/enrol", "ph1", practice.code("ph1"), "password")
    practice.visit(page, "/account/sessions")
    held: list[Route] = []
    page.route("**/api/v1/account/lock", lambda route: held.append(route))  # noqa: PLW0108 - Playwright looks at it
    page.locator("#lock-now").click()
    expect(page.locator("#lock")).to_be_visible()
    other = open_page(page.context)
    with other.expect_response("**/api/v1/account/me"):
        practice.visit(other, "/account/sessions")
    page.evaluate("fetch('/api/v1/account/me')")
    expect(page.locator("#lock")).to_be_visible()
    held.pop().continue_()


def test_a_page_that_is_not_there_says_so_in_words(page: Page, practice: Practice) -> None:
    practice.visit(page, "/sign-in")
    page.locator("a[hreflang=ru]").click()
    expect(page.locator("h1")).to_have_text("Вход")
    answer = page.goto(f"{practice.origin}/account/nowhere")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("Здесь такого нет.")
    expect(page.locator("main")).to_contain_text("Ничего не записано.")
    page.locator("main a").click()
    expect(page).to_have_url(f"{practice.origin}/sign-in")


def test_a_browser_keeps_the_modules_of_this_version_alone(page: Page, practice: Practice) -> None:
    def get(path: str, **headers: str) -> Any:
        return page.request.get(f"{practice.origin}{path}", headers=headers)

    assert "immutable" in get(f"{ADDRESS}/pages/keys.js").headers["cache-control"]
    for other in ("/static/pages/keys.js", "/static/0123456789abcdef/pages/keys.js"):
        assert get(other).status == 200
        assert get(other).headers["cache-control"] == "no-store"
    assert get(f"{ADDRESS}/nothing.js").status == 404
    texts = get("/texts/kk.json")
    assert get("/texts/kk.json", **{"If-None-Match": texts.headers["etag"]}).status == 304
    assert get("/texts/kk.json", **{"If-None-Match": get("/texts/ru.json").headers["etag"]}).status == 200
