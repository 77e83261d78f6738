"""The migrations make exactly what the models and the guards say, wholly or not at all."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerReadOnly
from ledger.storage import engine, migrate
from ledger.storage.tables import REVISION, TABLES, Row
from ledger.storage.triggers import TRIGGERS
from tests.storage.world import plain_client

pytestmark = pytest.mark.once("SQLite's own spelling of tables and guards is compared")


def stored(path: Path, kind: str) -> dict[str, str]:
    with plain_client(path) as client:
        found = client.execute("SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL", (kind,))
        return {name: " ".join(text.split()) for name, text in found}


def written(element: Any) -> str:
    return " ".join(str(element.compile(dialect=sqlite.dialect())).split())


def test_models_and_migrations_agree_by_comparison(path: Path) -> None:
    migrator = engine.migrator(path)
    with migrator.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
    migrator.dispose()


def test_models_and_migrations_agree_to_the_letter(path: Path) -> None:
    """`compare_metadata` sees neither STRICT, nor WITHOUT ROWID, nor a CHECK."""
    tables = stored(path, "table")
    del tables["alembic_version"]
    assert tables == {name: written(CreateTable(table)) for name, table in TABLES.items()}
    indexes = [index for table in TABLES.values() for index in table.indexes]
    assert stored(path, "index") == {str(index.name): written(CreateIndex(index)) for index in indexes}


def test_every_guard_is_there_after_the_migration(path: Path) -> None:
    assert stored(path, "trigger") == TRIGGERS


def test_the_newest_revision_is_the_one_that_opening_asks_for() -> None:
    assert ScriptDirectory.from_config(migrate.config()).get_heads() == [REVISION]


def test_upgrading_again_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    migrate.upgrade(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the driver's own BEGIN the tables before the failure would stay."""
    path = tmp_path / "ledger.db"
    path.touch()
    execute = Operations.execute

    def failing(self: Operations, text: Any, **more: Any) -> None:
        if "head_is_only_one" in str(text):
            raise RuntimeError("power")
        execute(self, text, **more)

    monkeypatch.setattr(Operations, "execute", failing)
    with pytest.raises(RuntimeError):
        migrate.upgrade(path)
    assert stored(path, "table") == {}
    monkeypatch.undo()
    migrate.upgrade(path)
    assert stored(path, "trigger") == TRIGGERS


def test_there_is_no_way_back(path: Path) -> None:
    migrator, settings = engine.migrator(path), migrate.config()
    with migrator.connect() as connection:
        settings.attributes["connection"] = connection
        with pytest.raises(NotImplementedError):
            command.downgrade(settings, "base")
    migrator.dispose()
    assert stored(path, "trigger") == TRIGGERS


def test_a_schema_of_a_newer_program_is_left_alone(path: Path) -> None:
    with plain_client(path) as client:
        client.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerReadOnly, match="schema_unknown"):
        migrate.upgrade(path)


def test_an_older_database_gets_todays_guards_and_a_mark_that_its_figures_are_old(path: Path) -> None:
    with plain_client(path) as client:
        for text in ("DROP TRIGGER head_is_only_one", "DROP INDEX ix_entry_occurred_at",
                     "CREATE TRIGGER of_long_ago BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'no'); END",
                     "UPDATE alembic_version SET version_num = '0001'"):  # fmt: skip
            client.execute(text)
    migrate.upgrade(path)
    assert stored(path, "trigger") == TRIGGERS
    assert "ix_entry_occurred_at" in stored(path, "index")
    with plain_client(path) as client:
        assert client.execute("SELECT size, rebuilt FROM head").fetchone() == (0, 0), "of nothing nothing is old"
