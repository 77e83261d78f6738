"""Who may do what: group 2 of the refusals in section 4, from the tables' last columns and the paragraph on roles."""

from tests.reference.world import Body, World

PHARMACIST = {"pharmacist", "head_pharmacist"}
HEAD = {"head_pharmacist"}
BEDSIDE = {"nurse", "phc_worker", "physician"}
HANDLERS = PHARMACIST | {"nurse", "phc_worker"}
NEVER_WITNESS = {"inspector", "registrar"}
MAY_WITNESS = PHARMACIST | BEDSIDE

PERFORMERS: dict[str, set[str]] = {
    "person.enrolled": {"registrar"},
    "product.listed": {"registrar"},
    "place.opened": {"registrar"},
    "stock.opened": HEAD,
    "stock.received": PHARMACIST,
    "stock.moved": HANDLERS,
    "stock.sent": PHARMACIST,
    "stock.arrived": PHARMACIST,
    "stock.counted": HANDLERS,
    "stock.broken": HANDLERS,
    "discrepancy.resolved": HEAD,
    "lot.quarantined": PHARMACIST,
    "patient.registered": BEDSIDE | PHARMACIST,
    "patient.died": BEDSIDE,
    "prescription.issued": {"physician"},
    "prescription.stopped": {"physician"},
    "dispense.outpatient": PHARMACIST,
    "dispense.discharge": PHARMACIST,
    "dispense.acknowledged": PHARMACIST | {"phc_worker", "physician"},
    "notice.received": PHARMACIST | {"phc_worker"},
    "dose.administered": BEDSIDE,
    "empties.collected": PHARMACIST,
    "home.counted": BEDSIDE,
    "relatives.informed": BEDSIDE,
    "unused.returned": HANDLERS,
    "custody.moved": HANDLERS,
    "destruction.performed": HEAD,
    "entry.reversed": MAY_WITNESS | {"registrar"},
    "entry.countersigned": MAY_WITNESS,
}
WITNESSED = {
    "stock.opened",
    "stock.received",
    "stock.moved",
    "stock.sent",
    "stock.arrived",
    "stock.counted",
    "stock.broken",
    "discrepancy.resolved",
    "empties.collected",
    "custody.moved",
}
NEVER_PENDING = {"stock.opened", "destruction.performed", "discrepancy.resolved", "person.enrolled"}
IRREVERSIBLE = {"entry.reversed", "person.enrolled"}


def find_authority_codes(world: World, command: Body) -> set[str]:
    kind, body, performer = command["type"], command["body"], command["performer"]
    codes = set()
    role = world.find_role(performer)
    if role is None:
        codes.add("not_enrolled")
    elif role not in PERFORMERS[kind] or (kind == "entry.reversed" and not _may_reverse(world, body, performer, role)):
        codes.add("not_allowed")
    elif kind == "entry.countersigned":
        codes |= _find_countersigner_codes(world, body, performer)
    codes |= _find_witness_codes(world, command)
    if kind == "destruction.performed":
        codes |= _find_commission_codes(world, body["commission"])
    return codes


def _find_commission_codes(world: World, commission: list[str]) -> set[str]:
    codes = set()
    if len(commission) < max(3, world.rules.get("commission_min") or 0):
        codes.add("commission_too_small")
    if len(set(commission)) < len(commission):
        codes.add("commission_same_person")
    if any(world.find_role(member) is None for member in commission):
        codes.add("not_enrolled")
    return codes


def _find_witness_codes(world: World, command: Body) -> set[str]:
    kind, witness = command["type"], command.get("witness")
    governance = kind == "person.enrolled"
    first_head = governance and command["body"]["role"] == "head_pharmacist" and not world.has_role("head_pharmacist")
    if witness is None:
        promised = "witness_pending" in command and kind not in NEVER_PENDING
        needed = kind in WITNESSED or (governance and not first_head) or _needs_witness_for_its_body(world, command)
        if "witness_pending" in command and not needed:
            return {"witness_not_allowed"}
        return {"witness_required"} if needed and not promised else set()
    if witness == command["performer"]:
        return {"witness_same_person"}
    role = world.find_role(witness)
    if role is None:
        return {"not_enrolled"}
    allowed = role in HEAD if governance else role not in NEVER_WITNESS
    return set() if allowed else {"witness_not_allowed"}


def _needs_witness_for_its_body(world: World, command: Body) -> bool:
    """A wasted residue, and the reversal of what two people had to sign."""
    body = command["body"]
    if command["type"] == "dose.administered":
        return bool(body.get("residue_fate") == "wasted")
    if command["type"] == "entry.reversed":
        original = world.find(body.get("id", ""))
        return original is not None and original.type in WITNESSED
    return False


def _may_reverse(world: World, body: Body, performer: str, role: str) -> bool:
    original = world.find(body.get("id", ""))
    if original is None:
        return True
    if original.type in IRREVERSIBLE:
        return False
    if original.type.startswith("stock."):
        return role in PHARMACIST
    first = world.find_role(original.command["performer"])
    acted_as = PERFORMERS[original.type] & (PHARMACIST if first in PHARMACIST else {first})
    return performer == original.command["performer"] or role in acted_as


def _find_countersigner_codes(world: World, body: Body, performer: str) -> set[str]:
    """Never the original's performer; of a verbal order only the physician who gave it."""
    original = world.find(body.get("id", ""))
    if original is None:
        return set()
    if performer == original.command["performer"]:
        return {"witness_same_person"}
    ordered_by = original.body.get("ordered_by") if original.type == "dose.administered" else None
    return set() if ordered_by in (None, performer) else {"not_allowed"}
