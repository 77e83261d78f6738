"""Earlier entries and the timelines of stock over SQL, as the book asks for them.

Trusts the stored entry bytes and projections for judging the next command; every audit derives them again.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, literal_column, select
from sqlalchemy.dialects import sqlite

from ledger.domain.book import FIRST
from ledger.domain.records import Key, Past
from ledger.domain.timeline import Timeline
from ledger.storage.shelves import Source, decoded, find, prepared, stored, to_key_text
from ledger.storage.tables import TABLES

_entry, _mention, _movement = (TABLES[name].c for name in ("entry", "mention", "movement"))
_BY_ID = prepared(select(_entry.seq, _entry.data).where(_entry.id == bindparam("id")))
_MOST_AT_ONCE = 256


@cache
def _by_ids(count: int) -> str:
    return prepared(select(_entry.seq, _entry.data).where(_entry.id.in_([bindparam(f"id_{n}") for n in range(count)])))


_BY_SEQ = prepared(select(_entry.seq, _entry.data).where(_entry.seq == bindparam("seq")))
_OF_TYPE = prepared(select(_entry.seq, _entry.data).where(_entry.type == bindparam("type")))
_MENTIONING = prepared(
    select(_mention.seq)
    .where(_mention.kind == bindparam("kind"), _mention.key == bindparam("key"), _mention.seq > bindparam("after"))
    .order_by(_mention.seq)
)
_MENTIONED = prepared(
    select(_entry.seq, _entry.data)
    .join(TABLES["mention"], _mention.seq == _entry.seq)
    .where(_mention.kind == bindparam("kind"), _mention.key == bindparam("key"))
)
_MOVES = prepared(
    select(_movement.at, _movement.seq, _movement.units)
    .where(_movement.place == bindparam("place"), _movement.product == bindparam("product"))
    .where(_movement.lot == bindparam("lot"))
    .where(_movement.at >= bindparam("first_at"), _movement.at < bindparam("end_at"))
    .order_by(_movement.at, _movement.seq)
)
_ARRIVAL = prepared(
    select(func.min(_movement.at))
    .where(_movement.place == bindparam("place"), _movement.product == bindparam("product"))
    .where(_movement.lot == bindparam("lot"), _movement.at < bindparam("end_at"))
    .where(_movement.units > literal_column("0"))
)
_LATER = prepared(
    select(_movement.at, _movement.seq, _movement.units)
    .where(_movement.place == bindparam("place"), _movement.product == bindparam("product"))
    .where(_movement.lot == bindparam("lot"), _movement.at < bindparam("end_at"), _movement.seq > bindparam("after"))
    .order_by(_movement.at, _movement.seq)
)
INSERT_MENTION = prepared(insert(TABLES["mention"]))
_add = sqlite.insert(TABLES["movement"])
ADD_MOVEMENT = prepared(
    _add.on_conflict_do_update(
        index_elements=list(TABLES["movement"].primary_key.columns),
        set_={"units": _movement.units + _add.excluded.units},
    )
)


_projection = TABLES["projection"].c
_opening = (
    select(_projection.value)
    .where(_projection.shelf == literal_column("'opening'"))
    .where(_projection.key > bindparam("first"), _projection.key < bindparam("last"))
    .order_by(_projection.key)
    .limit(literal_column("1"))
    .offset(literal_column("0"))
    .scalar_subquery()
)
_of_row = (
    _movement.place == bindparam("place"),
    _movement.product == bindparam("product"),
    _movement.lot == bindparam("lot"),
)
_between = (
    select(func.sum(_movement.units))
    .where(*_of_row, _movement.at > bindparam("after_at"), _movement.at <= bindparam("until_at"))
    .scalar_subquery()
)
_HELD = prepared(select(_opening, _between))
_ANY = prepared(
    select(literal_column("1"))
    .where(*_of_row, _movement.at <= bindparam("at"))
    .limit(literal_column("1"))
    .offset(literal_column("0"))
)
_NEVER, _NOT_ASKED = "~", ""
"""`_NEVER` is behind every time."""


class _Statement(msgspec.Struct):
    id: str
    type: str
    occurred_at: str
    performer: str
    witness: str | None
    body: msgspec.Raw


class _Entry(msgspec.Struct):
    seq: int
    via: str
    statement: _Statement


_UNITS = msgspec.json.Decoder(int)
_ENTRY = msgspec.json.Decoder(_Entry)
_BODY = msgspec.json.Decoder(dict[str, Any])


class _Bodies(dict[bytes, dict[str, Any]]):
    """Bodies by their bytes, each read once: most doses of a patient say the same."""

    def __missing__(self, data: bytes) -> dict[str, Any]:
        body = self[data] = decoded(_BODY, data)
        return body


def to_past(seq: int, data: bytes, bodies: _Bodies) -> Past:
    """An entry as later ones refer to it, from its place and its bytes."""
    entry = decoded(_ENTRY, data)
    said = entry.statement
    imported, body = entry.via == "import", bodies[bytes(said.body)]
    return Past(  # by their places: a history is hundreds of these
        seq, said.id, said.type, said.performer, said.witness, said.occurred_at, imported, body, seq - entry.seq
    )


class SqlPast:
    """`ledger.domain.book.Entries` over the tables `entry` and `mention`."""

    def __init__(self, source: Source, stock: "SqlStock") -> None:
        self._source = source
        self._stock = stock
        self._by_id: dict[str, Past] = {}
        self._by_seq: dict[int, Past] = {}
        self._fresh: dict[tuple[str, str], list[int]] = {}
        self._absent: set[str] = set()
        self._listed: dict[tuple[str, str], list[int]] = {}

    def expect(self, ids: Iterable[str]) -> None:
        """Look up at once who will be asked for by id, before the next `changes`: a server may be far away."""
        wanted, bodies = list(dict.fromkeys(each for each in ids if each not in self._by_id)), _Bodies()
        for start in range(0, len(wanted), _MOST_AT_ONCE):
            some = wanted[start : start + _MOST_AT_ONCE]
            # Few lengths, so that few statements have to be prepared.
            padded = some + some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
            rows = self._source.all(_by_ids(len(padded)), *padded)
            self._absent.update(set(some) - {self._know(to_past(seq, data, bodies)).id for seq, data in rows})

    def by_id(self, entry_id: str) -> Past | None:
        if entry_id in self._absent:
            return None
        return self._by_id.get(entry_id) or self._load(_BY_ID, entry_id)

    def by_seq(self, seq: int) -> Past | None:
        return self._by_seq.get(seq) or self._load(_BY_SEQ, seq)

    def load(self, kind: str, key: str) -> list[Past]:
        """Have at hand every entry that mentions the thing, read together."""
        bodies = _Bodies()
        rows = sorted(self._source.all(_MENTIONED, kind, key))
        found = [self._by_seq.get(seq) or to_past(seq, data, bodies) for seq, data in rows]
        self._listed[kind, key] = [seq for seq, _ in rows]
        self._by_seq.update((past.seq, past) for past in found)
        self._by_id.update((past.id, past) for past in found)
        return found

    def _load(self, statement: str, value: str | int) -> Past | None:
        for seq, data in self._source.all(statement, value):
            return self._know(to_past(seq, data, _Bodies()))
        return None

    def _know(self, past: Past) -> Past:
        self._absent.discard(past.id)
        self._by_id[past.id] = self._by_seq[past.seq] = past
        return past

    def mentioning(self, kind: str, key: str, after: int = FIRST) -> Iterator[int]:
        stored = self._listed.get((kind, key))
        if stored is None:
            stored = [seq for (seq,) in self._source.all(_MENTIONING, kind, key, after)]
        return (seq for seq in chain(stored, self._fresh.get((kind, key), ())) if seq > after)

    def of_type(self, type: str) -> Iterable[Past]:
        bodies = _Bodies()
        found = {seq: to_past(seq, data, bodies) for seq, data in self._source.all(_OF_TYPE, type)}
        found |= {seq: past for seq, past in self._by_seq.items() if past.type == type}  # also what is not stored yet
        return [found[seq] for seq in sorted(found)]

    def add(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        self._know(past)
        self._stock.close_entry()
        for mention in mentions:
            self._fresh.setdefault(mention, []).append(past.seq)

    def drop(self, past: Past, mentions: Iterable[tuple[str, str]]) -> None:
        del self._by_id[past.id], self._by_seq[past.seq]
        self._stock.reopen_entry()
        for mention in mentions:
            self._fresh[mention].pop()

    def weight(self) -> int:
        return len(self._by_seq)

    def changes(self) -> list[tuple[str, str, int]]:
        """Rows of `mention` since the last time; they are then taken as stored."""
        rows = [(kind, key, seq) for (kind, key), seqs in self._fresh.items() for seq in seqs]
        self._fresh.clear()
        self._absent.clear()
        self._listed.clear()
        return rows


def balance_at(source: Source, row: Key, at: str, *, now: int) -> int | None:
    """Units of a stored *row* (place, product, lot) at the moment *at*, where it holds *now* as many; None where it did
    not hold any yet.

    They are what it held at the nearer end of the month, where the next one that it moved in began, and what moved
    between.
    """
    end, months = at[:7] + ("~" if at[8:10] > "15" else ""), to_key_text((*row, ""))[:-2]
    ((opening, moved),) = source.all(_HELD, months + end, months + "~", *row, *sorted((end, at)))
    held = now if opening is None else decoded(_UNITS, opening)
    units = held + (int(moved or 0) if end < at else -int(moved or 0))
    return units if units or source.all(_ANY, *row, at) else None


def read_movements(source: Source, row: Key, from_at: str, until_at: str) -> list[tuple[str, int, int]]:
    """(at, seq, units) of *row* (place, product, lot) from *from_at* to before *until_at*, in order."""
    return [(at, seq, units) for at, seq, units in source.all(_MOVES, *row, from_at, until_at)]


class StoredTimeline(Timeline):
    """A timeline over SQL that has at hand whole days (UTC) only, from the earliest one asked of on."""

    __slots__ = ("_arrival", "_key", "_known_from", "_source")

    def __init__(self, source: Source, key: Key) -> None:
        super().__init__()
        self._source, self._key, self._known_from = source, key, _NEVER
        self._arrival: str | None = _NOT_ASKED
        self.total = find(source, "balance", key) or 0

    def _reach(self, at: str) -> None:
        if at >= self._known_from:
            return
        first_at = at[:10]
        moves = self._source.all(_MOVES, *self._key, first_at, self._known_from)
        self._order[:0] = [(at, seq) for at, seq, _ in moves]
        self._units.update(((at, seq), units) for at, seq, units in moves)
        self._known_from, self._arrival = first_at, _NOT_ASKED

    def first_arrival_at(self) -> str | None:
        if self._arrival == _NOT_ASKED:  # since the days at hand were others
            ((self._arrival,),) = self._source.all(_ARRIVAL, *self._key, self._known_from)
        if self._arrival is not None:
            return self._arrival
        for order in self._order:
            if self._units[order] > 0:
                return order[0]
        return None

    def later(self, seq: int) -> list[tuple[str, int, int]]:
        before = [(at, by, units) for at, by, units in self._source.all(_LATER, *self._key, self._known_from, seq)]
        return before + [(at, by, self._units[at, by]) for at, by in self._order if by > seq]

    def __len__(self) -> int:
        return len(self._order)


Move = tuple[str, str, str, str, int]
"""Where and when something moved: (place, product, lot, at, seq)."""


class SqlStock:
    """`ledger.domain.book.Stock` over the table `movement`.

    A movement that was rewound leaves no row; one that a later entry reversed stays as a row of 0 units,
    for "every row ever used" is listed (contract, "What the numbers mean").
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._timelines: dict[Key, StoredTimeline] = {}
        self._lots: dict[Key, dict[str, None]] = {}
        self._journal: list[tuple[Move, int] | None] = []

    def timeline(self, place: str, product: str, lot: str) -> Timeline:
        found = self._timelines.get((place, product, lot))
        if found is None:
            found = self._timelines[place, product, lot] = StoredTimeline(self._source, (place, product, lot))
            for (*key, at, seq), units in self._unwritten():
                if key == [place, product, lot]:
                    found.add(at, seq, units)
        return found

    def lots(self, place: str, product: str) -> Iterable[str]:
        return tuple(self._known_lots(place, product))

    def _known_lots(self, place: str, product: str) -> dict[str, None]:
        found = self._lots.get((place, product))
        if found is None:
            rows = stored(self._source, "balance", (place, product))
            found = self._lots[place, product] = dict.fromkeys(lot for (_, _, lot), _ in rows)
            for move, _ in self._unwritten():
                if move[:2] == (place, product):
                    found[move[2]] = None
        return found

    def add(self, place: str, product: str, lot: str, at: str, seq: int, units: int) -> None:
        """What nobody has asked for yet is not loaded for it: an account only grows with every dose."""
        if (lots := self._lots.get((place, product))) is not None:
            lots[lot] = None
        if (timeline := self._timelines.get((place, product, lot))) is not None:
            timeline.add(at, seq, units)
        move = (place, product, lot, at, seq)
        # A rewind undoes the last movement first; a reversal comes after its original's entry was closed.
        if self._journal and self._journal[-1] == (move, -units):
            self._journal.pop()
        else:
            self._journal.append((move, units))

    def _unwritten(self) -> Iterator[tuple[Move, int]]:
        return filter(None, self._journal)

    def close_entry(self) -> None:
        self._journal.append(None)

    def reopen_entry(self) -> None:
        self._journal.pop()

    def weight(self) -> int:
        return len(self._timelines) + sum(map(len, self._timelines.values()))

    def changes(self) -> list[tuple[str, str, str, str, int, int]]:
        """(…move, units) to add to the rows of `movement` since the last time; they are then taken as stored."""
        added: dict[Move, int] = {}
        for move, units in self._unwritten():
            added[move] = added.get(move, 0) + units
        self._journal.clear()
        return [(*move, units) for move, units in added.items()]
