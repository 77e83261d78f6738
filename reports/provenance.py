"""Whose an entry is that is shown by itself: when, by whom, who signed with him, what is still due. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.errors import NotFound
from reports.model import Countersignature, Frame, Person, Signatory
from reports.movements import Entries, Entry, ids, refers_to, statement, undone_by
from reports.naming import Names, person_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Entry `seq`, in effect `at`; the members mean what they mean in a register's row."""

    seq: int
    at: datetime
    performer: Person
    witnesses: tuple[Person, ...] = ()
    countersigned: tuple[Countersignature, ...] = ()
    awaits: tuple[str, ...] = ()
    imported: bool = False
    late_hours: int | None = None
    reversed_by: int | None = None

    @property
    def signed_by(self) -> tuple[Person, ...]:
        """Everybody who signed, the performer first."""
        return (self.performer, *self.witnesses, *(each.person for each in self.countersigned))


def get_statement(entries: Entries, seq: int, kind: str) -> dict[str, Any]:
    """The statement of entry *seq*. Raises `NotFound` where there is none or it is of another type."""
    if seq not in entries or statement(entries[seq])["type"] != kind:
        raise NotFound(f"{kind} {seq}")
    return statement(entries[seq])


def build_provenance(entries: Entries, names: Names, frame: Frame, seq: int) -> Provenance:
    """*entries* hold what reverses or countersigns *seq*, as far as `frame.as_known` knows it."""
    entry, by_id = entries[seq], ids(entries)
    said = statement(entry)
    later = [each for each in sorted(entries) if each > seq]
    undone = [each for each in later if seq in undone_by(entries[each], by_id)]
    signed = [
        Countersignature(person=person_of(names, statement(entries[each])["performer"]), seq=each)
        for each in later
        if statement(entries[each])["type"] == "entry.countersigned" and seq in refers_to(entries[each], by_id)
    ]
    return Provenance(
        seq=seq,
        at=datetime.fromisoformat(said["occurred_at"]),
        performer=person_of(names, said["performer"]),
        witnesses=tuple(person_of(names, each) for each in witnesses_of(said)),
        countersigned=tuple(signed),
        awaits=() if undone else tuple(find_awaited(said, {each.person.username for each in signed})),
        imported=entry["via"] == "import",
        late_hours=late_hours_of(entry, frame.rules.late_reason_hours),
        reversed_by=undone[0] if undone else None,
    )


def about(entries: Entries, seqs: set[int]) -> set[int]:
    """The seqs of what reverses, settles or countersigns any of *seqs*."""
    by_id = ids(entries)
    kinds = ("entry.reversed", "claim.settled", "entry.countersigned")
    return {
        seq
        for seq, entry in entries.items()
        if statement(entry)["type"] in kinds and not seqs.isdisjoint(refers_to(entry, by_id))
    }


def signatories_of(of: Provenance, first: str, others: str) -> list[Signatory]:
    """Lines to sign by hand for all who signed: the performer for *first*, the rest for *others*."""
    head, *rest = of.signed_by
    return [Signatory(meaning=first, person=head), *(Signatory(meaning=others, person=each) for each in rest)]


def witnesses_of(said: Mapping[str, Any]) -> list[str]:
    commission = [each for each in said["body"].get("commission", ()) if each != said["performer"]]
    return commission or ([said["witness"]] if said["witness"] is not None else [])


def find_awaited(said: Mapping[str, Any], signed: set[str]) -> Iterator[str]:
    """Which signatures are due, where those of *signed* came later."""
    if "witness_pending" in said and not signed:
        yield "witness"
    ordered_by = said["body"].get("ordered_by")
    if ordered_by is not None and ordered_by not in signed:
        yield "verbal_order"


def late_hours_of(entry: Entry, allowed: int | None) -> int | None:
    """Whole hours between act and entry where the rule set asks for a reason; imports are marked apart."""
    if allowed is None or entry["via"] == "import":
        return None
    late = datetime.fromisoformat(entry["recorded_at"]) - datetime.fromisoformat(statement(entry)["occurred_at"])
    return int(late.total_seconds() // 3600) if late > timedelta(hours=allowed) else None
