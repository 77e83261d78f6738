"""Certificates of the key that signs reports: the self-signed one of the start, and the request to an authority.

Trust: none. Anybody can write a certificate with any name; whose a key is, the chain, the log key's word or paper say.
Both are signed through `SigningKey.sign`, so that a key in a token serves like one in a file.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from asn1crypto import algos, csr, keys  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ledger.errors import WronglyCalled
from reports.signing_key import SigningKey, to_spki

VALID_YEARS: Final = 10
_MOST_NAME = 64  # bytes; X.520 bounds a common name
_ECDSA_SHA256 = {"algorithm": "sha256_ecdsa"}


def to_name(*, facility: str, bin: str) -> x509.Name:
    """The facility's name as organisation, what fits of it as common name, and its BIN as serial number."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, facility),
            x509.NameAttribute(NameOID.COMMON_NAME, facility.encode()[:_MOST_NAME].decode(errors="ignore")),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"BIN{bin}"),
        ]
    )


def make_certificate(key: SigningKey, *, facility: str, bin: str, at: datetime) -> x509.Certificate:
    """A self-signed certificate for *key*, valid from *at* for `VALID_YEARS`: a start, until an authority gives one."""
    name = to_name(facility=facility, bin=bin)
    use = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    ) | dict.fromkeys(("encipher_only", "decipher_only"), False)
    drawn = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=365 * VALID_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **use), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public), critical=False)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())  # a stand-in: the key may be out of reach
    )
    made = asn1.Certificate.load(drawn.public_bytes(Encoding.DER))
    made["signature_value"] = key.sign(drawn.tbs_certificate_bytes)
    return x509.load_der_x509_certificate(made.dump())


def make_request(key: SigningKey, *, facility: str, bin: str) -> x509.CertificateSigningRequest:
    """What an authority is asked to certify (PKCS #10): the facility's name and its key, signed with that key."""
    asked = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1.Name.load(to_name(facility=facility, bin=bin).public_bytes()),
            "subject_pk_info": keys.PublicKeyInfo.load(to_spki(key.public)),
            "attributes": [],
        }
    )
    made = csr.CertificationRequest(
        {
            "certification_request_info": asked,
            "signature_algorithm": algos.SignedDigestAlgorithm(_ECDSA_SHA256),
            "signature": key.sign(asked.dump()),
        }
    )
    return x509.load_der_x509_csr(made.dump())


def read_certificate(pem: bytes, key: SigningKey, *, at: datetime) -> x509.Certificate:
    """The certificate that somebody gave for *key*, fit to sign reports with at the time *at*.

    Raises `WronglyCalled`: it cannot be read, is for another key, is not in force, or its key may not sign documents.
    """
    try:
        found = x509.load_pem_x509_certificate(pem)
        public = found.public_key()
    except ValueError as bad:
        raise WronglyCalled("certificate_unreadable") from bad
    if public != key.public:
        raise WronglyCalled("certificate_of_another_key")
    if not found.not_valid_before_utc <= at.astimezone(UTC) <= found.not_valid_after_utc:
        raise WronglyCalled("certificate_not_in_force")
    try:
        use = found.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return found
    if not (use.digital_signature or use.content_commitment):
        raise WronglyCalled("certificate_for_another_use")
    return found


def is_self_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def to_fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER, 64 lower-case hex digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def to_organisation(certificate: x509.Certificate) -> str:
    """The name that the certificate claims."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        if found := certificate.subject.get_attributes_for_oid(oid):
            return str(found[0].value)
    return certificate.subject.rfc4514_string()
