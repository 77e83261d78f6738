"""How a dose is taken out of lots: whole units, the oldest first, and what is left over to the last digit."""

from decimal import Decimal

import pytest

from api.pages.ward.packs import Pack, Taken, take_dose
from ledger.domain.records import Product


def product(strength: str, unit: str) -> Product:
    return Product(inn="morphine", strength=strength, unit=unit, unit_of_presentation="ampoule", schedule="II")


def pack(lot: str, units: int, held: str = "") -> Pack:
    return Pack(product="morphine", lot=lot, units=units, expires_on=None, held=held)


@pytest.mark.parametrize(
    ("strength", "dose", "taken"),
    [
        (("10", "mg"), ("10", "mg"),
         Taken(units=1, lots=[{"lot": "A", "units": 1}], dose="10", unit="mg", residue="0")),
        (("10", "mg"), ("3.3", "mg"),
         Taken(units=1, lots=[{"lot": "A", "units": 1}], dose="3.3", unit="mg", residue="6.7")),
        (("1", "mg"), ("500", "ug"),
         Taken(units=1, lots=[{"lot": "A", "units": 1}], dose="0.5", unit="mg", residue="0.5")),
        (("10", "mg"), ("25", "mg"),
         Taken(units=3, lots=[{"lot": "A", "units": 2}, {"lot": "B", "units": 1}], dose="25", unit="mg", residue="5")),
        (("10", "mg"), ("50", "mg"), Taken(units=5, lots=[], dose="50", unit="mg", residue="0")),
        (("10", "mg/mL"), ("10", "mg"), None),
    ],
)  # fmt: skip
def test_a_dose_opens_the_fewest_units_of_the_oldest_lots(
    strength: tuple[str, str], dose: tuple[str, str], taken: Taken | None
) -> None:
    packs = [pack("A", 2), pack("B", 2), pack("X", 9, held="expired")]
    assert take_dose(product(*strength), packs, Decimal(dose[0]), dose[1]) == taken
