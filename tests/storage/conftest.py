"""A ledger at the newest migration for each test; the migrations run once."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from ledger.storage import layout, migrate
from ledger.storage.places import Where
from ledger.storage.store import SqlStore


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger as the migrations make it; to be copied."""
    path = tmp_path_factory.mktemp("blank") / "ledger.db"
    path.touch()
    migrate.upgrade(path)
    return path


@pytest.fixture
def path(blank: Path, tmp_path: Path) -> Where:
    """Where an empty ledger lies: a file, or, of a run on PostgreSQL, a schema."""
    where = layout.choose_where(tmp_path)
    return Path(copyfile(blank, where)) if isinstance(where, Path) else where


@pytest.fixture
def store(path: Where) -> Iterator[SqlStore]:
    store = SqlStore(path)
    yield store
    store.close()
