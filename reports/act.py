"""One entry as an act: a supply note, an act of acceptance, a collection sheet. From the entries to the model. Pure.

Trusts that the entries are the ledger's; a sealed value goes with the key that opens its commitment, so that
`act_proof` can hold both against the entry. The words are the paper's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger.errors import NotFound
from reports.act_facts import FACTS, ActLine, lines_of, told_of
from reports.empties_due import COLLECTED, concerns_due, with_expected
from reports.model import Detail, Frame, Person, Place, Product, Signatory
from reports.movements import Entries, Entry, ids, refers_to, statement
from reports.naming import Names, person_of, place_of, product_of
from reports.provenance import Provenance, build_provenance, signatories_of

SUPPLIES = frozenset({"dispense.outpatient", "dispense.discharge"})
TYPES: Mapping[str, frozenset[str]] = {
    "dispense": SUPPLIES,
    "return": frozenset({"unused.returned"}),
    "empties": frozenset({COLLECTED}),
}
"""By kind of report: the types of the entries that it may be about."""
COURSES = frozenset({"prescription.issued", "prescription.transcribed"})
IDENTITY = ("body.identity.name", "body.identity.born_on")
_CONTEXT = frozenset(
    {"facility.opened", "regulation.adopted", "place.opened", "product.listed", "key.enrolled", "key.revoked"}
)
NAMED = frozenset({"patient.registered", "patient.corrected"})
_ABOUT = frozenset({"entry.reversed", "entry.countersigned", "claim.settled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A sealed value as the vault opened it: the commitment at `path` of entry `seq` opens with `key` (hex digits)."""

    seq: int
    path: str
    value: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What entry `by.seq` says, laid out as a note, an act or a sheet (the kind of its frame).

    `told` are its facts in the order they are read; the value of a sealed one is "" and stands, as long as the
    vault opens it, in `opened`. `territory` names the home unit from the region down, on the facility's word.
    """

    frame: Frame
    by: Provenance
    id: str
    type: str
    patient: str | None = None
    told: tuple[Detail, ...] = ()
    opened: tuple[Opened, ...] = ()
    places: tuple[Place, ...] = ()
    products: tuple[Product, ...] = ()
    lines: tuple[ActLine, ...] = ()
    decided_by: Person | None = None
    territory: tuple[str, ...] = ()


def gather_act(entries: Iterable[tuple[int, Entry]], kind: str, seq: int) -> dict[int, Entry]:
    """Entry *seq*, what names its things, and what was said of it later. Raises `NotFound`."""
    wanted = _CONTEXT | COURSES | NAMED | _ABOUT
    kept = {number: entry for number, entry in entries if number == seq or statement(entry)["type"] in wanted}
    if seq not in kept or statement(kept[seq])["type"] not in TYPES[kind]:
        raise NotFound(f"entry {seq}")
    body, by_id = statement(kept[seq])["body"], ids({seq: kept[seq]})

    def concerns(entry: Entry) -> bool:
        said = statement(entry)
        if said["type"] in NAMED:
            return bool(said["body"]["patient"] == body.get("patient"))
        if said["type"] in COURSES:
            return bool(said["body"]["prescription"] == body.get("prescription"))
        if said["type"] == "key.enrolled":
            return bool(said["body"]["use"] == "pdf")
        return seq in refers_to(entry, by_id) if said["type"] in _ABOUT else said["type"] in _CONTEXT

    found = {number: entry for number, entry in kept.items() if number == seq or concerns(entry)}
    return found | (_gather_due(entries, body, seq) if kind == "empties" else {})


def _gather_due(entries: Iterable[tuple[int, Entry]], body: Mapping[str, Any], seq: int) -> dict[int, Entry]:
    products = {line["product"] for line in body["lines"]}
    kept: dict[int, Entry] = {}
    by_id: dict[str, int] = {}
    for number, entry in entries:
        if number < seq and concerns_due(entry, body["place"], products, kept, by_id):
            kept[number] = entry
            by_id[statement(entry)["id"]] = number
    return kept


def build_act(
    entries: Entries,
    names: Names,
    opened: Sequence[Opened],
    *,
    frame: Frame,
    seq: int,
    territory: tuple[str, ...] = (),
) -> Act:
    """The act of entry *seq* as known at `frame.as_known`. Raises `NotFound` for a thing that no entry names."""
    entries = {number: entry for number, entry in entries.items() if number <= frame.as_known.seq}
    entry = entries[seq]
    said = statement(entry)
    body, course = said["body"], _course_of(entries, seq)
    lines = tuple(lines_of(said, course))
    if said["type"] == COLLECTED:
        lines = tuple(with_expected(lines, entries, body["place"], seq))
    told = tuple(told_of(said, course))

    act = Act(
        frame=frame,
        by=build_provenance(entries, names, frame, seq),
        id=said["id"],
        type=said["type"],
        patient=body.get("patient"),
        told=told,
        opened=tuple(opened),
        places=tuple(place_of(entries, each) for each in sorted({d.value for d in told if FACTS[d.code] == "place"})),
        products=tuple(product_of(entries, each) for each in dict.fromkeys(line.product for line in lines)),
        lines=lines,
        decided_by=person_of(names, body["decided_by"]) if "decided_by" in body else None,
        territory=territory,
    )
    return replace(act, frame=replace(frame, signatories=tuple(_signatories(act))))


def find_course(entries: Entries, seq: int) -> int | None:
    """The prescription that supply *seq* was made on: the last of that id before it."""
    wanted = statement(entries[seq])["body"].get("prescription")
    found = [
        number
        for number, entry in entries.items()
        if number < seq and statement(entry)["type"] in COURSES and statement(entry)["body"]["prescription"] == wanted
    ]
    return max(found, default=None)


def _course_of(entries: Entries, seq: int) -> Mapping[str, Any] | None:
    found = find_course(entries, seq)
    return None if found is None else statement(entries[found])["body"]


def _signatories(act: Act) -> Iterator[Signatory]:
    sealed = {each.path: each.value for each in act.opened if each.seq == act.by.seq}
    told = {each.code: each.value for each in act.told}

    def named(path: str) -> Person | None:
        return Person(username="", name=sealed[path]) if path in sealed else None

    if act.type == "unused.returned":
        yield from signatories_of(act.by, "accepted", "present")
        if told["signed_by_relative"] == "yes":
            yield Signatory(meaning="handed_in", person=named("body.brought_by"))
        return
    if act.type == COLLECTED:
        yield from signatories_of(act.by, "received", "handed_over")
        return
    yield from signatories_of(act.by, "supplied", "present")
    if act.type == "dispense.discharge":
        yield Signatory(meaning="decided", person=act.decided_by or named("body.decided_by"))
    yield Signatory(meaning="collected", person=named("body.collector.name"))
