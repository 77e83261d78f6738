"""The word of a time-stamp authority (RFC 3161) that a signature was there at a time: what makes PAdES B-B into B-T.

    secrets/pdf-time-stamps    where the facility has one: a line of JSON with its address, then the certificates (PEM)
                               of which one is its own or issued its own

A token is not covered by the signature that it speaks of, so it is kept in one spelling: all of it that nobody signed
is made anew from what is signed, and any other byte is found. Trust: whether the authority tells the time is for the
reader; the file names its certificate.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from asn1crypto import algos, cms, core, tsp  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

from ledger.errors import LedgerReadOnly, SignatureRejected, WronglyCalled
from ledger.storage.private import read_private, write_private

FILE: Final = "pdf-time-stamps"
ROOM: Final = 32_768
"""Hexadecimal digits kept free in a file for a signature with a token in it."""
_SECONDS = 5
_DIGESTS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class Stamped:
    """An authority's word that the signature was there `at` that time, by its own clock."""

    at: datetime
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Authority:
    """Where time-stamps are asked for, and the certificates by which its answers are known."""

    url: str
    trusted: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, url: str, pem: bytes) -> "Authority":
        """Raises `WronglyCalled` for an address that is not of the web, or certificates that cannot be read."""
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise WronglyCalled("address_unreadable", address=url[:80])
        try:
            return cls(url, tuple(x509.load_pem_x509_certificates(pem)))
        except ValueError as bad:
            raise WronglyCalled("certificate_unreadable") from bad

    @classmethod
    def find(cls, directory: Path) -> "Authority | None":
        """The one that is configured in *directory*. Raises `LedgerReadOnly`."""
        data = read_private(directory / FILE)
        if data is None:
            return None
        head, _, pem = data.partition(b"\n")
        try:
            return cls.read(json.loads(head)["url"], pem)
        except (ValueError, KeyError, TypeError, WronglyCalled) as bad:
            raise LedgerReadOnly("key_damaged", name=FILE) from bad

    def keep(self, directory: Path) -> None:
        pem = b"".join(each.public_bytes(Encoding.PEM) for each in self.trusted)
        write_private(directory / FILE, json.dumps({"url": self.url}).encode() + b"\n" + pem)

    def client(self) -> TimeStamper:
        """pyHanko's, with answers in one spelling and by this authority: any other raises `TimestampRequestError`."""
        return _Client(self)

    def check(self, certificate: x509.Certificate) -> None:
        """Raises `SignatureRejected` unless *certificate* is one of the trusted, or issued by one of them."""
        for each in self.trusted:
            try:
                if certificate != each:
                    certificate.verify_directly_issued_by(each)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return
        raise SignatureRejected("time_stamp_of_another")


class _Client(RequestsHTTPTimeStamper):
    def __init__(self, authority: Authority) -> None:
        super().__init__(authority.url, timeout=_SECONDS)  # type: ignore[no-untyped-call]
        self._authority = authority

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        try:
            token = to_one_token(await super().async_timestamp(message_digest, md_algorithm))
            self._authority.check(_verify(token, message_digest).certificate)
        except (TimestampRequestError, OSError):
            raise
        except Exception as bad:  # whatever an answer of the network may be
            raise TimestampRequestError("not a time-stamp of the authority") from bad
        return token


def verify_time_stamp(token: Any, *, signature: bytes) -> Stamped:
    """*token* (CMS ContentInfo) is about *signature* and not a byte of it could be another.

    Raises `SignatureRejected`, and whatever asn1crypto meets altered bytes with.
    """
    if to_one_token(token).dump() != token.dump():
        raise SignatureRejected("signature_spelling")
    return _verify(token, sha256(signature).digest())


def to_one_token(token: Any) -> cms.ContentInfo:
    """*token* as it is kept: with the authority's own certificate alone, everything unsigned made anew."""
    data = token["content"]
    (info,) = data["signer_infos"]
    certificate = _certificate_of(data, info)
    name = info["digest_algorithm"]["algorithm"].native
    if name not in _DIGESTS:
        raise SignatureRejected("signature_algorithm")
    key, value = x509.load_der_x509_certificate(certificate.dump()).public_key(), info["signature"].native
    if isinstance(key, rsa.RSAPublicKey) and info["signature_algorithm"].signature_algo == "rsassa_pkcs1v15":
        algorithm = "rsassa_pkcs1v15"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        algorithm = f"{name}_ecdsa"
        r, s = decode_dss_signature(value)
        value = encode_dss_signature(r, min(s, key.curve.group_order - s))
    else:
        raise SignatureRejected("signature_algorithm")
    digest = algos.DigestAlgorithm({"algorithm": name})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": digest,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": algorithm}),
            "signed_attrs": cms.CMSAttributes.load(info["signed_attrs"].untag().dump()),
            "signature": value,
        }
    )
    content = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": cms.DigestAlgorithms((digest,)),
            "encap_content_info": cms.EncapsulatedContentInfo(
                {
                    "content_type": cms.ContentType("tst_info"),
                    "content": cms.ParsableOctetString(bytes(data["encap_content_info"]["content"])),
                }
            ),
            "certificates": [cms.CertificateChoices(name="certificate", value=certificate)],
            "signer_infos": [signer],
        }
    )
    made = cms.ContentInfo({"content_type": cms.ContentType("signed_data"), "content": content}).dump()
    return cms.ContentInfo.load(made, strict=True)


def _verify(token: Any, digest: bytes) -> Stamped:
    """RFC 3161, section 2.4.2, and RFC 5652, section 5.4: the authority's signature, over this digest."""
    data = token["content"]
    (info,) = data["signer_infos"]
    der = _certificate_of(data, info).dump()
    certificate = x509.load_der_x509_certificate(der)
    content, name = bytes(data["encap_content_info"]["content"]), info["digest_algorithm"]["algorithm"].native
    told: dict[str, Any] = {each["type"].native: each["values"] for each in info["signed_attrs"]}
    hashed = hashes.Hash(_DIGESTS[name]())
    hashed.update(content)
    if (
        told["content_type"][0].native != "tst_info"
        or told["message_digest"][0].native != hashed.finalize()
        or not _is_named(der, told)
    ):
        raise SignatureRejected("time_stamp_invalid")
    attributes, key, value = info["signed_attrs"].untag().dump(), certificate.public_key(), info["signature"].native
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, attributes, padding.PKCS1v15(), _DIGESTS[name]())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, attributes, ec.ECDSA(_DIGESTS[name]()))
    except InvalidSignature as bad:
        raise SignatureRejected("time_stamp_invalid") from bad
    stamp = tsp.TSTInfo.load(content, strict=True)
    imprint, at = stamp["message_imprint"], stamp["gen_time"].native
    is_for_time = (
        ExtendedKeyUsageOID.TIME_STAMPING in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    )
    if (
        imprint["hash_algorithm"]["algorithm"].native != "sha256"
        or imprint["hashed_message"].native != digest
        or not is_for_time
        or not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    ):
        raise SignatureRejected("time_stamp_invalid")
    return Stamped(at, certificate)


def _certificate_of(data: Any, info: Any) -> Any:
    """The certificate of the token's signer, out of those that came with it."""
    sid = info["sid"]
    for each in data["certificates"]:
        found = each.chosen
        if sid.name == "issuer_and_serial_number":
            if found.issuer == sid.chosen["issuer"] and found.serial_number == sid.chosen["serial_number"].native:
                return found
        elif found.key_identifier == sid.native:
            return found
    raise SignatureRejected("time_stamp_invalid")


def _is_named(der: bytes, told: dict[str, Any]) -> bool:
    """Whether the signed attributes name just this certificate (RFC 5035; the older form by SHA-1, RFC 2634)."""
    if "signing_certificate_v2" in told:
        first = told["signing_certificate_v2"][0]["certs"][0]
        kind = first["hash_algorithm"]["algorithm"].native
        hashed = hashes.Hash(_DIGESTS[kind]())
    else:
        first = told["signing_certificate"][0]["certs"][0]
        hashed = hashes.Hash(hashes.SHA1())
    hashed.update(der)
    found: core.OctetString = first["cert_hash"]
    return bool(found.native == hashed.finalize())
