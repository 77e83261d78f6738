"""Threads that a loop calls, and what it reads by itself: each is answered once, to whoever still waits for it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any

import pytest

from api import threads
from api.threads import at_once, open_desk
from ledger.errors import LedgerBusy, NotFound
from ledger.service.patience import may_wait, shared


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a loop with a desk; what fails beside the calls, and threads that outlive it, are a failure."""
    told: list[dict[str, Any]] = []
    others = set(threading.enumerate())

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        await open_desk()
        await work()

    asyncio.run(main())
    assert told == []
    assert not [each for each in set(threading.enumerate()) - others if each.name.startswith("desk")]


def test_every_call_of_many_is_answered_with_its_own_outcome() -> None:
    async def work() -> None:
        found = await asyncio.gather(*(asyncio.to_thread(pow, n, 2) for n in range(5000)))
        assert found == [n * n for n in range(5000)]

    run(work)


@pytest.mark.parametrize(("raised", "heard"), [(KeyError, KeyError), (StopIteration, RuntimeError)])
def test_what_a_call_raises_is_raised_where_it_is_waited_for(raised: type[Exception], heard: type[Exception]) -> None:
    def fail() -> None:
        raise raised

    async def work() -> None:
        for call in (partial(asyncio.to_thread, fail), at_once(fail)):
            with pytest.raises(heard):
                await call()
        assert await asyncio.to_thread(len, "more") == 4
        assert await at_once(len)("more") == 4

    run(work)


def test_who_gave_up_does_not_keep_others_from_their_answers() -> None:
    begun, opened = threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return opened.wait()

    async def work() -> None:
        waiting = [asyncio.create_task(asyncio.to_thread(wait)) for _ in range(20)]
        while not begun.is_set():
            await asyncio.sleep(0.001)
        for task in waiting[:15]:
            task.cancel()
        opened.set()
        assert await asyncio.gather(*waiting[15:]) == [True] * 5
        assert all(task.cancelled() for task in waiting[:15])

    run(work)


def test_a_read_that_waits_for_nobody_is_answered_on_the_loop() -> None:
    @at_once
    def read(n: int) -> tuple[int, int]:
        return n, threading.get_ident()

    async def work() -> None:
        found = await asyncio.gather(*(read(n) for n in range(9)))
        assert found == [(n, threading.get_ident()) for n in range(9)]

    run(work)


def test_many_reads_leave_the_loop_to_others_in_between() -> None:
    @at_once
    def read() -> None:
        end = perf_counter() + 0.002
        while perf_counter() < end:
            pass

    async def work() -> None:
        turns = 0

        async def somebody_else() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(somebody_else())
        await asyncio.gather(*(read() for _ in range(30)))
        other.cancel()
        assert turns >= 10

    run(work)


def test_a_read_that_has_to_wait_does_so_in_a_thread_and_the_next_is_begun_there() -> None:
    tried = list[bool]()

    @at_once
    def read() -> int:
        tried.append(may_wait())
        if not may_wait():
            raise LedgerBusy
        return threading.get_ident()

    async def work() -> None:
        assert threading.get_ident() not in (await read(), await read())
        assert tried == [False, True, True]

    run(work)


def test_what_a_read_on_the_loop_raises_is_raised_for_it_alone() -> None:
    @at_once
    def read(seq: int) -> int:
        if seq == 1:
            raise NotFound
        return seq

    async def work() -> None:
        found = await asyncio.gather(*(read(n) for n in range(3)), return_exceptions=True)
        assert [0, NotFound, 2] == [type(each) if isinstance(each, Exception) else each for each in found]

    run(work)


def test_who_gave_up_a_read_keeps_nobody_from_theirs() -> None:
    @at_once
    def read(n: int) -> int:
        return n

    async def work() -> None:
        waiting = [asyncio.create_task(read(n)) for n in range(4)]
        asyncio.get_running_loop().call_soon(waiting[1].cancel)  # after it asked, before the turn in which it is read
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in found] == [int, asyncio.CancelledError, int, int]

    run(work)


def test_what_is_shared_in_a_turn_is_opened_once_and_closed_before_the_next_even_where_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, now = list[str](), 0.0
    monkeypatch.setattr(threads, "monotonic", lambda: now)

    @contextmanager
    def opening() -> Iterator[None]:
        told.append("opened")
        yield
        told.append("closed")
        if told.count("closed") == 1:
            raise OSError

    @at_once
    def read(n: int) -> int:
        nonlocal now
        now += 0.6 * threads._TURN
        with shared(opening):
            told.append("read")
        return n

    async def work() -> None:
        failed = list[Any]()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context["exception"]))
        async with asyncio.timeout(10):
            assert await asyncio.gather(*(read(n) for n in range(4))) == [0, 1, 2, 3]
        await asyncio.sleep(0)
        assert told == ["opened", "read", "read", "closed"] * 2
        assert [type(each) for each in failed] == [OSError]

    run(work)
