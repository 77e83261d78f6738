"""The list of those who visit homes: what stands on it, what does not, and that whoever looked is noted."""

import re

import pytest

from api.pages.family import pages, waiting
from tests.api.serving import Served, make_token
from tests.faults.counter import COURSE, PERSON, UNKNOWN

SUPPLY = """09:00 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 30] days_supply=10
    collector={kind=relative identity=seen}
"""
DEATH = "10:00 feldsher patient.died patient=p1 died_on=2026-03-02\n"
TOLD = '10:30 nurse relatives.informed patient=p1 relative="Айша" relation=wife order_no=12/п order_on=2026-01-10\n'
BACK = """11:00 feldsher unused.returned patient=p1 brought_by="Айша" relation=wife reason=patient_died
    lines=[morphine A intact=20 broken=1] empties_declined=true seal_no=R-1 place=custody signed_by_relative=yes
"""
ANOTHER = f"""
08:5# doctor patient.registered patient=p# {PERSON} {UNKNOWN}
08:5# doctor prescription.issued prescription=rx# patient=p# product=morphine units=30 starts_on=2026-03-02 {COURSE}
09:0# pharm dispense.outpatient prescription=rx# patient=p# place=safe lots=[A 3] days_supply=1
    collector={{kind=relative identity=seen}}
"""
"""Where # is a digit."""
BLAME = re.compile(
    r"missing|unaccounted|refus|stolen|theft|overdue|shortage|недоста|изъят|изым|отказ|краж|украд|похищ|пропа[лж]|"
    r"просроч|жетісп|жоғал|ұрла|бас тарт|тәркіле|мерзімі өткен",
    re.IGNORECASE,
)
SCREENS = ("", "/visits", "/patient/p1", "/notice/p1", "/return/p1", "/return", "/count/p1", "/died/p1", "/takeover",
           "/heard", "/handover", "/claims", "/slip/{seq}")  # fmt: skip


def read(served: Served, path: str, who: str = "feldsher", lang: str = "en") -> str:
    """The text of a page."""
    answer = served.call("GET", f"/family{path}", who=who, headers={"Accept": "text/html", "Accept-Language": lang})
    assert answer.status_code == 200, path
    page = answer.text[answer.text.index("<main") :] if "<main" in answer.text else answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def visits(served: Served, who: str = "feldsher") -> str:
    token = make_token(served.site, who, None)  # of today: tokens are for a day
    return read(served, "/visits", token).partition("Patients with medicines")[0]


def test_a_family_stays_on_the_list_from_the_death_to_the_return(served: Served) -> None:
    served.counter.tell(SUPPLY)
    assert "After a death" not in read(served, "")
    served.counter.tell(DEATH)
    assert "Test died on 2 Mar 2026 Tell the family Take what was left" in read(served, "")
    served.counter.tell(TOLD)
    assert "Tell the family" not in read(served, "")
    assert "Take what was left" in read(served, "")
    served.counter.tell(BACK)
    said = read(served, "")
    assert "After a death" not in said
    assert "Seal R-1" in said
    assert "in my hands" in said
    assert "in my hands" not in read(served, "", "nurse")


def test_the_return_begins_with_what_was_told_before(served: Served) -> None:
    served.counter.tell(SUPPLY + DEATH + TOLD)
    page = served.call("GET", "/family/return/p1", who="feldsher", headers={"Accept": "text/html"}).text
    assert 'value="Айша"' in page
    assert '<option value="wife" selected>' in page
    notice = served.call("GET", "/family/notice/p1", who="feldsher", headers={"Accept": "text/html"}).text
    assert 'value="12/п"' in notice
    assert 'value="2026-01-10"' in notice
    assert notice.index("көңіл айтамыз") < notice.index("соболезнования") < notice.index("<form")


def test_whose_visit_has_come_follows_from_what_is_recorded(served: Served) -> None:
    """A nurse is due weekly, a physician after thirty days, as the practice rules have it; after a death nobody."""

    def due(day: str, line: str) -> tuple[bool, bool]:
        """(a nurse, a physician) once the *line* of that *day* is recorded."""
        served.counter.tell(f"day {day}\n09:00 {line}\n")
        assert visits(served) == visits(served, "nurse")
        return "Test" in visits(served), "Test" in visits(served, "doctor")

    seen = "home.counted patient=p1 lines=[morphine A 20]"
    served.counter.tell(SUPPLY)
    assert due("2026-03-08", "pharm lot.quarantined product=morphine lot=A reason=seen") == (False, False)
    assert due("2026-03-09", "pharm lot.released product=morphine lot=A reason=seen") == (True, False)
    assert due("2026-03-10", f"doctor {seen}") == (True, False)
    assert due("2026-03-11", f"nurse {seen}") == (False, False)
    assert due("2026-04-08", f"feldsher {seen}") == (False, False)
    assert due("2026-04-09", f"nurse {seen}") == (False, True)
    assert "Test last there on 10 Mar 2026" in visits(served, "doctor")
    assert due("2026-04-20", "feldsher patient.died patient=p1 died_on=2026-04-20") == (False, False)


def test_everybody_whose_visit_has_come_is_shown_once_and_the_dead_are_not(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 1)
    monkeypatch.setattr(waiting, "_TOGETHER", 1)
    for n in range(3, 7):
        served.counter.tell(ANOTHER.replace("#", str(n)))
    served.counter.tell("day 2026-03-20\n09:00 feldsher patient.died patient=p4 died_on=2026-03-19\n")
    token, shown, more = make_token(served.site, "feldsher", None), list[str](), ["/visits"]
    while more:
        page = served.call("GET", f"/family{more[0]}", who=token, headers={"Accept": "text/html"}).text
        shown += re.findall(r"/family/patient/(\w+)", page)
        more = re.findall(r'hx-get="/family(/visits\?start=\d+)"', page)
    assert shown == ["p3", "p5", "p6"]


def test_no_screen_of_a_family_has_a_word_of_blame_in_any_language(served: Served) -> None:
    served.counter.tell(SUPPLY + DEATH + TOLD + BACK.replace("intact=20", "intact=2"))
    seq = served.counter.size() - 1
    for lang in ("kk", "ru", "en"):
        for screen in SCREENS:
            said = read(served, screen.format(seq=seq), lang=lang)
            assert not BLAME.search(said), (lang, screen)
            assert not re.search("[✓✔✗✘☑⚠●▲⏳]", said), (lang, screen)


def test_the_slip_lists_what_was_handed_over_and_no_name(served: Served) -> None:
    served.counter.tell(SUPPLY + DEATH + BACK)
    seq = served.counter.size() - 1
    said = read(served, f"/slip/{seq}", lang="ru")
    assert "Спасибо. Мы приняли от вас: Морфин, раствор для инъекций, 10 мг ампулы: 21" in said
    assert f"№ {seq}" in said
    assert "Test" not in said
    assert "Айша" not in said
    answer = served.call("GET", f"/family/slip/{seq - 1}", who="feldsher", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_whoever_looks_is_noted_before(served: Served) -> None:
    served.counter.tell(SUPPLY + DEATH)
    read(served, "")
    read(served, "/return/p1", "nurse")
    head = served.counter.size() - 1
    noted = [(row.kind, row.person, row.patient, row.detail) for row in served.site.access.read()]
    assert ("listed", "feldsher", "", f"families after a death at {head}") in noted
    assert ("read", "nurse", "p1", "family") in noted
    answer = served.call("GET", "/family/return/nobody", who="nurse", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_a_pharmacist_has_nothing_to_do_here(served: Served) -> None:
    assert served.call("GET", "/family", who="pharm", headers={"Accept": "text/html"}).status_code == 403
