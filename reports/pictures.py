"""The pictures of reports as inline SVG for a page: a dose history, what became of a lot, how a month went.

Each is one `<svg>` with a title and a description in the reader's language, drawn by what draws the paper.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from ledger.domain.history.doses import DoseHistory
from reports.bars import Part, draw_bar, draw_flow, draw_swatch
from reports.chart import DoseChart, draw_dose_chart
from reports.chart_days import Slot, shown_days
from reports.circle_paper import PARTS
from reports.dose_told import to_doses
from reports.monthly_paper import FLOW_PARTS
from reports.phrases import Phrases
from reports.svg import Svg


def render_dose_svg(
    history: DoseHistory,
    *,
    language: str,
    zone: str,
    to_on: date | None = None,
    name: str = "doses",
    width: float = 720.0,
    size: float = 11.0,
) -> str:
    """The newest days of *history* up to *to_on* (None: the last on record) as a picture; "" where there are none.

    *name* is unique on the page. *width* and the type's *size* are in the picture's own units: it grows with its
    box, so a narrow screen asks for a smaller width. The text is safe to stand in a page as it is.
    """
    doses = to_doses(history)
    shown = shown_days(doses, to_on)
    if shown is None:
        return ""
    phrases = Phrases(language, zone)
    chart = DoseChart(doses, phrases, *shown, width=width, size=size)
    picture = Svg(width, chart.height, name)
    draw_dose_chart(picture, chart, 0, 0)
    return picture.to_text(phrases.say("Opioids by the day"), _tell_days(chart.slots, phrases))


def _tell_days(slots: list[Slot], phrases: Phrases) -> str:
    """What the picture shows, in sentences."""
    say = phrases.say
    told = [say("From {first} to {last}.", first=phrases.day(slots[0].on), last=phrases.day(slots[-1].on))]
    for name, said in (
        ("supplied", "Supplied for a day: at most {mg} mg of oral morphine."),
        ("taken", "Given and used in a day: at most {mg} mg of oral morphine."),
    ):
        most = max(sum(getattr(slot, name).values()) for slot in slots)
        if most:
            told.append(say(said, mg=phrases.figure(round(most))))
    unknown = sum(slot.unknown for slot in slots)
    if unknown:
        told.append(phrases.count("{n} day cannot be determined.", "{n} days cannot be determined.", unknown))
    return " ".join(told)


def render_lot_svg(
    units: Mapping[str, int], *, language: str, zone: str, name: str, width: float = 200.0, height: float = 16.0
) -> str:
    """What became of all units of a lot that left: *units* as a row of the circle has them, a missing one is 0."""
    phrases = Phrases(language, zone)
    told = [(sum(units.get(each, 0) for each in names), look, said) for names, look, said in PARTS]
    picture = Svg(width, height, name)
    draw_bar(picture, 0.5, 0.5, width - 1, height - 1, [Part(some, look) for some, look, _ in told])
    listed = ((said, some) for some, _, said in told if some)
    return picture.to_text(phrases.say("What became of the lot"), _list(listed, phrases))


def render_flow_svg(
    *,
    opening: int,
    came: int,
    went: int,
    language: str,
    zone: str,
    name: str,
    width: float = 168.0,
    height: float = 52.0,
) -> str:
    """Four steps: what was there, came, went, is there by the book."""
    phrases = Phrases(language, zone)
    picture = Svg(width, height, name)
    draw_flow(picture, 0, 1, width, height - 2, opening=opening, came=came, went=went)
    figures = (opening, came, went, opening + came - went)
    told = zip((said for _, said in FLOW_PARTS), figures, strict=True)
    return picture.to_text(phrases.say("How the month went"), _list(told, phrases))


def render_lot_legend(*, language: str, zone: str, name: str) -> list[tuple[str, str]]:
    """What the parts of a lot's bar are: (picture, word) in their order."""
    return _legend(((look, said) for _, look, said in PARTS), Phrases(language, zone), name)


def render_flow_legend(*, language: str, zone: str, name: str) -> list[tuple[str, str]]:
    """What the steps of a month are: (picture, word) in their order."""
    return _legend(FLOW_PARTS, Phrases(language, zone), name)


def _legend(parts: Iterable[tuple[str, str]], phrases: Phrases, name: str) -> list[tuple[str, str]]:
    found = []
    for n, (look, said) in enumerate(parts):
        picture = Svg(28, 16, f"{name}-{n}")
        draw_swatch(picture, 0.5, 0.5, 27, 15, look)
        found.append((picture.to_text(phrases.say(said), ""), phrases.say(said)))
    return found


def _list(told: Iterable[tuple[str, int]], phrases: Phrases) -> str:
    return "; ".join(f"{phrases.say(said)}: {phrases.figure(units)}" for said, units in told)
