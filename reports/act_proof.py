"""An act against the entries that it carries: built again from them, and every opened value held to its commitment."""

from collections.abc import Iterator

from ledger.errors import NotFound, OpeningRejected
from ledger.log.sealed import verify_opening
from reports.act import IDENTITY, TYPES, Act, Opened, build_act
from reports.empties_due import COLLECTED, derive_due
from reports.movements import Entries, statement
from reports.naming import names_in
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on


def needed_by_act(act: Act, entries: Entries) -> set[int]:
    """The seqs out of *entries* that the act, its names and its signature rest on."""
    seqs = {act.by.seq} | {each.seq for each in act.opened} | {each.seq for each in act.by.countersigned}
    if act.by.reversed_by is not None:
        seqs.add(act.by.reversed_by)
    if act.type == COLLECTED:
        ward = statement(entries[act.by.seq])["body"]["place"]
        seqs |= {move.seq for each in act.products for move in derive_due(entries, each.id, ward, act.by.seq)}
    products, places = {each.id for each in act.products}, {each.id for each in act.places}
    return rest_on(seqs, entries, products=products, places=places, known_seq=act.frame.as_known.seq)


def find_act_differences(act: Act, entries: Entries) -> Iterator[Difference]:
    """Everything in *act* that does not follow from *entries*; the names of staff stand on the facility's word."""
    yield from find_frame_differences(act.frame, entries)
    if act.by.seq not in entries or statement(entries[act.by.seq])["type"] not in TYPES[act.frame.kind]:
        yield Difference("row_without_entry", act.by.seq)
        return
    for opened in act.opened:
        if not _opens(act, opened, entries):
            yield Difference("opening_differs", opened.seq)
    try:
        again = build_act(entries, names_in(act), act.opened, frame=act.frame, seq=act.by.seq, territory=act.territory)
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again != act:
        yield Difference("act_differs", act.by.seq)


def _opens(act: Act, opened: Opened, entries: Entries) -> bool:
    """Whether it is what its entry sealed: of the act itself, or the patient's identity."""
    return is_opened(opened, entries) if opened.seq == act.by.seq else is_identity(opened, entries, act.patient)


def is_identity(opened: Opened, entries: Entries, patient: str | None) -> bool:
    """Whether it is what an entry sealed of the identity of *patient*."""
    entry = entries.get(opened.seq)
    whose = None if entry is None else statement(entry)["body"].get("patient")
    return whose is not None and whose == patient and opened.path in IDENTITY and is_opened(opened, entries)


def is_opened(opened: Opened, entries: Entries) -> bool:
    """Whether it is what its entry sealed."""
    if opened.seq not in entries:
        return False
    entry = entries[opened.seq]
    said = statement(entry)
    try:
        verify_opening(
            said.get("sealed", {}).get(opened.path, ""),
            opened.value,
            key=bytes.fromhex(opened.key),
            log=entry["log"],
            id=said["id"],
            path=opened.path,
        )
    except (OpeningRejected, ValueError):
        return False
    return True


def subjects_of_act(act: Act) -> tuple[str, ...]:
    """The patient whose name and medicines stand in it."""
    return () if act.patient is None else (act.patient,)
