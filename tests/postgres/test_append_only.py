"""Append-only holds against a plain client of PostgreSQL: as the register's writer, as the owner, as a replica."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from ledger.errors import LedgerReadOnly
from ledger.service.ports import CheckpointRow, SealedRow
from ledger.storage.places import Schema
from ledger.storage.postgres_guards import EXPECTED
from ledger.storage.store import SqlStore
from ledger.storage.tables import APPEND_ONLY, TABLES
from tests.storage.world import append, check_store, plain_client

GUARDED = sorted({*APPEND_ONLY, "head"})
SIZE = 257
LEAF, OTHER = (f"'\\x{byte * 32}'" for byte in ("00", "01"))
TILE = f"(0, {{}}, {LEAF}, decode(repeat('00', 8192), 'hex'))"
ENTRY = f"({{}}, '{{}}', 'x', 'x', 'x', 'x', {LEAF}, '\\x7b7d')"
ROWS = {
    "entry": ENTRY.format(3, "3"),
    "sealed": "(0, 'body.note', 'x', '\\x00', '\\x00')",
    "adopted": f"('{'ab' * 32}', '\\x00')",
    "checkpoint": f"(0, 1, {LEAF}, '\\x00')",
    "tile": TILE.format(0),
    "head": f"(0, 0, {LEAF}, NULL, '\\x00', 0)",
}
"""A row that is there already under its key."""
MORE = {
    "entry": [
        f"INSERT INTO entry VALUES {ENTRY.format(SIZE + 1, 'new')}",
        f"INSERT INTO entry VALUES {ENTRY.format(-1, 'new')}",
        f"INSERT INTO entry VALUES {ENTRY.format('NULL', 'new')}",
        f"INSERT INTO entry VALUES {ENTRY.format(SIZE, '3')} ON CONFLICT (id) DO UPDATE SET id = '9'",
    ],
    "checkpoint": [
        f"INSERT INTO checkpoint VALUES (7, 9, {LEAF}, '\\x00')",
        f"INSERT INTO checkpoint VALUES (1, 1, {OTHER}, '\\x00')",
    ],
    "tile": [f"INSERT INTO tile VALUES {TILE.format(9)}"],
    "head": ["UPDATE head SET size = size - 1", "UPDATE head SET size = 0", f"UPDATE head SET last_leaf = {OTHER}"],
}


def attacks(table: str) -> list[str]:
    last, keys = TABLES[table].columns.keys()[-1], TABLES[table].primary_key.columns.keys()
    found = [
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"MERGE INTO {table} USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
        f"INSERT INTO {table} VALUES {ROWS[table]} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {last} = NULL",
        f"WITH gone AS (DELETE FROM {table} RETURNING {keys[0]}) SELECT * FROM gone",
        *MORE.get(table, ()),
    ]
    if table != "head":  # the head does move, along with the entries
        found += [
            f"UPDATE {table} SET {last} = {last}",
            f"MERGE INTO {table} USING (SELECT 1) AS one ON true WHEN MATCHED THEN UPDATE SET {last} = {table}.{last}",
        ]
    return found


SECOND_LOCKS = ("head_is_only_one", "entry_is_never_emptied")
"""What they refuse a key refuses too, or the guard of the table that refers to it."""
EVERY = [(table, attack) for table in GUARDED for attack in attacks(table)]


@pytest.fixture(scope="module")
def full(server: Any) -> Schema:
    """A ledger with something in every table."""
    from ledger.storage import migrate

    where: Schema = server.new_place()
    migrate.upgrade(where)
    store = SqlStore(where)
    with store.writing() as writing:
        append(writing, *map(str, range(SIZE)))
        writing.insert_sealed([SealedRow(seq=0, path="body.note", subject="p", nonce=bytes(12), ciphertext=b"c")])
        writing.insert_adopted("ab" * 32, b"rules")
        writing.insert_checkpoint(CheckpointRow(size=1, root=bytes(32), note=b"note"))
    store.close()
    return where


@contextmanager
def attacking(where: Schema, *first: str) -> Iterator[Any]:
    with plain_client(where) as client:
        for statement in first:
            client.execute(statement)
        yield client


def dump(where: Schema) -> list[Any]:
    with plain_client(where) as client:
        found = [client.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in GUARDED]
    assert all(found)
    return found


@pytest.mark.parametrize("who", ["writer", "owner", "replica"])
def test_a_plain_client_changes_nothing(full: Schema, who: str) -> None:
    """The owner is held off by triggers alone, also where they are told that this is a replica."""
    first = {"writer": f'SET ROLE "{full.writer}"', "owner": "", "replica": "SET session_replication_role = replica"}
    before = dump(full)
    refused = (psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege)
    with attacking(full, first[who]) as client:
        for _, attack in EVERY:
            with pytest.raises(refused):
                client.execute(attack)
    assert dump(full) == before


def test_every_guard_is_attacked_on_its_own(full: Schema) -> None:
    """Without a guard its attack goes through, so each one is needed and each one is seen to work."""
    with attacking(full) as client:
        for name in EXPECTED:
            table = next(each for each in GUARDED if name.startswith(f"{each}_"))
            through = 0
            for attack in attacks(table):
                with client.transaction(force_rollback=True):
                    client.execute(f"DROP TRIGGER {name} ON {table}")
                    try:
                        with client.transaction():
                            client.execute(attack)
                            through += 1
                    except psycopg.errors.IntegrityError:
                        pass
            assert through or "_repeats_no_" in name or name in SECOND_LOCKS, name


def test_the_writer_cannot_have_a_guard_ask_another_table(full: Schema) -> None:
    """Temporary tables are found first."""
    shadows = [f"CREATE TEMP TABLE {table} (LIKE {table})" for table in ("entry", "tile")]
    attack = ENTRY.format(SIZE + 5, "new")
    with attacking(full, f'SET ROLE "{full.writer}"', *shadows) as client:
        client.execute(f"INSERT INTO pg_temp.entry VALUES {ENTRY.format(SIZE + 4, 'before')}")
        with pytest.raises(psycopg.errors.IntegrityError):
            client.execute(f'INSERT INTO "{full.name}".entry VALUES {attack}')
        with pytest.raises(psycopg.errors.IntegrityError):
            client.execute(f'UPDATE "{full.name}".head SET size = {SIZE + 5}')


def test_the_writer_may_not_change_the_guards_or_the_tables(full: Schema) -> None:
    statements = (
        "ALTER TABLE entry DISABLE TRIGGER ALL",
        "DROP TRIGGER entry_is_never_changed ON entry",
        "CREATE OR REPLACE FUNCTION entry_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE TRIGGER more AFTER INSERT ON mention EXECUTE FUNCTION entry_is_never_changed()",
        "ALTER TABLE entry ADD COLUMN more TEXT",
        "DROP TABLE mention",
        "CREATE TABLE more (a INTEGER)",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '9999'",
        "INSERT INTO head SELECT * FROM head",
    )
    with attacking(full, f'SET ROLE "{full.writer}"') as client:
        for statement in statements:
            with pytest.raises(psycopg.Error) as refused:
                client.execute(statement)
            assert refused.value.sqlstate in ("42501", "23001"), statement


def test_the_attacked_ledger_is_still_whole(full: Schema) -> None:
    store = SqlStore(full)
    check_store(store, size=SIZE)
    store.close()


DAMAGE = {
    "a guard dropped": "DROP TRIGGER {name} ON {table}",
    "a guard switched off": "ALTER TABLE {table} DISABLE TRIGGER {name}",
    "a guard that a replica passes": "ALTER TABLE {table} ENABLE TRIGGER {name}",
    "a guard that lets pass": "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_guard_that_is_not_as_it_was_is_noticed(path: Schema, store: SqlStore, damage: str) -> None:
    store.check()
    with plain_client(path) as client:
        for name in EXPECTED:
            table = next(each for each in GUARDED if name.startswith(f"{each}_"))
            with client.transaction():
                kept = client.execute("SELECT prosrc FROM pg_proc WHERE oid = %s::regproc", (name,)).fetchone()
                client.execute(DAMAGE[damage].format(name=name, table=table))
            with pytest.raises(LedgerReadOnly) as caught:
                store.check()
            assert caught.value.values == {"trigger": name}
            _mend(client, name, table, kept[0])
    store.check()


def _mend(client: Any, name: str, table: str, body: str) -> None:
    event, each = name_of(name), "STATEMENT" if name.endswith("_is_never_emptied") else "ROW"
    client.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    client.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    client.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()")
    client.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def name_of(guard: str) -> str:
    from ledger.storage.postgres_guards import ALL

    return next(each.event for each in ALL if each.name == guard)


def test_a_guard_too_many_is_noticed(path: Schema, store: SqlStore) -> None:
    """A trigger of somebody else's could write whenever we do."""
    with plain_client(path) as client:
        client.execute("CREATE FUNCTION helpful() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        client.execute("CREATE TRIGGER helpful AFTER INSERT ON mention EXECUTE FUNCTION helpful()")
    with pytest.raises(LedgerReadOnly) as caught:
        store.check()
    assert caught.value.values == {"trigger": "helpful"}
