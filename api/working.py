"""Long work that a page starts and looks after: one at a time, in a thread of its own, and how far it is.

What it came to is kept until it is done again. The program may end at any time: such work only reads.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Generic, TypeVar

from ledger.errors import LedgerBusy

T = TypeVar("T")
Step = Callable[[], None]


@dataclass(slots=True)
class Work(Generic[T]):
    """`done` of `of` steps; `outcome` of the last time that it came to its end, `failed` while or where it did not."""

    outcome: T | None = None
    failed: bool = False
    done: int = 0
    of: int = 0
    _running: Lock = field(default_factory=Lock)

    @property
    def is_running(self) -> bool:
        return self._running.locked()

    @property
    def percent(self) -> int:
        return min(99, 100 * self.done // max(1, self.of))

    def run(self, of: int, act: Callable[[Step], T]) -> T:
        """Do it now, for whoever waits; while it is being done already, what that comes to. Raises `LedgerBusy`: it
        did not come to its end.
        """
        if self._running.acquire(blocking=False):
            return self._do(of, act)
        with self._running:
            if self.outcome is None or self.failed:
                raise LedgerBusy
            return self.outcome

    def start(self, of: int, act: Callable[[Step], T]) -> None:
        """Begin it, unless it is being done; *act* calls its argument once a step, of which there are about *of*."""
        if self._running.acquire(blocking=False):
            self.done, self.of = 0, of
            Thread(target=self._try, args=(of, act), daemon=True).start()

    def _try(self, of: int, act: Callable[[Step], T]) -> None:
        with suppress(Exception):  # nobody waits for it; the page says that it did not come to its end
            self._do(of, act)

    def _do(self, of: int, act: Callable[[Step], T]) -> T:
        self.done, self.of, self.failed = 0, of, True
        try:
            self.outcome = act(self._step)
            self.failed = False
            return self.outcome
        finally:
            self._running.release()

    def _step(self) -> None:
        self.done += 1
