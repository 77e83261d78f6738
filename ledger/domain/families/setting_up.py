"""Opening a facility's register, also as a new epoch after a loss; the rule sets that it adopts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ledger.domain import values
from ledger.domain.effects import Effect, Made
from ledger.domain.families.holding_keys import KeysEnded, enrolled
from ledger.domain.form import Opt, Reading, many, obj
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Facility, Key, SigningKey
from ledger.domain.terms import FACILITY_KINDS
from ledger.domain.texts import one_of, text, username
from ledger.domain.values import flag, integer

_ZONES = ("Asia/Almaty", "Asia/Qyzylorda", "Asia/Aqtobe", "Asia/Aqtau", "Asia/Atyrau", "Asia/Oral", "Asia/Qostanay")
_KEY = {"person": username, "key": text, "alg": text, "public": values.base64, "use": text}


def _adds_up(value: dict[str, Any], path: str, reading: Reading) -> None:
    """What is lost is what was signed and is not there any more; a root holds what goes on, be it not as signed."""
    size, recovered, lost = (value.get(name) for name in ("size", "recovered", "lost"))
    if type(size) is int and type(recovered) is int:
        if lost != max(0, size - recovered):
            reading.refuse("malformed", f"{path}.lost")
        if ("recovered_root" in value) != (recovered != size):
            reading.refuse("field_missing" if recovered != size else "malformed", f"{path}.recovered_root")


_AFTER = obj(
    {
        "log": values.log_origin,
        "size": integer(1),
        "root": values.hex64,
        "recovered": integer(1),
        "recovered_root": Opt(values.hex64),
        "lost": integer(0),
    },
    _adds_up,
)
"""The old log: its last signed size and root, how many entries were recovered, their root, how many are lost."""


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
    if before is None:
        return [Made("facility", (), facility), *map(enrolled, body["keys"])]
    # A new epoch goes on with the old state, without imports; the old log's own keys end with it.
    facility = replace(facility, imports_closed=True, governed=before.governed)
    known: Iterable[tuple[Key, SigningKey]] = case.book.shelves["key"].items()
    ended = tuple(name for (name,), key in known if key.use in ("log", "ledger", "import"))
    carried = {name for (name,), key in known if key.use == "sign"}
    fresh = (key for key in body["keys"] if key["key"] not in carried)
    return [Made("facility", (), facility), KeysEnded(ended), *map(enrolled, fresh)]


FACILITY_OPENED = Kind(
    name="facility.opened",
    fields={
        "facility": text,
        "bin": values.bin_number,
        "kato": values.kato,
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
    fields={"name": text, "sha256": values.hex64, "rules": one_of("senim-rules/1")},
    effects=lambda case: [],
)

KINDS: tuple[Kind, ...] = (FACILITY_OPENED, REGULATION_ADOPTED)
