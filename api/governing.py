"""The facility's word: what registrar and head pharmacist may have recorded by the import keys that the ledger holds.

Only while imports are open, and only to bring in people and their first keys; afterwards both sign, with keys of their
own. Trusts the entrance for who asks.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.site import Site
from ledger.errors import CommandRefused
from ledger.log.canonical import to_timestamp
from ledger.service.importing import record_line
from ledger.service.ports import Reading
from ledger.service.transaction import Receipt


def find_holder(reading: Reading, role: str) -> str | None:
    """The first person who is here in that role."""
    people = ((name, person) for (name,), person in reading.shelf("person"))
    return next((name for name, person in people if person.role == role and person.left_at is None), None)


def record_on_word(site: Site, type: str, body: Mapping[str, Any]) -> Receipt:
    """Record a statement of registrar and head pharmacist. Raises `CommandRefused`, `import_closed` among others."""
    with site.ledger.reading() as reading:
        registrar, head = find_holder(reading, "registrar"), find_holder(reading, "head_pharmacist")
    raw = {
        "id": str(UUID(bytes=site.ledger.entropy(16), version=4)),
        "type": type,
        "occurred_at": to_timestamp(site.ledger.clock()),
        "performer": registrar,
        "witness": head,
        "body": dict(body),
    }
    answer = record_line(site.ledger, 1, raw, strict=False)
    if answer.receipt is None:
        raise CommandRefused(list(answer.refusals))
    return answer.receipt


def enrol_waiting(site: Site) -> None:
    """Enrol the keys that were made before there was a head pharmacist, in whose name too it is done."""
    with site.ledger.reading() as reading:
        if find_holder(reading, "head_pharmacist") is None:
            return
    book = site.ledger.keys()
    for each in site.accounts.keys.waiting():
        if book.find(each.key) is None:
            record_on_word(site, "key.enrolled", each.body)
