"""Alone at night an ampoule falls and is written down at once; in the morning somebody else signs it too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREEN
from tests.browser.effort import Effort
from tests.browser.hands import pick, tab_to, write
from tests.browser.pages.days.conftest import Open, figures, row, sign
from tests.browser.pharmacy import WORLD, Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("night"), world=WORLD) as opened:
        yield opened


@pytest.mark.parametrize("lang", SCREEN)
def test_what_one_signed_alone_is_signed_by_another_in_the_morning(screen: Open, pharmacy: Pharmacy, lang: str) -> None:
    night = screen(pharmacy, "nurse", "/ward/broken?place=ward", lang, SCREEN[lang])
    effort = Effort(night)
    tab_to(night, "#pack")
    while night.locator("#pack option:checked").get_attribute("data-product") != "morphine":
        night.keyboard.press("ArrowDown")
    write(night, "#how", "упала с лотка")
    pick(night, "[name=witness]", "-")
    (broken,) = sign(night, pharmacy)
    assert (broken["witness"], broken["witness_pending"]) == (None, "alone_on_duty")
    assert effort.spent().taps == 0

    morning = screen(pharmacy, "nurse2", "/", lang, SCREEN[lang])
    expect(morning.locator("form.entry li")).to_contain_text(str(broken["seq"]))
    morning.locator("form.entry button.main").focus()
    (signed,) = sign(morning, pharmacy)
    assert (signed["type"], signed["body"]) == ("entry.countersigned", {"seq": broken["seq"]})
    expect(morning.locator("form.entry")).to_have_count(0)  # nothing waits any more

    desk = screen(pharmacy, "pharm", "/account/key-list", lang)
    found = row(desk, pharmacy, "morphine", "ward", broken["seq"])
    assert figures(found)[:2] == ["", "1"]
    expect(found).to_contain_text("nurse2")
