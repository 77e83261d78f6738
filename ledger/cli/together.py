"""Several processes that serve together, and this one, which looks after them and does nothing else.

They are forked one after the other, each once the one before stands: what the first makes in the data directory the
others find. A process that cannot begin ends all of them; one that dies later is begun anew, as often as it takes, and
so is one that lives and no longer says so: it is killed first. Each ends with this one, however that ends.
"""

import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from threading import Thread
from time import monotonic

from ledger.cli.options import DONE, REFUSED, say

Stands = Callable[[], None]
Beat = Callable[[], Awaitable[None]]
Serve = Callable[[Stands, Beat], int]
"""Serves until SIGTERM or SIGINT; its exit code. It calls the first argument once it does, and the other every second
from then on. Until then both signals just kill."""
_END = {signal.SIGTERM, signal.SIGINT}
_STANDS = signal.SIGUSR1
_HEARD = {*_END, _STANDS, signal.SIGCHLD}
_PAUSE = 1.0
"""Seconds before one that died is begun anew, and from one look at all to the next."""
MOST_MISSED = 20
"""Looks between which nothing was heard of a process that stands. Looks and not seconds: while this one, or the whole
machine, is halted, nobody is missed."""


def serve_together(count: int, serve: Serve, stand: Stands) -> int:
    """Have *serve* done in *count* processes, and *stand* once all of them do; the exit code of all.

    In each of them it returns too: with the code of its own, or raising what *serve* did.
    """
    gc.freeze()  # what all have in common is not looked through by each, and so stays in common
    crew = Crew(count, stand)
    while (code := crew.code) is None:
        if crew.needs_one():
            child = os.fork()
            if not child:
                return crew.work(serve)
            crew.running.add(child)
        crew.hear()
    crew.end()
    return code


class Crew:
    """Who runs, and who of them stands and still says so. `code`: with what all are to end, None while they go on."""

    def __init__(self, count: int, stand: Stands) -> None:
        self.running: set[int] = set()
        self.code: int | None = None
        self._count, self._stand = count, stand
        self._missed: dict[int, int] = {}  # of those who stand
        self._begun = False
        self._not_before = self._look_at = 0.0
        self._parent, (self._held, self._hold) = os.getpid(), os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)

    def needs_one(self) -> bool:
        return self._is_short() and monotonic() >= self._not_before

    def _is_short(self) -> bool:
        return len(self.running) < self._count and self.running == self._missed.keys()

    def hear(self) -> None:
        """Wait until somebody stands, or died, or is due again, or all are to end."""
        told = signal.sigtimedwait(_HEARD, max(0, self._not_before - monotonic()) if self._is_short() else _PAUSE)
        if told is not None and told.si_signo in _END:
            self.code = DONE
        elif told is not None and told.si_signo == _STANDS and told.si_pid in self.running:
            self._missed[told.si_pid] = 0
            if len(self._missed) == self._count and not self._begun:
                self._begun = True
                self._stand()
        self._bury()
        self._look()

    def _look(self) -> None:
        """Kill who was missed too often."""
        if monotonic() < self._look_at:
            return
        self._look_at = monotonic() + _PAUSE
        for pid in self._missed:
            self._missed[pid] += 1
            if self._missed[pid] > MOST_MISSED:
                os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        for pid in sorted(self.running):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                self.running.discard(pid)
                self._missed.pop(pid, None)
                self._not_before = monotonic() + _PAUSE
                if self.code is not None:
                    continue
                if self._begun:
                    print(say("One of the processes ended; another one begins."), file=sys.stderr, flush=True)
                else:
                    code = os.waitstatus_to_exitcode(status)
                    self.code = code if code > 0 else REFUSED

    def end(self) -> None:
        """Tell all to end, and wait until they did; who does not hear it is killed."""
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)
        until = monotonic() + MOST_MISSED * _PAUSE
        while self.running and monotonic() < until:
            signal.sigtimedwait({signal.SIGCHLD}, _PAUSE)
            self._bury()
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def work(self, serve: Serve) -> int:
        """In a process of the crew: serve until it is told to end, or nobody looks after it any more."""
        os.close(self._hold)
        for each in _END:
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        Thread(target=self._end_with_parent, daemon=True).start()
        return serve(self._tell, self._beat)

    def _tell(self) -> None:
        if os.getppid() == self._parent:
            os.kill(self._parent, _STANDS)

    async def _beat(self) -> None:
        self._tell()

    def _end_with_parent(self) -> None:
        os.read(self._held, 1)  # nobody writes: it ends when the other end is closed
        os.kill(os.getpid(), signal.SIGTERM)
