"""Entries and statements that are beyond doubt, by native code where this machine could compile it.

`quick.c` says which entries go on with a chain and hashes them with OpenSSL. It is narrower than the profile on
purpose: what it does not take is for the judges in `canonical` and `statement`. Without a compiler, or an OpenSSL whose
functions can be called, it takes nothing, and the same is found more slowly. Trusts nobody.
"""

import _hashlib
from collections.abc import Sequence
from ctypes import CDLL, Structure, byref, c_char, c_char_p, c_int64, c_void_p, cast, create_string_buffer
from typing import NamedTuple

_PAD = b" " * 512
"""More than any comparison of `quick.c` reaches beyond a text: the longest is with the name of a log."""
_BEHIND = b"\0" + _PAD

_VERSION = 4
"""As in `quick.c`."""


class Taken(NamedTuple):
    """The hashes of the entries that were taken, 32 bytes each, their ids, 16 bytes each, and the last one's time."""

    leaves: bytes
    ids: bytes
    recorded_at: str


class _Chain(Structure):
    _fields_ = [
        ("log", c_char_p),
        ("length", c_int64),
        ("seq", c_int64),
        ("prev", c_char * 64),
        ("recorded_at", c_char * 27),
    ]


def _load(library: str) -> CDLL | None:
    try:
        quick, openssl = CDLL(library), CDLL(getattr(_hashlib, "__file__", None))
        openssl.EVP_MD_fetch.argtypes, openssl.EVP_MD_fetch.restype = [c_void_p, c_char_p, c_char_p], c_void_p
        digest, sha256 = cast(openssl.EVP_Digest, c_void_p), openssl.EVP_MD_fetch(None, b"SHA256", None)
        version = c_int64.in_dll(quick, "version").value
    except (OSError, AttributeError, ValueError):  # it was not compiled, or this OpenSSL shows none of its functions
        return None
    if not sha256 or version != _VERSION:
        return None
    quick.take.argtypes, quick.take.restype = [c_void_p, c_char_p, c_void_p, c_int64, c_char_p, c_char_p], c_int64
    quick.is_statement.argtypes = [c_char_p, c_int64, c_char_p, c_int64]
    quick.fold.argtypes = [c_char_p, c_int64]
    quick.begin(digest, c_void_p(sha256))
    return quick


_quick = _load(__file__.removesuffix("quick.py") + "libquick.so")


def take(entries: Sequence[bytes], *, log: bytes, seq: int, prev: bytes, recorded_at: str) -> Taken:
    """The first of the entries that are beyond doubt, where the one before has the hash `prev`.

    `log` is the log's name as it is spelled in an entry; `recorded_at` is empty where no time is known.
    """
    if _quick is None:
        return Taken(b"", b"", recorded_at)
    chain = _Chain(log, len(log), seq, prev.hex().encode(), recorded_at.encode())
    text, lengths = b"\0".join([b"", *entries, _PAD]), (c_int64 * len(entries))(*map(len, entries))
    leaves, ids = create_string_buffer(32 * len(entries)), create_string_buffer(16 * len(entries))
    taken = _quick.take(byref(chain), text, lengths, len(entries), leaves, ids)
    return Taken(leaves.raw[: 32 * taken], ids.raw[: 16 * taken], chain.recorded_at.decode())


def is_statement(data: bytes, *, log: bytes) -> bool:
    """Whether it is beyond doubt that these are the canonical bytes of a statement for `log`, spelled as there."""
    return _quick is not None and bool(_quick.is_statement(log, len(log), data + _BEHIND, len(data)))


def fold(hashes: bytes) -> bytes | None:
    """The root over 2**n hashes, joined; None where it is for others to compute."""
    folded = create_string_buffer(hashes, len(hashes))
    return folded.raw[:32] if _quick is not None and _quick.fold(folded, len(hashes) // 32) else None
