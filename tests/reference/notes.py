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
from tests.reference.stock import find_expiry, is_glass_on_a_ward
from tests.reference.world import DISPENSING, Body, Entry, World, lines_given


def find_notes(before: World, after: World, entry: Entry) -> list[str]:
    """Notes of an entry just recorded, in the contract's order; `late` is not among them."""
    notes = []
    if entry.type in ("dose.administered", "infusion.started"):
        notes += _find_notes_of_dose(before, after, entry)
    if entry.type in ("dose.administered", "infusion.started", "doses.summarised") and _is_expired(before, entry):
        notes.append("lot_expired_given")
    if entry.type in DISPENSING and _is_own_transcription(before, entry):
        notes.append("own_transcription")
    if entry.type == "infusion.stopped" and Decimal(entry.body["given_part"]) < 1 and not entry.body.get("discarded"):
        notes.append("rest_without_fate")
    if entry.type == "empties.collected" and _are_partials_missing(before, entry):
        notes.append("fewer_partials")
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
    added = [_adds_up(before, each) for each in body.get("contents") or [body]]
    notes += ["dose_arithmetic"] * (False in added) + ["dose_not_compared"] * (None in added)
    if "residue" in body and "residue_fate" not in body and Decimal(body["residue"]["value"]):
        notes.append("rest_without_fate")
    return notes


def _is_expired(world: World, entry: Entry) -> bool:
    body, today = entry.body, world.local_day(entry.at)
    lots = [(line["product"], line["lot"]) for line in body.get("lines", ())]
    lots = lots or [(product, lot) for product, lot, _ in lines_given(body)]
    expiries = [find_expiry(world, *lot) for lot in lots]
    return any(expires_on is not None and today > expires_on for expires_on in expiries)


def _is_outside_course(world: World, entry: Entry, issued: Entry) -> bool:
    over = world.local_day(entry.at) > last_day_of(issued)
    return over or is_before_course(world, entry, issued) or is_stopped(world, entry, issued)


def _is_own_transcription(world: World, supply: Entry) -> bool:
    """The paper was copied, and the packs supplied, by one person alone."""
    order = world.find_prescription(supply.body["prescription"])
    alone = supply.command.get("witness") is None
    return alone and order is not None and (order.type, order.performer) == (
        "prescription.transcribed", supply.performer,
    )  # fmt: skip


def _are_partials_missing(world: World, collection: Entry) -> bool:
    """Fewer partly used ampoules of a product than the ward kept since the last collection, all before balanced."""
    ward, products = collection.body["place"], {line["product"] for line in collection.body["lines"]}
    return any(_partials_of(collection, product) < _kept(world, collection, ward, product) for product in products)


def _kept(world: World, collection: Entry, ward: str, product: str) -> int:
    told = [
        (entry.at, 1)
        for entry in world.live("dose.administered")
        if (entry.body.get("place"), entry.body["product"]) == (ward, product)
        and entry.body.get("residue_fate") == "kept_for_collection"
        and is_glass_on_a_ward(world, ward, product)
    ]
    earlier = [entry for entry in world.live("empties.collected") if entry.body["place"] == ward]
    told += [(entry.at, -_partials_of(entry, product)) for entry in earlier]
    kept = sum(units for at, units in told if at <= collection.at)
    # Measured from the last collection there ever was; where that was taken back, from the beginning.
    ever = [e for e in world.entries if e.type == "empties.collected" and e.body["place"] == ward]
    last = max((e.at for e in ever if _has(e, product)), default=None)
    if last is None or last >= collection.at or last not in [e.at for e in earlier if _has(e, product)]:
        return kept
    return min(kept, sum(units for at, units in told if last < at <= collection.at))


def _has(collection: Entry, product: str) -> bool:
    return any(line["product"] == product for line in collection.body["lines"])


def _partials_of(collection: Entry, product: str) -> int:
    return sum(line["partial"] for line in collection.body["lines"] if line["product"] == product)


def _adds_up(world: World, given: Body) -> bool | None:
    """dose + residue = units × strength; None where the units cannot be compared."""
    product = world.find_product(given["product"])
    assert product is not None
    unit, strength = measure(product["strength"])
    parts = [measure(given[key]) for key in ("dose", "residue") if key in given]
    if any(part_unit != unit for part_unit, _ in parts):
        return None
    opened: int = sum(line["units"] for line in given["lots"])
    return sum((value for _, value in parts), Decimal(0)) == strength * opened
