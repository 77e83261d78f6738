"""The shape of one type, and the facts its rule gets."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ledger.domain.book import Book
from ledger.domain.command import Command
from ledger.domain.effects import Effect, Moved
from ledger.domain.form import Fields, Reader, obj
from ledger.domain.lots import HELD, expiry_of, first_below, last_told
from ledger.domain.records import Past, Place, Product
from ledger.domain.regulation import RuleSet
from ledger.errors import Refusal


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(at: str, zone: str) -> str:
    """The calendar day of *at* (canonical UTC text) in the facility's zone."""
    day, next_begins_at, next_day = _days_of(at[:10], zone)
    return day if at < next_begins_at else next_day


_TO_ITS_END = timedelta(days=1, microseconds=-1)


@lru_cache(maxsize=4096)
def _days_of(utc_day: str, zone: str) -> tuple[str, str, str]:
    """The local day in which a UTC day begins, when the one in which it ends begins, and that one."""
    begins = datetime.fromisoformat(utc_day).replace(tzinfo=UTC)
    first, last = (at.astimezone(_zone(zone)).date().isoformat() for at in (begins, begins + _TO_ITS_END))
    return first, day_begins_at(last, zone), last


def day_begins_at(day: str, zone: str) -> str:
    """The first moment (canonical UTC text) of a local *day*."""
    at = datetime.fromisoformat(day).replace(tzinfo=_zone(zone)).astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def hours_later(at: str, hours: int) -> str:
    later = datetime.fromisoformat(at[:-1]) + timedelta(hours=hours)
    return later.isoformat(timespec="microseconds") + "Z"


_CLOCK_AHEAD = timedelta(minutes=5)  # contract, section 4, group 8


def is_older(at: str, now: str, hours: int) -> bool:
    """Whether *now* is more than so many hours after *at*, both canonical UTC text."""
    if hours and at[:13] == now[:13]:  # most is recorded within the hour
        return False
    return now > at and _between(at, now) > timedelta(hours=hours)


def _between(at: str, later_at: str) -> timedelta:
    return datetime.fromisoformat(later_at[:-1]) - datetime.fromisoformat(at[:-1])


@dataclass(kw_only=True)
class Case:
    """One command before its rule: what is asked, what is known, and what the rule finds.

    `now` is the ledger's clock (canonical UTC text); `imported` whether lateness is forgiven and warnings
    count as acknowledged (`senim record`).
    """

    command: Command
    book: Book
    rules: RuleSet
    kinds: "Mapping[str, Kind]"
    now: str
    imported: bool
    body: dict[str, Any] = field(init=False)
    at: str = field(init=False)
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.body, self.at = self.command.body, self.command.occurred_at

    @cached_property
    def day(self) -> str:
        """The local day on which it happened."""
        return local_day(self.command.occurred_at, self.book.facility.zone)

    @property
    def seq(self) -> int:
        return self.book.size

    def place_of(self, seq: int) -> int:
        """Where in the book the entry is that the statement calls *seq*."""
        return self.command.base + seq

    def refuse(self, code: str, path: str | None = None, **values: str | int) -> None:
        self.refusals.append(Refusal(code=code, field=path, values=values))

    def warn(self, code: str, path: str | None = None, **values: str | int) -> None:
        self.warnings.append(Refusal(code=code, field=path, values=values))

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)

    def rule(self, key: str) -> int | None:
        """The adopted value on the day it happened, or None where the rule set leaves it unset."""
        return self.rules.value(key, self.day)

    # What most rules ask of the things they name; each answers None where the thing is not there.

    def find_place(self, name: str, *kinds: str) -> Place | None:
        """The place under the field *name*; refuses `place_wrong_kind` unless it is one of *kinds*."""
        place = self._open_place(self.body.get(name, ""))
        if place is not None and kinds and place.kind not in kinds:
            self.refuse("place_wrong_kind", f"body.{name}", place=self.body[name])
        return place

    def _open_place(self, name: str) -> Place | None:
        place: Place | None = self.book.find("place", name)
        return None if place is None or place.closed_by is not None else place

    def find_product(self, product: str) -> Product | None:
        found: Product | None = self.book.find("product", product)
        return found

    def check_come(self, path: str, at: str) -> None:
        """Refuse `time_in_future` for a time *at* (canonical UTC text) that has not come by the ledger's clock."""
        if at > self.now and _between(self.now, at) > _CLOCK_AHEAD:
            self.refuse("time_in_future", path, at=at)

    def check_stock(self, moves: Iterable[Moved], *, usable: bool = False) -> None:
        """Refuse what a place cannot give. *usable* also refuses expired and quarantined lots."""
        taken: dict[tuple[str, str, str], int] = defaultdict(int)
        for place, product, lot, units, _ in moves:
            taken[place, product, lot] += units
        for (place, product, lot), units in taken.items():
            if units >= 0:
                continue
            if usable:
                self.check_usable(product, lot)
            if self._open_place(place) is None or self.find_product(product) is None:
                continue
            timeline = self.book.stock.timeline(place, product, lot)
            arrived_at = timeline.first_arrival_at()
            if arrived_at is None:
                elsewhere = self._elsewhere(product, lot)
                line = self.line_of(place=place, product=product, lot=lot)
                self.refuse("lot_unknown", f"{line}.lot", place=place, product=product, lot=lot, **elsewhere)
            elif self.at < arrived_at:
                self.refuse("time_before_lot", "occurred_at", place=place, lot=lot)
            elif (below := first_below(self.book, place, product, lot, self.at, self.seq, units)) is not None:
                later: dict[str, str | int] = {}
                if below[0] > self.at:  # enough is there now, but entries dated later need it
                    of_this = timeline.first_below(self.at, self.seq, units) == below
                    lowest = timeline.lowest_from(self.at, self.seq) if of_this else below[2] - units
                    later = {"lowest": max(0, lowest), "below_at": below[0]}
                self.refuse(
                    "balance_too_low",
                    f"{self.line_of(place=place, product=product, lot=lot)}.units",
                    place=place,
                    product=product,
                    lot=lot,
                    asked=-units,
                    there=max(0, timeline.balance_at(self.at)),
                    **later,
                )

    def check_usable(self, product: str, lot: str, expires_on: str | None = None) -> None:
        listed = self.find_product(product)
        if listed is not None and listed.delisted:
            self.refuse("product_unknown", self.line_of(product=product), product=product)
        last = expires_on or expiry_of(self.book, product, lot)
        if last is not None and self.day > last:
            line = self.line_of(product=product, lot=lot)
            self.refuse("lot_expired", f"{line}.lot", product=product, lot=lot, expires_on=last)
        told = last_told(self.book, product, lot, self.at, self.seq)
        if told is not None and told[2] in HELD:
            since = {"recalled_at": told[0]} if told[2] == "recalled" else {}
            line = self.line_of(product=product, lot=lot)
            self.refuse("lot_quarantined", f"{line}.lot", product=product, lot=lot, **since)

    def line_of(self, **named: str) -> str:
        """The path of the first line of the body that is about what is *named*: `body.lines.2`."""
        for path, said in _lines(self.body, "body", {}):
            if all(said.get(name, wanted) == wanted for name, wanted in named.items()):
                return path
        return "body"

    def _elsewhere(self, product: str, lot: str) -> dict[str, str]:
        """A place that has the lot, for whoever looks for it at another."""
        timeline = self.book.stock.timeline
        for (place,) in sorted(self.book.shelves["place"]):
            if timeline(place, product, lot).total > 0:
                return {"elsewhere": place}
        return {}


def _lines(value: Any, path: str, around: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of every line (what has a lot) its path and its members, with those of what is *around* it."""
    if type(value) is list:
        for n, each in enumerate(value):
            yield from _lines(each, f"{path}.{n}", around)
    elif type(value) is dict:
        if "lot" in value:
            yield path, {**around, **value}
        for name, each in value.items():
            yield from _lines(each, f"{path}.{name}", {**around, **value})


Rule = Callable[[Case], None]
Effects = Callable[[Case], Sequence[Effect]]


def no_rule(case: Case) -> None:
    """Nothing beyond form, authority and references is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of the vocabulary: its fields, its rule, its effects.

    `fact`: it has happened; `rule` may then refuse only what the contract allows for facts.
    `mentions` names things beyond the fields' own references under which the entry is found again.
    """

    name: str
    fields: Fields
    effects: Effects
    rule: Rule = no_rule
    fact: bool = False
    mentions: Callable[[Case], Iterable[tuple[str, str]]] = lambda _case: ()
    also: Callable[[dict[str, Any], str, Any], None] | None = None

    @property
    def read(self) -> Reader:
        return obj(self.fields, self.also)


def moves_of(effects: Iterable[Effect]) -> list[Moved]:
    return [e for e in effects if isinstance(e, Moved)]


def effects_of(past: Past, case: Case) -> list[Effect]:
    """What the earlier entry *past* did, derived again from its statement."""
    kind = case.kinds[past.type]
    return [*kind.effects(replace(case, command=command_of(past)))]


def command_of(past: Past) -> Command:
    """What *past* asked for, as far as its effects need it."""
    return Command(
        id=past.id,
        type=past.type,
        occurred_at=past.occurred_at,
        performer=past.performer,
        witness=past.witness,
        witness_pending=None,
        acknowledged=(),
        late=False,
        sheet=None,
        body=past.body,
        sealed={},
        base=past.base,
        references=(),
    )
