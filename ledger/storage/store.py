"""`Writing` and `Store`: the append transaction over SQL.

Trust: whoever can replace the database can show another history or an older one; the head store, the printed
heads and the witnesses show that they did. Between transactions the writer keeps its book, as long as the log
ends where it left it; after anything but a clean commit it is read anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from ledger.domain.book import Book
from ledger.domain.records import SHELVES
from ledger.errors import LedgerBusy, NotStored, OutcomeUnknown, SenimError
from ledger.log.merkle import Frontier
from ledger.service.patience import shared
from ledger.service.ports import CheckpointRow, EntryRow, Head, SealedRow
from ledger.service.replay import replay_all
from ledger.storage import engine, projections, signing, tiles
from ledger.storage.doors import open_doors
from ledger.storage.past import ADD_MOVEMENT, INSERT_MENTION, SqlPast, SqlStock
from ledger.storage.places import Where
from ledger.storage.reading import SqlReading, read_head
from ledger.storage.shelves import PUT, REMOVE, Shelf, Source, prepared, recall
from ledger.storage.tables import TABLES

MOST_REMEMBERED = 200_000
"""Records in the writer's book beyond which it is read anew; about 200 MB."""

_entry, _sealed, _adopted, _checkpoint, _head = (
    TABLES[name] for name in ("entry", "sealed", "adopted", "checkpoint", "head")
)
_INSERT_ENTRY, _INSERT_SEALED = prepared(insert(_entry)), prepared(insert(_sealed))
_MOVED = ("size", "last_leaf", "last_recorded_at", "frontier")
_MOVE_HEAD = prepared(update(_head).values({column: bindparam(f"new_{column}") for column in _MOVED}))
_to_entry, _to_sealed = attrgetter(*_entry.columns.keys()), attrgetter(*_sealed.columns.keys())

Mark = tuple[int, bytes, int]


class StoredBook:
    """A book over SQL and what of it is not written yet. It is handed the connection of each transaction."""

    def __init__(self, source: Source, size: int) -> None:
        self.source = source
        self.shelves = {name: Shelf(name, source) for name in SHELVES}
        self._stock = SqlStock(source)
        self._past = SqlPast(source, self._stock)
        self.book = Book(shelves=dict(self.shelves), stock=self._stock, past=self._past, size=size)

    def expect(self, ids: Iterable[str]) -> None:
        self._past.expect(ids)

    def recall(self, before: "StoredBook") -> None:
        """Have at hand what the book had *before*, as it is after what another process wrote."""
        recall(self.source, self.shelves, before.shelves)

    def weight(self) -> int:
        """How many records are remembered."""
        return self._past.weight() + self._stock.weight() + sum(shelf.weight() for shelf in self.shelves.values())

    def flush(self) -> None:
        """Write what changed since the last time, into the open transaction."""
        put: list[tuple[Any, ...]] = []
        remove: list[tuple[Any, ...]] = []
        for shelf in self.shelves.values():
            changed, gone = shelf.changes()
            put += changed
            remove += gone
        self.source.put(PUT, put)
        self.source.put(REMOVE, remove)
        self.source.put(INSERT_MENTION, self._past.changes())
        self.source.put(ADD_MOVEMENT, self._stock.changes())


class SqlWriting(SqlReading):
    """`ledger.service.ports.Writing`. Its queries show what was inserted, its book also what was not yet."""

    def __init__(self, connection: Connection, remembered: "tuple[Mark, StoredBook] | None") -> None:
        super().__init__(Source.of(connection))
        self._connection = connection
        mark, kept = remembered or (None, None)
        if kept is not None and kept.weight() > MOST_REMEMBERED:
            kept = None
        if kept is not None and mark == self.mark:
            self._stored = kept
            self._source = kept.source
            self._source.take(connection)
        else:
            self._stored = StoredBook(self._source, self._head.size)
            if kept is not None:
                self._stored.recall(kept)
        self.book = self._stored.book
        self._began_at = self._head.size

    @property
    def mark(self) -> Mark:
        """What another writer would have changed."""
        return self._head.size, self._head.last_leaf, self._rebuilt

    def expect(self, ids: Iterable[str]) -> None:
        self._stored.expect(ids)

    def find_seq(self, entry_id: str) -> int | None:
        past = self.book.past.by_id(entry_id)
        return None if past is None else past.seq

    def insert(self, rows: Iterable[EntryRow], frontier: Frontier) -> None:
        fresh = list(rows)
        if not fresh:
            return
        before, after, last = self._head.size, self._head.size + len(fresh), fresh[-1]
        if frontier.size != after:
            raise ValueError("the frontier is not that of these entries")
        self._source.put(_INSERT_ENTRY, [_to_entry(row) for row in fresh])
        self._head = Head(after, last.leaf, last.recorded_at, frontier.copy())
        tiles.insert_full_tiles(self._source, before, after)

    def insert_before(self, rows: Iterable[EntryRow]) -> None:
        self._source.put(_INSERT_ENTRY, [_to_entry(row) for row in rows])

    def insert_sealed(self, rows: Iterable[SealedRow]) -> None:
        self._source.put(_INSERT_SEALED, [_to_sealed(row) for row in rows])

    def insert_adopted(self, digest: str, data: bytes) -> None:
        """A file that is there already stays as it is."""
        known = select(_adopted.c.sha256).where(_adopted.c.sha256 == digest)
        if self._connection.scalar(known) is None:
            self._connection.execute(insert(_adopted).values(sha256=digest, data=data))

    def insert_checkpoint(self, row: CheckpointRow, right: int = 0) -> None:
        """Raises `NotStored` where this size has another root: that would be a second history."""
        if right:
            signing.end(self._source, right)
        number = select(func.coalesce(func.max(_checkpoint.c.number) + 1, 0)).scalar_subquery()
        self._connection.execute(insert(_checkpoint).values(number=number, size=row.size, root=row.root, note=row.note))

    def finish(self) -> StoredBook | None:
        """Write what is not written yet. Returns the book if the next transaction may go on with it."""
        whole = self.book.size == self._head.size
        if not whole and self.book.size != self._began_at:
            raise ValueError("the book does not hold the entries that were inserted")
        with self._source.together():
            self._stored.flush()
            if self._head.size != self._began_at:
                head = self._head
                row = (head.size, head.last_leaf, head.last_recorded_at, head.frontier.to_bytes())
                self._source.put(_MOVE_HEAD, [row])
        self.book.settle()
        return self._stored if whole else None

    def _settle(self) -> None:
        if self.book.mark() == 0:
            self._stored.flush()


class SqlStore:
    """`ledger.service.ports.Store` over the tables that `migrate` made."""

    def __init__(self, where: Where) -> None:
        self._doors = open_doors(where)
        self._remembered: tuple[Mark, StoredBook] | None = None

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        with engine.translated(), shared(self._snapshot) as reading:
            yield reading

    @contextmanager
    def writing(self) -> Iterator[SqlWriting]:
        with self._transaction() as connection:
            # Until the commit nothing that is remembered can be relied on.
            remembered, self._remembered = self._remembered, None
            with closing(SqlWriting(connection, remembered)) as writing:
                yield writing
                book = writing.finish()
            _commit(connection)
            if book is not None:
                self._remembered = writing.mark, book

    @contextmanager
    def holding(self) -> Iterator[SqlReading]:
        """As `reading`, and until it is left nobody appends."""
        with self._transaction() as connection, closing(SqlReading(Source.of(connection))) as reading:
            yield reading

    @contextmanager
    def signing(self) -> Iterator[int]:
        if not self._doors.many_machines:
            yield 0  # in a file, the store of signed heads alone tells who was first
            return
        right = signing.wait(self._take_signing)
        try:
            yield right
        except BaseException:
            with suppress(SenimError), self._transaction() as connection:  # else it ends by itself
                signing.end(Source.of(connection), right)
                _commit(connection)
            raise

    def _take_signing(self) -> int | None:
        with self._transaction() as connection:
            right = signing.take(Source.of(connection))
            _commit(connection)
        return right

    def check(self) -> None:
        with self.reading() as reading:
            reading.verify_self()

    def refresh(self) -> None:
        """Derive the projections again where they are those of an older program."""
        with self.reading() as reading:
            replay = replay_all(reading) if reading.is_stale else None
        if replay is not None:
            self.replace_projections(replay.book)

    def replace_projections(self, book: Book) -> None:
        """Raises `LedgerBusy` where entries were added after *book* was replayed."""
        with self._transaction() as connection:
            head, rebuilt = read_head(Source.of(connection))
            if head.size != book.size:
                raise LedgerBusy
            projections.replace(connection, book)
            connection.execute(update(_head).values(rebuilt=rebuilt + 1))
            _commit(connection)

    def close(self) -> None:
        self._doors.close()

    @contextmanager
    def _snapshot(self) -> Iterator[SqlReading]:
        with self._doors.snapshot() as source, closing(SqlReading(source)) as reading:
            yield reading

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """The lock on the head; rolled back unless it was committed inside."""
        with engine.translated(), self._doors.writer.connect() as connection:
            connection.begin()
            yield connection


def _commit(connection: Connection) -> None:
    """Raises `NotStored`; `OutcomeUnknown` where the database went away before it answered."""
    with engine.translated(otherwise=NotStored):
        try:
            connection.commit()
        except DBAPIError as error:
            # SQLAlchemy takes the transaction for ended; in the database it is still open.
            connection.invalidate()
            if engine.is_lost(error.orig):
                raise OutcomeUnknown from error
            raise
