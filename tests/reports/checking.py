"""A signed register of the busy log, and what else could be signed instead, for the tests of the check."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf

from reports.attach import Attached
from reports.certificate import to_fingerprint
from reports.check import check_pdf
from reports.data import to_report
from reports.issue import issue_report, make_unsigned
from reports.model import Register
from reports.pdf_verdict import PdfVerdict
from reports.phrases import Phrases
from reports.register_proof import needed_entries
from reports.sign import sign_pdf
from reports.signing_key import KeptSigner
from tests.reports.world import MADE_AT, Log, busy_log, make_signer, signer, voucher


@cache
def log() -> Log:
    return busy_log()


def issue(made: Log, register: Register, vouched: bool = True) -> bytes:
    pdf, _ = issue_report(
        register,
        entries=dict(enumerate(made.data)),
        proofs=made.proofs,
        checkpoint=made.checkpoint,
        signer=signer(),
        voucher=voucher(made.log) if vouched else None,
    )
    return pdf


@cache
def genuine() -> bytes:
    return issue(log(), log().register())


@cache
def stranger() -> KeptSigner:
    return make_signer()


def signed(pdf: bytes, register: Register, by: KeptSigner | None = None) -> bytes:
    by = by or signer()
    phrases = Phrases("en", "Asia/Almaty")
    stamp = phrases.stamp(register.frame.facility, MADE_AT, to_fingerprint(by.certificate), phrases.untimed())
    return sign_pdf(pdf, signer=by, stamp=stamp, language="en", at=MADE_AT)


def attached(register: Register, **changes: Any) -> Attached:
    needed = sorted(needed_entries(register, log().entries))
    whole = Attached(
        report=to_report(register),
        checkpoint=log().checkpoint,
        entries={seq: log().data[seq] for seq in needed},
        proofs={seq: log().proofs[seq] for seq in needed},
        voucher=voucher(),
    )
    return replace(whole, **changes)


def forged(register: Register, **changes: Any) -> PdfVerdict:
    """What the facility itself could sign instead of its figures: the signature is right, the rest is not."""
    return check(signed(make_unsigned(register, attached(register, **changes)), register))


def check(pdf: bytes, **trusted: Any) -> PdfVerdict:
    return check_pdf(pdf, **{"log_key": log().key} | trusted)


def verdicts(found: PdfVerdict) -> dict[str, str]:
    return {name: each.verdict for name, each in found.checks.items()}


def codes(found: PdfVerdict, name: str) -> list[str]:
    return [each.code for each in found.checks[name].findings]


ALL_PASS = dict.fromkeys(("intact", "signer", "head", "entries", "figures", "pages"), "pass")


def rewritten(change: Callable[[pikepdf.Pdf], None], by: KeptSigner | None = None) -> PdfVerdict:
    """The unsigned file with *change* made to it, then signed: by the facility itself, or by anybody."""
    register = log().register()
    with pikepdf.open(BytesIO(make_unsigned(register, attached(register)))) as document:
        change(document)
        out = BytesIO()
        document.save(out, deterministic_id=True)
    return check(signed(out.getvalue(), register, by))
