"""Where pages end: rows that belong together stay together, and no signature stands alone."""

import re
from collections.abc import Callable, Sequence

import pytest

from reports.flow import signature_lines
from reports.model import Signatory
from reports.paper import LEFT, RIGHT, Page, Title, render_paper
from reports.phrases import Phrases
from reports.sections import Section, lay_out
from reports.table import MOST_LINES, Column, Line, Row, lay_row, lay_whole
from tests.reports.world import busy_log

COLUMNS = (Column("What", RIGHT - LEFT),)
FRAME = busy_log().frame("en")
PHRASES = Phrases("en", FRAME.facility.zone)
TITLE = Title(name="Act", subject="Morphine", scope="safe", facts=[("Place", "safe")] * 16)
Text = Callable[..., str]


def row(text: str, *, begins: bool = True) -> Row:
    return lay_row(COLUMNS, [[Line(text)]], begins=begins)


def pages_of(rows: Sequence[Row], signatures: int) -> list[Page]:
    """An act whose heading leaves less than half of the first page."""
    named = [Signatory(meaning="checked")] * signatures
    return lay_out(TITLE, [Section(columns=COLUMNS, rows=rows)], signature_lines(FRAME, PHRASES, named=named))


def shown(text: Text, *acts: list[Page]) -> list[str]:
    """The pages of all *acts* as another program reads them."""
    pdf = render_paper(FRAME, TITLE, [page for act in acts for page in act], PHRASES)
    return text(pdf).split("\f")[:-1]


def test_no_signature_stands_on_a_page_without_what_it_is_for_or_without_the_others(text: Text) -> None:
    acts = [pages_of([row(f"row {n}") for n in range(many)], signatures=3) for many in range(1, 60)]
    signed = [page for page in shown(text, *acts) if "Checked" in page]
    assert [page.count("Checked") for page in signed] == [3] * len(acts)
    assert all("row " in page for page in signed)


def test_more_who_sign_than_a_page_has_room_for_all_have_a_line(text: Text) -> None:
    first, *rest = shown(text, pages_of([row("row 0")], signatures=25))
    assert sum(page.count("Checked") for page in (first, *rest)) == 25
    assert "Checked" in next(page for page in (first, *rest) if "row 0" in page)


@pytest.mark.parametrize("size", [3, 40])
def test_a_page_begins_with_the_first_row_of_a_group_unless_the_group_is_longer_than_it(text: Text, size: int) -> None:
    rows = [row(f"group {n}-{k}", begins=k == 0) for n in range(20) for k in range(size)]
    groups = [re.findall(r"group (\d+)-(\d+)", page) for page in shown(text, pages_of(rows, signatures=1))]
    assert [(int(n), int(k)) for page in groups for n, k in page] == [(n, k) for n in range(20) for k in range(size)]
    begun = {page[0][1] for page in groups if page}
    assert begun == {"0"} if size == 3 else len(begun) > 1


def test_what_is_longer_than_a_page_goes_on_with_nothing_left_out(text: Text) -> None:
    told = "\n".join(f"line {n}" for n in range(3 * MOST_LINES))
    rows = list(lay_whole(COLUMNS, [[Line(told)]]))
    pages = shown(text, pages_of(rows, signatures=1))
    assert re.findall(r"line \d+", "".join(pages)) == told.split("\n")
    assert len(list(lay_whole(COLUMNS, [[]]))) == 1, "a row that says nothing is a row"
