"""Who may do what: group 2 of the refusals in section 4, from the tables' last columns and the paragraph on roles."""

from datetime import datetime, timedelta

from tests.reference.bodies import ROLES
from tests.reference.keys import find_key_codes, find_signing_keys, is_import_closed
from tests.reference.world import Entry, World

PHARMACIST = {"pharmacist", "head_pharmacist"}
HEAD = {"head_pharmacist"}
BEDSIDE = {"nurse", "phc_worker", "physician"}
HANDLERS = PHARMACIST | {"nurse", "phc_worker"}
GOVERNORS = {"registrar", "head_pharmacist"}
MAY_WITNESS = PHARMACIST | BEDSIDE

PERFORMERS: dict[str, set[str]] = {
    "facility.opened": set(),
    "regulation.adopted": {"registrar"},
    "person.enrolled": {"registrar"},
    "person.role_changed": {"registrar"},
    "person.left": {"registrar"},
    "key.enrolled": {"registrar"},
    "key.revoked": ROLES,
    "key.rotated": {"registrar"},
    "import.closed": {"registrar"},
    "identity.erased": {"registrar"},
    "product.listed": {"registrar"},
    "pack.listed": {"registrar"},
    "product.delisted": {"registrar"},
    "place.opened": {"registrar"},
    "place.closed": {"registrar"},
    "stock.opened": HEAD,
    "home.opened": HANDLERS,
    "custody.opened": HANDLERS,
    "prescription.transcribed": HANDLERS,
    "patient.registered": BEDSIDE | PHARMACIST,
    "patient.corrected": BEDSIDE | PHARMACIST,
    "patient.moved": BEDSIDE | PHARMACIST,
    "patients.merged": BEDSIDE | PHARMACIST,
    "patient.died": BEDSIDE,
    "stock.received": PHARMACIST,
    "stock.moved": HANDLERS,
    "stock.sent": PHARMACIST,
    "stock.arrived": PHARMACIST,
    "stock.counted": HANDLERS,
    "stock.broken": HANDLERS,
    "discrepancy.resolved": HEAD,
    "lot.quarantined": PHARMACIST,
    "lot.released": PHARMACIST,
    "lot.recalled": PHARMACIST,
    "lot.corrected": PHARMACIST,
    "doses.summarised": {"nurse"},
    "prescription.issued": {"physician"},
    "prescription.stopped": {"physician"},
    "dispense.outpatient": PHARMACIST,
    "dispense.discharge": PHARMACIST,
    "dispense.acknowledged": PHARMACIST | {"phc_worker", "physician"},
    "notice.received": PHARMACIST | {"phc_worker"},
    "dose.administered": BEDSIDE,
    "dose.not_given": BEDSIDE,
    "patch.removed": BEDSIDE,
    "infusion.started": BEDSIDE,
    "infusion.stopped": BEDSIDE,
    "empties.collected": PHARMACIST,
    "home.counted": BEDSIDE,
    "relatives.informed": BEDSIDE,
    "unused.returned": HANDLERS,
    "custody.moved": HANDLERS,
    "destruction.performed": HEAD,
    "entry.reversed": MAY_WITNESS,
    "entry.countersigned": MAY_WITNESS,
    "claim.settled": {"head_pharmacist", "phc_worker"},
    "sheet.issued": PHARMACIST | {"nurse"},
    "sheet.closed": PHARMACIST | {"nurse"},
    "inspection.opened": {"inspector"},
    "inspection.noted": {"inspector"},
    "inspection.answered": HEAD,
    "inspection.closed": {"inspector"},
    "period.sealed": HEAD,
    "report.issued": set(),
    "checkpoint.anchored": set(),
}
GOVERNANCE = {
    "regulation.adopted",
    "person.enrolled",
    "person.role_changed",
    "person.left",
    "key.enrolled",
    "key.rotated",
    "import.closed",
    "identity.erased",
}
AT_ONCE = {"stock.opened", "discrepancy.resolved", "period.sealed"}  # two people who are both there
WITNESSED = AT_ONCE | {
    "home.opened",
    "custody.opened",
    "stock.received",
    "stock.moved",
    "stock.sent",
    "stock.arrived",
    "stock.counted",
    "stock.broken",
    "lot.corrected",
    "doses.summarised",
    "empties.collected",
    "custody.moved",
    "claim.settled",
}
IRREVERSIBLE = {"entry.reversed", "entry.countersigned", "claim.settled", "period.sealed"} | {
    kind for kind, who in PERFORMERS.items() if "registrar" in who or not who
}
"""A reversal, a sealed month, governance, and what the registrar writes: a place is closed, a product delisted."""


def find_authority_codes(world: World, entry: Entry) -> set[str]:
    """Everything that is said of people, those in the body included."""
    kind, body = entry.type, entry.body
    if kind == "facility.opened":
        return {"not_allowed"}
    codes = find_key_codes(world, entry) | _find_named_people_codes(world, entry)
    if entry.performer == "ledger":
        own = kind in ("report.issued", "checkpoint.anchored") or (kind == "key.enrolled" and body["use"] == "import")
        return codes if own else codes | {"not_allowed"}
    lost = kind in GOVERNANCE and "commission" in body
    allowed = GOVERNORS if lost else PERFORMERS[kind]
    if world.find_role(entry.performer) is None:
        codes.add("not_enrolled")
    elif not _has_role(world, entry, entry.performer, allowed):
        codes.add("not_allowed")
    if kind == "entry.countersigned":
        codes |= _find_countersigner_codes(world, entry)
    if kind == "entry.reversed":
        codes |= _find_reverser_codes(world, entry)
    codes |= _find_lost_governance_codes(world, entry) if lost else _find_witness_codes(world, entry)
    if kind == "destruction.performed":
        codes |= _find_commission_codes(world, body["commission"])
    return codes | _find_overdue_codes(world, entry)


def _has_role(world: World, entry: Entry, person: str, allowed: set[str]) -> bool:
    """The role must hold now and, imports apart, when it happened."""
    held = entry.imported or world.held_role(person, entry.at)
    return held and world.find_role(person) in allowed


def _find_named_people_codes(world: World, entry: Entry) -> set[str]:
    body, codes = entry.body, set()
    if entry.type in ("person.role_changed", "person.left") and world.find_role(body["person"]) is None:
        codes.add("not_enrolled")
    if entry.type == "key.enrolled" and body["person"] != "ledger" and world.find_role(body["person"]) is None:
        codes.add("not_enrolled")
    if entry.type == "dose.administered" and "ordered_by" in body:
        role = world.find_role(body["ordered_by"])
        if role is None:
            codes.add("not_enrolled")
        elif role != "physician" or body["ordered_by"] == entry.performer:
            codes.add("not_allowed")
    return codes


def _find_commission_codes(world: World, commission: list[str]) -> set[str]:
    """Its members are enrolled, whatever their role: the contract calls none of them a witness."""
    codes = set()
    if len(commission) < max(3, world.rules.get("commission_min") or 0):
        codes.add("commission_too_small")
    if len(set(commission)) < len(commission):
        codes.add("commission_same_person")
    if any(world.find_role(member) is None for member in commission):
        codes.add("not_enrolled")
    return codes


def _find_lost_governance_codes(world: World, entry: Entry) -> set[str]:
    """The remaining role and two pharmacists, where nobody of the other role can sign."""
    members, codes = entry.body["commission"], set()
    if len(set(members)) < len(members):
        codes.add("commission_same_person")
    if len(members) != 3 or entry.performer not in members:
        codes.add("commission_too_small")
    if entry.command.get("witness") is not None or "witness_pending" in entry.command:
        codes.add("witness_not_allowed")
    role = world.last_role(entry.performer)
    if role not in GOVERNORS:
        return codes
    (other,) = GOVERNORS - {role}
    holders = world.holders_of(other)
    if holders and not (is_import_closed(world) and not any(find_signing_keys(world, one) for one in holders)):
        codes.add("witness_required")
    for member in members:
        if world.find_role(member) is None:
            codes.add("not_enrolled")
        elif member != entry.performer and world.find_role(member) not in PHARMACIST:
            codes.add("witness_not_allowed")
    return codes


def _find_witness_codes(world: World, entry: Entry) -> set[str]:
    kind, witness, promised = entry.type, entry.command.get("witness"), "witness_pending" in entry.command
    if kind == "destruction.performed":
        return {"witness_not_allowed"} if witness is not None or promised else set()
    if witness is None:
        needed = _needs_witness(world, entry)
        at_once = kind in AT_ONCE | GOVERNANCE or (kind == "entry.reversed" and _is_signed_at_once(world, entry))
        if promised and not needed:
            return {"witness_not_allowed"}
        return {"witness_required"} if needed and (at_once or not promised) else set()
    if witness == entry.performer:
        return {"witness_same_person"}
    if world.find_role(witness) is None:
        return {"not_enrolled"}
    allowed = HEAD if kind in GOVERNANCE else MAY_WITNESS
    return set() if _has_role(world, entry, witness, allowed) else {"witness_not_allowed"}


def _needs_witness(world: World, entry: Entry) -> bool:
    """By its type, or by its body: what is poured away, and the reversal of what two people had to sign."""
    kind, body = entry.type, entry.body
    if kind in ("person.enrolled", "person.role_changed") and body["role"] == "head_pharmacist":
        return world.has_ever_had("head_pharmacist")
    if kind == "dose.administered":
        return bool(body.get("residue_fate") == "wasted")
    if kind == "infusion.stopped":
        started = world.find_infusion(body["infusion"])
        return started is not None and bool(body.get("discarded"))
    if kind == "entry.reversed":
        original = world.find_named(body)
        several = original is not None and original.type in WITNESSED | {"destruction.performed"}
        return several and original is not None and original.type not in IRREVERSIBLE
    return kind in WITNESSED | GOVERNANCE


def _is_signed_at_once(world: World, reversal: Entry) -> bool:
    """What several signed at once; and a signature that is due does not go away by promising another one."""
    original = world.find_named(reversal.body)
    if original is None:
        return False
    return original.type in AT_ONCE | {"destruction.performed"} or bool(world.reasons_to_wait(original))


def _find_reverser_codes(world: World, reversal: Entry) -> set[str]:
    """The original's performer or that role; stock as a pharmacist; what only one role may write, only that role."""
    original = world.find_named(reversal.body)
    role = world.last_role(reversal.performer)
    if original is None:
        return set()
    if original.type in IRREVERSIBLE:
        return {"not_allowed"}
    if role is None:
        return set()
    first = world.role_at(original.performer, original.seq)
    if original.type in AT_ONCE | {"destruction.performed"}:
        allowed = role in PERFORMERS[original.type]
    elif original.type.startswith("stock."):
        allowed = role in PHARMACIST
    else:
        allowed = reversal.performer == original.performer or role == first or {role, first} <= PHARMACIST
    return set() if allowed else {"not_allowed"}


def _find_countersigner_codes(world: World, signature: Entry) -> set[str]:
    """Never the original's performer; of a verbal order only the physician who gave it."""
    original = world.find_named(signature.body)
    due = world.reasons_to_wait(original) if original is not None else []
    if original is None or not due:
        return set()
    if signature.performer == original.performer:
        return {"witness_same_person"}
    return set() if any(world.may_close(why, original, signature.performer) for why in due) else {"not_allowed"}


def _find_overdue_codes(world: World, entry: Entry) -> set[str]:
    """While a signature for this performer is overdue, nothing else of theirs may wait for one."""
    waits = "witness_pending" in entry.command or "ordered_by" in entry.body or world.is_very_late(entry)
    if entry.imported or not waits:
        return set()
    hours = timedelta(hours=world.rules["countersign_hours"])
    overdue = (one for one in world.pending() if one.performer == entry.performer and not one.imported)
    return {"witness_required"} if any(entry.recorded_at > one.recorded_at + hours for one in overdue) else set()


def is_late(world: World, entry: Entry) -> bool:
    latest: datetime = entry.at + timedelta(hours=world.rules["late_reason_hours"])
    return entry.recorded_at > latest
