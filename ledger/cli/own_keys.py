"""`senim person key` once imports are closed: registrar and head pharmacist sign elsewhere, in two steps.

What they are to sign is kept and shown; called again with their signatures, it is recorded. Until then nothing is.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from ledger.cli.options import answer, say, tell
from ledger.cli.signed_elsewhere import read_signed, to_signature
from ledger.cli.wiring import House
from ledger.errors import CommandRefused
from ledger.log.canonical import to_timestamp
from ledger.log.encoding import to_base64
from ledger.log.signing import to_signed_bytes
from ledger.log.statement import spell_statement
from ledger.service.ports import Reading
from ledger.service.preparing import Signed
from ledger.service.previewing import preview
from ledger.storage.private import make_private_directory, read_private, write_private


def enrol_signed(house: House, body: Mapping[str, Any], signed: Sequence[str], *, as_json: bool) -> int | None:
    """The seq of the `key.enrolled` with *body* once it was *signed* (`USERNAME=FILE`, each); None while it is not.

    Raises `CommandRefused`, and whatever a wrong signature raises; then nothing is recorded.
    """
    path = _path(house, body["person"])
    draft = _read_draft(path, body)
    if draft is None or not signed:
        draft = draft or _draft(house, body)
        make_private_directory(path.parent)
        write_private(path, json.dumps(draft).encode())
        _ask(draft, as_json=as_json)
        return None
    given = dict(map(read_signed, signed))
    signatures = [to_signature(name, key, given[name]) for name, key in draft["keys"].items() if name in given]
    (receipt,) = house.ledger.append([Signed(draft["statement"], {}, signatures)], via="device")
    path.unlink()
    return receipt.seq


def find_asked(house: House, person: str) -> dict[str, Any] | None:
    """The body of the `key.enrolled` for *person* that was shown to be signed and is not recorded yet."""
    data = read_private(_path(house, person))
    return None if data is None else dict(json.loads(data)["statement"]["body"])


def _path(house: House, person: str) -> Path:
    return house.directory / "secrets" / "enrolment" / f"{person}.statement"


def _draft(house: House, body: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that would be recorded now, and who signs it with which key. Raises `CommandRefused`."""
    with house.ledger.reading() as reading:
        registrar, head = (_find_holder(reading, role) for role in ("registrar", "head_pharmacist"))
        command = {
            "id": str(uuid4()),
            "type": "key.enrolled",
            "occurred_at": to_timestamp(house.ledger.clock()),
            "performer": registrar,
            "witness": head,
            "body": dict(body),
        }
        found = preview(house.ledger, reading, [command], caller=registrar)
    (only,) = found.entries
    if found.sign is None or only.statement is None:
        raise CommandRefused(list(only.refusals))
    return {"statement": dict(only.statement), "keys": dict(found.keys)}


def _find_holder(reading: Reading, role: str) -> str:
    return next(
        (name for (name,), person in reading.shelf("person") if person.role == role and person.left_at is None), role
    )


def _read_draft(path: Path, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was shown to be signed, if it was for this very key and proof."""
    data = read_private(path)
    found: dict[str, Any] | None = None if data is None else json.loads(data)
    return found if found is not None and found["statement"]["body"] == body else None


def _ask(draft: Mapping[str, Any], *, as_json: bool) -> None:
    to_sign = to_base64(to_signed_bytes([spell_statement(draft["statement"]).digest]))
    if as_json:
        answer({**draft, "sign": to_sign})
        return
    for person, key in draft["keys"].items():
        tell(say("{person} signs with the key {key}.", person=person, key=key))
    tell(
        say("Both sign these bytes (Ed25519, raw signature); give them with --signature USERNAME=FILE; base64:"),
        to_sign,
    )
