"""A sealed month: its rows as known at an entry, their root (RFC 6962, section 2.1), and what is said against it."""

import json
from collections import Counter
from hashlib import sha256

from tests.reference.stock import Stock
from tests.reference.world import Body, Entry, World

FIGURES = ("opening", "in", "out", "closing")


def find_rows(world: World, period: str) -> list[Body]:
    """One row for each place, product and lot that held or moved anything in the local month."""
    stock, rows = Stock(world), []
    for account in stock.accounts("stock"):
        line = [(f"{world.local_day(when[0]):%Y-%m}", units) for when, units in stock.timeline(account)]
        opening = sum(units for month, units in line if month < period)
        into = sum(units for month, units in line if month == period and units > 0)
        out = -sum(units for month, units in line if month == period and units < 0)
        if opening or into or out:
            figures = dict(zip(FIGURES, (opening, into, out, opening + into - out), strict=True))
            rows.append({"place": account[1], "product": account[2], "lot": account[3], **figures})
    return rows


def make_period(world: World, period: str, size: int) -> Body:
    """The body of a `period.sealed` that says what is known."""
    rows = find_rows(world, period)
    totals = []
    for product in sorted({row["product"] for row in rows}):
        sums: Counter[str] = Counter()
        for row in rows:
            if row["product"] == product:
                sums.update({figure: row[figure] for figure in FIGURES})
        totals.append({"product": product, **{figure: sums[figure] for figure in FIGURES}})
    leaves = [json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() for row in rows]
    return {"period": period, "size": size, "rows_root": _root(leaves).hex(), "totals": totals}


def _root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + _root(leaves[:half]) + _root(leaves[half:])).digest()


def find_period_codes(world: World, entry: Entry) -> set[str]:
    """Sealed before, or with figures that are not those known."""
    body = entry.body
    if entry.type != "period.sealed":
        return set()
    codes = {"already_closed"} if is_sealed(world, body["period"]) else set()
    if body["size"] <= entry.seq and make_period(world, body["period"], body["size"]) != body:
        codes.add("count_stale")
    return codes


def is_sealed(world: World, month: str) -> bool:
    return any(entry.body["period"] == month for entry in world.live("period.sealed"))
