"""One lot at one place through time: what it held at any moment, and where a change would leave less than nothing."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class When(NamedTuple):
    """Where an entry stands: its `occurred_at` and `seq`."""

    at: str
    seq: int


class Timeline:
    """All movements of one lot at one place, in order (time, seq). Units are signed.

    What is asked of a moment is answered from `total` and what came after, so that a store may keep the rest back.
    """

    __slots__ = ("_order", "_units", "total")

    def __init__(self, moves: Iterable[tuple[str, int, int]] = ()) -> None:
        self._order: list[tuple[str, int]] = []
        self._units: dict[tuple[str, int], int] = {}
        self.total = 0
        for at, seq, units in moves:
            self.add(at, seq, units)

    def _reach(self, at: str) -> None:
        """Have every movement from *at* on at hand; where a store keeps some back, it gets them here."""

    def add(self, at: str, seq: int, units: int) -> None:
        self._reach(at)
        order = (at, seq)
        if order in self._units:
            self._units[order] += units  # what was taken back stays, at 0
        else:
            self._units[order] = units
            if not self._order or self._order[-1] < order:
                self._order.append(order)
            else:
                insort(self._order, order)
        self.total += units

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        self._reach("")
        return ((at, seq, self._units[at, seq]) for at, seq in self._order)

    def since(self, at: str) -> Iterator[tuple[str, int, int]]:
        """(time, seq, units) of every movement from *at* on, in order."""
        self._reach(at)
        start = bisect_left(self._order, (at, -(2**62)))
        return ((at, seq, self._units[at, seq]) for at, seq in self._order[start:])

    def first_arrival_at(self) -> str | None:
        """When the lot first came to the place, or None where it never did (an arrival taken back is none)."""
        self._reach("")
        return next((at for at, seq in self._order if self._units[at, seq] > 0), None)

    def balance_at(self, at: str, seq: int | None = None) -> int:
        """Units after every movement up to *at* (and up to *seq* within that moment; None: all of it)."""
        self._reach(at)
        until = (at, seq if seq is not None else 2**62)
        if not self._order or self._order[-1] <= until:
            return self.total
        end = bisect_right(self._order, until)
        return self.total - sum(self._units[o] for o in self._order[end:])

    def first_below(self, at: str, seq: int, units: int) -> tuple[str, int, int] | None:
        """Where the balance would fall below zero if *units* moved at (*at*, *seq*): (time, seq, balance)."""
        if units >= 0:
            return None
        running = self.balance_at(at, seq - 1) + units
        if running < 0:
            return at, seq, running
        if not self._order or self._order[-1] < (at, seq):
            return None
        for order in self._order[bisect_left(self._order, (at, seq)) :]:
            running += self._units[order]
            if running < 0:
                return order[0], order[1], running
        return None

    def lowest_from(self, at: str, seq: int, until: tuple[str, int] | None = None) -> int:
        """The least that is there at any moment from (*at*, *seq*) on (up to before *until*), as the book stands."""
        running = lowest = self.balance_at(at, seq - 1)
        end = None if until is None else bisect_left(self._order, until)
        for order in self._order[bisect_left(self._order, (at, seq)) : end]:
            running += self._units[order]
            lowest = min(lowest, running)
        return lowest

    def later(self, seq: int) -> list[tuple[str, int, int]]:
        """(time, seq, units) of every movement by an entry after *seq*, in order of time."""
        self._reach("")
        return [(at, by, self._units[at, by]) for at, by in self._order if by > seq]
