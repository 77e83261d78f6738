"""An act or a list as pages: tables one after another, each with its heading, then pieces that are kept whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from reports.flow import FLOOR, Piece, flow, place_piece
from reports.paper import LEFT, NEXT_TOP, RIGHT, Page, Title
from reports.pen import Pen
from reports.table import Column, Row, draw_end, draw_head, draw_rows, draw_rules, head_height
from reports.typeset import wrap

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
    pages: list[list[Page]] = [[]]
    bottom = title.bottom
    for section in sections:
        if isinstance(section, Piece):
            bottom = place_piece(pages, bottom, section)
            continue
        head = head_height(section.columns, numbered=False)
        above = _HEADING if section.heading else _BETWEEN
        start = 0
        while start < len(section.rows):
            room = bottom - above - head - FLOOR
            stop = start + _count_fitting(section.rows[start:], room)
            if stop == start:
                pages.append([])
                bottom = NEXT_TOP
                if room < NEXT_TOP - FLOOR - above - head:
                    continue
                stop = start + 1  # a row taller than a page, which `MOST_LINES` rules out
            heading = section.heading if start == 0 else ""
            pages[-1].append(partial(_draw, section, slice(start, stop), heading, bottom))
            bottom -= (above if heading or start == 0 else _BETWEEN) + head
            bottom -= sum(row.height for row in section.rows[start:stop])
            start, above = stop, _BETWEEN
    return flow(pages, bottom, pieces)


def _count_fitting(rows: Sequence[Row], room: float) -> int:
    fitting = 0
    for row in rows:
        room -= row.height
        if room < 0:
            break
        fitting += 1
    return fitting


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


def paragraphs(*texts: str, bold: bool = False) -> Iterator[Piece]:
    """Each text over the whole width; "" is left out."""
    for text in texts:
        if text:
            lines = wrap(text, RIGHT - LEFT, _SIZE, bold)
            yield Piece(_BETWEEN + _LEADING * len(lines), partial(_draw_paragraph, lines, bold))


def _draw_paragraph(lines: Sequence[str], bold: bool, pen: Pen, top: float) -> None:
    for n, line in enumerate(lines):
        pen.text(LEFT, top - _BETWEEN - 6 - _LEADING * n, line, _SIZE, bold=bold)
