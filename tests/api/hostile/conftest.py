"""One counter for all attacks. None of them adds anything to its ledger, which verifies when all is over."""

from collections.abc import Iterator
from functools import partial

import pytest

from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.verification import Trust, verify
from ledger.storage.verifying import verify_directory
from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, Counter


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    counter = Counter(tmp_path_factory.mktemp("attacked"))
    counter.tell(OPENING)
    with serve(counter, calls_a_minute=10**9, argon2=(1, 8, 1)) as served:
        sign_head(counter.house.ledger)
        size = counter.size()
        yield served
        assert counter.size() == size, "an attack was recorded"
        verify_whole(counter)
    counter.house.close()


def verify_whole(counter: Counter) -> None:
    """The ledger holds together, judged from its files with the log's own key."""
    ledger = counter.house.ledger
    asked = partial(verify, trust=Trust(key=verifier_key(ledger)), now=counter.now)
    verdict = verify_directory(counter.house.directory, asked)
    found = {name: check.findings for name, check in verdict.checks.items() if check.verdict == "fail"}
    assert found == {}
