"""What only PostgreSQL has; the tests of the other rooms run there by `--store postgres`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.append import enrol, furnish
from ledger.storage import layout
from tests.postgres.server import MISSING, Server, has_postgres, standing
from tests.service.conftest import World, world
from tests.storage.conftest import blank, path, store

__all__ = ["blank", "path", "store", "world"]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in (each for each in items if _HERE in each.path.parents):
        item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def server() -> Server:
    """Skips where no PostgreSQL is installed."""
    if not has_postgres():
        pytest.skip(MISSING)
    return standing()


@pytest.fixture(autouse=True, scope="package")
def _in_postgres(server: Server) -> Iterator[None]:
    """Every ledger that a test makes, or a module for all its tests, lies in a database of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(layout, "choose_where", server.new_database)
        yield


@pytest.fixture
def fragile() -> Iterator[Server]:
    """A server of this test's own, to be stopped and killed."""
    if not has_postgres():
        pytest.skip(MISSING)
    made = Server()
    yield made
    made.remove()


@pytest.fixture
def lost(fragile: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A facility in a database that does not live long."""
    monkeypatch.setattr(layout, "choose_where", lambda directory: fragile.new_place())
    made = World(tmp_path, furnish(tmp_path))
    made.keys = enrol(made.house)
    yield made
    made.house.close()
