"""A command against the book: what refuses it, in the contract's order; and what it does once it stands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ledger.domain import found_again, terms
from ledger.domain.asking.courses import to_mentions
from ledger.domain.asking.warnings import check_warnings
from ledger.domain.authority import check_authority, check_opening
from ledger.domain.book import Book
from ledger.domain.command import Command, in_order
from ledger.domain.effects import Effect, Made
from ledger.domain.families.attesting import check_sealed_months
from ledger.domain.families.downtime import check_sheet, cited_line
from ledger.domain.kind import Case, Kind, is_older, local_day
from ledger.domain.records import Past, Pending
from ledger.domain.regulation import RuleSet
from ledger.domain.timeline import When
from ledger.domain.vocabulary import KINDS
from ledger.errors import Refusal

ANSWERED, LATE = ("noted", "answered"), ("noted", "late")
"""Mentions under which entries are found again: a warning was answered, it was entered late; imports apart."""
_WITNESS = frozenset({"witness_required", "witness_not_allowed"})
_THINGS: Mapping[str, tuple[str, str]] = {
    "patient": ("patient", "patient_unknown"),
    "place": ("place", "place_unknown"),
    "product": ("product", "product_unknown"),
    "person": ("person", "not_enrolled"),
    "prescription": ("prescription", "prescription_missing"),
    "infusion": ("infusion", "entry_unknown"),
    "seal": ("seal", "seal_unknown"),
    "discrepancy": ("discrepancy", "discrepancy_unknown"),
    "sheet": ("sheet", "sheet_unknown"),
}


class Judgement(NamedTuple):
    """What was found: `refusals` in order (none: it may be recorded), warnings to answer, notes to keep."""

    refusals: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...]
    notes: tuple[str, ...]


def judge(command: Command, book: Book, *, rules: RuleSet, now: str, imported: bool) -> tuple[Judgement, Case]:
    """Judge *command* on what *book* knows. *now* is the ledger's clock, in a replay the entry's `recorded_at`."""
    kind = KINDS[command.type]
    case = Case(command=command, book=book, rules=rules, kinds=KINDS, now=now, imported=imported)
    if command.type == "facility.opened" or book.find("facility") is None:
        check_opening(case)
        return _found(case), case
    units, path = command.largest
    most = rules.value("units_max", case.day if case.at <= now else local_day(now, book.facility.zone))
    if most is not None and units > most:
        case.refuse("units_implausible", path, most=most)
        return _found(case), case
    check_authority(case)
    case.check_come("occurred_at", command.occurred_at)
    if case.refusals and "time_in_future" in [refusal.code for refusal in case.refusals]:
        then = replace(case, command=command._replace(occurred_at=now))  # for what is said of people
        _check_references(then)
        kind.rule(then)
        _check_promise(then, kind)
        _check_overdue(then)
        return _found(case), case
    _check_references(case)
    check_sheet(case)
    kind.rule(case)
    check_sealed_months(case)
    check_warnings(case)
    _check_lateness(case, kind)
    _check_promise(case, kind)
    _check_overdue(case)
    return _found(case), case


def _check_references(case: Case) -> None:
    for kind, name, path, is_new in case.command.references:
        if kind == "kato":
            if case.rules.kato and name not in case.rules.kato:
                case.refuse("kato_unknown", path, kato=name)
        elif kind == "entry":
            if case.book.past.by_id(name) is None:
                case.refuse("entry_unknown", path, id=name)
        else:
            shelf, missing = _THINGS[kind]
            there = case.book.find(shelf, name)
            if is_new and there is not None:
                case.refuse("already_exists", path, name=name)
            elif not is_new and (there is None or _is_gone(case, shelf, there)):
                case.refuse(missing, path, name=name)


def _is_gone(case: Case, shelf: str, record: Any) -> bool:
    """Whether what was there takes no part any more; it did so from the entry on that ended it, whatever its time."""
    if shelf == "product":
        return record.delisted and case.command.type.startswith("prescription.")
    ended_by = _ENDED_BY.get(shelf)
    return ended_by is not None and getattr(record, ended_by) is not None


_ENDED_BY = {"place": "closed_by", "person": "left_at", "patient": "erased_by"}


def _check_lateness(case: Case, kind: Kind) -> None:
    """A late entry is shown as late; an act is asked for the reason; an import is forgiven."""
    hours = case.rule("late_reason_hours")
    if hours is None or not is_older(case.at, case.now, hours):
        return
    case.note("late")
    if not case.imported and not kind.fact and not case.command.late:
        case.refuse("late_without_reason", "late_reason", hours=hours)
    if _is_very_late(case):
        case.note("very_late")


def _is_very_late(case: Case) -> bool:
    days = case.rule("very_late_days")
    return days is not None and not case.imported and is_older(case.at, case.now, 24 * days)


def _check_promise(case: Case, kind: Kind) -> None:
    """A second signature is promised only where one is due, so that what the log calls pending is."""
    if case.command.witness_pending is None or any(r.code in _WITNESS for r in case.refusals):
        return
    bare = replace(case, command=case.command._replace(witness_pending=None), refusals=[], warnings=[], notes=[])
    check_authority(bare)
    kind.rule(bare)
    if not any(r.code == "witness_required" for r in bare.refusals):
        case.refuse("witness_not_allowed", "witness_pending", promised=case.command.witness_pending)


def _check_overdue(case: Case) -> None:
    """While a signature for this performer is overdue, nothing else of theirs may wait for one (section 7)."""
    command = case.command
    waits = command.witness_pending is not None or "ordered_by" in command.body or "very_late" in case.notes
    if case.imported or not waits or (hours := case.rule("countersign_hours")) is None:
        return
    for pending in case.book.shelves["pending"].values():
        late = is_older(pending.since_at, case.now, hours)
        if pending.performer == command.performer and late and not pending.imported:
            case.refuse("witness_required", "witness_pending", person=command.performer)
            return


def _is_authority(refusal: Refusal) -> bool:
    return terms.REFUSAL_GROUP[refusal.code] == terms.AUTHORITY


def _found(case: Case) -> Judgement:
    if not case.refusals and not case.warnings:
        return Judgement((), (), tuple(case.notes))
    refusals: list[Refusal] = []
    for refusal in in_order(case.refusals):
        if refusal not in refusals:
            refusals.append(refusal)
    # What is malformed only beside the entry that it names gets its form codes alone as well.
    refusals = [r for r in refusals if terms.REFUSAL_GROUP[r.code] == terms.FORM] or refusals
    if any(r.code == "time_in_future" for r in refusals):  # stands alone after authority
        refusals = [r for r in refusals if r.code == "time_in_future" or _is_authority(r)]
    answered = case.command.acknowledged
    warnings = [] if case.imported else [w for w in case.warnings if w.code not in answered]
    for forgiven in case.warnings if case.imported else ():
        if forgiven.code not in answered:
            case.note(forgiven.code)
    known = [w.code for w in case.warnings if w not in warnings]  # an answered warning is a note of the entry
    return Judgement(refusals=tuple(refusals), warnings=tuple(warnings), notes=(*dict.fromkeys((*case.notes, *known)),))


def effects_of_case(case: Case) -> list[Effect]:
    """All effects of a command that stands: its kind's, and the signatures still due."""
    effects = [*KINDS[case.command.type].effects(case), *cited_line(case)]
    command = case.command
    due = []
    if command.witness_pending is not None:
        due.append("witness")
    if command.type != "facility.opened" and _is_very_late(case):
        due.append("very_late")
    for why in due:
        pending = Pending(seq=case.seq, why=why, since_at=case.now, performer=command.performer, imported=case.imported)
        effects.append(Made("pending", (command.id, why), pending))
    return effects


def record(case: Case) -> None:
    """Put what *case* did on its book, as the next entry."""
    command, book = case.command, case.book
    seq = case.seq
    mentions = _mentions(case)
    when = When(command.occurred_at, seq)
    for effect in effects_of_case(case):
        effect.apply(book, when)
    if case.imported:
        book.put("imported", (), (book.find("imported") or 0) + 1)
    for kind, patient in mentions:
        if kind == "patient":
            for person in filter(None, (command.performer, command.witness)):
                if book.find("cared", patient, person) is None:
                    book.put("cared", (patient, person), seq)
    past = Past(
        seq, command.id, command.type, command.performer, command.witness, command.occurred_at, case.imported,
        command.body, command.base,
    )  # fmt: skip
    book.remember(past, mentions)


def _mentions(case: Case) -> list[tuple[str, str]]:
    command, named = case.command, list[tuple[str, str]]()
    for kind, name, _, _ in command.references:
        if kind != "kato":
            named.append((kind, name))
    named += KINDS[command.type].mentions(case)
    if command.sheet is not None:
        named.append(("sheet", command.sheet["no"]))
    if "patient" in command.body:
        named += to_mentions(case)
        named += found_again.to_mentions(case)
    if not case.imported:
        if command.acknowledged:
            named.append(ANSWERED)
        if "late" in case.notes:
            named.append(LATE)
    return named
