"""Signatures of people over statements: the bytes signed, the keys, passkey assertions (contract, section 5).

Holds what can be judged from a signature and its key alone; which keys are in force is `keys`. Trusts the key it
is given, nothing in the signature. The arithmetic stands apart as `Check`s, so that a caller may spread it.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ledger.errors import BytesRejected, SignatureRejected
from ledger.log.encoding import from_base64, to_base64
from ledger.log.statement import to_statement_hash

SIGN_TAG = b"senim/sign/v1\n"
KEY_TAG = "senim/key/v1\n"
LOG, LEDGER = "log", "ledger"
"""The two names that sign and are nobody."""

PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey

_USER_PRESENT_AND_VERIFIED = 0b101
# The points of order 1, 2, 4 and 8, in every encoding: under them a signature says nothing about its signer.
_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for low in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
    for point in (low, f"{low[:62]}{int(low[62:], 16) ^ 0x80:02x}")
)


class Check(msgspec.Struct, frozen=True):
    """One signature's arithmetic, still to be done: does `value` sign `message` under `public` (SPKI DER)?"""

    public: bytes
    message: bytes
    value: bytes


def verify_check(check: Check) -> None:
    """SignatureRejected unless the signature holds: Ed25519 (RFC 8032), or ECDSA over P-256 with SHA-256."""
    key = load_public(check.public)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(check.value, check.message)
        else:
            key.verify(check.value, check.message, ECDSA(SHA256()))
    except InvalidSignature:
        raise SignatureRejected("signature_wrong") from None


def each_holds(checks: Sequence[Check]) -> list[bool]:
    """Of each whether it holds: `verify_check` for many, to be sent to a pool that can only hand back values."""
    return list(map(_holds, checks))


def _holds(check: Check) -> bool:
    try:
        verify_check(check)
    except SignatureRejected:
        return False
    return True


Verify: TypeAlias = Callable[[Sequence[Check]], Iterable[bool]]
"""Does the arithmetic of many signatures, in order: `each_holds`, or that in threads or processes."""


@lru_cache(maxsize=1024)
def load_public(spki: bytes) -> PublicKey:
    """The key; SignatureRejected for other than canonical SPKI DER of Ed25519 (not of small order) or P-256."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SignatureRejected("public_key_malformed") from None
    if isinstance(key, Ed25519PublicKey):
        if key.public_bytes_raw() in _SMALL_ORDER:
            raise SignatureRejected("public_key_of_small_order")
    elif not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise SignatureRejected("public_key_unsupported")
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        raise SignatureRejected("public_key_malformed")
    return key


def fits_alg(spki: bytes, alg: str) -> bool:
    """Whether a key of this kind may be enrolled as `alg`."""
    return (alg == "ed25519") == isinstance(load_public(spki), Ed25519PublicKey)


def key_id(spki: bytes) -> str:
    """The first 16 hex digits of SHA-256 of the SPKI DER."""
    return sha256(spki).hexdigest()[:16]


def to_signed_bytes(statement_hashes: Sequence[bytes]) -> bytes:
    """What every signatory of a ceremony signs: the tag and the hashes in their order, one a line."""
    return SIGN_TAG + "\n".join([*map(bytes.hex, statement_hashes), ""]).encode()


def to_enrolment_bytes(log: str, person: str, public: str) -> bytes:
    """What a new key signs to prove that its holder has it; `public` as it stands in the body."""
    return f"{KEY_TAG}{log}\n{person}\n{public}".encode()


def due_signatories(statement: Mapping[str, Any], *, holders: Sequence[str] = ()) -> list[str]:
    """Who signs, in order: performer, witness, commission, each once; then whom the type itself adds.

    `holders` are the persons of the keys that an `import.closed` lists, in its order; the log signs its rotation twice.
    """
    commission = statement["body"].get("commission")
    members = commission if type(commission) is list else []
    names = [statement["performer"], statement["witness"], *members, *holders]
    due = list(dict.fromkeys([name for name in names if type(name) is str]))
    return [*due, LOG, LOG] if statement["type"] == "key.rotated" else due


def sign_statements(
    statements: Sequence[Mapping[str, Any]], *, by: str, key: Ed25519PrivateKey
) -> list[dict[str, Any]]:
    """`by`'s signature for each entry of the ceremony: the same one for all, with `of` where there are several."""
    hashes = [to_statement_hash(statement) for statement in statements]
    signature: dict[str, Any] = {
        "by": by,
        "key": key_id(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        "alg": "ed25519",
        "value": to_base64(key.sign(to_signed_bytes(hashes))),
    }
    if len(hashes) > 1:
        signature["of"] = [digest.hex() for digest in hashes]
    return [dict(signature) for _ in statements]


def to_check(
    signature: Mapping[str, Any],
    *,
    public: bytes,
    alg: str,
    message: bytes,
    rp_id: str | None = None,
    origins: Sequence[str] = (),
) -> Check:
    """The arithmetic that is left once the signature's form and a passkey's claims are judged.

    `message` is what the signatory was to sign; `rp_id` and `origins` are those the passkey was enrolled with.
    """
    value = _from_base64(signature["value"])
    if alg != "webauthn-es256":
        return Check(public, message, value)
    authenticator_data = _from_base64(signature["authenticator_data"])
    client_data = _from_base64(signature["client_data"])
    _check_client_data(client_data, challenge=sha256(message).digest(), origins=origins)
    _check_authenticator_data(authenticator_data, rp_id=rp_id)
    return Check(public, authenticator_data + sha256(client_data).digest(), value)


def verify_signature(
    signature: Mapping[str, Any],
    *,
    public: bytes,
    alg: str,
    message: bytes,
    rp_id: str | None = None,
    origins: Sequence[str] = (),
) -> None:
    """SignatureRejected unless the signature is of `alg` and signs `message` under `public` (SPKI DER)."""
    if signature["alg"] != alg or not fits_alg(public, alg):
        raise SignatureRejected("alg_mismatch")
    verify_check(to_check(signature, public=public, alg=alg, message=message, rp_id=rp_id, origins=origins))


def _check_client_data(data: bytes, *, challenge: bytes, origins: Sequence[str]) -> None:
    """WebAuthn level 2, 7.2, steps 9 to 14."""
    try:
        claims = json.loads(data.decode(), object_pairs_hook=_without_doubles, parse_constant=_without_constants)
    except (ValueError, RecursionError):
        raise SignatureRejected("client_data_malformed") from None
    if type(claims) is not dict or claims.get("type") != "webauthn.get":
        raise SignatureRejected("client_data_malformed")
    if claims.get("challenge") != urlsafe_b64encode(challenge).decode().rstrip("="):
        raise SignatureRejected("challenge_mismatch")
    if claims.get("origin") not in origins:
        raise SignatureRejected("origin_mismatch")
    if claims.get("crossOrigin", False) is not False:
        raise SignatureRejected("cross_origin")


def _check_authenticator_data(data: bytes, *, rp_id: str | None) -> None:
    """WebAuthn level 2, 7.2, steps 15 to 17; the counter is not judged."""
    if len(data) < 37:
        raise SignatureRejected("authenticator_data_malformed")
    if rp_id is None or data[:32] != sha256(rp_id.encode()).digest():
        raise SignatureRejected("rp_id_mismatch")
    if data[32] & _USER_PRESENT_AND_VERIFIED != _USER_PRESENT_AND_VERIFIED:
        raise SignatureRejected("user_not_verified")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _without_constants(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which Python reads and JSON does not have (RFC 8259, section 6)


def _from_base64(text: object) -> bytes:
    try:
        return from_base64(text)
    except BytesRejected:
        raise SignatureRejected("signature_malformed") from None
