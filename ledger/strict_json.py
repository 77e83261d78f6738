"""JSON as Senim takes it from others: one reading, or none."""

import json
import re
from math import isinf
from typing import Any

import msgspec

_ENCODE, _DECODE = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
_TOLD = re.compile(r"[a-z_.]{1,64}")  # a key that is none of ours may be somebody's name or number


class Unreadable(ValueError):
    """*why* is a stable word that `ledger.refusal_words` says with the `values`, which repeat nothing personal."""

    def __init__(self, why: str, **values: str | int) -> None:
        super().__init__(why)
        self.values: dict[str, str | int] = {"why": why, **values}


def read_json(data: bytes) -> Any:
    """The value of *data*.

    Raises `Unreadable`: not UTF-8, not JSON, a duplicate key, NaN or a number without end, a lone surrogate, too deep.
    """
    try:
        value = _DECODE(data)
        if _ENCODE(value) == data:  # spelled as a browser spells it: nothing is said twice, or in two ways
            return value
    except (ValueError, TypeError, RecursionError):  # what is wrong with it is said below
        pass
    try:
        value = _DECODER.decode(data.decode("utf-8"))
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text
    except RecursionError as deep:
        raise Unreadable("too_deep") from deep
    except ValueError as bad:
        raise _to_unreadable(bad) from bad
    return value


def _to_unreadable(bad: ValueError) -> Unreadable:
    match bad:
        case Unreadable():
            return bad
        case UnicodeDecodeError():
            return Unreadable("not_utf8", byte=bad.start + 1)
        case UnicodeEncodeError():
            return Unreadable("half_a_character")
        case json.JSONDecodeError():
            begins = bad.doc.startswith("\ufeff")
            return Unreadable("byte_order_mark") if begins else Unreadable("not_json", character=bad.pos + 1)
    return Unreadable("number_too_large")  # in more digits than Python reads


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable("key_twice", key=twice if _TOLD.fullmatch(twice) else "…")
    return found


def _no_constant(name: str) -> Any:
    raise Unreadable("not_a_number")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise Unreadable("number_too_large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
