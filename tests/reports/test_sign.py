"""The signature: valid to another program, over the whole file, with a key that only its owner can read."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ledger.errors import NoteRejected, SignatureRejected
from ledger.log.checkpoint import read_unverified
from ledger.words import LANGUAGES
from reports.certificate import to_fingerprint
from reports.issue import issue_report
from reports.sign import make_voucher, verify_voucher
from reports.signature import to_one_spelling, verify_signature
from tests.reports.world import BIN, LOG, LOG_KEY, MADE_AT, Log, busy_log, make_signer, signer


@pytest.fixture(scope="session", params=LANGUAGES)
def issued(request: pytest.FixtureRequest) -> bytes:
    log = busy_log()
    pdf, _ = issue_report(
        log.register(request.param),
        entries=dict(enumerate(log.data)),
        proofs=log.proofs,
        checkpoint=log.checkpoint,
        signer=signer(),
    )
    return pdf


def test_pdfsig_says_valid_and_the_whole_document_signed(
    issued: bytes, program: Callable[[str], str], tmp_path: Path
) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(issued)
    said = subprocess.run([program("pdfsig"), "-nocert", file], capture_output=True, check=True).stdout.decode()
    assert said.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Signing Time: Apr 02 2026 05:00:00" in said
    assert f"BIN{BIN}" in said


def test_the_visible_signature_says_no_more_than_it_is(issued: bytes, program: Callable[[str], str]) -> None:
    """Poppler draws it as an annotation: its text stands on the first page only."""
    fingerprint = to_fingerprint(signer().certificate)
    told = subprocess.run(
        [program("pdftotext"), "-", "-"], input=issued, capture_output=True, check=True
    ).stdout.decode()
    first, *others = told.split("\f")
    assert "PAdES B-B" in first
    assert fingerprint[:8] in first
    assert fingerprint[-8:] in first
    assert all("PAdES" not in page for page in others)


def test_every_font_of_the_signed_file_is_embedded(issued: bytes, program: Callable[[str], str]) -> None:
    lines = subprocess.run([program("pdffonts"), "-"], input=issued, capture_output=True, check=True).stdout.decode()
    fonts = lines.splitlines()[2:]
    assert len(fonts) >= 4
    assert all(re.search(r" yes yes yes +\d+ +0$", line) for line in fonts), lines


def test_what_signed_and_when_can_be_read(issued: bytes) -> None:
    signed = verify_signature(issued)
    assert signed.certificate == signer().certificate
    assert signed.at == MADE_AT


def test_a_signature_has_one_spelling() -> None:
    other = bytes.fromhex("3044022001") + bytes(31) + b"\x02\x20" + b"\x70" + bytes(31)
    assert decode_dss_signature(to_one_spelling(other))[0] == decode_dss_signature(other)[0]
    for _ in range(20):
        value = signer().sign(b"data")
        spelt = to_one_spelling(value)
        assert to_one_spelling(spelt) == spelt
        signer().key.public.verify(spelt, b"data", ec.ECDSA(SHA256()))
        assert decode_dss_signature(spelt)[1] < 2**255


def test_a_file_without_signature_is_refused() -> None:
    from reports.register_paper import render_register

    with pytest.raises(SignatureRejected, match="one_signature"):
        verify_signature(render_register(busy_log().register()))
    with pytest.raises(SignatureRejected, match="pdf_unreadable"):
        verify_signature(b"%PDF-1.7 nothing")


def test_a_voucher_is_for_one_certificate_and_one_log_and_is_no_checkpoint() -> None:
    mine = signer().certificate
    voucher = make_voucher(mine, log=LOG, log_key=LOG_KEY)
    verify_voucher(voucher, certificate=mine, log_key=Log().key)
    other = make_signer().certificate
    with pytest.raises(NoteRejected, match="voucher_of_another"):
        verify_voucher(voucher, certificate=other, log_key=Log().key)
    with pytest.raises(NoteRejected, match="not_signed_by_the_key"):
        verify_voucher(voucher, certificate=mine, log_key=Log("senim/another/1").key)
    with pytest.raises(NoteRejected, match="voucher_of_another"):
        verify_voucher(Log().checkpoint_of_nothing(), certificate=mine, log_key=Log().key)
    with pytest.raises(NoteRejected, match="checkpoint_malformed"):
        read_unverified(voucher)


class Broken:
    """A token that was pulled out."""

    certificate = signer().certificate
    issuers = ()

    def sign(self, data: bytes) -> bytes:
        raise OSError("pulled out")


class Mistaken(Broken):
    """A token that signs with another key than its certificate's."""

    def sign(self, data: bytes) -> bytes:
        return ec.generate_private_key(ec.SECP256R1()).sign(data, ec.ECDSA(SHA256()))


@pytest.mark.parametrize(("broken", "error"), [(Broken(), OSError), (Mistaken(), SignatureRejected)])
def test_a_report_that_cannot_be_signed_is_not_made(broken: Broken, error: type[Exception]) -> None:
    log = busy_log()
    with pytest.raises(error):
        issue_report(
            log.register(),
            entries=dict(enumerate(log.data)),
            proofs=log.proofs,
            checkpoint=log.checkpoint,
            signer=broken,
        )
