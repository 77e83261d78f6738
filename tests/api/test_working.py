"""Long work is done once at a time, and says how far it is; one that breaks off is not taken for done."""

from collections.abc import Iterator
from multiprocessing import get_context
from threading import Event
from time import sleep

import pytest

from api import working
from api.common import Common, open_common
from api.working import Step, Work
from ledger.errors import LedgerBusy


@pytest.fixture
def common() -> Iterator[Common]:
    with open_common() as made:
        yield made


def test_a_second_start_changes_nothing_and_a_second_caller_gets_what_the_first_came_to(
    common: Common, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others as another process sees it: they know of it what lies in common."""
    one, other = (Work[str](common, "work") for _ in range(2))
    go, begun = Event(), Event()

    def act(step: Step) -> str:
        step()
        begun.set()
        assert go.wait(10)
        return "first"

    one.start(4, act)
    assert begun.wait(10)
    other.start(9, lambda step: "second")
    assert (other.is_running, other.percent, other.of) == (True, 25, 4)
    monkeypatch.setattr(working, "sleep", lambda _: go.set())  # it goes on as soon as somebody waits for it
    assert other.run(9, lambda step: "third") == one.outcome == "first"
    assert not other.failed
    assert not other.is_running


def test_what_breaks_off_is_not_taken_for_done(common: Common) -> None:
    work = Work[str](common, "work")
    assert work.run(1, lambda step: "whole") == "whole"

    def act(step: Step) -> str:
        raise LedgerBusy

    with pytest.raises(LedgerBusy):
        work.run(1, act)
    assert (work.outcome, work.failed, work.is_running) == ("whole", True, False)
    assert work.run(1, lambda step: "again") == "again"
    assert not work.failed


def test_work_of_a_process_that_died_is_not_done_and_can_be_begun_again(common: Common) -> None:
    work = Work[str](common, "work")
    process = get_context("fork").Process(target=work.run, args=(1, lambda step: sleep(60)))
    process.start()
    while not work.failed:
        sleep(0.01)
    assert work.is_running
    process.kill()
    process.join()
    assert (work.outcome, work.failed, work.is_running) == (None, True, False)
    assert work.run(1, lambda step: "again") == "again"
