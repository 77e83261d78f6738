"""Commitments to values that stay out of the log (contract, section 5, Sealed).

HMAC-SHA-256 under a random key of 32 bytes: with the opening (value and key) anybody can check the commitment,
without it nothing can be guessed. The caller makes the key, once for each value, and keeps it.
"""

from hashlib import sha256
from hmac import compare_digest, new

from ledger.errors import OpeningRejected
from ledger.log.canonical import Json, to_canonical

SEAL_TAG = "senim/sealed/v1\n"


def commit(value: Json, *, key: bytes, log: str, id: str, path: str) -> str:
    """64 lower-case hex digits. `value` is a scalar of the profile; BytesRejected for other text."""
    if len(key) != 32:
        raise OpeningRejected("key_length")
    if type(value) not in (str, int, bool):
        raise OpeningRejected("not_a_scalar")
    message = f"{SEAL_TAG}{log}\n{id}\n{path}\n".encode() + to_canonical(value)
    return new(key, message, sha256).hexdigest()


def verify_opening(
    commitment: str,
    value: Json,
    *,
    key: bytes,
    log: str,
    id: str,
    path: str,
) -> None:
    """OpeningRejected unless `value` under `key` is what `commitment` was made from, at this place of this log."""
    if not compare_digest(commit(value, key=key, log=log, id=id, path=path).encode(), commitment.encode()):
        raise OpeningRejected("opening_mismatch")
