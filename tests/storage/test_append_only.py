"""Append-only holds against a plain database client: each guard is attacked, each table stays as it was."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite

from ledger.errors import LedgerReadOnly
from ledger.service.ports import CheckpointRow, SealedRow
from ledger.storage.store import SqlStore
from ledger.storage.tables import APPEND_ONLY, TABLES
from ledger.storage.triggers import TRIGGERS
from tests.storage.world import append, check_store, plain_client, to_rows

pytestmark = pytest.mark.once("tests/postgres/test_append_only.py attacks PostgreSQL")

GUARDED = sorted({*APPEND_ONLY, "head"})
SIZE = 513
LEAF, OTHER = "zeroblob(32)", f"x'{'01' * 32}'"
VALUES = {
    "entry": f"({{seq}}, '{{id}}', 'x', 'x', 'x', 'x', {LEAF}, x'7b7d')",
    "tile": f"(0, {{idx}}, {LEAF}, zeroblob(8192))",
}
ATTACKS = {
    "entry": [
        "INSERT OR REPLACE INTO entry VALUES " + VALUES["entry"].format(seq=0, id="new"),
        "REPLACE INTO entry VALUES " + VALUES["entry"].format(seq=SIZE, id="7"),
        "INSERT OR IGNORE INTO entry VALUES " + VALUES["entry"].format(seq=3, id="new"),
        "INSERT INTO entry VALUES " + VALUES["entry"].format(seq=3, id="3") + " ON CONFLICT DO UPDATE SET data = x'00'",
        "INSERT INTO entry VALUES "
        + VALUES["entry"].format(seq=SIZE, id="3")
        + " ON CONFLICT (id) DO UPDATE SET id = 9",
        "INSERT INTO entry VALUES " + VALUES["entry"].format(seq=SIZE + 1, id="new"),
        "INSERT INTO entry VALUES " + VALUES["entry"].format(seq=-1, id="new"),
        "INSERT INTO entry VALUES " + VALUES["entry"].format(seq="NULL", id="new"),
        "UPDATE OR REPLACE entry SET seq = 1 WHERE seq = 2",
        "UPDATE OR REPLACE entry SET id = '1' WHERE seq = 2",
    ],
    "sealed": [
        "REPLACE INTO sealed VALUES (0, 'body.note', 'x', x'00', x'00')",
        "INSERT INTO sealed VALUES (0, 'body.note', 'x', x'00', x'00') ON CONFLICT DO UPDATE SET nonce = x'00'",
    ],
    "adopted": [
        f"REPLACE INTO adopted VALUES ('{'ab' * 32}', x'00')",
        f"INSERT INTO adopted VALUES ('{'ab' * 32}', x'00') ON CONFLICT DO UPDATE SET data = x'00'",
    ],
    "checkpoint": [
        f"REPLACE INTO checkpoint VALUES (0, 1, {LEAF}, x'00')",
        f"INSERT INTO checkpoint VALUES (0, 1, {LEAF}, x'00') ON CONFLICT DO UPDATE SET note = x'00'",
        f"INSERT INTO checkpoint VALUES (7, 9, {LEAF}, x'00')",
        f"INSERT INTO checkpoint VALUES (1, 1, {OTHER}, x'00')",
    ],
    "tile": [
        "REPLACE INTO tile VALUES " + VALUES["tile"].format(idx=0),
        f"INSERT INTO tile VALUES {VALUES['tile'].format(idx=0)} ON CONFLICT DO UPDATE SET root = {LEAF}",
        "INSERT INTO tile VALUES " + VALUES["tile"].format(idx=9),
    ],
    "head": [
        f"REPLACE INTO head VALUES (0, 0, {LEAF}, NULL, x'', 0)",
        f"INSERT INTO head VALUES (0, 0, {LEAF}, NULL, x'', 0) ON CONFLICT DO UPDATE SET size = 0",
        "UPDATE head SET size = size - 1",
        "UPDATE head SET size = 0",
        f"UPDATE head SET last_leaf = {LEAF}",
    ],
}


@pytest.fixture(scope="module")
def full(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with something in every table."""
    path = Path(copyfile(blank, tmp_path_factory.mktemp("full") / "ledger.db"))
    store = SqlStore(path)
    with store.writing() as writing:
        append(writing, *map(str, range(SIZE)))
        writing.insert_sealed([SealedRow(seq=0, path="body.note", subject="p", nonce=bytes(12), ciphertext=b"c")])
        writing.insert_adopted("ab" * 32, b"rules")
        writing.insert_checkpoint(CheckpointRow(size=1, root=bytes(32), note=b"note"))
    store.close()
    return path


@pytest.fixture
def client(full: Path) -> Iterator[Any]:
    with plain_client(full) as client:
        yield client


def dump(client: Any, table: str) -> list[Any]:
    found: list[Any] = client.execute(f"SELECT * FROM {table}").fetchall()
    assert found
    return found


def attacks(table: str) -> list[str]:
    column = TABLES[table].columns.keys()[-1]
    # The head does move, along with the entries.
    unchanged = [] if table == "head" else [f"UPDATE {table} SET {column} = {column}"]
    return [*unchanged, f"DELETE FROM {table}", f"DELETE FROM {table} WHERE {column} IS NOT NULL", *ATTACKS[table]]


@pytest.mark.parametrize(
    ("table", "attack"), [(table, attack) for table in GUARDED for attack in attacks(table)], ids=lambda text: text[:60]
)
def test_a_plain_client_changes_nothing(client: Any, table: str, attack: str) -> None:
    before = dump(client, table)
    with pytest.raises(sqlite.IntegrityError):
        client.execute(attack)
    assert dump(client, table) == before


def test_every_guard_is_attacked_on_its_own(client: Any) -> None:
    """Without a guard its attack goes through, so each one is needed and each one is seen to work."""
    for name in TRIGGERS:
        table = next(each for each in GUARDED if name.startswith(f"{each}_"))
        client.execute("BEGIN")
        client.execute(f"DROP TRIGGER {name}")
        through = 0
        for attack in attacks(table):
            client.execute("SAVEPOINT attack")
            try:
                client.execute(attack)
                through += 1
            except sqlite.IntegrityError:
                pass
            client.execute("ROLLBACK TO attack")
        client.execute("ROLLBACK")
        assert through, name


def test_an_older_sqlite_is_held_off_too(full: Path) -> None:
    """The guards lie in the file: Python's own SQLite, in another process, meets the same ones."""
    script = (
        "import sqlite3, sys\n"
        "client = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for attack in sys.argv[2:]:\n"
        "    try:\n"
        "        client.execute(attack)\n"
        "        print('through:', attack)\n"
        "    except sqlite3.IntegrityError:\n"
        "        pass\n"
    )
    every = [each for table in GUARDED for each in attacks(table)]
    run = subprocess.run([sys.executable, "-c", script, str(full), *every], capture_output=True, text=True, check=True)
    assert run.stdout == ""


def test_the_attacked_ledger_is_still_whole(full: Path) -> None:
    store = SqlStore(full)
    check_store(store, size=SIZE)
    store.close()


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_a_missing_guard_is_noticed(path: Path, store: SqlStore, name: str) -> None:
    with plain_client(path) as client:
        client.execute(f"DROP TRIGGER {name}")
    with pytest.raises(LedgerReadOnly) as caught:
        store.check()
    assert caught.value.values == {"trigger": name}


def test_an_altered_guard_is_noticed(path: Path, store: SqlStore) -> None:
    name = "entry_is_never_changed"
    with plain_client(path) as client:
        client.execute(f"DROP TRIGGER {name}")
        client.execute(TRIGGERS[name].replace("ABORT", "IGNORE").replace(", 'entry: never changed'", ""))
    with pytest.raises(LedgerReadOnly, match="self_check"):
        store.check()


def test_a_guard_too_many_is_noticed(path: Path, store: SqlStore) -> None:
    """A trigger of somebody else's could write whenever we do."""
    with plain_client(path) as client:
        client.execute("CREATE TRIGGER helpful AFTER INSERT ON mention BEGIN DELETE FROM movement; END")
    with pytest.raises(LedgerReadOnly) as caught:
        store.check()
    assert caught.value.values == {"trigger": "helpful"}


def test_strict_tables_take_no_value_of_another_kind(path: Path, store: SqlStore) -> None:
    with store.reading() as reading:
        (row,) = to_rows(reading.head, ["a"])
    values = [row.seq, row.id, row.type, row.occurred_at, row.recorded_at, row.performer, row.leaf, "text"]
    with plain_client(path) as client, pytest.raises(sqlite.IntegrityError):
        client.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
