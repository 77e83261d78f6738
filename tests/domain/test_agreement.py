"""The rules against the slow reference, which was written from the contract alone and shares no code with them."""

from importlib.resources import files
from typing import Any

import pytest

from ledger.domain.findings import EMPTIES
from ledger.domain.home import COLUMNS, fold_home
from ledger.domain.regulation import read_table
from tests.domain.pharmacy import Pharmacy
from tests.reference.generate import generate
from tests.reference.pharmacy import PRACTICE_RULES
from tests.reference.pharmacy import Pharmacy as Reference
from tests.reference.stage import facility_of

BORDER = {"id_reused", "entry_too_large"}  # decided before the rules, where lines and ids are read


def figures(pharmacy: Pharmacy) -> dict[str, list[tuple[Any, ...]]]:
    shelves, stock = pharmacy.book.shelves, pharmacy.book.stock
    rows = stock.rows  # type: ignore[attr-defined]
    expires: dict[str, dict[str, str]] = {}
    for (product, lot), record in shelves["lot"].items():
        expires.setdefault(product, {})[lot] = record.expires_on or "9999"
    return {
        "balances": [
            (place, product, lot, stock.timeline(place, product, lot).total)
            for (place, product), lots in rows.items()
            for lot in lots
            if not place.startswith(EMPTIES)
        ],
        "empties_due": [
            (account.removeprefix(EMPTIES), product, lot, due)
            for (account, product), lots in rows.items()
            for lot in lots
            if account.startswith(EMPTIES) and (due := stock.timeline(account, product, lot).total)
        ],
        "discrepancies": [
            (name, d.place, d.product, d.lot, d.difference) for (name,), d in shelves["discrepancy"].items() if d.open
        ],
        "circle": [
            (patient, product, lot, *(getattr(row, column) for column in COLUMNS))
            for (patient, product), events in shelves["home"].items()
            for lot, row in fold_home(events, expires.get(product, {})).items()
        ],
        "custody": [(seal_no, seal.units) for (seal_no,), seal in shelves["seal"].items() if not seal.destroyed],
        "pending": [(entry_id,) for entry_id, _why in shelves["pending"]],
    }


MEMBERS = {
    "balances": ("place", "product", "lot", "units"),
    "empties_due": ("place", "product", "lot", "units"),
    "discrepancies": ("discrepancy", "place", "product", "lot", "difference"),
    "circle": ("patient", "product", "lot", *COLUMNS),
    "custody": ("seal_no", "units"),
}


def told(reference: Reference, name: str) -> set[tuple[Any, ...]]:
    rows = getattr(reference, name)()
    if name == "pending":
        return {(row,) for row in rows}
    return {tuple(row.get(m) or ("" if m == "lot" else row.get(m)) for m in MEMBERS[name]) for row in rows}


@pytest.mark.parametrize("kind", ["hospital", "phc"])
@pytest.mark.parametrize("seed", [101, 102, 103])
def test_a_random_quarter_is_answered_as_the_reference_answers(seed: int, kind: str) -> None:
    facility = facility_of(seed, kind)
    kato = {row["code"] for row in read_table((files("ledger.domain") / "reference" / "kato.csv").read_bytes())}
    reference, pharmacy = Reference(facility, PRACTICE_RULES, kato), Pharmacy(kind, facility["kato"], furnished=False)
    for number, command in enumerate(generate(seed, kind, 60)):
        expected = reference.record(command)
        if expected.answer == "replayed" or BORDER & set(expected.codes):
            continue
        got = pharmacy.give(command)
        if expected.answer == "recorded":
            assert got[0] == "recorded", (number, command, got)
        else:
            assert got == expected.codes, (number, command, got, expected.codes)
    found = figures(pharmacy)
    for name in ("empties_due", "discrepancies", "custody", "pending"):
        assert set(found[name]) == told(reference, name), name
    # The reference keeps a row without a lot for a resolved total, and none for a home that never had anything.
    assert set(found["balances"]) == {row for row in told(reference, "balances") if row[2]}
    assert {row for row in found["circle"] if any(row[3:])} == {r for r in told(reference, "circle") if any(r[3:])}
