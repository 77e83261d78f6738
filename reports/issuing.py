"""A report from the ledger: gathered, built, signed, recorded, kept. The same way for everybody who asks for one.

Trusts the ledger for its entries; `issue_report` derives every figure from them once more before it signs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ledger.errors import LedgerReadOnly
from ledger.log.merkle import inclusion_path
from ledger.log.signing import key_id
from ledger.service.checkpoints import sign_head, sign_or_read_head, verifier_key
from ledger.service.founding import append_as_ledger
from ledger.service.ledger import Ledger
from ledger.service.old_logs import read_old_paths
from ledger.service.opened import read_people
from ledger.service.ports import CheckpointRow, Reading
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, verify
from ledger.storage.kept import KeptReports
from ledger.storage.layout import REPORTS, SECRETS
from ledger.storage.verifying import verify_directory
from reports.asked import Asked
from reports.builders import BUILDERS, Given
from reports.certificate import make_certificate
from reports.draft import mark_draft
from reports.issue import issue_report
from reports.kinds import KINDS as PROOFS
from reports.model import AsKnown, Facility, Frame, Head, Rules
from reports.movements import Entry
from reports.nodes import Nodes, make_proofs
from reports.old_entries import to_entry
from reports.sign import make_voucher
from reports.signing_key import CURRENT, FileKey, KeptSigner, find_signer, keep_first, to_spki
from reports.time_stamp import Authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A report that stands in the ledger as entry `seq`; its file lies at `kept`, sealed if it shows a patient."""

    seq: int
    sha256: str
    size: int
    pdf: bytes
    kept: Path


@dataclass(frozen=True, slots=True)
class _Gathered:
    report: Any
    entries: Mapping[int, bytes]
    proofs: Mapping[int, bytes]


def issue(ledger: Ledger, directory: Path, asked: Asked) -> Issued:
    """Build, sign, record, keep: in this order, so that no page is out of which the ledger does not know.

    *directory* is the data directory. Raises `NotFound` where what it is about is not there. Not for a running
    event loop: call it in a thread.
    """
    head = sign_head(ledger)
    found = _gather(ledger, directory, head, asked)
    frame = found.report.frame
    signer = find_or_make_signer(directory / SECRETS, frame.facility, at=frame.made_at)
    _verify_enrolled(ledger, signer)
    pdf, digest = issue_report(
        found.report,
        entries=found.entries,
        proofs=found.proofs,
        checkpoint=head.note,
        signer=signer,
        voucher=make_voucher(signer.certificate, log=ledger.log, log_key=ledger.secrets.log_key()),
        authority=Authority.find(directory / SECRETS),
    )
    body: dict[str, Any] = {
        "kind": asked.kind,
        "sha256": digest,
        "size": head.size,
        "subjects": _still_named(ledger, PROOFS[asked.kind].subjects(found.report)),
    }
    receipt = ledger.within(lambda tx: append_as_ledger(tx, ledger, "report.issued", body))
    kept = KeptReports(directory / REPORTS, ledger.vault)
    lies = kept.keep(f"{receipt.seq}-{asked.kind}.pdf", pdf, subjects=body["subjects"])
    return Issued(seq=receipt.seq, sha256=digest, size=head.size, pdf=pdf, kept=lies)


def find_or_make_signer(secrets: Path, facility: Facility, *, at: datetime) -> KeptSigner:
    """Who signs the facility's reports; at the start a key in a file with a certificate that it signed itself."""
    found = find_signer(secrets / CURRENT)
    if found is not None:
        return found
    key = FileKey.make()
    made = make_certificate(key, facility=facility.name, bin=facility.bin, at=at)
    return keep_first(secrets / CURRENT, KeptSigner(key, made))


def find_enrolled(reading: Reading) -> dict[str, bool]:
    """The keys that the register names for its reports, by id, and whether each is in force."""
    return {name: key.until_seq is None for (name,), key in reading.shelf("key") if key.use == "pdf"}


def _verify_enrolled(ledger: Ledger, signer: KeptSigner) -> None:
    """Where the register names keys for its reports, no other may sign: its own check would reject the file."""
    with ledger.reading() as reading:
        enrolled = find_enrolled(reading)
    if enrolled and not enrolled.get(key_id(to_spki(signer.key.public))):
        raise LedgerReadOnly("report_key_not_enrolled")


def _still_named(ledger: Ledger, subjects: Iterable[str]) -> list[str]:
    """Those of the patients whose identity was not erased: of the others nothing but their id stands in a report."""
    with ledger.reading() as reading:
        return [each for each in subjects if reading.book.get("patient", each).erased_by is None]


def make_draft(ledger: Ledger, directory: Path, asked: Asked) -> bytes:
    """The pages alone: unsigned, recorded nowhere, and saying so on each. Raises `NotFound`."""
    report = _gather(ledger, directory, sign_or_read_head(ledger), asked).report
    return mark_draft(PROOFS[asked.kind].render(report), asked.language)


def _gather(ledger: Ledger, directory: Path, head: CheckpointRow, asked: Asked) -> _Gathered:
    verdict = _verify(ledger, directory) if BUILDERS[asked.kind].verifies else None
    with ledger.reading() as reading:
        report, rests_on = _build(ledger, reading, head, asked, verdict)
        listed = {seq: data for seq, data in reading.entries(reading.begins_at, head.size) if seq in rests_on}
        nodes = Nodes(reading, head.size)
        paths = {seq: inclusion_path(seq, head.size, nodes) for seq in listed if seq >= 0}
        paths |= read_old_paths(reading, (seq for seq in listed if seq < 0))
    return _Gathered(report, listed, make_proofs(paths, head.note))


def _build(
    ledger: Ledger, reading: Reading, head: CheckpointRow, asked: Asked, verdict: Verdict | None
) -> tuple[Any, frozenset[int]]:
    """The model and the seqs of what it is built from; what was decoded for it is let go."""
    now, rules, builder = ledger.clock(), ledger.rules(), BUILDERS[asked.kind]
    entries = builder.gather(_Decoded(reading, head.size), asked)
    frame = Frame(
        kind=asked.kind,
        language=asked.language,
        facility=read_facility(reading, ledger.log),
        as_known=AsKnown(at=now, seq=head.size - 1),
        head=Head(size=head.size, root=head.root.hex()),
        rules=Rules(
            name=rules.name,
            sha256=rules.sha256,
            status=rules.status,
            unset=rules.unset,
            late_reason_hours=rules.value("late_reason_hours", now.date().isoformat()),
        ),
        made_at=now,
    )
    people = read_people(reading, ledger.vault)
    given = Given(
        asked=asked,
        frame=frame,
        entries=entries,
        names={username: (name, role) for username, (name, role, _) in people.items()},
        reading=reading,
        vault=ledger.vault,
        verdict=verdict,
        kato=rules.tables.get("kato", ""),
    )
    return builder.build(given), frozenset(entries)


def _verify(ledger: Ledger, directory: Path) -> Verdict:
    """What `senim verify` says of the directory, by the ledger's own key: its opinion of itself."""
    trust = Trust(key=verifier_key(ledger))
    return verify_directory(directory, partial(verify, trust=trust, now=ledger.clock()))


@dataclass(frozen=True, slots=True)
class _Decoded:
    """All entries in order, read from the ledger again each time.

    That they are written in the one canonical way is looked at when the figures are derived once more.
    """

    reading: Reading
    size: int

    def __iter__(self) -> Iterator[tuple[int, Entry]]:
        return ((seq, to_entry(seq, data)) for seq, data in self.reading.entries(self.reading.begins_at, self.size))


def read_facility(reading: Reading, log: str) -> Facility:
    known = reading.book.facility
    return Facility(name=known.name, bin=known.bin, log=log, zone=known.zone, practice=known.practice)
