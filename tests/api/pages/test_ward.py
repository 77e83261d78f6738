"""What the ward's pages show: who is due first, out of which lot, on which ward, and to whom a reason is asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, SUPPLY, Counter

COURSE = "setting=inpatient record_no=1 starts_on=2026-03-02 duration_days=10"
WARD = f"""
08:41 head + nurse stock.opened place=ward lines=[morphine O 1 expires_on=2026-03-01,
  morphine B 2 expires_on=2026-09-30,
  fentanyl F 9 expires_on=2027-06-30, morphine A 9 expires_on=2027-06-30]
08:42 doctor prescription.issued prescription=half patient=p1 product=morphine single_dose=5mg route=20066000
    frequency=6/d units=60 {COURSE}
08:43 doctor prescription.issued prescription=triple patient=p2 product=morphine single_dose=30mg route=20066000
    frequency=3/d units=90 {COURSE}
08:44 doctor prescription.issued prescription=patch patient=p2 product=fentanyl single_dose=25ug/h route=20070000
    frequency=1/3d units=4 {COURSE}
"""


@contextmanager
def open_ward(folder: Path) -> Iterator[Served]:
    counter = Counter(folder)
    counter.tell(OPENING + WARD)
    with serve(counter) as served:
        yield served
    counter.house.close()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Served]:
    with open_ward(tmp_path) as served:
        yield served


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same for tests that change nothing."""
    with open_ward(tmp_path_factory.mktemp("ward")) as served:
        yield served


def read(served: Served, path: str, who: str = "nurse", **more: str) -> str:
    answer = served.call("GET", f"{path}?{urlencode(more)}", who=who)
    assert answer.status_code == 200, answer.text
    return answer.text


def due_of(served: Served, course: str) -> str:
    """What the list says of a course, in one line."""
    text = read(served, "/ward/doses", place="ward")
    part = text.partition(f'data-course="{course}"')[2].partition("</article>")[0]
    return " ".join(part.split())


def ask(served: Served, path: str, reason: str, who: str = "nurse") -> httpx.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return served.call("POST", path, who=who, data={"reason": reason}, headers=headers)


def test_the_next_dose_is_due_an_interval_after_the_last_one(ward: Served) -> None:
    """Every four hours: never given, given, not given, given and reversed, in a driver of eight hours. And patches."""
    for name in ("given", "asleep", "reversed", "driver"):
        ward.counter.tell(f"08:45 doctor prescription.issued prescription={name} patient=p1 product=morphine units=60 "
                          f"single_dose=10mg route=20066000 frequency=6/d {COURSE}")  # fmt: skip
    ward.counter.tell(f"""08:46 doctor prescription.issued prescription=other patient=p1 product=fentanyl units=4
    single_dose=25ug/h route=20070000 frequency=1/3d {COURSE}
09:00 nurse dose.administered patient=p1 prescription=given place=ward product=morphine lots=[A 1] dose=10mg
09:00 nurse dose.not_given prescription=asleep due_at=2026-03-02T08:50:00+05:00 reason=asleep
09:00 [x] nurse dose.administered patient=p1 prescription=reversed place=ward product=morphine lots=[A 1] dose=10mg
09:01 nurse entry.reversed id=@x reason=wrong_patient note=n packs=never_left
09:02 nurse infusion.started infusion=d prescription=driver patient=p1 place=ward hours=8
    contents=[product=morphine lots=[A 1] dose=10mg]
09:03 nurse dose.administered patient=p1 prescription=other place=ward product=fentanyl lots=[F 1] dose=25ug/h
09:04 nurse dose.administered patient=p2 prescription=patch place=ward product=fentanyl lots=[F 1] dose=25ug/h
09:05 nurse patch.removed patient=p2 product=fentanyl reason=change
09:30 nurse patch.removed patient=p1 product=fentanyl reason=fell_off""")
    due = {"half": "08:42", "given": "13:00", "asleep": "12:50", "reversed": "08:45", "driver": "17:02",
           "other": "09:30", "patch": "5 Mar 2026, 09:04"}  # fmt: skip
    for course, at in due.items():
        assert f"due {at}<" in due_of(ward, course), course
    assert "Put the patch on" in due_of(ward, "other")
    assert "Change the patch" in due_of(ward, "patch")


def test_the_next_one_due_stands_first_and_a_stopped_or_over_course_nowhere(ward: Served) -> None:
    ward.counter.tell("09:00 nurse dose.not_given prescription=half due_at=2026-03-02T09:00:00+05:00 reason=asleep")
    text = read(ward, "/ward/doses")
    assert text.index('data-course="triple"') < text.index('data-course="patch"') < text.index('data-course="half"')
    ward.counter.tell("09:05 doctor prescription.stopped prescription=triple reason=better")
    assert 'data-course="triple"' not in read(ward, "/ward/doses")
    ward.counter.tell("day 2026-03-12\n10:00 head + nurse stock.counted place=ward blind=true purpose=shift "
                      "lines=[morphine A 9]")  # fmt: skip
    assert "No inpatient has a course" in read(ward, "/ward/doses", "nurse2")


def card_of(served: Served, course: str, place: str = "ward", **between: int) -> httpx.Response:
    path = f"/ward/doses/{course}?{urlencode({'place': place, **between})}"
    return served.call("GET", path, who="nurse2", reason=None, headers={"HX-Request": "true"})


def test_a_card_comes_anew_only_where_a_dose_was_given_since_and_says_by_whom(ward: Served) -> None:
    (drawn,) = map(int, re.findall('data-seen="(.+?)"', due_of(ward, "triple")))
    assert drawn == ward.counter.size() - 1
    assert card_of(ward, "triple", after=drawn).status_code == card_of(ward, "nothing", after=drawn).status_code == 204
    ward.counter.tell("""09:00 [x] nurse dose.administered patient=p2 prescription=triple place=ward product=morphine
    lots=[A 3] dose=30mg
09:01 nurse dose.not_given prescription=triple due_at=2026-03-02T09:00:00+05:00 reason=asleep""")
    assert card_of(ward, "half", after=-1).status_code == 204
    fresh = card_of(ward, "triple", after=drawn)
    assert "nurse gave this at 09:00." in fresh.text
    (row,) = ward.site.access.read(person="nurse2", limit=1)
    assert (row.kind, row.patient, row.detail, row.reason) == ("read", "p2", "bedside", "at the bedside")
    (seen,) = map(int, re.findall('data-seen="(.+?)"', fresh.text))
    assert card_of(ward, "triple", after=seen).status_code == 204
    assert "gave this" not in due_of(ward, "triple")
    ward.counter.tell("09:02 nurse entry.reversed id=@x reason=wrong_patient note=n packs=never_left")
    assert card_of(ward, "triple", after=drawn).status_code == 204


def test_of_two_doses_sent_at_one_moment_the_one_behind_is_told_of_the_other_whenever_that_was_given(
    ward: Served,
) -> None:
    dose = "dose.administered patient=p1 prescription=half place=ward product=morphine lots=[A 1] dose=5mg residue=5mg"
    drawn = ward.counter.size() - 1
    ward.counter.tell(f"09:05 nurse {dose} residue_fate=kept_for_collection")
    ward.counter.tell(f"09:00 nurse2 {dose} residue_fate=kept_for_collection")
    assert card_of(ward, "half", after=drawn, before=drawn + 1).status_code == 204
    assert "nurse gave this at 09:05." in card_of(ward, "half", after=drawn, before=drawn + 2).text
    assert "nurse2 gave this at 09:00." in card_of(ward, "half", after=drawn).text


def test_at_home_the_card_tells_who_gave_a_dose_and_offers_none(tmp_path: Path) -> None:
    counter = Counter(tmp_path, facility="phc")
    counter.tell(f"""{OPENING}
09:00 pharm dispense.outpatient {SUPPLY} lots=[A 6] days_supply=2
09:10 nurse dose.administered patient=p1 prescription=rx1 home=true product=morphine lots=[A 1] dose=10mg""")
    with serve(counter) as served:
        fresh = card_of(served, "rx1", "home", after=-1).text
        (row,) = served.site.access.read(person="nurse2", limit=1)
    counter.house.close()
    assert "nurse gave this at 09:10." in fresh
    assert "<form" not in fresh
    assert (row.patient, row.reason) == ("p1", "home visit")


def test_the_dark_button_is_of_a_dose_that_is_due_within_the_hour_and_before_that_it_says_early(ward: Served) -> None:
    """Every eight hours, since nine."""
    ward.counter.tell("09:00 nurse dose.administered patient=p2 prescription=triple place=ward product=morphine "
                      "lots=[A 3] dose=30mg")  # fmt: skip
    now = '<button class="main">Give 30 mg</button>'
    for at, button in (("15:58", "<button>Give 30 mg early</button>"), ("16:01", now), ("17:30", now)):
        ward.counter.tell(f"{at} nurse dose.administered patient=p1 prescription=half place=ward product=morphine "
                          "lots=[A 1] dose=5mg residue=5mg residue_fate=kept_for_collection")  # fmt: skip
        assert button in due_of(ward, "triple"), at


def test_a_dose_is_taken_from_the_oldest_lot_that_may_be_given_and_then_from_the_next(quiet: Served) -> None:
    told = due_of(quiet, "triple")
    assert "B, A" in told  # thirty milligrams: two of the older lot, one of the newer; the expired one stays
    assert '[{"lot": "B", "units": 2}, {"lot": "A", "units": 1}]' in told
    assert "Give 30" in told
    assert "Give 5" not in due_of(quiet, "half")  # what is left over has to be asked


def test_a_course_belongs_to_the_ward_of_its_last_dose_and_the_others_are_told_of(ward: Served) -> None:
    ward.counter.tell("""08:50 head + nurse stock.moved from_place=safe to_place=team lines=[morphine A 4]
09:00 nurse dose.administered patient=p2 prescription=triple place=team product=morphine lots=[A 3] dose=30mg""")
    assert 'data-course="triple"' not in read(ward, "/ward/doses", place="ward")
    assert "1 course is given on another ward" in read(ward, "/ward/doses", place="ward")
    assert 'data-course="triple"' in read(ward, "/ward/doses", place="team")


@pytest.mark.parametrize("who", ["nurse", "feldsher", "doctor"])
def test_whoever_gives_doses_is_offered_what_is_due(quiet: Served, who: str) -> None:
    assert "Give 30" in read(quiet, "/ward/doses", who)


def test_who_may_not_give_a_dose_does_not_come_to_the_bedside(quiet: Served) -> None:
    assert quiet.call("GET", "/ward/doses", who="pharm", headers={"Accept": "text/html"}).status_code == 403


def test_the_reason_is_implied_at_the_own_bedside_and_asked_elsewhere(ward: Served) -> None:
    assert "Test" in read(ward, "/ward/bedside/p2", place="ward")
    (seen,) = ward.site.access.read(patients=["p2"], limit=1)
    assert (seen.detail, seen.reason) == ("bedside", "at the bedside")
    question = read(ward, "/ward/bedside/p1", place="home")  # of a hospital, whose people visit no homes
    assert ("Why do you look" in question, "Test" in question) == (True, False)
    assert "Test" in ask(ward, "/ward/bedside/p1?place=home", "home visit").text
    ward.counter.tell("09:05 doctor prescription.stopped prescription=half reason=better")
    path = "/ward/bedside/p1?place=ward"
    assert "Why do you look" in read(ward, "/ward/bedside/p1", place="ward")
    assert ask(ward, path, "").status_code == ask(ward, path, "curious").status_code == 400
    assert "Test" in ask(ward, path, "discharge planning").text
    (seen,) = ward.site.access.read(patients=["p1"], limit=1)
    assert seen.reason == "discharge planning"


def test_a_dose_history_shows_nothing_before_the_reason_and_is_as_known_at_an_entry(ward: Served) -> None:
    before = ward.counter.size() - 1
    ward.counter.tell("09:00 nurse dose.administered patient=p2 prescription=patch place=ward product=fentanyl "
                      "lots=[F 1] dose=25ug/h")  # fmt: skip
    question = read(ward, "/patients/p2/doses")
    assert "Test" not in question
    now = ask(ward, "/patients/p2/doses", "care now").text
    then = ask(ward, f"/patients/p2/doses?at={before}", "care now").text
    assert "on since" in now
    assert "on since" not in then
    assert f"as known at entry {before}" in then
    figures = then.partition('<dl class="card figures">')[2].partition("</dl>")[0]
    assert figures.count("<dd>nothing on record") >= 2
    assert "<dd>—" not in figures
    assert ask(ward, "/patients/nobody/doses", "care now").status_code == 404
    assert ask(ward, "/patients/p2/doses", "care now", who="inspector").status_code == 403


def test_a_reversed_dose_stays_in_the_history_struck_through_and_the_report_is_issued(ward: Served) -> None:
    ward.counter.tell("""09:00 [x] nurse dose.administered patient=p2 prescription=patch place=ward product=fentanyl
    lots=[F 1] dose=25ug/h
09:05 nurse entry.reversed id=@x reason=wrong_patient note=n packs=never_left""")
    text = ask(ward, "/patients/p2/doses", "care now").text
    assert '<tr class="reversed">' in text
    assert "on since" not in text
    issued = ward.call("POST", "/api/v1/reports/dose-history", who="nurse", json={"patient": "p2"})
    assert issued.status_code == 201  # the button below it


def test_the_count_of_a_shift_names_no_figure_of_the_book(quiet: Served) -> None:
    text = read(quiet, "/ward/handover", place="ward").partition("<form")[2].partition("</form>")[0]
    assert 'value="morphine"' in text
    assert 'value="fentanyl"' in text
    assert 'value="diazepam"' not in text  # which never was here
    assert "12" not in text.partition('data-list="body.lines"')[2].partition("witness")[0]  # as many as there are


def test_the_result_of_a_count_is_shown_with_what_differed(ward: Served) -> None:
    ward.counter.tell("09:00 nurse + nurse2 stock.counted place=ward blind=true purpose=shift "
                      "lines=[morphine - 11, fentanyl - 9]")  # fmt: skip
    seq = str(ward.counter.size() - 1)
    text = read(ward, "/ward/handover", place="ward", entry=seq)
    assert text.count('class="state bad"') == text.count('class="state good"') == 1
    assert "−1 ampoule" in text
    other = ward.call("GET", f"/ward/empties?place=ward&entry={seq}", who="nurse")
    assert other.status_code == 404


def test_a_nurse_sees_which_empties_are_expected_and_the_pharmacist_does_not(ward: Served) -> None:
    ward.counter.tell("09:00 nurse dose.administered patient=p1 prescription=half place=ward product=morphine "
                      "lots=[A 1] dose=5mg residue=5mg residue_fate=kept_for_collection")  # fmt: skip
    assert "To be handed in" in read(ward, "/ward/empties", "nurse")
    counted = read(ward, "/ward/empties", "pharm")
    assert "To be handed in" not in counted
    assert '<input type="hidden" name="lot" value="A">' in counted


def test_a_primary_care_organisation_asks_for_no_empties(tmp_path: Path) -> None:
    counter = Counter(tmp_path, facility="phc")
    with serve(counter) as served:
        assert "collected in hospitals only" in read(served, "/ward/empties")
    counter.house.close()


@pytest.mark.parametrize("path", ["/ward/doses?place=safe", "/ward/handover?place=nowhere", "/ward/empties?place=home"])
def test_a_place_that_is_not_there_is_not_found(quiet: Served, path: str) -> None:
    assert quiet.call("GET", path, who="nurse").status_code == 404


def test_whether_a_patient_is_here_is_told_to_who_said_why(quiet: Served) -> None:
    assert "Why do you look" in read(quiet, "/ward/bedside/nobody", place="home")
    assert ask(quiet, "/ward/bedside/nobody?place=home", "home visit").status_code == 404


def test_a_physician_sees_the_verbal_orders_that_are_his_and_a_nurse_none(ward: Served) -> None:
    ward.counter.tell("09:00 nurse dose.administered patient=p1 ordered_by=doctor place=ward product=morphine "
                      "lots=[A 1] dose=10mg")  # fmt: skip
    assert 'data-type="entry.countersigned"' in read(ward, "/prescribing", "doctor")
    assert ward.call("GET", "/prescribing", who="nurse").status_code == 403


def test_a_renewal_begins_when_the_old_course_ends_and_a_change_today(quiet: Served) -> None:
    renewal = read(quiet, "/prescribing/p2", "doctor", renews="patch")
    assert 'name="body.renews" value="patch"' in renewal
    assert 'value="2026-03-12"' in renewal
    change = read(quiet, "/prescribing/p2", "doctor", replaces="patch")
    assert 'name="body.replaces" value="patch"' in change
    assert 'value="2026-03-02"' in change
    assert quiet.call("GET", "/prescribing/p2?renews=half", who="doctor").status_code == 404  # another patient's


def test_at_home_the_reason_is_implied_for_who_visits_homes_and_a_search_says_where_it_was(tmp_path: Path) -> None:
    counter = Counter(tmp_path, facility="phc")
    counter.tell(OPENING)
    with serve(counter) as served:
        at_home = ("rx1", "p1")
        with counter.house.ledger.reading() as reading:
            assert reading.book.get("prescription", at_home[0]).setting != "inpatient"
        assert "Test" in read(served, f"/ward/bedside/{at_home[1]}", "feldsher", place="home")
        (seen,) = served.site.access.read(patients=["p1"], limit=1)
        assert (seen.detail, seen.reason) == ("bedside", "home visit")
        assert "Why do you look" in read(served, "/ward/bedside/p2", "feldsher", place="home")  # no course at home
        for path, who, place, said in (
            ("/prescribing/find", "doctor", "", "prescribing"), ("/ward/find", "nurse", "ward", "at the bedside"),
            ("/ward/find", "feldsher", "home", "home visit"),
        ):  # fmt: skip
            for typed in ("Test", "Nobody"):
                assert served.call("POST", path, who=who, data={"q": typed, "place": place}).status_code == 200
                (seen, *_) = served.site.access.read(person=who, limit=1)
                assert (seen.kind, seen.reason) == ("read" if typed == "Test" else "searched", said)
    counter.house.close()
