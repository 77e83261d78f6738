"""Marks on a page: text, struck text, lines, fills. Lengths are points from the lower left corner."""

from typing import Final

from reportlab.lib.rl_accel import escapePDF
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from reports.typeset import BOLD, REGULAR, measure

Colour = str
"""Red, green and blue between 0 and 1, as PDF writes them."""
INK: Final[Colour] = "0.1 0.1 0.1"
FADED: Final[Colour] = "0.43 0.43 0.43"
HAIR: Final[Colour] = "0.7 0.7 0.7"
TINT: Final[Colour] = "0.945 0.945 0.933"
RED: Final[Colour] = "0.6 0.11 0.11"

_MOST_SHOWN = 8_192


class Pen:
    """Writes the operators of ISO 32000 for text, lines and fills straight into the canvas.

    Each carries its own colour and width: no state is inherited, and ten thousand rows stay quick.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._put = canvas.addLiteral
        self._document = canvas._doc  # noqa: SLF001 - the subsets of a font belong to a document
        self._shown: dict[tuple[str, bool, float], str] = {}

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
        struck: bool = False,
    ) -> None:
        """One line, its baseline at *y*, from *x* or, if *right*, up to it; *struck* through with a drawn line."""
        if not text:
            return
        width = measure(text, size, bold) if right or struck else 0.0
        x = x - width if right else x
        self._put(f"BT {colour} rg 1 0 0 1 {x:.2f} {y:.2f} Tm {self._show(text, size, bold)} ET")
        if struck:
            self.line(x - 0.8, y + size * 0.29, x + width + 0.8, y + size * 0.29, 0.55, colour)

    def _show(self, text: str, size: float, bold: bool) -> str:
        key = (text, bold, size)
        if key not in self._shown:
            if len(self._shown) > _MOST_SHOWN:
                self._shown.clear()
            font = pdfmetrics.getFont(BOLD if bold else REGULAR)
            self._shown[key] = " ".join(
                f"{font.getSubsetInternalName(subset, self._document)} {size} Tf ({escapePDF(codes)}) Tj"
                for subset, codes in font.splitString(text, self._document)
            )
        return self._shown[key]

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.35, colour: Colour = HAIR) -> None:
        self._put(f"{width} w {colour} RG {x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S")

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour = TINT) -> None:
        self._put(f"{colour} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.35, colour: Colour = HAIR) -> None:
        self._put(f"{line} w {colour} RG {x:.2f} {y:.2f} {width:.2f} {height:.2f} re S")
