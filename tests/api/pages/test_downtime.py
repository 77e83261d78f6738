"""What stands on the pages of a day without power, and the lines of a sheet that nobody has accounted for."""

import re

import pytest

from api.pages.downtime.entering import KINDS
from api.pages.downtime.sheets import find_courses, next_numbers, read_open_sheets, read_sheet
from ledger.domain.authority import AUTHORITY
from ledger.errors import LedgerReadOnly, NotFound
from tests.api.serving import Served

HTML = {"Accept": "text/html"}
SHEET = """
09:00 pharm sheet.issued sheet_no=7 place=safe lines=4
09:05 pharm sheet.issued sheet_no=A/8 place=ward lines=2
09:10 [first] pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 2] sheet={no=7 line=2}
"""


def read(served: Served, path: str, who: str = "nurse", status: int = 200) -> str:
    answer = served.call("GET", path, who=who, headers=HTML)
    assert answer.status_code == status, answer.text[:300]
    text = answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", text[max(0, text.find("<main")) :]).split())


def test_lines_not_accounted_for_are_those_without_an_entry_that_stands(served: Served) -> None:
    served.counter.tell(SHEET)
    with served.counter.house.ledger.reading() as reading:
        sheet = read_sheet(reading, "7")
        assert ([line for line, _ in sheet.entered], sheet.missing) == ([2], (1, 3, 4))
        assert [each.no for each in read_open_sheets(reading)] == ["A/8", "7"]
        numbers = next_numbers(reading)
        assert [next(numbers), next(numbers)] == [8, 9]
        with pytest.raises(NotFound):
            read_sheet(reading, "9")
    assert "lines not accounted for: 3 of 4" in read(served, "/downtime")
    served.counter.tell("09:20 pharm + nurse entry.reversed id=@first reason=duplicate packs=never_left note=twice")
    assert "lines not accounted for: 4 of 4" in read(served, "/downtime/enter?sheet=7")


def test_a_closed_sheet_is_no_longer_listed(served: Served) -> None:
    served.counter.tell(SHEET + "10:00 pharm sheet.closed sheet_no=7 unused=[1, 3, 4]")
    said = read(served, "/downtime")
    assert "Sheet No. A/8" in said
    assert "Sheet No. 7" not in said
    assert "closed" in read(served, "/downtime/enter?sheet=7")


def test_read_only_the_balances_and_the_paper_are_still_there(served: Served) -> None:
    served.counter.tell(SHEET)
    served.counter.house.ledger.read_only = LedgerReadOnly("disk_full")
    said = read(served, "/downtime")
    assert "Go on on paper" in said
    assert "Morphine, solution for injection, 10 mg A 38" in said
    assert "Sign and print" not in said
    assert "rx1" in read(served, "/downtime/courses")
    paper = read(served, "/downtime/paper?place=safe")
    assert "Morphine, solution for injection, 10 mg A 38" in paper
    with served.counter.house.ledger.reading() as reading:
        root = reading.head.frontier.root().hex()
    assert root in paper.replace(" ", "")


def test_who_sees_the_courses_is_noted_before(served: Served) -> None:
    assert "Test" not in read(served, "/downtime")
    assert "Test" in read(served, "/downtime/courses")
    (row, *_) = served.site.access.read(person="nurse", limit=1)
    assert (row.kind, row.detail.rpartition(" at ")[0]) == ("listed", "courses that run")


def test_a_course_that_ended_is_found_as_far_back_as_a_sheet_may_reach(served: Served) -> None:
    with served.counter.house.ledger.reading() as reading:
        for first_on, last_on, found in (
            ("2026-03-02", "2026-03-02", ["rx1"]),
            ("2026-03-11", "2026-03-20", ["rx1"]),
            ("2026-03-12", "2026-03-20", []),
            ("2026-02-20", "2026-03-01", []),
        ):
            assert [name for name, _ in find_courses(reading, first_on, last_on)] == found


@pytest.mark.parametrize("type", KINDS)
def test_every_kind_of_line_cites_its_sheet_and_line(served: Served, type: str) -> None:
    served.counter.tell(SHEET)
    path = f"/downtime/enter/line?sheet=7&line=3&type={type}&prescription=rx1"
    text = served.call("GET", path, who="nurse", headers=HTML).text
    assert f'data-type="{type}"' in text
    assert 'name="sheet.no" value="7"' in text
    assert 'name="sheet.line" value="3"' in text
    assert ('name="witness"' in text) or type in ("dispense.outpatient", "dispense.discharge")
    read(served, path.replace("line=3", "line=2"), status=404)  # it is entered already


def test_one_is_offered_only_what_one_may_enter(served: Served) -> None:
    served.counter.tell(SHEET)
    for who, role in (("nurse", "nurse"), ("pharm", "pharmacist")):
        text = served.call("GET", "/downtime/enter?sheet=7", who=who, headers=HTML).text
        offered = set(re.findall(r'<option value="([a-z.]+)">', text))
        assert offered == {type for type in KINDS if role in AUTHORITY[type].performers}
