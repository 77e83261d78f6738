"""An inspection from arrival to signed protocol: what the inspector notes, and what the site answers.

One inspection is open at a time. Inspectors write nothing else in the register, and nobody takes back what they
wrote; the head pharmacist answers each note as often as there is something to say.
"""

from ledger.domain import values
from ledger.domain.effects import Effect, Made
from ledger.domain.form import Opt
from ledger.domain.kind import Case, Kind
from ledger.domain.texts import free, ref, text


def _open(case: Case) -> None:
    if case.book.find("inspection") is not None:
        case.refuse("already_open", "type")


INSPECTION_OPENED = Kind(
    name="inspection.opened",
    fields={"scope": free, "document_no": text},
    rule=_open,
    effects=lambda case: [Made("inspection", (), case.command.id)],
)


def _needs_open(case: Case) -> None:
    if case.book.find("inspection") is None:
        case.refuse("already_closed", "type", performer=case.command.performer)


INSPECTION_NOTED = Kind(
    name="inspection.noted",
    fields={"text": free, "about": Opt(ref("entry", values.uuid))},
    rule=_needs_open,
    effects=lambda case: [],
)


def _answer(case: Case) -> None:
    note = case.book.past.by_id(case.body["note"])
    if note is not None and note.type != "inspection.noted":
        case.refuse("entry_unknown", "body.note", id=case.body["note"])


INSPECTION_ANSWERED = Kind(
    name="inspection.answered",
    fields={"note": ref("entry", values.uuid), "text": free},
    rule=_answer,
    effects=lambda case: [],
)


def _close(case: Case) -> list[Effect]:
    return [Made("inspection", (), None)]


INSPECTION_CLOSED = Kind(
    name="inspection.closed",
    fields={"protocol_sha256": Opt(values.hex64)},
    rule=_needs_open,
    effects=_close,
)

KINDS: tuple[Kind, ...] = (INSPECTION_OPENED, INSPECTION_NOTED, INSPECTION_ANSWERED, INSPECTION_CLOSED)
