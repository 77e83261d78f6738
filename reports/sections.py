"""An act or a list as pages: tables one after another, each with its heading, then pieces that are kept whole.

No signature stands on a page without something of what it is for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from reports.bars import draw_swatch
from reports.flow import FLOOR, Piece, flow, place_piece
from reports.paper import LEFT, NEXT_TOP, RIGHT, Page, Title
from reports.pen import Pen
from reports.table import SIZE, Column, Row, draw_end, draw_head, draw_rows, draw_rules, head_height
from reports.typeset import measure, wrap

_HEADING = 26.0
_SIZE = 7.5
_LEADING = 10.0
_BETWEEN = 8.0


class Picture(Protocol):
    """Drawn with *pen* from *left* and *top* rightwards and down."""

    def __call__(self, pen: Pen, left: float, top: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table under a `heading` (""; none). Its head is repeated on every page that it goes on to.

    `pictures` draw into the last column, one a row, from (left, top) of the cell.
    """

    heading: str = ""
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    pictures: Sequence[Picture] = ()


def lay_out(title: Title, sections: Iterable[Section | Piece], pieces: Iterable[Piece]) -> list[Page]:
    """Pages of *sections* below *title*, pieces among them kept whole, and *pieces* after them."""
    return lay_under([[]], title.bottom, sections, pieces)


def lay_under(
    pages: list[list[Page]], bottom: float, sections: Iterable[Section | Piece], pieces: Iterable[Piece]
) -> list[Page]:
    """The same under *bottom* of the last of *pages*."""
    body, closing = list(sections), list(pieces)
    for n, each in enumerate(body, start=1):
        if isinstance(each, Piece):
            bottom = place_piece(pages, bottom, each)
        else:
            bottom = _place_section(pages, bottom, each, closing if n == len(body) else ())
    return flow(pages, bottom, closing)


def _place_section(pages: list[list[Page]], bottom: float, section: Section, closing: Sequence[Piece]) -> float:
    """Returns where the table ends: with room below it for *closing*, or for as much of that as a page has."""
    rows, head = section.rows, head_height(section.columns, numbered=False)
    start, heading = 0, section.heading
    while start < len(rows):
        above = head + (_HEADING if heading else _BETWEEN)
        stop = _find_stop(rows, start, bottom - above - FLOOR, closing, is_whole=bottom == NEXT_TOP)
        if stop == start:
            pages.append([])
            bottom = NEXT_TOP
            continue
        pages[-1].append(partial(_draw, section, slice(start, stop), heading, bottom))
        bottom -= above + sum(row.height for row in rows[start:stop])
        start, heading = stop, ""
    return bottom


def _find_stop(rows: Sequence[Row], start: int, room: float, closing: Sequence[Piece], *, is_whole: bool) -> int:
    """Up to which of *rows* those from *start* stand in *room*; *start* itself: another page has more room.

    `is_whole`: no page has more. A group of rows that is longer than that is parted where it must be.
    """
    stop = start
    while stop < len(rows) and rows[stop].height <= room:
        room -= rows[stop].height
        stop += 1
    if stop == len(rows) and sum(piece.height for piece in closing) <= room:
        return stop
    most = min(stop, len(rows) - 1)
    for n in range(most, start, -1):
        if rows[n].begins:
            return n
    return max(stop, start + 1) if is_whole else start


def _draw(section: Section, shown: slice, heading: str, top: float, pen: Pen) -> None:
    if heading:
        pen.text(LEFT, top - 19, heading, 8.5, bold=True)
    start = top - (_HEADING if heading else _BETWEEN)
    rows, top = section.rows[shown], draw_head(pen, section.columns, start, numbered=False)
    bottom = draw_rows(pen, section.columns, rows, top)
    left = LEFT + sum(column.width for column in section.columns[:-1])
    for row, picture in zip(rows, section.pictures[shown], strict=False):
        picture(pen, left, top)
        top -= row.height
    draw_rules(pen, section.columns, start, bottom)
    draw_end(pen, section.columns, bottom)


def legend(looks: Iterable[tuple[str, str]]) -> Piece:
    """What each look of the pictures below it (`bars.Part`) means, in one line."""
    return Piece(22.0, partial(_draw_legend, tuple(looks)))


def _draw_legend(looks: Sequence[tuple[str, str]], pen: Pen, top: float) -> None:
    x = LEFT
    for look, text in looks:
        draw_swatch(pen, x, top - 18, 14, 8, look)
        pen.text(x + 18, top - 16.5, text, SIZE)
        x += 18 + measure(text, SIZE) + 16


def paragraphs(*texts: str, bold: bool = False) -> Iterator[Piece]:
    """Each text over the whole width; "" is left out."""
    for text in texts:
        if text:
            lines = wrap(text, RIGHT - LEFT, _SIZE, bold)
            yield Piece(_BETWEEN + _LEADING * len(lines), partial(_draw_paragraph, lines, bold))


def _draw_paragraph(lines: Sequence[str], bold: bool, pen: Pen, top: float) -> None:
    for n, line in enumerate(lines):
        pen.text(LEFT, top - _BETWEEN - 6 - _LEADING * n, line, _SIZE, bold=bold)
