"""Under what an entry about a patient is found again, where a patient has too many entries to look through. Pure.

The standard asks for a physician's visit at home and a nurse's apart (`visit_physician_days`, `visit_nurse_days`).
"""

from collections.abc import Iterator, Mapping

from ledger.domain.kind import Case

GROUPS: Mapping[str, str] = {
    "patient.registered": "identity",
    "patient.corrected": "identity",
    "prescription.issued": "order",
    "prescription.transcribed": "order",
    "relatives.informed": "told",
    "infusion.started": "driver",
}
"""The kind of mention that a type stands under."""
_AT_HOME = frozenset({"home.counted", "dose.administered", "patch.removed", "prescription.issued", "unused.returned"})
"""Entries that are made where the patient is, or, a prescription, by who has seen them."""


def to_visit(patient: str, *, physician: bool) -> tuple[str, str]:
    """The mention of a visit at *patient*'s home by a physician, or by anybody else."""
    return "visit", f"{patient} {'physician' if physician else 'nurse'}"


def to_mentions(case: Case) -> Iterator[tuple[str, str]]:
    command, body = case.command, case.command.body
    if "patient" not in body:
        return
    if command.type in GROUPS:
        yield GROUPS[command.type], body["patient"]
    if command.type in _AT_HOME and (command.type != "dose.administered" or "place" not in body):
        person = case.book.find("person", command.performer)
        yield to_visit(body["patient"], physician=person is not None and person.role == "physician")
