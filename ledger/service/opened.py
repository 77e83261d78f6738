"""What the vault still opens, put together as people read it: a patient's identity, the names of colleagues."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from ledger.domain.found_again import GROUPS
from ledger.domain.person import ids_of
from ledger.log.canonical import from_bytes
from ledger.service.ports import EntryRow, Reading, Vault
from ledger.service.sealing import Opening, from_rows

_IDENTITY = "body.identity."
_NAMES = ("name", "iin", "no_iin_reason", "born_on", "address", "icd10")
_PATHS = {name: f"body.{name}" if name == "icd10" else f"{_IDENTITY}{name}" for name in _NAMES}


class _Of(msgspec.Struct):
    """Of an entry whose place is its own: the log that its openings are bound to."""

    log: str


_LOG = msgspec.json.Decoder(_Of)


def open_entry(
    reading: Reading, vault: Vault, row: EntryRow, only: Collection[str] | None = None
) -> dict[str, Opening]:
    """The openings of an entry by path, or *only* some; what was erased is left out."""
    sealed = [each for each in reading.sealed(row.seq) if only is None or each.path in only]
    return from_rows(sealed, log=_LOG.decode(row.data).log, entry_id=row.id, vault=vault) if sealed else {}


def read_identity(reading: Reading, vault: Vault, patient: str, only: Collection[str] | None = None) -> dict[str, Any]:
    """`name`, `iin`, `no_iin_reason`, `born_on`, `address`, `icd10`, or *only* some, as told last and not taken back;
    erased: empty.

    What was told of the kept one of several merged ids goes before what was told of the others.
    """
    paths = None if only is None else {_PATHS[name] for name in only}
    found: dict[str, Any] = {}
    for each in reversed(ids_of(reading.book, patient)):
        for row in find_standing(reading, ("patient.registered", "patient.corrected"), each):
            opened = open_entry(reading, vault, row, paths)
            found |= {path.removeprefix(_IDENTITY).removeprefix("body."): o.value for path, o in opened.items()}
    return {name: found[name] for name in _NAMES if name in found}


def find_standing(reading: Reading, types: Sequence[str], patient: str) -> list[EntryRow]:
    """The entries of *types* about *patient*, under this very id, that no reversal took back; in order."""
    rows = [
        row
        for kind in {GROUPS[type] for type in types if type in GROUPS}
        for row in reading.rows(mention=(kind, patient))
    ]
    rows = [row for row in rows if row.type in types]
    rows += [
        row for type in types if type not in GROUPS for row in reading.rows(type=type, mention=("patient", patient))
    ]
    return sorted((row for row in rows if reading.book.find("reversal", row.id) is None), key=attrgetter("seq"))


def read_people(reading: Reading, vault: Vault) -> dict[str, tuple[str, str, str | None]]:
    """(name or "", role, when they left) by username, in the order of enrolment."""
    found = {}
    for row in reading.rows(type="person.enrolled"):
        username = from_bytes(row.data)["statement"]["body"]["person"]
        person = reading.book.get("person", username)
        name = open_entry(reading, vault, row).get("body.name")
        found[username] = (name.value if name else "", person.role, person.left_at)
    return found
