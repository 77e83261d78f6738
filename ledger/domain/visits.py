"""Who saw a patient at home, and when: found again under the role of whoever was there. Pure.

The standard asks for a physician's visit and a nurse's apart (rule set: `visit_physician_days`, `visit_nurse_days`).
"""

from collections.abc import Iterator

from ledger.domain.kind import Case

_AT_HOME = frozenset({"home.counted", "dose.administered", "patch.removed", "prescription.issued", "unused.returned"})
"""Entries that are made where the patient is, or, a prescription, by who has seen them."""


def to_visit(patient: str, *, physician: bool) -> tuple[str, str]:
    """The mention of a visit at *patient*'s home by a physician, or by anybody else."""
    return "visit", f"{patient} {'physician' if physician else 'nurse'}"


def to_mentions(case: Case) -> Iterator[tuple[str, str]]:
    command, body = case.command, case.command.body
    if command.type in _AT_HOME and "patient" in body and (command.type != "dose.administered" or "place" not in body):
        person = case.book.find("person", command.performer)
        yield to_visit(body["patient"], physician=person is not None and person.role == "physician")
