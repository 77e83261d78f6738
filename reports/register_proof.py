"""A register against the entries that it carries: which of them it needs, and whether its figures follow from them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ledger.errors import NotFound
from ledger.log.canonical import to_timestamp
from reports.model import Frame, Person, Register, RegisterRow
from reports.movements import OPENING, Derived, Entries, derive_movements, effect_at, ids, statement
from reports.register import bounds_of, build_from
from reports.resting import rest_on

_ASTRAY = timedelta(seconds=2)
"""A clock that is further behind the last entry stops the register (contract: "Restoring, forking, clocks")."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a report and its entries part: a stable code, the entry it concerns, values for its sentence."""

    code: str
    seq: int | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)


def needed_entries(register: Register, entries: Entries) -> set[int]:
    """The seqs out of *entries* that the register's rows, names and signature rest on."""
    places = {place.id for place in register.places} | ({register.place.id} if register.place else set())
    seqs = {row.seq for row in register.rows} | {each.seq for row in register.rows for each in row.countersigned}
    seqs |= {row.after_sealing.seq for row in register.rows if row.after_sealing is not None}
    known_seq = register.frame.as_known.seq
    return rest_on(seqs, entries, products={register.product.id}, places=places, known_seq=known_seq)


def find_differences(register: Register, entries: Entries) -> Iterator[Difference]:
    """Everything in *register* that does not follow from *entries*; nothing: it is what they say.

    What lay where before the period and the printed names cannot follow from them: those stand on the
    facility's word.
    """
    yield from find_frame_differences(register.frame, entries)
    gone = sorted({row.seq for row in register.rows} - set(entries))
    if gone:
        yield from (Difference("row_without_entry", seq) for seq in gone)
        return
    claimed = [
        Derived(row.seq, to_timestamp(row.at), _order(row), each.place, each.lot, each.units)
        for row in register.rows
        for each in row.moved
    ]
    entries = {seq: entry for seq, entry in entries.items() if seq <= register.frame.as_known.seq}
    try:
        yield from _of_movements(register, claimed, entries)
        again = build_from(
            register.opening,
            claimed,
            entries,
            {each.username: (each.name, each.role) for each in _people(register)},
            frame=register.frame,
            product=register.product.id,
            place=register.place.id if register.place else None,
            period=register.period,
        )
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again != register:
        yield _first_difference(register, again)


def _order(row: RegisterRow) -> int:
    return row.seq if row.reverses is None else row.reverses


def _people(register: Register) -> Iterator[Person]:
    for row in register.rows:
        yield row.performer
        yield from row.witnesses
        yield from (each.person for each in row.countersigned)


def find_frame_differences(frame: Frame, entries: Entries) -> Iterator[Difference]:
    """What the frame of any report says of the facility, its rule set and its head, held against *entries*."""
    opened = statement(entries[0])["body"] if 0 in entries else {}
    facility = frame.facility
    told = (opened.get("facility"), opened.get("bin"), opened.get("zone"), opened.get("practice"))
    if told != (facility.name, facility.bin, facility.zone, facility.practice):
        yield Difference("facility_differs")
    made_at = to_timestamp(frame.made_at + _ASTRAY)
    ahead = [seq for seq, entry in entries.items() if seq <= frame.as_known.seq and entry["recorded_at"] > made_at]
    if ahead:
        yield Difference("made_before_entry", max(ahead))
    if frame.as_known.seq >= frame.head.size:
        yield Difference("known_beyond_head", frame.as_known.seq)
    adopted = [
        (seq, body["name"], body["sha256"])
        for seq in entries
        if statement(entries[seq])["type"] == "regulation.adopted" and (body := statement(entries[seq])["body"])
    ]
    if not adopted or max(adopted)[1:] != (frame.rules.name, frame.rules.sha256):
        yield Difference("rules_differ")


def _of_movements(register: Register, claimed: list[Derived], entries: Entries) -> Iterator[Difference]:
    """Entry by entry, what it says was moved against what the rows show.

    How a product's resolved total lies on its lots is the book's word, as long as it adds up.
    """
    start, end = bounds_of(register.period, register.frame.facility.zone)
    until_at = to_timestamp(register.frame.as_known.at)
    place = register.place.id if register.place else None
    opening = [Derived(OPENING, "", OPENING, each.place, each.lot, each.units) for each in register.opening]
    shown = _by_seq(claimed)
    spread = {seq: [(each.lot, each.units) for each in moved] for seq, moved in shown.items()}
    told = derive_movements(entries, register.product.id, spread=spread, opening=opening, since=start)
    said = _by_seq(m for m in told if m.at < end and m.at <= until_at and place in (None, m.place))
    for seq in sorted(said.keys() | shown.keys()):
        if said.get(seq, Counter()) != shown.get(seq, Counter()):
            yield Difference("movement_differs", seq)
    by_id = ids(entries)
    for row in register.rows:
        if to_timestamp(row.at) != effect_at(_order(row), entries, by_id):
            yield Difference("movement_differs", row.seq)


def _by_seq(moved: Iterable[Derived]) -> dict[int, Counter[Derived]]:
    found: dict[int, Counter[Derived]] = defaultdict(Counter)
    for each in moved:
        found[each.seq][each] += 1
    return found


def _first_difference(register: Register, again: Register) -> Difference:
    for row, other in zip(register.rows, again.rows, strict=False):
        if row != other:
            return Difference("row_differs", row.seq, {"number": row.number})
    return Difference("totals_differ")


def subjects_of(register: Register) -> tuple[str, ...]:
    """The patients whose ids stand in the rows, in order."""
    return tuple(sorted({each.value for row in register.rows for each in row.counterpart if each.code == "patient"}))
