"""Long work that a page starts and looks after: one at a time, in a thread of its own, and how far it is.

All processes of the server see it, whichever does it. What it came to is kept until it is done again. The program may
end at any time: such work only reads.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from time import sleep
from typing import Generic, TypeVar

from api.common import Common
from ledger.errors import LedgerBusy
from ledger.storage.holding import hold, let_go

T = TypeVar("T")
Step = Callable[[], None]
_LOOK_AGAIN = 0.02


class Work(Generic[T]):
    """`done` of `of` steps; `outcome` of the last time that it came to its end, `failed` while or where it did not.

    Whoever does it holds a lock, which the system takes back from a process that ends.
    """

    def __init__(self, common: Common, name: str) -> None:
        self._common, self._name = common, name
        self._lock = common.folder / f"{name}-lock"
        self._lock.mkdir(exist_ok=True)

    @property
    def outcome(self) -> T | None:
        return self._came_to()[0]

    @property
    def failed(self) -> bool:
        return self._came_to()[1]

    @property
    def done(self) -> int:
        return self._progress()[0]

    @property
    def of(self) -> int:
        return self._progress()[1]

    @property
    def percent(self) -> int:
        return _percent(*self._progress())

    @property
    def is_running(self) -> bool:
        try:
            let_go(hold(self._lock, alone=False))
        except BlockingIOError:
            return True
        return False

    def run(self, of: int, act: Callable[[Step], T]) -> T:
        """Do it now, for whoever waits; while it is being done already, what that comes to. Raises `LedgerBusy`: it
        did not come to its end.
        """
        try:
            held = hold(self._lock, alone=True)
        except BlockingIOError:
            return self._wait()
        return self._do(held, of, act)

    def start(self, of: int, act: Callable[[Step], T]) -> None:
        """Begin it, unless it is being done; *act* calls its argument once a step, of which there are about *of*."""
        with suppress(BlockingIOError):
            held = hold(self._lock, alone=True)
            self._note(0, of)
            Thread(target=self._try, args=(held, of, act), daemon=True).start()

    def _try(self, held: int | None, of: int, act: Callable[[Step], T]) -> None:
        with suppress(Exception):  # nobody waits for it; the page says that it did not come to its end
            self._do(held, of, act)

    def _do(self, held: int | None, of: int, act: Callable[[Step], T]) -> T:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if _percent(done, of) != _percent(done - 1, of):
                self._note(done, of)

        try:
            self._note(0, of)
            self._common.put(self._name, (self.outcome, True))
            outcome = act(step)
            self._common.put(self._name, (outcome, False))
            return outcome
        finally:
            let_go(held)

    def _wait(self) -> T:
        while self.is_running:
            sleep(_LOOK_AGAIN)
        outcome, failed = self._came_to()
        if outcome is None or failed:
            raise LedgerBusy
        return outcome

    def _came_to(self) -> tuple[T | None, bool]:
        return self._common.find(self._name) or (None, False)

    def _progress(self) -> tuple[int, int]:
        return self._common.find(f"{self._name}-progress") or (0, 0)

    def _note(self, done: int, of: int) -> None:
        self._common.put(f"{self._name}-progress", (done, of))


def _percent(done: int, of: int) -> int:
    return min(99, 100 * done // max(1, of))
