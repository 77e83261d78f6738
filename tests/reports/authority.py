"""A certification authority of the tests: a root, an intermediate below it, and what that certifies."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.reports.world import FACILITY

FROM = datetime(2026, 1, 1, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey


def certificate(name: str, public: ec.EllipticCurvePublicKey, by: tuple[str, Key], *, ca: bool) -> x509.Certificate:
    issuer, key = by
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(FROM + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


class Authority:
    def __init__(self) -> None:
        top, middle = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("Root", top.public_key(), ("Root", top), ca=True)
        self.middle = certificate("Middle", middle.public_key(), ("Root", top), ca=True)
        self.by = ("Middle", middle)

    @property
    def above(self) -> tuple[x509.Certificate, ...]:
        return self.middle, self.root

    def certify(self, public: ec.EllipticCurvePublicKey) -> x509.Certificate:
        return certificate(FACILITY, public, self.by, ca=False)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
