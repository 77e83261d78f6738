"""Who waits to be recorded, who works for them, and how they hear of it.

One works at a time. Who comes when nobody does works in his own thread, for all who wait by then; who comes
meanwhile, or cannot wait in a thread (a task of an event loop), is served by one that lives while somebody waits.
"""

from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any, Generic, TypeVar

from ledger.service.arithmetic import Verdict
from ledger.service.preparing import Ceremony, Prepared
from ledger.service.transaction import Transaction

T = TypeVar("T")
MOST_IN_A_GROUP = 256
_ON_THEIR_WAY, _LOOKS, _PATIENCE = 0.0002, 10, 0.02
"""Seconds in which a loop or a thread that was answered has the interpreter for itself; how often in a row nobody may
come in them until nobody is expected any more; and seconds for which who came first waits for others."""


@dataclass(slots=True)
class Job(Generic[T]):
    """Work for one transaction, upon what was `signed` as it was `prepared`, if the `verdict` on its signatures is
    good. Its outcome or error stands when it is answered: by its gate to a thread, by its promise to a task."""

    work: Callable[[Transaction, Sequence[Prepared]], T]
    signed: Ceremony = ()
    prepared: Sequence[Prepared] | None = None
    verdict: Verdict | None = None
    outcome: T | None = None
    error: BaseException | None = None
    gate: Lock = field(default_factory=Lock)
    promise: "Future[T] | None" = None

    def __post_init__(self) -> None:
        self.gate.acquire()

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self.outcome  # type: ignore[return-value]


@dataclass(slots=True)
class Door:
    """*record* does the work of a group in one commit and leaves each job its outcome or its error."""

    record: Callable[[list[Job[Any]]], None]
    _waiting: deque[Job[Any]] = field(default_factory=deque)
    _guard: Lock = field(default_factory=Lock)
    _led: bool = False

    def wait(self, job: Job[T]) -> T:
        """The outcome of *job*, once it stands. Raises its error."""
        if not self._enter(job):
            job.gate.acquire()
            return job.result()
        try:
            failed = _work(self.record, self._take())
        finally:
            self._pass_on()
        if failed is not None and not isinstance(failed, Exception):
            raise failed
        return job.result()

    def promise(self, job: Job[T]) -> "Future[T]":
        """The same for a task of the running loop. Work that was entered is done, also if nobody waits for it."""
        job.promise = promise = get_running_loop().create_future()
        if self._enter(job):
            self._start_serving()
        return promise

    def _enter(self, job: Job[Any]) -> bool:
        """Whether nobody works: who entered then has to."""
        with self._guard:
            self._waiting.append(job)
            lead, self._led = not self._led, True
        return lead

    def _pass_on(self) -> None:
        with self._guard:
            self._led = bool(self._waiting)
            if not self._led:
                return
        self._start_serving()

    def _start_serving(self) -> None:
        try:
            Thread(target=self._serve, name="ledger").start()
        except RuntimeError:  # there is no thread to be had
            self._serve()

    def _serve(self) -> None:
        while group := self._take():
            _work(self.record, group)
            self._let_return(min(len(group) + len(self._waiting), MOST_IN_A_GROUP))

    def _let_return(self, expected: int) -> None:
        """Those just answered may come again at once. Who recorded meanwhile would take turns at the interpreter with
        whoever reads what they send, and the first of them would pay for a whole commit."""
        came, looks, end = -1, 0, monotonic() + _PATIENCE
        while looks < _LOOKS and len(self._waiting) < expected and monotonic() < end:
            looks = looks + 1 if len(self._waiting) == came else 0
            came = len(self._waiting)
            sleep(_ON_THEIR_WAY)

    def _take(self) -> list[Job[Any]]:
        """Whose turn is next. Where it is nobody's, nobody works any more."""
        with self._guard:  # also to look: who comes after that must find the door led, or nobody would see him
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_A_GROUP))]
            self._led = bool(taken)
        return taken


def _work(record: Callable[[list[Job[Any]]], None], group: list[Job[Any]]) -> BaseException | None:
    """Everybody of *group* is answered, whatever happens; what failed for all of them."""
    try:
        record(group)
    except BaseException as failed:  # noqa: BLE001 - it is raised where they wait
        for job in group:
            job.error = job.error or failed
        return failed
    else:
        return None
    finally:
        _answer(group)


def _answer(group: list[Job[Any]]) -> None:
    """Wake each thread, and each loop once for all its tasks."""
    tasks: dict[AbstractEventLoop, list[Job[Any]]] = {}
    for job in group:
        if job.promise is None:
            job.gate.release()
        else:
            tasks.setdefault(job.promise.get_loop(), []).append(job)
    for loop, jobs in tasks.items():
        with suppress(RuntimeError):  # it was closed, nobody is there to hear
            loop.call_soon_threadsafe(_keep, jobs)


def _keep(jobs: list[Job[Any]]) -> None:
    for job in jobs:
        promise = job.promise
        if promise is None or promise.done():  # its task was cancelled
            continue
        if job.error is None:
            promise.set_result(job.outcome)
        else:
            promise.set_exception(job.error)
