"""The figures of a pharmacy in memory and those of the slow reference, row by row in one shape."""

from collections import defaultdict
from typing import Any

from ledger.domain.findings import BESIDE_STOCK, EMPTIES
from ledger.domain.home import COLUMNS, HomeEvent
from ledger.domain.person import fold_named, ids_of
from tests.domain.pharmacy import Pharmacy
from tests.reference.pharmacy import Pharmacy as Reference

MEMBERS = {
    "balances": ("place", "product", "lot", "units"),
    "empties_due": ("place", "product", "lot", "units"),
    "discrepancies": ("discrepancy", "place", "product", "lot", "difference"),
    "circle": ("patient", "product", "lot", *COLUMNS),
    "custody": ("seal_no", "units"),
}


def figures(pharmacy: Pharmacy) -> dict[str, list[tuple[Any, ...]]]:
    shelves, stock = pharmacy.book.shelves, pharmacy.book.stock
    rows = stock.rows  # type: ignore[attr-defined]
    homes: dict[tuple[str, str], list[HomeEvent]] = defaultdict(list)
    for (patient, product), events in shelves["home"].items():
        homes[ids_of(pharmacy.book, patient)[0], product] += events
    return {
        "balances": [
            (place, product, lot, stock.timeline(place, product, lot).total)
            for (place, product), lots in rows.items()
            for lot in lots
            if not place.startswith(BESIDE_STOCK)
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
            for (patient, product), events in homes.items()
            for lot, row in fold_named(pharmacy.book, product, events).items()
        ],
        "custody": [(seal_no, seal.units) for (seal_no,), seal in shelves["seal"].items() if not seal.destroyed],
        "pending": [(entry_id,) for entry_id, _why in shelves["pending"]],
    }


def told(reference: Reference, name: str) -> set[tuple[Any, ...]]:
    rows = getattr(reference, name)()
    if name == "pending":
        return {(row,) for row in rows}
    return {tuple(row.get(m) or ("" if m == "lot" else row.get(m)) for m in MEMBERS[name]) for row in rows}
