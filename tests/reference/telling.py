"""Sentences that several stories use: a lot, a patient, a dose, a reversal of their own."""

from datetime import datetime, timedelta

from tests.reference.stage import HOME_KATO, PRODUCTS, Stage


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def new_lot(stage: Stage, product: str, units: int, at: datetime, expires_on: str = "2028-01-31") -> tuple[str, str]:
    """(lot, id of its receipt) of a lot that only one story uses."""
    lot = stage.paper_no("L")
    return lot, stage.receive(product, lot, units, at, expires_on)


def new_patient(stage: Stage, at: datetime, home_kato: str = HOME_KATO[1]) -> str:
    patient = stage.paper_no("s").lower()
    stage.register(patient, home_kato, at)
    return patient


def reverse(stage: Stage, entry_id: str, at: datetime, by: str, packs: str = "never_left", **more: str) -> str:
    reason = stage.rng.choice(["wrong_quantity", "duplicate", "cancelled", "other"])
    body = {"id": entry_id, "reason": reason, "note": "қате жазылды", "packs": packs, **more}
    witness = stage.rng.choice([one for one in stage.people["pharmacist"] + stage.people["nurse"] if one != by])
    return stage.say("entry.reversed", at, by, body, witness)


def break_some(stage: Stage, product: str, lot: str, units: int, at: datetime, **envelope: datetime) -> tuple[str, str]:
    """(id, performer) of ampoules dropped at the safe."""
    first, second = stage.two_pharmacists()
    line = {"product": product, "lot": lot, "units": units}
    body = {"place": stage.safe, "lines": [line], "how": "түсіп кетті", "fragments_kept": True}
    return stage.say("stock.broken", at, first, body, second, **envelope), first


def give(
    stage: Stage, patient: str, product: str, lot: str, at: datetime, *, entered: datetime | None = None, **more: str
) -> str:
    """One unit from the floor, which it reached long ago."""
    _, _, strength, unit, _, _ = PRODUCTS[product]
    dose = {"value": strength, "unit": unit}
    lots = [{"lot": lot, "units": 1}]
    body = {"patient": patient, "place": stage.floors[1], "product": product, "lots": lots, "dose": dose, **more}
    return stage.say("dose.administered", at, stage.one("nurse"), body, entered=entered)
