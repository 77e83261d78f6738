"""The shape of a statement and of the entry that carries it (contract, section 5).

Holds every rule that can be judged on one entry alone: exact members, types, nulls, times, sealed against clear.
Trusts nobody and knows no keys; which paths of a body are sealed or left out is the domain's affair.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

from msgspec import Raw, Struct

from ledger.errors import BytesRejected
from ledger.log.canonical import MAX_INT, encode_checked, from_timestamp, to_bytes, to_canonical
from ledger.log.encoding import from_base64, from_hex
from ledger.log.merkle import EMPTY_PREV
from ledger.log.quick import is_statement

VIAS = ("web", "api", "device", "import", "ledger")
ALGS = ("ed25519", "webauthn-es256")
MOST_AHEAD = timedelta(minutes=5)
"""How far `occurred_at` may lie after `recorded_at`: a person's clock may run ahead."""
NO_LEAF = "0" * 64
"""`genesis` and `seen.leaf` of entry 0."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})+/)?senim(?:-practice)?/[a-z0-9._-]{{1,64}}/(?:0|[1-9][0-9]{{0,8}})")
_NAME = re.compile(r"[a-z0-9._-]{1,64}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TYPE = re.compile(r"[a-z][a-z_]{0,31}\.[a-z][a-z_]{0,31}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")

_ENTRY = frozenset(["v", "log", "seq", "prev", "recorded_at", "via", "statement", "signatures"])
_STATEMENT = frozenset({"id", "log", "genesis", "seen", "type", "occurred_at", "performer", "witness"}) | {
    "acknowledged",
    "late_reason",
    "body",
}
_STATEMENT_MORE = frozenset({"sealed", "witness_pending", "sheet"})
_SEEN = frozenset({"seq", "leaf"})
_SIGNATURE = frozenset({"by", "key", "alg", "value"})
_ED25519 = re.compile(rf"{_NAME.pattern}\n[0-9a-f]{{16}}\n[A-Za-z0-9+/]{{85}}[AQgw]==")
"""Who signed, with which key, and 64 bytes in canonical base64, a line each."""
_PASSKEY = _SIGNATURE | {"authenticator_data", "client_data"}


def is_log(origin: object) -> bool:
    """Whether it is `senim/<facility>/<epoch>`, perhaps with a domain before it."""
    return type(origin) is str and len(origin) <= 255 and _is_origin(origin)


@lru_cache(maxsize=64)
def _is_origin(text: str) -> bool:
    return _ORIGIN.fullmatch(text) is not None


def check_log(origin: object) -> None:
    """BytesRejected unless `is_log`."""
    _need(is_log(origin), "log_malformed")


class Spelled(Struct, frozen=True):
    """A statement that was checked, with its canonical bytes (`data`) and their SHA-256 (`digest`, 32 bytes).

    People sign the digest and an entry carries the bytes; `said` must stay as it was when they were made.
    """

    said: Mapping[str, Any]
    data: bytes
    digest: bytes


def spell_statement(statement: Mapping[str, Any]) -> Spelled:
    """BytesRejected with the reason, unless the statement is of the profile and of the one shape of section 5."""
    data = _spell_quickly(statement)
    if data is None:
        data = to_canonical(statement)
        _check_shape(statement)
    return Spelled(statement, data, sha256(data).digest())


def _spell_quickly(statement: Mapping[str, Any]) -> bytes | None:
    """The canonical bytes of what is beyond doubt: the judges' answer in a tenth of their time."""
    log = statement.get("log") if type(statement) is dict else None
    if not is_log(log):
        return None
    try:
        data = encode_checked(statement)
    except (TypeError, ValueError, RecursionError):  # what is wrong with it is for the judges to say
        return None
    return data if is_statement(data, log=f'"{log}"'.encode()) else None


def _check_shape(statement: Mapping[str, Any]) -> None:
    _members(statement, _STATEMENT, _STATEMENT_MORE)
    _match(_UUID, statement["id"], "id_malformed")
    check_log(statement["log"])
    _match(_TYPE, statement["type"], "type_malformed")
    _match(_NAME, statement["performer"], "performer_malformed")
    from_timestamp(statement["occurred_at"])
    _check_binding(statement)
    if statement["witness"] is not None:
        _match(_NAME, statement["witness"], "witness_malformed")
    _need(statement["late_reason"] is None, "late_reason_in_clear")
    check_acknowledged(statement["acknowledged"])
    _check_body(statement["body"])
    if "witness_pending" in statement:
        _need(statement["witness"] is None, "witness_pending_beside_witness")
        _match(_CODE, statement["witness_pending"], "witness_pending_malformed")
    if "sheet" in statement:
        _check_sheet(statement["sheet"])
    if "sealed" in statement:
        check_sealed(statement)


def check_entry(entry: Mapping[str, Any]) -> None:
    """BytesRejected with the reason, unless entry, statement and signatures have the shape of section 5.

    That the entry is of the profile is known already: it comes from `canonical.from_bytes`.
    """
    _members(entry, _ENTRY)
    _check_shape(entry["statement"])
    _check_around(entry)


def _check_around(entry: Mapping[str, Any]) -> None:
    """What an entry adds to a statement whose shape is known; what passes is of the profile."""
    _need(type(entry["v"]) is int and entry["v"] == 1, "version_unknown")
    _need(_is_count(entry["seq"]), "seq_malformed")
    from_hex(entry["prev"])
    recorded_at = from_timestamp(entry["recorded_at"])
    _need(entry["via"] in VIAS, "via_unknown")
    statement = entry["statement"]
    _need(statement["log"] == entry["log"], "log_mismatch")
    ahead = statement["occurred_at"] > entry["recorded_at"]
    _need(not ahead or from_timestamp(statement["occurred_at"]) - recorded_at <= MOST_AHEAD, "occurred_after_recorded")
    _need(statement["seen"]["seq"] < entry["seq"], "seen_not_before")
    _need((entry["seq"] == 0) == (statement["seen"]["seq"] == -1), "seen_missing")
    _need(entry["seq"] > 0 or entry["prev"] == EMPTY_PREV.hex(), "prev_of_nothing")
    signatures = entry["signatures"]
    _need(type(signatures) is list and signatures, "signatures_missing")
    for signature in signatures:
        check_signature(signature)


def check_signature(signature: Mapping[str, Any]) -> None:
    """BytesRejected unless the signature has the members of its `alg`, in canonical base64."""
    if type(signature) is dict and signature.keys() == _SIGNATURE and signature["alg"] == "ed25519":
        by, key, value = signature["by"], signature["key"], signature["value"]
        if type(by) is type(key) is type(value) is str and _ED25519.fullmatch(f"{by}\n{key}\n{value}"):
            return  # as nearly all are
    passkey = type(signature) is dict and signature.get("alg") == "webauthn-es256"
    _members(signature, _PASSKEY if passkey else _SIGNATURE, frozenset({"of"}))
    _need(signature["alg"] in ALGS, "alg_unknown")
    _match(_NAME, signature["by"], "by_malformed")
    from_hex(signature["key"], 8)
    if passkey:
        for member in ("authenticator_data", "client_data", "value"):
            _need(from_base64(signature[member]), "signature_malformed")
    else:
        _need(len(from_base64(signature["value"])) == 64, "signature_malformed")
    if "of" in signature:
        of = signature["of"]
        _need(type(of) is list and len(of) >= 2, "of_malformed")
        for digest in of:
            from_hex(digest)


def to_statement_hash(statement: Mapping[str, Any]) -> bytes:
    """SHA-256 of the statement's canonical bytes, 32 bytes."""
    return sha256(to_bytes(dict(statement))).digest()


def build_entry(
    *,
    log: str,
    seq: int,
    prev: bytes,
    recorded_at: str,
    via: str,
    statement: Spelled,
    signatures: Sequence[Mapping[str, Any]],
) -> bytes:
    """The bytes of an entry, checked; whether they are too many (MAX_ENTRY) is for the caller to refuse."""
    entry: dict[str, Any] = {
        "v": 1,
        "log": log,
        "seq": seq,
        "prev": prev.hex(),
        "recorded_at": recorded_at,
        "via": via,
        "statement": statement.said,
        "signatures": [dict(signature) for signature in signatures],
    }
    _check_around(entry)
    entry["statement"] = Raw(statement.data)
    return encode_checked(entry)


def _check_binding(statement: Mapping[str, Any]) -> None:
    seen = statement["seen"]
    _members(seen, _SEEN)
    from_hex(statement["genesis"])
    from_hex(seen["leaf"])
    if seen["seq"] == -1 and type(seen["seq"]) is int:
        _need(statement["genesis"] == seen["leaf"] == NO_LEAF, "binding_of_nothing")
    else:
        _need(_is_count(seen["seq"]), "seen_malformed")


def check_acknowledged(acknowledged: object) -> None:
    """BytesRejected unless a list of `{code}`, sorted by code and unique."""
    _need(type(acknowledged) is list, "acknowledged_malformed")
    assert isinstance(acknowledged, list)
    if not acknowledged:
        return
    for item in acknowledged:
        _members(item, frozenset({"code"}))
        _match(_CODE, item["code"], "acknowledged_malformed")
    codes = [item["code"] for item in acknowledged]
    _need(codes == sorted(set(codes)), "acknowledged_unsorted")


def _check_sheet(sheet: object) -> None:
    _members(sheet, frozenset({"no", "line"}))
    assert isinstance(sheet, dict)
    _need(type(sheet["no"]) is str and 0 < len(sheet["no"]) <= 64, "sheet_malformed")
    _need(_is_count(sheet["line"]) and sheet["line"] > 0, "sheet_malformed")


def _check_body(body: object) -> None:
    """No null anywhere, no object emptied but the body itself, no dotted key; its depth is limited already."""
    _need(type(body) is dict, "body_malformed")
    assert isinstance(body, dict)
    _need("." not in "".join(body), "key_malformed")
    _check_members(body.values())


def _check_members(members: Iterable[object]) -> None:
    for member in members:
        if type(member) is dict:
            _need(member, "object_emptied")
            _check_body(member)
        elif type(member) is list:
            _check_members(member)
        elif member is None:
            raise BytesRejected("null_in_body")


def check_sealed(statement: Mapping[str, Any]) -> None:
    """BytesRejected unless `sealed` holds commitments at places that `body` and `acknowledged` leave free."""
    sealed = statement["sealed"]
    _need(type(sealed) is dict and sealed, "sealed_malformed")
    for path, commitment in sealed.items():
        from_hex(commitment)
        _check_sealed_path(path, statement)
    # A sealed value is a scalar: nothing is sealed below it. What is would come next: a dot sorts first.
    _need(not any(below.startswith(f"{path}.") for path, below in pairwise(sorted(sealed))), "sealed_twice")


def _check_sealed_path(path: str, statement: Mapping[str, Any]) -> None:
    """The path may be sealed, and what stands in clear leaves its place free."""
    root, *steps = path.split(".")
    if root == "late_reason":
        return _need(not steps, "sealed_path_unknown")
    if root == "acknowledged":
        known = len(steps) == 2 and steps[1] == "reason" and _INDEX.fullmatch(steps[0])
        return _need(known and int(steps[0]) < len(statement["acknowledged"]), "sealed_path_unknown")
    _need(root == "body" and steps, "sealed_path_unknown")
    place: Any = statement["body"]
    for step in steps:
        if type(place) is dict:
            if step not in place:
                return None
            place = place[step]
        elif type(place) is list:
            _need(_INDEX.fullmatch(step), "sealed_path_unknown")
            if int(step) >= len(place):
                return None
            place = place[int(step)]
        else:
            break
    raise BytesRejected("sealed_and_in_clear")


def _members(value: Any, required: frozenset[str], more: frozenset[str] = frozenset()) -> None:
    _need(type(value) is dict, "not_an_object")
    if value.keys() != required:
        _need(required <= value.keys(), "member_missing")
        _need(value.keys() <= required | more, "member_unknown")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_INT


def _match(grammar: re.Pattern[str], value: object, reason: str) -> None:
    if type(value) is not str or grammar.fullmatch(value) is None:
        raise BytesRejected(reason)


def _need(condition: object, reason: str) -> None:
    if not condition:
        raise BytesRejected(reason)
