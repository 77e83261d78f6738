"""A key that never leaves its token: PKCS #11, ECDSA P-256, made there and not to be taken out.

Trusts the token's own module, which runs inside this program. Whoever has the token and the PIN that is kept beside
it (mode 0600) can sign; whoever copies the files cannot.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from ledger.errors import LedgerReadOnly

_CURVE = "1.2.840.10045.3.1.7"  # P-256
_POINT = 65  # bytes: 04, x, y
_MEMBERS = frozenset({"module", "token", "id", "point", "pin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """A key in the token labelled `token`, which `module` (a PKCS #11 library) reaches; `id` names it there (hex).

    `point` is its public point (hex): what is signed is asked of the token, what is public is known without it.
    """

    module: str
    token: str
    id: str
    point: str
    pin: str

    @classmethod
    def make(cls, *, module: Path, token: str, pin: str, id: bytes) -> "TokenKey":
        """A new key in the token. Raises `LedgerReadOnly('token_unusable')`."""
        with _open(str(module), token, pin, rw=True) as session:
            curve = session.create_domain_parameters(
                KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVE)}, local=True
            )
            kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
            public, _ = curve.generate_keypair(
                mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, id=id, label="senim reports", private_template=kept
            )
            point = bytes(public[Attribute.EC_POINT])[-_POINT:]  # it comes as an OCTET STRING
        return cls(module=str(module), token=token, id=id.hex(), point=point.hex(), pin=pin)

    @classmethod
    def from_kept(cls, data: bytes, *, name: str) -> "TokenKey":
        """Raises `LedgerReadOnly('key_damaged')`."""
        try:
            told: dict[str, Any] = json.loads(data)
            if told.keys() != _MEMBERS or any(type(each) is not str for each in told.values()):
                raise ValueError(name)
            made = cls(**told)
            bytes.fromhex(made.id)
            _to_public(made.point)
        except ValueError as bad:
            raise LedgerReadOnly("key_damaged", name=name) from bad
        return made

    def to_kept(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in sorted(_MEMBERS)}).encode() + b"\n"

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        return _to_public(self.point)

    def sign(self, data: bytes) -> bytes:
        with _open(self.module, self.token, self.pin) as session:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=bytes.fromhex(self.id))
            signed = key.sign(sha256(data).digest(), mechanism=Mechanism.ECDSA)
        half = len(signed) // 2
        return encode_dss_signature(int.from_bytes(signed[:half], "big"), int.from_bytes(signed[half:], "big"))


def _to_public(point: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(point))


@contextmanager
def _open(module: str, token: str, pin: str, *, rw: bool = False) -> Iterator[Any]:
    """A session of the token. Raises `LedgerReadOnly('token_unusable')` for whatever the token does not do."""
    try:
        with pkcs11.lib(module).get_token(token_label=token).open(rw=rw, user_pin=pin) as session:
            yield session
    except (pkcs11.PKCS11Error, RuntimeError) as bad:
        raise LedgerReadOnly("token_unusable", name=token) from bad
