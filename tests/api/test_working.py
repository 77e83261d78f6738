"""Long work is done once at a time, and says how far it is; one that breaks off is not taken for done."""

from threading import Event, Lock

import pytest

from api.working import Step, Work
from ledger.errors import LedgerBusy


class _Told:
    """A lock that lets the first one go on as soon as somebody waits for it."""

    def __init__(self, go: Event) -> None:
        self._go, self._lock = go, Lock()
        self.acquire, self.release, self.locked = self._lock.acquire, self._lock.release, self._lock.locked

    def __enter__(self) -> None:
        self._go.set()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_second_start_changes_nothing_and_a_second_caller_gets_what_the_first_came_to() -> None:
    work: Work[str] = Work()
    go, begun = Event(), Event()
    lock = _Told(go)
    work._running = lock  # type: ignore[assignment]

    def act(step: Step) -> str:
        step()
        begun.set()
        assert go.wait(10)
        return "first"

    work.start(4, act)
    assert begun.wait(10)
    work.start(9, lambda step: "second")
    assert (work.is_running, work.percent, work.of) == (True, 25, 4)
    assert work.run(9, lambda step: "third") == work.outcome == "first"
    assert not work.failed
    assert not lock.locked()


def test_what_breaks_off_is_not_taken_for_done() -> None:
    work: Work[str] = Work()
    assert work.run(1, lambda step: "whole") == "whole"

    def act(step: Step) -> str:
        raise LedgerBusy

    with pytest.raises(LedgerBusy):
        work.run(1, act)
    assert (work.outcome, work.failed, work.is_running) == ("whole", True, False)
    assert work.run(1, lambda step: "again") == "again"
    assert not work.failed
