"""The visible signature, drawn as a page of its own so that it has the fonts and the looks of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from reports.pen import FADED, INK, Pen
from reports.typeset import REGULAR, fit, load_fonts, measure, wrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the visible signature says: a title in bold, facts as (label, value), and a last line about its kind."""

    title: str
    facts: Sequence[tuple[str, str]]
    kind: str


def render_stamp(stamp: Stamp, width: float, height: float, language: str) -> bytes:
    """The visible signature as a page of its own, of just its size."""
    load_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, lang=language, initialFontName=REGULAR)
    pen = Pen(canvas)
    pen.box(0.5, 0.5, width - 1, height - 1, 0.9, INK)
    pen.text(7, height - 13, fit(stamp.title, width - 14, 8.5, True), 8.5, bold=True)
    pen.line(7, height - 18, width - 7, height - 18)
    indent = 12 + max(measure(label, 6.2) for label, _ in stamp.facts)
    y = height - 27
    for label, value in stamp.facts:
        pen.text(7, y, label, 6.2, colour=FADED)
        for line in wrap(value, width - 7 - indent, 6.2)[:2]:
            pen.text(indent, y, line, 6.2)
            y -= 8.4
    for n, line in enumerate(reversed(wrap(stamp.kind, width - 14, 5.8)[:2])):
        pen.text(7, 6 + 7.4 * n, line, 5.8, colour=FADED)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
