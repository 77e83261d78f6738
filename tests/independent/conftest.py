"""One pharmacy behind a server of its own, for everybody who comes as a stranger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .door import Api
from .facility import Facility, found


@pytest.fixture(scope="session")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    made = found(tmp_path_factory.mktemp("facility"))
    with made.serving():
        yield made


@pytest.fixture(scope="session")
def api(facility: Facility) -> Api:
    return Api(port=facility.port)
