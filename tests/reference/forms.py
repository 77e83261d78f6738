"""What a well-formed command looks like: group 1 of the refusals in section 4."""

import json
from typing import Any

from tests.reference.bodies import BODIES
from tests.reference.fields import (
    fields,
    instant,
    list_of,
    malformed_unless,
    maybe_empty,
    name,
    number,
    one_of,
    or_null,
    text,
    uuid,
)

ENTRY_BYTES_MAX = 61_440
FORM_CODES = (
    "malformed",
    "field_missing",
    "field_unknown",
    "units_not_whole",
    "units_not_positive",
    "units_implausible",
    "iin_invalid",
    "bin_invalid",
    "id_looks_like_iin",
    "entry_too_large",
)

ENVELOPE = fields(
    id=uuid,
    type=one_of(*BODIES),
    occurred_at=instant,
    performer=name,
    witness_=or_null(name),
    witness_pending_=one_of("alone_on_duty", "at_home", "device_failed"),
    acknowledged_=maybe_empty(list_of(fields(code=text, reason=text))),
    late_reason_=or_null(text),
    sheet_=fields(no=text, line=number),
    body=lambda value: malformed_unless(isinstance(value, dict)),
)


def find_form_codes(command: Any) -> set[str]:
    """Every form code of a command; `units_implausible` is not among them, the practice rules set no maximum."""
    codes = ENVELOPE(command)
    if not isinstance(command, dict) or not isinstance(command.get("body"), dict):
        return codes
    if command.get("type") in BODIES:
        codes = codes | BODIES[command["type"]](command["body"])
    if command.get("witness") is not None and "witness_pending" in command:
        codes = codes | {"malformed"}
    if len(json.dumps(command["body"], ensure_ascii=False).encode()) > ENTRY_BYTES_MAX:
        codes = codes | {"entry_too_large"}
    return codes
