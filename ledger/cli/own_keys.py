"""What registrar and head pharmacist sign elsewhere, in two steps: a key once imports are closed, the log's next key.

What they are to sign is kept and shown; called again with their signatures, it is recorded. Until then nothing is.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from ledger.cli.options import DONE, UNDETERMINED, answer, say, tell
from ledger.cli.signed_elsewhere import read_signed, to_signature
from ledger.cli.wiring import House
from ledger.errors import CommandRefused
from ledger.log.canonical import to_timestamp
from ledger.log.encoding import to_base64
from ledger.log.signing import LOG, to_signed_bytes
from ledger.log.statement import spell_statement
from ledger.service.checkpoints import verifier_key
from ledger.service.ports import Reading
from ledger.service.preparing import Signed
from ledger.service.previewing import preview
from ledger.service.rotating import rotate_log_key, to_rotation
from ledger.storage.private import make_private_directory, read_private, write_private

_OF_LOG = "@log"
"""In place of a username, which it cannot be."""


def enrol_signed(house: House, body: Mapping[str, Any], signed: Sequence[str], *, as_json: bool) -> int | None:
    """The seq of the `key.enrolled` with *body* once it was *signed* (`USERNAME=FILE`, each); None while it is not.

    Raises `CommandRefused`, and whatever a wrong signature raises; then nothing is recorded.
    """
    said = _read_signed(_path(house, body["person"]), house, "key.enrolled", body, signed, as_json=as_json)
    if said is None:
        return None
    (receipt,) = house.ledger.append([said], via="device")
    _path(house, body["person"]).unlink()
    return receipt.seq


def rotate_signed(house: House, signed: Sequence[str], *, as_json: bool) -> int:
    """Change the key that signs the log's heads, once it was *signed*; the exit code. Raises as `enrol_signed`."""
    path = _path(house, _OF_LOG)
    said = _read_signed(path, house, "key.rotated", to_rotation(house.ledger), signed, as_json=as_json)
    if said is None:
        return UNDETERMINED
    receipt = rotate_log_key(house.ledger, said, via="device")
    path.unlink()
    vkey = verifier_key(house.ledger).to_vkey()
    if as_json:
        answer({"seq": receipt.seq, "vkey": vkey})
    else:
        tell(say("The key that its heads are signed with; hand it to the inspector on paper:"), vkey)
    return DONE


def _read_signed(
    path: Path, house: House, type: str, body: Mapping[str, Any], signed: Sequence[str], *, as_json: bool
) -> Signed | None:
    """What lies at *path* to be signed, with the signatures; None where there are none: then it is asked for."""
    draft = _read_draft(path, body)
    if draft is None or not signed:
        draft = draft or _draft(house, type, body)
        make_private_directory(path.parent)
        write_private(path, json.dumps(draft).encode())
        _ask(draft, as_json=as_json)
        return None
    given = dict(map(read_signed, signed))
    signatures = [to_signature(name, key, given[name]) for name, key in draft["keys"].items() if name in given]
    return Signed(draft["statement"], {}, signatures)


def find_asked(house: House, person: str) -> dict[str, Any] | None:
    """The body of the `key.enrolled` for *person* that was shown to be signed and is not recorded yet."""
    data = read_private(_path(house, person))
    return None if data is None else dict(json.loads(data)["statement"]["body"])


def _path(house: House, person: str) -> Path:
    return house.directory / "secrets" / "enrolment" / f"{person}.statement"


def _draft(house: House, type: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that would be recorded now, and who signs it with which key. Raises `CommandRefused`."""
    with house.ledger.reading() as reading:
        registrar, head = (_find_holder(reading, role) for role in ("registrar", "head_pharmacist"))
        command = {
            "id": str(uuid4()),
            "type": type,
            "occurred_at": to_timestamp(house.ledger.clock()),
            "performer": registrar,
            "witness": head,
            "body": dict(body),
        }
        found = preview(house.ledger, reading, [command], caller=registrar)
    (only,) = found.entries
    refusals = [each for each in only.refusals if each.values.get("performer") != LOG]  # it signs here, after the two
    if refusals or only.statement is None:
        raise CommandRefused(refusals)
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
