"""What a fact is recorded with: the notes of section 4 that a rule gives to what has happened already.

Warnings of acts (`early_supply`, `dose_jump` …) are not here: the contract names them and leaves what they mean to the
product, so a second reading of them would only be a copy. An act acknowledges all of them, which does no harm.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from tests.reference.courses import is_before_course, is_stopped, last_day_of
from tests.reference.homes import Homes
from tests.reference.numbers import measure
from tests.reference.rules import FACTS, find_taken_back
from tests.reference.sealing import is_sealed
from tests.reference.stock import find_expiry
from tests.reference.world import Body, Entry, World, lines_given


def find_notes(before: World, after: World, entry: Entry) -> list[str]:
    """Notes of an entry just recorded, in the contract's order; `late` is not among them."""
    notes = []
    if entry.type in ("dose.administered", "infusion.started"):
        notes += _find_notes_of_dose(before, after, entry)
    if entry.type == "unused.returned" and Homes(after).surplus_of[entry.id].total() > 0:
        notes.append("return_exceeds_dispensed")
    if before.is_very_late(entry):
        notes.append("very_late")
    if any(is_sealed(before, f"{before.local_day(at):%Y-%m}") for at in _times_of(before, entry)):
        notes.append("after_sealing")
    if "commission" in entry.body and entry.type not in ("destruction.performed", *FACTS):
        notes.append("governance_lost")
    return notes


def _times_of(world: World, entry: Entry) -> list[datetime]:
    """When an entry takes effect: at its own time, at that of what it takes back, at the count that it resolves."""
    others = [world.get(one) for one in find_taken_back(world, entry)]
    if entry.type == "discrepancy.resolved":
        others.append(world.get(entry.body["discrepancy"].partition(":")[0]))
    return [entry.at, *(other.at for other in others)]


def _find_notes_of_dose(before: World, after: World, entry: Entry) -> list[str]:
    body, notes = entry.body, []
    today = before.local_day(entry.at)
    died_on = before.find_death(body["patient"])
    if died_on is not None and today > died_on:
        notes.append("after_death")
    issued = before.find_prescription(body.get("prescription", ""))
    taken_over = before.find(body.get("acknowledged", ""))
    if issued is not None and _is_outside_course(before, entry, issued):
        notes.append("outside_course")
    if taken_over is not None:
        first = before.local_day(taken_over.at)
        if not first <= today <= first + timedelta(days=taken_over.body["days_supply"] - 1):
            notes.append("outside_course")
    if not {"prescription", "acknowledged", "ordered_by"} & set(body):
        notes.append("without_prescription")
    if issued is not None and before.counted_units(entry, issued) and after.used_of(issued) > issued.body["units"]:
        notes.append("beyond_prescribed")
    if not all(_adds_up(before, each) for each in body.get("contents") or [body]):
        notes.append("dose_arithmetic")
    expiries = [find_expiry(before, product, lot) for product, lot, _ in lines_given(body)]
    if any(expires_on is not None and today > expires_on for expires_on in expiries):
        notes.append("lot_expired_given")
    return notes


def _is_outside_course(world: World, entry: Entry, issued: Entry) -> bool:
    over = world.local_day(entry.at) > last_day_of(issued)
    return over or is_before_course(world, entry, issued) or is_stopped(world, entry, issued)


def _adds_up(world: World, given: Body) -> bool:
    """dose + residue = units × strength, as far as the units can be compared."""
    product = world.find_product(given["product"])
    assert product is not None
    unit, strength = measure(product["strength"])
    parts = [measure(given[key]) for key in ("dose", "residue") if key in given]
    if any(part_unit != unit for part_unit, _ in parts):
        return True
    opened: int = sum(line["units"] for line in given["lots"])
    return sum((value for _, value in parts), Decimal(0)) == strength * opened
