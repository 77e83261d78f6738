"""The facility's key for its reports, in a file or a token, and where both lie with their certificate.

    secrets/pdf-signer         what signs now: the key in PEM, or a line of JSON that names a token's; its certificate,
                               then those above it
    secrets/pdf-signer-next    a key that was asked for and does not sign yet

One file each, of mode 0600, so that a change is one renaming. Trust: whoever reads the key file, or has token and
PIN, can sign reports in the facility's name.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ledger.errors import LedgerReadOnly
from ledger.storage.private import make_private, read_private, replace_private, write_private

CURRENT: Final = "pdf-signer"
NEXT: Final = "pdf-signer-next"
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


Chain = tuple[x509.Certificate, ...]
"""A certificate, then its issuer, and so on as far as they are known."""


class SigningKey(Protocol):
    """An ECDSA P-256 key, wherever it lies."""

    @property
    def public(self) -> ec.EllipticCurvePublicKey: ...

    def sign(self, data: bytes) -> bytes:
        """The DER of the ECDSA signature over SHA-256 of *data*. Raises `LedgerReadOnly` where it is out of reach."""
        ...

    def to_kept(self) -> bytes:
        """What is kept of it in a file: `from_kept` gives it back."""
        ...


class Signer(Protocol):
    """Who signs reports: a kept key with its certificate, or in time the national authority's client.

    Such a client need not give its key away nor be on this machine: the certificate and `sign` are all that is asked.
    What it must be is ECDSA P-256, the one kind that `reports.signature` reads.
    """

    @property
    def certificate(self) -> x509.Certificate:
        """The signing certificate, of an ECDSA P-256 key."""
        ...

    @property
    def issuers(self) -> Chain:
        """Those above it that travel in the signature, its own issuer first; none where it certified itself."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The DER of the ECDSA signature over SHA-256 of *data*."""
        ...


@dataclass(frozen=True, slots=True)
class FileKey:
    """A key whose PKCS #8 lies in a file of mode 0600."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls) -> "FileKey":
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        return self.private.public_key()

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))

    def to_kept(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass(frozen=True, slots=True)
class KeptSigner:
    """A key with its certificate, and those above it."""

    key: SigningKey
    certificate: x509.Certificate
    issuers: Chain = ()

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)

    def to_kept(self) -> bytes:
        chain = (self.certificate, *self.issuers)
        return self.key.to_kept() + b"".join(each.public_bytes(Encoding.PEM) for each in chain)


def to_spki(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def keep(path: Path, what: SigningKey | KeptSigner) -> None:
    """Put *what* at *path* in place of what is there."""
    write_private(path, what.to_kept())


def keep_first(path: Path, signer: KeptSigner) -> KeptSigner:
    """Put *signer* at *path* unless somebody was first; the one that is there now."""
    return _to_signer(path.name, make_private(path, signer.to_kept()))


def turn(directory: Path) -> None:
    """The next signer is the current one from now on."""
    replace_private(directory / NEXT, directory / CURRENT)


def find_signer(path: Path) -> KeptSigner | None:
    """None where there is none. Raises `LedgerReadOnly` where it is exposed, damaged, or not the certificate's."""
    data = read_private(path)
    return None if data is None else _to_signer(path.name, data)


def find_key(path: Path) -> SigningKey | None:
    """The key at *path*, with a certificate or not yet."""
    data = read_private(path)
    return None if data is None else _to_key(path.name, data.partition(_CERTIFICATE)[0])


def _to_signer(name: str, data: bytes) -> KeptSigner:
    kept, marker, rest = data.partition(_CERTIFICATE)
    key = _to_key(name, kept)
    try:
        certificate, *issuers = x509.load_pem_x509_certificates(marker + rest)
    except ValueError as bad:
        raise LedgerReadOnly("key_damaged", name=name) from bad
    if certificate.public_key() != key.public or (marker + rest).count(_CERTIFICATE) != 1 + len(issuers):
        raise LedgerReadOnly("key_damaged", name=name)
    return KeptSigner(key, certificate, tuple(issuers))


def _to_key(name: str, kept: bytes) -> SigningKey:
    if kept.startswith(b"{"):
        from reports.token import TokenKey  # noqa: PLC0415 - the library is loaded where there is a token

        return TokenKey.from_kept(kept, name=name)
    try:
        key = serialization.load_pem_private_key(kept, password=None)
    except (ValueError, TypeError) as bad:
        raise LedgerReadOnly("key_damaged", name=name) from bad
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise LedgerReadOnly("key_damaged", name=name)
    return FileKey(key)
