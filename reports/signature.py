"""The one signature of a report, read as strictly as it was written: no byte of the file may be another.

Trusts nothing in the file. What it proves is that the holder of the certificate's key signed exactly these
bytes; whose key that is, the file cannot say by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from asn1crypto import algos, cms  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from ledger.errors import SignatureRejected
from reports.certificate import is_chain
from reports.signing_key import Chain
from reports.time_stamp import Stamped, verify_time_stamp

FIELD: Final = "Facility"
_TOKEN: Final = "signature_time_stamp_token"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@dataclass(frozen=True, slots=True)
class Signed:
    """By whom (the certificate that came with the signature) and when (by the signer's own clock).

    `stamped`: what a time-stamp authority says; None without one (PAdES B-B). `issuers`: the certificates above the
    signer's that it signed along, its own issuer first; whom of them to trust is not said here.
    """

    certificate: x509.Certificate
    at: datetime | None
    stamped: Stamped | None = None
    issuers: Chain = ()


def verify_signature(data: bytes) -> Signed:
    """Raises `SignatureRejected` unless *data* carries exactly one signature, valid and over the whole file."""
    try:
        found = PdfFileReader(BytesIO(data)).embedded_signatures
        if len(found) != 1 or found[0].field_name != FIELD:
            raise SignatureRejected("one_signature")
        _verify(found[0])
        (certificate, *issuers), stamped = _verify_container(data, found[0])
        return Signed(certificate, found[0].self_reported_timestamp, stamped, tuple(issuers))
    except SignatureRejected:
        raise
    except Exception as bad:  # pyHanko and asn1crypto meet altered bytes with errors of many kinds
        raise SignatureRejected("pdf_unreadable") from bad


def _verify(signature: EmbeddedPdfSignature) -> None:
    trusted = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    status = validate_pdf_signature(signature, trusted)
    if not status.intact or not status.valid:
        raise SignatureRejected("signature_invalid")
    if signature.evaluate_signature_coverage() is not SignatureCoverageLevel.ENTIRE_FILE:
        raise SignatureRejected("not_whole_file")


def _verify_container(data: bytes, signature: EmbeddedPdfSignature) -> tuple[Chain, Stamped | None]:
    """The bytes that no signature covers, its own container, are the only ones that fit; returns chain and stamp.

    Everything in the container that is not signed (versions, algorithm names, the hexadecimal's case, the
    filling) is made anew from what is, and compared.
    """
    _, start, end, _ = signature.byte_range
    content = cms.ContentInfo.load(signature.pkcs7_content)["content"]
    info, chain = content["signer_infos"][0], _find_chain(content)
    key = chain[0].public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SignatureRejected("signature_algorithm")
    value = info["signature"].native
    if to_one_spelling(value) != value:
        raise SignatureRejected("signature_spelling")
    token = _find_token(info)
    made = _container(chain, info["signed_attrs"], value, token).dump().hex().upper().encode()
    room = end - start - 2
    if len(made) > room or data[start:end] != b"<" + made.ljust(room, b"0") + b">":
        raise SignatureRejected("signature_spelling")
    return chain, None if token is None else verify_time_stamp(token, signature=value)


def _find_chain(content: Any) -> Chain:
    """The certificates of the container in the order in which the signature names them: those and no others.

    That the first is the signer's pyHanko has seen.
    """
    (told,) = [
        each["values"][0]
        for each in content["signer_infos"][0]["signed_attrs"]
        if each["type"].native == "signing_certificate_v2"
    ]
    here = {sha256(der).digest(): der for each in content["certificates"] if (der := each.chosen.dump())}
    named = [each["cert_hash"].native for each in told["certs"]]
    if len(named) != len(content["certificates"]) or set(named) != here.keys():
        raise SignatureRejected("chain_differs")
    chain = tuple(x509.load_der_x509_certificate(here[each]) for each in named)
    if not is_chain(chain):
        raise SignatureRejected("chain_differs")
    return chain


def _find_token(info: Any) -> Any:
    """The time-stamp token: the one attribute that is not signed, where there is any."""
    if not info["unsigned_attrs"]:
        return None
    (attribute,) = info["unsigned_attrs"]
    if attribute["type"].native != _TOKEN:
        raise SignatureRejected("signature_spelling")
    (token,) = attribute["values"]
    return token


def to_one_spelling(signature: bytes) -> bytes:
    """The DER of an ECDSA P-256 signature with the smaller of its two equally valid `s`."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, _ORDER - s))


def _container(chain: Chain, signed_attrs: Any, signature: bytes, token: Any) -> cms.ContentInfo:
    """The CMS SignedData that `sign` writes (RFC 5652, section 5) around what is signed."""
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    certificates = [asn1.Certificate.load(each.public_bytes(Encoding.DER)) for each in chain]
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificates[0].issuer, "serial_number": certificates[0].serial_number}
                    )
                }
            ),
            "digest_algorithm": digest,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signed_attrs": signed_attrs,
            "signature": signature,
        }
    )
    if token is not None:
        signer["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute({"type": _TOKEN, "values": (token,)})])
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": cms.DigestAlgorithms((digest,)),
            "encap_content_info": {"content_type": "data"},
            "certificates": [cms.CertificateChoices(name="certificate", value=each) for each in certificates],
            "signer_infos": [signer],
        }
    )
    return cms.ContentInfo({"content_type": cms.ContentType("signed_data"), "content": content})
