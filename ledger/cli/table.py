"""Rows as lines of text that fit a width: headings over words, numbers to the right, long words folded last."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

Columns = Sequence[tuple[str, str]]
_LEAST = 8


def lay_out(
    columns: Columns,
    rows: Sequence[dict[str, object]],
    *,
    width: int,
    number: Callable[[int], str],
    by: str | None = None,
) -> Iterator[str]:
    """The lines of a table. *columns* is (member, heading); a cell is a text, of several lines perhaps, or a number.

    *by*: the member that stands on a line of its own over the rows which share it.
    """
    right = [any(type(row.get(member)) is int for row in rows) for member, _ in columns]
    cells = [[_to_lines(row.get(member), number) for member, _ in columns] for row in rows]
    needs = [[len(word) for word in heading.split()] for _, heading in columns]
    for line in cells:
        for need, cell in zip(needs, line, strict=True):
            need.extend(map(len, cell))
    widths = [max(need, default=0) for need in needs]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= width else 1
    _narrow(widths, width - gap * (len(widths) - 1), right)
    top = [wrap(heading, room) for (_, heading), room in zip(columns, widths, strict=True)]
    deepest = max(map(len, top))
    yield from _lines([[""] * (deepest - len(each)) + each for each in top], widths, right, gap)
    yield "─" * (sum(widths) + gap * (len(widths) - 1))
    last: object = None
    for row, line in zip(rows, cells, strict=True):
        if by is not None and row[by] != last:
            last = row[by]
            yield f"{last}"
        yield from _lines([_fold(each, room) for each, room in zip(line, widths, strict=True)], widths, right, gap)


def _to_lines(value: object, number: Callable[[int], str]) -> list[str]:
    if value is None:
        return []
    return (number(value) if type(value) is int else str(value)).splitlines()


def _narrow(widths: list[int], width: int, right: Sequence[bool]) -> None:
    """Take from the widest columns of text what is too much; numbers stay whole."""
    texts = [n for n, is_right in enumerate(right) if not is_right]
    while sum(widths) > width and texts:
        widest = max(texts, key=lambda n: widths[n])
        if widths[widest] <= _LEAST:
            return
        widths[widest] -= 1


def _fold(lines: Sequence[str], width: int) -> list[str]:
    return [part for line in lines for part in wrap(line, width, drop_whitespace=True)]


def _lines(cells: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool], gap: int) -> Iterator[str]:
    for line in zip_longest(*cells, fillvalue=""):
        pieces = (
            f"{each:>{room}}" if is_right else f"{each:<{room}}"
            for each, room, is_right in zip(line, widths, right, strict=True)
        )
        yield (" " * gap).join(pieces).rstrip()
