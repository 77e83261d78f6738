"""What refuses a command: groups 3 to 8 of the refusals, and the order of all in section 4.

An entry is judged on the entries before it in `seq`, as given by a `World`; nothing else is asked but the clock.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from tests.reference.authority import IRREVERSIBLE, find_authority_codes
from tests.reference.homes import Homes
from tests.reference.numbers import find_day, find_instant
from tests.reference.world import DISPENSING, INPATIENT, Body, Entry, Shelf, World

FACTS = {
    "patient.died",
    "stock.counted",
    "stock.broken",
    "dose.administered",
    "empties.collected",
    "home.counted",
    "relatives.informed",
    "unused.returned",
}

AUTHORITY_CODES = (
    "not_enrolled",
    "not_allowed",
    "witness_required",
    "witness_same_person",
    "witness_not_allowed",
    "commission_too_small",
    "commission_same_person",
)
THING_CODES = (
    "kato_unknown",
    "already_exists",
    "patient_unknown",
    "place_unknown",
    "place_wrong_kind",
    "facility_wrong_kind",
    "empties_not_from_homes",
    "product_unknown",
    "seal_unknown",
    "entry_unknown",
    "discrepancy_unknown",
    "already_open",
    "already_reversed",
    "already_acknowledged",
    "already_closed",
    "has_dependents",
)
PRESCRIPTION_CODES = (
    "prescription_missing",
    "prescription_other_patient",
    "prescription_other_product",
    "prescription_stopped",
    "prescription_over",
    "prescription_used_up",
    "prescription_inpatient",
)
STOCK_CODES = ("lot_unknown", "lot_expired", "lot_quarantined", "balance_too_low")
ORDER = (
    *AUTHORITY_CODES,
    *THING_CODES,
    "patient_dead",
    *PRESCRIPTION_CODES,
    "discharge_at_home",
    "discharge_too_long",
    "rule_not_adopted",
    *STOCK_CODES,
    "time_in_future",
    "time_before_lot",
    "time_before_prescription",
)
REOPENS = {"already_closed", "discrepancy_unknown"}  # what changes the book at a count reopens what was resolved
REFUSES_FACTS = {
    *AUTHORITY_CODES,
    *THING_CODES,
    "prescription_missing",
    "prescription_other_patient",
    "prescription_other_product",
    "lot_unknown",
    "balance_too_low",
    "time_in_future",
    "time_before_lot",
}


def find_thing_codes(world: World, command: Body) -> set[str]:
    """Group 3 apart from `has_dependents`: what must be there, must be new, or must be of a kind."""
    kind, body = command["type"], command["body"]
    codes = set(_find_missing(world, kind, body)) | set(_find_wrong_kinds(world, kind, body))
    codes |= set(_find_repeated(world, kind, body))
    if kind == "entry.reversed":
        if world.find(body.get("id", "")) is None:
            codes.add("entry_unknown")
        elif body["id"] in world.reversals:
            codes.add("already_reversed")
    if kind == "entry.countersigned":
        entry = world.find(body.get("id", ""))
        if entry is None:
            codes.add("entry_unknown")
        elif not world.reasons_to_wait(entry):
            codes.add("already_closed")
    if kind == "discrepancy.resolved":
        if not world.is_discrepancy(body["discrepancy"]):
            codes.add("discrepancy_unknown")
        elif not world.is_open(body["discrepancy"]):
            codes.add("already_closed")
    return codes


def _find_missing(world: World, kind: str, body: Body) -> Iterator[str]:
    if "home_kato" in body and body["home_kato"] not in world.kato:
        yield "kato_unknown"
    if "patient" in body and kind != "patient.registered" and not world.has_patient(body["patient"]):
        yield "patient_unknown"
    places = [body[key] for key in ("place", "from_place", "to_place") if key in body and kind != "place.opened"]
    places += [item["place"] for item in body.get("items", []) if "place" in item]
    if any(world.find_place(place) is None for place in places):
        yield "place_unknown"
    products = [line["product"] for line in body.get("lines", []) + body.get("items", []) if "product" in line]
    products += [line["product"] for line in body.get("left_before", [])]
    products += [body["product"]] if "product" in body and kind != "product.listed" else []
    if kind != "notice.received" and any(world.find_product(product) is None for product in products):
        yield "product_unknown"
    if kind in ("destruction.performed", "custody.moved"):
        held = world.custody()
        burnt = [item["seal_no"] for item in body.get("items", []) if "seal_no" in item]
        absent = [seal for seal in body.get("seals", []) if seal in held and held[seal][0] != body["from_place"]]
        if absent or any(seal not in held for seal in burnt + body.get("seals", [])):
            yield "seal_unknown"
    for key in ("about", "acknowledged"):
        if key in body and world.find(body[key]) is None:
            yield "entry_unknown"


def _find_wrong_kinds(world: World, kind: str, body: Body) -> Iterator[str]:
    must_be_custody = {
        "unused.returned": ["place"],
        "empties.collected": ["to_place"],
        "custody.moved": ["from_place", "to_place"],
        "entry.reversed": ["place"],
    }
    for key in must_be_custody.get(kind, []):
        place = world.find_place(body.get(key, ""))
        if place is not None and place["kind"] != "custody":
            yield "place_wrong_kind"
    if kind == "empties.collected":
        place = world.find_place(body["place"])
        if world.facility["kind"] not in INPATIENT:
            yield "empties_not_from_homes"
        elif place is not None and place["kind"] != "ward":
            yield "place_wrong_kind"
    if kind == "dispense.discharge" and world.facility["kind"] not in INPATIENT:
        yield "facility_wrong_kind"


def _find_repeated(world: World, kind: str, body: Body) -> Iterator[str]:
    if kind == "person.enrolled" and world.find_role(body["person"]) is not None:
        yield "already_exists"
    if kind == "product.listed" and world.find_product(body["product"]) is not None:
        yield "already_exists"
    if kind == "place.opened" and world.find_place(body["place"]) is not None:
        yield "already_exists"
    if kind == "patient.registered" and world.has_patient(body["patient"]):
        yield "already_exists"
    if kind == "prescription.issued" and world.find_prescription(body["prescription"]) is not None:
        yield "already_exists"
    if "seal_no" in body and world.is_seal_used(body["seal_no"]):
        yield "already_exists"
    if kind == "stock.opened" and any(_has_moved(world, body["place"], line["product"]) for line in body["lines"]):
        yield "already_open"
    if "from_id" in body and any(_source_lines(body) & _source_lines(earlier.body) for earlier in world.live(kind)):
        yield "already_acknowledged"


def _has_moved(world: World, place: str, product: str) -> bool:
    """Has anything but an opening moved this product at this place?"""
    return any(
        shelf[:2] == (place, product)
        for entry in world.entries
        if entry.type != "stock.opened" and world.stock_stays_out(entry)
        for shelf, units in world.shelves_touched(entry.type, entry.body)
        if units
    )


def _source_lines(body: Body) -> set[tuple[Any, ...]]:
    source = (body["from_log"], body["from_id"], body.get("kind", ""))
    return {(*source, line["product"], line["lot"]) for line in body.get("lines", [])} or {source}


def is_plausible(world: World, resolution: Body) -> bool:
    """The book changes by no more than the difference that is open, and in its direction."""
    one, difference = resolution["discrepancy"], resolution["difference"]
    if not world.is_discrepancy(one) or not world.is_open(one):
        return True
    left = world.difference_left(one)
    return bool(min(0, left) <= difference <= max(0, left))


def find_patient_codes(world: World, command: Body) -> set[str]:
    kind, body = command["type"], command["body"]
    if kind not in ("prescription.issued", *DISPENSING):
        return set()
    died_on = world.find_death(body["patient"])
    return {"patient_dead"} if died_on is not None and local_day_of(world, command) > died_on else set()


def find_prescription_codes(world: World, command: Body) -> set[str]:
    kind, body = command["type"], command["body"]
    if kind not in ("prescription.stopped", "dose.administered", *DISPENSING) or "prescription" not in body:
        return set()
    issued = world.find_prescription(body["prescription"])
    if issued is None:
        return {"prescription_missing"}
    codes = set()
    if kind in DISPENSING and issued.body["setting"] == "inpatient":
        return {"prescription_inpatient"}
    if "patient" in body and body["patient"] != issued.body["patient"]:
        codes.add("prescription_other_patient")
    if kind == "dose.administered" and body["product"] != issued.body["product"]:
        codes.add("prescription_other_product")
    if kind in DISPENSING:
        codes |= find_course_codes(world, command, issued)
    return codes


def find_course_codes(world: World, command: Body, issued: Entry) -> set[str]:
    body, at = command["body"], get_instant(command)
    codes = set()
    stopped_at = world.stopped_at(issued.body["prescription"])
    if stopped_at is not None and stopped_at <= at:
        codes.add("prescription_stopped")
    if local_day_of(world, command) > last_day_of(issued.body):
        codes.add("prescription_over")
    asked = sum(line["units"] for line in body["lots"])
    if world.dispensed_under(issued.body["prescription"]) + asked > issued.body["units"]:
        codes.add("prescription_used_up")
    return codes


def find_discharge_codes(world: World, command: Body) -> set[str]:
    if command["type"] == "destruction.performed" and world.rules.get("commission_min") is None:
        return {"rule_not_adopted"}
    if command["type"] != "dispense.discharge":
        return set()
    body, codes = command["body"], set()
    compared = world.rules["home_unit_digits"]
    if body["home_kato"][:compared] == world.facility["kato"][:compared]:
        codes.add("discharge_at_home")
    if world.rules.get("discharge_days_max") is None:
        codes.add("rule_not_adopted")
    elif body["days_supply"] > world.rules["discharge_days_max"]:
        codes.add("discharge_too_long")
    return codes


def find_stock_codes(world: World, command: Body, seq: int) -> set[str]:
    """Group 7 and `time_before_lot`, shelf by shelf."""
    kind, body, at = command["type"], command["body"], get_instant(command)
    if kind in DISPENSING and world.find_prescription(body["prescription"]) is None:
        return set()
    if kind == "discrepancy.resolved" and not world.is_discrepancy(body["discrepancy"]):
        return set()
    codes = set()
    moment = (at, seq)
    if kind == "discrepancy.resolved":
        moment = (world.get_discrepancy_line(body["discrepancy"])[0].at, seq)
    moves: Counter[Shelf] = Counter()
    for shelf, units in world.shelves_touched(kind, body):
        moves[shelf] += units
    taken = {shelf: units for shelf, units in moves.items() if units < 0}
    for shelf in _shelves_that_must_be_known(kind, body, taken):
        arrivals = [when for when, units in world.timeline(shelf) if units > 0]
        if not arrivals:
            codes.add("lot_unknown")
        elif shelf not in taken:
            continue
        elif moment[0] < min(arrivals)[0]:
            codes.add("time_before_lot")
        elif world.lowest_after(shelf, [(moment, taken[shelf])], moment) < 0:
            codes.add("balance_too_low")
    return codes | _find_lot_state_codes(world, command)


def _shelves_that_must_be_known(kind: str, body: Body, taken: dict[Shelf, int]) -> list[Shelf]:
    if kind in ("stock.counted", "empties.collected"):
        return [(body["place"], line["product"], line["lot"]) for line in body["lines"] if "lot" in line]
    return [shelf for shelf in taken if kind != "discrepancy.resolved" or shelf[2]]


def _find_lot_state_codes(world: World, command: Body) -> set[str]:
    """Expired and quarantined lots: refuses dispensing, receiving, and moves but to a safe or custody."""
    kind, body, at = command["type"], command["body"], get_instant(command)
    lots: list[tuple[str, str, Any]] = []
    if kind in DISPENSING:
        product = world.dispensed_product(body) or ""
        lots = [(product, line["lot"], world.find_expiry(product, line["lot"])) for line in body["lots"]]
    if kind in ("stock.received", "stock.arrived"):
        lots = [(line["product"], line["lot"], find_day(line["expires_on"])) for line in body["lines"]]
    if kind == "stock.moved":
        to_place = world.find_place(body["to_place"])
        if to_place is None or to_place["kind"] not in ("safe", "custody"):
            pairs = [(line["product"], line["lot"]) for line in body["lines"]]
            lots = [(product, lot, world.find_expiry(product, lot)) for product, lot in pairs]
    codes = set()
    if any(expires_on is not None and local_day_of(world, command) > expires_on for _, _, expires_on in lots):
        codes.add("lot_expired")
    if any(world.is_quarantined(product, lot, at) for product, lot, _ in lots):
        codes.add("lot_quarantined")
    return codes


def find_time_codes(world: World, command: Body) -> set[str]:
    body = command["body"]
    if command["type"] not in DISPENSING:
        return set()
    issued = world.find_prescription(body["prescription"])
    if issued is None:
        return set()
    starts_on = find_day(issued.body["starts_on"])
    assert starts_on is not None
    early = local_day_of(world, command) < starts_on or get_instant(command) < issued.at
    return {"time_before_prescription"} if early else set()


def do_packs_fit(world: World, reversal: Body) -> bool:
    """`none` only for what moves nothing; `back_sealed` and `with_…` are for packs that went to a home."""
    original = world.find(reversal["id"])
    if original is None or original.type in IRREVERSIBLE or original.id in world.reversals:
        return True
    to_a_home = original.type in (*DISPENSING, "dispense.acknowledged")
    moved = any(units for _, units in world.shelves_touched(original.type, original.body))
    moved |= original.type in ("unused.returned", "dose.administered", "notice.received") and _is_of_a_home(original)
    if reversal["packs"] == "none":
        return not (to_a_home or moved)
    return to_a_home or reversal["packs"] == "never_left"


def _is_of_a_home(entry: Entry) -> bool:
    body = entry.body
    return "patient" in body or (body.get("kind") == "acknowledged" and bool(body.get("lines")))


def has_dependents(world: World, reversal: Body) -> bool:
    """Would a rule refuse any later entry, had the original never been what it was?

    A home refuses nothing; but what later entries gave, counted or took back there of packs that never came, or that
    went into custody under another seal, stands against it.
    """
    original = world.get(reversal["id"])
    reversals = {**world.reversals, original.id: reversal}
    later = [entry for entry in world.entries if entry.seq > original.seq and entry.id not in reversals]
    if reversal["packs"] in ("never_left", "back_sealed"):
        as_is, then = (Homes(w).surplus_of for w in (world, world.before(len(world.entries), reversals)))
        if any(then[entry.id] > as_is[entry.id] for entry in later):
            return True
    return any(
        find_codes_from_things_on(world.before(entry.seq, reversals), entry.command, entry.seq)
        - (REOPENS if entry.type == "discrepancy.resolved" and original.id not in entry.body["discrepancy"] else set())
        for entry in later
        if entry.type != "entry.reversed"
    )


def find_codes_from_things_on(world: World, command: Body, seq: int) -> set[str]:
    """Groups 3 to 8 but `time_in_future` and `has_dependents`."""
    codes = (
        find_thing_codes(world, command)
        | find_patient_codes(world, command)
        | find_prescription_codes(world, command)
        | find_discharge_codes(world, command)
        | find_stock_codes(world, command, seq)
        | find_time_codes(world, command)
    )
    return codes & REFUSES_FACTS if command["type"] in FACTS else codes


def find_refusals(world: World, command: Body, seq: int, now: datetime) -> list[str]:
    """Every refusal of a well-formed command, in the contract's order."""
    if command["type"] == "entry.reversed" and not do_packs_fit(world, command["body"]):
        return ["malformed"]
    if command["type"] == "discrepancy.resolved" and not is_plausible(world, command["body"]):
        return ["units_implausible"]
    codes = find_authority_codes(world, command)
    if get_instant(command) > now + timedelta(minutes=5):
        codes.add("time_in_future")
    else:
        codes |= find_codes_from_things_on(world, command, seq)
        if command["type"] == "entry.reversed" and not codes & {"entry_unknown", "already_reversed"}:
            codes |= {"has_dependents"} if has_dependents(world, command["body"]) else set()
    return sorted(codes, key=ORDER.index)


def get_instant(command: Body) -> datetime:
    at = find_instant(command["occurred_at"])
    assert at is not None
    return at


def local_day_of(world: World, command: Body) -> date:
    return world.local_day(get_instant(command))


def last_day_of(prescription: Body) -> date:
    starts_on = find_day(prescription["starts_on"])
    assert starts_on is not None
    return starts_on + timedelta(days=int(prescription["duration_days"]) - 1)
