"""A counter with its web server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.service.checkpoints import sign_head
from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, Counter


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with opened(tmp_path) as served:
        yield served


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests that change nothing."""
    with opened(tmp_path_factory.mktemp("standing")) as served:
        yield served


@contextmanager
def opened(folder: Path) -> Iterator[Served]:
    counter = Counter(folder)
    counter.tell(OPENING)
    with serve(counter) as served:
        sign_head(counter.house.ledger)
        yield served
    counter.house.close()
