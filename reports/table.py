"""A ruled table over many pages: cells wrapped to their columns, rows kept whole, the head repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reports.paper import LEFT
from reports.pen import FADED, INK, TINT, Colour, Pen
from reports.typeset import measure, wrap

SIZE = 6.8
LEADING = 8.5
_PAD = 3.0
_ABOVE = 2.6
_NUMBERS = 9.6
MOST_LINES = 36
"""A longer cell ends in "…" and how many lines it lacks: the whole text stands in the attached data."""


@dataclass(frozen=True, slots=True)
class Column:
    """`right`: of figures, which end at its right edge and are never broken."""

    title: str
    width: float
    right: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a cell; it is wrapped, and its look goes with every part."""

    text: str
    bold: bool = False
    colour: Colour = INK
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`begins`: a page may begin with it; otherwise it stays with the row before."""

    cells: tuple[tuple[Line, ...], ...]
    height: float
    tinted: bool = False
    begins: bool = True


def lay_row(
    columns: Sequence[Column], cells: Sequence[Sequence[Line]], *, tinted: bool = False, begins: bool = True
) -> Row:
    laid = tuple(_lay(column, tuple(cell)) for column, cell in zip(columns, cells, strict=True))
    return _row(laid, tinted, begins)


def lay_whole(columns: Sequence[Column], cells: Sequence[Sequence[Line]]) -> Iterator[Row]:
    """What is longer than `MOST_LINES` goes on in rows below: nothing of it is left out."""
    laid = [tuple(_wrapped(column, cell)) for column, cell in zip(columns, cells, strict=True)]
    for start in range(0, max(1, *map(len, laid)), MOST_LINES):
        yield _row(tuple(cell[start : start + MOST_LINES] for cell in laid))


def _row(laid: tuple[tuple[Line, ...], ...], tinted: bool = False, begins: bool = True) -> Row:
    return Row(laid, max(1, *map(len, laid)) * LEADING + 2 * _ABOVE, tinted, begins)


@lru_cache(maxsize=4096)
def _lay(column: Column, cell: tuple[Line, ...]) -> tuple[Line, ...]:
    """Most cells of a journal are those of a row before: they are laid, and held, once."""
    lines = list(_wrapped(column, cell))
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [Line(f"… +{len(lines) - MOST_LINES + 1}")]
    return tuple(lines)


def _wrapped(column: Column, cell: Sequence[Line]) -> Iterator[Line]:
    for line in cell:
        if line.text:
            width = column.width - 2 * _PAD
            parts = (line.text,) if column.right else wrap(line.text, width, SIZE, line.bold)
            yield from (Line(part, line.bold, line.colour, line.struck) for part in parts)


def _size(column: Column, line: Line) -> float:
    """The type size of a line: a figure is never broken, one that is too wide is set smaller."""
    if not column.right:
        return SIZE
    return min(SIZE, SIZE * (column.width - 2 * _PAD) / measure(line.text, SIZE, line.bold))


def paginate(rows: Sequence[Row], first: float, later: float) -> Iterator[tuple[int, int]]:
    """[start, stop) of the rows of each page, with so much height for rows on the first and on later pages.

    At least one page. The first may be without rows, where its room is too small for the first of them; a
    row of `MOST_LINES` fits on every later one.
    """
    start, left, on_first = 0, first, True
    for n, row in enumerate(rows):
        if row.height > left and (n > start or on_first):
            yield start, n
            start, left, on_first = n, later, False
        left -= row.height
    yield start, len(rows)


def _title_lines(column: Column) -> tuple[str, ...]:
    return wrap(column.title, column.width - 2 * _PAD, SIZE, True)


def head_height(columns: Sequence[Column], *, numbered: bool = True) -> float:
    lines = max(len(_title_lines(column)) for column in columns)
    return lines * LEADING + 2 * _ABOVE + (_NUMBERS if numbered else 0.0)


def draw_head(pen: Pen, columns: Sequence[Column], top: float, *, numbered: bool = True) -> float:
    """Titles, and under them, if *numbered*, the columns' numbers; returns where the rows begin."""
    bottom = top - head_height(columns, numbered=numbered)
    right = LEFT + sum(column.width for column in columns)
    pen.fill(LEFT, bottom, right - LEFT, top - bottom)
    x = LEFT
    for n, column in enumerate(columns, start=1):
        edge = x + column.width - _PAD if column.right else x + _PAD
        for k, line in enumerate(_title_lines(column)):
            pen.text(edge, top - _ABOVE - SIZE + 0.6 - k * LEADING, line, SIZE, bold=True, right=column.right)
        if numbered:
            pen.text(edge, bottom + 2.8, str(n), 5.6, colour=FADED, right=column.right)
        x += column.width
    if numbered:
        pen.line(LEFT, bottom + _NUMBERS, right, bottom + _NUMBERS)
    pen.line(LEFT, top, right, top, 0.7, INK)
    pen.line(LEFT, bottom, right, bottom, 0.7, INK)
    return bottom


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
            edge = x + column.width - _PAD if column.right else x + _PAD
            base = y - _ABOVE - SIZE + 0.6
            for line in cell:
                pen.text(
                    edge,
                    base,
                    line.text,
                    _size(column, line),
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
