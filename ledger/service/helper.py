"""A second process that does the arithmetic of Ed25519 signatures while this one reads and judges.

A thread would not do: after each signature it waits for the interpreter, which whoever judges does not let go. The
helper answers in the order in which it was asked, a byte each. The last of a group's questions are kept back, and
whoever would have to wait for an answer works one of them out instead, so that both are done at the same time. It is
trusted as this process is and is told public keys and what was signed, nothing else; it ends when nobody can ask it any
more.
"""

import atexit
import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from select import POLLIN, POLLOUT, poll
from subprocess import DEVNULL, PIPE, Popen
from threading import Lock
from time import monotonic

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

_COMMAND = (sys.executable, "-P", "-m", "ledger.service.helper")  # -P: what lies in the working directory is not ours
_KEY, _LENGTH = 32, 4
_MOST = 4_096
"""Answers that a pipe holds on every system while nobody reads them."""
_PIECE, _FEW = 16, 8
"""Questions that are handed over before they are all there, and at a time of those that were kept back."""
_SHARE = 4
"""One of so many questions is kept back."""
_PATIENCE = 2.0
"""Seconds that one group may wait in all; a helper that takes longer is given up: somebody stopped it."""
_READY, _YES, _NO = b"\2", b"\1", b"\0"

Question = tuple[bytes, bytes]
"""An Ed25519 key, 32 bytes, and a signature, 64 bytes, with the message after it."""


def opens(question: Question) -> bool:
    """Whether libsodium accepts the signature."""
    public, signed = question
    try:
        crypto_sign_open(signed, public)
    except BadSignatureError:
        return False
    return True


class Helper:
    """The other process, for one at a time: whoever asks holds `lock` from the first `ask` until after `forget`."""

    def __init__(self) -> None:
        self.lock = Lock()
        # In a group of its own: Ctrl-C is for this process, the helper goes when its questions end.
        process = self._process = Popen(_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, bufsize=0, process_group=0)
        assert process.stdin is not None
        assert process.stdout is not None
        self._questions, self._answers = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._questions, False)  # a pipe that nobody empties is full after some hundred questions
        self._is_ready = self._is_gone = False
        self._handed, self._heard = 0, b""
        self.forget()

    def is_ready(self) -> bool:
        """Whether it can be asked. It takes a moment to start, for which nobody waits."""
        if not (self._is_ready or self._is_gone) and _can(POLLIN, self._answers, 0):
            self._is_ready = os.read(self._answers, 1) == _READY
            self._is_gone = not self._is_ready
        return self._is_ready and not self._is_gone

    def ask(self, question: Question) -> int | None:
        """A ticket for the answer, for which `holds` is asked after `send`; None where it was asked enough."""
        ticket = self._handed + len(self._kept)
        if ticket == _MOST or self._own:
            return None
        self._kept.append(question)
        if self._to_hand_over() >= _PIECE and not self._is_gone and _can(POLLOUT, self._questions, 0):
            self._hand_over(_PIECE)
            self._write()
        return ticket

    def send(self) -> None:
        """Hand over what was asked, but for what is kept back."""
        self._hand_over(self._to_hand_over())
        self._send()

    def holds(self, ticket: int) -> bool:
        """Whether the signature asked about under *ticket* does. Raises `EOFError`."""
        while ticket >= len(self._heard) and ticket not in self._own:
            if self._kept and not _can(POLLIN, self._answers, 0):
                own = self._kept.pop()
                self._own[self._handed + len(self._kept)] = opens(own)
            else:
                self._hear()
                if self._handed - len(self._heard) < _FEW:
                    self._hand_over(_FEW)
                    self._send()
        return self._own[ticket] if ticket in self._own else self._heard[ticket : ticket + 1] == _YES

    def forget(self) -> None:
        """Hear what is still to be said, and have every ticket used up."""
        if self._handed:
            self._send()
            with suppress(EOFError):
                while len(self._heard) < self._handed:
                    self._hear()
        self._kept, self._own = deque[Question](), dict[int, bool]()
        self._handed, self._unsent, self._heard, self._patience = 0, bytearray(), b"", _PATIENCE

    def give_up(self) -> None:
        """Never ask it again: it is silent, or who asked was interrupted and cannot tell whose the next answer is."""
        self._is_gone = True
        self._process.kill()

    def end(self) -> None:
        self.give_up()
        self._process.communicate()

    def leave(self) -> None:
        """In a forked process: it is the other's. Who would ask it too would hear the answers to other questions."""
        self._is_gone = True
        self._process.poll()  # no child of ours, so that nobody waits for it
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _to_hand_over(self) -> int:
        """How many questions are more than what is kept back."""
        kept = len(self._kept)
        return max(0, kept - (self._handed + kept) // _SHARE)

    def _hand_over(self, most: int) -> None:
        for _ in range(min(most, len(self._kept))):
            public, signed = self._kept.popleft()
            self._unsent += len(signed).to_bytes(_LENGTH, "big") + public + signed
            self._handed += 1

    def _send(self) -> None:
        while self._unsent and self._waits_for(POLLOUT, self._questions):
            self._write()

    def _hear(self) -> None:
        """Wait for answers. Raises `EOFError`."""
        heard = os.read(self._answers, _MOST) if self._waits_for(POLLIN, self._answers) else b""
        if not heard:
            self.give_up()
            raise EOFError
        self._heard += heard

    def _write(self) -> None:
        try:
            sent = os.write(self._questions, self._unsent)
        except OSError:
            self.give_up()
        else:
            del self._unsent[:sent]

    def _waits_for(self, event: int, end: int) -> bool:
        """Whether the pipe's *end* is ready before the patience with this group is used up; else it is given up."""
        began = monotonic()
        is_ready = not self._is_gone and _can(event, end, self._patience)
        self._patience = max(0, self._patience - (monotonic() - began))
        if not is_ready:
            self.give_up()
        return is_ready


def _can(event: int, end: int, seconds: float) -> bool:
    """`poll`, for `select` knows no descriptor above 1,023."""
    waiting = poll()
    waiting.register(end, event)
    return bool(waiting.poll(seconds * 1_000))


_starting = Lock()


@cache
def _helper() -> Helper | None:
    """The one of this process, which is started once; None where it cannot be."""
    try:
        helper = Helper()
    except OSError:
        return None
    atexit.register(helper.end)
    return helper


def _leave_to_parent() -> None:
    global _starting  # noqa: PLW0603 - another thread may have held it when this process was forked
    _starting = Lock()
    helper = _helper() if _helper.cache_info().currsize else None
    _helper.cache_clear()
    if helper is not None:
        atexit.unregister(helper.end)
        helper.leave()


os.register_at_fork(after_in_child=_leave_to_parent)


@contextmanager
def helped() -> Iterator[Helper | None]:
    """The helper for the time being, unless somebody else has it, it is still coming up, or it is gone for good."""
    with _starting:
        helper = _helper()
    if helper is None or not helper.lock.acquire(blocking=False):
        yield None
        return
    try:
        try:
            yield helper if helper.is_ready() else None
        finally:
            helper.forget()
    except BaseException as left:
        if not isinstance(left, Exception):  # Ctrl-C between an answer and its being noted, for example
            helper.give_up()
        raise
    finally:
        helper.lock.release()


def main() -> None:
    """Answer until there are no more questions."""
    questions = sys.stdin.buffer
    os.write(1, _READY)
    while len(head := questions.read(_LENGTH + _KEY)) == _LENGTH + _KEY:
        signed = questions.read(int.from_bytes(head[:_LENGTH], "big"))
        os.write(1, _YES if opens((head[_LENGTH:], signed)) else _NO)


if __name__ == "__main__":
    main()
