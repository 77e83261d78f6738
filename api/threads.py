"""What is answered at once on the event loop, the threads that answer everything else, and how the loop hears of it.

A thread costs more than most reads of a file do: it and the loop take turns at the interpreter, several times for each
statement. So a handler that only reads is tried on the loop first, which has no time for long statements.

`asyncio` makes a lock, two futures and a wake-up of the loop for each call of a thread, which costs more than most
reads do. Here a call is one future, and a loop that has not woken yet hears of all that was answered by then.
"""

from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial, wraps
from queue import SimpleQueue
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from litestar.concurrency import sync_to_thread

from ledger.errors import LedgerBusy
from ledger.service.patience import hurried, one_turn

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = 8
"""So that some are left where reports are written and passwords are hashed."""
_TURN = 0.005
"""Seconds for which the loop reads in a row, as long as the interpreter lets any thread keep it."""
_TRIED_AGAIN = 1.0
"""Seconds for which a read that was too long, or had to wait, goes to a thread at once."""

_Call = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]
_Answer = tuple["Future[Any]", Any, BaseException | None]
_asked: dict[AbstractEventLoop, list[tuple["Future[Any]", Callable[[], Any]]]] = {}
"""What each loop reads in its next turn."""


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
                self._answer((promise, None, _to_raise(failed)))

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


def _to_raise(failed: BaseException) -> BaseException:
    """No future takes a `StopIteration`: whoever waits for it would only stop."""
    return RuntimeError() if isinstance(failed, StopIteration) else failed


async def open_desk() -> None:
    """Have the running loop call threads in this way, until it ends."""
    loop = get_running_loop()
    loop.set_default_executor(Desk(loop))


def at_once(read: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A handler that answers on the loop what *read* finds without waiting for anybody, and in a thread all else.

    There it is begun anew, so until it waits it may only read; a look at a patient is noted in the thread alone, since
    that waits for a disk.
    """
    not_before = 0.0

    @wraps(read)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        nonlocal not_before
        if monotonic() >= not_before:
            with suppress(LedgerBusy):
                return await _in_turn(partial(read, *args, **kwargs))
            not_before = monotonic() + _TRIED_AGAIN
        return await sync_to_thread(read, *args, **kwargs)

    return answer


def _in_turn(read: Callable[[], T]) -> "Future[T]":
    """In a row with what else is asked by then: one kind of work at a time finds more of its code at hand."""
    loop = get_running_loop()
    if loop not in _asked:
        _asked[loop] = []
        loop.call_soon(_read_all, loop)
    promise: Future[T] = loop.create_future()
    _asked[loop].append((promise, read))
    return promise


def _read_all(loop: AbstractEventLoop) -> None:
    """For some milliseconds; what is asked by then and not read waits until the loop has seen to everybody else.

    All of one turn are asked before it begins, so one look at the store's state is as true for each as one of its own.
    """
    end, waiting = monotonic() + _TURN, deque(_asked.pop(loop))
    try:
        with one_turn():
            while waiting and monotonic() < end:
                promise, read = waiting.popleft()
                if promise.cancelled():
                    continue
                try:
                    with hurried():
                        promise.set_result(read())
                except Exception as failed:  # noqa: BLE001 - it is raised where it is waited for
                    promise.set_exception(_to_raise(failed))
    finally:
        if waiting:
            _asked[loop] = list(waiting)
            loop.call_soon(_read_all, loop)
