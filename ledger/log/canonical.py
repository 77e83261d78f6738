"""Canonical bytes: the one spelling of a value, strictly both ways.

Holds RFC 8785 (JCS) restricted to what one facility's ledger needs, so that two programs can never disagree:
objects whose keys match `[a-z0-9_]+` (under the member `sealed` also joined by dots), integers within ±(2^53 − 1),
booleans, null, NFC strings without surrogates, lists; no floats. In this profile key order by UTF-16 code units is
plain byte order. Trusts nobody: `from_bytes` accepts exactly what `to_bytes` writes.
"""

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from ledger.errors import BytesRejected

Json: TypeAlias = Any
"""A value of the profile: dict, list, str, int, bool or None."""

MAX_ENTRY = 61_440
"""Most bytes an entry may have; C2SP tlog-tiles could carry 65,535."""
MAX_DEPTH = 32
"""Most levels of nesting: a limit of ours, so that no input decides how deep the interpreter goes."""
MAX_INT = 2**53 - 1

_KEY = re.compile(r"[a-z0-9_]+")
_PATH = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

encode_checked = msgspec.json.Encoder(order="sorted").encode
"""The canonical bytes of a value that is known to be of the profile."""
_decode = msgspec.json.Decoder().decode


def to_bytes(value: dict[str, Json]) -> bytes:
    """The canonical bytes of an object; BytesRejected where the profile does not allow the value."""
    if type(value) is not dict:
        raise BytesRejected("not_an_object")
    return to_canonical(value)


def from_bytes(data: bytes) -> dict[str, Json]:
    """The object whose canonical bytes `data` are; BytesRejected for every other spelling."""
    value = from_canonical(data)
    if type(value) is not dict:
        raise BytesRejected("not_an_object")
    return value


def to_canonical(value: Json) -> bytes:
    """The canonical bytes of any value of the profile, not only of an object."""
    _check(value)
    return encode_checked(value)


def from_canonical(data: bytes) -> Json:
    """The value, of any type, whose canonical bytes `data` are; BytesRejected for every other spelling."""
    try:
        value = _decode(data)
    except RecursionError:
        raise BytesRejected("too_deep") from None
    except ValueError:  # msgspec.DecodeError and UnicodeDecodeError are ones
        raise BytesRejected("not_json") from None
    if to_canonical(value) != data:
        raise BytesRejected("not_canonical")
    return value


def _check(value: Json) -> None:
    # Level by level instead of recursion: depth is counted, never felt. The flag says whether keys may be dotted.
    level: list[tuple[Json, bool]] = [([value], False)]
    for _ in range(MAX_DEPTH + 1):
        below: list[tuple[Json, bool]] = []
        for container, dotted in level:
            named = type(container) is dict
            for key, member in container.items() if named else enumerate(container):
                if named and not _is_key(key, dotted):
                    raise BytesRejected("key_malformed")
                kind = type(member)
                if kind is str:
                    if not member.isascii():
                        _check_text(member)
                elif kind is int:
                    if not -MAX_INT <= member <= MAX_INT:
                        raise BytesRejected("integer_out_of_range")
                elif kind is dict or kind is list:
                    below.append((member, key == "sealed"))
                elif kind is float:
                    raise BytesRejected("number_not_integer")
                elif member is not None and kind is not bool:
                    raise BytesRejected("type_unknown")
        if not below:
            return
        level = below
    if any(container for container, _ in level):
        raise BytesRejected("too_deep")


@lru_cache(maxsize=512)  # a key may be as long as an entry
def _is_key(key: object, dotted: bool) -> bool:
    return type(key) is str and (_PATH if dotted else _KEY).fullmatch(key) is not None


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BytesRejected("surrogate") from None
    if not unicodedata.is_normalized("NFC", text):
        raise BytesRejected("not_nfc")


def to_timestamp(at: datetime) -> str:
    """An aware time as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, in UTC; ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("a time without zone has no timestamp")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    text: str = msgspec.to_builtins(utc)  # in a tenth of the time that isoformat takes
    return text if utc.microsecond else f"{text[:-1]}.000000Z"


def from_timestamp(text: str) -> datetime:
    """The time that `to_timestamp` writes as `text`; BytesRejected for any other text and for unreal dates."""
    if type(text) is not str or _TIMESTAMP.fullmatch(text) is None:
        raise BytesRejected("timestamp_malformed")
    try:
        if text[11:13] == "24":  # which ISO 8601 has, and some versions of Python read
            raise ValueError(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise BytesRejected("timestamp_unreal") from None
