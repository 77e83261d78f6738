"""A signed report before a stranger: what passes, and what cannot be determined."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.log.encoding import to_base64
from ledger.words import LANGUAGES
from reports.certificate import to_fingerprint
from reports.issue import make_unsigned
from reports.signing_key import KeptSigner
from tests.reports.checking import (
    ALL_PASS,
    attached,
    check,
    codes,
    forged,
    genuine,
    issue,
    log,
    signed,
    stranger,
    verdicts,
)
from tests.reports.world import FACILITY, Log, busy_log, make_signer, signer


@pytest.mark.parametrize("place", ["safe", "ward-1", None])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_genuine_report_passes_every_check(language: str, place: str | None) -> None:
    found = check(issue(log(), log().register(language, place=place)))
    assert verdicts(found) == ALL_PASS
    assert found.verdict == "pass"
    assert [note.code for note in found.checks["figures"].notes] == ["completeness_not_shown"]


@pytest.mark.parametrize(
    ("from_on", "to_on"), [(date(2026, 2, 1), date(2026, 3, 16)), (date(2026, 1, 9), date(2026, 1, 9))]
)
def test_a_report_of_a_period_passes_and_says_what_it_rests_on(from_on: date, to_on: date) -> None:
    found = check(issue(log(), log().register(from_on=from_on, to_on=to_on)))
    assert found.verdict == "pass"
    assert "opening_is_claimed" in [note.code for note in found.checks["figures"].notes]


def test_by_whom_and_when_it_was_signed_is_told() -> None:
    found = check(genuine())
    assert found.fingerprint == to_fingerprint(signer().certificate)
    said = found.said("en")
    assert said[0] == (
        f"Signed in the name of {FACILITY} at 2 Apr 2026, 10:00, by the signer's own clock;"
        f" certificate SHA-256 {found.fingerprint}"
    )
    assert said[1].startswith("No authority has certified the key")
    assert said[2] == "No time-stamp (PAdES B-B): when it was signed, only the facility says."
    assert said[-1] == "This report is genuine and unaltered."
    told = found.to_json()
    assert told["verdict"] == "pass"
    assert told["signed_at"] == "2026-04-02T05:00:00.000000Z"
    assert (told["level"], told["stamped_at"], told["stamped_by"]) == ("B-B", None, None)
    assert told["checks"]["figures"]["notes"][0]["said"].startswith("That no entry was left out")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_can_be_said_in_every_language(language: str) -> None:
    for found in (check(genuine()), check(genuine(), log_key=None), check(genuine()[:-1])):
        for sentence in found.said(language):
            assert "{" not in sentence


# what cannot be determined


def test_without_the_key_what_rests_on_the_log_cannot_be_determined() -> None:
    found = check(genuine(), log_key=None)
    assert verdicts(found) == ALL_PASS | dict.fromkeys(("signer", "head", "entries"), "unknown")
    assert found.verdict == "unknown"
    assert found.said("en")[-1] == "Not everything could be determined."


def test_without_voucher_enrolment_or_fingerprint_the_signer_cannot_be_determined() -> None:
    pdf = issue(log(), log().register(), vouched=False)
    assert verdicts(check(pdf)) == ALL_PASS | {"signer": "unknown"}
    assert check(pdf, fingerprint=to_fingerprint(signer().certificate)).verdict == "pass"
    assert codes(check(pdf, fingerprint="00" * 32), "signer") == ["fingerprint_differs"]


def test_pages_of_another_layout_cannot_be_compared() -> None:
    register = log().register()
    other = replace(register, frame=replace(register.frame, layout=register.frame.layout + 1))
    assert verdicts(forged(other)) == ALL_PASS | {"pages": "unknown"}


# whose key it is


def with_pdf_keys(*enrolled: KeptSigner, revoked: bool = False, certificate: str | None = None) -> Log:
    made = busy_log()
    for n, each in enumerate(enrolled):
        public = each.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = {"key": f"{n:016x}", "use": "pdf", "public": to_base64(public)}
        named = {} if certificate is None else {"certificate": certificate}
        made.add("key.enrolled", key | named, "2026-03-26 09:00")
        if revoked:
            made.add("key.revoked", {"key": f"{n:016x}"}, "2026-03-27 09:00")
    return made


@pytest.mark.parametrize(
    ("made", "verdict", "findings"),
    [
        (lambda: with_pdf_keys(signer()), "pass", []),
        (lambda: with_pdf_keys(stranger(), signer()), "pass", []),
        (lambda: with_pdf_keys(stranger()), "fail", ["key_not_enrolled"]),
        (lambda: with_pdf_keys(signer(), revoked=True), "fail", ["key_revoked"]),
        (lambda: with_pdf_keys(signer(), certificate=to_fingerprint(signer().certificate)), "pass", []),
        (lambda: with_pdf_keys(signer(), certificate="0" * 64), "fail", ["certificate_not_enrolled"]),
    ],
)
def test_a_key_in_the_chain_decides_above_a_voucher(made: Callable[[], Log], verdict: str, findings: list[str]) -> None:
    chain = made()
    found = check(issue(chain, chain.register()))
    assert (found.checks["signer"].verdict, codes(found, "signer")) == (verdict, findings)


def test_a_stranger_s_signature_under_the_facility_s_name_is_not_the_facility_s() -> None:
    register = log().register()
    found = check(signed(make_unsigned(register, attached(register)), register, by=stranger()))
    assert verdicts(found) == ALL_PASS | {"signer": "fail"}
    without = check(signed(make_unsigned(register, attached(register, voucher=None)), register, by=stranger()))
    assert verdicts(without) == ALL_PASS | {"signer": "unknown"}


def test_the_key_of_another_register_does_not_pass() -> None:
    found = check(genuine(), log_key=Log("senim/another/1").key)
    assert found.checks["head"].verdict == "fail"
    assert found.checks["entries"].verdict == "unknown"
    assert found.verdict == "fail"


def test_a_report_can_still_be_checked_when_its_certificate_has_expired() -> None:
    old = make_signer(datetime(2005, 1, 1, tzinfo=UTC))
    register = log().register()
    pdf = signed(make_unsigned(register, attached(register, voucher=None)), register, by=old)
    assert check(pdf, fingerprint=to_fingerprint(old.certificate)).verdict == "pass"
