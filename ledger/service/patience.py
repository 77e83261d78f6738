"""How much a reader may do in the thread that it is read in. One that serves an event loop has everybody else waiting.

Those who are read there in a row share a look at the store, which takes as long to begin and to end as most reads.
Whoever may not wait is told `LedgerBusy` by what they would have to wait for: another reader's connection, a lock, a
server elsewhere, the flush of something written, a statement that goes on and on.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from math import inf
from typing import Any, TypeVar

T = TypeVar("T")
_Open = Callable[[], AbstractContextManager[T]]

STEPS, _MOST = 1_000, 10
"""How often, in steps of SQLite's machine, a statement is looked at, and how many looks there are for a read.

Together some 900 rows, or 1.5 ms. A statement counts on from where it was read last, so even a short one may be looked
at: for that, too, there are so many.
"""
_looks: ContextVar[float] = ContextVar("looks", default=inf)
_turn: ContextVar[tuple[ExitStack, dict[_Open[Any], Any]] | None] = ContextVar("turn", default=None)


@contextmanager
def hurried() -> Iterator[None]:
    """What is read inside waits for nobody, and is given up where it takes too long."""
    token = _looks.set(_MOST)
    try:
        yield
    finally:
        _looks.reset(token)


def may_wait() -> bool:
    return _looks.get() == inf


def is_too_long() -> bool:
    """Asked at each look."""
    left = _looks.get() - 1
    _looks.set(left)
    return left < 0


@contextmanager
def one_turn() -> Iterator[None]:
    """Those who read inside, one after the other, share what the first of them opened; it is closed at the end."""
    with ExitStack() as opened:
        token = _turn.set((opened, {}))
        try:
            yield
        finally:
            _turn.reset(token)


def shared(opening: _Open[T]) -> AbstractContextManager[T]:
    """What *opening* opens: for the caller alone, or in `one_turn` for all who ask for the same."""
    if (now := _turn.get()) is None:
        return opening()
    stack, opened = now
    if opening not in opened:
        opened[opening] = stack.enter_context(opening())
    return nullcontext(opened[opening])
