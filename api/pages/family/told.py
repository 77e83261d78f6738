"""What a family was told before: who was told, and under which order of the head. Trusts the entries and the vault."""

from dataclasses import dataclass

from api.site import Site
from ledger.domain.person import ids_of
from ledger.log.canonical import from_bytes
from ledger.service.opened import find_standing, open_entry
from ledger.service.ports import Reading

_TOLD = "relatives.informed"


@dataclass(frozen=True, slots=True)
class Told:
    relative: str
    relation: str


def find_told(site: Site, reading: Reading, patient: str) -> Told | None:
    """Whom the notice about *patient* was told to last."""
    rows = [row for each in ids_of(reading.book, patient) for row in find_standing(reading, (_TOLD,), each)]
    if not rows:
        return None
    name = open_entry(reading, site.ledger.vault, rows[-1]).get("body.relative")
    relation = from_bytes(rows[-1].data)["statement"]["body"]["relation"]
    return Told(str(name.value) if name else "", relation)


def find_order(reading: Reading) -> tuple[str, str]:
    """(number, day) of the order that the last notice was told under; empty where there was none."""
    for row in reading.rows(type=_TOLD, last=1):
        body = from_bytes(row.data)["statement"]["body"]
        return body["order_no"], body["order_on"]
    return "", ""
