"""The figures that a story names, read from the stores as `senim` reads them."""

from collections.abc import Callable
from typing import Any

from ledger.log.canonical import to_timestamp
from ledger.service.queries import (
    read_balances,
    read_circle,
    read_custody,
    read_discrepancies,
    read_empties_due,
    read_pending,
    read_today,
)
from tests.stories.stage import Stage, to_utc


def find_figure(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """(what the story says, what the register says)."""
    name, *rest = words
    return _READ[name](stage, rest)


def _balance(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`balance safe morphine A 80`, or `… at "2026-03-02 10:00" 80`."""
    place, product, lot, *at, units = words
    with stage.house.ledger.reading() as reading:
        until = to_timestamp(to_utc(at[1])) if at else None
        rows = read_balances(reading, product=product, place=place, at=until)
    return int(units), sum(row["units"] for row in rows if row["lot"] == lot)


def _empties(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`empties ward morphine A 3`: due from the ward; `empties none`."""
    with stage.house.ledger.reading() as reading:
        rows = [(r["place"], r["product"], r["lot"], r["units"]) for r in read_empties_due(reading)]
    if words == ["none"]:
        return [], rows
    place, product, lot, units = words
    return int(units), sum(row[3] for row in rows if row[:3] == (place, product, lot))


def _circle(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`circle p1 morphine A dispensed 20 used 5 still_out 15`: what is not named is 0."""
    patient, product, lot, *pairs = words
    told = {name: int(units) for name, units in zip(pairs[::2], pairs[1::2], strict=True)}
    with stage.house.ledger.reading() as reading:
        today = read_today(reading, to_timestamp(stage.now))
        rows = [r for r in read_circle(reading, today=today, patient=patient, product=product) if r["lot"] == lot]
    assert len(rows) <= 1
    found = {k: v for row in rows for k, v in row.items() if type(v) is int and (v or k in told)}
    if "within_course" not in told and "beyond_course" not in told:
        found = {k: v for k, v in found.items() if k not in ("within_course", "beyond_course", "age_days")}
    return {k: v for k, v in told.items() if v or k in found}, found


def _custody(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`custody S-1 5 custody`: a seal, its units and its place; `custody none`."""
    with stage.house.ledger.reading() as reading:
        rows = [(row["seal_no"], row["units"], row["place"]) for row in read_custody(reading)]
    if words == ["none"]:
        return [], rows
    seal, units, place = words
    return (seal, int(units), place), next((row for row in rows if row[0] == seal), None)


def _discrepancy(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`discrepancy safe morphine A -1`: what the book must still change by; `discrepancy none`."""
    with stage.house.ledger.reading() as reading:
        rows = [(r["place"], r["product"], r.get("lot", "-"), r["difference"]) for r in read_discrepancies(reading)]
    if words == ["none"]:
        return [], rows
    return [(*words[:3], int(words[3]))], [row for row in rows if list(row[:3]) == words[:3]]


def _pending(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`pending witness verbal_order`: why something waits, each once; `pending none`."""
    with stage.house.ledger.reading() as reading:
        found = sorted(row["why"] for row in read_pending(reading))
    return [] if words == ["none"] else sorted(words), found


_READ: dict[str, Callable[[Stage, list[str]], tuple[Any, Any]]] = {
    "balance": _balance,
    "empties": _empties,
    "circle": _circle,
    "custody": _custody,
    "discrepancy": _discrepancy,
    "pending": _pending,
}
