"""A destruction by commission: what was destroyed, how, before whom; of a sealed bag what was put into it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.errors import NotFound
from reports.model import Frame, Person, Place, Product
from reports.movements import Entries, Entry, ids, refers_to, statement, undone_by
from reports.naming import Names, names_in, person_of, place_of, product_of
from reports.provenance import Provenance, about, build_provenance, get_statement
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on

_DESTROYED = "destruction.performed"
_SUPPLIES = frozenset({"dispense.outpatient", "dispense.discharge"})
_COURSES = frozenset({"prescription.issued", "prescription.transcribed"})
_SEALING = {"unused.returned": "returned", "empties.collected": "empties", "custody.opened": "opened"}
"""Type of the entry that sealed a bag: the bag's kind. A reversal that sealed the packs makes one of `reversed`."""
_KEPT = (
    _SUPPLIES
    | _COURSES
    | _SEALING.keys()
    | {"facility.opened", "regulation.adopted", "key.enrolled", "key.revoked", "place.opened", "product.listed"}
    | {"entry.reversed", "entry.countersigned", "claim.settled", "dispense.acknowledged", "home.opened"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Units of a lot ("" where it was not read); of collected empties, `partial` of them partly used."""

    product: str
    lot: str
    units: int
    partial: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """A sealed bag: by entry `seq`, `at`; `kind` is returned, empties, opened or reversed."""

    seal: str
    kind: str
    seq: int
    at: datetime
    patient: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A sealed `bag`, or packs out of the stock of `place`."""

    number: int
    bag: Bag | None = None
    place: str | None = None
    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What was destroyed of one product: unopened units, and empty or partly used ones."""

    product: Product
    unopened: int
    empties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """The act of entry `by.seq`. `method` is "" where it was told in the site's own words, which are sealed."""

    frame: Frame
    by: Provenance
    act_no: str
    method: str
    place: Place
    commission: tuple[Person, ...]
    items: tuple[Item, ...]
    places: tuple[Place, ...] = ()
    sums: tuple[Sum, ...]


def gather_destruction(entries: Iterable[tuple[int, Entry]], seq: int) -> dict[int, Entry]:
    """Entry *seq* and all that may have sealed a bag. Raises `NotFound`: it is no destruction."""
    kept = {n: entry for n, entry in entries if n == seq or statement(entry)["type"] in _KEPT}
    get_statement(kept, seq, _DESTROYED)
    return kept


def build_destruction(entries: Entries, names: Names, *, frame: Frame, seq: int) -> Destruction:
    """The destruction of entry *seq* as known at `frame.as_known`.

    Raises `NotFound` where it is none or a seal has no entry, `KeyError` where an entry is missing that another
    refers to.
    """
    entries = {n: entry for n, entry in entries.items() if n <= frame.as_known.seq}
    body = get_statement(entries, seq, _DESTROYED)["body"]
    sealings = find_sealings(entries, seq)
    items = tuple(_item(entries, sealings, n, item) for n, item in enumerate(body["items"], start=1))
    return Destruction(
        frame=frame,
        by=build_provenance(entries, names, frame, seq),
        act_no=body["act_no"],
        method=body.get("method", ""),
        place=place_of(entries, body["place"]),
        commission=tuple(person_of(names, each) for each in body["commission"]),
        items=items,
        places=tuple(place_of(entries, each) for each in sorted({item.place for item in items if item.place})),
        sums=tuple(_sums(entries, items)),
    )


def _item(entries: Entries, sealings: Mapping[str, int], number: int, item: Mapping[str, Any]) -> Item:
    if "seal_no" not in item:
        content = Content(product=item["product"], lot=item["lot"], units=item["units"])
        return Item(number=number, place=item["place"], contents=(content,))
    if item["seal_no"] not in sealings:
        raise NotFound(f"seal {item['seal_no']}")
    sealed = sealings[item["seal_no"]]
    said = statement(entries[sealed])
    bag = Bag(
        seal=item["seal_no"],
        kind=_SEALING.get(said["type"], "reversed"),
        seq=sealed,
        at=datetime.fromisoformat(said["occurred_at"]),
        patient=said["body"].get("patient"),
    )
    return Item(number=number, bag=bag, contents=tuple(_contents(entries, sealed)))


def find_sealings(entries: Entries, before: int) -> dict[str, int]:
    """By its number, the entry that sealed a bag: the last one *before* an entry that stands."""
    by_id = ids(entries)
    undone = {each for n, entry in entries.items() if n < before for each in undone_by(entry, by_id)}
    return {
        statement(entry)["body"]["seal_no"]: n
        for n, entry in sorted(entries.items())
        if n < before
        and n not in undone
        and statement(entry)["type"] in (*_SEALING, "entry.reversed")
        and "seal_no" in statement(entry)["body"]
    }


def _contents(entries: Entries, sealed: int) -> Iterator[Content]:
    said = statement(entries[sealed])
    body = said["body"]
    match said["type"]:
        case "unused.returned":
            for line in body["lines"]:
                units = line["intact"] + line["broken"]
                yield Content(product=line["product"], lot=line.get("lot", ""), units=units)
        case "empties.collected":
            for line in body["lines"]:
                units = line["empty"] + line["partial"]
                yield Content(product=line["product"], lot=line["lot"], units=units, partial=line["partial"])
        case "custody.opened":
            for line in body["lines"]:
                yield Content(product=line["product"], lot=line["lot"], units=line["units"])
        case _:
            (original,) = refers_to(entries[sealed], ids(entries))
            for line in _supplied(entries, original):
                yield Content(product=line["product"], lot=line["lot"], units=line["units"])


def _supplied(entries: Entries, seq: int) -> list[Mapping[str, Any]]:
    """What an entry gave to a home: lines with their product."""
    said = statement(entries[seq])
    if said["type"] not in _SUPPLIES:
        lines: list[Mapping[str, Any]] = said["body"]["lines"]
        return lines
    courses = {
        statement(entry)["body"]["prescription"]: statement(entry)["body"]["product"]
        for n, entry in sorted(entries.items())
        if n < seq and statement(entry)["type"] in _COURSES
    }
    product = courses[said["body"]["prescription"]]
    return [{"product": product, **lot} for lot in said["body"]["lots"]]


def _sums(entries: Entries, items: Iterable[Item]) -> Iterator[Sum]:
    told = [(item.bag is not None and item.bag.kind == "empties", each) for item in items for each in item.contents]
    for product in sorted({each.product for _, each in told}):
        of_it = [(is_empty, each.units) for is_empty, each in told if each.product == product]
        yield Sum(
            product=product_of(entries, product),
            unopened=sum(units for is_empty, units in of_it if not is_empty),
            empties=sum(units for is_empty, units in of_it if is_empty),
        )


# what it rests on


def needed_by_destruction(destruction: Destruction, entries: Entries) -> set[int]:
    known_seq = destruction.frame.as_known.seq
    entries = {n: entry for n, entry in entries.items() if n <= known_seq}
    seqs = {destruction.by.seq} | {item.bag.seq for item in destruction.items if item.bag is not None}
    return rest_on(
        seqs | about(entries, {destruction.by.seq}),
        entries,
        products={each.product.id for each in destruction.sums},
        places={destruction.place.id, *(each.id for each in destruction.places)},
        known_seq=known_seq,
    )


def find_destruction_differences(destruction: Destruction, entries: Entries) -> Iterator[Difference]:
    """Everything in *destruction* that does not follow from *entries*; the names stand on the facility's word."""
    yield from find_frame_differences(destruction.frame, entries)
    seq = destruction.by.seq
    if seq not in entries:
        yield Difference("row_without_entry", seq)
        return
    try:
        again = build_destruction(entries, names_in(destruction), frame=destruction.frame, seq=seq)
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again == destruction:
        return
    for item, other in zip(destruction.items, again.items, strict=False):
        if item != other:
            yield Difference("row_differs", seq, {"number": item.number})
            return
    yield Difference("totals_differ")


def subjects_of_destruction(destruction: Destruction) -> tuple[str, ...]:
    """The patients whose bags were destroyed."""
    bags = (item.bag for item in destruction.items)
    return tuple(sorted({bag.patient for bag in bags if bag is not None and bag.patient is not None}))
