"""What every page keeps: anybody can use it, it is light, it fits, and every word of it is the reader's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response

from api.authority import PERMITS
from api.pages.rendering import OWN_PLACES, PLACES
from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow

PEOPLE = {"pharm": "pharmacist", "head": "head_pharmacist", "nurse": "nurse", "doctor": "physician",
          "feldsher": "phc_worker", "inspector": "inspector", "registrar": "registrar"}  # fmt: skip
LANGUAGES = {"pharm": "ru", "head": "kk", "nurse": "kk", "doctor": "ru", "feldsher": "kk", "inspector": "ru",
             "registrar": "en"}  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_BYTES = 150_000
PHONE, ZOOMED = (390, 844), (640, 400)
SCREENS = os.environ.get("SENIM_SCREENS")
"""A folder that keeps a picture of each screen."""


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("everywhere")) as opened:
        yield opened


def pages_of(person: str) -> list[str]:
    """The menu of *person*, and the first pages that stand on them."""
    return [path for path, _, action in (*PLACES, *OWN_PLACES) if PEOPLE[person] in PERMITS[action]]


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_of_a_role_can_be_used_by_anybody(page: Page, pharmacy: Pharmacy, person: str) -> None:
    """WCAG 2.2 AA as axe checks it, on a phone, and at twice the size without moving sideways."""
    page.context.add_cookies([{"name": "lang", "value": LANGUAGES[person], "url": pharmacy.origin}])
    pharmacy.enter(page, person)
    faults = []
    for path in pages_of(person):
        for name, size in (("phone", PHONE), ("zoomed", ZOOMED)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            pharmacy.visit(page, path)
            if SCREENS:
                picture = f"{person}{path.replace('/', '-')}-{name}-{LANGUAGES[person]}.png"
                page.screenshot(path=str(Path(SCREENS) / picture), full_page=True)
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > size[0]:
                faults.append(f"{path} {name}: {wide} wide")
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        faults += [
            f"{path} {each['id']}: {each['nodes'][0]['target']} {each['nodes'][0]['html'][:150]}"
            for each in found.response["violations"]
        ]
    assert faults == []


@pytest.mark.parametrize("person", ["pharm", "nurse", "inspector"])
def test_a_page_weighs_less_than_150_kilobytes(browser: Browser, pharmacy: Pharmacy, person: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        pharmacy.enter(page, person)
        kept = context.storage_state()
        paths = [path for path in pages_of(person) if not path.startswith("/account")]
    heavy = {}
    for path in paths:
        with browser.new_context(storage_state=kept) as context:
            page, heard = context.new_page(), list[Response]()
            page.on("response", heard.append)
            page.goto(pharmacy.origin + path, wait_until="networkidle")
            weight = sum(len(each.body()) for each in heard if each.status == 200)
            if weight > MOST_BYTES:
                heavy[path] = weight
    assert heavy == {}
