"""`senim doses`: a patient's opioids by the day, with the daily oral-morphine equivalent or why there is none."""

from datetime import datetime

from ledger.cli.options import WORDS, answer, say, tell
from ledger.cli.wiring import House
from ledger.domain.history.doses import DoseHistory, Figure, to_amount_text, to_text
from ledger.domain.history.equivalents import PER_HOUR, Amount
from ledger.log.canonical import to_timestamp
from ledger.refusal_words.doses import ROUTES, WHYS
from ledger.service.doses import find_doses, to_json

_OF_A_PATCH, _OF_A_DOSE = ("wear_unknown", "patch_not_changed", "one_patch_fell_off"), ("dose_unknown",)
_COLUMNS = ("prescribed", "dispensed", "administered", "used")


def show_doses(house: House, patient: str, *, at: int | None, as_json: bool) -> None:
    zone = house.zone
    with house.ledger.reading() as reading:
        found = find_doses(reading, patient, at=at, now=to_timestamp(house.ledger.clock()))
    if as_json:
        answer(to_json(found))
        return
    tell(say("Patient {patient}, as known at entry {seq}", patient=patient, seq=str(found.known_at)))
    for product, until_on in sorted(found.covered_until.items()):
        tell(say("Covered until {on}: {product}", on=_on(until_on), product=product))
    for product, since_at, due_at in found.patches:
        due = _moment(due_at, zone) if due_at else say("not set in the rule set")
        tell(say("Patch on since {since}, change due {due}: {product}",
                  since=_moment(since_at, zone), due=due, product=product))  # fmt: skip
    if found.died_on:
        tell(say("Died on {on}", on=_on(found.died_on)))
    tell("")
    _print_days(found)
    _print_factors(found)


def _print_days(found: DoseHistory) -> None:
    headings = (say("prescribed"), say("supplied"), say("given"), say("used"))
    tell(say("Oral morphine equivalent, mg a day; after + what is taken when needed; ? cannot be determined"))
    tell(f"{'':12}" + "".join(f"{heading:>17}" for heading in headings))
    if not found.days:
        tell(say("No doses are on record."))
    for day in found.days:
        tell(f"{_on(day.on):12}" + "".join(f"{_cell(day.figures.get(column)):>17}" for column in _COLUMNS))
        for text in dict.fromkeys(text for figure in day.figures.values() for text in _details(figure)):
            tell(f"    {text}")
        for each in day.breakthrough:
            share = "?" if each.share is None else to_text(each.share * 100)
            drug = _said(each.amount)
            tell(
                "    " + say("{drug} when needed: one dose is {share} % of the regular opioid", drug=drug, share=share)
            )
        if day.given_share is not None:
            share = to_text(day.given_share * 100)
            tell("    " + say("given when needed: {share} % of the regular opioid", share=share))


def _details(figure: Figure) -> list[str]:
    """What of a figure has no equivalent: the milligrams, and why."""
    told = []
    for line in figure.lines:
        if line.equivalent is None:
            told.append(say("{drug}: no opioid", drug=_said(line.amount)))
        elif (found := line.equivalent.why or _find_why(figure, line.amount)) is not None:
            why = say(WHYS.get(found, found))
            told.append(say("{drug}: cannot be determined, {why}", drug=_said(line.amount), why=why))
    return told


def _find_why(figure: Figure, amount: Amount) -> str | None:
    """Why the amount itself is not known."""
    of_this = _OF_A_PATCH if amount.unit == PER_HOUR else _OF_A_DOSE
    return next((why for inn, why in figure.whys if inn == amount.inn and why in of_this), None)


def _said(amount: Amount) -> str:
    return f"{amount.inn}, {say(ROUTES[amount.route])}, {to_amount_text(amount.value)} {amount.unit}"


def _cell(figure: Figure | None) -> str:
    if figure is None or all(line.equivalent is None for line in figure.lines):
        return "·"
    regular = "?" if figure.regular is None else to_text(figure.regular)
    needed = "?" if figure.as_needed is None else to_text(figure.as_needed)
    return regular if needed == "0" else f"{regular} + {needed}"


def _print_factors(found: DoseHistory) -> None:
    if found.days:
        tell("")
    for row in found.factors:
        shown = "?" if row.factor is None else f"× {row.factor:f}"
        tell(f"{row.inn}, {say(ROUTES.get(row.route, row.route))}: {shown} ({row.source})")
    table = found.table[:12] if found.table else "-"
    tell(say("Factors: rule set {name}, table {table}.", name=found.rules, table=table))
    tell(say("Not for converting one opioid to another."))


def _on(day: str) -> str:
    return WORDS.day(datetime.fromisoformat(day).date())


def _moment(at: str, zone: str) -> str:
    return WORDS.moment(datetime.fromisoformat(at), zone)
