"""The dose history as the ledger knows it, now or at a past entry, and as JSON."""

from typing import Any

from ledger.domain.history.doses import Day, DoseHistory, Figure, Line, read_doses, to_amount_text, to_text
from ledger.domain.history.equivalents import Amount
from ledger.domain.history.patches import Worn
from ledger.domain.person import ids_of
from ledger.domain.regulation import RuleSet
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes
from ledger.service.ledger import find_adoption
from ledger.service.ports import Reading

_COLUMNS = ("prescribed", "dispensed", "administered", "used")


def find_doses(
    reading: Reading, patient: str, *, at: int | None = None, now: str, rules: RuleSet | None = None
) -> DoseHistory:
    """The history of *patient* as known at the entry *at*, or *now* (canonical UTC text), by the rule set in force
    then (*rules*, where it is known already). Raises `NotFound`.
    """
    size, book = reading.head.size, reading.book
    known_at = size - 1 if at is None else at
    if rules is None and (adoption := find_adoption(reading, before=known_at + 1)) is not None:
        rules = adoption.rules
    if not 0 <= known_at < size or book.find("patient", patient) is None or rules is None:
        raise NotFound(patient)
    then = now if at is None else str(from_bytes(reading.entry(known_at))["recorded_at"])
    have_history_at_hand(reading, patient)
    return read_doses(book, patient, rules=rules, known_at=known_at, now=then)


def have_history_at_hand(reading: Reading, patient: str) -> None:
    """Let the book know what it will be asked for of *patient*, read together."""
    for each in ids_of(reading.book, patient):
        reading.at_hand("reversal", [(entry.id,) for entry in reading.mentions_at_hand("patient", each)])


def to_json(found: DoseHistory) -> dict[str, Any]:
    """Decimals as text. A column is None where nothing is on record, its equivalent (mg of oral morphine) None where
    it cannot be determined.
    """
    return {
        "patient": found.patient,
        "known_at": found.known_at,
        "rules": found.rules,
        "table": found.table,
        "covered_until": dict(sorted(found.covered_until.items())),
        "died_on": found.died_on,
        "patches": [{"product": p, "on_since": since, "change_due": due} for p, since, due in found.patches],
        "worn": [_worn_json(each) for each in found.worn],
        "told": [
            {"seq": each.seq, "at": each.at, "type": each.type, "reversed_by": each.reversed_by} for each in found.told
        ],
        "days": [_day_json(day) for day in found.days],
        "factors": [
            {"inn": f.inn, "route": f.route, "basis": f.basis, "factor": None if f.factor is None else f"{f.factor:f}"}
            | {"source": f.source, "confidence": f.confidence}
            for f in found.factors
        ],
    }


def _worn_json(worn: Worn) -> dict[str, Any]:
    told = {"seq": worn.seq, "product": worn.product, "value": to_amount_text(worn.value), "on_at": worn.on_at}
    return told | {"known_until": worn.known_until, "off_at": worn.off_at, "change_due": worn.change_due}


def _day_json(day: Day) -> dict[str, Any]:
    needed = [
        {**_amount_json(each.amount), "share": None if each.share is None else to_text(each.share)}
        for each in day.breakthrough
    ]
    told: dict[str, Any] = {"on": day.on, "breakthrough": needed, "given_share": _text(day.given_share)}
    return told | {column: _figure_json(day.figures.get(column)) for column in _COLUMNS}


def _figure_json(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {
        "equivalent": _text(figure.regular),
        "as_needed": _text(figure.as_needed),
        "undetermined": [{"inn": inn, "why": why} for inn, why in figure.whys],
        "amounts": [_line_json(line) for line in figure.lines],
    }


def _line_json(line: Line) -> dict[str, Any]:
    told = _amount_json(line.amount)
    if line.as_needed:
        told["as_needed"] = to_amount_text(line.as_needed)
    if line.equivalent is None:
        return told | {"opioid": False}
    return told | {"opioid": True, "equivalent": _text(line.equivalent.value)}


def _amount_json(amount: Amount) -> dict[str, Any]:
    return {"inn": amount.inn, "route": amount.route, "value": to_amount_text(amount.value), "unit": amount.unit}


def _text(value: Any) -> str | None:
    return None if value is None else to_text(value)
