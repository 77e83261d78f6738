"""Keys and what they sign: SPKI, key ids, Ed25519 and passkey signatures. Trusts the key it is handed, nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from .basics import Refused, from_base64, need, refuse
from .canon import to_canonical


@dataclass(kw_only=True)
class Key:
    person: str
    alg: str
    use: str
    public: str  # base64 SPKI DER
    from_seq: int  # the first entry that it may sign
    until_seq: int | None = None  # the last one
    rp_id: str | None = None
    origins: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return hashlib.sha256(from_base64(self.public)).hexdigest()[:16]

    @property
    def raw(self) -> bytes:
        """The bare 32 bytes of an Ed25519 key, as a vkey holds them."""
        return from_base64(self.public)[-32:]

    def usable(self, seq: int) -> bool:
        return self.from_seq <= seq and (self.until_seq is None or seq <= self.until_seq)

    def line(self) -> bytes:
        """This key's line in `keys.jsonl`."""
        members = {"person": self.person, "key": self.id, "alg": self.alg, "use": self.use, "public": self.public}
        return to_canonical(members | {"from_seq": self.from_seq, "until_seq": self.until_seq}) + b"\n"


def load_public(key: Key) -> ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey:
    der = from_base64(key.public)
    try:
        public = load_der_public_key(der)
    except ValueError:
        refuse("public_key", f"the public key of {key.person} cannot be read")
    canonical = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == der
    need(canonical, "public_key", f"the public key of {key.person} is not canonical DER")
    if isinstance(public, ed25519.Ed25519PublicKey):
        need(key.alg == "ed25519", "public_key", f"the public key of {key.person} is not one for {key.alg}")
        return public
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        refuse("public_key", f"the public key of {key.person} is neither Ed25519 nor P-256")
    need(key.alg == "webauthn-es256", "public_key", f"the public key of {key.person} is not one for {key.alg}")
    return public


def verify_signature(key: Key, signature: dict[str, Any], signed: bytes) -> None:
    """`signature` has `value`, and for a passkey `authenticator_data` and `client_data`, all base64."""
    public = load_public(key)
    value = from_base64(signature["value"])
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(value, signed)
        else:
            message = _assertion(key, signature, hashlib.sha256(signed).digest())
            public.verify(value, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        refuse("signature_invalid", f"a signature by {key.person} does not fit")


def _assertion(key: Key, signature: dict[str, Any], challenge: bytes) -> bytes:
    """WebAuthn level 2, section 7.2: what the authenticator signed, once its claims are judged."""
    authenticator, client = from_base64(signature["authenticator_data"]), from_base64(signature["client_data"])
    try:
        claims = json.loads(client)
    except (ValueError, RecursionError):
        refuse("passkey", "the client data is not JSON")
    expected = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    need(claims.get("type") == "webauthn.get", "passkey", "the passkey did something else than signing")
    need(claims.get("challenge") == expected, "passkey", "the passkey signed something else")
    need(claims.get("origin") in key.origins, "passkey", "the passkey signed on another site")
    need(claims.get("crossOrigin", False) is False, "passkey", "the passkey signed inside a foreign page")
    need(len(authenticator) >= 37, "passkey", "the authenticator data is too short")
    rp_hash = hashlib.sha256((key.rp_id or "").encode()).digest()
    need(key.rp_id and authenticator[:32] == rp_hash, "passkey", "the passkey is of another relying party")
    need(authenticator[32] & 5 == 5, "passkey", "the user was not present and verified")
    return authenticator + hashlib.sha256(client).digest()


def verify_proof(key: Key, proof: Any, log: str) -> None:
    """The new key's own signature over its enrolment (`key.enrolled` in section 4)."""
    signed = f"senim/key/v1\n{log}\n{key.person}\n{key.public}".encode()
    passkey = key.alg == "webauthn-es256"
    names = {"value", "authenticator_data", "client_data"}
    well_formed = isinstance(proof, dict) and set(proof) == names if passkey else isinstance(proof, str)
    need(well_formed, "key_proof", f"the proof of {key.person}'s new key has the wrong form")
    try:
        verify_signature(key, proof if passkey else {"value": proof}, signed)
    except Refused as refusal:
        refuse("key_proof", f"the proof of {key.person}'s new key: {refusal.said}")
