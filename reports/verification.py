"""The inspector's protocol: five verdicts with what was found, a printed head compared, the visit and its notes.

The verdicts are the register's own view of itself and stand on its word: a few entries cannot show that all are
whole. What does follow from the file is the visit, each text held to its commitment, and the head that was compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ledger.errors import NotFound, ProofRejected
from ledger.service.verdict import CHECKS, FAIL, PASS, UNKNOWN, Finding, Verdict
from reports.act import Opened
from reports.act_proof import is_opened
from reports.model import Frame, Person, Signatory
from reports.movements import Entries, Entry, ids, statement
from reports.naming import Names, names_in, person_of
from reports.printed_head import PrintedHead, verify_own_root
from reports.provenance import get_statement
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on

TYPES = frozenset({"inspection.opened", "inspection.noted", "inspection.answered", "inspection.closed"})
_CONTEXT = frozenset({"facility.opened", "regulation.adopted", "key.enrolled", "key.revoked"})
_MOST_SEQS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding: stable code, the entry it concerns (None: the whole), values of its sentence."""

    code: str
    seq: int | None = None
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is worth saying, all entries of one code together: how many, `seqs` the first of them; `values` are the
    first one's.
    """

    code: str
    count: int
    seqs: tuple[int, ...] = ()
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTold:
    """`verdict` is pass, fail or unknown; `more` findings were not kept."""

    name: str
    verdict: str
    findings: tuple[Found, ...] = ()
    more: int = 0
    notes: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Somebody wrote something into the register: its text stands, as long as the vault opens it, in `opened`."""

    seq: int
    at: datetime
    performer: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitNote:
    """`about` is the entry that the note is about."""

    said: Said
    about: int | None = None
    answers: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    opened: Said
    document_no: str
    notes: tuple[VisitNote, ...] = ()
    closed: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`size` entries were judged. No `visit`: the verdicts were asked for without one."""

    frame: Frame
    size: int
    checks: tuple[CheckTold, ...]
    printed: PrintedHead | None = None
    visit: Visit | None = None
    opened: tuple[Opened, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst of the checks."""
        found = {check.verdict for check in self.checks}
        return next((each for each in (FAIL, UNKNOWN) if each in found), PASS)


def to_checks(verdict: Verdict) -> tuple[CheckTold, ...]:
    return tuple(
        CheckTold(
            name=name,
            verdict=check.verdict,
            findings=tuple(Found(code=each.code, seq=each.seq, values=each.values) for each in check.findings),
            more=check.more,
            notes=tuple(_noted(check.notes)),
        )
        for name, check in verdict.checks.items()
    )


def _noted(notes: Iterable[Finding]) -> Iterator[Noted]:
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for note in notes:
        of_whole = tuple(sorted(note.values.items())) if note.seq is None else ()
        alike.setdefault((note.code, *of_whole), []).append(note)
    for those in alike.values():
        seqs = [each.seq for each in those if each.seq is not None]
        yield Noted(code=those[0].code, count=len(those), seqs=tuple(seqs[:_MOST_SEQS]), values=those[0].values)


def gather_inspection(entries: Iterable[tuple[int, Entry]], seq: int | None) -> dict[int, Entry]:
    """What the visit that entry *seq* opened rests on, read through more than once. Raises `NotFound`."""
    found = {number: entry for number, entry in entries if statement(entry)["type"] in TYPES | _CONTEXT}
    if seq is None:
        return {number: entry for number, entry in found.items() if statement(entry)["type"] in _CONTEXT}
    visit = _seqs_of_visit(found, seq)
    about = {statement(found[number])["body"].get("about") for number in visit}
    named = {number: entry for number, entry in entries if statement(entry)["id"] in about}
    context = {number: entry for number, entry in found.items() if statement(entry)["type"] in _CONTEXT}
    return context | {number: found[number] for number in visit} | named


def _seqs_of_visit(entries: Entries, seq: int) -> list[int]:
    """The opening, its notes, their answers and the closing; one visit is open at a time. Raises `NotFound`."""
    get_statement(entries, seq, "inspection.opened")
    found, is_open = {statement(entries[seq])["id"]: seq}, True
    for number in sorted(each for each in entries if each > seq):
        said = statement(entries[number])
        if said["type"] in ("inspection.noted", "inspection.closed") and is_open:
            found[said["id"]] = number
            is_open = said["type"] == "inspection.noted"
        elif said["type"] == "inspection.answered" and said["body"]["note"] in found:
            found[said["id"]] = number
    return sorted(found.values())


def build_inspection(
    entries: Entries,
    names: Names,
    opened: Sequence[Opened],
    *,
    frame: Frame,
    size: int,
    checks: Sequence[CheckTold],
    printed: PrintedHead | None = None,
    seq: int | None = None,
) -> Inspection:
    """The protocol at `frame.as_known`; *seq* opened the visit. Raises `NotFound` where it did not."""
    entries = {number: entry for number, entry in entries.items() if number <= frame.as_known.seq}
    visit = None if seq is None else _visit(entries, names, seq)
    return Inspection(
        frame=replace(frame, signatories=tuple(_signatories(visit))),
        size=size,
        checks=tuple(checks),
        printed=printed,
        visit=visit,
        opened=tuple(opened),
    )


def _visit(entries: Entries, names: Names, seq: int) -> Visit:
    by_id = ids(entries)

    def said(number: int) -> Said:
        told = statement(entries[number])
        at = datetime.fromisoformat(told["occurred_at"])
        return Said(seq=number, at=at, performer=person_of(names, told["performer"]))

    def of(kind: str) -> list[tuple[int, Mapping[str, Any]]]:
        told = [(number, statement(entries[number])) for number in _seqs_of_visit(entries, seq)]
        return [(number, each["body"]) for number, each in told if each["type"] == kind]

    return Visit(
        opened=said(seq),
        document_no=statement(entries[seq])["body"]["document_no"],
        notes=tuple(
            VisitNote(
                said=said(number),
                about=by_id[body["about"]] if "about" in body else None,
                answers=tuple(said(n) for n, answer in of("inspection.answered") if by_id[answer["note"]] == number),
            )
            for number, body in of("inspection.noted")
        ),
        closed=next((said(number) for number, _ in of("inspection.closed")), None),
    )


def _signatories(visit: Visit | None) -> Iterator[Signatory]:
    yield Signatory(meaning="inspected", person=visit.opened.performer if visit is not None else None)
    answering = {each.performer: None for note in visit.notes for each in note.answers} if visit is not None else {}
    for person in answering or [None]:
        yield Signatory(meaning="informed", person=person)


# what it rests on


def needed_by_inspection(report: Inspection, entries: Entries) -> set[int]:
    entries = {seq: entry for seq, entry in entries.items() if seq <= report.frame.as_known.seq}
    visit = report.visit
    seqs = set() if visit is None else set(_seqs_of_visit(entries, visit.opened.seq))
    seqs |= set() if visit is None else {note.about for note in visit.notes if note.about is not None}
    return rest_on(seqs, entries, products=(), places=(), known_seq=report.frame.as_known.seq)


def find_inspection_differences(report: Inspection, entries: Entries) -> Iterator[Difference]:
    """Everything in *report* that does not follow from *entries*: the visit, and the head that was compared.

    The five verdicts cannot be held against a few entries; only that each is told once, and none without its reason.
    """
    yield from find_frame_differences(report.frame, entries)
    if tuple(check.name for check in report.checks) != CHECKS or any(_is_odd(check) for check in report.checks):
        yield Difference("verdicts_differ")
    try:
        if report.printed is not None:
            verify_own_root(report.printed, report.frame)
    except ProofRejected:
        yield Difference("compared_head_differs")
    for opened in report.opened:
        if not is_opened(opened, entries):
            yield Difference("opening_differs", opened.seq)
    try:
        again = build_inspection(
            entries,
            names_in(report),
            report.opened,
            frame=report.frame,
            size=report.size,
            checks=report.checks,
            printed=report.printed,
            seq=None if report.visit is None else report.visit.opened.seq,
        )
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again != report:
        yield Difference("visit_differs")


def _is_odd(check: CheckTold) -> bool:
    """A verdict that nothing was found for, or a finding that made none worse."""
    return check.verdict not in (PASS, FAIL, UNKNOWN) or (check.verdict == PASS) == bool(check.findings)
