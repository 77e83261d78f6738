"""A command against the book: what refuses it, in the contract's order; and what it does once it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.domain import terms
from ledger.domain.authority import check_authority
from ledger.domain.book import Book
from ledger.domain.command import Command, in_order
from ledger.domain.effects import Effect, Made, When
from ledger.domain.kind import Case, Kind, hours_later, minutes_later
from ledger.domain.records import Past, Pending
from ledger.domain.regulation import RuleSet
from ledger.domain.vocabulary import KINDS
from ledger.errors import Refusal

CLOCK_AHEAD_MINUTES = 5  # contract, section 4, group 8
_THINGS: Mapping[str, tuple[str, str]] = {
    "patient": ("patient", "patient_unknown"),
    "place": ("place", "place_unknown"),
    "product": ("product", "product_unknown"),
    "person": ("person", "not_enrolled"),
    "prescription": ("prescription", "prescription_missing"),
    "seal": ("seal", "seal_unknown"),
    "discrepancy": ("discrepancy", "discrepancy_unknown"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found: `refusals` in order (none: it may be recorded), warnings to answer, notes to keep."""

    refusals: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...]
    notes: tuple[str, ...]


def judge(command: Command, book: Book, *, rules: RuleSet, now: str, imported: bool) -> tuple[Judgement, Case]:
    """Judge *command* on what *book* knows. *now* is the ledger's clock, in a replay the entry's `recorded_at`."""
    kind = KINDS[command.type]
    case = Case(command=command, book=book, rules=rules, kinds=KINDS, now=now, imported=imported)
    if (command.type == "facility.opened") != (book.find("facility") is None):
        case.refuse("not_allowed", "type", type=command.type)  # entry 0 opens the facility, and nothing else does
        return _found(case), case
    if command.type == "facility.opened":
        if command.performer != "ledger" or command.witness is not None or command.witness_pending is not None:
            case.refuse("not_allowed", "performer", performer=command.performer)
        return _found(case), case
    check_authority(case)
    if command.occurred_at > minutes_later(now, CLOCK_AHEAD_MINUTES):
        case.refuse("time_in_future", "occurred_at", at=command.occurred_at)
        case.refusals = [r for r in case.refusals if r.code == "time_in_future" or _is_authority(r)]
        return _found(case), case
    _check_references(case)
    kind.rule(case)
    _check_lateness(case, kind)
    return _found(case), case


def _is_authority(refusal: Refusal) -> bool:
    return terms.REFUSAL_GROUP[refusal.code] == terms.AUTHORITY


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
            there = case.book.find(shelf, name) is not None
            if is_new and there:
                case.refuse("already_exists", path, name=name)
            elif not is_new and not there:
                case.refuse(missing, path, name=name)


def _check_lateness(case: Case, kind: Kind) -> None:
    """A late entry is shown as late; an act is asked for the reason; an import is forgiven."""
    hours = case.rule("late_reason_hours")
    if hours is None or case.now <= hours_later(case.at, hours):
        return
    case.note("late")
    if not case.imported and not kind.fact and not case.command.late:
        case.refuse("late_without_reason", "late_reason", hours=hours)
    if _is_very_late(case):
        case.note("very_late")


def _is_very_late(case: Case) -> bool:
    days = case.rule("very_late_days")
    return days is not None and not case.imported and case.now > hours_later(case.at, 24 * days)


def _found(case: Case) -> Judgement:
    refusals: list[Refusal] = []
    for refusal in in_order(case.refusals):
        if refusal not in refusals:
            refusals.append(refusal)
    answered = case.command.acknowledged
    warnings = [] if case.imported else [w for w in case.warnings if w.code not in answered]
    return Judgement(refusals=tuple(refusals), warnings=tuple(warnings), notes=tuple(case.notes))


def effects_of_case(case: Case) -> list[Effect]:
    """All effects of a command that stands: its kind's, and the signatures still due."""
    effects = list(KINDS[case.command.type].effects(case))
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
    past = Past(
        seq=seq,
        id=command.id,
        type=command.type,
        performer=command.performer,
        witness=command.witness,
        occurred_at=command.occurred_at,
        imported=case.imported,
        body=command.body,
    )
    book.remember(past, mentions)


def _mentions(case: Case) -> Iterable[tuple[str, str]]:
    named = {(kind, name): None for kind, name, _, _ in case.command.references if kind != "kato"}
    named |= dict.fromkeys(KINDS[case.command.type].mentions(case))
    return named
