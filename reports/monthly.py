"""A month: per product and place what was there, came, went, is there by the book, and was counted. Pure.

What lay where before the period stands on the facility's word; all else follows from the entries of the period.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.count import OnLot
from reports.model import Frame, Period, Place, Product
from reports.provenance import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Lay:
    """So many units of a lot lay there before the period."""

    product: str
    place: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCount:
    """The last count of a product at a place in the period, by entry `seq`.

    `book` is what the book says at that moment of the lots that were counted; `open` what is left of `difference`
    without the resolutions that stand. `partial`: other lots of the product lay there too and were not counted.
    """

    seq: int
    at: datetime
    counted: int
    book: int
    difference: int
    open: int
    partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceMonth:
    """`closing = opening + came - went`; what is taken back counts in its original's column, negative."""

    place: str
    opening: int
    came: int
    went: int
    closing: int
    count: LastCount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductMonth:
    """The sums over `places`; a move inside the facility came and went. `sealed` is the closing balance as sealed."""

    product: Product
    opening: int
    came: int
    went: int
    closing: int
    places: tuple[PlaceMonth, ...]
    sealed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """`approved` is who sealed the month, where the period is one that was sealed."""

    frame: Frame
    period: Period
    product: str | None = None
    place: str | None = None
    places: tuple[Place, ...] = ()
    products: tuple[ProductMonth, ...] = ()
    approved: Provenance | None = None
    lay: tuple[Lay, ...] = ()
    on_lots: tuple[OnLot, ...] = ()


def month_of(first_on: date) -> Period:
    """From *first_on* to the last day of its month."""
    following = (first_on.replace(day=1) + timedelta(days=31)).replace(day=1)
    return Period(from_on=first_on, to_on=following - timedelta(days=1))
