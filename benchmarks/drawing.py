"""Bars of a few measurements as a small SVG: one a row, with a mark where its floor or its limit is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from reports.pen import FADED, RED
from reports.svg import Svg

WIDTH, _LABELS, _FIGURES, _ROW, _SIZE = 640.0, 250.0, 70.0, 18.0, 9.0
_BAR = "0.36 0.52 0.62"


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    mark: float | None = None


def draw_bars(name: str, title: str, bars: Sequence[Bar], *, logarithmic: bool = False) -> str:
    """The picture; *title* says what the bars are, in which unit, and what the mark is."""
    high = _ROW * (len(bars) + 1.5)
    svg, room = Svg(WIDTH, high, name), WIDTH - _LABELS - _FIGURES
    most = max(max(bar.value, bar.mark or 0) for bar in bars)
    least = min(min(bar.value, bar.mark or bar.value) for bar in bars) / 2

    def length(value: float) -> float:
        return room * (log10(value / least) / log10(most / least) if logarithmic else value / most)

    svg.text(0, high - _SIZE - 2, title, _SIZE + 1, bold=True)
    for number, bar in enumerate(bars):
        y = high - _ROW * (number + 2.2)
        svg.text(_LABELS - 6, y + 4, bar.label, _SIZE, right=True)
        svg.fill(_LABELS, y, length(bar.value), _ROW - 6, _BAR)
        figure = f"{bar.value:,.0f}" if bar.value >= 1_000 else f"{bar.value:.3g}"
        svg.text(_LABELS + length(bar.value) + 5, y + 4, figure, _SIZE)
        if bar.mark is not None:
            at = _LABELS + length(bar.mark)
            svg.line(at, y - 2, at, y + _ROW - 4, 1.4, RED)
    svg.line(_LABELS, _ROW * 0.2, _LABELS, high - _ROW * 1.2, 0.6, FADED)
    told = "; ".join(f"{bar.label}: {bar.value:.4g}" for bar in bars)
    return svg.to_text(title, told).replace("<svg ", '<svg font-family="sans-serif" ', 1) + "\n"
