"""A ruled table over many pages: cells wrapped to their columns, rows kept whole, the head repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor

from reports.paper import FADED, INK, LEFT, TINT, Pen, wrap

SIZE = 6.8
LEADING = 8.5
_PAD = 3.0
_ABOVE = 2.6
MOST_LINES = 36
"""A cell longer than this ends in "…": the whole text stands in the attached data."""


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: float
    right: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a cell; it is wrapped, and its look goes with every part."""

    text: str
    bold: bool = False
    colour: HexColor = INK
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[tuple[Line, ...], ...]
    height: float
    tinted: bool = False


def lay_row(columns: Sequence[Column], cells: Sequence[Sequence[Line]], *, tinted: bool = False) -> Row:
    laid = tuple(tuple(_lay(column, cell)) for column, cell in zip(columns, cells, strict=True))
    most = max(1, *(len(cell) for cell in laid))
    return Row(laid, most * LEADING + 2 * _ABOVE, tinted)


def _lay(column: Column, cell: Sequence[Line]) -> list[Line]:
    lines = [
        Line(part, line.bold, line.colour, line.struck)
        for line in cell
        if line.text
        for part in wrap(line.text, column.width - 2 * _PAD, SIZE, line.bold)
    ]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [Line("…")]
    return lines


def paginate(rows: Sequence[Row], first: float, later: float) -> Iterator[tuple[int, int]]:
    """[start, stop) of the rows of each page, with so much height for rows on the first and on later pages.

    At least one page; no page but the first is without rows.
    """
    start, left = 0, first
    for n, row in enumerate(rows):
        if row.height > left and n > start:
            yield start, n
            start, left = n, later
        left -= row.height
    yield start, len(rows)


def head_height(columns: Sequence[Column]) -> float:
    return max(len(wrap(column.title, column.width - 2 * _PAD, SIZE, True)) for column in columns) * LEADING + 16


def draw_head(pen: Pen, columns: Sequence[Column], top: float) -> float:
    """Titles, and under them the columns' numbers; returns where the rows begin."""
    height = head_height(columns)
    pen.fill(LEFT, top - height, sum(column.width for column in columns), height)
    x = LEFT
    for n, column in enumerate(columns, start=1):
        lines = wrap(column.title, column.width - 2 * _PAD, SIZE, True)
        for k, line in enumerate(lines):
            y = top - _ABOVE - SIZE - k * LEADING
            pen.text(
                x + column.width - _PAD if column.right else x + _PAD, y, line, SIZE, bold=True, right=column.right
            )
        number = x + column.width - _PAD if column.right else x + _PAD
        pen.text(number, top - height + 3, str(n), 5.6, colour=FADED, right=column.right)
        x += column.width
    pen.line(LEFT, top - height + 10, x, top - height + 10)
    pen.line(LEFT, top, x, top, 0.7, INK)
    pen.line(LEFT, top - height, x, top - height, 0.7, INK)
    return top - height


def draw_rows(pen: Pen, columns: Sequence[Column], rows: Sequence[Row], top: float) -> float:
    """The rows from *top* down with a hairline under each; returns where they end."""
    y = top
    right = LEFT + sum(column.width for column in columns)
    for row in rows:
        if row.tinted:
            pen.fill(LEFT, y - row.height, right - LEFT, row.height, TINT)
            pen.line(LEFT, y, right, y)
        x = LEFT
        for column, cell in zip(columns, row.cells, strict=True):
            base = y - _ABOVE - SIZE + 0.6
            for line in cell:
                pen.text(
                    x + column.width - _PAD if column.right else x + _PAD,
                    base,
                    line.text,
                    SIZE,
                    bold=line.bold,
                    colour=line.colour,
                    right=column.right,
                    struck=line.struck,
                )
                base -= LEADING
            x += column.width
        y -= row.height
        pen.line(LEFT, y, right, y)
    return y


def draw_rules(pen: Pen, columns: Sequence[Column], top: float, bottom: float) -> None:
    """The vertical rules of a table from *top* to *bottom*."""
    x = LEFT
    pen.line(x, top, x, bottom, 0.7, INK)
    for column in columns[:-1]:
        x += column.width
        pen.line(x, top, x, bottom)
    x += columns[-1].width
    pen.line(x, top, x, bottom, 0.7, INK)


def draw_end(pen: Pen, columns: Sequence[Column], bottom: float) -> None:
    pen.line(LEFT, bottom, LEFT + sum(column.width for column in columns), bottom, 0.7, INK)
