"""What entries change of a lot, as data: its expiry as told or corrected, its state, its name.

Each change is one line in a history under the entry's (at, seq), so it can be taken back at any later time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.domain.book import Book
from ledger.domain.findings import empties_of, move
from ledger.domain.home import HomeEvent, fold_home
from ledger.domain.kind import local_day
from ledger.domain.lots import HELD, family_of, what_was_told
from ledger.domain.open_homes import keep_homes_with
from ledger.domain.person import events_of, named_events
from ledger.domain.records import Lot, Past
from ledger.domain.timeline import When


@dataclass(frozen=True, slots=True)
class _OfLot:
    product: str
    lot: str

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())

    def _add(self, book: Book, lot: str, member: str, line: tuple[Any, ...]) -> None:
        old: Lot = book.find("lot", self.product, lot) or Lot()
        book.put("lot", (self.product, lot), replace(old, **{member: tuple(sorted((*getattr(old, member), line)))}))

    def _drop(self, book: Book, lot: str, member: str, of: Callable[[tuple[Any, ...]], bool]) -> None:
        old: Lot | None = book.find("lot", self.product, lot)
        if old is None:
            return
        left = replace(old, **{member: tuple(line for line in getattr(old, member) if not of(line))})
        book.put("lot", (self.product, lot), left if left != Lot() else None)


@dataclass(frozen=True, slots=True)
class LotSeen(_OfLot):
    """The expiry day of a lot, by a delivery; the first one counts."""

    expires_on: str

    def apply(self, book: Book, when: When) -> None:
        old: Lot | None = book.find("lot", self.product, self.lot)
        if old is None or not old.told or old.told[-1][0] != when.seq:
            self._add(book, self.lot, "told", (when.seq, self.expires_on))
        if old is None or not old.told:
            keep_homes_with(book, self.product, [self.lot])

    def revert(self, book: Book, when: When) -> None:
        keep_homes_with(book, self.product, [self.lot])
        self._drop(book, self.lot, "told", lambda line: line[0] == when.seq)


@dataclass(frozen=True, slots=True)
class ExpiryCorrected(_OfLot):
    """The true expiry day, for whatever is judged after this entry."""

    expires_on: str

    def apply(self, book: Book, when: When) -> None:
        self._add(book, self.lot, "corrected", (when.seq, self.expires_on))
        keep_homes_with(book, self.product, [self.lot])

    def revert(self, book: Book, when: When) -> None:
        keep_homes_with(book, self.product, [self.lot])
        self._drop(book, self.lot, "corrected", lambda line: line[0] == when.seq)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        """What was supplied or moved out after the day that would then be the last one."""
        known: Lot = book.get("lot", self.product, self.lot)
        then = replace(known, corrected=tuple(line for line in known.corrected if line[0] != when.seq)).expires_on
        if then is None:
            return
        for (place,) in book.shelves["place"]:
            for at, seq, units in book.stock.timeline(place, self.product, self.lot):
                if units < 0 and seq > when.seq and local_day(at, book.facility.zone) > then and _asks_state(book, seq):
                    yield seq


@dataclass(frozen=True, slots=True)
class StateSet(_OfLot):
    """A lot held back or released from the entry's time on; it need not be here (yet)."""

    state: str

    def apply(self, book: Book, when: When) -> None:
        self._add(book, self.lot, "states", (when.at, when.seq, self.state))

    def revert(self, book: Book, when: When) -> None:
        self._drop(book, self.lot, "states", lambda line: line[1] == when.seq)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return _rest_on_state(book, self.product, self.lot, when)


def _rest_on_state(book: Book, product: str, lot: str, when: When) -> Iterator[int]:
    """What was said of a lot later, under any of its names, where it would say it of one in the other state without
    the entry at *when*; and what was supplied, received or moved out, where the lot would have been held back.
    """
    for name in family_of(book, product, lot):
        known: Lot | None = book.find("lot", product, name)
        for at, seq, state in known.states if known is not None else ():
            if seq > when.seq:
                before = _state_without(book, product, name, When(at, seq), when.seq)
                if (before not in HELD) if state == "released" else (before == "recalled" or before == state):
                    yield seq
        for (place,) in book.shelves["place"]:
            for at, seq, _ in book.stock.timeline(place, product, name).since(when.at):
                if seq > when.seq and _state_without(book, product, name, When(at, seq), when.seq) in HELD:
                    if _asks_state(book, seq):
                        yield seq


def _state_without(book: Book, product: str, lot: str, when: When, without: int) -> str:
    """What the entry at *when* knew of the lot, had the entry *without* never been."""
    return max(what_was_told(book, product, lot, *when, when.seq, without), default=("", 0, ""))[2]


def _asks_state(book: Book, seq: int) -> bool:
    """Whether the entry is an act that a quarantine refuses (contract, group 7)."""
    past = book.past.by_seq(seq)
    if past is None:
        return False
    if past.type == "stock.moved":
        return book.get("place", past.body["to_place"]).kind not in ("safe", "custody")
    return past.type in ("dispense.outpatient", "dispense.discharge", "stock.received", "stock.arrived")


@dataclass(frozen=True, slots=True)
class Renamed(_OfLot):
    """What every place holds under a wrong name is, from the entry's time on, there under the true one."""

    to_lot: str

    def apply(self, book: Book, when: When) -> None:
        carried = list(self.held(book, when))
        self._add(book, self.lot, "renamed", (when.at, when.seq, self.to_lot))
        self._add(book, self.to_lot, "formerly", (when.at, when.seq, self.lot))
        keep_homes_with(book, self.product, [self.to_lot])
        self._carry(book, when, carried)

    def revert(self, book: Book, when: When) -> None:
        carried = [(place, -units) for place, units in self.held(book, when)]
        keep_homes_with(book, self.product, [self.to_lot])
        self._drop(book, self.lot, "renamed", lambda line: line[1] == when.seq)
        self._drop(book, self.to_lot, "formerly", lambda line: line[1] == when.seq)
        self._carry(book, when, carried)

    def held(self, book: Book, when: When) -> Iterator[tuple[str, int]]:
        """(account, units) just before the correction; a movement entered late is carried along by the book."""
        for (place,) in sorted(book.shelves["place"]):
            for account in (place, empties_of(place)):
                units = book.stock.timeline(account, self.product, self.lot).balance_at(when.at, when.seq - 1)
                if units:
                    yield account, units

    def _carry(self, book: Book, when: When, carried: list[tuple[str, int]]) -> None:
        for account, units in carried:
            move(book, account, self.product, self.lot, when, -units)
            move(book, account, self.product, self.to_lot, when, units)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        yield from _rest_on_state(book, self.product, self.to_lot, when)
        names = set(family_of(book, self.product, self.lot))
        for past in book.past.of_type("home.opened"):
            lots = {line["lot"] for line in past.body["lines"] if line["product"] == self.product}
            if past.seq > when.seq and any(_opened_again(book, past, self.product, lot, when) for lot in lots & names):
                yield past.seq


def _opened_again(book: Book, opening: Past, product: str, lot: str, when: When) -> bool:
    """Whether *lot* was at the home already under this name, but for the correction at *when*."""
    told, expires = named_events(book, product, events_of(book, opening.body["patient"], product))
    known = [each for each in told if each.seq < opening.seq]
    without = [each for each in known if each.seq != when.seq]
    return _is_at_home(without, expires, lot) and not _is_at_home(known, expires, lot)


def _is_at_home(events: Iterable[HomeEvent], expires: Mapping[str, str], lot: str) -> bool:
    """Whether *lot* was opened or supplied there, or turned up at a count."""
    row = fold_home(events, expires).get(lot)
    return row is not None and bool(row.dispensed or row.surplus)
