"""A ledger at the newest migration for each test; the migrations run once."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from ledger.storage import migrate
from ledger.storage.store import SqlStore


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger as the migrations make it; to be copied."""
    path = tmp_path_factory.mktemp("blank") / "ledger.db"
    path.touch()
    migrate.upgrade(path)
    return path


@pytest.fixture
def path(blank: Path, tmp_path: Path) -> Path:
    return Path(copyfile(blank, tmp_path / "ledger.db"))


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    store = SqlStore(path)
    yield store
    store.close()
