"""A certificate that an authority issued carries those above it in the signature, and nobody takes them out again."""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ledger.errors import LedgerReadOnly, WronglyCalled
from reports.certificate import read_certificate, to_fingerprint
from reports.check import check_pdf
from reports.issue import issue_report
from reports.pdf_verdict import PdfVerdict
from reports.sign import make_voucher
from reports.signing_key import CURRENT, FileKey, KeptSigner, find_signer, keep
from tests.reports.authority import Authority, certificate, pem
from tests.reports.world import FACILITY, LOG_KEY, busy_log

AT = datetime(2026, 6, 1, tzinfo=UTC)
AUTHORITY, KEY = Authority(), FileKey.make()
OWN = AUTHORITY.certify(KEY.public)


def issued(signer: KeptSigner) -> bytes:
    log = busy_log()
    return issue_report(
        log.register(),
        entries=dict(enumerate(log.data)),
        proofs=log.proofs,
        checkpoint=log.checkpoint,
        signer=signer,
        voucher=make_voucher(signer.certificate, log=log.log, log_key=LOG_KEY),
    )[0]


@pytest.fixture(scope="module")
def signed() -> bytes:
    return issued(KeptSigner(KEY, OWN, AUTHORITY.above))


def check(pdf: bytes) -> PdfVerdict:
    return check_pdf(pdf, log_key=busy_log().key)


def container_of(pdf: bytes) -> tuple[int, int]:
    """Where its hexadecimal digits begin and end."""
    (found,) = re.finditer(rb"/Contents <([0-9A-Fa-f]+)>", pdf)
    return found.span(1)


def rebuilt(pdf: bytes, *certificates: x509.Certificate) -> bytes:
    """*pdf* with other certificates in its container, all else as it was."""
    start, end = container_of(pdf)
    container = cms.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()))
    container["content"]["certificates"] = [
        cms.CertificateChoices(name="certificate", value=asn1.Certificate.load(each.public_bytes(Encoding.DER)))
        for each in certificates
    ]
    made: bytes = container.dump(force=True).hex().upper().encode()
    return pdf[:start] + made.ljust(end - start, b"0") + pdf[end:]


def test_the_chain_travels_in_the_signature_and_is_told(signed: bytes) -> None:
    found = check(signed)
    assert found.verdict == "pass"
    middle, root = map(to_fingerprint, AUTHORITY.above)
    told = [{"name": "Middle", "fingerprint": middle}, {"name": "Root", "fingerprint": root}]
    assert found.to_json()["issuers"] == told
    said = f"The certificate was issued by Middle → Root; the topmost in the file has SHA-256 {root}: "
    assert any(line.startswith(said) for line in found.said("en"))


def test_without_a_chain_the_file_says_whom_the_certificate_claims(signed: bytes) -> None:
    claimed = check(issued(KeptSigner(KEY, OWN))).said("en")
    assert "The certificate names O=Middle as its issuer, whose own is not in the file." in claimed


@pytest.mark.parametrize(
    "left",
    [
        (OWN,),
        (OWN, AUTHORITY.middle),
        (OWN, AUTHORITY.middle, Authority().root),
        (OWN, AUTHORITY.middle, AUTHORITY.root, Authority().root),
    ],
)
def test_no_certificate_is_taken_out_exchanged_or_added(signed: bytes, left: tuple[x509.Certificate, ...]) -> None:
    assert rebuilt(signed, OWN, *AUTHORITY.above) == signed
    found = check(rebuilt(signed, *left))
    assert [each.code for each in found.checks["intact"].findings] == ["chain_differs"]


def test_openssl_follows_the_chain_from_the_file_to_the_root_alone(
    signed: bytes, tmp_path: Path, program: Callable[[str], str]
) -> None:
    start, end = container_of(signed)
    size = len(cms.ContentInfo.load(bytes.fromhex(signed[start:end].decode())).dump())
    (tmp_path / "signature").write_bytes(bytes.fromhex(signed[start : start + 2 * size].decode()))
    (tmp_path / "content").write_bytes(signed[: start - 1] + signed[end + 1 :])
    told = ["-in", str(tmp_path / "signature"), "-content", str(tmp_path / "content"), "-out", str(tmp_path / "out")]
    command = [program("openssl"), "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", *told, "-CAfile"]
    for root, fits in ((AUTHORITY.root, True), (Authority().root, False)):
        (tmp_path / "root.pem").write_bytes(pem(root))
        done = subprocess.run([*command, str(tmp_path / "root.pem")], check=False, capture_output=True, text=True)
        assert (done.returncode == 0) is fits, done.stderr


def test_pdfsig_finds_it_valid_and_whole(signed: bytes, tmp_path: Path, program: Callable[[str], str]) -> None:
    (tmp_path / "report.pdf").write_bytes(signed)
    command = [program("pdfsig"), str(tmp_path / "report.pdf")]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_certificates_are_read_in_any_order_and_no_stranger_among_them() -> None:
    chain = (OWN, *AUTHORITY.above)
    assert read_certificate(pem(AUTHORITY.root, OWN, AUTHORITY.middle), KEY, at=AT) == chain
    for stranger in (Authority().root, AUTHORITY.certify(FileKey.make().public)):
        with pytest.raises(WronglyCalled, match="certificate_of_another_chain"):
            read_certificate(pem(*chain, stranger), KEY, at=AT)


def test_who_may_not_certify_certifies_nobody() -> None:
    """The facility of another certificate is no authority, however well its signature fits."""
    other = ec.generate_private_key(ec.SECP256R1())
    above = certificate("Other", other.public_key(), AUTHORITY.by, ca=False)
    below = certificate(FACILITY, KEY.public, ("Other", other), ca=False)
    with pytest.raises(WronglyCalled, match="certificate_of_another_chain"):
        read_certificate(pem(below, above), KEY, at=AT)


def test_the_chain_is_kept_with_the_key_and_damage_to_it_is_seen(tmp_path: Path) -> None:
    keep(tmp_path / CURRENT, KeptSigner(KEY, OWN, AUTHORITY.above))
    found = find_signer(tmp_path / CURRENT)
    assert found is not None
    assert found.issuers == AUTHORITY.above
    (tmp_path / CURRENT).write_bytes((tmp_path / CURRENT).read_bytes()[:-40])
    with pytest.raises(LedgerReadOnly, match="key_damaged"):
        find_signer(tmp_path / CURRENT)
