"""The day page of each role: what waits, and nothing else."""

import re

import pytest

from api.pages.day.pages import ELSEWHERE
from tests.api.serving import Served

HTML = {"Accept": "text/html"}


def today(served: Served, who: str) -> str:
    """The text of the day page."""
    answer = served.call("GET", "/", who=who, headers=HTML)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text[answer.text.index("<main") :]).split())


def test_a_supply_that_ends_before_monday_stands_on_the_pharmacists_day(served: Served) -> None:
    assert "Runs out before Monday" not in today(served, "pharm")
    served.counter.tell(
        "09:00 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 6] days_supply=2\n"
        "    collector={kind=relative identity=seen}"
    )
    said = today(served, "pharm")
    assert "Runs out before Monday Test: Morphine, solution for injection, 10 mg covered until 3 Mar 2026" in said
    assert "24 left of the course, until 11 Mar 2026" in said
    assert "Runs out before Monday" in today(served, "doctor")
    assert "Runs out" not in today(served, "nurse")


def test_who_reads_the_day_is_in_the_access_log(served: Served) -> None:
    today(served, "pharm")
    (row, *_) = served.site.access.read()
    assert (row.kind, row.person, row.detail.startswith("day at ")) == ("listed", "pharm", True)


def test_after_a_death_nothing_but_the_return_is_asked_about_the_patient(served: Served) -> None:
    served.counter.tell(
        "09:00 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 6] days_supply=2\n"
        "    collector={kind=relative identity=seen}\n"
        "10:00 doctor patient.died patient=p1 died_on=2026-03-02"
    )
    for who in ("pharm", "head", "doctor"):
        assert "Test" not in today(served, who)


def test_a_signature_that_waits_is_offered_to_whoever_may_give_it(served: Served) -> None:
    served.counter.tell(
        "09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 2]\n"
        "09:30 nurse dose.administered patient=p1 ordered_by=doctor place=ward product=morphine lots=[A 1] dose=10mg"
    )
    assert "Waiting for your signature Dose given , your verbal order · nurse" in today(served, "doctor")
    assert "Waiting for your signature" not in today(served, "pharm")


@pytest.mark.parametrize(("who", "where"), ELSEWHERE.items())
def test_whose_day_is_a_page_of_their_own_is_led_there(served: Served, who: str, where: str) -> None:
    answer = served.call("GET", "/", who=who, headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, where)


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(served: Served) -> None:
    answer = served.call("GET", "/stock/delivery?x=1", who=None, headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=/stock/delivery%3Fx%3D1")


def test_a_part_of_a_page_that_is_refused_says_why_in_its_place(served: Served) -> None:
    answer = served.call("GET", "/stock/delivery", who="nurse", headers=HTML | {"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.text.startswith('<div class="refused"')


def test_a_line_about_a_patient_leads_to_where_that_role_works_with_them(served: Served) -> None:
    served.counter.tell(
        "09:00 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 6] days_supply=2\n"
        "    collector={kind=relative identity=seen}"
    )
    for who, heading in (("pharm", '<h2 tabindex="-1">Test</h2>'), ("doctor", "Test</h1>")):
        page = served.call("GET", "/", who=who, headers=HTML).text
        (link, *_) = re.findall(r'href="(/(?:counter|prescribing)[/?][^"]+)"', page)
        assert heading in served.call("GET", link, who=who, headers=HTML).text


def test_who_collects_empties_is_told_no_figure_before_counting(served: Served) -> None:
    served.counter.tell(
        "09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 2]\n"
        "09:30 nurse dose.administered patient=p1 ordered_by=doctor place=ward product=morphine lots=[A 1] dose=10mg"
    )
    assert "1 empty one to hand in" in today(served, "nurse")
    for who in ("pharm", "head"):
        assert "Empty ampoules on the wards" in today(served, who)
        assert "to hand in" not in today(served, who)
