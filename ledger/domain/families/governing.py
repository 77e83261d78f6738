"""Who may sign for the facility: governance, people and their roles, the erasure of a patient.

Governance is the registrar with the head pharmacist. Where nobody of one of the two can sign any more, the other
one and two pharmacists go on (`commission`), which is noted for ever. Nothing here can be reversed.
"""

from datetime import date
from typing import Any

from ledger.domain.book import Book
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.families.holding_keys import COMMISSION, KeysEnded, keys_of
from ledger.domain.form import Opt, Reading, sealed
from ledger.domain.kind import Case, Kind, local_day
from ledger.domain.person import ids_of
from ledger.domain.records import Patient, Person
from ledger.domain.terms import GOVERNORS, PHARMACISTS, ROLES
from ledger.domain.texts import free, new, one_of, ref, text, username
from ledger.domain.values import day

NOBODYS = frozenset({"ledger", "log"})
"""The names that sign and are nobody."""


def person_name(value: Any, path: str, reading: Reading) -> Any:
    """A username; the names of the ledger's own actors are nobody's."""
    kept = username(value, path, reading)
    return reading.refuse("already_exists", path, name=kept) if kept in NOBODYS else kept


def is_governance_lost(book: Book, role: str) -> bool:
    """Whether nobody of *role* can sign: none is here, or (imports closed) none has a key in force."""
    holders = {name for (name,), person in book.shelves["person"].items() if person.role == role and not person.left_at}
    if not holders or not book.facility.imports_closed:
        return not holders  # while imports are open the ledger makes a key for anybody
    keys = book.shelves["key"].values()
    return not any(key.person in holders and key.use == "sign" and key.until_seq is None for key in keys)


def check_commission(case: Case) -> None:
    """The remaining role and two pharmacists in place of registrar and head pharmacist."""
    command, members = case.command, case.body["commission"]
    if len(set(members)) != len(members):
        case.refuse("commission_same_person", "body.commission")
    if command.performer not in members:
        case.refuse("commission_too_small", "body.commission", least=3)
    if command.witness is not None or command.witness_pending is not None:
        case.refuse("witness_not_allowed", "witness")
    performer = case.book.find("person", command.performer)
    if performer is None or performer.role not in GOVERNORS:
        return
    (other,) = GOVERNORS - {performer.role}
    if not is_governance_lost(case.book, other):
        case.refuse("witness_required", "witness")
    for n, name in enumerate(members):
        person: Person | None = case.book.find("person", name)
        if person is None or person.left_at is not None:
            case.refuse("not_enrolled", f"body.commission.{n}", person=name)
        elif name != command.performer and person.role not in PHARMACISTS:
            case.refuse("witness_not_allowed", f"body.commission.{n}", person=name, role=person.role)
    case.note("governance_lost")


def _with_role(case: Case, effect: Effect) -> list[Effect]:
    if case.body["role"] != "head_pharmacist":
        return [effect]
    return [effect, Changed("facility", (), "governed", True, True)]


def _enrol_person(case: Case) -> list[Effect]:
    body = case.body
    person = Person(roles=((case.seq, case.at, body["role"]),))
    return _with_role(case, Made("person", (body["person"],), person))


PERSON_ENROLLED = Kind(
    name="person.enrolled",
    fields={
        "person": new("person", person_name),
        "role": one_of(*ROLES),
        "name": sealed(text),
        "registration_no": Opt(sealed(text)),
        "commission": COMMISSION,
    },
    effects=_enrol_person,
)


def _change_role(case: Case) -> list[Effect]:
    body = case.body
    person: Person | None = case.book.find("person", body["person"])
    if person is None:
        return []
    roles = (*person.roles, (case.seq, case.at, body["role"]))
    return _with_role(case, Changed("person", (body["person"],), "roles", roles, person.roles))


PERSON_ROLE_CHANGED = Kind(
    name="person.role_changed",
    fields={"person": ref("person"), "role": one_of(*ROLES), "order_no": text, "commission": COMMISSION},
    effects=_change_role,
)


def _leave(case: Case) -> None:
    """Nothing in hand, nothing pending: nobody else can answer for it afterwards."""
    body, book = case.body, case.book
    if body["on"] > case.day:
        case.refuse("time_in_future", "body.on", on=body["on"])
    pending = [p for p in book.shelves["pending"].values() if body["person"] in (p.performer, p.by)]
    sheets = [
        name
        for (name,), sheet in book.shelves["sheet"].items()
        if sheet.issued_by == body["person"] and not sheet.closed
    ]
    if pending or sheets:
        held = [str(seq) for seq in sorted({p.seq for p in pending})] + sorted(sheets)
        case.refuse("has_dependents", "body.person", person=body["person"], held=", ".join(held[:20]))


PERSON_LEFT = Kind(
    name="person.left",
    fields={"person": ref("person"), "on": day},
    rule=_leave,
    effects=lambda case: [
        Changed("person", (case.body["person"],), "left_at", case.at, None),
        KeysEnded(tuple(keys_of(case.book, case.body["person"]))),
    ],
)


def _erase(case: Case) -> None:
    """Not while the records of the patient's last day have to be kept."""
    years = case.rule("retention_years")
    name, book = case.body["patient"], case.book
    patient: Patient | None = book.find("patient", name)
    if years is None or patient is None or patient.erased_by is not None:
        return
    seqs = (seq for each in ids_of(book, name) for seq in book.past.mentioning("patient", each))
    pasts = map(book.past.by_seq, seqs)
    last = max((local_day(past.occurred_at, book.facility.zone) for past in pasts if past is not None), default="")
    if last and case.day < (until_on := _years_later(last, years)):
        case.refuse("has_dependents", "body.patient", patient=name, until_on=until_on)


def _years_later(on: str, years: int) -> str:
    then = date.fromisoformat(on)
    moved = date(then.year + years, then.month, 28 if (then.month, then.day) == (2, 29) else then.day)
    return moved.isoformat()


IDENTITY_ERASED = Kind(
    name="identity.erased",
    fields={"patient": ref("patient"), "basis": free},
    rule=_erase,
    effects=lambda case: [
        Changed("patient", (each,), "erased_by", case.seq, None) for each in ids_of(case.book, case.body["patient"])
    ],
)

KINDS: tuple[Kind, ...] = (PERSON_ENROLLED, PERSON_ROLE_CHANGED, PERSON_LEFT, IDENTITY_ERASED)
