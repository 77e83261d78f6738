"""A report from model to signed file: drawn, its evidence attached, signed, after its figures were derived again.

Commits nothing: the caller records `report.issued` with the hash and releases the file after that commit.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ledger.errors import ProofRejected
from ledger.log.checkpoint import read_unverified
from reports.attach import Attached, attach
from reports.certificate import to_fingerprint
from reports.data import to_report
from reports.kinds import KINDS
from reports.nodes import Proofs
from reports.old_entries import read_entry
from reports.phrases import Phrases
from reports.sign import TimeStampMissing, sign_pdf
from reports.signing_key import Signer
from reports.time_stamp import Authority


def issue_report(
    report: Any,
    *,
    entries: Mapping[int, bytes],
    proofs: Mapping[int, bytes],
    checkpoint: bytes,
    signer: Signer,
    voucher: bytes | None = None,
    authority: Authority | None = None,
) -> tuple[bytes, str]:
    """The signed PDF of *report* and its SHA-256 (64 lower-case hex digits); signed as of `frame.made_at`.

    *entries* and *proofs* (C2SP tlog-proofs under *checkpoint*, the signed note of `frame.head`; of an entry before a
    new epoch, at its place below 0, its path to the root that goes on) are the exact bytes by seq of what the report
    was built from, or of more: only what it rests on goes along. *voucher* is what `sign.make_voucher` made for the
    signer's certificate. Where *authority* gives no time-stamp, the file is signed without and says so. Raises
    `ProofRejected` where the head is another or a figure does not follow from the entries. Not for a running event
    loop: call it in a thread.
    """
    frame = report.frame
    unsigned = make_unsigned(report, _evidence(report, entries, proofs, checkpoint, voucher))
    fingerprint = to_fingerprint(signer.certificate)
    phrases = Phrases(frame.language, frame.facility.zone)

    def signed(level: str, by: Authority | None) -> bytes:
        stamp = phrases.stamp(frame.facility, frame.made_at, fingerprint, level)
        return sign_pdf(unsigned, signer=signer, stamp=stamp, language=frame.language, at=frame.made_at, authority=by)

    try:
        pdf = signed(phrases.timed() if authority else phrases.untimed(), authority)
    except TimeStampMissing:
        pdf = signed(phrases.unanswered(), None)
    return pdf, sha256(pdf).hexdigest()


def make_unsigned(report: Any, attached: Attached) -> bytes:
    """The PDF with its attachments before signing: equal input gives equal bytes."""
    return attach(KINDS[report.frame.kind].render(report), attached, made_at=report.frame.made_at)


def _evidence(
    report: Any, entries: Mapping[int, bytes], proofs: Mapping[int, bytes], checkpoint: bytes, voucher: bytes | None
) -> Attached:
    frame, head = report.frame, read_unverified(checkpoint)
    if (head.origin, head.size, head.root.hex()) != (frame.facility.log, frame.head.size, frame.head.root):
        raise ProofRejected("head_differs")
    needed = _verify_figures(report, entries)
    return Attached(
        report=to_report(report),
        checkpoint=checkpoint,
        entries={seq: entries[seq] for seq in needed},
        proofs=Proofs(proofs.__getitem__, needed),
        voucher=voucher,
    )


def _verify_figures(report: Any, entries: Mapping[int, bytes]) -> list[int]:
    """The seqs that *report* rests on, in order; what was decoded for it is let go before anything is drawn."""
    kind, decoded = KINDS[report.frame.kind], {seq: read_entry(seq, data) for seq, data in entries.items()}
    needed = sorted(kind.needed(report, decoded))
    for difference in kind.differences(report, {seq: decoded[seq] for seq in needed}):
        raise ProofRejected(difference.code)
    return needed
