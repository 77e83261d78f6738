"""One counter a fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.counter import OPENING, Counter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    made.tell(OPENING)
    yield made
    made.house.close()
