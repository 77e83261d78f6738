"""What a fact is recorded with: the notes of section 4 that a rule gives to what has happened already.

Warnings of acts (`early_supply`, `dose_jump` …) are not here: the contract names them and does not define them.
"""

from decimal import Decimal

from tests.reference.homes import Homes
from tests.reference.numbers import find_day, measure
from tests.reference.rules import get_instant, last_day_of, local_day_of
from tests.reference.world import Body, Entry, World


def find_notes(before: World, after: World, entry: Entry) -> list[str]:
    """Notes of a fact just recorded, in the contract's order."""
    if entry.type == "unused.returned":
        surplus = [sum(row.surplus for row in Homes(world).rows.values()) for world in (before, after)]
        return ["return_exceeds_dispensed"] if surplus[1] > surplus[0] else []
    if entry.type != "dose.administered":
        return []
    body, notes = entry.body, []
    today = local_day_of(before, entry.command)
    died_on = before.find_death(body["patient"])
    if died_on is not None and today > died_on:
        notes.append("after_death")
    issued = before.find_prescription(body.get("prescription", ""))
    if issued is not None and _is_outside_course(before, entry, issued.body):
        notes.append("outside_course")
    if not {"prescription", "acknowledged", "ordered_by"} & set(body):
        notes.append("without_prescription")
    if issued is not None and _is_beyond_prescribed(after, issued.body):
        notes.append("beyond_prescribed")
    if not _adds_up(before, body):
        notes.append("dose_arithmetic")
    expiries = [before.find_expiry(body["product"], line["lot"]) for line in body["lots"]]
    if any(expires_on is not None and today > expires_on for expires_on in expiries):
        notes.append("lot_expired_given")
    return notes


def _is_outside_course(world: World, entry: Entry, prescription: Body) -> bool:
    today = local_day_of(world, entry.command)
    starts_on = find_day(prescription["starts_on"])
    stopped_at = world.stopped_at(prescription["prescription"])
    stopped = stopped_at is not None and stopped_at <= get_instant(entry.command)
    return stopped or starts_on is None or today < starts_on or today > last_day_of(prescription)


def _is_beyond_prescribed(world: World, prescription: Body) -> bool:
    """Only of inpatient courses, which ward doses use up."""
    given: int = world.given_under(prescription["prescription"])
    return prescription["setting"] == "inpatient" and given > int(prescription["units"])


def _adds_up(world: World, body: Body) -> bool:
    """dose + residue = units × strength, all in the unit of the strength."""
    product = world.find_product(body["product"])
    assert product is not None
    unit, strength = measure(product["strength"])
    parts = [measure(body[key]) for key in ("dose", "residue") if key in body]
    if any(part_unit != unit for part_unit, _ in parts):
        return False
    opened: int = sum(line["units"] for line in body["lots"])
    return sum((value for _, value in parts), Decimal(0)) == strength * opened
