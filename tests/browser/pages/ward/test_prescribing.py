"""The physician: a course renewed, its dose changed with the warning answered once, stopped; a death."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.pages.ward.conftest import Open, sign
from tests.browser.pharmacy import Pharmacy

pytestmark = pytest.mark.slow


def test_a_patient_is_found_by_folded_letters_and_a_new_course_is_filled_by_its_product(
    screen: Open, pharmacy: Pharmacy
) -> None:
    page = screen("doctor", "/prescribing", "kk")
    page.get_by_label("аты-жөні").fill("габитова")  # Ғабитова
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Гүлнәр Ғабитова").click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    form = page.locator("#new")
    form.locator("#product").select_option("trimeperidine")
    expect(form.locator("#dose")).to_have_value("20")
    expect(form.locator('[name="body.route"]')).to_have_value("20066000")
    form.locator("#often").select_option(label="тәулігіне 2 рет")
    form.locator('[name="body.duration_days"]').fill("5")
    expect(form.locator('[name="body.units"]')).to_have_value("10")
    form.locator("button.main").click()
    (issued,) = sign(page, pharmacy)
    body = issued["body"]
    assert issued["type"] == "prescription.issued"
    assert (body["single_dose"], body["route"], body["duration_days"], body["units"]) == (
        {"value": "20", "unit": "mg"}, "20066000", 5, 10)  # fmt: skip
    assert body["frequency"] == {"times": 2, "period": 1, "period_unit": "d", "as_needed": False}
    expect(page.locator("section.card h2", has_text="Тримеперидин")).to_be_visible()


def test_a_renewal_asks_nothing_and_a_raised_dose_is_answered_once(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("doctor", "/prescribing/p1", "ru")
    page.locator("#rx2").get_by_role("link", name="Продлить").click()
    expect(page.locator("#new h2")).to_contain_text("Продление")
    page.locator("#new button.main").click()
    (renewed,) = sign(page, pharmacy)
    assert (renewed["body"]["renews"], renewed["acknowledged"]) == ("rx2", [])
    pharmacy.speak(page, "kk")
    page.set_viewport_size(PHONE)
    pharmacy.visit(page, "/prescribing/p1")
    page.locator("#rx1").get_by_role("link", name="Дозаны өзгерту").click()
    expect(page.locator("#new h2")).to_contain_text("Мынаның орнына")
    page.locator("#dose").fill("30")
    expect(page.locator('[name="body.units"]')).to_have_value("90")
    page.locator("#new button.main").click()
    page.locator("#new .warnings input").first.wait_for()
    for why in page.locator("#new .warnings input").all():
        why.fill("боль усилилась")
    page.locator("#new button.main").click()
    (changed,) = sign(page, pharmacy)
    assert changed["body"]["replaces"] == "rx1"
    assert "dose_jump" in {each["code"] for each in changed["acknowledged"]}
    assert changed["body"]["single_dose"]["value"] == "30"
    with pharmacy.house.ledger.reading() as reading:
        assert reading.book.get("prescription", "rx1").stopped_at is not None


def test_a_course_is_stopped_with_a_reason_that_stays_sealed(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("doctor", "/prescribing/p2", "ru")
    page.locator("#rx7").get_by_text("Отменить").click()
    page.locator("#rx7").get_by_label("Причина").fill("спокоен")
    page.get_by_role("button", name="Подписать: отменено").click()
    (stopped,) = sign(page, pharmacy)
    assert (stopped["type"], stopped["body"]) == ("prescription.stopped", {"prescription": "rx7"})
    assert "body.reason" in stopped["sealed"]
    expect(page.locator("#rx7")).to_have_count(0)


def test_a_death_ends_prescribing_and_leaves_the_courses_readable(screen: Open, pharmacy: Pharmacy) -> None:
    page = screen("doctor", "/prescribing/p5", "kk")
    page.get_by_text("Пациент қайтыс болды").click()
    page.get_by_role("button", name="Қайтыс болғанын растап қол қою").click()
    (died,) = sign(page, pharmacy)
    assert (died["type"], died["body"]["patient"]) == ("patient.died", "p5")
    expect(page.locator("#new")).to_have_count(0)
    expect(page.locator("main .notice")).to_contain_text("қайтыс болған")
