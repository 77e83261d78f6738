"""A patient's opioids by the day: prescribed, dispensed, administered, used, each with its oral-morphine equivalent.

For display only, not for converting one opioid to another. As known at an entry S: nothing after S is looked at, so
the figures of S never change. What cannot be determined is said to be so, with the reason and the milligrams.
Whom it trusts: the book it is given, and the tables of the rule set adopted by S.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, partial
from typing import NamedTuple

from ledger.domain.book import Book
from ledger.domain.history.dose_history import COLUMNS, Part, Reader
from ledger.domain.history.equivalents import Amount, Equivalent, Factor, Rates
from ledger.domain.history.known import Told
from ledger.domain.history.patches import Worn
from ledger.domain.kind import local_day
from ledger.domain.regulation import RuleSet
from ledger.domain.terms import to_rounded

Parts = tuple[Part, ...]
"""What is told of a column of a day, in order."""


class Line(NamedTuple):
    """One drug by one route on one day. `equivalent` is None where it is no opioid: then it is only shown.

    `as_needed` is the part of the amount's value that is taken when needed.
    """

    amount: Amount
    equivalent: Equivalent | None
    as_needed: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One day of one column. The equivalents are mg of oral morphine; None: cannot be determined (`whys`)."""

    regular: Decimal | None = Decimal(0)
    as_needed: Decimal | None = Decimal(0)
    lines: tuple[Line, ...] = ()
    whys: tuple[tuple[str, str], ...] = ()  # (drug, reason)


class Breakthrough(NamedTuple):
    """One dose of a course that is given when needed, and its share of the regular opioid of the day."""

    amount: Amount
    share: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day; only columns of which something is on record. `given_share` is all as-needed doses that were
    given, as a share of the regular opioid prescribed for the day.
    """

    on: str
    figures: Mapping[str, Figure]
    breakthrough: tuple[Breakthrough, ...] = ()
    given_share: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseHistory:
    """`known_at` is S; `factors` the rows that were used; `rules` and `table` (SHA-256) say which version.

    `worn` are all patches on record, `patches` those that are on now; `told` the entries behind it, oldest first.
    """

    patient: str
    known_at: int
    rules: str
    table: str | None
    days: tuple[Day, ...]
    factors: tuple[Factor, ...]
    covered_until: Mapping[str, str]
    died_on: str | None
    patches: tuple[tuple[str, str, str | None], ...] = field(default=())  # (product, on since, change due)
    worn: tuple[Worn, ...] = ()
    told: tuple[Told, ...] = ()


def read_doses(book: Book, patient: str, *, rules: RuleSet, known_at: int, now: str) -> DoseHistory:
    """The history of *patient* as known at the entry *known_at*, up to the moment *now* (canonical UTC text).

    *rules* is the set in force after that entry. Raises nothing: a patient without doses has no days.
    """
    reader = Reader(book, patient, rules=rules, known_at=known_at, now=now)
    by_day: dict[str, dict[str, list[Part]]] = defaultdict(lambda: defaultdict(list))
    today = local_day(now, book.facility.zone)
    for on, part in reader.parts():
        if on <= today:
            by_day[on][part.column].append(part)
    rates = Rates(rules.equivalents)
    figure = cache(partial(_figure, rates=rates))  # most days are like the day before
    breakthrough = cache(partial(_breakthrough, rates=rates))
    days = tuple(_day(on, by_day[on], figure, breakthrough) for on in sorted(by_day))
    return DoseHistory(
        patient=patient,
        known_at=known_at,
        rules=rules.name,
        table=rules.tables.get("opioid_equivalents"),
        days=days,
        factors=tuple(rates.factors()),
        covered_until=reader.covered_until,
        died_on=reader.died_on,
        patches=tuple(reader.patches),
        worn=tuple(sorted(reader.worn, key=lambda each: (each.on_at, each.seq))),
        told=tuple(reader.told),
    )


def _day(
    on: str,
    told: Mapping[str, list[Part]],
    figure: Callable[[Parts], Figure],
    breakthrough: Callable[[Parts, Decimal | None], tuple[Breakthrough, ...]],
) -> Day:
    parts = {column: tuple(told[column]) for column in COLUMNS if column in told}
    figures = {column: figure(each) for column, each in parts.items()}
    regular = figures["prescribed"].regular if "prescribed" in figures else None
    given = figures["administered"].as_needed if "administered" in figures else None
    return Day(
        on=on,
        figures=figures,
        breakthrough=breakthrough(parts.get("prescribed", ()), regular),
        given_share=_share(given, regular) if given else None,
    )


def _breakthrough(prescribed: Parts, regular: Decimal | None, *, rates: Rates) -> tuple[Breakthrough, ...]:
    singles = dict.fromkeys(part.single for part in prescribed if part.single is not None)
    found = ((each, rates.of(each)) for each in singles)
    return tuple(Breakthrough(each, _share(of.value if of else None, regular)) for each, of in found)


def _share(value: Decimal | None, regular: Decimal | None) -> Decimal | None:
    return value / regular if value is not None and regular else None


def _figure(parts: Parts, *, rates: Rates) -> Figure:
    sums: dict[tuple[str, str, str, bool], Decimal] = {}
    whys: dict[tuple[str, str], None] = {}
    unknown = set()
    for part in parts:
        (inn, route, value, unit), as_needed = part.amount, part.as_needed
        key = inn, route, unit, as_needed
        sums[key] = sums[key] + value if key in sums else value
        if part.why is not None and rates[inn, route, unit] is not None:
            whys[inn, part.why] = None
            unknown.add(as_needed)
    totals = {False: Decimal(0), True: Decimal(0)}
    lines: dict[tuple[str, str, str], Line] = {}
    for (inn, route, unit, as_needed), value in sums.items():
        amount = Amount(inn, route, value, unit)
        found, needed = rates.of(amount), value if as_needed else Decimal(0)
        other = lines.get((inn, route, unit))
        if other is None:
            lines[inn, route, unit] = Line(amount, found, needed)
        else:  # the same drug, regular and as needed
            both = amount._replace(value=other.amount.value + value)
            lines[inn, route, unit] = Line(both, rates.of(both), other.as_needed + needed)
        if found is None:
            continue
        if found.value is None:
            whys[inn, found.why or ""] = None
            unknown.add(as_needed)
        else:
            totals[as_needed] += found.value
    return Figure(
        regular=None if False in unknown else totals[False],
        as_needed=None if True in unknown else totals[True],
        lines=tuple(lines.values()),
        whys=tuple(whys),
    )


def to_text(value: Decimal) -> str:
    """Decimal text with at most two places, as it is shown and put in JSON."""
    return to_rounded(value, Decimal("0.01"))


def to_amount_text(value: Decimal) -> str:
    """Decimal text of an amount: below one with three digits, so that 25 ug are 0.025 mg and 4 ug are not 0 mg."""
    if abs(value) >= 1 or not value:
        return to_text(value)
    return to_rounded(value, Decimal(1).scaleb(value.adjusted() - 2))
