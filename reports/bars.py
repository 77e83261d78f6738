"""Bars in vectors: parts of a whole told apart by their hatching, so that a copy in black and white reads the same.

Drawn with lines and fills only: whatever has a pen's `fill`, `line` and `box` can show them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reports.pen import INK, Colour

_PAPER: Final[Colour] = "1 1 1"
_GREY: Final[Colour] = "0.82 0.82 0.82"
_STEP = 3.4
_CLOSE = 1.7


class Marks(Protocol):
    """As `pen.Pen` makes them on paper and `svg.Svg` for a page."""

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = ..., colour: Colour = ...) -> None: ...
    def fill(self, x: float, y: float, width: float, height: float, colour: Colour = ...) -> None: ...
    def box(self, x: float, y: float, width: float, height: float, line: float = ..., colour: Colour = ...) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """`look`: plain, grey, black, rising, crossed, level or upright."""

    units: int
    look: str


def draw_bar(marks: Marks, x: float, y: float, width: float, height: float, parts: Sequence[Part]) -> None:
    """*parts* side by side over *width*, as much of it as each has of their sum; nothing where there is nothing."""
    total = sum(part.units for part in parts)
    for part in parts:
        if part.units:
            share = width * part.units / total
            draw_swatch(marks, x, y, share, height, part.look)
            x += share


def draw_swatch(marks: Marks, x: float, y: float, width: float, height: float, look: str) -> None:
    marks.fill(x, y, width, height, {"grey": _GREY, "black": INK}.get(look, _PAPER))
    if look in ("rising", "crossed"):
        draw_hatch(marks, x, y, width, height, up=True)
    if look == "crossed":
        draw_hatch(marks, x, y, width, height, up=False)
    for n in range(1, int(height / _CLOSE) + 1) if look == "level" else ():
        marks.line(x, y + n * _CLOSE, x + width, y + n * _CLOSE, 0.4, INK)
    for n in range(1, int(width / _CLOSE) + 1) if look == "upright" else ():
        marks.line(x + n * _CLOSE, y, x + n * _CLOSE, y + height, 0.4, INK)
    marks.box(x, y, width, height, 0.5, INK)


def draw_hatch(
    marks: Marks,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    up: bool,
    step: float = _STEP,
    line: float = 0.4,
    colour: Colour = INK,
) -> None:
    """Lines at 45 degrees, each clipped to the box."""
    along = step - height
    while along < width:
        first, last = max(0.0, along), min(width, along + height)
        low, high = first - along, last - along
        if last > first:
            top, bottom = (high, low) if up else (height - high, height - low)
            marks.line(x + first, y + bottom, x + last, y + top, line, colour)
        along += step


def draw_flow(
    marks: Marks, x: float, y: float, width: float, height: float, *, opening: int, came: int, went: int
) -> None:
    """Four steps side by side: what was there, what came on top of it, what went from that, what is there."""
    closing = opening + came - went
    most = max(opening, opening + came, closing, 1)
    steps = (
        (0, opening, "grey"),
        (opening, opening + came, "rising"),
        (closing, opening + came, "plain"),
        (0, closing, "black"),
    )
    wide, scale = width / 4, height / most
    for n, (low, high, look) in enumerate(steps):
        bottom, top = sorted((max(low, 0) * scale, max(high, 0) * scale))
        if top > bottom:
            draw_swatch(marks, x + n * wide + 1, y + bottom, wide - 2, top - bottom, look)
    marks.line(x, y, x + width, y, 0.5, INK)
