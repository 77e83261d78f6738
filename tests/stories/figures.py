"""The figures that a story names, read from the stores as `senim` reads them."""

from collections.abc import Callable
from typing import Any

from ledger.domain.families.recalling import Holder, find_holders
from ledger.domain.history.doses import Day, Figure, to_text
from ledger.log.canonical import to_timestamp
from ledger.service.doses import find_doses
from ledger.service.queries import (
    read_balances,
    read_circle,
    read_custody,
    read_discrepancies,
    read_empties_due,
    read_owed,
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


def _owed(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`owed p1 rx1 12 2026-03-11`: may still be supplied of a running course, until that day; `owed none`."""
    with stage.house.ledger.reading() as reading:
        rows = read_owed(reading, to_timestamp(stage.now))
    found = [[owed.patient, owed.prescription, str(owed.left), owed.until_on] for owed in rows]
    return [] if words == ["none"] else [words], [row for row in found if words == ["none"] or row[:2] == words[:2]]


def _holders(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`holders morphine A safe 30, home p1 9 call 990140000017`: all who have some of the lot; `… nobody`."""
    product, lot, *told = words
    with stage.house.ledger.reading() as reading:
        found = ", ".join(map(_holder, find_holders(reading.book, product, lot)))
    return " ".join(told), found or "nobody"


def _holder(holder: Holder) -> str:
    kind = f"{holder.where} " if holder.where in ("bag", "home", "facility") else ""
    at, call = f" in {holder.at}" if holder.at else "", f" call {holder.call}" if holder.call else ""
    return f"{kind}{holder.name} {holder.units}{at}{call}"


def _doses(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`doses p1 2026-03-02 prescribed 60, administered 30 + 10, one dose 16.67%`: a day's opioids as mg of oral
    morphine, regular + when needed; `… administered ? no_factor`; `… at #label …` as known at that entry; `… nothing`.
    """
    patient, on, *told = words
    at = None
    if told[0] == "at":
        at, told = stage.labels[told[1][1:]][1], told[2:]
    with stage.house.ledger.reading() as reading:
        history = find_doses(reading, patient, at=at, now=to_timestamp(stage.now))
    found = ", ".join(each for day in history.days if day.on == on for each in _day(day))
    return " ".join(told), found or "nothing"


def _day(day: Day) -> list[str]:
    told = [f"{column} {_equivalent(figure)}" for column, figure in day.figures.items()]
    told += [f"one dose {to_text(each.share * 100)}%" for each in day.breakthrough if each.share is not None]
    return told + ([f"when needed {to_text(day.given_share * 100)}%"] if day.given_share is not None else [])


def _equivalent(figure: Figure) -> str:
    if figure.regular is None or figure.as_needed is None:
        return " ".join(["?", *(why for _, why in figure.whys)])
    return to_text(figure.regular) + (f" + {to_text(figure.as_needed)}" if figure.as_needed else "")


def _covered(stage: Stage, words: list[str]) -> tuple[Any, Any]:
    """`covered p1 morphine 2026-03-07`: the last day that what was supplied is for."""
    patient, product, until_on = words
    with stage.house.ledger.reading() as reading:
        history = find_doses(reading, patient, now=to_timestamp(stage.now))
    return until_on, history.covered_until.get(product)


_READ: dict[str, Callable[[Stage, list[str]], tuple[Any, Any]]] = {
    "balance": _balance,
    "empties": _empties,
    "circle": _circle,
    "custody": _custody,
    "discrepancy": _discrepancy,
    "pending": _pending,
    "owed": _owed,
    "holders": _holders,
    "doses": _doses,
    "covered": _covered,
}
