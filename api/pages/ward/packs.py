"""What lies at a place or at a patient's home, lot by lot, and how a dose is taken out of it. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ledger.domain.kind import local_day
from ledger.domain.lots import HELD, expiry_of, state_at
from ledger.domain.records import Product
from ledger.domain.terms import in_grams
from ledger.service import queries
from ledger.service.ports import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """`units` of a lot that lie here. `held`: why it is not taken first ("", `expired`, `quarantined`, `recalled`)."""

    product: str
    lot: str
    units: int
    expires_on: str | None
    held: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A dose as it is poured: `units` out of `lots`, `residue` left over; decimal text in the product's unit."""

    units: int
    lots: list[dict[str, Any]]
    dose: str
    unit: str
    residue: str


def find_packs(reading: Reading, place: str, now: str) -> dict[str, list[Pack]]:
    """What lies at *place*, by product, the oldest lot that may be given first."""
    rows = [(product, lot, units) for _, product, lot, units in reading.balances(place=place) if units > 0]
    return _in_order(reading, rows, now)


def find_home_packs(reading: Reading, patient: str, now: str) -> dict[str, list[Pack]]:
    """The same of what should be at the patient's home."""
    circle = queries.read_circle(reading, today=local_day(now, reading.book.facility.zone), patient=patient)
    rows = [(row["product"], row["lot"], row["still_out"]) for row in circle if row["still_out"]]
    return _in_order(reading, rows, now)


def _in_order(reading: Reading, rows: Iterable[tuple[str, str, int]], now: str) -> dict[str, list[Pack]]:
    found: dict[str, list[Pack]] = defaultdict(list)
    today = local_day(now, reading.book.facility.zone)
    for product, lot, units in rows:
        if not lot:
            continue  # a home count without a lot: nobody can say which lot is opened
        expires_on = expiry_of(reading.book, product, lot)
        state = state_at(reading.book, product, lot, now, reading.book.size)
        held = str(state) if state in HELD else "expired" if expires_on and expires_on < today else ""
        found[product].append(Pack(product=product, lot=lot, units=units, expires_on=expires_on, held=held))
    for packs in found.values():
        packs.sort(key=lambda pack: (bool(pack.held), pack.expires_on or "9999", pack.lot))
    return dict(found)


def take_dose(product: Product, packs: Sequence[Pack], value: Decimal, unit: str) -> Taken | None:
    """The fewest units that hold *value*, the oldest lots first; None where it and the strength do not compare.

    `lots` is empty where not so many may be taken.
    """
    dose, strength = _in_unit_of(product, value, unit), Decimal(product.strength)
    if dose is None:
        return None
    units = int((dose / strength).to_integral_value(ROUND_CEILING))
    lots, left = [], units
    for pack in packs:
        if left and not pack.held:
            lots.append({"lot": pack.lot, "units": min(left, pack.units)})
            left -= min(left, pack.units)
    residue = to_text(units * strength - dose)
    return Taken(units=units, lots=[] if left else lots, dose=to_text(dose), unit=product.unit, residue=residue)


def _in_unit_of(product: Product, value: Decimal, unit: str) -> Decimal | None:
    if unit == product.unit:
        return value
    grams, one = in_grams(str(value), unit), in_grams("1", product.unit)
    return None if grams is None or one is None else grams / one


def to_text(value: Decimal) -> str:
    """Decimal text as the contract writes it."""
    return f"{value.normalize():f}" if value else "0"
