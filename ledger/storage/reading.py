"""`Reading`: a snapshot of the ledger. Nothing read here is believed before `ledger.log` has checked it."""

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import ExitStack
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from ledger.domain.book import Book
from ledger.domain.findings import EMPTIES, empties_of
from ledger.domain.records import SHELVES, Key, Past
from ledger.errors import BytesRejected, LedgerReadOnly, NotFound
from ledger.log.merkle import Frontier
from ledger.service.ports import CheckpointRow, EntryRow, Head, SealedRow
from ledger.storage import projections, tiles
from ledger.storage.past import SqlPast, SqlStock, balance_at
from ledger.storage.shelves import Shelf, Source, read_shelf
from ledger.storage.tables import TABLES
from ledger.storage.triggers import verify_triggers

_CHUNK = 100

_entry, _mention, _movement, _sealed, _adopted, _checkpoint, _tile, _head = (
    TABLES[name] for name in ("entry", "mention", "movement", "sealed", "adopted", "checkpoint", "tile", "head")
)
_READ_HEAD = select(_head, select(func.max(_entry.c.seq)).scalar_subquery().label("last"))


class ShutBook(Book):
    """A book that is only read."""

    def put(self, shelf: str, key: Key, record: Any) -> None:
        raise TypeError("a reading does not write")

    def move(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        raise TypeError("a reading does not write")

    def remember(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        raise TypeError("a reading does not write")


class SqlReading:
    """`ledger.service.ports.Reading` over one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._source = Source(connection)
        self._streams = ExitStack()
        self._head, self._rebuilt = read_head(connection)

    @property
    def head(self) -> Head:
        return self._head

    @cached_property
    def book(self) -> Book:
        source, stock = self._source, SqlStock(self._source)
        shelves: dict[str, MutableMapping[Key, Any]] = {name: Shelf(name, source) for name in SHELVES}
        return ShutBook(shelves=shelves, stock=stock, past=SqlPast(source, stock), size=self._head.size)

    @cached_property
    def begins_at(self) -> int:
        first: int | None = self._connection.scalar(select(func.min(_entry.c.seq)))
        return min(first or 0, 0)

    def find_seq(self, entry_id: str) -> int | None:
        seq: int | None = self._connection.scalar(select(_entry.c.seq).where(_entry.c.id == entry_id))
        return seq

    def entry(self, seq: int) -> bytes:
        data: bytes | None = self._connection.scalar(select(_entry.c.data).where(_entry.c.seq == seq))
        if data is None:
            raise NotFound
        return data

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        wanted = select(_entry.c.seq, _entry.c.data).where(_entry.c.seq >= start).order_by(_entry.c.seq)
        if stop is not None:
            wanted = wanted.where(_entry.c.seq < stop)
        return self._stream(wanted)

    def rows(
        self,
        *,
        type: str | None = None,
        mention: tuple[str, str] | None = None,
        last: int | None = None,
    ) -> list[EntryRow]:
        self._settle()
        wanted, seq = select(_entry), _entry.c.seq
        if type is not None:
            wanted = wanted.where(_entry.c.type == type)
        if mention is not None:
            (kind, key), seq = mention, _mention.c.seq  # in the order of the mentions, so that the last are soon found
            named = and_(_entry.c.seq == seq, _mention.c.kind == kind, _mention.c.key == key)
            wanted = wanted.join(_mention, named)
        if last is not None:
            wanted = wanted.order_by(seq.desc()).limit(last)
        rows = [EntryRow(**row) for row in self._connection.execute(wanted).mappings()]
        return sorted(rows, key=attrgetter("seq"))

    def node(self, level: int, index: int) -> bytes:
        return tiles.node(self._source, level, index)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return tiles.leaves(self._source, start, stop)

    def shelf(self, name: str, prefix: Key = ()) -> Iterator[tuple[Key, Any]]:
        self._settle()
        return read_shelf(self._source, name, prefix)

    def balances(
        self, *, at: str | None = None, place: str | None = None, product: str | None = None
    ) -> Iterator[tuple[str, str, str, int]]:
        prefix = () if place is None else (place,) if product is None else (place, product)
        for row, units in self.shelf("balance", prefix):
            account, of_product, lot = row
            if account.startswith(EMPTIES) or product not in (None, of_product):
                continue
            then = units if at is None else balance_at(self._source, row, at)
            if then is not None:
                yield account, of_product, lot, then

    def empties_due(self) -> Iterator[tuple[str, str, str, int]]:
        accounts = (self.shelf("balance", (empties_of(place),)) for (place,), _ in self.shelf("place"))
        return ((account.removeprefix(EMPTIES), *rest, due) for (account, *rest), due in chain(*accounts) if due)

    def entry_rows(self) -> Iterator[EntryRow]:
        columns, rows = _entry.columns.keys(), self._stream(select(_entry).order_by(_entry.c.seq))
        return (EntryRow(**dict(zip(columns, row, strict=True))) for row in rows)

    def sealed_places(self) -> Iterator[tuple[int, str]]:
        return self._stream(select(_sealed.c.seq, _sealed.c.path).order_by(_sealed.c.seq, _sealed.c.path))

    def tile_rows(self) -> Iterator[tuple[int, int, bytes, bytes]]:
        return self._stream(select(_tile.c.level, _tile.c.idx, _tile.c.root, _tile.c.data))

    def sealed(self, seq: int) -> list[SealedRow]:
        wanted = select(_sealed).where(_sealed.c.seq == seq).order_by(_sealed.c.path)
        return [SealedRow(**row) for row in self._connection.execute(wanted).mappings()]

    def adopted(self) -> dict[str, bytes]:
        return dict(self._connection.execute(select(_adopted)).all())

    def checkpoint(self) -> CheckpointRow | None:
        newest = (_checkpoint.c.size.desc(), _checkpoint.c.number.desc())
        wanted = select(_checkpoint.c.size, _checkpoint.c.root, _checkpoint.c.note).order_by(*newest).limit(1)
        row = self._connection.execute(wanted).mappings().one_or_none()
        return None if row is None else CheckpointRow(**row)

    def checkpoints(self) -> list[CheckpointRow]:
        wanted = select(_checkpoint.c.size, _checkpoint.c.root, _checkpoint.c.note).order_by(_checkpoint.c.number)
        return [CheckpointRow(**row) for row in self._connection.execute(wanted).mappings()]

    def verify_self(self) -> None:
        """The guards are all there, and the head is the last entry's. Raises `LedgerReadOnly('self_check')`."""
        found = self._connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        verify_triggers(dict(found.all()))
        head = self._head
        if head.size and next(self.leaves(head.size - 1, head.size)) != head.last_leaf:
            raise LedgerReadOnly("self_check", size=head.size)

    def differences(self, book: Book) -> Iterator[tuple[str, Any, Any]]:
        """(table, stored row, derived row) wherever the stored projections are not those of *book*."""
        return projections.differences(self._connection, book)

    def _settle(self) -> None:
        """Nothing of a reading waits to be written."""

    def _stream(self, wanted: Select[Any]) -> Iterator[Any]:
        """The rows as plain tuples, a few at a time: memory does not grow with their number."""
        cursor = self._connection.execute(wanted).cursor
        assert cursor is not None
        self._streams.callback(cursor.close)
        return chain.from_iterable(iter(lambda: cursor.fetchmany(_CHUNK), []))

    def close(self) -> None:
        """End every stream: one that was not read to its end would hold the snapshot beyond the transaction."""
        self._streams.close()


def read_head(connection: Connection) -> tuple[Head, int]:
    """(head, how often the projections were rebuilt); the first read of a transaction, so it fixes the snapshot.

    Raises `LedgerReadOnly('self_check')` where it does not stand at the last entry.
    """
    row = connection.execute(_READ_HEAD).one()
    try:
        frontier = Frontier.from_bytes(row.frontier)
    except BytesRejected as error:
        raise LedgerReadOnly("self_check", size=row.size) from error
    if not row.size == frontier.size == (0 if row.last is None else row.last + 1):
        raise LedgerReadOnly("self_check", size=row.size)
    return Head(row.size, row.last_leaf, row.last_recorded_at, frontier), row.rebuilt
