"""Two people: what one was shown or was writing is not the next one's and is not lost; what waits for one is told."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pharmacy import Pharmacy, open_pharmacy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("change")) as opened:
        yield opened


def change_to(page: Page, person: str) -> None:
    page.keyboard.press("F8")
    page.locator("#lock .people button", has_text=f"({person})").click()
    expect(page.locator("#person-name")).to_have_text(person)


def seen_by(pharmacy: Pharmacy, person: str) -> list[tuple[str, str]]:
    return [(row.patient, row.detail) for row in pharmacy.site.access.read(person=person) if row.patient]


def test_a_basket_is_put_aside_and_found_again(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "nurse")
    pharmacy.enter(page, "pharm2")
    pharmacy.enter(page, "pharm", "/counter")
    page.locator("#q").fill("rx1")
    page.keyboard.press("Enter")
    page.locator(".take-line").first.click()
    page.locator(".units").first.fill("4")
    page.keyboard.press("Tab")
    page.locator("#collector-name").fill("Айша")
    change_to(page, "pharm2")
    expect(page.locator("#card")).to_be_empty()
    expect(page.locator("main")).not_to_contain_text("Әбілқасым")
    assert seen_by(pharmacy, "pharm2") == []
    change_to(page, "pharm")
    expect(page.locator("#card h2")).to_have_text("Әбілқасым Қожахметов")
    expect(page.locator(".units").first).to_have_value("4")
    expect(page.locator("#collector-name")).to_have_value("Айша")
    page.keyboard.press("Escape")
    page.locator("[hx-post='/counter/new']").click()
    name = page.locator("[name='body.identity.name']")
    name.fill("Әбілқасым")
    page.keyboard.press("F8")
    page.locator("#lock .people button", has_text="(nurse)").click()  # who has no counter
    expect(page).to_have_url(f"{pharmacy.origin}/")
    expect(page.locator("body")).not_to_contain_text("Әбілқасым")
    change_to(page, "pharm2")
    pharmacy.visit(page, "/counter")
    expect(page.locator("h1")).to_have_text("Counter")
    expect(page.locator("#card")).to_be_empty()
    change_to(page, "pharm")
    expect(name).to_have_value("Әбілқасым")


def test_who_takes_over_a_page_about_a_patient_is_noted_before_it_is_shown(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "feldsher")
    pharmacy.enter(page, "nurse2", "/family/died/p1")
    page.locator("[name='body.died_on']").fill("2020-01-02")
    assert ("p1", "family") not in seen_by(pharmacy, "feldsher")
    change_to(page, "feldsher")
    expect(page.locator("main")).to_be_visible()
    assert ("p1", "family") in seen_by(pharmacy, "feldsher")
    expect(page.locator("[name='body.died_on']")).not_to_have_value("2020-01-02")
    change_to(page, "nurse2")
    expect(page.locator("[name='body.died_on']")).to_have_value("2020-01-02")


def test_a_mending_that_waits_for_a_second_signature_is_told_as_such(page: Page, pharmacy: Pharmacy) -> None:
    with pharmacy.house.ledger.reading() as reading:
        (row, *_) = reading.rows(type="stock.moved")
    pharmacy.enter(page, "head", f"/entries/{row.seq}")
    page.locator("[name='body.reason'][value=duplicate]").check()
    page.locator("[name='body.packs'][value=never_left]").check()
    page.locator("[name='body.note']").fill("twice")
    page.locator("[name=witness]").select_option("nurse2")
    page.keyboard.press("F9")
    page.locator(".do-sign").click()
    page.locator(".do-park").click()
    expect(page).to_have_url(f"{pharmacy.origin}/")
    expect(page.locator(".told")).to_contain_text("as soon as the other person has signed")


def test_who_has_not_come_in_here_is_told_so_where_they_are_chosen(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "doctor")
    pharmacy.enter(page, "head", "/stock/breakage")
    second, hint = page.locator("[name=witness]").first, page.locator(".comes-in")
    second.select_option("nurse2")
    expect(second).to_have_accessible_description(
        "Has not come in here today: signs on their own device, or comes in first with F8."
    )
    second.select_option("doctor")
    expect(hint).to_have_count(0)
    expect(second).to_have_accessible_description("")
    second.select_option("nurse2")
    page.evaluate(
        """() => {
          const { on, people } = JSON.parse(localStorage.getItem("senim.people"));
          const come = { ...people[0], person: "nurse2" };
          localStorage.setItem("senim.people", JSON.stringify({ on, people: [...people, come] }));
          document.dispatchEvent(new CustomEvent("senim:person"));
        }"""
    )
    expect(hint).to_have_count(0)


def test_no_name_is_left_in_the_browser_by_another_language(page: Page, pharmacy: Pharmacy) -> None:
    """Browsers write what a tab keeps to the disk."""
    kept = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"
    pharmacy.enter(page, "doctor", "/family/new")
    page.locator("[name='body.identity.name']").fill("Zufar")
    page.locator("[name='body.identity.address']").fill("Abai 1")
    page.wait_for_function("() => Object.keys(localStorage).some((name) => name.startsWith('senim.kept.'))")
    assert "Zufar" not in page.evaluate(kept)
    assert "Abai" not in page.evaluate(kept)
    page.locator("header a[lang=ru]").click()
    expect(page.locator(".draft")).to_contain_text("Ваш черновик от")
    expect(page.locator("[name='body.identity.name']")).to_have_value("Zufar")
