"""A ledger copied row by row into another database, and read again there before it counts.

The bytes of every table are copied as they are; the copy is one transaction. Trusts neither database: each entry is
hashed again from what arrived, and the tree over them has the root of the one that was left, or nothing is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.log.merkle import Frontier, leaf_hash
from ledger.storage import engine, migrate
from ledger.storage.doors import open_doors, open_migrator
from ledger.storage.layout import ELSEWHERE, LEDGER
from ledger.storage.places import Schema, Where
from ledger.storage.private import replace_private
from ledger.storage.reading import SqlReading
from ledger.storage.shelves import Source, prepared
from ledger.storage.tables import TABLES

_CHUNK = 500
_TABLES = ("entry", "sealed", "adopted", "checkpoint", "tile", "mention", "movement", "projection")
"""In this order the guards let them in; the head is moved last."""
_head = TABLES["head"]

Row = tuple[Any, ...]


def copy_ledger(reading: SqlReading, target: Where, *, step: Callable[[], None] = lambda: None) -> bytes:
    """Copy what *reading* shows to *target*, where nothing lies yet; the root. *step* is called once a chunk.

    A *target* that holds just this already, from a move that was killed, is as good. Raises
    `WronglyCalled('target_taken')` for any other, and `LedgerReadOnly('copy_differs')`: then *target* holds nothing.
    """
    if isinstance(target, Path):
        target.touch(mode=0o600)
    migrate.upgrade(target)
    doors = open_doors(target)
    try:
        with engine.translated(), doors.writer.connect() as connection:
            connection.begin()
            is_there = connection.scalar(select(TABLES["entry"].c.seq).limit(1)) is not None
            if not is_there:
                _copy(reading, connection, step)
            with closing(SqlReading(Source.of(connection))) as copied:
                root = _verify(reading, copied)
            if root is None:
                raise WronglyCalled("target_taken") if is_there else LedgerReadOnly("copy_differs")
            connection.commit()
    finally:
        doors.close()
    return root


def _copy(reading: SqlReading, connection: Connection, step: Callable[[], None]) -> None:
    source = Source.of(connection)
    for name in _TABLES:
        statement, rows = prepared(insert(TABLES[name])), reading.all_rows(name)
        while chunk := list(islice(rows, _CHUNK)):
            source.put(statement, chunk)
            step()
    (head,) = reading.all_rows("head")
    connection.execute(update(_head).values(dict(zip(_head.columns.keys(), head, strict=True))))


def _verify(left: SqlReading, arrived: SqlReading) -> bytes | None:
    """The root to which the entries of *arrived* lead; None where it, or a table, is not that of *left*."""
    for name in (*_TABLES, "head"):
        if _digest(left.all_rows(name)) != _digest(arrived.all_rows(name)):
            return None
    tree = Frontier()
    for seq, data in arrived.entries():
        if seq >= 0:
            tree.append(leaf_hash(data))
    root = tree.root()
    return root if (tree.size, root) == (left.head.size, left.head.frontier.root()) else None


def _digest(rows: Iterator[Row]) -> bytes:
    digest = sha256()
    for row in rows:
        digest.update(repr(row).encode())
    return digest.digest()


def put_file(directory: Path, file: Path) -> None:
    """From now on the entries of the ledger in *directory*, which were elsewhere, lie in its own file: *file*."""
    if (directory / LEDGER).exists():  # left by a move that was killed
        put_aside(directory / LEDGER)
    replace_private(file, directory / LEDGER)
    (directory / ELSEWHERE).unlink()


def put_aside(where: Where) -> str:
    """Rename what lies *where*, which stays as it is, so that no program finds it there; its name from now on."""
    if isinstance(where, Path):
        names = (where.with_name(f"{where.stem}.moved-{n}{where.suffix}") for n in range(1, 10_000))
        name = next(each for each in names if not each.exists())
        for end in ("-wal", "-shm", ""):
            if (old := where.with_name(where.name + end)).exists():
                old.rename(name.with_name(name.name + end))
        return name.name
    return _rename(where)


def _rename(where: Schema) -> str:
    """Who waits for the old head's row finds no table under its name when he has it."""
    owner = open_migrator(where)
    try:
        with engine.translated(), owner.begin() as connection:
            taken = set(connection.exec_driver_sql("SELECT nspname::text FROM pg_namespace").scalars())
            name = next(each for n in range(1, 10_000) if (each := f"{where.name}_moved_{n}") not in taken)
            connection.exec_driver_sql(f'ALTER SCHEMA "{where.name}" RENAME TO "{name}"')
    finally:
        owner.dispose()
    return name
