"""What refuses a command: the order of section 4, stock and time (groups 7 and 8), and what may be taken back.

An entry is judged on the entries before it in `seq`, as given by a `World`; nothing else is asked but the clock.
"""

from datetime import timedelta

from tests.reference.authority import IRREVERSIBLE, find_authority_codes, is_late
from tests.reference.courses import find_course_codes, find_told_days
from tests.reference.findings import FINDINGS, Findings
from tests.reference.homes import TO_A_HOME, Homes, handed_over, to_a_home
from tests.reference.numbers import find_day, find_instant
from tests.reference.stock import Move, Shelf, Stock, find_expiry, find_state, is_known, shelves_touched
from tests.reference.things import find_thing_codes
from tests.reference.world import DISPENSING, INPATIENT, Body, Entry, World

FACTS = {
    "patient.died",
    "stock.counted",
    "stock.broken",
    "doses.summarised",
    "dose.administered",
    "dose.not_given",
    "patch.removed",
    "infusion.started",
    "infusion.stopped",
    "empties.collected",
    "home.counted",
    "relatives.informed",
    "unused.returned",
}
AUTHORITY_CODES = (
    "not_enrolled",
    "not_allowed",
    "import_closed",
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
    "sheet_unknown",
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
STOCK_CODES = ("lot_unknown", "lot_expired", "lot_quarantined", "balance_too_low", "count_stale")
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
    "late_without_reason",
)
REFUSES_FACTS = {
    *AUTHORITY_CODES,
    *THING_CODES,
    "prescription_missing",
    "prescription_other_patient",
    "prescription_other_product",
    "lot_unknown",
    "balance_too_low",
    "count_stale",
    "time_in_future",
    "time_before_lot",
}
OPEN_TO_UNUSABLE = {"safe", "custody"}
CLOCK_AHEAD = timedelta(minutes=5)


# -- group 7 ---------------------------------------------------------------------------------------


def find_stock_codes(world: World, entry: Entry) -> set[str]:
    """Group 7 and `time_before_lot`."""
    codes = _find_unusable_codes(world, entry)
    if entry.type == "discrepancy.resolved":
        return codes | _find_resolution_codes(world, entry)
    if entry.type == "lot.corrected":
        return codes | _find_correction_codes(world, entry)
    stock = Stock(world)
    if entry.type == "empties.collected" and world.facility["kind"] not in INPATIENT:
        return codes  # no ward here has empties at all
    if entry.type in FINDINGS:
        lots = [(entry.body["place"], line["product"], line["lot"]) for line in entry.body["lines"] if "lot" in line]
        if any(_is_there(world, shelf) and stock.arrived_at(shelf) is None for shelf in lots):
            codes.add("lot_unknown")
        return codes | _find_stale_codes(stock, entry)
    taken = []
    for shelf, units in shelves_touched(world, entry):
        if units >= 0 or not _is_there(world, shelf):
            continue
        arrived = stock.arrived_at(shelf)
        if arrived is None:
            codes.add("lot_unknown")
        elif entry.at < arrived[0]:
            codes.add("time_before_lot")
        else:
            taken.append(Move(entry.moment, ("stock", *shelf), units, entry))
    return codes | _find_too_low(world, taken)


def _find_too_low(world: World, taken: list[Move]) -> set[str]:
    """All that is taken together, and every later moment looked at again."""
    if not taken:
        return set()
    before, after, since = Stock(world), Stock(world, taken), min(move.moment for move in taken)
    changed = [one for one in after.accounts("stock") if after.timeline(one) != before.timeline(one)]
    return {"balance_too_low"} if any(after.lowest_of(one, since) < 0 for one in changed) else set()


def _is_there(world: World, shelf: Shelf) -> bool:
    return world.find_place(shelf[0]) is not None and world.find_product(shelf[1]) is not None


def _find_stale_codes(stock: Stock, count: Entry) -> set[str]:
    """Who says at which entry he counted is told when the book of a line has moved since."""
    as_of = count.body.get("as_of_seq")
    if as_of is None or as_of >= count.seq:
        return set()
    for line in count.body["lines"]:
        for account in stock.accounts("stock", count.body["place"], line["product"]):
            if line.get("lot") in (None, account[3]):
                if any(when[1] > as_of and when[0] <= count.at and units for when, units in stock.timeline(account)):
                    return {"count_stale"}
    return set()


def _find_resolution_codes(world: World, resolution: Entry) -> set[str]:
    findings, difference = Findings(world), resolution.body["difference"]
    if not findings.is_one(resolution.body["discrepancy"]):
        return set()
    parts = resolution.parts or findings.parts(resolution)
    if sum(units for _, units in parts) != difference:
        return {"balance_too_low" if difference < 0 else "lot_unknown"}
    return _find_too_low(world, findings.moves(resolution, parts)) if difference < 0 else set()


def _find_correction_codes(world: World, correction: Entry) -> set[str]:
    body = correction.body
    if world.find_product(body["product"]) is None:
        return set()
    codes = set() if is_known(world, body["product"], body["lot"]) else {"lot_unknown"}
    before, after = Stock(world), Stock(world.of([*world.entries, correction], world.reversals))
    named = (one for one in before.accounts("stock", product=body["product"]) if one[3] == body["lot"])
    carried = {one[1] for one in named if before.balance(one, correction.moment) > 0}
    below = any(after.lowest(place, body["product"]) < before.lowest(place, body["product"]) for place in carried)
    return codes | ({"balance_too_low"} if below else set())


def _find_unusable_codes(world: World, entry: Entry) -> set[str]:
    """Expired and quarantined lots, delisted products: no dispensing, no receiving, no moves but to safe or custody."""
    kind, body = entry.type, entry.body
    lots: list[tuple[str, str, str | None]] = []
    if kind in DISPENSING and (issued := world.find_prescription(body["prescription"])) is not None:
        lots = [(issued.body["product"], line["lot"], None) for line in body["lots"]]
    if kind in ("stock.received", "stock.arrived"):
        lots = [(line["product"], line["lot"], line["expires_on"]) for line in body["lines"]]
    if kind == "stock.moved":
        to_place = world.find_place(body["to_place"])
        if to_place is None or to_place["kind"] not in OPEN_TO_UNUSABLE:
            lots = [(line["product"], line["lot"], None) for line in body["lines"]]
    codes = set()
    for product, lot, told in lots:
        expires_on = find_day(told) or find_expiry(world, product, lot)
        if expires_on is not None and world.local_day(entry.at) > expires_on:
            codes.add("lot_expired")
        if find_state(world, product, lot, entry.moment) in ("quarantined", "recalled"):
            codes.add("lot_quarantined")
        if world.is_delisted(product):
            codes.add("product_unknown")
    return codes


# -- group 8 ---------------------------------------------------------------------------------------


def is_in_future(world: World, entry: Entry) -> bool:
    """What has not come: the entry's own time, or one that its body tells."""
    latest = entry.recorded_at + CLOCK_AHEAD
    told = [find_instant(entry.body.get(key)) for key in ("to_at", "due_at")]
    if any(at is not None and at > latest for at in [entry.at, *told]):
        return True
    today = world.local_day(entry.at)
    if entry.type == "period.sealed":
        return f"{today:%Y-%m}" <= str(entry.body["period"])
    return any(day > today for day in find_told_days(entry))


# -- reversals -------------------------------------------------------------------------------------


def do_packs_fit(world: World, reversal: Entry) -> bool:
    """`none` only for what moves nothing; `back_sealed` and `with_…` are for packs that went to a home."""
    original, packs = world.find_named(reversal.body), reversal.body["packs"]
    if original is None or original.type in IRREVERSIBLE or original.id in world.reversals:
        return True
    to_a_home = original.type in TO_A_HOME
    moved = any(units for _, units in shelves_touched(world, original)) or bool(handed_over(world, original))
    moved |= original.type in ("unused.returned", *GIVEN) and "patient" in original.body
    if packs == "none":
        return not (to_a_home or moved)
    return to_a_home or packs == "never_left"


GIVEN = ("dose.administered", "infusion.started")
STANDS = {"period.sealed", "report.issued", *(f"inspection.{what}" for what in ("opened", "noted", "closed"))}
SIGNATURES = {
    "entry.reversed",
    "entry.countersigned",
    "claim.settled",
    "period.sealed",
    "inspection.noted",
    "report.issued",
}
STANDS |= IRREVERSIBLE - {"place.closed", "identity.erased"}
"""Figures fixed as known then, signatures, what an inspector wrote, people, keys: never judged again."""


def find_dependents(world: World, taken_back: dict[str, Body]) -> list[int]:
    """Seqs of later entries that a rule would refuse, had these entries never been what they were.

    A home refuses nothing; but what later entries gave, counted or took back there of packs that never came, or that
    went into custody under another seal, stands against it.
    """
    first = min(world.get(one).seq for one in taken_back)
    reversals = {**world.reversals, **taken_back}
    later = [entry for entry in world.entries if entry.seq > first and entry.id not in reversals]
    found = {entry.seq for entry in later if entry.type not in STANDS and _is_refused_without(world, entry, reversals)}
    sheets = {world.get(one).body["sheet_no"] for one in taken_back if world.get(one).type == "sheet.issued"}
    citing = (entry for entry in later if entry.type in STANDS - SIGNATURES and "sheet" in entry.command)
    found |= {entry.seq for entry in citing if entry.command["sheet"]["no"] in sheets}
    gone = [world.get(one) for one, body in taken_back.items() if body["packs"] in ("never_left", "back_sealed")]
    homes = {(world.person_of(e.body["patient"]), what) for e in gone for what, _, _ in to_a_home(world, e)}
    if homes:
        as_is, then = (Homes(each).surplus_of for each in (world, world.of(world.entries, reversals)))
        found |= {one.seq for one in later if any(then[one.id][home] > as_is[one.id][home] for home in homes)}
    return sorted(found)


def _is_refused_without(world: World, entry: Entry, reversals: dict[str, Body]) -> bool:
    then = world.before(entry.seq, reversals)
    codes = find_codes_from_things_on(then, entry)
    if entry.type in ("dose.not_given", "infusion.stopped") and not then.is_registered(world.patient_of(entry) or ""):
        return True  # it names no patient, and is about one
    if entry.type == "sheet.closed":
        codes &= {"sheet_unknown"}  # its lines are those that stood then
    if entry.type == "lot.corrected":
        codes -= {"lot_unknown"}  # it carries what is there, if anything
    if entry.type == "discrepancy.resolved" and then.find(entry.body["discrepancy"].partition(":")[0]):
        if entry.body["discrepancy"].partition(":")[0] not in reversals:
            codes -= {"already_closed", "discrepancy_unknown"}  # what changes the book at a count reopens it
    return bool(codes - find_codes_from_things_on(world.before(entry.seq, world.reversals), entry)) if codes else False


# -- all -------------------------------------------------------------------------------------------


def find_codes_from_things_on(world: World, entry: Entry) -> set[str]:
    """Groups 3 to 8 but for the clock."""
    codes = find_thing_codes(world, entry) | find_course_codes(world, entry) | find_stock_codes(world, entry)
    return codes & REFUSES_FACTS if entry.type in FACTS else codes


def find_refusals(world: World, entry: Entry) -> list[str]:
    """Every refusal of a well-formed command, in the contract's order."""
    kind, body = entry.type, entry.body
    if kind == "facility.opened":
        return ["not_allowed"]
    if kind == "entry.reversed" and not do_packs_fit(world, entry):
        return ["malformed"]
    if kind == "discrepancy.resolved" and not _is_plausible(world, body):
        return ["units_implausible"]
    codes = find_authority_codes(world, entry)
    if is_in_future(world, entry):
        return sorted(codes | {"time_in_future"}, key=ORDER.index)
    codes |= find_codes_from_things_on(world, entry)
    if kind == "discrepancy.resolved" and "already_closed" in codes:
        codes -= {"balance_too_low", "lot_unknown"}  # nothing is asked of what is closed
    if not entry.imported and kind not in FACTS and is_late(world, entry) and not entry.command.get("late_reason"):
        codes.add("late_without_reason")
    if (taken_back := find_taken_back(world, entry)) and not codes & {"entry_unknown", "already_reversed"}:
        codes |= {"has_dependents"} if find_dependents(world, taken_back) else set()
    return sorted(codes, key=ORDER.index)


def find_taken_back(world: World, entry: Entry) -> dict[str, Body]:
    """What an entry takes back, and how: a settled claim all that do not hold, as if their packs had never left."""
    if entry.type == "entry.reversed":
        original = world.find_named(entry.body)
        return {original.id: entry.body} if original is not None and original.type not in IRREVERSIBLE else {}
    if entry.type == "claim.settled":
        claims = [one for one in entry.body["claims"] if one != entry.body["holds"]]
        return {one: {"packs": "never_left"} for one in claims if world.find(one) is not None}
    return {}


def _is_plausible(world: World, resolution: Body) -> bool:
    """The book changes by no more than the difference that is open, and in its direction."""
    one, difference, findings = resolution["discrepancy"], resolution["difference"], Findings(world)
    if not findings.is_one(one) or not findings.is_open(one):
        return True
    left = findings.difference_left(one)
    return bool(min(0, left) <= difference <= max(0, left))
