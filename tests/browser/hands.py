"""Somebody who has a keyboard and nothing else: what Tab does not lead to is out of reach."""

from playwright.sync_api import Error, Locator, Page, expect


def go(page: Page, address: str) -> None:
    """To an address, typed again where the page before went on of itself at that moment, until the keys work."""
    try:
        page.goto(address)
    except Error as error:
        if "ERR_ABORTED" not in error.message:
            raise
        page.wait_for_load_state()
        page.goto(address)
    expect(page.locator("body[data-ready]")).to_be_attached()


def tab_to(page: Page, what: str) -> Locator:
    """With the Tab key alone, at the top of a page past its menu by the link that is there for it."""
    if page.evaluate("document.activeElement === document.body"):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.skip')"):
            page.keyboard.press("Enter")
    for _ in range(150):
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return page.locator(what).and_(page.locator(":focus"))
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {what} with the keyboard")


def pick(page: Page, what: str, value: str) -> None:
    """A choice of a list, by the arrow keys."""
    choices = tab_to(page, what).locator("option").count()
    for _ in range(choices):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == value


def press(page: Page, what: str) -> None:
    """A button or a link, by Enter."""
    tab_to(page, what)
    page.keyboard.press("Enter")


def follow(page: Page, what: str) -> None:
    """A link, until the keys of its page work."""
    tab_to(page, what)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("body[data-ready]")).to_be_attached()


def write(page: Page, what: str, text: str) -> None:
    """Whatever stood there; a day as YYYY-MM-DD."""
    if tab_to(page, what).get_attribute("type") == "date":
        year, month, day = text.split("-")
        page.keyboard.type(f"{month}{day}")  # as this Chromium asks for it
        page.wait_for_timeout(70)  # only a scanner is quicker
        page.keyboard.type(year)
        assert page.evaluate("document.activeElement.value") == text
        return
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
