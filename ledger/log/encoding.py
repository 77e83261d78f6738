"""Base64 (RFC 4648, section 4, with padding) and lower-case hexadecimal, each in its one canonical spelling.

Trusts nobody: what `to_base64` and `bytes.hex` write is all that `from_base64` and `from_hex` accept.
"""

from binascii import a2b_base64, b2a_base64

from ledger.errors import BytesRejected


def to_base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def from_base64(text: object) -> bytes:
    """BytesRejected("base64_malformed") for everything but canonical base64 text."""
    try:
        data = a2b_base64(text) if type(text) is str else b""
    except ValueError:
        raise BytesRejected("base64_malformed") from None
    if b2a_base64(data, newline=False).decode() != text:
        raise BytesRejected("base64_malformed")
    return data


def from_hex(text: object, length: int = 32) -> bytes:
    """The `length` bytes; BytesRejected("hex_malformed") for everything but their lower-case hexadecimal."""
    try:
        data = bytes.fromhex(text) if type(text) is str else b""
    except ValueError:
        raise BytesRejected("hex_malformed") from None
    if len(data) != length or data.hex() != text:
        raise BytesRejected("hex_malformed")
    return data
