"""The one table of who may do what. Absence means no. Source: contract, section 4.

`witness`: "" none asked (one may stand), "required", "own" (never pending: two people present), or
"governance" (the head pharmacist stands as witness). Printed in SECURITY.md, asked by every route.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger.domain.families.governing import check_commission
from ledger.domain.kind import Case
from ledger.domain.records import Person
from ledger.domain.terms import GOVERNORS, PHARMACISTS, ROLES


@dataclass(frozen=True, slots=True)
class Authority:
    performers: frozenset[str]
    witness: str = ""


def _who(performers: str, witness: str = "") -> Authority:
    names = set(performers.split())
    if "pharmacist" in names:
        names |= PHARMACISTS  # a head pharmacist may all that a pharmacist may
    return Authority(frozenset(names), witness)


_CARE = "physician nurse phc_worker pharmacist"
_GIVE = "nurse phc_worker physician"

AUTHORITY: Mapping[str, Authority] = MappingProxyType(
    {
        "facility.opened": _who("ledger"),
        "regulation.adopted": _who("registrar", "governance"),
        "person.enrolled": _who("registrar", "governance"),
        "person.role_changed": _who("registrar", "governance"),
        "person.left": _who("registrar", "governance"),
        "key.enrolled": _who("registrar", "governance"),
        "key.revoked": _who(" ".join(ROLES)),
        "key.rotated": _who("registrar", "governance"),
        "import.closed": _who("registrar", "governance"),
        "identity.erased": _who("registrar", "governance"),
        "product.listed": _who("registrar"),
        "pack.listed": _who("registrar"),
        "product.delisted": _who("registrar"),
        "place.opened": _who("registrar"),
        "place.closed": _who("registrar"),
        "report.issued": _who("ledger"),
        "checkpoint.anchored": _who("ledger"),
        "period.sealed": _who("head_pharmacist", "own"),
        "sheet.issued": _who("pharmacist nurse"),
        "sheet.closed": _who("pharmacist nurse"),
        "inspection.opened": _who("inspector"),
        "inspection.noted": _who("inspector"),
        "inspection.answered": _who("head_pharmacist"),
        "inspection.closed": _who("inspector"),
        "patient.registered": _who(_CARE),
        "patient.corrected": _who(_CARE),
        "patient.moved": _who(_CARE),
        "patients.merged": _who(_CARE),
        "patient.died": _who(_GIVE),
        "stock.opened": _who("head_pharmacist", "own"),
        "home.opened": _who("pharmacist phc_worker nurse", "required"),
        "custody.opened": _who("pharmacist phc_worker nurse", "required"),
        "stock.received": _who("pharmacist", "required"),
        "stock.moved": _who("pharmacist nurse phc_worker", "required"),
        "stock.sent": _who("pharmacist", "required"),
        "stock.arrived": _who("pharmacist", "required"),
        "stock.counted": _who("pharmacist nurse phc_worker", "required"),
        "stock.broken": _who("pharmacist nurse phc_worker", "required"),
        "discrepancy.resolved": _who("head_pharmacist", "own"),
        "lot.quarantined": _who("pharmacist"),
        "lot.released": _who("pharmacist"),
        "lot.recalled": _who("pharmacist"),
        "lot.corrected": _who("pharmacist", "required"),
        "prescription.issued": _who("physician"),
        "prescription.transcribed": _who("pharmacist nurse phc_worker"),
        "prescription.stopped": _who("physician"),
        "dispense.outpatient": _who("pharmacist"),
        "dispense.discharge": _who("pharmacist"),
        "dispense.acknowledged": _who("phc_worker pharmacist physician"),
        "notice.received": _who("pharmacist phc_worker"),
        "doses.summarised": _who("nurse", "required"),
        "dose.administered": _who(_GIVE),
        "dose.not_given": _who(_GIVE),
        "patch.removed": _who(_GIVE),
        "infusion.started": _who(_GIVE),
        "infusion.stopped": _who(_GIVE),
        "empties.collected": _who("pharmacist", "required"),
        "home.counted": _who(_GIVE),
        "relatives.informed": _who(_GIVE),
        "unused.returned": _who("phc_worker nurse pharmacist"),
        "custody.moved": _who("pharmacist phc_worker nurse", "required"),
        "destruction.performed": _who("head_pharmacist", "commission"),
        "entry.reversed": _who("pharmacist physician nurse phc_worker"),
        "entry.countersigned": _who("pharmacist physician nurse phc_worker"),
        "claim.settled": _who("head_pharmacist phc_worker", "required"),
    }
)
LEDGER = "ledger"
LEDGER_TYPES = frozenset({"facility.opened", "report.issued", "checkpoint.anchored"})
MAY_WITNESS = frozenset({"pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker"})


def check_opening(case: Case) -> None:
    """Entry 0 opens the facility, and nothing else does; a new epoch (`after`) goes on with the old log's state.

    Then registrar (whom `keys` name) and head pharmacist (the witness) sign too, with keys of the old log.
    """
    command, before = case.command, case.book.find("facility")
    if command.type != "facility.opened" or ("after" in command.body) != (before is not None):
        case.refuse("not_allowed", "type", type=command.type)
        return
    if command.performer != LEDGER or command.witness_pending is not None:
        case.refuse("not_allowed", "performer", performer=command.performer)
    if before is None and command.witness is not None:
        case.refuse("witness_not_allowed", "witness")
    if before is None:
        return
    if command.witness is None:
        case.refuse("witness_required", "witness")
    governors = {key["person"]: "registrar" for key in command.body["keys"] if key["person"] not in (LEDGER, "log")}
    if command.witness is not None:
        governors[command.witness] = "head_pharmacist"
    for name, role in governors.items():
        person = _person(case, name, "body.keys")
        if person is not None and person.role != role:
            case.refuse("witness_not_allowed", "witness", person=name, role=person.role)


def check_authority(case: Case) -> None:
    """Refuse, on *case*, what its performer or witness may not do."""
    command, authority = case.command, AUTHORITY[case.command.type]
    if command.performer == LEDGER:
        if not _ledger_may(case):
            case.refuse("not_allowed", "performer", performer=LEDGER)
        return
    performer = _person(case, command.performer, "performer")
    is_lost = authority.witness == "governance" and "commission" in command.body
    allowed = GOVERNORS if is_lost else authority.performers
    if performer is not None and not (performer.role in allowed and has_held(case, performer)):
        case.refuse("not_allowed", "performer", performer=command.performer, role=performer.role)
    if is_lost:
        check_commission(case)
    else:
        _check_witness(case, authority)


def _person(case: Case, name: str, path: str) -> Person | None:
    person: Person | None = case.book.find("person", name)
    if person is None or person.left_at is not None:
        case.refuse("not_enrolled", path, person=name)
        return None
    return person


def has_held(case: Case, person: Person) -> bool:
    """The role must also have been held when it happened; an import is judged as things are now (section 5)."""
    return case.imported or person.held(person.role, case.at)


def _ledger_may(case: Case) -> bool:
    """The ledger speaks for itself only where no person can yet, or of what it did itself."""
    command = case.command
    if command.type == "regulation.adopted":
        return case.seq == case.place_of(1) and not case.book.facility.governed
    if command.type == "person.enrolled":
        return case.seq == case.place_of(2) and command.body["role"] == "registrar" and not case.book.facility.governed
    if command.type == "key.enrolled":
        return bool(command.body["use"] == "import")
    return command.type in LEDGER_TYPES


def _check_witness(case: Case, authority: Authority) -> None:
    command, asked = case.command, authority.witness
    if asked == "commission":
        if command.witness is not None or command.witness_pending is not None:
            case.refuse("witness_not_allowed", "witness")
        return
    if command.witness is None:
        first_head = command.type in ("person.enrolled", "person.role_changed") and _is_first_head(case)
        pending_will_do = asked == "required" and command.witness_pending is not None
        if asked and not (first_head or pending_will_do):
            case.refuse("witness_required", "witness")
        return
    if command.witness == command.performer:
        case.refuse("witness_same_person", "witness", person=command.witness)
        return
    witness = _person(case, command.witness, "witness")
    if witness is None:
        return
    allowed = {"head_pharmacist"} if asked == "governance" else MAY_WITNESS
    if witness.role not in allowed or not has_held(case, witness):
        case.refuse("witness_not_allowed", "witness", person=command.witness, role=witness.role)


def _is_first_head(case: Case) -> bool:
    return case.command.body["role"] == "head_pharmacist" and not case.book.facility.governed
