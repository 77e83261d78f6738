"""A patient's entries, as known at an entry S, taken apart into amounts per local day.

Reads statements by type through `book.past`, so it does not matter in which order they came. A patch counts by the
hours it is worn, an infusion by the hours it runs, a supply by the days it is for, and what was used at home by the
days between the two counts that showed it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ledger.domain.asking.courses import ORDERS, Course, covered_until, days_later, last_day, to_courses
from ledger.domain.book import FIRST, Book
from ledger.domain.history.equivalents import PER_HOUR, Amount, to_amount
from ledger.domain.history.home_use import find_used_at_home
from ledger.domain.kind import local_day
from ledger.domain.records import Past, Product
from ledger.domain.regulation import RuleSet

COLUMNS = ("prescribed", "dispensed", "administered", "used")
SHOWN = frozenset(
    {
        *ORDERS,
        "prescription.stopped",
        "dispense.outpatient",
        "dispense.discharge",
        "dispense.acknowledged",
        "dose.administered",
        "infusion.started",
        "infusion.stopped",
        "patch.removed",
        "home.counted",
        "unused.returned",
        "patient.died",
    }
)
"""Entries of a patient that are told of one by one, reversed or not."""
_ENDING = frozenset({*ORDERS, "prescription.stopped"})
_DAY = timedelta(days=1)
_TOGETHER_HOURS = Decimal(1)  # patches put on within the hour are worn side by side
_MISSED_CHANGES = 2  # worn past twice its time without a change, nobody knows whether it is still on
_in_order = attrgetter("occurred_at", "seq")


class Part(NamedTuple):
    """What one statement says of a day. `single` is the dose of a course that is given when needed.

    `why`: the amount is known and what it comes to is not, or there is something and its amount is not known.
    """

    column: str
    amount: Amount
    as_needed: bool = False
    single: Amount | None = None
    why: str | None = None


OnDay = tuple[str, Part]
"""A local day and a part of it; most days have the same parts as the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """One patch of `value` µg/h on the skin, by the entry `seq`: from `on_at` to `off_at`, as far as is known.

    From `known_until` on nobody knows whether it was still on; `change_due` is None where no wear time is set.
    """

    seq: int
    product: str
    value: Decimal
    on_at: str
    known_until: str
    off_at: str
    change_due: str | None


class Told(NamedTuple):
    """An entry that the history rests on or, where S knows it to be reversed, rested on."""

    seq: int
    at: str
    type: str
    reversed_by: int | None


@dataclass(slots=True)
class Reader:
    """The parts of one patient's history. `covered_until`, `died_on` and `worn` are filled by `parts`."""

    book: Book
    patient: str
    rules: RuleSet
    known_at: int
    now: str
    covered_until: dict[str, str] = field(default_factory=dict)
    died_on: str | None = None
    worn: list[Worn] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    _zone: str = field(init=False)
    _today: str = field(init=False)
    _ids: list[str] = field(default_factory=list)
    _entries: list[Past] = field(default_factory=list)
    _doses: dict[tuple[str, ...], Part] = field(default_factory=dict)
    _about: dict[str, list[Past]] = field(default_factory=dict)
    _courses: dict[str, Course] = field(default_factory=dict)
    _stops: dict[str, Past] = field(default_factory=dict)
    _covered: dict[tuple[str, str], str] = field(default_factory=dict)
    _worn_now: list[tuple[str, str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zone = self.book.facility.zone
        self._today = self._day_of(self.now)

    def parts(self) -> list[OnDay]:
        self._entries = self._read()
        for entry in self._entries:
            if entry.type == "patient.died":
                self.died_on = min(entry.body["died_on"], self.died_on or entry.body["died_on"])
            if entry.type == "infusion.stopped":
                self._stops.setdefault(entry.body["infusion"], entry)
            for course in to_courses(entry, self.book):
                self._courses[course.prescription or entry.id] = replace(course, ends_on=self._last_on(course))
        found: list[OnDay] = []
        for entry in self._entries:
            if entry.type == "dose.administered":
                found += self._given(entry)
            elif entry.type in ORDERS:
                found += self._prescribed(self._courses[entry.body["prescription"]])
            elif entry.type.startswith("dispense."):
                found += self._dispensed(entry)
            elif entry.type == "infusion.started":
                found += self._infused(entry)
        for used in find_used_at_home(self.book, self._ids, self._entries, rules=self.rules):
            whose = self._course_of_product(used.product, used.first_on, last_day(used.first_on, used.days))
            found += self._over("used", used.product, used.units, used.first_on, used.days, whose)
        return found

    def worn_now(self) -> list[tuple[str, str, str | None]]:
        """(product, on since, change due) of every patch that was on at the end; after `parts`."""
        return self._worn_now

    # ── what is known

    def _read(self) -> list[Past]:
        """The person's entries up to S that S does not know to be reversed, under all ids, in order of time."""
        found: dict[int, Past] = {}
        said: dict[int, Past] = {}
        self._ids = [self.patient]
        for patient in self._ids:  # grows with every merge that is known
            for past in self._known("patient", patient):
                said[past.seq] = past
                if past.type in ORDERS:
                    about = self._known("prescription", past.body["prescription"])
                    said |= {each.seq: each for each in about}
                    self._about[past.body["prescription"]] = [each for each in about if each.type in _ENDING]
                if self._reversed_by(past) is not None:
                    continue
                found[past.seq] = past
                if past.type == "patients.merged":
                    self._ids += [each for each in (past.body["keep"], past.body["drop"]) if each not in self._ids]
        self.told = [
            Told(past.seq, past.occurred_at, past.type, None if past.seq in found else self._reversed_by(past))
            for past in sorted(said.values(), key=_in_order)
            if past.type in SHOWN
        ]
        return sorted(found.values(), key=_in_order)

    def _reversed_by(self, past: Past) -> int | None:
        """The reversal of *past* that S knows."""
        reversal = self.book.find("reversal", past.id)
        return None if reversal is None or reversal.seq > self.known_at else int(reversal.seq)

    def _known(self, kind: str, name: str) -> list[Past]:
        """Entries that mention a thing, up to S."""
        past = self.book.past
        seqs = (seq for seq in past.mentioning(kind, name) if seq <= self.known_at)
        return [each for seq in seqs if (each := past.by_seq(seq)) is not None]

    def _day_of(self, at: str) -> str:
        return local_day(at, self._zone)

    def _product(self, name: str) -> Product:
        product: Product = self.book.get("product", name)
        return product

    def _inn(self, product: str) -> str:
        """As the tables of equivalents know the drug."""
        return self._product(product).inn.casefold()

    def _course_of_product(self, product: str, first_on: str, last_on: str) -> Course | None:
        """The course that packs of *product* belonged to: one of those days, and a regular one before as-needed."""
        found = [course for course in self._courses.values() if course.product == product]
        return max(found, key=lambda c: (c.is_on(first_on, last_on), not c.as_needed, c.starts_on), default=None)

    def _end_at(self) -> str:
        """Nothing counts after this moment: the end of the day of death, or now."""
        if self.died_on is None:
            return self.now
        zone = ZoneInfo(self._zone)
        midnight = datetime.fromisoformat(days_later(self.died_on, 1)).replace(tzinfo=zone)
        return min(self.now, _to_text(midnight.astimezone(UTC)))

    # ── the columns

    def _last_on(self, course: Course) -> str:
        """The last day that is the course's own: on the day of a stop or a replacement the new one counts."""
        last_on = course.ends_on
        for past in self._about.get(course.prescription, ()):
            if past.type in ORDERS and past.body.get("replaces") != course.prescription:
                continue
            if self._reversed_by(past) is not None:
                continue
            stopped_on = max(self._day_of(past.occurred_at), past.body.get("starts_on", ""))
            last_on = min(last_on, days_later(stopped_on, -1))
        return last_on

    def _prescribed(self, course: Course) -> Iterator[OnDay]:
        last_on = min(course.ends_on, self.died_on or self._today, self._today)
        daily, on = course.daily(), course.starts_on
        amount = daily or Amount(course.inn, course.route, Decimal(0), course.unit)
        why, single = None if daily else "dose_unknown", None
        if course.as_needed and course.single is not None:
            single = to_amount(course.inn, course.route, course.single, course.unit)
        part = Part(column="prescribed", amount=amount, as_needed=course.as_needed, single=single, why=why)
        while on <= last_on:
            yield on, part
            on = days_later(on, 1)

    def _dispensed(self, entry: Past) -> Iterator[OnDay]:
        body, first_on = entry.body, self._day_of(entry.occurred_at)
        lines = body.get("lines")
        if lines is None:
            course = self._courses.get(body["prescription"])
            if course is None:
                return
            lines = [{"product": course.product, **line} for line in body["lots"]]
        else:
            course = self._courses.get(entry.id)
        for product in dict.fromkeys(line["product"] for line in lines):
            self._cover(product, entry)
        for line in lines:
            yield from self._over("dispensed", line["product"], line["units"], first_on, body["days_supply"], course)

    def _cover(self, product: str, entry: Past) -> None:
        """What another course's supply had left is not added: how fast it is used then, nobody has said."""
        course = entry.body.get("prescription", entry.id), product
        self._covered[course] = covered_until(self._covered.get(course, ""), entry, product, self.book)
        self.covered_until[product] = max(self._covered[course], self.covered_until.get(product, ""))

    def _over(
        self, column: str, product: str, units: int, first_on: str, days: int, course: Course | None
    ) -> Iterator[OnDay]:
        """Units that are for so many days, in equal parts; patches by the days that they can be worn."""
        listed = self._product(product)
        value, why = units * Decimal(listed.strength), None
        if listed.unit == PER_HOUR:
            hours = self._wear_hours(course)
            value, why = (value, "wear_unknown") if hours is None else (value * hours / 24, None)
        route = "transdermal" if listed.unit == PER_HOUR else (course.route if course else "")
        amount = to_amount(listed.inn.casefold(), route, value / days, listed.unit)
        needed = course is not None and course.as_needed
        part = Part(column=column, amount=amount, as_needed=needed, why=why)
        for n in range(days):
            yield days_later(first_on, n), part

    def _wear_hours(self, course: Course | None) -> Decimal | None:
        if course is not None and course.is_patch and course.times:
            return Decimal(course.hours) / course.times
        hours = self.rules.value("patch_wear_hours", self._today)
        return None if hours is None else Decimal(hours)

    def _order(self, body: dict[str, Any]) -> Course | None:
        return self._courses.get(body.get("prescription", body.get("acknowledged", "")))

    def _given(self, entry: Past) -> Iterable[OnDay]:
        if entry.body["dose"]["unit"] == PER_HOUR:
            return self._worn_parts(entry)
        return ((self._day_of(entry.occurred_at), self._dose(entry.body)),)

    def _dose(self, body: dict[str, Any]) -> Part:
        """Most doses are like another."""
        dose, order = body["dose"], body.get("prescription", body.get("acknowledged", ""))
        key = body["product"], order, dose["value"], dose["unit"]
        if key not in self._doses:
            course = self._courses.get(order)
            route, value = course.route if course else "", Decimal(dose["value"])
            amount = to_amount(self._inn(body["product"]), route, value, dose["unit"])
            self._doses[key] = Part("administered", amount, course is not None and course.as_needed)
        return self._doses[key]

    def _worn_parts(self, entry: Past) -> Iterator[OnDay]:
        """From the application to its change, the removal or the death; past two wear times nobody knows, and
        where one of several side by side fell off.
        """
        product, value = entry.body["product"], Decimal(entry.body["dose"]["value"])
        inn, course = self._inn(product), self._order(entry.body)
        change_at = next((p.occurred_at for p in self._after(entry) if self._takes_off(p, entry, inn, course)), None)
        end_at = min(change_at or self.now, self._end_at())
        amount = Amount(inn, "transdermal", value, PER_HOUR)
        hours, known_until, why = self._wear_hours(course), end_at, "patch_not_changed"
        if hours is not None:
            known_until = min(end_at, _later(entry.occurred_at, hours * _MISSED_CHANGES))
        fell_at = next((p.occurred_at for p in self._after(entry) if _is_off(p, entry, "fell_off")), end_at)
        if fell_at < known_until:
            known_until, why = fell_at, "one_patch_fell_off"
        for on, share in self._days(entry.occurred_at, known_until):
            yield on, Part("administered", amount._replace(value=value * share))
        for on, _ in self._days(known_until, end_at):
            yield on, Part("administered", amount._replace(value=Decimal(0)), why=why)
        due_at = None if hours is None else _later(entry.occurred_at, hours)
        worn = Worn(
            seq=entry.seq, product=product, value=value, on_at=entry.occurred_at, known_until=known_until,
            off_at=end_at, change_due=due_at,
        )  # fmt: skip
        self.worn.append(worn)
        if change_at is None and end_at == self.now:
            self._worn_now.append((product, entry.occurred_at, due_at))

    def _after(self, entry: Past) -> Iterator[Past]:
        return islice(self._entries, self._place_of(entry.occurred_at, entry.seq), None)

    def _place_of(self, at: str, seq: int) -> int:
        """How many entries there are up to (*at*, *seq*)."""
        return bisect_right(self._entries, (at, seq), key=_in_order)

    def _takes_off(self, later: Past, entry: Past, inn: str, course: Course | None) -> bool:
        """Whether *later* ends the patch of *entry*: taken off, or another one put on in its place.

        One of another strength is beside it while its course goes on, and instead of it afterwards.
        """
        body = later.body
        if _is_off(later, entry):
            if body["reason"] == "change":
                return not (_is_soon(entry, later) and self._is_change(entry))
            return body["reason"] != "fell_off" or sum(self._put_on_with(entry)) == 1
        if later.type != "dose.administered" or body["dose"]["unit"] != PER_HOUR:
            return False
        if body["product"] == entry.body["product"]:
            return not _is_soon(entry, later)
        over = course is not None and self._day_of(later.occurred_at) > course.ends_on
        return over and self._inn(body["product"]) == inn

    def _is_change(self, entry: Past) -> bool:
        """Whether *entry* put a patch on in place of another: taking the old one off may be written down afterwards."""
        for at in range(self._place_of(entry.occurred_at, entry.seq) - 1, -1, -1):
            earlier = self._entries[at]
            if _is_off(earlier, entry):
                return False
            if _is_patch(earlier, entry) and not _is_soon(earlier, entry):
                return True
        return False

    def _put_on_with(self, entry: Past) -> Iterator[int]:
        """The units of *entry*, and of what was put on beside it."""
        first = self._place_of(_later(entry.occurred_at, -_TOGETHER_HOURS), FIRST)
        for each in islice(self._entries, first, None):
            if each.occurred_at > entry.occurred_at and not _is_soon(entry, each):
                return
            if _is_patch(each, entry):
                yield sum(line["units"] for line in each.body["lots"])

    def _infused(self, entry: Past) -> Iterator[OnDay]:
        body, course = entry.body, self._order(entry.body)
        stop = self._stops.get(body["infusion"])
        hours, part = Decimal(body["hours"]), Decimal(stop.body["given_part"]) if stop else Decimal(1)
        full_at = stop.occurred_at if stop else _later(entry.occurred_at, hours)
        spread = list(self._days(entry.occurred_at, min(full_at, self._end_at())))
        ran = sum((share for _, share in self._days(entry.occurred_at, full_at)), Decimal(0))
        if not ran:
            spread, ran = [(self._day_of(entry.occurred_at), Decimal(1))], Decimal(1)
        for content in body["contents"]:
            product, dose = self._product(content["product"]), content["dose"]
            route = course.route if course else ""
            whole = to_amount(product.inn.casefold(), route, Decimal(dose["value"]) * part, dose["unit"])
            for on, share in spread:
                yield on, Part("administered", whole._replace(value=whole.value * share / ran))

    def _days(self, from_at: str, to_at: str) -> Iterator[tuple[str, Decimal]]:
        """(local day, share of 24 hours) of the span, in order."""
        zone = ZoneInfo(self._zone)
        at, end = datetime.fromisoformat(from_at), datetime.fromisoformat(to_at)
        while at < end:
            local = at.astimezone(zone)
            midnight = (local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + _DAY).replace(
                tzinfo=zone
            )
            until = min(end, midnight.astimezone(UTC))
            yield local.date().isoformat(), Decimal((until - at) // timedelta(microseconds=1)) / 86_400_000_000
            at = until


def _is_off(past: Past, entry: Past, *reasons: str) -> bool:
    """Whether *past* says that a patch of *entry*'s product was taken off, for one of *reasons* or any."""
    of_this = past.type == "patch.removed" and past.body["product"] == entry.body["product"]
    return of_this and (not reasons or past.body["reason"] in reasons)


def _is_patch(past: Past, entry: Past) -> bool:
    return past.type == "dose.administered" and past.body["product"] == entry.body["product"]


def _is_soon(entry: Past, later: Past) -> bool:
    return later.occurred_at <= _later(entry.occurred_at, _TOGETHER_HOURS)


def _later(at: str, hours: Decimal) -> str:
    return _to_text(datetime.fromisoformat(at) + timedelta(microseconds=int(hours * 3_600_000_000)))


def _to_text(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
