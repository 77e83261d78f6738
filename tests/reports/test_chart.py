"""The chart of a dose history: its numbers by the day, what a page gets of it, and that paper shows the same."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from reportlab.pdfgen.canvas import Canvas

from ledger.domain.history.doses import DoseHistory
from ledger.log.canonical import to_timestamp
from ledger.service.doses import find_doses
from ledger.words import LANGUAGES
from reports.bars import draw_swatch
from reports.chart import DoseChart, draw_dose_chart
from reports.chart_days import MOST_DAYS, marked_days, shown_days, to_slots, to_spans
from reports.dose_told import Doses, PatchWorn, to_doses
from reports.pen import Pen
from reports.phrases import Phrases
from reports.pictures import (
    render_dose_svg,
    render_flow_legend,
    render_flow_svg,
    render_lot_legend,
    render_lot_svg,
)
from reports.svg import Svg
from reports.typeset import REGULAR, load_fonts
from tests.reports.dose_days import died, three_weeks

ALMATY = "Asia/Almaty"
ZONE = ZoneInfo(ALMATY)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 20)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoseHistory]:
    days = three_weeks(tmp_path_factory.mktemp("doses"))
    died(days)
    ledger = days.stage.house.ledger
    with ledger.reading() as reading:
        yield find_doses(reading, "p1", now=to_timestamp(ledger.clock()))
    days.stage.house.close()


@pytest.fixture(scope="module")
def doses(history: DoseHistory) -> Doses:
    return to_doses(history)


def test_a_day_stacks_what_was_supplied_beside_what_was_taken(doses: Doses) -> None:
    slots = {slot.on.day: slot for slot in to_slots(doses, FIRST, LAST)}
    assert len(slots) == 19
    assert (slots[4].taken, slots[4].supplied, slots[4].prescribed) == ({"morphine": 100.0}, {}, 80.0)
    assert slots[10].taken == {"fentanyl": 37.5, "morphine": 20.0}
    assert (slots[16].supplied, slots[16].prescribed) == ({"morphine": 80.0}, 140.0)
    assert [slot.on.day for slot in slots.values() if slot.unknown] == [13, 14], "no factor for trimeperidine"
    assert slots[13].taken == {"fentanyl": 96.25}, "what is known of such a day is shown"
    assert slots[20] == replace(slots[20], supplied={"morphine": 80.0}, taken={}, prescribed=None)


def test_no_line_of_what_was_prescribed_lies_on_the_edge_of_the_chart(doses: Doses) -> None:
    """There it could not be told from the scale's own line."""
    for last_on in (date(2026, 3, 4), date(2026, 3, 12), LAST):
        chart = DoseChart(doses, Phrases("en", ALMATY), FIRST, last_on, width=700)
        assert chart.ticks * chart.step > max(slot.prescribed or 0 for slot in chart.slots)


def test_patches_lie_where_they_were_worn_and_those_worn_together_in_rows_of_their_own(doses: Doses) -> None:
    spans = to_spans(doses.worn, FIRST, LAST, ZONE)
    assert [span.row for span in spans] == [0, 0, 1, 0]
    assert [round(span.starts, 3) for span in spans] == [8.375, 11.375, 11.396, 14.417]
    assert spans[3].ends == 18.0, "at the end of the day of death"
    assert (spans[0].due, spans[0].ends) == (11.375, 11.375)
    cut = to_spans(doses.worn, date(2026, 3, 11), date(2026, 3, 12), ZONE)
    assert [(span.starts, span.ends, span.due) for span in cut] == [(0.0, 2.0, None)]


def test_a_patch_that_nobody_changed_is_known_until_then(doses: Doses) -> None:
    at = [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 8, 10)]
    worn = PatchWorn(seq=1, product="f", value="25", on_at=at[0], known_until=at[1], off_at=at[2])
    (span,) = to_spans([worn], FIRST, LAST, ZONE)
    assert (round(span.known, 3), round(span.ends, 3)) == (6.208, 8.208)


def test_death_discharge_and_what_was_reversed_are_marked_on_their_days(doses: Doses) -> None:
    assert marked_days(doses, ZONE) == {
        "death": {date(2026, 3, 19)},
        "discharge": {date(2026, 3, 15)},
        "reversed": {date(2026, 3, 5)},
    }


def test_the_newest_days_are_shown(doses: Doses) -> None:
    assert shown_days(doses) == (FIRST, LAST)
    later = shown_days(doses, date(2026, 6, 30))
    assert later == (date(2026, 4, 30), date(2026, 6, 30))
    assert (later[1] - later[0]).days + 1 == MOST_DAYS
    assert shown_days(replace(doses, days=())) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320.0, 720.0])
def test_a_page_gets_one_picture_that_needs_nothing_else(history: DoseHistory, language: str, width: float) -> None:
    told = render_dose_svg(history, language=language, zone=ALMATY, name="p1-doses", width=width)
    root = ElementTree.fromstring(told)
    assert (root.tag, root.get("role"), root.get("aria-labelledby")) == (
        f"{SVG}svg",
        "img",
        "p1-doses-title p1-doses-desc",
    )
    title, description = root[0], root[1]
    assert (title.tag, title.get("id")) == (f"{SVG}title", "p1-doses-title")
    assert (
        title.text == {"kk": "Опиоидтар күндер бойынша", "ru": "Опиоиды по дням", "en": "Opioids by the day"}[language]
    )
    assert "20" in str(description.text)
    assert {each.tag for each in root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "desc", "rect", "path", "text")
    }
    assert not re.search(r"style|script|href|class=|on[a-z]+=", told)
    assert len(told) < 60_000
    for each in root.iter(f"{SVG}text"):
        assert 0 <= float(each.get("x", "-1")) <= width
        assert 0 <= float(each.get("y", "-1")) <= float(root.get("height", "0"))


def test_names_in_a_picture_are_escaped(doses: Doses) -> None:
    hostile = "<script>alert('1')</script>&\u202e"
    day = doses.days[0]
    assert day.administered is not None
    amounts = tuple(replace(each, inn=hostile) for each in day.administered.amounts)
    altered = replace(doses, days=(replace(day, administered=replace(day.administered, amounts=amounts)),))
    phrases = Phrases("en", ALMATY)
    chart = DoseChart(altered, phrases, FIRST, FIRST, width=720, size=11)
    picture = Svg(720, chart.height, '"><b>')
    draw_dose_chart(picture, chart, 0, 0)
    told = picture.to_text("<i>", "&")
    ElementTree.fromstring(told)
    assert "<script" not in told
    assert "<b>" not in told
    assert "\u202e" not in told


def test_paper_says_what_the_page_says(doses: Doses, text: Callable[..., str]) -> None:
    load_fonts()
    chart = DoseChart(doses, Phrases("kk", ALMATY), FIRST, LAST, width=700)
    out = BytesIO()
    canvas = Canvas(out, pagesize=(720, chart.height), initialFontName=REGULAR)
    picture = Svg(720, chart.height, "x")
    for marks in (Pen(canvas), picture):
        draw_dose_chart(marks, chart, 0, 0)
    canvas.save()
    printed = text(out.getvalue())
    root = ElementTree.fromstring(picture.to_text("", ""))
    shown = [str(each.text) for each in root.iter(f"{SVG}text")]
    assert len(shown) > 15
    for said in shown:
        assert said.replace("\u00a0", " ") in printed.replace("\u00a0", " ")


def test_no_two_drugs_look_alike() -> None:
    looks = ("grey", "rising", "black", "crossed", "level", "upright", "plain")
    drawn = set()
    for look in looks:
        picture = Svg(20, 10, "x")
        draw_swatch(picture, 0, 0, 20, 10, look)
        drawn.add(picture.to_text("", ""))
    assert len(drawn) == len(looks)


def test_a_lot_and_a_month_are_pictures_as_well() -> None:
    lot = render_lot_svg({"used": 20, "beyond": 7, "dispensed": 27}, language="en", zone=ALMATY, name="a")
    assert ElementTree.fromstring(lot)[1].text == "given or used: 20; out, beyond the course: 7"
    flow = render_flow_svg(opening=100, came=50, went=70, language="ru", zone=ALMATY, name="b")
    assert "80" in str(ElementTree.fromstring(flow)[1].text)
    for legend in (render_lot_legend, render_flow_legend):
        for picture, word in legend(language="kk", zone=ALMATY, name="c"):
            assert ElementTree.fromstring(picture)[0].text == word
