"""The form of an entry (contract section 5): exact members, types, nulls, times. Trusts nobody, knows no keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .basics import from_base64, is_integer, need, refuse
from .vocabulary import KINDS

LARGEST = 61_440
ZEROS = "0" * 64
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ORIGIN = re.compile(r"(?:[^/\s+]+/)?(senim|senim-practice)/[^/\s+]+/(?:0|[1-9][0-9]*)")


def read_time(text: object) -> datetime:
    if not isinstance(text, str) or _TIME.fullmatch(text) is None:
        refuse("time", f"not a time of the profile: {text!r}")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        refuse("time", f"no such time: {text}")


def is_practice(origin: str) -> bool:
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        refuse("origin", f"{origin!r} is not the name of a Senim log")
    return match[1] == "senim-practice"


def _members(value: Any, required: str, optional: str, where: str) -> None:
    need(isinstance(value, dict), "shape", f"{where} is not an object")
    names, must = set(value), set(required.split())
    need(must <= names, "member_missing", f"{where} lacks {sorted(must - names)}")
    surplus = names - must - set(optional.split())
    need(not surplus, "member_unknown", f"{where} has unknown members {sorted(surplus)}")


def _scan(value: Any, path: tuple[str, ...]) -> None:
    """Nulls, emptied objects and dotted names stand only where section 5 allows them."""
    if value is None:
        need(path in {("statement", "witness"), ("statement", "late_reason")}, "null", f"null at {'.'.join(path)}")
    elif isinstance(value, list):
        for item in value:
            _scan(item, (*path, "*"))
    elif isinstance(value, dict):
        need(value or path == ("statement", "body"), "empty_object", f"an empty object at {'.'.join(path)}")
        for name, item in value.items():
            need("." not in name or path == ("statement", "sealed"), "member_name", f"a dotted name: {name!r}")
            _scan(item, (*path, name))


def check_entry(entry: Any, *, origin: str, seq: int) -> None:
    """Form alone: what can be said of one entry without any other, and what no later comparison settles."""
    _members(entry, "v log seq prev recorded_at via statement signatures", "", "the entry")
    _scan(entry, ())
    need(is_integer(entry["v"]) and entry["v"] == 1, "version", "v is not 1")
    need(entry["log"] == origin, "log", f"the entry is of the log {entry['log']!r}")
    need(is_integer(entry["seq"]) and entry["seq"] == seq, "seq", f"the entry says seq {entry['seq']!r}")
    _check_statement(entry["statement"], origin)
    early = read_time(entry["statement"]["occurred_at"]) - read_time(entry["recorded_at"])
    need(early <= timedelta(minutes=5), "time_in_future", "it occurred more than five minutes after it was recorded")
    need(isinstance(entry["signatures"], list) and entry["signatures"], "signatures", "there is no list of signatures")
    for signature in entry["signatures"]:
        _check_signature(signature)


def _check_statement(s: Any, origin: str) -> None:
    required = "id log genesis seen type occurred_at performer witness acknowledged late_reason body"
    _members(s, required, "sealed witness_pending sheet", "the statement")
    need(isinstance(s["id"], str) and _UUID.fullmatch(s["id"]), "id", "the id is not a lower-case UUID")
    need(s["log"] == origin, "log", f"the statement is of the log {s['log']!r}")
    _members(s["seen"], "seq leaf", "", "seen")
    need(is_integer(s["seen"]["seq"]), "shape", "what was seen has no number")
    need(isinstance(s["type"], str) and s["type"] in KINDS, "type", f"unknown type {s['type']!r}")
    need(s["late_reason"] is None, "late_reason", "a late reason stands in clear")
    need(isinstance(s["body"], dict), "shape", "the body is not an object")
    need(isinstance(s["acknowledged"], list), "shape", "acknowledged is not a list")
    for item in s["acknowledged"]:
        _members(item, "code", "", "an acknowledgement")
        need(isinstance(item["code"], str), "shape", "an acknowledgement's code is not text")
    codes = [item["code"] for item in s["acknowledged"]]
    need(codes == sorted(set(codes)), "acknowledged", "acknowledgements are not sorted by code and unique")
    if "witness_pending" in s:
        need(s["witness_pending"] in ("alone_on_duty", "at_home", "device_failed"), "witness_pending", "unknown reason")
        possible = s["witness"] is None and KINDS[s["type"]].may_be_pending
        need(possible, "witness_pending", "a witness cannot be pending here")
    if "sheet" in s:
        _members(s["sheet"], "no line", "", "sheet")


def _check_signature(signature: Any) -> None:
    passkey = isinstance(signature, dict) and signature.get("alg") == "webauthn-es256"
    _members(signature, "by key alg value" + " authenticator_data client_data" * passkey, "of", "a signature")
    from_base64(signature["value"], None if passkey else 64)
    if "of" in signature:
        several = isinstance(signature["of"], list) and len(signature["of"]) >= 2
        need(several, "ceremony", "`of` is not a list of at least two")
