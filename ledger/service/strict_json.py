"""JSON as Senim takes it from others: one reading, or none."""

import json
from math import isinf
from typing import Any


def read_json(data: bytes) -> Any:
    """The value of *data*.

    Raises `ValueError`: not UTF-8, not JSON, a duplicate key, NaN or a number without end, a lone surrogate, too deep.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except RecursionError as deep:
        raise ValueError("too deep") from deep
    if b"\\u" in data:
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError("too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
