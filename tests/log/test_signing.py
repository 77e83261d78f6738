from base64 import b64decode, b64encode
from hashlib import sha256
from json import dumps, loads
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import SignatureRejected
from ledger.log.canonical import to_bytes
from ledger.log.signing import (
    Check,
    due_signatories,
    each_holds,
    key_id,
    load_public,
    sign_statements,
    to_enrolment_bytes,
    to_signed_bytes,
    verify_signature,
)
from tests.log.changes import flipped
from tests.log.honest import DOCTOR, LOG, NURSE, SITE, SITE_ID, HonestLog

STATEMENTS = [HonestLog().statement("a.b", "a.nurlanova", {"n": n}) for n in range(3)]
MESSAGE = b"what was to be signed"


def test_the_signed_bytes_are_the_tag_and_a_line_a_statement() -> None:
    hashes = [sha256(to_bytes(statement)).digest() for statement in STATEMENTS]
    lines = "".join(digest.hex() + "\n" for digest in hashes)
    assert to_signed_bytes(hashes) == f"senim/sign/v1\n{lines}".encode()
    assert to_signed_bytes(hashes[:1]).count(b"\n") == 2


def test_a_key_id_is_the_beginning_of_the_hash_of_its_spki() -> None:
    assert key_id(NURSE.public) == sha256(NURSE.public).hexdigest()[:16]


def test_enrolment_is_proved_over_log_person_and_key() -> None:
    assert to_enrolment_bytes(LOG, "a", "b") == f"senim/key/v1\n{LOG}\na\nb".encode()


def test_one_statement_has_no_of_and_several_share_one_signature() -> None:
    (alone,) = sign_statements(STATEMENTS[:1], by="a", key=NURSE.private)
    assert alone.keys() == {"by", "key", "alg", "value"}
    signatures = sign_statements(STATEMENTS, by="a", key=NURSE.private)
    assert all(signature == signatures[0] for signature in signatures)
    assert signatures[0]["of"] == [sha256(to_bytes(statement)).hexdigest() for statement in STATEMENTS]


def test_due_are_performer_witness_and_commission_each_once() -> None:
    statement: dict[str, Any] = {"type": "a.b", "performer": "p", "witness": None, "body": {}}
    assert due_signatories(statement) == ["p"]
    assert due_signatories(statement | {"witness": "w"}) == ["p", "w"]
    assert due_signatories(statement | {"body": {"commission": ["c", "p", "d"]}}) == ["p", "c", "d"]
    assert due_signatories(statement | {"witness": "w"}, holders=["w", "h", "p", "h"]) == ["p", "w", "h"]
    assert due_signatories(statement | {"type": "key.rotated", "witness": "w"}) == ["p", "w", "log", "log"]


def ed25519_signature(message: bytes = MESSAGE) -> dict[str, Any]:
    return {"alg": "ed25519", "value": b64encode(NURSE.private.sign(message)).decode()}


def passkey_signature(message: bytes = MESSAGE, **claims: Any) -> dict[str, Any]:
    return {"alg": "webauthn-es256", **DOCTOR.assertion(message, **claims)}


def verify(signature: dict[str, Any], **more: Any) -> None:
    passkey = signature["alg"] == "webauthn-es256"
    arguments: dict[str, Any] = {
        "public": DOCTOR.public if passkey else NURSE.public,
        "alg": signature["alg"],
        "message": MESSAGE,
        "rp_id": SITE_ID,
        "origins": [SITE],
    }
    verify_signature(signature, **(arguments | more))


@pytest.mark.parametrize("signature", [ed25519_signature(), passkey_signature()], ids=["ed25519", "passkey"])
def test_an_honest_signature_is_verified_and_any_bit_changed_is_refused(signature: dict[str, Any]) -> None:
    verify(signature)
    for member in signature.keys() - {"alg"}:
        for _, spoilt in flipped(b64decode(signature[member])):
            with pytest.raises(SignatureRejected):
                verify(signature | {member: b64encode(spoilt).decode()})
    for _, spoilt in flipped(MESSAGE):
        with pytest.raises(SignatureRejected):
            verify(signature, message=spoilt)


def test_a_signature_by_another_key_is_refused() -> None:
    other = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    public = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(SignatureRejected, match="signature_wrong"):
        verify(ed25519_signature(), public=public)


@pytest.mark.parametrize("value", ["", "AAAA\n", "AA", "=", "AAA=A", None, 5])
def test_a_value_that_is_not_canonical_base64_is_refused(value: Any) -> None:
    with pytest.raises(SignatureRejected, match=r"signature_malformed|signature_wrong"):
        verify(ed25519_signature() | {"value": value})


def test_the_algorithm_is_the_one_the_key_was_enrolled_with() -> None:
    for signature, more in (
        (ed25519_signature(), {"alg": "webauthn-es256"}),
        (passkey_signature(), {"alg": "ed25519"}),
        (ed25519_signature(), {"public": DOCTOR.public}),
        (passkey_signature(), {"public": NURSE.public}),
        (passkey_signature() | {"alg": "ed25519"}, {"public": DOCTOR.public}),
    ):
        with pytest.raises(SignatureRejected, match="alg_mismatch"):
            verify(signature, **more)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"type": "webauthn.create"}, "client_data_malformed"),
        ({"type": None}, "client_data_malformed"),
        ({"challenge": "AAAA"}, "challenge_mismatch"),
        ({"challenge": b64encode(sha256(MESSAGE).digest()).decode()}, "challenge_mismatch"),
        ({"origin": "https://evil.example"}, "origin_mismatch"),
        ({"origin": SITE + "/"}, "origin_mismatch"),
        ({"origin": None}, "origin_mismatch"),
        ({"crossOrigin": True}, "cross_origin"),
        ({"crossOrigin": "false"}, "cross_origin"),
        ({"flags": 0}, "user_not_verified"),
        ({"flags": 1}, "user_not_verified"),
        ({"flags": 4}, "user_not_verified"),
        ({"site_id": "evil.example"}, "rp_id_mismatch"),
    ],
)
def test_a_passkey_that_claims_something_else_is_refused(claims: dict[str, Any], reason: str) -> None:
    with pytest.raises(SignatureRejected, match=reason):
        verify(passkey_signature(**claims))


def test_a_passkeys_counter_extensions_and_innocent_claims_are_not_judged() -> None:
    verify(passkey_signature(flags=0xC5, crossOrigin=False, topOrigin="x", extra=[1]))


def test_a_passkey_is_bound_to_the_site_it_was_enrolled_with() -> None:
    with pytest.raises(SignatureRejected, match="origin_mismatch"):
        verify(passkey_signature(), origins=[])
    for rp_id in (None, "other.example"):
        with pytest.raises(SignatureRejected, match="rp_id_mismatch"):
            verify(passkey_signature(), rp_id=rp_id)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_client_data_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureRejected, match="client_data_malformed"):
        verify(passkey_signature() | {"client_data": b64encode(data).decode()})


def test_client_data_that_says_a_thing_twice_is_refused() -> None:
    signature = passkey_signature()
    claims = loads(b64decode(signature["client_data"]))
    twice = dumps(claims)[:-1] + ', "type": "webauthn.get"}'
    with pytest.raises(SignatureRejected, match="client_data_malformed"):
        verify(signature | {"client_data": b64encode(twice.encode()).decode()})


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_client_data_with_what_json_does_not_have_is_refused(number: str) -> None:
    with pytest.raises(SignatureRejected, match="client_data_malformed"):
        verify(passkey_signature(extra=float(number)))


def test_authenticator_data_cut_short_is_refused() -> None:
    signature = passkey_signature()
    short = b64decode(signature["authenticator_data"])[:36]
    with pytest.raises(SignatureRejected, match="authenticator_data_malformed"):
        verify(signature | {"authenticator_data": b64encode(short).decode()})


def spki(key: Any) -> bytes:
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


@pytest.mark.parametrize(
    ("public", "reason"),
    [
        (b"", "public_key_malformed"),
        (NURSE.public[:-1], "public_key_malformed"),
        (NURSE.public + b"\0", "public_key_malformed"),
        (spki(ec.derive_private_key(5, ec.SECP384R1()).public_key()), "public_key_unsupported"),
        (spki(ed448.Ed448PrivateKey.from_private_bytes(bytes(57)).public_key()), "public_key_unsupported"),
        (
            DOCTOR.authenticator.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
            "public_key_malformed",
        ),
    ],
)
def test_only_canonical_ed25519_and_p256_keys_are_loaded(public: bytes, reason: str) -> None:
    with pytest.raises(SignatureRejected, match=reason):
        load_public(public)


def test_a_p256_key_with_a_compressed_point_is_refused() -> None:
    point = DOCTOR.authenticator.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    with pytest.raises(SignatureRejected, match="public_key_malformed"):
        load_public(compressed)


P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P


def is_of_small_order(encoded: bytes) -> bool:
    """Whether eight times the point is the neutral one, by the curve's own equation (RFC 8032, 5.1)."""
    y = (int.from_bytes(encoded, "little") & (2**255 - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    for _ in range(3):
        t = D * x * x * y * y % P
        x, y = 2 * x * y * pow(1 + t, P - 2, P) % P, (y * y + x * x) * pow(1 - t, P - 2, P) % P
    return (x, y) == (0, 1)


def test_keys_of_small_order_are_refused_in_every_encoding() -> None:
    from ledger.log.signing import _SMALL_ORDER

    assert len(_SMALL_ORDER) == 14
    prefix = NURSE.public[:-32]
    for point in _SMALL_ORDER:
        assert is_of_small_order(point)
        with pytest.raises(SignatureRejected):
            load_public(prefix + point)
    assert not is_of_small_order(NURSE.public[-32:])


def test_rsa_keys_are_refused() -> None:
    numbers = rsa.RSAPublicNumbers(65537, (1 << 2047) + 1)
    with pytest.raises(SignatureRejected, match=r"public_key"):
        load_public(spki(numbers.public_key()))


def test_many_checks_are_answered_each_in_its_place() -> None:
    good = Check(NURSE.public, MESSAGE, NURSE.private.sign(MESSAGE))
    wrong = Check(NURSE.public, MESSAGE, bytes(64))
    unloadable = Check(b"", MESSAGE, bytes(64))
    assert each_holds([good, wrong, good, unloadable]) == [True, False, True, False]
