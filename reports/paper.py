"""A4 landscape as journals are kept, with what every page says: whose it is, which page, the head, the rule set.

Equal input gives equal bytes. Lengths are points from the lower left corner.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, Protocol

import segno
from reportlab import rl_config
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream
from reportlab.pdfgen.canvas import Canvas

from reports.model import Facility, Frame, Head
from reports.pen import FADED, INK, RED, Pen
from reports.typeset import REGULAR, fit, load_fonts, measure, shorten, to_visible, wrap

WIDTH: Final = 841.89
HEIGHT: Final = 595.28
LEFT: Final = 48.0  # room for the binding
RIGHT: Final = WIDTH - 27.0
FOOT: Final = 92.0
NEXT_TOP: Final = HEIGHT - 66.0
SIGNATURE_BOX: Final = (RIGHT - 262.0, HEIGHT - 146.0, RIGHT, HEIGHT - 58.0)
"""Where the visible signature stands on the first page: left, bottom, right, top."""

rl_config.useA85 = 0  # bytes as bytes: smaller, and quicker to make

_QR_SIDE = 66.0
_TITLE_TOP = HEIGHT - 76.0
_FACT_STEP = 10.4
_SUBJECT_STEP = 13.0
_FOOT_LINES = 4
_MOST_LINES = 6


class Page(Protocol):
    """The body of one page, drawn between the frame's top and foot."""

    def __call__(self, pen: Pen) -> None: ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of another size that draws its own frame, given the sentence that numbers it."""

    width: float
    height: float
    draw: Callable[[Pen, Canvas, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The head of the first page: `name` of the journal or act, `subject` in bold, and facts as (label, value).

    Later pages say name and subject in one line, and after them what `scope` it is (place, period).
    """

    name: str
    subject: str
    scope: str
    facts: Sequence[tuple[str, str]]

    @property
    def subjects(self) -> list[str]:
        """The subject as lines beside the signature: a long name has room for the day of birth after it."""
        told, room = self.subject.replace("\n", " "), SIGNATURE_BOX[0] - 12 - LEFT
        lines = list(wrap(told, room, 10.5, True))
        return lines if len(lines) < 3 else [*lines[:2], fit(" ".join(lines[2:]), room, 10.5, True)]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The facts as lines that fit beside the signature; only the first line of a fact has a label."""
        room = SIGNATURE_BOX[0] - 12 - LEFT - _label_width(self.facts)
        return [
            (label if n == 0 else "", line)
            for label, value in self.facts
            for n, line in enumerate(shorten(wrap(value, room, 7.5), _MOST_LINES))
        ]

    @property
    def bottom(self) -> float:
        """Where the body of the first page begins."""
        more = _SUBJECT_STEP * (len(self.subjects) - 1)
        return min(_TITLE_TOP - 34 - more - _FACT_STEP * len(self.lines), SIGNATURE_BOX[1] - 10)


def _label_width(facts: Sequence[tuple[str, str]]) -> float:
    return 10 + max((measure(label, 7.5) for label, _ in facts), default=0.0)


class Sentences(Protocol):
    """What the frame says, in the reader's language; `phrases.Phrases` is one."""

    def page(self, number: int, of: int) -> str: ...
    def facility(self, facility: Facility) -> str: ...
    def practice(self) -> str: ...
    def foot(self, frame: Frame) -> list[tuple[str, str, bool]]: ...


def render_paper(
    frame: Frame, title: Title, pages: Sequence[Page | Leaf], phrases: Sentences, *, about: tuple[str, ...] = ()
) -> bytes:
    """Draw *pages* inside the frame of every report: unsigned, without attachments, byte-equal for equal input.

    `about`: what the code on each page says besides the head (`to_qr`).
    """
    load_fonts()
    out = BytesIO()
    canvas = Canvas(
        out, pagesize=(WIDTH, HEIGHT), invariant=1, lang=frame.language, initialFontName=REGULAR, pageCompression=1
    )
    canvas.setTitle(to_visible(f"{title.name}. {title.subject}"))
    canvas.setAuthor(to_visible(frame.facility.name))
    canvas.setSubject(to_visible(f"{frame.facility.log} {frame.head.size} {frame.head.root}"))
    canvas.setCreator("Senim")
    _draw_qr(canvas, frame, about)
    pen = Pen(canvas)
    for number, page in enumerate(pages, start=1):
        if isinstance(page, Leaf):
            canvas.setPageSize((page.width, page.height))
            page.draw(pen, canvas, phrases.page(number, len(pages)))
            _end_page(canvas)
            canvas.setPageSize((WIDTH, HEIGHT))
            continue
        _draw_strip(pen, frame, phrases, number, len(pages))
        if number == 1:
            _draw_title(pen, title)
        else:
            _draw_running_title(pen, title)
        page(pen)
        _draw_foot(pen, canvas, frame, phrases)
        _end_page(canvas)
    canvas.save()
    return out.getvalue()


def _end_page(canvas: Canvas) -> None:
    """Pressed at once: reportlab would keep the marks of every page until the last is drawn."""
    canvas.showPage()
    document = canvas._doc  # noqa: SLF001
    page = document.Pages.pages[-1]
    pressed = PDFDictionary({"Filter": PDFArray([PDFName("FlateDecode")])})
    page.Contents = PDFStream(pressed, zlib.compress(page.stream.encode("latin-1")), filters=())
    page.stream = None


def _draw_strip(pen: Pen, frame: Frame, phrases: Sentences, number: int, of: int) -> None:
    y = HEIGHT - 32
    page = phrases.page(number, of)
    room = RIGHT - LEFT - measure(page, 8, True) - 20
    size = min(8.5, max(5.5, 8.5 * room / measure(frame.facility.name, 8.5, True)))
    pen.text(LEFT, y, fit(frame.facility.name, room, size, True), size, bold=True)
    pen.text(RIGHT, y, page, 8, bold=True, right=True)
    pen.text(LEFT, y - 10, fit(phrases.facility(frame.facility), room, 6.8), 6.8, colour=FADED)
    if frame.facility.practice:
        pen.text(RIGHT, y - 10, phrases.practice(), 6.8, bold=True, colour=RED, right=True)
    pen.line(LEFT, y - 15, RIGHT, y - 15, 0.9, INK)


def _draw_title(pen: Pen, title: Title) -> None:
    room = SIGNATURE_BOX[0] - 12 - LEFT
    pen.text(LEFT, _TITLE_TOP, fit(title.name, room, 16, True), 16, bold=True)
    y = _TITLE_TOP - 17
    for line in title.subjects:
        pen.text(LEFT, y, line, 10.5, bold=True)
        y -= _SUBJECT_STEP
    y -= 16 - _SUBJECT_STEP
    indent = LEFT + _label_width(title.facts)
    for label, line in title.lines:
        pen.text(LEFT, y, label, 7.5, colour=FADED)
        pen.text(indent, y, line, 7.5)
        y -= _FACT_STEP


def _draw_running_title(pen: Pen, title: Title) -> None:
    y = HEIGHT - 58
    name = fit(f"{title.name} · {title.subject}", RIGHT - LEFT, 8, True)
    pen.text(LEFT, y, name, 8, bold=True)
    indent = LEFT + measure(name, 8, True)
    pen.text(indent, y, fit(f" · {title.scope}", RIGHT - indent, 8), 8)


def _draw_foot(pen: Pen, canvas: Canvas, frame: Frame, phrases: Sentences) -> None:
    pen.line(LEFT, FOOT - 8, RIGHT, FOOT - 8, 0.9, INK)
    canvas.saveState()
    canvas.translate(RIGHT - _QR_SIDE + 5, FOOT - 12 - _QR_SIDE)
    canvas.doForm("head")
    canvas.restoreState()
    y = FOOT - 19
    indent = LEFT + 8 + max(measure(label, 6.8) for label, _, _ in phrases.foot(frame))
    for label, value, bold in phrases.foot(frame):
        pen.text(LEFT, y, label, 6.8, colour=FADED)
        lines = wrap(value, RIGHT - _QR_SIDE - 8 - indent, 6.8, bold)
        for line in (*lines[: _FOOT_LINES - 1], "…") if len(lines) > _FOOT_LINES else lines:
            pen.text(indent, y, line, 6.8, bold=bold)
            y -= 9.0


def to_qr(log: str, head: Head, *about: str) -> str:
    """What the QR holds, lines that a person could type: the log's origin, its size, its root in hex; after them, where
    the paper is *about* one entry that is looked up elsewhere, its number and the id of its command.
    """
    return "\n".join((log, str(head.size), head.root, *about))


def _draw_qr(canvas: Canvas, frame: Frame, about: tuple[str, ...]) -> None:
    """The head's QR, drawn once in vectors and put on every page."""
    canvas.beginForm("head", 0, 0, _QR_SIDE, _QR_SIDE)
    draw_code(Pen(canvas), to_qr(frame.facility.log, frame.head, *about), 0, 0, _QR_SIDE)
    canvas.endForm()


def draw_code(pen: Pen, text: str, left: float, bottom: float, side: float) -> None:
    """*text* as a QR code in vectors, with the quiet zone that it needs inside *side*."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix]
    step = side / (len(rows) + 8)  # the quiet zone is four modules wide
    for y, row in enumerate(rows):
        for x, length in _runs(row):
            pen.fill(left + (x + 4) * step, bottom + side - (y + 5) * step, length * step, step, INK)


def _runs(row: Sequence[Any]) -> Iterator[tuple[int, int]]:
    start = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None
