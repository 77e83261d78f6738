"""The one table of who may do what. Absence means no. Source: contract, section 4.

`witness`: "" none asked (one may stand), "required", "own" (never pending: two people present), or
"governance" (the head pharmacist stands as witness). Printed in SECURITY.md, asked by every route.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger.domain.kind import Case, hours_later
from ledger.domain.records import Person
from ledger.domain.terms import PHARMACISTS


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
        "key.enrolled": _who("registrar", "governance"),
        "product.listed": _who("registrar"),
        "place.opened": _who("registrar"),
        "report.issued": _who("ledger"),
        "patient.registered": _who(_CARE),
        "patient.died": _who(_GIVE),
        "stock.opened": _who("head_pharmacist", "own"),
        "stock.received": _who("pharmacist", "required"),
        "stock.moved": _who("pharmacist nurse phc_worker", "required"),
        "stock.sent": _who("pharmacist", "required"),
        "stock.arrived": _who("pharmacist", "required"),
        "stock.counted": _who("pharmacist nurse phc_worker", "required"),
        "stock.broken": _who("pharmacist nurse phc_worker", "required"),
        "discrepancy.resolved": _who("head_pharmacist", "own"),
        "lot.quarantined": _who("pharmacist"),
        "prescription.issued": _who("physician"),
        "prescription.stopped": _who("physician"),
        "dispense.outpatient": _who("pharmacist"),
        "dispense.discharge": _who("pharmacist"),
        "dispense.acknowledged": _who("phc_worker pharmacist physician"),
        "notice.received": _who("pharmacist phc_worker"),
        "dose.administered": _who(_GIVE),
        "empties.collected": _who("pharmacist", "required"),
        "home.counted": _who(_GIVE),
        "relatives.informed": _who(_GIVE),
        "unused.returned": _who("phc_worker nurse pharmacist"),
        "custody.moved": _who("pharmacist phc_worker nurse", "required"),
        "destruction.performed": _who("head_pharmacist", "commission"),
        "entry.reversed": _who("pharmacist physician nurse phc_worker"),
        "entry.countersigned": _who("pharmacist physician nurse phc_worker"),
    }
)
LEDGER = "ledger"
LEDGER_TYPES = frozenset({"facility.opened", "regulation.adopted", "person.enrolled", "key.enrolled", "report.issued"})
MAY_WITNESS = frozenset({"pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker"})


def check_authority(case: Case) -> None:
    """Refuse, on *case*, what its performer or witness may not do."""
    command, authority = case.command, AUTHORITY[case.command.type]
    if command.performer == LEDGER:
        if not _ledger_may(case):
            case.refuse("not_allowed", "performer", performer=LEDGER)
        return
    performer = _person(case, command.performer, "performer")
    if performer is not None and not (performer.role in authority.performers and _held(case, performer)):
        case.refuse("not_allowed", "performer", performer=command.performer, role=performer.role)
    _check_witness(case, authority.witness)


def _person(case: Case, name: str, path: str) -> Person | None:
    person: Person | None = case.book.find("person", name)
    if person is None or person.left_at is not None:
        case.refuse("not_enrolled", path, person=name)
        return None
    return person


def _held(case: Case, person: Person) -> bool:
    """The role must also have been held when it happened; an import is judged as things are now (section 5)."""
    return case.imported or person.held(person.role, case.at)


def _ledger_may(case: Case) -> bool:
    """The ledger speaks for itself only where no person can yet, or of what it did itself."""
    command = case.command
    if command.type == "regulation.adopted":
        return case.seq == 1
    if command.type == "person.enrolled":
        return case.seq == 2 and command.body["role"] == "registrar"
    if command.type == "key.enrolled":
        return bool(command.body["use"] == "import") and not case.book.facility.imports_closed
    return command.type in LEDGER_TYPES


def _check_witness(case: Case, asked: str) -> None:
    command = case.command
    if command.witness_pending is not None and _is_overdue(case):
        case.refuse("witness_required", "witness_pending", person=command.performer)
    if asked == "commission":
        if command.witness is not None or command.witness_pending is not None:
            case.refuse("witness_not_allowed", "witness")
        return
    if command.witness is None:
        first_head = command.type == "person.enrolled" and _is_first_head(case)
        pending_will_do = asked == "required" and command.witness_pending is not None
        if asked and not (first_head or pending_will_do):
            case.refuse("witness_required", "witness")
        elif command.witness_pending is not None and asked != "required" and asked:
            case.refuse("witness_required", "witness")
        return
    if command.witness == command.performer:
        case.refuse("witness_same_person", "witness", person=command.witness)
        return
    witness = _person(case, command.witness, "witness")
    if witness is None:
        return
    allowed = {"head_pharmacist"} if asked == "governance" else MAY_WITNESS
    if witness.role not in allowed or not _held(case, witness):
        case.refuse("witness_not_allowed", "witness", person=command.witness, role=witness.role)


def _is_overdue(case: Case) -> bool:
    """Whether a second signature for this performer is overdue: then no further one may wait (section 7)."""
    hours = case.rule("countersign_hours")
    if case.imported or hours is None:
        return False
    return any(
        pending.performer == case.command.performer and case.now > hours_later(pending.since_at, hours)
        for pending in case.book.shelves["pending"].values()
    )


def _is_first_head(case: Case) -> bool:
    return case.command.body["role"] == "head_pharmacist" and not case.book.facility.governed
