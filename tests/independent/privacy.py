"""Nothing personal in the chain: sealed fields are sealed, clear ones are listed, openings fit. Trusts nobody."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .basics import from_base64, is_hex, is_integer, need, refuse
from .canon import read_canonical, to_canonical
from .vocabulary import KINDS, Field

_CODE = re.compile(r"[A-Za-z0-9._:/+-]*")
_ID = re.compile(r"[a-z0-9._-]{1,64}")
_ID_FIELDS = frozenset(
    {"patient", "prescription", "place", "product", "from_place", "to_place", "keep", "drop", "renews", "replaces"}
)
_TOP_LEVEL = re.compile(r"acknowledged\.(0|[1-9][0-9]*)\.reason")


def check_privacy(statement: dict[str, Any], usernames: Sequence[str]) -> None:
    """Every clear leaf of the body may stand in clear, every sealed path may be sealed, none is both."""
    body = KINDS[statement["type"]].body
    clear = set(_check_clear(statement["body"], body, "body", usernames))
    sealed = statement.get("sealed", {})
    for path, commitment in sealed.items():
        need(is_hex(commitment), "sealed", f"the commitment of {path} is not 64 hex digits")
        _check_sealed_path(path, body, len(statement["acknowledged"]))
        need(path not in clear, "sealed_and_clear", f"{path} is sealed and in clear")
        inside = any(other.startswith(path + ".") for other in (*clear, *sealed))
        need(not inside, "sealed", f"{path} is sealed, but is not a single value")


def _check_clear(value: Any, field: Field, path: str, usernames: Sequence[str]) -> Iterator[str]:
    """Yields the path of every node that stands in clear."""
    yield path
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_clear(item, field, f"{path}.{index}", usernames)
    elif isinstance(value, dict) and field.mark == "*":
        for name, item in value.items():
            yield from _check_clear(item, field, f"{path}.{name}", usernames)
    elif isinstance(value, dict):
        for name, item in value.items():
            member = field.members.get(name)
            if member is None:
                refuse("field_unknown", f"{path}.{name} is not a field of this type")
            yield from _check_clear(item, member, f"{path}.{name}", usernames)
    else:
        _check_leaf(value, field, path, usernames)


def _check_leaf(value: Any, field: Field, path: str, usernames: Sequence[str]) -> None:
    need(field.mark != "°", "privacy", f"{path} stands in clear and must be sealed")
    need(not field.members or field.mark == "~", "shape", f"{path} is a single value where an object belongs")
    need(not field.choices or value in field.choices, "privacy", f"{path} is not one of its list: {str(value)[:40]!r}")
    if not isinstance(value, str):
        return
    need(field.mark != "*" or _CODE.fullmatch(value), "privacy", f"{path} holds free text in clear")
    need(field.mark != "@" or value in usernames, "privacy", f"{path} is neither a username nor sealed")
    if path.rsplit(".", 1)[-1] in _ID_FIELDS:
        need(_ID.fullmatch(value), "id_form", f"{path} is not an id: {value[:70]!r}")
        need(not re.fullmatch("[0-9]{12}", value), "privacy", f"{path} looks like an IIN")


def _check_sealed_path(path: str, body: Field, acknowledgements: int) -> None:
    top, *rest = path.split(".")
    if top != "body":
        match = _TOP_LEVEL.fullmatch(path)
        fits = path == "late_reason" or (match is not None and int(match[1]) < acknowledgements)
        need(fits, "sealed", f"{path} is not a path that may be sealed")
        return
    field = body
    for name in rest:
        if re.fullmatch("0|[1-9][0-9]*", name):
            continue
        if name not in field.members:
            refuse("field_unknown", f"{path} is not a field of this type")
        field = field.members[name]
    allowed = field.mark in ("°", "*", "@") and not field.members
    need(allowed, "sealed", f"{path} is sealed, but section 4 does not allow it")


def check_forbidden(data: bytes, forbidden: Sequence[str]) -> None:
    """None of the strings occurs in the entry's bytes, plain or as JSON would escape it."""
    for text in forbidden:
        spellings = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        need(
            not any(s.encode() in data for s in spellings),
            "privacy",
            f"a forbidden string stands in the entry: {text!r}",
        )


def check_opening(line: bytes, statements: Mapping[int, dict[str, Any]]) -> tuple[int, str, str]:
    """One line of `openings.jsonl` against its commitment; gives (seq, path, key)."""
    opening = read_canonical(line)
    is_object = isinstance(opening, dict) and set(opening) == {"seq", "path", "value", "key"}
    need(is_object, "opening", "an opening has seq, path, value and key")
    seq, path, value = opening["seq"], opening["path"], opening["value"]
    need(is_integer(seq) and seq in statements, "opening", f"an opening of the unknown entry {seq!r}")
    need(isinstance(value, str | int), "opening", "an opening's value is a text, a number or a truth value")
    s = statements[seq]
    commitment = s.get("sealed", {}).get(path)
    message = f"senim/sealed/v1\n{s['log']}\n{s['id']}\n{path}\n".encode() + to_canonical(value)
    mac = hmac.new(from_base64(opening["key"], 32), message, hashlib.sha256).hexdigest()
    need(hmac.compare_digest(mac, str(commitment)), "opening", f"entry {seq} has no such seal at {path}")
    return seq, path, opening["key"]
