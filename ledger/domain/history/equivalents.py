"""Daily oral-morphine equivalents: the factor per drug and route, and what it makes of an amount.

For showing a history, never for converting one opioid to another. Where the adopted table has no factor the answer
is the reason why, never zero and never one. Trusts the adopted tables; decimals throughout.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from ledger.domain.terms import DECIMAL, WORD, in_grams

PER_HOUR = "ug/h"
"""UCUM unit of a patch's label."""
ROUTES: Mapping[str, str] = MappingProxyType(
    {  # EDQM standard terms, routes and methods of administration
        "20035000": "intramuscular",
        "20045000": "intravenous",
        "20049000": "nasal",
        "20053000": "oral",
        "20054000": "oromucosal",
        "20061000": "rectal",
        "20066000": "subcutaneous",
        "20067000": "sublingual",
        "20070000": "transdermal",
    }
)
STRONG, WEAK, BENZODIAZEPINE = "strong_opioid", "weak_opioid", "benzodiazepine"
K = TypeVar("K")
V = TypeVar("V")
_PER_MG, _PER_DAY_OF_LABEL = "mg/mg", "mg per day per ug/h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One row of the adopted table. `factor` is None where no authoritative one is known; `route` may be `*`."""

    inn: str
    route: str
    basis: str
    factor: Decimal | None
    source: str
    confidence: str


class Amount(NamedTuple):
    """How much of a drug by which route: `value` in mg, or of a patch in labelled µg/h times days worn.

    `unit` is `mg` or `ug/h`; any other unit is kept as it was written. `route` is a word of `ROUTES`, "" unknown.
    """

    inn: str
    route: str
    value: Decimal
    unit: str


class Equivalent(NamedTuple):
    """mg of oral morphine, or None and `why` not: a stable word."""

    value: Decimal | None
    why: str | None = None
    factor: Factor | None = None


@dataclass(frozen=True, kw_only=True)
class Equivalents:
    """The tables `opioid_equivalents` and `substance_classes` of one rule set. Keys of drugs are lower case."""

    factors: Mapping[tuple[str, str], Factor] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    def is_opioid(self, inn: str) -> bool | None:
        """None where no adopted table knows the drug."""
        drug = inn.casefold()
        if drug in self.classes:
            return self.classes[drug] in (STRONG, WEAK)
        return True if drug in self._drugs else None

    @cached_property
    def _drugs(self) -> frozenset[str]:
        return frozenset(drug for drug, _ in self.factors)

    def is_class(self, inn: str, name: str) -> bool:
        return self.classes.get(inn.casefold()) == name

    def find(self, inn: str, route: str) -> Factor | None:
        """The row for *inn* by *route* (a word of `ROUTES`), or its row for every route."""
        drug = inn.casefold()
        return self.factors.get((drug, route)) or self.factors.get((drug, "*"))

    def to_equivalent(self, amount: Amount) -> Equivalent:
        """What *amount* comes to; `why` is one of no_table, no_factor, route_unknown, unit_unknown."""
        if not self.factors:
            return Equivalent(None, "no_table")
        row = self.find(amount.inn, amount.route)
        if row is None or row.factor is None:
            known = row is not None or amount.route
            return Equivalent(None, "no_factor" if known else "route_unknown", row)
        if (row.basis == _PER_DAY_OF_LABEL) != (amount.unit == PER_HOUR) or amount.unit not in ("mg", PER_HOUR):
            return Equivalent(None, "unit_unknown", row)
        return Equivalent(amount.value * row.factor, None, row)


class Rates(dict[tuple[str, str, str], Equivalent | None]):
    """What one unit (mg, or one µg/h for a day) of a drug by a route comes to, each looked up once; None: no opioid."""

    def __init__(self, table: Equivalents) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, key: tuple[str, str, str]) -> Equivalent | None:
        inn, route, unit = key
        known, found = self._table.is_opioid(inn), None
        if known is None:
            found = Equivalent(None, "class_unknown" if self._table.factors else "no_table")
        elif known:
            found = self._table.to_equivalent(Amount(inn, route, Decimal(1), unit))
        self[key] = found
        return found

    def of(self, amount: Amount) -> Equivalent | None:
        """What *amount* comes to."""
        inn, route, value, unit = amount
        rate = self[inn, route, unit]
        return rate if rate is None or rate.value is None else Equivalent(value * rate.value, None, rate.factor)

    def factors(self) -> Iterator[Factor]:
        """The rows that were looked up, in the order of drug and route."""
        rows = {(each.factor.inn, each.factor.route): each.factor for each in self.values() if each and each.factor}
        return (rows[key] for key in sorted(rows))


def to_amount(inn: str, route: str, value: Decimal, unit: str) -> Amount:
    """Any mass in mg; other units stay."""
    if unit == "mg":
        return Amount(inn, route, value, unit)
    grams = in_grams(str(value), unit)
    return Amount(inn, route, value, unit) if grams is None else Amount(inn, route, grams * 1000, "mg")


def read_equivalents(factors: Iterable[Mapping[str, str]], classes: Iterable[Mapping[str, str]]) -> Equivalents:
    """From the rows of the two tables. Raises `KeyError`, `TypeError`, `ValueError` for a table of another shape,
    for a word that is not known here (it would silently count for nothing), and for a row that stands there twice.
    """
    rows = [_read_factor(row) for row in factors]
    known = [(row["inn"].casefold(), row["class"]) for row in classes]
    if not all(WORD.fullmatch(name) for _, name in known):
        raise ValueError("a class is a word")
    return Equivalents(factors=_once(((row.inn, row.route), row) for row in rows), classes=_once(known))


def _read_factor(row: Mapping[str, str]) -> Factor:
    told, basis = row["factor"], row["basis"]
    if row["route"] not in (*ROUTES.values(), "*") or basis not in (_PER_MG, _PER_DAY_OF_LABEL, ""):
        raise ValueError("no such route or basis")
    # A factor of nothing would make the day zero instead of undetermined.
    if told and (not DECIMAL.fullmatch(told) or not Decimal(told) or not basis):
        raise ValueError("a factor is a positive decimal of a basis")
    return Factor(
        inn=row["inn"].casefold(),
        route=row["route"],
        basis=basis,
        factor=Decimal(told) if told else None,
        source=row["source"],
        confidence=row["confidence"],
    )


def _once(pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError("a row stands there twice")
        found[key] = value
    return found
