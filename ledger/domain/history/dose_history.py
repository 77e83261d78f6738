"""A patient's entries, as known at an entry S, taken apart into amounts per local day.

A patch counts by the hours it is worn, an infusion by the hours it runs, a supply by the days it is for, and what was
used at home by the days between the two counts that showed it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from ledger.domain.asking.courses import ORDERS, SUPPLIES, Course, covered_until, days_later, last_day, to_courses
from ledger.domain.book import Book
from ledger.domain.history.equivalents import PER_HOUR, Amount, to_amount
from ledger.domain.history.home_use import find_used_at_home
from ledger.domain.history.hours import later, shares_of_days
from ledger.domain.history.known import Told, read_known
from ledger.domain.history.patches import Skin, Worn, is_patch
from ledger.domain.kind import day_begins_at, local_day
from ledger.domain.records import Past, Product
from ledger.domain.regulation import RuleSet

COLUMNS = ("prescribed", "dispensed", "administered", "used")
_BEGINS = frozenset({*ORDERS, "dispense.acknowledged"})
_MISSED_CHANGES = 2  # worn past twice its time without a change, nobody knows whether it is still on


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one statement says of a day. `single` is the dose of a course that is given when needed.

    `why`: the amount is known and what it comes to is not, or there is something and its amount is not known. It
    is compared as an object: doses and supplies that say the same have the same part.
    """

    column: str
    amount: Amount
    as_needed: bool = False
    single: Amount | None = None
    why: str | None = None


OnDay = tuple[str, Part]
"""A local day and a part of it; most days have the same parts as the one before."""


@dataclass(slots=True)
class Reader:
    """The parts of one patient's history. What follows `now` is filled by `parts`; `patches` are (product, on since,
    change due) of every patch that was on at the end.
    """

    book: Book
    patient: str
    rules: RuleSet
    known_at: int
    now: str
    covered_until: dict[str, str] = field(default_factory=dict)
    died_on: str | None = None
    worn: list[Worn] = field(default_factory=list)
    patches: list[tuple[str, str, str | None]] = field(default_factory=list)
    told: Sequence[Told] = ()
    _zone: str = field(init=False)
    _today: str = field(init=False)
    _end_at: str = field(init=False)  # nothing counts after it: the end of the day of death, or now
    _entries: Sequence[Past] = ()
    _skin: Skin | None = None
    _parts: dict[tuple[object, ...], Part] = field(default_factory=dict)
    _courses: dict[str, Course] = field(default_factory=dict)
    _stops: dict[str, Past] = field(default_factory=dict)
    _covered: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._zone, self._end_at = self.book.facility.zone, self.now
        self._today = self._day_of(self.now)

    def parts(self) -> Iterator[OnDay]:
        known = read_known(self.book, self.patient, self.known_at)
        self.told, self._entries = known.told, known.entries
        for entry in known.entries:
            if entry.type == "patient.died":
                self.died_on = min(entry.body["died_on"], self.died_on or entry.body["died_on"])
            elif entry.type == "infusion.stopped":
                self._stops.setdefault(entry.body["infusion"], entry)
            elif entry.type in _BEGINS:
                for course in to_courses(entry, self.book):
                    ends_on = self._last_on(course, known.ends.get(course.prescription, ()))
                    self._courses[course.prescription or entry.id] = replace(course, ends_on=ends_on)
        if self.died_on is not None:
            self._end_at = min(self.now, day_begins_at(days_later(self.died_on, 1), self._zone))
        for entry in known.entries:
            yield from self._read(entry)
        for used in find_used_at_home(self.book, known, known_at=self.known_at):
            whose = self._course_of_product(used.product, used.first_on, last_day(used.first_on, used.days))
            yield from self._over("used", used.product, used.units, used.first_on, used.days, whose)

    def _read(self, entry: Past) -> Iterable[OnDay]:
        if entry.type == "dose.administered":
            return self._given(entry)
        if entry.type in SUPPLIES:
            return self._dispensed(entry)
        if entry.type in ORDERS:
            return self._prescribed(entry)
        return self._infused(entry) if entry.type == "infusion.started" else ()

    def _day_of(self, at: str) -> str:
        return local_day(at, self._zone)

    def _product(self, name: str) -> Product:
        product: Product = self.book.get("product", name)
        return product

    def _inn(self, product: str) -> str:
        """As the tables of equivalents know the drug."""
        return self._product(product).inn.casefold()

    # ── courses

    def _last_on(self, course: Course, ends: Iterable[Past]) -> str:
        """The last day that is the course's own: on the day of a stop or a replacement the new one counts."""
        stopped = (max(self._day_of(past.occurred_at), past.body.get("starts_on", "")) for past in ends)
        return min([course.ends_on, *(days_later(on, -1) for on in stopped)])

    def _order(self, body: dict[str, Any]) -> Course | None:
        return self._courses.get(body.get("prescription", body.get("acknowledged", "")))

    def _course_of_product(self, product: str, first_on: str, last_on: str) -> str:
        """The course that packs of *product* belonged to: one of those days, and a regular one before as-needed."""

        def fits(name: str) -> tuple[bool, bool, str]:
            course = self._courses[name]
            return course.is_on(first_on, last_on), not course.as_needed, course.starts_on

        return max((name for name, each in self._courses.items() if each.product == product), key=fits, default="")

    # ── the columns

    def _prescribed(self, entry: Past) -> Iterator[OnDay]:
        course = self._courses[entry.body["prescription"]]
        last_on = min(course.ends_on, self.died_on or self._today, self._today)
        daily, on = course.daily(), course.starts_on
        amount = daily or Amount(course.inn, course.route, Decimal(0), course.unit)
        why, single = None if daily else "dose_unknown", None
        if course.as_needed and course.single is not None:
            single = to_amount(course.inn, course.route, course.single, course.unit)
        part = Part("prescribed", amount, course.as_needed, single, why)
        while on <= last_on:
            yield on, part
            on = days_later(on, 1)

    def _dispensed(self, entry: Past) -> Iterator[OnDay]:
        body, name = entry.body, entry.body.get("prescription", entry.id)
        if "lines" in body:
            told = [(line["product"], line["units"]) for line in body["lines"]]
        elif name in self._courses:
            told = [(self._courses[name].product, line["units"]) for line in body["lots"]]
        else:
            return
        for product in dict(told):
            self._cover(name, product, entry)
        first_on, days = self._day_of(entry.occurred_at), body["days_supply"]
        for product, units in told:
            yield from self._over("dispensed", product, units, first_on, days, name)

    def _cover(self, course: str, product: str, entry: Past) -> None:
        """What another course's supply had left is not added: how fast it is used then, nobody has said."""
        until_on = covered_until(self._covered.get((course, product), ""), entry, product, self.book)
        self._covered[course, product] = until_on
        self.covered_until[product] = max(until_on, self.covered_until.get(product, ""))

    def _over(self, column: str, product: str, units: int, first_on: str, days: int, course: str) -> Iterator[OnDay]:
        """Units that are for so many days, in equal parts."""
        key = column, product, units, days, course
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = self._even(column, product, units, days, self._courses.get(course))
        on = first_on
        for _ in range(days):
            yield on, part
            on = days_later(on, 1)

    def _even(self, column: str, product: str, units: int, days: int, course: Course | None) -> Part:
        """Each day's part of units for so many; patches by the days that they can be worn."""
        listed = self._product(product)
        value, why = units * Decimal(listed.strength), None
        if listed.unit == PER_HOUR:
            hours = self._wear_hours(course)
            value, why = (value, "wear_unknown") if hours is None else (value * hours / 24, None)
        route = "transdermal" if listed.unit == PER_HOUR else (course.route if course else "")
        amount = to_amount(listed.inn.casefold(), route, value / days, listed.unit)
        return Part(column, amount, course is not None and course.as_needed, why=why)

    def _wear_hours(self, course: Course | None) -> Decimal | None:
        if course is not None and course.is_patch and course.times:
            return Decimal(course.hours) / course.times
        hours = self.rules.value("patch_wear_hours", self._today)
        return None if hours is None else Decimal(hours)

    def _given(self, entry: Past) -> Iterable[OnDay]:
        body = entry.body
        dose, order = body["dose"], body.get("prescription", body.get("acknowledged", ""))
        key = body["product"], order, dose["value"], dose["unit"]
        part = self._parts.get(key)
        if part is None:
            if is_patch(entry):
                return self._put_on(entry)
            course = self._courses.get(order)
            route = course.route if course else ""
            amount = to_amount(self._inn(body["product"]), route, Decimal(dose["value"]), dose["unit"])
            part = self._parts[key] = Part("administered", amount, course is not None and course.as_needed)
        return ((self._day_of(entry.occurred_at), part),)

    def _put_on(self, entry: Past) -> Iterator[OnDay]:
        """A patch, from its application to its change, its removal or the death; past two wear times nobody knows, and
        where one of several side by side fell off.
        """
        on_at, product, value = entry.occurred_at, entry.body["product"], Decimal(entry.body["dose"]["value"])
        skin = self._skin = self._skin or Skin(self.book, self._entries)
        course = self._order(entry.body)
        changed_at, hours = skin.find_off(entry, course), self._wear_hours(course)
        end_at = min(changed_at or self.now, self._end_at)
        known_until, why = end_at, "patch_not_changed"
        if hours is not None:
            known_until = min(end_at, later(on_at, hours * _MISSED_CHANGES))
        fell_at = skin.find_fallen(entry) or end_at
        if fell_at < known_until:
            known_until, why = fell_at, "one_patch_fell_off"
        amount = Amount(self._inn(product), "transdermal", value, PER_HOUR)
        part = cache(lambda share: Part("administered", amount._replace(value=value * share)))
        unknown = Part("administered", amount._replace(value=Decimal(0)), why=why)
        yield from ((on, part(share)) for on, share in self._days(on_at, known_until))
        yield from ((on, unknown) for on, _ in self._days(known_until, end_at))
        due_at = None if hours is None else later(on_at, hours)
        worn = Worn(
            seq=entry.seq, product=product, value=value, on_at=on_at, known_until=known_until, off_at=end_at,
            change_due=due_at,
        )  # fmt: skip
        self.worn.append(worn)
        if changed_at is None and end_at == self.now:
            self.patches.append((product, on_at, due_at))

    def _infused(self, entry: Past) -> Iterator[OnDay]:
        body, course = entry.body, self._order(entry.body)
        stop = self._stops.get(body["infusion"])
        hours, part = Decimal(body["hours"]), Decimal(stop.body["given_part"]) if stop else Decimal(1)
        full_at = stop.occurred_at if stop else later(entry.occurred_at, hours)
        spread = list(self._days(entry.occurred_at, min(full_at, self._end_at)))
        ran = sum((share for _, share in self._days(entry.occurred_at, full_at)), Decimal(0))
        if not ran:
            spread, ran = [(self._day_of(entry.occurred_at), Decimal(1))], Decimal(1)
        for content in body["contents"]:
            dose, route = content["dose"], course.route if course else ""
            whole = to_amount(self._inn(content["product"]), route, Decimal(dose["value"]) * part, dose["unit"])
            for on, share in spread:
                yield on, Part("administered", whole._replace(value=whole.value * share / ran))

    def _days(self, from_at: str, to_at: str) -> Iterator[tuple[str, Decimal]]:
        return shares_of_days(from_at, to_at, ZoneInfo(self._zone))
