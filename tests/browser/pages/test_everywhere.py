"""What every page keeps: anybody can use it, it is light, it fits, and every word of it is the reader's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from api.app import make_app
from api.authority import ANYONE, PERMITS, find_permission
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow

PEOPLE = {
    "inspector": ("inspector", "ru"), "registrar": ("registrar", "en"), "doctor": ("physician", "ru"),
    "feldsher": ("phc_worker", "kk"), "nurse": ("nurse", "kk"), "pharm": ("pharmacist", "ru"),
    "head": ("head_pharmacist", "kk"),
}  # fmt: skip
"""Role and language. A page is looked at by the first who may open it."""
OF_ONE = {
    "inspector": ["/inspection/entry/30"], "doctor": ["/prescribing/p1"], "feldsher": ["/family/return/p1"],
    "nurse": ["/ward/bedside/p2?place=ward", "/patients/p2/doses"],
    "pharm": ["/entries/30", "/stock/lot/morphine?lot=A"],
}  # fmt: skip
"""Pages of one patient, lot or entry."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_BYTES = 150_000
PHONE, ZOOMED = (390, 844), (640, 400)
SCREENS = os.environ.get("SENIM_SCREENS")
"""A folder that keeps a picture of each screen."""


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("everywhere")) as opened:
        yield opened


def pages_of(pharmacy: Pharmacy, person: str) -> list[str]:
    """The pages without a parameter that *person* is the first to look at."""
    return [path for path, action in to_pages(pharmacy) if person == next(_who_may(action))]


def to_pages(pharmacy: Pharmacy) -> Iterator[tuple[str, str]]:
    """(path, permission) of every page that stands by itself."""
    for route in make_app(pharmacy.site).routes:
        for handler in getattr(route, "route_handlers", ()):
            if (
                "GET" in handler.http_methods
                and str(handler.operation_id).startswith("page_")
                and "{" not in route.path
            ):
                action = find_permission(handler)
                assert action is not None
                if PERMITS[action] is not ANYONE:
                    yield route.path, action


def _who_may(action: str) -> Iterator[str]:
    return (name for name, (role, _) in PEOPLE.items() if role in PERMITS[action])


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_of_a_role_is_light_and_can_be_used_by_anybody(page: Page, pharmacy: Pharmacy, person: str) -> None:
    """WCAG 2.2 AA as axe checks it, on a phone, and at twice the size without moving sideways; nothing is cached."""
    page.context.add_cookies([{"name": "lang", "value": PEOPLE[person][1], "url": pharmacy.origin}])
    pharmacy.enter(page, person, "/account/key-list")
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    faults, heard = [], list[Response]()
    page.on("response", lambda answer: heard.append(answer))  # noqa: PLW0108 - Playwright looks at its arguments
    for path in [*pages_of(pharmacy, person), *OF_ONE.get(person, ())]:
        if not page.request.get(pharmacy.origin + path).text().startswith("<!doctype"):
            continue  # a part of a page
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        heard.clear()
        pharmacy.visit(page, path)
        page.wait_for_load_state()
        expect(page.locator(".htmx-request")).to_have_count(0)
        if (weight := sum(len(each.body()) for each in heard if each.status == 200)) > MOST_BYTES:
            faults.append(f"{path} weighs {weight}")
        for name, size in (("zoomed", ZOOMED), ("phone", PHONE)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            if SCREENS:
                picture = f"{person}{path.replace('/', '-')}-{name}-{PEOPLE[person][1]}.png"
                page.screenshot(path=str(Path(SCREENS) / picture), full_page=True)
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > size[0]:
                faults.append(f"{path} {name}: {wide} wide")
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        faults += [
            f"{path} {each['id']}: {each['nodes'][0]['target']} {each['nodes'][0]['html'][:150]}"
            for each in found.response["violations"]
        ]
    assert faults == []
