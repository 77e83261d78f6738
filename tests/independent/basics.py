"""What every module here needs: the one way to refuse, and strict base64 and hex. Trusts nobody."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NoReturn


class Refused(Exception):
    """Something in the evidence is not as the contract says; `code` is for machines, `said` for people."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code = code
        self.said = said


def refuse(code: str, said: str) -> NoReturn:
    raise Refused(code, said)


def need(condition: object, code: str, said: str) -> None:
    if not condition:
        raise Refused(code, said)


def from_base64(text: object, length: int | None = None) -> bytes:
    """RFC 4648 section 4 with padding; the one canonical spelling only."""
    if not isinstance(text, str):
        refuse("base64", "base64 text expected")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        refuse("base64", f"not base64: {text[:40]!r}")
    need(base64.b64encode(data).decode() == text, "base64", f"not canonical base64: {text[:40]!r}")
    need(length is None or len(data) == length, "base64", f"{length} bytes expected, {len(data)} found")
    return data


def is_hex(value: object) -> bool:
    """A SHA-256 as the entries write it."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
