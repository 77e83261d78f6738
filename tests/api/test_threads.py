"""Threads that a loop calls: each call is answered once, to whoever still waits for it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from api.threads import open_desk


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
        with pytest.raises(heard):
            await asyncio.to_thread(fail)
        assert await asyncio.to_thread(len, "more") == 4

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
