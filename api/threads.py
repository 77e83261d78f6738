"""The threads that answer what reads or writes a disk, and how the event loop hears of it.

`asyncio` makes a lock, two futures and a wake-up of the loop for each call of a thread, which costs more than most
reads do. Here a call is one future, and a loop that has not woken yet hears of all that was answered by then.
"""

from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = 8
"""So that some are left where reports are written and passwords are hashed."""

_Call = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]
_Answer = tuple["Future[Any]", Any, BaseException | None]


class Desk(ThreadPoolExecutor):
    """The default executor of one event loop, from which alone it is called."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__(_THREADS, thread_name_prefix="desk")
        self._loop = loop
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._answers: deque[_Answer] = deque()
        self._is_called = False
        for _ in range(_THREADS):
            super().submit(self._serve)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":  # type: ignore[override]
        """A future of the loop, which `asyncio.wrap_future` gives back as it is."""
        promise: Future[T] = self._loop.create_future()
        self._calls.put((promise, fn, args, kwargs))
        return promise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for _ in range(_THREADS):
            self._calls.put(None)
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            promise, function, args, kwargs = call
            if promise.cancelled():
                continue
            try:
                self._answer((promise, function(*args, **kwargs), None))
            except BaseException as failed:  # noqa: BLE001 - it is raised where it is waited for
                self._answer((promise, None, RuntimeError() if isinstance(failed, StopIteration) else failed))

    def _answer(self, answer: _Answer) -> None:
        self._answers.append(answer)
        if not self._is_called:  # asked after the append: who clears it still finds this answer
            self._is_called = True
            with suppress(RuntimeError):  # the loop was closed, nobody is there to hear
                self._loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._is_called = False
        while self._answers:
            promise, found, failed = self._answers.popleft()
            if promise.done():  # its task was cancelled
                continue
            if failed is None:
                promise.set_result(found)
            else:
                promise.set_exception(failed)


async def open_desk() -> None:
    """Have the running loop call threads in this way, until it ends."""
    loop = get_running_loop()
    loop.set_default_executor(Desk(loop))
