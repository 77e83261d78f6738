"""`pytest --store postgres` keeps every new ledger of the run in PostgreSQL, as tests/postgres always does."""

import pytest

from ledger.storage import layout
from tests.postgres import server

_AS_IT_IS = layout.choose_where


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=("sqlite", "postgres"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--store") == "postgres":
        layout.choose_where = lambda directory: server.standing().new_place()
        # Tests written for a file may leave its doors to the collector; what is chosen for every run closes them.
        config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")


def pytest_unconfigure() -> None:
    layout.choose_where = _AS_IT_IS
    if server.standing.cache_info().currsize:
        server.standing().remove()
        server.standing.cache_clear()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--store") == "postgres":
        for item in items:
            copied = {"furnished", "built"} & set(getattr(item, "fixturenames", ()))
            if copied or item.get_closest_marker("file_store"):
                item.add_marker(pytest.mark.skip(reason="it looks into the file of an embedded ledger"))
