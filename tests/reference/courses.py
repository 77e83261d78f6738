"""Groups 4 to 6 of the refusals: the patient's life, the course that stands, and the discharge."""

from datetime import date, timedelta

from tests.reference.numbers import find_day, get_day
from tests.reference.world import DISPENSING, ORDERS, Entry, World, lines_given

GIVEN = ("dose.administered", "infusion.started")


def find_course_codes(world: World, entry: Entry) -> set[str]:
    """Groups 4 to 6 and `time_before_prescription`."""
    codes = _find_patient_codes(world, entry) | _find_discharge_codes(world, entry)
    if entry.type in DISPENSING:
        return codes | _find_supply_codes(world, entry)
    if entry.type in GIVEN:
        return codes | _find_given_codes(world, entry)
    if entry.type in ORDERS:
        return codes | _find_order_codes(world, entry)
    if entry.type == "dose.not_given" and world.find_prescription(entry.body["prescription"]) is None:
        codes.add("prescription_missing")
    if entry.type == "prescription.stopped":
        stopped_at = world.stopped_at(entry.body["prescription"])
        if world.find_prescription(entry.body["prescription"]) is None:
            codes.add("prescription_missing")
        elif stopped_at is not None and stopped_at <= entry.at:
            codes.add("prescription_stopped")
    return codes


def _find_patient_codes(world: World, entry: Entry) -> set[str]:
    if entry.type not in (*ORDERS, *DISPENSING):
        return set()
    died_on = world.find_death(entry.body["patient"])
    return {"patient_dead"} if died_on is not None and world.local_day(entry.at) > died_on else set()


def _find_order_codes(world: World, entry: Entry) -> set[str]:
    """What is renewed or replaced is there and this patient's; what is renewed is of this drug."""
    body, codes = entry.body, set()
    for key in ("renews", "replaces"):
        if key not in body:
            continue
        old = world.find_prescription(body[key])
        if old is None:
            codes.add("prescription_missing")
            continue
        if world.has_patient(body["patient"]) and not _is_theirs(world, old, body["patient"]):
            codes.add("prescription_other_patient")
        drugs = [world.find_product(product) for product in (old.body["product"], body["product"])]
        if key == "renews" and len({drug["inn"] for drug in drugs if drug}) > 1:
            codes.add("prescription_other_product")
    return codes


def _is_theirs(world: World, issued: Entry, patient: str) -> bool:
    return world.person_of(issued.body["patient"]) == world.person_of(patient)


def _find_supply_codes(world: World, entry: Entry) -> set[str]:
    body, codes = entry.body, set()
    issued = world.find_prescription(body["prescription"])
    if issued is None:
        return {"prescription_missing"}
    if is_before_course(world, entry, issued):
        codes.add("time_before_prescription")
    if issued.body["setting"] == "inpatient":
        return codes | {"prescription_inpatient"}
    if world.has_patient(body["patient"]) and not _is_theirs(world, issued, body["patient"]):
        codes.add("prescription_other_patient")
    if is_stopped(world, entry, issued):
        codes.add("prescription_stopped")
    if world.local_day(entry.at) > last_day_of(issued):
        codes.add("prescription_over")
    if world.used_of(issued) + sum(line["units"] for line in body["lots"]) > issued.body["units"]:
        codes.add("prescription_used_up")
    return codes


def _find_given_codes(world: World, entry: Entry) -> set[str]:
    """Whose the prescription is, and whether it is of anything that was given; or what was taken over."""
    body, codes = entry.body, set()
    products = {product for product, _, _ in lines_given(body)}
    listed = all(world.find_product(product) for product in products)
    if "prescription" in body:
        issued = world.find_prescription(body["prescription"])
        if issued is None:
            return {"prescription_missing"}
        if world.has_patient(body["patient"]) and not _is_theirs(world, issued, body["patient"]):
            codes.add("prescription_other_patient")
        if issued.body["product"] not in products and listed:
            codes.add("prescription_other_product")
    taken_over = world.find(body.get("acknowledged", ""))
    if taken_over is not None and taken_over.type == "dispense.acknowledged" and taken_over.id not in world.reversals:
        theirs = world.person_of(taken_over.body["patient"]) == world.person_of(body["patient"])
        if theirs and listed and not products & {line["product"] for line in taken_over.body["lines"]}:
            codes.add("prescription_other_product")
    return codes


def _find_discharge_codes(world: World, entry: Entry) -> set[str]:
    if entry.type == "destruction.performed" and world.rules.get("commission_min") is None:
        return {"rule_not_adopted"}
    if entry.type != "dispense.discharge":
        return set()
    body, codes, digits = entry.body, set(), world.rules.get("home_unit_digits")
    if digits is not None and body["home_kato"][:digits] == world.facility["kato"][:digits]:
        codes.add("discharge_at_home")
    if world.rules.get("discharge_days_max") is None:
        codes.add("rule_not_adopted")
    elif body["days_supply"] > world.rules["discharge_days_max"]:
        codes.add("discharge_too_long")
    return codes


# -- a course and a moment -------------------------------------------------------------------------


def is_before_course(world: World, entry: Entry, issued: Entry) -> bool:
    early = world.local_day(entry.at) < get_day(issued.body["starts_on"])
    return early or entry.at < world.issued_at(issued)


def is_stopped(world: World, entry: Entry, issued: Entry) -> bool:
    stopped_at = world.stopped_at(issued.body["prescription"])
    return stopped_at is not None and stopped_at <= entry.at


def last_day_of(issued: Entry) -> date:
    return get_day(issued.body["starts_on"]) + timedelta(days=int(issued.body["duration_days"]) - 1)


def find_told_days(entry: Entry) -> list[date]:
    """Days that a body tells and that must have come."""
    told = [entry.body.get(key) for key in DAYS_TOLD.get(entry.type, ())]
    return [day for day in map(find_day, told) if day is not None]


DAYS_TOLD = {"patient.died": ("died_on",), "person.left": ("on",), "prescription.transcribed": ("issued_on",)}
