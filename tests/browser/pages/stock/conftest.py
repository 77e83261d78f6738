"""One hospital for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.browser.pages.stock.world import WORLD, Crew
from tests.browser.pharmacy import open_pharmacy


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with open_pharmacy(tmp_path_factory.mktemp("stock"), world=WORLD) as opened:
        yield Crew(opened)
