"""What an entry S knows of one person: the statements that stand there, and which are told of one by one.

Reads statements by type through `book.past`, so it does not matter in which order they came.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from ledger.domain.asking.courses import ORDERS, SUPPLIES
from ledger.domain.book import Book
from ledger.domain.records import Past, Reversal

SHOWN = frozenset(
    {
        *ORDERS,
        *SUPPLIES,
        "prescription.stopped",
        "dose.administered",
        "infusion.started",
        "infusion.stopped",
        "patch.removed",
        "home.counted",
        "unused.returned",
        "patient.died",
    }
)
"""Entries of a patient that are told of one by one, reversed or not."""
in_order = attrgetter("occurred_at", "seq")


class Told(NamedTuple):
    """An entry that the history rests on or, where S knows it to be reversed, rested on."""

    seq: int
    at: str
    type: str
    reversed_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`entries` are the person's, under all `ids`, that S does not know to be reversed, and reversed supplies whose
    packs the patient rightly has; `ends` those that stop or replace a prescription. All in order of time.
    """

    ids: Sequence[str]
    entries: Sequence[Past]
    ends: Mapping[str, Sequence[Past]]
    told: Sequence[Told]


def read_known(book: Book, patient: str, known_at: int) -> Known:
    """All that the entry *known_at* knows of the person who has the id *patient*."""
    own: dict[int, Past] = {}
    ids = [patient]
    for each in ids:  # grows with every merge that is known
        for entry in _mentioning(book, "patient", each, known_at, besides=own):
            own[entry.seq] = entry
            if entry.type == "patients.merged" and find_reversal(book, entry, known_at) is None:
                ids += [name for name in (entry.body["keep"], entry.body["drop"]) if name not in ids]
    said = own.copy()
    for order in [entry for entry in own.values() if entry.type in ORDERS]:
        about = _mentioning(book, "prescription", order.body["prescription"], known_at, besides=said)
        said |= {entry.seq: entry for entry in about}
    entries: list[Past] = []
    ends: dict[str, list[Past]] = defaultdict(list)
    told: list[Told] = []
    for entry in sorted(said.values(), key=in_order):
        reversal, type = find_reversal(book, entry, known_at), entry.type
        if type in SHOWN:
            told.append(Told(entry.seq, entry.occurred_at, type, None if reversal is None else reversal.seq))
        if reversal is not None and not reversal.is_with_right_person:
            continue
        if entry.seq in own:
            entries.append(entry)
        if type in ORDERS and "replaces" in entry.body:
            ends[entry.body["replaces"]].append(entry)
        elif type == "prescription.stopped":
            ends[entry.body["prescription"]].append(entry)
    return Known(ids=ids, entries=entries, ends=ends, told=told)


def find_reversal(book: Book, entry: Past, known_at: int) -> Reversal | None:
    """What reversed *entry*, as far as the entry *known_at* knows."""
    found: Reversal | None = book.find("reversal", entry.id)
    return None if found is None or found.seq > known_at else found


def _mentioning(book: Book, kind: str, name: str, known_at: int, *, besides: Mapping[int, Past]) -> Iterator[Past]:
    """Entries up to S that mention a thing, *besides* those that are at hand."""
    past = book.past
    seqs = [seq for seq in past.mentioning(kind, name) if seq <= known_at and seq not in besides]
    return (entry for seq in seqs if (entry := past.by_seq(seq)) is not None)
