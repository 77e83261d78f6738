"""Is this PDF ours, unaltered, and does it agree with the head it carries? What can be said from the file alone.

    intact    one valid signature over the whole file, nothing appended
    signer    whose key it is: of the given fingerprint, enrolled in the chain, or named by the log's own key
    head      the head printed and carried is the facility's: signed by the log's key
    entries   each attached entry stands in the log under that head
    figures   the data follows from those entries
    pages     the pages show that data and nothing else, and the file does nothing beside them

Trusts what is passed in, the log's key and a certificate's fingerprint, and nothing in the file. That no
entry was left out cannot be seen from a file that holds some of them: the evidence folder shows it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import pikepdf
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import BytesRejected, EvidenceRejected, SignatureRejected
from ledger.log.checkpoint import Checkpoint, open_checkpoint, read_unverified
from ledger.log.encoding import to_base64
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.note import VerifierKey
from ledger.log.proof import from_proof
from ledger.service.verdict import PASS
from reports.attach import CHECKPOINT, ENTRIES, PROOFS, REPORT, VOUCHER, read_attached, read_proofs
from reports.data import from_report
from reports.kinds import KINDS
from reports.model import LAYOUT
from reports.movements import Entry, statement
from reports.old_entries import Tree, find_trees, from_path, place_of, read_entry
from reports.pages import verify_around, verify_pages, verify_stamp
from reports.paper import SIGNATURE_BOX
from reports.pdf_verdict import CHECKS, PdfVerdict
from reports.phrases import Phrases
from reports.sign import verify_voucher
from reports.signature import Signed, verify_signature
from reports.stamp import render_stamp


def check_pdf(data: bytes, *, log_key: VerifierKey | None, fingerprint: str | None = None) -> PdfVerdict:
    """Six checks of a signed report. Without *log_key* what rests on the log "cannot be determined".

    Not for a running event loop: call it in a thread.
    """
    checking = _Checking(data, log_key, fingerprint)
    checking.run()
    return checking.result


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """A key of the facility's reports: SHA-256 of its certificate, where its entry names one."""

    certificate: str | None
    is_revoked: bool


class _Checking:
    def __init__(self, data: bytes, log_key: VerifierKey | None, fingerprint: str | None) -> None:
        self.data = data
        self.log_key = log_key
        self.trusted_fingerprint = fingerprint
        self.result = PdfVerdict(sha256=sha256(data).hexdigest())
        self.head: Checkpoint | None = None
        self.entries: dict[int, Entry] = {}
        self.files: dict[str, bytes] = {}
        self.log = ""

    def run(self) -> None:
        self._step("intact", self._intact)
        self._step("intact", self._read)
        if self.result.report is None:
            for name in CHECKS[1:]:
                self.result.checks[name].doubt("not_looked_at")
            return
        self.log = self.result.report.frame.facility.log
        for name, look in (
            ("intact", self._time),
            ("head", self._head),
            ("entries", self._entries),
            ("figures", self._figures),
            ("signer", self._signer),
            ("pages", self._pages),
        ):
            self._step(name, look)

    def _step(self, name: str, look: Callable[[], None]) -> None:
        """What rejects the evidence fails the check, under its own word."""
        try:
            look()
        except EvidenceRejected as bad:
            self.result.checks[name].fail(bad.reason)
        except Exception:  # noqa: BLE001 - a file that was made to confuse is no reason not to answer
            self.result.checks[name].fail("unreadable")

    def _read(self) -> None:
        with pikepdf.open(BytesIO(self.data)) as document:
            self.files = read_attached(document)
        self.result.report = from_report(self.files[REPORT])

    def _intact(self) -> None:
        self.result.signed = verify_signature(self.data)

    def _time(self) -> None:
        """The signature claims the time that the pages print, to the second that it has room for."""
        signed, frame = self.result.signed, self.result.report.frame
        if signed is not None and signed.at != frame.made_at.replace(microsecond=0):
            raise SignatureRejected("signed_at_another_time")

    def _signer(self) -> None:
        """By the fingerprint on paper, else by the keys that the proved entries enrol, else by the log key's word."""
        check, signed = self.result.checks["signer"], self.result.signed
        enrolled = dict(self._pdf_keys())
        if signed is None:
            check.doubt("not_looked_at")
        elif self.trusted_fingerprint is not None:
            if self.trusted_fingerprint != self.result.fingerprint:
                check.fail("fingerprint_differs")
        elif enrolled and self.result.checks["entries"].verdict == PASS:
            key = signed.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            named = enrolled.get(to_base64(key))
            if named is None:
                check.fail("key_not_enrolled")
            elif named.is_revoked:
                check.fail("key_revoked")
            elif named.certificate not in (None, self.result.fingerprint):
                check.fail("certificate_not_enrolled")
        elif VOUCHER in self.files and self.log_key is not None:
            verify_voucher(self.files[VOUCHER], certificate=signed.certificate, log_key=self.log_key)
        else:
            check.doubt("signer_not_known", fingerprint=str(self.result.fingerprint))

    def _pdf_keys(self) -> Iterator[tuple[str, _Enrolled]]:
        """(public key, what is said of it) of each key that the attached entries enrol for PDFs."""
        said = [statement(entry) for entry in self.entries.values()]
        revoked = {each["body"]["key"] for each in said if each["type"] == "key.revoked"}
        for each in said:
            body = each["body"]
            if each["type"] == "key.enrolled" and body["use"] == "pdf":
                yield body["public"], _Enrolled(body.get("certificate"), body["key"] in revoked)

    def _head(self) -> None:
        note = self.files[CHECKPOINT]
        check, frame = self.result.checks["head"], self.result.report.frame
        self.head = read_unverified(note)
        printed = (frame.facility.log, frame.head.size, frame.head.root)
        if printed != (self.head.origin, self.head.size, self.head.root.hex()):
            check.fail("head_differs")
        elif self.log_key is None:
            check.doubt("no_log_key")
        else:
            open_checkpoint(note, key=self.log_key)

    def _entries(self) -> None:
        """Every proof carries the head's own note, so the one signature on it holds for all of them.

        The bytes that a long report rests on are let go here, before its figures are derived and its pages drawn.
        """
        *lines, rest = self.files.pop(ENTRIES).split(b"\n")
        proofs, note = read_proofs(self.files.pop(PROOFS)), self.files[CHECKPOINT]
        if self.head is None:
            raise BytesRejected("proof_of_another")
        trees = find_trees(lines, self.log, Tree(0, self.head.size, self.head.root))
        read = {place_of(line, trees): line for line in lines}
        self.entries = {seq: read_entry(seq, line) for seq, line in read.items()}
        if proofs.keys() != read.keys() or len(read) != len(lines) or rest:
            raise BytesRejected("proof_of_another")
        for seq, line in read.items():
            tree = trees[self.entries[seq]["log"]]
            index, path = seq - tree.base, self._path(seq, proofs[seq], note)
            verify_inclusion(leaf=leaf_hash(line), index=index, size=tree.size, path=path, root=tree.root)
        if self.result.checks["head"].verdict != PASS:
            self.result.checks["entries"].doubt("head_not_proved")

    def _path(self, seq: int, proof: bytes, note: bytes) -> Sequence[bytes]:
        if seq < 0:
            return from_path(proof)
        read = from_proof(proof)
        if read.index != seq or read.checkpoint != note:
            raise BytesRejected("proof_of_another")
        return read.path

    def _figures(self) -> None:
        check, report = self.result.checks["figures"], self.result.report
        if not self.entries:
            check.doubt("not_looked_at")
            return
        for found in KINDS[report.frame.kind].differences(report, self.entries):
            check.fail(found.code, found.seq, **found.values)
        check.note("completeness_not_shown")
        for note in KINDS[report.frame.kind].notes(report):
            check.note(note)

    def _pages(self) -> None:
        report = self.result.report
        if report.frame.layout != LAYOUT:
            self.result.checks["pages"].doubt("layout_of_another_version")
            return
        drawn = BytesIO(KINDS[report.frame.kind].render(report))
        with pikepdf.open(BytesIO(self.data)) as document, pikepdf.open(drawn) as expected:
            verify_pages(document, expected)
            verify_around(document, expected)
            if self.result.signed is not None:
                verify_stamp(document, self._stamps(self.result.signed))

    def _stamps(self, signed: Signed) -> Iterator[bytes]:
        """What the visible signature may say: how it is stamped is known, why it is not is the facility's word."""
        frame = self.result.report.frame
        phrases = Phrases(frame.language, frame.facility.zone)
        left, bottom, right, top = SIGNATURE_BOX
        for level in (phrases.timed(),) if signed.stamped else (phrases.untimed(), phrases.unanswered()):
            stamp = phrases.stamp(frame.facility, frame.made_at, str(self.result.fingerprint), level)
            yield render_stamp(stamp, right - left, top - bottom, frame.language)
