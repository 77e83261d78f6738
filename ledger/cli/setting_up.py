"""`senim init` and `senim person`: a directory made, people and keys enrolled while imports are open."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ledger.cli.ending import tell_unsigned
from ledger.cli.options import DONE, REFUSED, RUN, UNDETERMINED, answer, say, tell
from ledger.cli.own_keys import enrol_signed
from ledger.cli.reading import is_known, read_file
from ledger.cli.wiring import House, make_house, read_rules
from ledger.errors import CommandInvalid, CommandRefused, Refusal, WronglyCalled
from ledger.log.canonical import to_timestamp
from ledger.log.signing import to_enrolment_bytes
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.founding import REGISTRAR, describe_key, found_facility
from ledger.service.importing import record_line
from ledger.storage.enrolment import EnrolmentCodes, make_code
from ledger.storage.layout import choose_schema


def init_directory(
    directory: Path,
    log: str,
    body: dict[str, Any],
    rules: Path | None,
    registrar: Path | None,
    database: str | None = None,
    *,
    as_json: bool,
) -> int:
    """Make *directory*; prints the log's vkey and the registrar's enrolment code. *registrar*: the file of their key;
    *database*: where the entries lie, if not in *directory*.

    Raises `WronglyCalled` for a directory that is taken, `CommandInvalid`.
    """
    RUN.records = True
    if body["practice"] != ("senim-practice/" in log):
        wanted = "senim-practice/…" if body["practice"] else "senim/…"
        raise CommandInvalid([Refusal(code="malformed", field="log", values={"log": log, "wanted": wanted})])
    adoption = read_rules(rules)
    brought = None if registrar is None else _read_public(registrar)
    check_opening({**body, "rules": "senim-rules/1"}, log, adoption.rules.kato)
    where = None if database is None else choose_schema(database, log)
    house = make_house(directory, log, zone=body["zone"], where=where)
    try:
        code = make_code(house.ledger.entropy)
        with EnrolmentCodes(directory).kept(REGISTRAR, code):
            receipts = found_facility(house.ledger, {**body, "rules": "senim-rules/1"}, adoption, registrar=brought)
        RUN.recorded += [receipt.seq for receipt in receipts]
        genesis, vkey = receipts[0].leaf.hex(), verifier_key(house.ledger).to_vkey()
        if as_json:
            answer({"log": log, "vkey": vkey, "genesis": genesis, "size": len(receipts), "code": code})
        else:
            tell(
                say("The ledger {log} is open. Entry 0 has the leaf", log=log),
                genesis,
                say("The key that its heads are signed with; hand it to the inspector on paper:"),
                vkey,
                say("The first person is {person}. The one-time enrolment code:", person=REGISTRAR),
                code,
            )
        return REFUSED if tell_unsigned(lambda: sign_head(house.ledger)) else DONE
    finally:
        house.close()


def check_opening(body: dict[str, Any], log: str, kato: frozenset[str]) -> None:
    """Refuse before anything is made what entry 0 could not say."""
    from ledger.domain import form, values
    from ledger.domain.command import in_order
    from ledger.domain.families.setting_up import FACILITY_OPENED

    reading = form.Reading()
    form.obj({name: reader for name, reader in FACILITY_OPENED.fields.items() if name != "keys"})(body, "", reading)
    values.log_origin(log, ".log", reading)
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


def govern(house: House, type: str, body: dict[str, Any], *, files: Mapping[str, bytes] | None = None) -> int:
    """Record a statement of registrar and head pharmacist with their import keys; its seq. *files*: what it adopts."""
    raw = {
        "id": str(uuid4()),
        "type": type,
        "occurred_at": to_timestamp(house.ledger.clock()),
        "performer": REGISTRAR,
        "witness": _find_head_pharmacist(house),
        "body": body,
    }
    told = record_line(house.ledger, 1, raw, strict=False, files=files)
    if told.receipt is None:
        raise CommandRefused(list(told.refusals))
    RUN.recorded.append(told.receipt.seq)
    return told.receipt.seq


def add_person(house: House, username: str, role: str, name: str, *, as_json: bool) -> int:
    code = make_code(house.ledger.entropy)
    with EnrolmentCodes(house.directory).kept(username, code):
        seq = govern(house, "person.enrolled", {"person": username, "role": role, "name": name})
    if as_json:
        answer({"person": username, "seq": seq, "code": code})
    else:
        tell(say("{person} is enrolled, entry {seq}. The one-time enrolment code:", person=username, seq=seq), code)
    return REFUSED if tell_unsigned(lambda: sign_head(house.ledger)) else DONE


def _read_public(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(read_file(path))
    except (ValueError, TypeError, UnsupportedAlgorithm) as bad:
        raise WronglyCalled("key_unreadable", path=path.name) from bad
    if not isinstance(key, Ed25519PublicKey):
        raise WronglyCalled("key_unreadable", path=path.name)
    return key


def enrol_key(
    house: House, username: str, public: Path, proof: Path | None, signed: Sequence[str], *, as_json: bool
) -> int:
    """Enrol a key for signing. Without its proof, print the bytes that the new key must sign; then the code is 2.

    Once imports are closed registrar and head pharmacist sign too (*signed*: `USERNAME=FILE`).
    """
    with house.ledger.reading() as reading:
        if not is_known(reading, "person", username):
            raise CommandRefused([Refusal(code="not_enrolled", field="person", values={"person": username})])
        is_closed = reading.book.facility.imports_closed
    described = describe_key(username, _read_public(public), "sign")
    message = to_enrolment_bytes(house.ledger.log, username, described["public"])
    if proof is None:
        encoded = base64.b64encode(message).decode()
        if as_json:
            answer({"person": username, "key": described["key"], "to_sign": encoded})
        else:
            tell(say("Sign these bytes with the new key (Ed25519, raw signature) and give it with --proof; base64:"))
            tell(encoded)
        return UNDETERMINED
    signature = read_file(proof)
    raw = signature if len(signature) == 64 else _from_base64(signature, proof.name)
    body = {**described, "custody": "device", "proof": base64.b64encode(raw).decode()}
    seq = enrol_signed(house, body, signed, as_json=as_json) if is_closed else govern(house, "key.enrolled", body)
    if seq is None:
        return UNDETERMINED
    if as_json:
        answer({"person": username, "key": described["key"], "seq": seq})
    else:
        tell(say("The key {key} of {person} is enrolled, entry {seq}.", key=described["key"], person=username, seq=seq))
    return REFUSED if tell_unsigned(lambda: sign_head(house.ledger)) else DONE


def _from_base64(data: bytes, name: str) -> bytes:
    try:
        raw = base64.b64decode(data.strip(), validate=True)
    except ValueError as bad:
        raise WronglyCalled("proof_unreadable", path=name) from bad
    if len(raw) != 64:
        raise WronglyCalled("proof_unreadable", path=name)
    return raw
