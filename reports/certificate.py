"""Certificates of the key that signs reports: the self-signed one of the start, and the request to an authority.

Trust: none. Anybody can write a certificate with any name; whose a key is, the chain, the log key's word or paper say.
Both are signed through `SigningKey.sign`, so that a key in a token serves like one in a file.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
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
from reports.signing_key import Chain, SigningKey, to_spki

VALID_YEARS: Final = 10
_MOST_NAME = 64  # bytes; X.520 bounds a common name
_ECDSA_SHA256 = {"algorithm": "sha256_ecdsa"}


def to_name(*, facility: str, bin: str) -> x509.Name:
    """The facility's name as organisation, what fits of it as common name, and its BIN as serial number."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, facility),
            x509.NameAttribute(NameOID.COMMON_NAME, _shorten(facility)),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"BIN{bin}"),
        ]
    )


def _shorten(name: str) -> str:
    """Its whole words that fit a common name, which is what readers of PDF show."""
    fits = name.encode()[:_MOST_NAME].decode(errors="ignore")
    return name if fits == name else fits.rpartition(" ")[0] or fits


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


def read_certificate(pem: bytes, key: SigningKey, *, at: datetime) -> Chain:
    """The certificate that somebody gave for *key*, fit to sign reports with at the time *at*, and those above it that
    came along, in any order.

    Raises `WronglyCalled`: it cannot be read, is for another key, is not in force, its key may not sign documents, or
    another certificate beside it is none of its issuers.
    """
    try:
        given = x509.load_pem_x509_certificates(pem)
        own = [each for each in given if each.public_key() == key.public]
    except ValueError as bad:
        raise WronglyCalled("certificate_unreadable") from bad
    if not own:
        raise WronglyCalled("certificate_of_another_key")
    chain, rest = own[:1], [each for each in given if each != own[0]]
    while above := [each for each in rest if is_issued_by(chain[-1], each)]:
        chain.append(above[0])
        rest.remove(above[0])
    if rest:
        raise WronglyCalled("certificate_of_another_chain")
    _verify_fit(own[0], at)
    return tuple(chain)


def _verify_fit(found: x509.Certificate, at: datetime) -> None:
    if not found.not_valid_before_utc <= at.astimezone(UTC) <= found.not_valid_after_utc:
        raise WronglyCalled("certificate_not_in_force")
    try:
        use = found.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (use.digital_signature or use.content_commitment):
        raise WronglyCalled("certificate_for_another_use")


def is_self_signed(certificate: x509.Certificate) -> bool:
    return _is_signed_by(certificate, certificate)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """By its signature, and that *issuer* may certify others (RFC 5280, section 4.2.1.9)."""
    try:
        may = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
    return may and _is_signed_by(certificate, issuer)


def is_chain(chain: Chain) -> bool:
    """Whether each is issued by the one after it."""
    return all(is_issued_by(each, above) for each, above in pairwise(chain))


def _is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
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
