"""A small ledger to store: entries of the right shape, what they do to a book, and the check of all of it."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from ledger.domain.book import Book
from ledger.domain.records import Past
from ledger.log.merkle import Frontier
from ledger.service.ports import EntryRow, Head, Writing
from ledger.storage.places import Where
from ledger.storage.store import SqlStore
from ledger.storage.tables import TABLES

SAFE, WARD, DRUG = "safe", "ward-1", "morphine-10"


def to_data(seq: int, prev: bytes, entry_id: str, *, body: dict[str, Any] | None = None, via: str = "web") -> bytes:
    statement: dict[str, Any] = {
        "acknowledged": [],
        "body": body or {},
        "id": entry_id,
        "occurred_at": when(seq),
        "performer": "a.nurse",
        "type": "stock.moved",
        "witness": None,
    }
    entry = {"prev": prev.hex(), "recorded_at": when(seq), "seq": seq, "statement": statement, "via": via}
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()


def when(seq: int) -> str:
    return f"2026-03-02T{seq // 3600 % 24:02}:{seq // 60 % 60:02}:{seq % 60:02}.000000Z"


def to_rows(head: Head, ids: Iterable[str], **more: Any) -> list[EntryRow]:
    """Entries that follow *head*, chained."""
    rows: list[EntryRow] = []
    prev = head.last_leaf
    for seq, entry_id in enumerate(ids, start=head.size):
        data = to_data(seq, prev, entry_id, **more)
        prev = sha256(b"\0" + data).digest()
        rows.append(
            EntryRow(
                seq=seq,
                id=entry_id,
                type="stock.moved",
                occurred_at=when(seq),
                recorded_at=when(seq),
                performer="a.nurse",
                leaf=prev,
                data=data,
            )
        )
    return rows


def grown(frontier: Frontier, rows: Iterable[EntryRow]) -> Frontier:
    grown = frontier.copy()
    for row in rows:
        grown.append(row.leaf)
    return grown


def to_past(row: EntryRow) -> Past:
    return Past(
        seq=row.seq,
        id=row.id,
        type=row.type,
        performer=row.performer,
        witness=None,
        occurred_at=row.occurred_at,
        imported=False,
        body=json.loads(row.data)["statement"]["body"],
    )


def fold(book: Book, row: EntryRow) -> None:
    """What every entry of this small world does: one unit to a ward, counted there."""
    book.move(SAFE, DRUG, "lot-1", row.occurred_at, row.seq, -1)
    book.move(WARD, DRUG, "lot-1", row.occurred_at, row.seq, 1)
    book.put("last_count", (WARD, DRUG), row.occurred_at)
    book.put("acknowledged", (WARD, row.id), row.seq)
    book.remember(to_past(row), [("place", WARD), ("patient", f"p{row.seq % 3}")])


def append(writing: Writing, *ids: str) -> list[EntryRow]:
    """Fold and insert one entry for each id."""
    rows = to_rows(writing.head, ids)
    for row in rows:
        fold(writing.book, row)
    writing.insert(rows, grown(writing.head.frontier, rows))
    return rows


def record(store: SqlStore, *ids: str) -> list[EntryRow]:
    with store.writing() as writing:
        return append(writing, *ids)


def replayed(store: SqlStore) -> Book:
    """The book of the stored entries, folded into memory."""
    book = Book()
    with store.reading() as reading:
        for row in reading.rows():
            fold(book, row)
    return book


def check_store(store: SqlStore, *, size: int) -> None:
    """Derive everything again from the stored bytes alone, and compare."""
    store.check()
    with store.reading() as reading:
        head = reading.head
        assert head.size == size
        prev, leaves, ids = sha256(b"").digest(), [], []
        for expected, (seq, data) in enumerate(reading.entries()):
            entry = json.loads(data)
            assert (seq, entry["seq"], entry["prev"]) == (expected, expected, prev.hex())
            prev = sha256(b"\0" + data).digest()
            leaves.append(prev)
            ids.append(entry["statement"]["id"])
        assert (len(leaves), head.last_leaf) == (size, prev)
        assert list(reading.leaves(0, size)) == leaves
        assert [reading.find_seq(each) for each in ids] == list(range(size))
        check_tree(reading, leaves)
        assert list(reading.differences(replayed(store))) == []


def check_tree(reading: Any, leaves: list[bytes]) -> None:
    """Every complete subtree, and the frontier, by the definition in RFC 6962 section 2.1."""
    level, hashes, nodes = 0, leaves, []
    while hashes:
        assert [reading.node(level, index) for index in range(len(hashes))] == hashes
        if len(hashes) % 2:
            nodes.append(hashes[-1])
        pairs = zip(hashes[0::2], hashes[1::2], strict=False)
        hashes = [sha256(b"\1" + left + right).digest() for left, right in pairs]
        level += 1
    assert reading.head.frontier.to_bytes()[8:] == b"".join(nodes[::-1])


@contextmanager
def plain_client(path: Where) -> Iterator[Any]:
    """What somebody with the file, or the owner's password, and a database client has: nothing of ours in between."""
    if not isinstance(path, Path):
        import psycopg

        with psycopg.connect(path.address, autocommit=True, options=f"-c search_path={path.name}") as theirs:
            yield theirs
        return
    with closing(sqlite.connect(str(path), isolation_level=None)) as client:
        assert client.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        yield client


def to_theirs(path: Where, statement: str) -> str:
    """A statement of SQLite's as the database at *path* takes it."""
    if isinstance(path, Path):
        return statement
    theirs = statement.replace("AS BLOB", "AS bytea")
    theirs = re.sub(r"x'([0-9a-f]*)'", r"'\\x\1'", theirs).replace("?", "%s")
    return re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", theirs)


def drop_guards(client: Any, path: Where) -> list[str]:
    """What whoever owns the database can do; the statements that put them back."""
    if isinstance(path, Path):
        guards = client.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            client.execute(f"DROP TRIGGER {name}")
        return [sql for _, sql in guards]
    from ledger.storage.postgres_guards import ALL

    for table in TABLES:
        client.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    client.execute("ALTER TABLE sealed DROP CONSTRAINT IF EXISTS fk_sealed_seq")
    return [f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}" for guard in ALL]
