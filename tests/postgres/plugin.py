"""`pytest --store postgres` keeps every new ledger of the run in PostgreSQL, as tests/postgres always does."""

from collections.abc import Generator

import pytest

from ledger.storage import layout
from tests.postgres import server

_AS_IT_IS = layout.choose_where


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=("sqlite", "postgres"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--store") == "postgres":
        layout.choose_where = lambda directory: server.standing().new_database(directory)
        # Tests written for a file may leave its doors to the collector; what is chosen for every run closes them.
        config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")


def pytest_unconfigure() -> None:
    layout.choose_where = _AS_IT_IS
    if server.standing.cache_info().currsize:
        server.standing().remove()
        server.standing.cache_clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    yield
    server.drop_forgotten()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--store") == "postgres":
        once = [item for item in items if item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=once)
        items[:] = [item for item in items if item not in once]
        if not server.has_postgres():
            for item in items:
                item.add_marker(pytest.mark.skip(reason=server.MISSING))
