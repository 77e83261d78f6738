"""PAdES B-T: the word of an authority on loopback, kept in one spelling; without an answer the file says B-B."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asn1crypto import keys, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from ledger.errors import LedgerReadOnly, WronglyCalled
from reports.certificate import to_fingerprint
from reports.check import check_pdf
from reports.issue import issue_report
from reports.pdf_verdict import PdfVerdict
from reports.time_stamp import FILE, Authority
from tests.reports.world import busy_log, signer, voucher

STAMPED_AT = datetime(2026, 4, 2, 5, 0, 7, tzinfo=UTC)
Keys = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def authority_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(*, for_time: bool = True) -> x509.Certificate:
    key, name = authority_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time Authority")])
    use = ExtendedKeyUsageOID.TIME_STAMPING if for_time else ExtendedKeyUsageOID.CODE_SIGNING
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .add_extension(x509.ExtendedKeyUsage([use]), critical=True)
        .sign(key, hashes.SHA256())
    )


class Answering(BaseHTTPRequestHandler):
    """An authority as RFC 3161 has it over HTTP, by pyHanko's own."""

    answers: Any = None

    def do_POST(self) -> None:
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.answers(asked)
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *told: object) -> None:
        pass


@contextmanager
def serving(answers: Any) -> Iterator[str]:
    handler = type("Handler", (Answering,), {"answers": staticmethod(answers)})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def stamping(at: datetime = STAMPED_AT, **kinds: bool) -> Any:
    private = authority_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(
        asn1.Certificate.load(certificate(**kinds).public_bytes(Encoding.DER)),
        keys.PrivateKeyInfo.load(private),
        fixed_dt=at,
    )
    return lambda asked: stamper.request_tsa_response(asked).dump()


def trusted(url: str, *by: x509.Certificate) -> Authority:
    return Authority(url, by or (certificate(),))


def issue(authority: Authority | None) -> bytes:
    log = busy_log()
    pdf, _ = issue_report(
        log.register(),
        entries=dict(enumerate(log.data)),
        proofs=log.proofs,
        checkpoint=log.checkpoint,
        signer=signer(),
        voucher=voucher(),
        authority=authority,
    )
    return pdf


def check(pdf: bytes) -> PdfVerdict:
    return check_pdf(pdf, log_key=busy_log().key)


@pytest.fixture(scope="module")
def stamped() -> bytes:
    with serving(stamping()) as url:
        return issue(trusted(url))


def test_a_report_with_a_time_stamp_says_by_whom_and_when(stamped: bytes) -> None:
    found = check(stamped)
    assert found.verdict == "pass"
    told = found.to_json()
    assert (told["level"], told["stamped_at"]) == ("B-T", "2026-04-02T05:00:07.000000Z")
    assert told["stamped_by"] == to_fingerprint(certificate())
    assert found.said("en")[2].startswith("Time-stamped (PAdES B-T) at 2 Apr 2026, 10:00 by Time Authority")


def test_the_page_says_which_it_is(stamped: bytes, text: Any) -> None:
    assert "PAdES B-T: with a time-stamp in the file" in text(stamped)
    assert "PAdES B-B: no time-stamp" in text(issue(None))


def broken(answer: bytes) -> Any:
    return lambda asked: answer


@pytest.mark.parametrize(
    "answers",
    [
        broken(b""),
        broken(b"\x30\x03\x02\x01\x02"),
        stamping(for_time=False),
        stamping(STAMPED_AT + timedelta(days=3650)),
    ],
)
def test_an_authority_that_gives_no_good_time_stamp_is_done_without_and_the_page_says_so(
    answers: Any, text: Any
) -> None:
    with serving(answers) as url:
        pdf = issue(trusted(url, certificate(), certificate(for_time=False)))
    assert check(pdf).to_json()["level"] == "B-B"
    assert "the time-stamp authority gave no answer" in text(pdf)


def test_another_s_time_stamp_is_not_taken_and_nobody_listening_is_no_answer() -> None:
    with serving(stamping()) as url:
        assert check(issue(trusted(url, signer().certificate))).to_json()["level"] == "B-B"
    assert check(issue(trusted(url))).to_json()["level"] == "B-B"


def test_any_changed_byte_of_the_time_stamp_is_found(stamped: bytes) -> None:
    from ledger.errors import SignatureRejected
    from reports.signature import verify_signature

    start = stamped.rindex(b"/Contents <") + len(b"/Contents <")
    token = bytes.fromhex("060b2a864886f70d010910020e").hex().upper().encode()  # id-aa-timeStampToken
    first, last = stamped.index(token, start), stamped.index(b">", start)
    used = len(stamped[:last].rstrip(b"0"))
    for place in [*range(first, used, 23), used - 1, used + 1, last - 1]:
        altered = bytearray(stamped)
        altered[place] = ord("1") if altered[place] != ord("1") else ord("2")
        with pytest.raises(SignatureRejected):
            verify_signature(bytes(altered))


def test_a_time_stamp_taken_away_or_of_another_signature_is_found(stamped: bytes) -> None:
    with serving(stamping()) as url:
        other = issue(trusted(url))
    start = stamped.rindex(b"/Contents <") + len(b"/Contents <")
    end = stamped.index(b">", start)
    from asn1crypto import cms

    mine, theirs = (cms.ContentInfo.load(bytes.fromhex(pdf[start:end].decode())) for pdf in (stamped, other))
    info = mine["content"]["signer_infos"][0]
    info["unsigned_attrs"] = theirs["content"]["signer_infos"][0]["unsigned_attrs"]
    swapped = mine.dump(force=True).hex().upper().encode().ljust(end - start, b"0")
    found = check(stamped[:start] + swapped + stamped[end:])
    assert [each.code for each in found.checks["intact"].findings] == ["time_stamp_invalid"]


def test_what_is_configured_is_read_back_and_nothing_else(tmp_path: Path) -> None:
    assert Authority.find(tmp_path) is None
    made = trusted("https://tsa.example/stamp")
    made.keep(tmp_path)
    assert Authority.find(tmp_path) == made
    for url, pem in (("ftp://tsa", b""), ("nothing", b""), ("http://tsa", b"no certificate")):
        with pytest.raises(WronglyCalled):
            Authority.read(url, pem)
    (tmp_path / FILE).write_bytes(b"{}\n")
    with pytest.raises(LedgerReadOnly, match="key_damaged"):
        Authority.find(tmp_path)
