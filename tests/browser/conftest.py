"""A real Chromium on pages of this machine: what a page's console complains about fails its test."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from tests.sentences import ROOT

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
BROWSERS = ("chromium-headless-shell", "chromium")
"""The first that is here: the shell opens no windows around its pages, which takes a third of all work off a test."""
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
# Refusals are statuses, and RS256 is left out because no entry may be signed by it.
_EXPECTED = ("Failed to load resource", "pubKeyCredParams")
# Hands wait for a page's keys to work: whoever taps earlier taps again, a test would not.
_UNPREPARED = "html:has(script[type=module]) > body:not([data-ready])"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
SCREEN = {"kk": PHONE, "ru": DESK}
"""Where a day that is played in both languages is played in each."""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

PATIENCE_MS = 15_000
"""For what a machine that is busy elsewhere does late, and still rightly."""
expect.set_options(timeout=PATIENCE_MS)

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Playwright keeps an event loop running, in which nobody else could start one: tests/conftest puts us last."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed here")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield started
        started.close()


def open_page(context: BrowserContext, complaints: list[str] | None = None) -> Page:
    """A page on which hands wait for its keys, and whose console speaks to *complaints*."""
    heard = complaints if complaints is not None else []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(known in message.text for known in _EXPECTED):
            heard.append(message.text)

    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    opened.on("console", hear)
    opened.on("pageerror", lambda error: heard.append(str(error)))
    opened.add_locator_handler(opened.locator(_UNPREPARED), lambda: None)
    return opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    complaints: list[str] = []
    with browser.new_context(locale="en-GB") as context:
        yield open_page(context, complaints)
    assert complaints == []


def add_authenticator(page: Page, **other: Any) -> tuple[Any, str]:
    """A security key that belongs to the page; (the session that commands it, its id)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | other})
    return session, str(added["authenticatorId"])


class _Modules(SimpleHTTPRequestHandler):
    """The modules alone, behind the strictest policy."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def modules() -> Iterator[str]:
    """The address where the modules lie under their own names."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Modules, directory=str(ROOT / "api/static")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(page: Page, modules: str) -> Run:
    """`run("keys.js", "m.keyId(given)", given)`: what an expression over a module `m` gives."""
    page.goto(f"{modules}/canonical.js")

    def evaluate(module: str, expression: str, given: Any = None) -> Any:
        return page.evaluate(f"async (given) => {{ const m = await import('/{module}'); return {expression}; }}", given)

    return evaluate
