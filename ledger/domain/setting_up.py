"""Opening a facility's register, also as a new epoch after a loss; the rule sets that it adopts."""

from dataclasses import replace
from typing import Any

from ledger.domain import form
from ledger.domain.effects import Effect, Made
from ledger.domain.form import Opt, flag, integer, many, obj, one_of, text, username
from ledger.domain.holding_keys import enrolled
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Facility
from ledger.domain.terms import FACILITY_KINDS

_ZONES = ("Asia/Almaty", "Asia/Qyzylorda", "Asia/Aqtobe", "Asia/Aqtau", "Asia/Atyrau", "Asia/Oral", "Asia/Qostanay")
_KEY = {"person": username, "key": text, "alg": text, "public": form.base64, "use": text}


def _adds_up(value: dict[str, Any], path: str, reading: form.Reading) -> None:
    """What is lost is what was signed and is not there any more."""
    size, recovered, lost = (value.get(name) for name in ("size", "recovered", "lost"))
    if type(size) is int and type(recovered) is int and lost != max(0, size - recovered):
        reading.refuse("malformed", f"{path}.lost")


_AFTER = obj(
    {
        "log": form.log_origin,
        "size": integer(1),
        "root": form.hex64,
        "recovered": integer(0),
        "lost": integer(0),
    },
    _adds_up,
)
"""The old log: its last signed size and root, how many entries were recovered, how many are lost."""


def _open_facility(case: Case) -> list[Effect]:
    body = case.body
    facility = Facility(
        name=body["facility"],
        bin=body["bin"],
        kato=body["kato"],
        kind=body["kind"],
        zone=body["zone"],
        practice=body["practice"],
    )
    before: Facility | None = case.book.find("facility")
    if before is not None:  # a new epoch goes on with the old state
        facility = replace(facility, imports_closed=before.imports_closed, governed=before.governed)
    return [Made("facility", (), facility), *map(enrolled, body["keys"])]


FACILITY_OPENED = Kind(
    name="facility.opened",
    fields={
        "facility": text,
        "bin": form.bin_number,
        "kato": form.kato,
        "kind": one_of(*FACILITY_KINDS),
        "zone": one_of(*_ZONES),
        "practice": flag,
        "rules": one_of("senim-rules/1"),
        "keys": many(obj(_KEY), least=3, most=3),
        "after": Opt(_AFTER),
    },
    effects=_open_facility,
)

REGULATION_ADOPTED = Kind(
    name="regulation.adopted",
    fields={"name": text, "sha256": form.hex64, "rules": one_of("senim-rules/1")},
    effects=lambda case: [],
)

KINDS: tuple[Kind, ...] = (FACILITY_OPENED, REGULATION_ADOPTED)
