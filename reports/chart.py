"""A dose history drawn: columns of daily oral-morphine equivalents told apart by their hatching, what was prescribed
as a line, patches under it.

Drawn with marks and text alone, so paper (`pen.Pen`) and page (`svg.Svg`) show the same. Lengths are the canvas's,
from the lower left corner; everything grows with the type size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Final, Protocol

from ledger.words import phrase
from reports.bars import Marks, draw_hatch, draw_swatch
from reports.chart_days import Slot, Span, marked_days, to_slots, to_spans
from reports.dose_told import Doses
from reports.pen import HAIR, INK, Colour
from reports.phrases import Phrases
from reports.typeset import fit, measure

_LOOKS: Final = ("grey", "rising", "black", "crossed", "level", "upright")
_OTHERS: Final = "plain"
_PAPER: Final[Colour] = "1 1 1"
_ZONE: Final[Colour] = "0.55 0.55 0.55"
_MOST_ROWS = 8
_STEPS = (1, 2, 5, 7, 14, 21, 28, 31)
_MARKS = (
    ("death", phrase("death")),
    ("discharge", phrase("discharge")),
    ("reversed", phrase("an entry that was reversed")),
)


class Drawing(Marks, Protocol):
    """Marks and text, as `pen.Pen` and `svg.Svg` make them."""

    def text(
        self, x: float, y: float, text: str, size: float = ..., *, bold: bool = ..., colour: Colour = ...,
        right: bool = ...,
    ) -> None: ...  # fmt: skip


Draw = Callable[[Drawing, float, float], None]


@dataclass(frozen=True, slots=True)
class _Item:
    """One sample of the legend, drawn from its lower left corner, and what it says."""

    text: str
    draw: Draw | None = None


class DoseChart:
    """The days *first_on* to *last_on* (both included) of *doses* in *width*; *size* is that of its type.

    `height` is what it takes; `draw` puts its lower left corner at (x, y). Hours and days are by the clock of
    *phrases*.
    """

    def __init__(
        self, doses: Doses, phrases: Phrases, first_on: date, last_on: date, *, width: float, size: float = 6.8
    ) -> None:
        self.phrases, self.width, self.size = phrases, width, size
        self.say = phrases.say
        self.slots = to_slots(doses, first_on, last_on)
        self.spans = [each for each in to_spans(doses.worn, first_on, last_on, phrases.zone) if each.row < _MOST_ROWS]
        shown = {name: {on for on in days if first_on <= on <= last_on}
                 for name, days in marked_days(doses, phrases.zone).items()}  # fmt: skip
        self.marked = {name: days for name, days in shown.items() if days}
        drugs = sorted(
            {each.inn for day in doses.days for figure in day.figures for each in figure.amounts if each.opioid}
        )
        self.looks = {drug: _LOOKS[n] if n < len(_LOOKS) else _OTHERS for n, drug in enumerate(drugs)}
        self.columns = [name for name in ("supplied", "taken") if any(getattr(slot, name) for slot in self.slots)]
        most = max((each for slot in self.slots for each in _heights(slot)), default=0.0)
        self.step = _nice(max(most, 10.0) / 5)
        self.ticks = int(max(most, 10.0) // self.step) + 1  # a line on the topmost would not be seen
        self._left = 6 * size
        self._slot = (width - self._left - size) / len(self.slots)
        self._rows = 1 + max((each.row for each in self.spans), default=-1)
        self._legend = list(self._lay_legend())
        self._plot = 17.0 * size

    @property
    def height(self) -> float:
        return self._below() + self._plot + self._above()

    def _below(self) -> float:
        """Legend, patches and the names of the days."""
        patches = (self._rows + 0.6) * 1.7 * self.size if self._rows else 0.0
        return len(self._legend) * 1.7 * self.size + patches + 3.2 * self.size

    def _above(self) -> float:
        """The name of the scale, and a row of signs for each kind of marked day."""
        return (2.2 + 1.1 * len(self.marked)) * self.size

    def draw(self, marks: Drawing, x: float, y: float) -> None:
        left, base, size = x + self._left, y + self._below(), self.size
        right = left + self._slot * len(self.slots)
        marks.fill(left, base, right - left, self._plot, _PAPER)
        self._draw_unknown(marks, left, base)
        self._draw_scale(marks, left, right, base)
        for n, slot in enumerate(self.slots):
            self._draw_slot(marks, left + n * self._slot, base, slot)
        self._draw_prescribed(marks, left, base)
        self._draw_marked(marks, left, base)
        self._draw_days(marks, left, base)
        marks.line(left, base, right, base, 0.9, INK)
        title = self.say("mg of oral morphine a day")
        marks.text(x, base + self._plot + self._above() - 1.1 * size, title, size, bold=True)
        self._draw_patches(marks, x, left, base - 3.2 * size)
        self._draw_legend(marks, left, y)

    def _draw_scale(self, marks: Drawing, left: float, right: float, base: float) -> None:
        for n in range(self.ticks + 1):
            y = base + n * self.step * self._unit
            marks.line(left, y, right, y, 0.35, HAIR)
            figure = self.phrases.figure(n * self.step)
            marks.text(left - 0.5 * self.size, y - 0.35 * self.size, figure, self.size, right=True)

    @property
    def _unit(self) -> float:
        """How high a milligram stands."""
        return self._plot / (self.ticks * self.step)

    def _draw_unknown(self, marks: Drawing, left: float, base: float) -> None:
        for unknown, days in groupby(range(len(self.slots)), key=lambda n: self.slots[n].unknown):
            run = list(days)
            if unknown:
                self._draw_zone(marks, left + run[0] * self._slot, base, len(run) * self._slot, self._plot)

    def _draw_zone(self, marks: Drawing, x: float, y: float, width: float, height: float) -> None:
        draw_hatch(marks, x, y, width, height, up=False, step=0.8 * self.size, line=0.5, colour=_ZONE)

    def _draw_slot(self, marks: Drawing, x: float, base: float, slot: Slot) -> None:
        room = self._slot * 0.84
        wide = room / max(1, len(self.columns))
        for n, name in enumerate(self.columns):
            y = base
            for drug, height in sorted(getattr(slot, name).items()):
                draw_swatch(marks, x + self._slot * 0.08 + n * wide, y, wide, height * self._unit, self.looks[drug])
                y += height * self._unit

    def _draw_prescribed(self, marks: Drawing, left: float, base: float) -> None:
        """On white, so that it is seen on black too."""
        for width, colour in ((3.0, _PAPER), (1.3, INK)):
            before = None
            for n, slot in enumerate(self.slots):
                x, y = left + n * self._slot, base + (slot.prescribed or 0.0) * self._unit
                if slot.prescribed is not None:
                    marks.line(x, y, x + self._slot, y, width, colour)
                    if before is not None and before != y:
                        marks.line(x, before, x, y, width, colour)
                before = y if slot.prescribed is not None else None

    def _draw_marked(self, marks: Drawing, left: float, base: float) -> None:
        side = 0.75 * self.size
        for row, (name, days) in enumerate(self.marked.items()):
            y = base + self._plot + (0.4 + 1.1 * row) * self.size
            for on in sorted(days):
                middle = left + ((on - self.slots[0].on).days + 0.5) * self._slot
                if name != "reversed":
                    marks.line(middle, base, middle, y, 0.8, INK)
                _draw_sign(marks, name, middle - side / 2, y, side)

    def _draw_days(self, marks: Drawing, left: float, base: float) -> None:
        room = max(measure(self.phrases.day(slot.on), self.size) for slot in self.slots) + self.size
        every = next((step for step in _STEPS if step * self._slot >= room), len(self.slots))
        for n in range(len(self.slots) + 1):
            named = n % every == 0
            marks.line(left + n * self._slot, base, left + n * self._slot, base - (3 if named else 1.5), 0.4, INK)
        for n in range(0, len(self.slots), every):
            x = left + n * self._slot
            if x + room - self.size <= left + len(self.slots) * self._slot + self.size or n == 0:
                marks.text(x, base - 1.6 * self.size, self.phrases.day(self.slots[n].on), self.size)

    def _draw_patches(self, marks: Drawing, x: float, left: float, top: float) -> None:
        high = 1.7 * self.size
        if self._rows:
            marks.text(x, top, self.say("Patches worn, by their label"), self.size, bold=True)
        for span in self.spans:
            self._draw_span(marks, left, top - 0.5 * self.size - (span.row + 1) * high, high * 0.8, span)

    def _draw_span(self, marks: Drawing, left: float, y: float, high: float, span: Span) -> None:
        first, known, last = (left + each * self._slot for each in (span.starts, span.known, span.ends))
        marks.fill(first, y, last - first, high, _PAPER)
        if last > known:
            self._draw_zone(marks, known, y, last - known, high)
        marks.box(first, y, last - first, high, 0.6, INK)
        whole = self.phrases.quantity(f"{span.value} ug/h")
        for text in (whole, whole.partition("\u00a0")[0]):
            if measure(text, self.size) <= known - first - 4:
                marks.text(first + 2, y + 0.28 * high, text, self.size)
                break
        if span.due is not None:
            due = left + span.due * self._slot
            marks.line(due, y - 1, due, y + high + 1, 1.5, INK)

    # ── legend

    def _items(self) -> Iterator[_Item]:
        both = len(self.columns) == 2
        for name, said in (
            ("supplied", phrase("left: supplied for the day") if both else phrase("columns: supplied for the day")),
            ("taken", phrase("right: given and used") if both else phrase("columns: given and used")),
        ):
            if name in self.columns:
                yield _Item(self.say(said))
        shown = {drug for slot in self.slots for drug in (*slot.supplied, *slot.taken)}
        named = [drug for drug in self.looks if drug in shown]
        for drug in named:
            if self.looks[drug] != _OTHERS:
                yield _Item(self.phrases.word(drug), partial(self._sample, self.looks[drug]))
        if any(self.looks[drug] == _OTHERS for drug in named):
            yield _Item(self.say("other opioids"), partial(self._sample, _OTHERS))
        if any(slot.prescribed is not None for slot in self.slots):
            yield _Item(self.say("prescribed regularly"), self._sample_of_line)
        if any(slot.unknown for slot in self.slots) or any(each.known < each.ends for each in self.spans):
            yield _Item(self.say("cannot be determined"), self._sample_of_zone)
        if any(each.due is not None for each in self.spans):
            yield _Item(self.say("patch: change due"), self._sample_of_due)
        for name, said in _MARKS:
            if name in self.marked:
                yield _Item(self.say(said), partial(self._sample_of_sign, name))

    def _sample(self, look: str, marks: Drawing, x: float, y: float) -> None:
        draw_swatch(marks, x, y, 2 * self.size, self.size, look)

    def _sample_of_line(self, marks: Drawing, x: float, y: float) -> None:
        marks.line(x, y + self.size / 2, x + 2 * self.size, y + self.size / 2, 1.3, INK)

    def _sample_of_zone(self, marks: Drawing, x: float, y: float) -> None:
        self._draw_zone(marks, x, y, 2 * self.size, self.size)

    def _sample_of_due(self, marks: Drawing, x: float, y: float) -> None:
        marks.box(x, y + 1, 2 * self.size, self.size - 2, 0.6, INK)
        marks.line(x + 1.4 * self.size, y, x + 1.4 * self.size, y + self.size, 1.5, INK)

    def _sample_of_sign(self, name: str, marks: Drawing, x: float, y: float) -> None:
        _draw_sign(marks, name, x + 0.6 * self.size, y + 0.1 * self.size, 0.75 * self.size)

    def _lay_legend(self) -> Iterator[list[tuple[float, _Item]]]:
        """Lines of (how far from the left, item)."""
        line: list[tuple[float, _Item]] = []
        at, room = 0.0, self.width - self._left
        for said in self._items():
            item = _Item(fit(said.text, room - 5 * self.size, self.size), said.draw)
            wide = (2.6 * self.size if item.draw else 0) + measure(item.text, self.size) + 2 * self.size
            if line and at + wide > room:
                yield line
                line, at = [], 0.0
            line.append((at, item))
            at += wide
        if line:
            yield line

    def _draw_legend(self, marks: Drawing, left: float, bottom: float) -> None:
        for n, line in enumerate(reversed(self._legend)):
            y = bottom + 1.7 * n * self.size + 0.4 * self.size
            for at, item in line:
                if item.draw:
                    item.draw(marks, left + at, y)
                marks.text(left + at + (2.6 * self.size if item.draw else 0), y + 0.15 * self.size, item.text,
                           self.size)  # fmt: skip


def _draw_sign(marks: Drawing, name: str, x: float, y: float, side: float) -> None:
    """A death is a filled square, a discharge an open one, what was reversed is crossed out."""
    if name == "death":
        marks.fill(x, y, side, side, INK)
    elif name == "discharge":
        marks.fill(x, y, side, side, _PAPER)
        marks.box(x, y, side, side, 0.9, INK)
    else:
        marks.line(x, y, x + side, y + side, 1.0, INK)
        marks.line(x, y + side, x + side, y, 1.0, INK)


def draw_dose_chart(marks: Drawing, chart: DoseChart, x: float, y: float) -> None:
    """*chart* with its lower left corner at (x, y)."""
    chart.draw(marks, x, y)


def _heights(slot: Slot) -> Iterator[float]:
    yield sum(slot.supplied.values())
    yield sum(slot.taken.values())
    yield slot.prescribed or 0.0


def _nice(least: float) -> int:
    """The smallest of 1, 2, 5 times a power of ten that is not below *least*."""
    power = 1
    while 5 * power < least:
        power *= 10
    return next(step * power for step in (1, 2, 5) if step * power >= least)
