"""What a facility that lies could sign with its own key, and what it could take from another register."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.attach import Attached
from reports.certificate import to_fingerprint
from reports.check import check_pdf
from reports.data import to_report
from reports.issue import make_unsigned
from reports.model import Register
from reports.pdf_verdict import PdfVerdict
from reports.phrases import Phrases
from reports.register_proof import needed_entries
from reports.sign import make_voucher, sign_pdf
from reports.stamp import Stamp
from tests.reports.world import LOG_KEY, MADE_AT, Log, busy_log, make_signer, signer, voucher

OTHER_LOG = "senim-practice/other-hospital/1"


def stamp_of(register: Register) -> Stamp:
    phrases, frame = Phrases(register.frame.language, "Asia/Almaty"), register.frame
    return phrases.stamp(frame.facility, frame.made_at, to_fingerprint(signer().certificate), phrases.untimed())


def evidence(log: Log, register: Register, **changes: Any) -> Attached:
    needed = sorted(needed_entries(register, log.entries))
    whole = Attached(
        report=to_report(register),
        checkpoint=log.checkpoint,
        entries={seq: log.data[seq] for seq in needed},
        proofs={seq: log.proofs[seq] for seq in needed},
        voucher=voucher(log.log),
    )
    return replace(whole, **changes)


def check(register: Register, attached: Attached, **signing: Any) -> PdfVerdict:
    told: dict[str, Any] = {
        "signer": signer(),
        "stamp": stamp_of(register),
        "language": "en",
        "at": register.frame.made_at,
    } | signing
    return check_pdf(sign_pdf(make_unsigned(register, attached), **told), log_key=busy_log().key)


def codes(found: PdfVerdict, name: str) -> list[str]:
    return [each.code for each in found.checks[name].findings]


def test_the_same_told_honestly_passes() -> None:
    log = busy_log()
    assert check(log.register(), evidence(log, log.register())).verdict == "pass"


@pytest.mark.parametrize(
    "lie",
    [
        lambda stamp: replace(stamp, kind="PAdES B-T: with a time-stamp in the file"),
        lambda stamp: replace(stamp, title="Signed and sealed by the Ministry"),
        lambda stamp: replace(stamp, facts=[*stamp.facts, ("Closing balance", "500")]),
        lambda stamp: replace(stamp, facts=stamp.facts[:1]),
    ],
)
def test_a_visible_signature_that_says_more_or_less_is_found(lie: Callable[[Stamp], Stamp]) -> None:
    log = busy_log()
    register = log.register()
    found = check(register, evidence(log, register), stamp=lie(stamp_of(register)))
    assert codes(found, "pages") == ["stamp_differs"]
    assert found.checks["intact"].verdict == "pass"


def test_a_signature_of_another_time_than_the_pages_say_is_found() -> None:
    log = busy_log()
    register = log.register()
    found = check(register, evidence(log, register), at=MADE_AT - timedelta(days=1))
    assert codes(found, "intact") == ["signed_at_another_time"]


def test_a_clock_before_the_entries_that_the_report_rests_on_is_found() -> None:
    log = busy_log()
    register = log.register()
    early = replace(register, frame=replace(register.frame, made_at=MADE_AT - timedelta(days=365)))
    assert "made_before_entry" in codes(check(early, evidence(log, early)), "figures")


def test_the_entry_of_another_register_under_the_same_number_is_found() -> None:
    log = busy_log()
    register, other = log.register(), busy_log()
    taken = other.data[6].replace(log.log.encode(), OTHER_LOG.encode())
    attached = evidence(log, register)
    found = check(register, replace(attached, entries={**attached.entries, 6: taken}))
    assert codes(found, "entries") == ["entry_of_another_log"]
    unnamed = other.data[6].replace(b'"seq":6', b'"seq":7', 1)
    found = check(register, replace(attached, entries={**attached.entries, 6: unnamed}))
    assert found.checks["entries"].verdict == "fail"


def test_the_true_key_of_another_facility_is_not_this_one_s() -> None:
    """It is genuine there, and vouched for by that register; here its word counts for nothing."""
    log, stranger, theirs = busy_log(), make_signer(), Ed25519PrivateKey.generate()
    register = log.register()
    phrases = Phrases("en", "Asia/Almaty")
    stamp = phrases.stamp(register.frame.facility, MADE_AT, to_fingerprint(stranger.certificate), phrases.untimed())
    for name, key in ((OTHER_LOG, theirs), (log.log, theirs), (OTHER_LOG, LOG_KEY)):
        word = make_voucher(stranger.certificate, log=name, log_key=key)
        found = check(register, evidence(log, register, voucher=word), signer=stranger, stamp=stamp)
        assert found.checks["signer"].verdict == "fail", (name, codes(found, "signer"))


def test_attachments_of_two_genuine_reports_do_not_mix() -> None:
    log = busy_log()
    safe, ward = log.register(), log.register("en", place="ward-1")
    one, other = evidence(log, safe), evidence(log, ward)
    mixed = {
        "report": replace(one, report=other.report),
        "entries": replace(one, entries=other.entries),
        "proofs": replace(one, proofs=other.proofs),
    }
    for name, attached in mixed.items():
        assert one != attached, name
        assert check(safe, attached).verdict == "fail", name
