"""A dose history as it is shown: the ledger's own answer (`senim doses --json`), read into frozen facts.

Decimals stay texts as the ledger rounds them, days and times stay theirs: a page, a report's data and a picture say
the same figures.
"""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from ledger.domain.history.doses import DoseHistory
from ledger.service.doses import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseAmount:
    """One drug by one route on one day. `equivalent` is mg of oral morphine; None: no opioid, or not determined.

    `as_needed` is the part of `value` that is taken when needed.
    """

    inn: str
    route: str
    value: str
    unit: str
    as_needed: str = "0"
    opioid: bool = True
    equivalent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Why a drug's amount or equivalent is not known."""

    inn: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFigure:
    """One column of a day: mg of oral morphine a day, regular and when needed; None: cannot be determined."""

    equivalent: str | None = None
    as_needed: str | None = None
    undetermined: tuple[Unknown, ...] = ()
    amounts: tuple[DoseAmount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakthrough:
    """One dose of a course that is given when needed; `share` of the regular opioid of the day, 1 for all of it."""

    inn: str
    route: str
    value: str
    unit: str
    share: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseDay:
    on: date
    prescribed: DoseFigure | None = None
    dispensed: DoseFigure | None = None
    administered: DoseFigure | None = None
    used: DoseFigure | None = None
    breakthrough: tuple[Breakthrough, ...] = ()
    given_share: str | None = None

    @property
    def figures(self) -> tuple[DoseFigure, ...]:
        found = (self.prescribed, self.dispensed, self.administered, self.used)
        return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The last day that the supplies of `product` are for."""

    product: str
    until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchOn:
    """A patch that is on now."""

    product: str
    on_since: datetime
    change_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchWorn:
    """A patch (labelled µg/h) from `on_at` to `off_at`; after `known_until` nobody knows whether it was still on."""

    seq: int
    product: str
    value: str
    on_at: datetime
    known_until: datetime
    off_at: datetime
    change_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTold:
    seq: int
    at: datetime
    type: str
    reversed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorUsed:
    """A row of the adopted table; `factor` is None where no authoritative one is known."""

    inn: str
    route: str
    basis: str
    factor: str | None = None
    source: str
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doses:
    """`table` is the SHA-256 of the adopted table of equivalents, `rules` the name of the rule set."""

    rules: str
    table: str | None = None
    covered_until: tuple[Covered, ...] = ()
    died_on: date | None = None
    patches: tuple[PatchOn, ...] = ()
    worn: tuple[PatchWorn, ...] = ()
    told: tuple[EntryTold, ...] = ()
    days: tuple[DoseDay, ...] = ()
    factors: tuple[FactorUsed, ...] = ()


def to_doses(found: DoseHistory) -> Doses:
    """*found* as it is shown."""
    told = to_json(found)
    told["covered_until"] = [{"product": each, "until_on": on} for each, on in told["covered_until"].items()]
    doses: Doses = msgspec.convert(told, type=Doses)
    return doses
