"""`Reading`: a snapshot of the ledger. Nothing read here is believed before `ledger.log` has checked it."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from functools import cache, cached_property, lru_cache
from itertools import chain, starmap
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, literal_column, select
from sqlalchemy.dialects import sqlite

from ledger.domain.book import Book
from ledger.domain.findings import BESIDE_STOCK, EMPTIES, empties_of
from ledger.domain.records import Key, Past
from ledger.errors import BytesRejected, LedgerReadOnly, NotFound
from ledger.log.canonical import MAX_INT
from ledger.log.merkle import Frontier
from ledger.service.ports import CheckpointRow, EntryRow, Head, SealedRow, Wanted
from ledger.storage import projections, tiles
from ledger.storage.guards import verify_guards
from ledger.storage.pages import read_page
from ledger.storage.past import SqlPast, SqlStock, balance_at, read_movements
from ledger.storage.shelves import SOME, Shelf, Shelves, Source, by_some, prepared, read_shelf
from ledger.storage.tables import TABLES

_CHUNK = 100

_entry, _mention, _movement, _sealed, _adopted, _checkpoint, _tile, _head = (
    TABLES[name] for name in ("entry", "mention", "movement", "sealed", "adopted", "checkpoint", "tile", "head")
)
_LAST = select(func.max(_entry.c.seq)).scalar_subquery()
_READ_HEAD = prepared(
    select(_head.c.size, _head.c.last_leaf, _head.c.last_recorded_at, _head.c.frontier, _head.c.rebuilt, _LAST)
)
_READ_FIRST = prepared(select(func.min(_entry.c.seq)))
_READ_ENTRY = prepared(select(_entry.c.data).where(_entry.c.seq == bindparam("seq")))
_FIND_SEQ = prepared(select(_entry.c.seq).where(_entry.c.id == bindparam("id")))
_READ_SEALED = prepared(select(_sealed).where(_sealed.c.seq == bindparam("seq")).order_by(_sealed.c.path))
_SEALED = tuple(_sealed.columns.keys())
_NOTES = select(_checkpoint.c.size, _checkpoint.c.root, _checkpoint.c.note)
_NEWEST = (_checkpoint.c.size.desc(), _checkpoint.c.number.desc())
_READ_NOTES = prepared(_NOTES.order_by(_checkpoint.c.number))
_READ_NEWEST = prepared(_NOTES.order_by(*_NEWEST).limit(literal_column("1")).offset(literal_column("0")))
_READ_ADOPTED = prepared(select(_adopted))
_newest = (
    select(_mention.c.key, func.max(_mention.c.seq).label("seq"))
    .where(_mention.c.kind == bindparam("kind"), _mention.c.key.in_(SOME))
    .group_by(_mention.c.key)
    .subquery()
)
_NEWEST_OF = prepared(
    select(_newest.c.key, _entry.c.id, _entry.c.occurred_at).join(_entry, _entry.c.seq == _newest.c.seq)
)


@lru_cache(maxsize=64)
def _rows_text(of_type: bool, named: bool, last: int | None) -> str:
    """The statement of `rows`; its parameters are kind and key, the type."""
    wanted, seq = select(_entry), _entry.c.seq
    if named:
        seq = _mention.c.seq  # in the order of the mentions, so that the last are soon found
        is_it = and_(_mention.c.kind == bindparam("kind"), _mention.c.key == bindparam("key"))
        wanted = wanted.join(_mention, and_(_entry.c.seq == seq, is_it))
    if of_type:
        wanted = wanted.where(_entry.c.type == bindparam("type"))
    if last is not None:
        wanted = wanted.order_by(seq.desc()).limit(literal_column(str(last))).offset(literal_column("0"))
    return prepared(wanted)


@cache
def _since_text(types: int) -> str:
    newer = select(_entry.c.seq).where(_entry.c.seq >= bindparam("seq"))
    named = newer.where(_entry.c.type.in_([bindparam(f"type_{n}") for n in range(types)]))
    return prepared(named.limit(literal_column("1")).offset(literal_column("0")))


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

    def __init__(self, source: Source) -> None:
        self._source = source
        self._streams = ExitStack()
        self._head, self._rebuilt = read_head(source)

    @property
    def head(self) -> Head:
        return self._head

    @property
    def is_stale(self) -> bool:
        """Whether the projections are those of an older program."""
        return self._rebuilt < 0

    @cached_property
    def book(self) -> Book:
        return self._open(ShutBook)

    def scratch(self) -> Book:
        return self._open(Book)

    def _open(self, kind: type[Book]) -> Book:
        source, stock = self._source, SqlStock(self._source)
        return kind(shelves=Shelves(source), stock=stock, past=SqlPast(source, stock), size=self._head.size)

    def at_hand(self, shelf: str, keys: Iterable[Key] | None = None) -> None:
        self._settle()
        records = self.book.shelves[shelf]
        assert isinstance(records, Shelf)
        records.load(keys)

    def mentions_at_hand(self, kind: str, key: str) -> list[Past]:
        past = self.book.past
        assert isinstance(past, SqlPast)
        return past.load(kind, key)

    @cached_property
    def begins_at(self) -> int:
        ((first,),) = self._source.all(_READ_FIRST)
        return min(first or 0, 0)

    def find_seq(self, entry_id: str) -> int | None:
        return next((seq for (seq,) in self._source.all(_FIND_SEQ, entry_id)), None)

    def entry(self, seq: int) -> bytes:
        if abs(seq) > MAX_INT:  # what somebody typed may be more than SQLite can be asked for
            raise NotFound
        for (data,) in self._source.all(_READ_ENTRY, seq):
            return bytes(data)
        raise NotFound

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
        text = _rows_text(type is not None, mention is not None, last)
        values = (*(mention or ()), *(() if type is None else (type,)))
        return sorted(starmap(EntryRow, self._source.all(text, *values)), key=attrgetter("seq"))

    def has_since(self, seq: int, types: Collection[str]) -> bool:
        return bool(self._source.all(_since_text(len(types)), seq, *types))

    def newest(self, kind: str, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
        self._settle()
        found = (row for some in by_some(keys) for row in self._source.all(_NEWEST_OF, kind, *some))
        return {key: (entry_id, occurred_at) for key, entry_id, occurred_at in found}

    def page(self, wanted: Wanted) -> list[EntryRow]:
        self._settle()
        return read_page(self._source, wanted)

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
            if account.startswith(BESIDE_STOCK) or product not in (None, of_product):
                continue
            then = units if at is None else balance_at(self._source, row, at, now=units)
            if then is not None:
                yield account, of_product, lot, then

    def movements(
        self, place: str, product: str, lot: str, *, from_at: str, until_at: str
    ) -> list[tuple[str, int, int]]:
        return read_movements(self._source, (place, product, lot), from_at, until_at)

    def empties_due(self) -> Iterator[tuple[str, str, str, int]]:
        accounts = (self.shelf("balance", (empties_of(place),)) for (place,), _ in self.shelf("place"))
        return ((account.removeprefix(EMPTIES), *rest, due) for (account, *rest), due in chain(*accounts) if due)

    def entry_rows(self) -> Iterator[EntryRow]:
        return starmap(EntryRow, self._stream(select(_entry).order_by(_entry.c.seq)))

    def sealed_places(self) -> Iterator[tuple[int, str]]:
        return self._stream(select(_sealed.c.seq, _sealed.c.path).order_by(_sealed.c.seq, _sealed.c.path))

    def tile_rows(self) -> Iterator[tuple[int, int, bytes, bytes]]:
        return self._stream(select(_tile.c.level, _tile.c.idx, _tile.c.root, _tile.c.data))

    def sealed(self, seq: int) -> list[SealedRow]:
        rows = self._source.all(_READ_SEALED, seq)
        return [SealedRow(**dict(zip(_SEALED, row, strict=True))) for row in rows]

    def adopted(self) -> dict[str, bytes]:
        return dict(self._source.all(_READ_ADOPTED))

    def checkpoint(self) -> CheckpointRow | None:
        return next((_to_checkpoint(*row) for row in self._source.all(_READ_NEWEST)), None)

    def checkpoints(self) -> list[CheckpointRow]:
        return [_to_checkpoint(*row) for row in self._source.all(_READ_NOTES)]

    def verify_self(self) -> None:
        """The guards are all there, and the head is the last entry's. Raises `LedgerReadOnly('self_check')`."""
        verify_guards(self._source)
        head = self._head
        if head.size and next(self.leaves(head.size - 1, head.size)) != head.last_leaf:
            raise LedgerReadOnly("self_check", size=head.size)

    def differences(self, book: Book) -> Iterator[tuple[str, Any, Any]]:
        """(table, stored row, derived row) wherever the stored projections are not those of *book*."""
        return projections.differences(self.all_rows, book)

    def all_rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Every row of *table* in the order of its key."""
        return self._stream(select(TABLES[table]).order_by(*TABLES[table].primary_key.columns))

    def _settle(self) -> None:
        """Nothing of a reading waits to be written."""

    def _stream(self, wanted: Select[Any]) -> Iterator[Any]:
        """The rows as plain tuples, a few at a time: memory does not grow with their number."""
        compiled = wanted.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        cursor = self._source.stream(str(compiled), *(compiled.params[name] for name in compiled.positiontup or ()))
        self._streams.callback(cursor.close)
        return chain.from_iterable(iter(lambda: cursor.fetchmany(_CHUNK), []))

    def close(self) -> None:
        """End every stream: one that was not read to its end would hold the snapshot beyond the transaction."""
        self._streams.close()


def _to_checkpoint(size: int, root: bytes, note: bytes) -> CheckpointRow:
    return CheckpointRow(size=size, root=root, note=note)


def read_head(source: Source) -> tuple[Head, int]:
    """(head, how often the projections were rebuilt); the first read of a transaction, so it fixes the snapshot.

    Raises `LedgerReadOnly('self_check')` where it does not stand at the last entry.
    """
    rows = source.all(_READ_HEAD)
    if not rows:
        raise LedgerReadOnly("self_check", size=0)
    ((size, last_leaf, last_recorded_at, edge, rebuilt, last),) = rows
    return _to_head(size, last_leaf, last_recorded_at, edge, last), rebuilt


@lru_cache(maxsize=16)
def _to_head(size: int, last_leaf: bytes, last_recorded_at: str | None, edge: bytes, last: int | None) -> Head:
    """Who reads meets the same head until somebody appends. Raises `LedgerReadOnly('self_check')`."""
    try:
        frontier = Frontier.from_bytes(edge)
    except BytesRejected as error:
        raise LedgerReadOnly("self_check", size=size) from error
    if not size == frontier.size == (0 if last is None else last + 1):
        raise LedgerReadOnly("self_check", size=size)
    return Head(size, last_leaf, last_recorded_at, frontier)
