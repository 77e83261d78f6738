"""Doses: how much, how often, by which way. Decimals keep the text that was signed; no float ever stands between."""

from typing import Any

from msgspec import Raw

from api.fhir.names import EDQM, UCUM, Json, coding, concept
from ledger.domain.history.equivalents import PER_HOUR, ROUTES

Body = dict[str, Any]


def decimal(text: str) -> Raw:
    """A JSON number with the digits of *text*, which the register has read as decimal text."""
    return Raw(text.encode())


def measure(value: Body) -> Json:
    """A Quantity of a dose or strength."""
    return {"value": decimal(value["value"]), "unit": value["unit"], "system": UCUM, "code": value["unit"]}


def duration(value: int, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def amount(value: Body) -> Json:
    """As a member of dose or rate: what a patch gives is a rate."""
    return {"rateQuantity" if value["unit"] == PER_HOUR else "doseQuantity": measure(value)}


def route(code: str) -> Json:
    return concept(coding(EDQM, code), text=ROUTES.get(code))


def to_dosage(course: Body) -> Json:
    """Dosage of *course*: the four fields of order No. 32 (`single_dose`, `route`, `frequency`, `duration_days`)."""
    often = course["frequency"]
    repeat: Json = {
        "boundsDuration": duration(course["duration_days"], "d"),
        "frequency": often["times"],
        "period": often["period"],
        "periodUnit": often["period_unit"],
    }
    return {
        "timing": {"repeat": repeat},
        "asNeededBoolean": often["as_needed"],
        "route": route(course["route"]),
        "doseAndRate": [amount(course["single_dose"])],
    }
