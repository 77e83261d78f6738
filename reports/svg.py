"""Marks and text as one inline picture for a page: what `pen.Pen` draws on paper, in the same lengths from the same
corner.

Presentation attributes only, no style and no script, so it stands under any content policy; every text is escaped.
"""

from xml.sax.saxutils import escape, quoteattr

from reports.pen import HAIR, INK, TINT, Colour
from reports.typeset import to_visible


class Svg:
    """Draws like a pen; `to_text` closes the picture. *name* is unique on its page: the labels' ids begin with it."""

    def __init__(self, width: float, height: float, name: str) -> None:
        self.width, self.height, self._name = width, height, name
        self._done: list[str] = []
        self._look: tuple[float, Colour] = (0.0, INK)
        self._path: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.35, colour: Colour = HAIR) -> None:
        if (width, colour) != self._look:
            self._end_path()
            self._look = width, colour
        self._path.append(f"M{_number(x1)} {self._down(y1)}L{_number(x2)} {self._down(y2)}")

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour = TINT) -> None:
        self._rect(x, y, width, height, f'fill="{_to_hex(colour)}"')

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.35, colour: Colour = HAIR) -> None:
        self._rect(x, y, width, height, f'fill="none" stroke="{_to_hex(colour)}" stroke-width="{_number(line)}"')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 7.0,
        *,
        bold: bool = False,
        colour: Colour = INK,
        right: bool = False,
    ) -> None:
        self._end_path()
        look = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if right else "")
        place = f'x="{_number(x)}" y="{self._down(y)}" font-size="{_number(size)}" fill="{_to_hex(colour)}"'
        self._done.append(f"<text {place}{look}>{escape(to_visible(text))}</text>")

    def to_text(self, title: str, description: str) -> str:
        """The picture, named by *title* and told by *description* to who does not see it."""
        self._end_path()
        names = quoteattr(f"{self._name}-title {self._name}-desc")
        wide, high = _number(self.width), _number(self.height)
        size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
        return "".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby={names} {size}>',
                f"<title id={quoteattr(f'{self._name}-title')}>{escape(to_visible(title))}</title>",
                f"<desc id={quoteattr(f'{self._name}-desc')}>{escape(to_visible(description))}</desc>",
                *self._done,
                "</svg>",
            )
        )

    def _rect(self, x: float, y: float, width: float, height: float, look: str) -> None:
        self._end_path()
        place = f'x="{_number(x)}" y="{self._down(y + height)}"'
        self._done.append(f'<rect {place} width="{_number(width)}" height="{_number(height)}" {look}/>')

    def _end_path(self) -> None:
        """Lines that look alike are one element: a hatched month stays small."""
        if self._path:
            width, colour = self._look
            look = f'fill="none" stroke="{_to_hex(colour)}" stroke-width="{_number(width)}"'
            self._done.append(f'<path {look} d="{"".join(self._path)}"/>')
            self._path = []

    def _down(self, y: float) -> str:
        return _number(self.height - y)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _to_hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(float(each) * 255):02x}" for each in colour.split())
