"""`senim init` and `senim person`: a directory made, people and keys enrolled while imports are open."""

import base64
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ledger.cli.options import UNDETERMINED, answer, leave, say
from ledger.cli.wiring import House, make_house, read_rules
from ledger.errors import CommandInvalid, CommandRefused, Refusal, WronglyCalled
from ledger.log.canonical import to_timestamp
from ledger.log.signing import to_enrolment_bytes
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.founding import REGISTRAR, describe_key, found_facility
from ledger.service.importing import record_line
from ledger.storage.private import write_private


def init_directory(directory: Path, log: str, body: dict[str, Any], rules: Path | None, *, as_json: bool) -> None:
    """Make *directory*; prints the log's vkey. Raises `WronglyCalled` for one that is taken, `CommandInvalid`."""
    if body["practice"] != ("senim-practice/" in log):
        raise CommandInvalid([Refusal(code="malformed", field="log")])
    adoption = read_rules(rules)
    check_opening({**body, "rules": "senim-rules/1"}, log, adoption.rules.kato)
    house = make_house(directory, log)
    try:
        receipts = found_facility(house.ledger, {**body, "rules": "senim-rules/1"}, adoption)
        sign_head(house.ledger)
        vkey = verifier_key(house.ledger).to_vkey()
    finally:
        house.close()
    genesis = receipts[0].leaf.hex()
    if as_json:
        answer({"log": log, "vkey": vkey, "genesis": genesis, "size": len(receipts)})
        return
    print(say("The ledger {log} is open. Entry 0 has the leaf", log=log))
    print(genesis)
    print(say("The key that its heads are signed with; hand it to the inspector on paper:"))
    print(vkey)


def check_opening(body: dict[str, Any], log: str, kato: frozenset[str]) -> None:
    """Refuse before anything is made what entry 0 could not say."""
    from ledger.domain import form
    from ledger.domain.command import in_order
    from ledger.domain.setting_up import FACILITY_OPENED

    reading = form.Reading()
    form.obj({name: reader for name, reader in FACILITY_OPENED.fields.items() if name != "keys"})(body, "", reading)
    form.log_origin(log, ".log", reading)
    problems = [Refusal(code=p.code, field=(p.field or "").lstrip(".")) for p in reading.problems]
    if problems:
        raise CommandInvalid(in_order(problems))
    if kato and body["kato"] not in kato:
        raise CommandRefused([Refusal(code="kato_unknown", field="kato", values={"kato": body["kato"]})])


def _find_head_pharmacist(house: House) -> str | None:
    with house.ledger.reading() as reading:
        for (name,), person in reading.shelf("person"):
            if person.role == "head_pharmacist" and person.left_at is None:
                return str(name)
    return None


def _govern(house: House, type: str, body: dict[str, Any]) -> int:
    """Record a statement of registrar and head pharmacist with their import keys; its seq."""
    raw = {
        "id": str(uuid4()),
        "type": type,
        "occurred_at": to_timestamp(house.ledger.clock()),
        "performer": REGISTRAR,
        "witness": _find_head_pharmacist(house),
        "body": body,
    }
    told = record_line(house.ledger, 1, raw, strict=False)
    if told.receipt is None:
        raise CommandRefused(list(told.refusals))
    sign_head(house.ledger)
    return told.receipt.seq


def add_person(house: House, username: str, role: str, name: str, *, as_json: bool) -> None:
    seq = _govern(house, "person.enrolled", {"person": username, "role": role, "name": name})
    code = secrets.token_hex(10)
    keep_enrolment_code(house.directory, username, code)
    if as_json:
        answer({"person": username, "seq": seq, "code": code})
        return
    print(say("{person} is enrolled, entry {seq}. The one-time enrolment code:", person=username, seq=seq))
    print(code)


def keep_enrolment_code(directory: Path, username: str, code: str) -> None:
    """Keep the code's hash where the sign-in pages will look for it; the code itself is nowhere but printed."""
    folder = directory / "secrets" / "enrolment"
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / username, sha256(code.encode()).hexdigest().encode())


def _read_public(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as bad:
        raise WronglyCalled("key_unreadable", path=path.name) from bad
    if not isinstance(key, Ed25519PublicKey):
        raise WronglyCalled("key_unreadable", path=path.name)
    return key


def enrol_key(house: House, username: str, public: Path, proof: Path | None, *, as_json: bool) -> None:
    """Enrol a key for signing. Without its proof, print the bytes that the new key must sign, and leave with 2."""
    described = describe_key(username, _read_public(public), "sign")
    message = to_enrolment_bytes(house.ledger.log, username, described["public"])
    if proof is None:
        encoded = base64.b64encode(message).decode()
        if as_json:
            answer({"person": username, "key": described["key"], "to_sign": encoded})
        else:
            print(say("Sign these bytes with the new key (Ed25519, raw signature) and give it with --proof; base64:"))
            print(encoded)
        leave(UNDETERMINED)
    try:
        signature = proof.read_bytes()
    except OSError as bad:
        raise WronglyCalled("file_unreadable", path=proof.name) from bad
    raw = signature if len(signature) == 64 else _from_base64(signature, proof.name)
    body = {**described, "custody": "device", "proof": base64.b64encode(raw).decode()}
    seq = _govern(house, "key.enrolled", body)
    if as_json:
        answer({"person": username, "key": described["key"], "seq": seq})
    else:
        print(
            say("The key {key} of {person} is enrolled, entry {seq}.", key=described["key"], person=username, seq=seq)
        )


def _from_base64(data: bytes, name: str) -> bytes:
    try:
        return base64.b64decode(data.strip(), validate=True)
    except ValueError as bad:
        raise WronglyCalled("proof_unreadable", path=name) from bad
