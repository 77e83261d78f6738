"""Two evidence folders held against each other: what one facility says it gave, and the other that it took over.

Trusts neither: what is compared are the words of both, as far as each folder is whole (which the caller verifies).
Each facility names its products itself: they are compared by substance, form and strength; a lot by the name that it
has by now, whichever of them corrected it. People are matched only by IINs that both folders open, each opening checked
against its commitment.
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ledger.domain.kind import local_day
from ledger.errors import BytesRejected, OpeningRejected
from ledger.log.canonical import from_bytes
from ledger.log.checkpoint import read_unverified
from ledger.log.merkle import leaf_hash
from ledger.log.sealed import verify_opening
from ledger.log.tiles import WIDTH
from ledger.service.sources import Source

AGREES, OPEN, DIFFERS, NOT_THERE, REVERSED, TWICE = "agrees", "open", "differs", "not_there", "reversed", "twice"
WRONG = frozenset({DIFFERS, NOT_THERE, REVERSED, TWICE})
"""What cannot be right in both registers. What is still open may only be on its way."""

_SUPPLIES = ("dispense.discharge", "dispense.outpatient")
_GIVEN = {"dispense.discharge": "discharge", "dispense.outpatient": "discharge", "stock.sent": "transfer"}
_TAKEN = {"discharge": "dispense.acknowledged", "transfer": "stock.arrived"}
_NOTICED = {
    "acknowledged": "dispense.acknowledged", "arrived": "stock.arrived", "died": "patient.died",
    "returned": "unused.returned",
}  # fmt: skip
_KEPT = frozenset({*_GIVEN, *_TAKEN.values(), *_NOTICED.values(), "notice.received", "lot.corrected"})
_IIN = "body.identity.iin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`kind`: discharge, transfer, notice or supply; *seq* of *log* beside *other_seq* of *other_log*, None where there
    is none.
    """

    kind: str
    state: str
    log: str
    seq: int | None
    other_log: str
    other_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    seq: int
    id: str
    leaf: str
    type: str
    at: str
    body: dict[str, Any]

    @property
    def when(self) -> tuple[str, int]:
        return self.at, self.seq


@dataclass(slots=True)
class Told:
    """What one folder says, as far as another one could know of it."""

    log: str = ""
    bin: str = ""
    zone: str = ""
    entries: dict[str, _Entry] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    people: dict[str, str] = field(default_factory=dict)
    """IIN → patient; empty where the folder opens none."""
    products: dict[str, tuple[str, ...]] = field(default_factory=dict)
    courses: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    renamed: list[_Entry] = field(default_factory=list)
    """The corrections of a lot's name that stand, in the order of their times."""

    def standing(self, *types: str) -> Iterator[_Entry]:
        return (each for each in self.entries.values() if each.type in types and each.id not in self.reversed)

    def count(self, entries: Iterable[_Entry], other: "Told", there: _Entry) -> Counter[tuple[str, ...]]:
        """Units by substance, form, strength and lot: its name by now, here and then at *other* since *there*."""
        found: Counter[tuple[str, ...]] = Counter()
        for entry in entries:
            for line in self._lines(entry):
                kind = self._kind(line["product"])
                name = other.name_now(kind, self.name_now(kind, line["lot"], entry), there)
                found[*kind, name] += line["units"]
        return found

    def name_now(self, kind: tuple[str, ...], lot: str, since: _Entry) -> str:
        """What packs are called by now that were called *lot* at *since*."""
        when = since.when
        for entry in self.renamed:
            body = entry.body
            if entry.when > when and body["lot"] == lot and self._kind(body["product"]) == kind:
                lot, when = body["to_lot"], entry.when
        return lot

    def _kind(self, product: str) -> tuple[str, ...]:
        return self.products.get(product, (product,))

    def substance(self, supply: _Entry) -> str:
        return self._kind(self.courses.get(supply.body["prescription"], ""))[0]

    def patient(self, supply: _Entry) -> str:
        patient: str = supply.body["patient"]
        while patient in self.kept:
            patient = self.kept[patient]
        return patient

    def days(self, supply: _Entry) -> tuple[date, date]:
        """The first and the last that it is for."""
        first_on = date.fromisoformat(local_day(supply.at, self.zone))
        return first_on, first_on + timedelta(days=supply.body["days_supply"] - 1)

    def _lines(self, entry: _Entry) -> list[dict[str, Any]]:
        if entry.type in _SUPPLIES:
            product = self.courses.get(entry.body["prescription"], "")
            return [{"product": product, **lot} for lot in entry.body["lots"]]
        lines: list[dict[str, Any]] = entry.body["lines"]
        return lines


def read_told(source: Source) -> Told:
    """One folder, read entry by entry. Raises `EvidenceRejected` without a readable head, `BytesRejected`."""
    note = source.checkpoint()
    if note is None:
        raise BytesRejected("checkpoint_missing")
    size, told, registered = read_unverified(note).size, Told(), {}
    ids: dict[int, str] = {}
    for start in range(0, size, WIDTH):
        for seq, data in enumerate(source.bundle(start // WIDTH, min(WIDTH, size - start)).entries, start):
            said = from_bytes(data)["statement"]
            if said["type"] in _KEPT:
                ids[seq] = said["id"]
                told.entries[said["id"]] = _Entry(
                    seq=seq, id=said["id"], leaf=leaf_hash(data).hex(), type=said["type"], at=said["occurred_at"],
                    body=said["body"],
                )  # fmt: skip
            elif said["type"] == "patient.registered":
                registered[seq] = said
            else:
                _learn(told, said, ids)
    for line in source.openings() or ():
        opening = from_bytes(line.rstrip(b"\n"))
        if opening["path"] == _IIN and opening["seq"] in registered:
            _open(told, registered[opening["seq"]], opening)
    renamed = (each for each in told.standing("lot.corrected") if "to_lot" in each.body)
    told.renamed = sorted(renamed, key=lambda each: each.when)
    return told


def _learn(told: Told, said: dict[str, Any], ids: dict[int, str]) -> None:
    body = said["body"]
    match said["type"]:
        case "facility.opened":
            told.log, told.bin, told.zone = said["log"], body["bin"], body["zone"]
        case "product.listed":
            told.products[body["product"]] = (body["inn"], body["form"], *body["strength"].values())
        case "prescription.issued" | "prescription.transcribed":
            told.courses[body["prescription"]] = body["product"]
        case "patients.merged":
            told.kept[body["drop"]] = body["keep"]
        case "entry.reversed":
            told.reversed.add(body["id"] if "id" in body else ids.get(body["seq"], ""))


def _open(told: Told, said: dict[str, Any], opening: dict[str, Any]) -> None:
    try:
        verify_opening(
            said["sealed"].get(_IIN, ""), opening["value"], key=b64decode(opening["key"]), log=said["log"],
            id=said["id"], path=_IIN,
        )  # fmt: skip
    except OpeningRejected:
        return
    told.people[opening["value"]] = said["body"]["patient"]


def compare(one: Told, other: Told) -> list[Pair]:
    """All that either says of the other, then whom both supplied with a substance for the same days."""
    return [*_between(one, other), *_between(other, one), *_supplied_twice(one, other)]


def _between(giver: Told, taker: Told) -> Iterator[Pair]:
    """What *giver* gave to *taker*, and what it heard back from there."""

    def pair(kind: str, state: str, seq: int | None, other_seq: int | None) -> Pair:
        return Pair(kind=kind, state=state, log=giver.log, seq=seq, other_log=taker.log, other_seq=other_seq)

    taken: dict[tuple[str, str], list[_Entry]] = {}
    for entry in taker.standing(*_TAKEN.values()):
        if entry.body["from_log"] == giver.log:
            taken.setdefault((entry.type, entry.body["from_id"]), []).append(entry)
    for given in giver.entries.values():
        kind = _GIVEN.get(given.type, "")
        found = taken.pop((_TAKEN.get(kind, ""), given.id), [])
        if found:
            yield pair(kind, _state(giver, given, taker, found), given.seq, found[0].seq)
        elif given.id not in giver.reversed and _is_for(given, taker):
            yield pair(kind, OPEN, given.seq, None)
    for (type, _), entries in taken.items():
        kind = next(kind for kind, of in _TAKEN.items() if of == type)
        yield pair(kind, NOT_THERE, None, entries[0].seq)
    for notice in giver.standing("notice.received"):
        if notice.body["from_log"] == taker.log:
            source = taker.entries.get(notice.body["from_id"])
            is_it = source is not None and source.type == _NOTICED[notice.body["kind"]]
            state = NOT_THERE if source is None or not is_it else REVERSED if source.id in taker.reversed else AGREES
            yield pair("notice", state, notice.seq, source.seq if source is not None and is_it else None)


def _state(giver: Told, given: _Entry, taker: Told, found: list[_Entry]) -> str:
    if given.id in giver.reversed:
        return REVERSED
    names_it = all(each.body.get("from_leaf", given.leaf) == given.leaf for each in found)
    is_all = giver.count([given], taker, found[0]) == taker.count(found, giver, given)
    return AGREES if names_it and is_all else DIFFERS


def _is_for(given: _Entry, taker: Told) -> bool:
    return given.body.get("to_log") == taker.log or given.body.get("home_phc_bin") == taker.bin


def _supplied_twice(one: Told, other: Told) -> Iterator[Pair]:
    theirs: dict[tuple[str, str], list[_Entry]] = {}
    for supply in other.standing(*_SUPPLIES):
        theirs.setdefault((other.patient(supply), other.substance(supply)), []).append(supply)
    known = {patient: other.people[iin] for iin, patient in one.people.items() if iin in other.people}
    for supply in one.standing(*_SUPPLIES):
        first_on, last_on = one.days(supply)
        there = known.get(one.patient(supply), "")
        for second in theirs.get((there, one.substance(supply)), ()):
            begins_on, ends_on = other.days(second)
            if begins_on <= last_on and first_on <= ends_on:
                yield Pair(kind="supply", state=TWICE, log=one.log, seq=supply.seq, other_log=other.log,
                           other_seq=second.seq)  # fmt: skip
