"""Base64 (RFC 4648, section 4, with padding) and lower-case hexadecimal, each in its one canonical spelling.

Trusts nobody: what `to_base64` and `bytes.hex` write is all that `from_base64` and `from_hex` accept.
"""

import re
from base64 import b64decode, b64encode

from ledger.errors import BytesRejected

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def to_base64(data: bytes) -> str:
    return b64encode(data).decode()


def from_base64(text: object) -> bytes:
    """BytesRejected("base64_malformed") for everything but canonical base64 text."""
    try:
        data = b64decode(text, validate=True) if type(text) is str else b""
    except ValueError:
        raise BytesRejected("base64_malformed") from None
    if to_base64(data) != text:
        raise BytesRejected("base64_malformed")
    return data


def from_hex(text: object, length: int = 32) -> bytes:
    """The `length` bytes; BytesRejected("hex_malformed") for everything but their lower-case hexadecimal."""
    if type(text) is not str or len(text) != 2 * length or _HEX.fullmatch(text) is None:
        raise BytesRejected("hex_malformed")
    return bytes.fromhex(text)
