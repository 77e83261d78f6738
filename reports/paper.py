"""A4 landscape as journals are kept: embedded fonts, a frame on every page, text that is only ever text.

Everything is drawn on a bare canvas: nothing that a person wrote passes through a markup parser. Equal
input gives equal bytes. Lengths are points from the lower left corner.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final, Protocol

import segno
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from reports.model import Facility, Frame, Head

WIDTH: Final = 841.89
HEIGHT: Final = 595.28
LEFT: Final = 48.0  # room for the binding
RIGHT: Final = WIDTH - 27.0
FOOT: Final = 92.0
NEXT_TOP: Final = HEIGHT - 66.0
SIGNATURE_BOX: Final = (RIGHT - 262.0, HEIGHT - 146.0, RIGHT, HEIGHT - 58.0)
"""Where the visible signature stands on the first page: left, bottom, right, top."""

REGULAR: Final = "Senim"
BOLD: Final = "Senim-Bold"
INK: Final = HexColor(0x1A1A1A)
FADED: Final = HexColor(0x767676)
HAIR: Final = HexColor(0xB4B4B4)
TINT: Final = HexColor(0xF1F1EE)
RED: Final = HexColor(0x9B1C1C)

_QR_SIDE = 66.0
_TITLE_TOP = HEIGHT - 76.0
_FACT_STEP = 10.4


@cache
def load_fonts() -> None:
    for name, file in ((REGULAR, "DejaVuSans.ttf"), (BOLD, "DejaVuSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, BytesIO(files("reports").joinpath("fonts", file).read_bytes())))


def to_visible(text: str) -> str:
    """*text* with every character that would not be seen, or would turn its neighbours round, made visible."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char == "\n" or unicodedata.category(char) == "Zs":
        return char
    return "\ufffd" if unicodedata.category(char)[0] == "C" or not char.isprintable() else char


@lru_cache(maxsize=65_536)
def measure(text: str, size: float, bold: bool = False) -> float:
    load_fonts()
    width: float = pdfmetrics.stringWidth(text, BOLD if bold else REGULAR, size)
    return width


@lru_cache(maxsize=16_384)
def wrap(text: str, width: float, size: float, bold: bool = False) -> tuple[str, ...]:
    """The lines of *text* in *width*; a word that is wider than a line is broken where it must be."""
    return tuple(line for part in to_visible(text).split("\n") for line in _wrap(part, width, size, bold))


def _wrap(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            yield line
        line = word
        while measure(line, size, bold) > width:
            fits = next(n for n in range(len(line), 0, -1) if n == 1 or measure(line[:n], size, bold) <= width)
            yield line[:fits]
            line = line[fits:]
    yield line


def fit(text: str, width: float, size: float, bold: bool = False) -> str:
    """*text* on one line, its end cut off with an ellipsis where *width* is too narrow."""
    text = to_visible(text).replace("\n", " ")
    if measure(text, size, bold) <= width:
        return text
    return next((f"{text[:n]}…" for n in range(len(text), 0, -1) if measure(f"{text[:n]}…", size, bold) <= width), "")


class Pen:
    """Draws on the page that is open. `colour` is set before each stroke or text, so no state is inherited."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 7.0,
        *,
        bold: bool = False,
        colour: HexColor = INK,
        right: bool = False,
        struck: bool = False,
    ) -> None:
        """One line, its baseline at *y*, from *x* or, if *right*, up to it; *struck* through with a drawn line."""
        if not text:
            return
        canvas = self._canvas
        width = measure(text, size, bold) if right or struck else 0.0
        x = x - width if right else x
        drawn = canvas.beginText(x, y)
        drawn.setFont(BOLD if bold else REGULAR, size)
        drawn.setFillColor(colour)
        drawn.textOut(text)
        canvas.drawText(drawn)
        if struck:
            self.line(x - 0.8, y + size * 0.29, x + width + 0.8, y + size * 0.29, 0.55, colour)

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.35, colour: HexColor = HAIR) -> None:
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(width)
        self._canvas.line(x1, y1, x2, y2)

    def fill(self, x: float, y: float, width: float, height: float, colour: HexColor = TINT) -> None:
        self._canvas.setFillColor(colour)
        self._canvas.rect(x, y, width, height, stroke=0, fill=1)

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.35, colour: HexColor = HAIR) -> None:
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(line)
        self._canvas.rect(x, y, width, height, stroke=1, fill=0)


class Page(Protocol):
    """The body of one page, drawn between the frame's top and foot."""

    def __call__(self, pen: Pen) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The head of the first page: `name` of the journal or act, `subject` in bold, and facts as (label, value)."""

    name: str
    subject: str
    facts: Sequence[tuple[str, str]]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The facts as lines that fit beside the signature; only the first line of a fact has a label."""
        room = SIGNATURE_BOX[0] - 12 - LEFT - _label_width(self.facts)
        return [
            (label if n == 0 else "", line)
            for label, value in self.facts
            for n, line in enumerate(wrap(value, room, 7.5)[:6])
        ]

    @property
    def bottom(self) -> float:
        """Where the body of the first page begins."""
        return min(_TITLE_TOP - 34 - _FACT_STEP * len(self.lines), SIGNATURE_BOX[1] - 10)


def _label_width(facts: Sequence[tuple[str, str]]) -> float:
    return 10 + max((measure(label, 7.5) for label, _ in facts), default=0.0)


class Sentences(Protocol):
    """What the frame says, in the reader's language; `phrases.Phrases` is one."""

    def page(self, number: int, of: int) -> str: ...
    def facility(self, facility: Facility) -> str: ...
    def practice(self) -> str: ...
    def foot(self, frame: Frame) -> list[tuple[str, str, bool]]: ...


def render_paper(frame: Frame, title: Title, pages: Sequence[Page], phrases: Sentences) -> bytes:
    """Draw *pages* inside the frame of every report: unsigned, without attachments, byte-equal for equal input."""
    load_fonts()
    out = BytesIO()
    canvas = Canvas(
        out, pagesize=(WIDTH, HEIGHT), invariant=1, lang=frame.language, initialFontName=REGULAR, pageCompression=1
    )
    canvas.setTitle(to_visible(f"{title.name}. {title.subject}"))
    canvas.setAuthor(to_visible(frame.facility.name))
    canvas.setSubject(to_visible(f"{frame.facility.log} {frame.head.size} {frame.head.root}"))
    canvas.setCreator("Senim")
    _draw_qr(canvas, frame)
    for number, page in enumerate(pages, start=1):
        pen = Pen(canvas)
        _draw_strip(pen, frame, phrases, number, len(pages))
        if number == 1:
            _draw_title(pen, title)
        else:
            pen.text(LEFT, HEIGHT - 58, fit(f"{title.name} · {title.subject}", RIGHT - LEFT, 8, True), 8, bold=True)
        page(pen)
        _draw_foot(pen, canvas, frame, phrases)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_strip(pen: Pen, frame: Frame, phrases: Sentences, number: int, of: int) -> None:
    y = HEIGHT - 32
    page = phrases.page(number, of)
    room = RIGHT - LEFT - measure(page, 8, True) - 20
    pen.text(LEFT, y, fit(frame.facility.name, room, 8.5, True), 8.5, bold=True)
    pen.text(RIGHT, y, page, 8, bold=True, right=True)
    pen.text(LEFT, y - 10, fit(phrases.facility(frame.facility), room, 6.8), 6.8, colour=FADED)
    if frame.facility.practice:
        pen.text(RIGHT, y - 10, phrases.practice(), 6.8, bold=True, colour=RED, right=True)
    pen.line(LEFT, y - 15, RIGHT, y - 15, 0.9, INK)


def _draw_title(pen: Pen, title: Title) -> None:
    room = SIGNATURE_BOX[0] - 12 - LEFT
    pen.text(LEFT, _TITLE_TOP, fit(title.name, room, 16, True), 16, bold=True)
    pen.text(LEFT, _TITLE_TOP - 17, fit(title.subject, room, 10.5, True), 10.5, bold=True)
    y = _TITLE_TOP - 33
    indent = LEFT + _label_width(title.facts)
    for label, line in title.lines:
        pen.text(LEFT, y, label, 7.5, colour=FADED)
        pen.text(indent, y, line, 7.5)
        y -= _FACT_STEP


def _draw_foot(pen: Pen, canvas: Canvas, frame: Frame, phrases: Sentences) -> None:
    pen.line(LEFT, FOOT - 8, RIGHT, FOOT - 8, 0.9, INK)
    canvas.saveState()
    canvas.translate(RIGHT - _QR_SIDE + 5, FOOT - 12 - _QR_SIDE)
    canvas.doForm("head")
    canvas.restoreState()
    y = FOOT - 19
    indent = LEFT + 4 + max(measure(label, 6.8) for label, _, _ in phrases.foot(frame))
    for label, value, bold in phrases.foot(frame):
        pen.text(LEFT, y, label, 6.8, colour=FADED)
        for line in wrap(value, RIGHT - _QR_SIDE - 8 - indent, 6.8, bold)[:2]:
            pen.text(indent, y, line, 6.8, bold=bold)
            y -= 9.0


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


def to_qr(log: str, head: Head) -> str:
    """What the QR holds, three lines that a person could type: the log's origin, its size, its root in hex."""
    return f"{log}\n{head.size}\n{head.root}"


def _draw_qr(canvas: Canvas, frame: Frame) -> None:
    """The head's QR, drawn once in vectors and put on every page."""
    code = segno.make(to_qr(frame.facility.log, frame.head), error="m", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix]
    step = _QR_SIDE / (len(rows) + 8)  # the quiet zone is four modules wide
    canvas.beginForm("head", 0, 0, _QR_SIDE, _QR_SIDE)
    canvas.setFillColor(INK)
    path = canvas.beginPath()
    for y, row in enumerate(rows):
        for x, length in _runs(row):
            path.rect((x + 4) * step, _QR_SIDE - (y + 5) * step, length * step, step)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.endForm()


def _runs(row: Sequence[Any]) -> Iterator[tuple[int, int]]:
    start = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None
