"""The facility's signature on a PDF: PAdES with ECDSA P-256, visible on the first page, over the whole file.

B-T with the word of a time-stamp authority, B-B without one. What makes a signature the facility's is its key and
certificate in the chain (`key.enrolled`, use `pdf`), the log key's word for it (a voucher) or the fingerprint on
paper, never the name in the certificate: anybody can write a certificate for themselves.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from asn1crypto import tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.attributes import CMSAttributeProvider, SignedAttributeProviderSpec
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ledger.errors import NoteRejected
from ledger.log.note import VerifierKey, sign_note, verify_note
from reports.certificate import to_fingerprint, to_organisation
from reports.paper import SIGNATURE_BOX
from reports.signature import FIELD, to_one_spelling, verify_signature
from reports.signing_key import Signer
from reports.stamp import Stamp, render_stamp
from reports.time_stamp import ROOM, Authority

_VOUCHER = "senim/pdf-signer/v1"


def make_voucher(certificate: x509.Certificate, *, log: str, log_key: Ed25519PrivateKey) -> bytes:
    """A C2SP note by the log's own key that this certificate signs the facility's reports.

    Its first line is no origin of a log (an epoch is a number), so it can never be read as a checkpoint.
    """
    return sign_note(f"{_VOUCHER}\n{log}\n{to_fingerprint(certificate)}\n", name=log, private_key=log_key)


def verify_voucher(data: bytes, *, certificate: x509.Certificate, log_key: VerifierKey) -> None:
    """Raises `NoteRejected` unless the log's key names *certificate* in the voucher."""
    told = verify_note(data, keys=[log_key]).text
    if told != f"{_VOUCHER}\n{log_key.name}\n{to_fingerprint(certificate)}\n":
        raise NoteRejected("voucher_of_another")


def sign_pdf(
    pdf: bytes, *, signer: Signer, stamp: Stamp, language: str, at: datetime, authority: Authority | None = None
) -> bytes:
    """*pdf* with the facility's signature, claimed to be made *at*, and the word of *authority* that it was there.

    Nothing may be changed afterwards (DocMDP 1). Raises `SignatureRejected` where the signer did not sign with
    its certificate's key: such a file is not given away; `TimeStampMissing` where *authority* gave none. Not for a
    running event loop: call it in a thread.
    """
    left, bottom, right, top = SIGNATURE_BOX
    drawn = render_stamp(stamp, right - left, top - bottom, language)
    whole = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MIN, Margins(0, 0, 0, 0))
    made = _PdfSigner(
        signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            name=to_organisation(signer.certificate),
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        _Adapted(signer),
        stamp_style=StaticStampStyle(background=_Drawn(drawn), border_width=0, background_layout=whole),
        new_field_spec=SigFieldSpec(FIELD, box=SIGNATURE_BOX),  # type: ignore[arg-type]  # points may be fractions
        timestamper=None if authority is None else authority.client(),
        at=at,
    )
    above = sum(len(each.public_bytes(serialization.Encoding.DER)) for each in signer.issuers)
    room = None if authority is None else ROOM + 2 * above
    try:
        out = asyncio.run(made.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), bytes_reserved=room))
    except TimestampRequestError as bad:
        raise TimeStampMissing from bad
    signed: bytes = out.getvalue()
    verify_signature(signed)
    return signed


class TimeStampMissing(Exception):
    """The authority gave none that is its own: what is signed without it must say so."""


class _PdfSigner(signers.PdfSigner):
    """pyHanko's, at the time it is given."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at.astimezone(UTC)

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


class _Adapted(signers.Signer):
    """Our `Signer` as pyHanko wants it."""

    def __init__(self, signer: Signer) -> None:
        chain = [
            asn1.Certificate.load(each.public_bytes(serialization.Encoding.DER))
            for each in (signer.certificate, *signer.issuers)
        ]
        above = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        above.register_multiple(chain[1:])
        super().__init__(signing_cert=chain[0], cert_registry=above)
        self.signed_attr_prov_spec = _Signed(chain)
        self._signer = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(72) if dry_run else to_one_spelling(self._signer.sign(data))


class _Signed(SignedAttributeProviderSpec):
    """What PAdES has signed beside the digest: the certificates, all of them (RFC 5035, section 3)."""

    def __init__(self, chain: Sequence[asn1.Certificate]) -> None:
        self._chain = chain

    def signed_attr_providers(self, *args: Any, **kwargs: Any) -> Iterator[CMSAttributeProvider]:
        yield _Chain(self._chain)


class _Chain(CMSAttributeProvider):
    """None of the chain can be taken out of the signature, or put into it, afterwards."""

    attribute_type = "signing_certificate_v2"

    def __init__(self, chain: Sequence[asn1.Certificate]) -> None:
        self._chain = chain

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:
        return tsp.SigningCertificateV2(
            {"certs": [as_signing_certificate_v2(each)["certs"][0] for each in self._chain]}
        )


class _Drawn(PdfContent):
    """One page of a PDF in memory as the appearance of the signature.

    Drawn by `paper`: pyHanko's own text stamps letter-space every font that has not 1000 units per em.
    """

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self._pdf)))
        left, bottom, right, top = map(float, page.get_object()["/BBox"])
        self.resources.xobject[generic.pdf_name("/Stamp")] = page
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Stamp Do"
