"""One writer door, many reader doors that cannot write; failures of the database come out as ours."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerBusy, LedgerReadOnly, NotStored
from ledger.service.patience import hurried, one_turn
from ledger.storage import engine
from ledger.storage.store import SqlStore
from ledger.storage.tables import APPEND_ONLY, TABLES
from tests.storage.world import check_store, plain_client, record

pytestmark = pytest.mark.once("SQLite's pragmas and locks")


@pytest.fixture
def doors(path: Path) -> Iterator[dict[str, Engine]]:
    doors = {"writer": engine.writer(path), "reader": engine.reader(path)}
    yield doors
    for door in doors.values():
        door.dispose()


def pragma(door: Engine, name: str) -> Any:
    with door.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_receipt_outlives_a_power_cut(doors: dict[str, Engine]) -> None:
    assert pragma(doors["writer"], "journal_mode") == "wal"
    assert pragma(doors["writer"], "synchronous") == 2  # FULL
    assert pragma(doors["writer"], "foreign_keys") == 1
    assert pragma(doors["writer"], "recursive_triggers") == 1
    assert pragma(doors["reader"], "query_only") == 1
    for door in doors.values():
        assert pragma(door, "trusted_schema") == 0


NO_READER_MAY = [
    "INSERT INTO mention VALUES ('a', 'b', 1)",
    "UPDATE head SET rebuilt = 1",
    "DELETE FROM mention",
    "CREATE TABLE more (a)",
    "CREATE TEMP TABLE more (a)",
    "PRAGMA query_only = OFF",
]
NOBODY_MAY = [
    "DROP TABLE mention",
    "DROP TRIGGER entry_is_never_changed",
    "ALTER TABLE entry ADD COLUMN more TEXT",
    "CREATE TRIGGER more AFTER INSERT ON mention BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER more AFTER INSERT ON mention BEGIN SELECT 1; END",
    "ATTACH ':memory:' AS other",
    "PRAGMA writable_schema = ON",
    "PRAGMA recursive_triggers = OFF",
    *(f"DELETE FROM {table}" for table in sorted(APPEND_ONLY)),
    *(f"UPDATE {table} SET {TABLES[table].columns.keys()[-1]} = x'00'" for table in sorted(APPEND_ONLY)),
]


@pytest.mark.parametrize(
    ("door", "statement"),
    [("reader", each) for each in NO_READER_MAY + NOBODY_MAY] + [("writer", each) for each in NOBODY_MAY],
)
def test_a_door_refuses_what_is_not_its_business(doors: dict[str, Engine], door: str, statement: str) -> None:
    """The authorizer refuses the statement before it runs, whether or not a row would be concerned."""
    with doors[door].connect() as connection, pytest.raises(DBAPIError, match=r"not authorized|prohibited"):
        connection.exec_driver_sql(statement)


def test_a_reader_is_refused_by_sqlite_itself(doors: dict[str, Engine]) -> None:
    with doors["reader"].connect() as connection:
        _raw(connection).set_authorizer(None)
        with pytest.raises(LedgerReadOnly, match="disk_read_only"), engine.translated():
            connection.exec_driver_sql("DELETE FROM mention")


def test_readers_do_not_wait_for_the_writer(path: Path, store: SqlStore) -> None:
    record(store, "a")
    with store.writing(), store.reading() as reading, SqlStore(path).reading() as elsewhere:
        assert (reading.head.size, elsewhere.head.size) == (1, 1)


def test_a_missing_ledger_is_not_made(tmp_path: Path) -> None:
    for door in (engine.writer, engine.reader):
        with pytest.raises(LedgerReadOnly, match="disk_unreachable"), engine.translated():
            door(tmp_path / "ledger.db").connect()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"x" * 8192)
    with pytest.raises(LedgerReadOnly, match="database_damaged"), SqlStore(path).reading():
        pass


def test_a_taken_lock_is_busy_in_this_process_and_in_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.05)
    store = SqlStore(path)
    with store.writing(), pytest.raises(LedgerBusy), store.writing():
        pass
    with plain_client(path) as client:
        client.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusy), store.writing():
            pass
        client.execute("ROLLBACK")
    record(store, "a")
    check_store(store, size=1)
    store.close()


def test_a_full_disk_makes_the_ledger_read_only_and_records_nothing(store: SqlStore) -> None:
    record(store, "a")
    with store._doors.writer.connect() as connection:
        raw = _raw(connection)
        raw.set_authorizer(None)
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    with pytest.raises(LedgerReadOnly, match="disk_full"):
        record(store, *(f"id-{n}" for n in range(200)))
    check_store(store, size=1)
    raw.execute(f"PRAGMA max_page_count = {2**30}").fetchone()
    record(store, "b")
    check_store(store, size=2)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_a_sqlite_that_may_lose_commits_is_refused(version: tuple[int, int, int], safe: bool) -> None:
    if safe:
        engine.verify_version(version)
    else:
        with pytest.raises(LedgerReadOnly, match="sqlite_unsafe"):
            engine.verify_version(version)


def test_failures_that_are_not_the_databases_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), engine.translated(otherwise=NotStored):
        raise ZeroDivisionError
    with pytest.raises(sqlite.OperationalError), engine.translated():
        sqlite.connect(":memory:").execute("SELECT * FROM nowhere")
    with pytest.raises(NotStored), engine.translated(otherwise=NotStored):
        sqlite.connect(":memory:").execute("SELECT * FROM nowhere")


def _raw(connection: Any) -> Any:
    return connection.connection.driver_connection


def test_the_next_reader_has_the_connection_that_was_used_last_and_nothing_of_its_snapshot(path: Path) -> None:
    readers = engine.Readers(path)
    with readers.lend() as last, readers.lend() as first:
        last.cursor().execute("BEGIN")
    with readers.lend() as again, readers.lend() as other:
        assert (again, other) == (last, first)
        assert not last.cursor().connection.in_transaction
    readers.dispose()


def test_a_reader_for_whom_no_connection_is_left_is_told_to_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_READERS", 1)
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.01)
    readers = engine.Readers(path)
    with readers.lend(), pytest.raises(LedgerBusy), readers.lend():
        pass
    with readers.lend():
        pass
    readers.dispose()


def test_who_may_not_wait_does_not_wait_for_another_readers_connection(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_READERS", 1)
    readers, begun = engine.Readers(path), monotonic()
    with readers.lend(), hurried(), pytest.raises(LedgerBusy), readers.lend():
        pass
    assert monotonic() - begun < engine.WAIT_SECONDS / 2
    readers.dispose()


def test_a_long_statement_is_given_up_where_nobody_may_wait_for_it_and_short_ones_never(path: Path) -> None:
    counting = "WITH RECURSIVE n (i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT count(*) FROM n"
    readers = engine.Readers(path)

    def count(first: int, most: int) -> Any:
        with engine.translated(), readers.lend() as connection:
            cursor = connection.cursor()
            cursor.execute(counting.format(first, most))
            ((found,),) = cursor.fetchall()
            return found

    with pytest.raises(LedgerBusy), hurried():
        count(0, 100_000)
    assert count(0, 100_000) == 100_000
    for _ in range(1_000):
        with hurried():
            assert [count(first, 20) for first in range(5)] == [20] * 5
    readers.dispose()


def test_what_one_reader_is_not_let_finish_costs_the_others_of_its_turn_nothing(path: Path) -> None:
    store = SqlStore(path)
    record(store, "a")
    text = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n"
    with one_turn():
        for _ in range(3):
            with pytest.raises(LedgerBusy), hurried(), store.reading() as reading:
                reading._source.all(text)
            with hurried(), store.reading() as reading:
                assert (reading.head.size, len(reading.rows())) == (1, 1)
    store.close()
