"""Canonical JSON of contract section 5, both ways: RFC 8785 without floats, NFC strings, narrow keys.

`read_canonical` accepts exactly what `to_canonical` writes, so bytes that parse are canonical; it trusts nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from .basics import need, refuse

GREATEST = 2**53 - 1
DEEPEST = 32  # the contract only says "too deep"

_KEY = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
# Only the escapes that RFC 8785 section 3.2.2.2 writes: the short ones, and \u00xx for the other control characters.
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\["\\bfnrt]|\\u00(?:0[0-7bef]|1[0-9a-f]))*+)"')
_ESCAPE = re.compile(r"\\(u....|.)")
_SHORT = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPES = {n: f"\\u{n:04x}" for n in range(32)} | {ord(c): "\\" + s for s, c in _SHORT.items()}


def read_canonical(data: bytes) -> Any:
    """The value of canonical bytes; `Refused` for anything that `to_canonical` would not have written."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        refuse("not_canonical", "not UTF-8")
    value, end = _value(text, 0, 0)
    need(end == len(text), "not_canonical", f"something follows the value at character {end}")
    return value


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    need(depth <= DEEPEST, "too_deep", f"nested deeper than {DEEPEST}")
    head = text[at : at + 1]
    if head == "{":
        return _object(text, at + 1, depth)
    if head == "[":
        return _list(text, at + 1, depth)
    if head == '"':
        return _string(text, at)
    for word, value in (("true", True), ("false", False), ("null", None)):
        if text.startswith(word, at):
            return value, at + len(word)
    match = _INTEGER.match(text, at)
    if match is None:
        refuse("not_canonical", f"no value at character {at}")
    need(len(match[0]) <= 17 and abs(int(match[0])) <= GREATEST, "integer_range", f"{match[0][:40]} is beyond 2^53 - 1")
    return int(match[0]), match.end()


def _string(text: str, at: int) -> tuple[str, int]:
    match = _STRING.match(text, at)
    if match is None:
        refuse("not_canonical", f"no canonical string at character {at}")
    found = match[1]
    if "\\" in found:
        found = _ESCAPE.sub(lambda m: _SHORT.get(m[1]) or chr(int(m[1][1:], 16)), found)
    need(unicodedata.is_normalized("NFC", found), "not_nfc", f"a string at character {at} is not NFC")
    return found, match.end()


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    if text[at : at + 1] == "]":
        return items, at + 1
    while True:
        item, at = _value(text, at, depth + 1)
        items.append(item)
        if text[at : at + 1] == "]":
            return items, at + 1
        need(text[at : at + 1] == ",", "not_canonical", f"comma or ] expected at character {at}")
        at += 1


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    last = ""
    if text[at : at + 1] == "}":
        return members, at + 1
    while True:
        key, at = _string(text, at)
        need(_KEY.fullmatch(key), "member_name", f"the name {key[:40]!r} is not of the profile")
        need(key > last, "not_canonical", f"{key!r} is repeated or out of order")
        last = key
        need(text[at : at + 1] == ":", "not_canonical", f"colon expected at character {at}")
        members[key], at = _value(text, at + 1, depth + 1)
        if text[at : at + 1] == "}":
            return members, at + 1
        need(text[at : at + 1] == ",", "not_canonical", f"comma or }} expected at character {at}")
        at += 1


def to_canonical(value: Any) -> bytes:
    """RFC 8785 bytes of null, booleans, integers, strings, lists and objects."""
    return _print(value).encode("utf-8")


def _print(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.translate(_ESCAPES) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(_print, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_print(k)}:{_print(value[k])}" for k in sorted(value)) + "}"
    raise TypeError(f"not of the profile: {type(value)}")
