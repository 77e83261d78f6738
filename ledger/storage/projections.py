"""Every projection of a replayed book as rows: to put in place of the stored ones, or to compare with them.

Trusts the book it is given: whoever replayed it has checked the entries.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, delete, insert

from ledger.domain.book import Book, MemoryPast, MemoryStock
from ledger.storage.shelves import Source, prepared, to_row
from ledger.storage.tables import TABLES

_CHUNK = 10_000

Row = tuple[Any, ...]


def to_rows(book: Book) -> dict[str, list[Row]]:
    """The rows of each projection table, in the order of their keys. *book* was replayed into memory."""
    if not (isinstance(book.stock, MemoryStock) and isinstance(book.past, MemoryPast)):
        raise TypeError("only a book that was replayed into memory is whole")
    return {
        "projection": sorted(
            to_row(shelf, key, record) for shelf, records in book.shelves.items() for key, record in records.items()
        ),
        "mention": sorted(set(book.past.mentions())),
        "movement": sorted((*lot, *move) for lot, timeline in book.stock.timelines.items() for move in timeline),
    }


def replace(connection: Connection, book: Book) -> None:
    """Put the projections of *book* in place of the stored ones."""
    source = Source.of(connection)
    for table, rows in to_rows(book).items():
        connection.execute(delete(TABLES[table]))
        statement = prepared(insert(TABLES[table]))
        for start in range(0, len(rows), _CHUNK):
            source.put(statement, rows[start : start + _CHUNK])


def differences(read: Callable[[str], Iterator[Row]], book: Book) -> Iterator[tuple[str, Row | None, Row | None]]:
    """(table, stored row, row of *book*) wherever they are not the same, by key; None where one has no such row.

    *read*: every row of a table in the order of its key.
    """
    for table, rows in to_rows(book).items():
        width = len(TABLES[table].primary_key.columns)
        yield from ((table, *pair) for pair in _unequal(width, read(table), iter(rows)))


def _unequal(width: int, stored: Iterator[Row], derived: Iterator[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Two sequences in the order of their first *width* columns, side by side."""
    left, right = next(stored, None), next(derived, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[:width] < right[:width]):
            yield left, None
            left = next(stored, None)
        elif left is None or right[:width] < left[:width]:
            yield None, right
            right = next(derived, None)
        else:
            if left != right:
                yield left, right
            left, right = next(stored, None), next(derived, None)
