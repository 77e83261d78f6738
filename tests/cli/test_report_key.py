"""The key of the reports from the command line: asked for, enrolled by two people, taken into use, and not before."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ledger.cli.certifying import install_certificate, request_certificate, set_time_stamps, show_signer
from ledger.errors import LedgerReadOnly, SenimError, WronglyCalled
from ledger.service.checkpoints import verifier_key
from reports.asked import Asked
from reports.certificate import is_self_signed
from reports.check import check_pdf
from reports.issuing import issue
from reports.signing_key import CURRENT, NEXT, find_signer
from tests.api.thief import close_imports
from tests.faults.counter import OPENING, Counter
from tests.reports.authority import Authority, pem


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    counter = Counter(tmp_path)
    counter.tell(OPENING)
    return counter


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def shown(counter: Counter, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    show_signer(counter.house, as_json=True)
    return told(capsys)


def asked(counter: Counter, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    request_certificate(counter.house, module=None, token="", pin=None, as_json=True)
    return told(capsys)


def installed(counter: Counter, *signed: str, certificate: Path | None = None) -> int:
    return install_certificate(counter.house, certificate, signed, as_json=True)


def certified(request: str, counter: Counter, file: Path) -> Path:
    """What an authority answers to *request*."""
    found = x509.load_pem_x509_csr(request.encode())
    at = counter.house.ledger.clock()
    made = x509.CertificateBuilder().subject_name(found.subject).issuer_name(x509.Name([])).serial_number(3)
    made = made.public_key(found.public_key()).not_valid_before(at).not_valid_after(at.replace(year=at.year + 1))
    by = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(made.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM))
    return file


def report(counter: Counter) -> dict[str, Any]:
    """What a report that is issued now says of its signer."""
    house = counter.house
    pdf = issue(house.ledger, house.directory, Asked(kind="circle", language="en")).pdf
    found = check_pdf(pdf, log_key=verifier_key(house.ledger))
    assert found.verdict == "pass", found.said("en")
    return {"fingerprint": found.fingerprint} | {name: found.to_json()[name] for name in ("level", "issuers")}


def test_the_start_certifies_itself_and_can_be_enrolled_as_it_is(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    start = shown(counter, capsys)
    assert (start["self_signed"], start["enrolled"], start["token"], start["next"]) == (True, None, None, None)
    assert report(counter)["fingerprint"] == start["fingerprint"]
    assert installed(counter) == 0
    assert told(capsys) == {"key": start["key"], "fingerprint": start["fingerprint"]}
    assert shown(counter, capsys)["enrolled"] is True
    assert report(counter)["fingerprint"] == start["fingerprint"]


def test_an_authority_s_certificate_signs_once_two_people_enrolled_its_key(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installed(counter) == 0
    close_imports(counter)
    capsys.readouterr()
    start = shown(counter, capsys)
    wanted = asked(counter, capsys)
    assert asked(counter, capsys)["key"] == wanted["key"] != start["key"]
    file, before = certified(wanted["request"], counter, tmp_path / "given.pem"), counter.size()
    assert installed(counter, certificate=file) == 2
    ask = told(capsys)
    assert counter.size() == before
    assert report(counter)["fingerprint"] == start["fingerprint"]
    named = ask["statement"]["body"]
    assert (named["person"], named["use"], named["custody"]) == ("ledger", "pdf", "facility")
    signed = []
    for name in ask["keys"]:
        (tmp_path / name).write_bytes(counter.keys[name].sign(base64.b64decode(ask["sign"])))
        signed.append(f"{name}={tmp_path / name}")
    with pytest.raises(SenimError):
        installed(counter, signed[0])
    assert installed(counter, *signed) == 0
    taken = told(capsys)
    assert taken == {"key": wanted["key"], "fingerprint": named["certificate"]}
    assert report(counter)["fingerprint"] == taken["fingerprint"]
    signer = find_signer(counter.house.directory / "secrets" / CURRENT)
    assert signer is not None
    assert not is_self_signed(signer.certificate)
    assert not (counter.house.directory / "secrets" / NEXT).exists()


def test_the_certificates_above_the_key_s_own_go_into_every_report(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority()
    public = x509.load_pem_x509_csr(asked(counter, capsys)["request"].encode()).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    (tmp_path / "given.pem").write_bytes(pem(*authority.above, authority.certify(public)))
    assert installed(counter, certificate=tmp_path / "given.pem") == 0
    capsys.readouterr()
    assert [each["name"] for each in shown(counter, capsys)["issuers"]] == ["Middle", "Root"]
    assert report(counter)["issuers"] == shown(counter, capsys)["issuers"]


def test_a_key_is_named_with_one_certificate_and_another_is_refused(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = asked(counter, capsys)
    file = certified(wanted["request"], counter, tmp_path / "one.pem")
    assert installed(counter, certificate=file) == 0
    other = certified(wanted["request"], counter, tmp_path / "other.pem")
    with pytest.raises(WronglyCalled, match="certificate_of_enrolled_key"):
        installed(counter, certificate=other)
    capsys.readouterr()
    asked(counter, capsys)
    with pytest.raises(WronglyCalled, match="certificate_of_another_key"):
        installed(counter, certificate=file)


def test_no_report_is_signed_with_a_key_that_the_register_does_not_name(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installed(counter) == 0
    before = counter.size()
    (counter.house.directory / "secrets" / CURRENT).unlink()
    with pytest.raises(LedgerReadOnly, match="report_key_not_enrolled"):
        issue(counter.house.ledger, counter.house.directory, Asked(kind="circle", language="en"))
    assert counter.size() == before


def test_a_crash_after_the_entry_is_mended_by_calling_again(
    counter: Counter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = asked(counter, capsys)

    def crash(secrets: Path) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr("ledger.cli.certifying.turn", crash)
        with pytest.raises(OSError, match="power"):
            installed(counter)
    size = counter.size()
    assert installed(counter) == 0
    assert counter.size() == size
    capsys.readouterr()
    assert shown(counter, capsys)["key"] == wanted["key"]


def test_time_stamps_are_set_shown_and_ended(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fingerprint = shown(counter, capsys)["fingerprint"]
    file = tmp_path / "authority.pem"
    signer = find_signer(counter.house.directory / "secrets" / CURRENT)
    assert signer is not None
    file.write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    address = "http://127.0.0.1:9/"
    set_time_stamps(counter.house, address, file, none=False, as_json=True)
    assert told(capsys) == {"address": address, "trusted": [fingerprint]}
    assert report(counter)["level"] == "B-B"  # nobody listens there
    set_time_stamps(counter.house, None, None, none=True, as_json=True)
    assert told(capsys)["address"] is None
    with pytest.raises(WronglyCalled, match="certificate_not_given"):
        set_time_stamps(counter.house, address, None, none=False, as_json=True)
