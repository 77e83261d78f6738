"""A numbered downtime sheet: what lies at the place as it is printed, and the empty lines to be entered later. Pure.

The balances are derived from the first entry on: every movement of what lies there goes along.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.errors import NotFound
from ledger.log.canonical import to_timestamp
from reports.count import OnLot
from reports.model import Frame, Place, Product, Signatory
from reports.movements import Derived, Entries, Entry, derive_movements, gather_entries, ids, refers_to, statement
from reports.naming import Names, names_in, place_of, product_of
from reports.provenance import Provenance, about, build_provenance, get_statement, signatories_of
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on

_ISSUED = "sheet.issued"
_PLACES = ("place", "from_place", "to_place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    product: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The sheet of entry `by.seq` with `lines` empty lines; `balances` are of its place at `frame.as_known`.

    `on_lots` is how resolved totals lie on lots, as the ledger judged it.
    """

    frame: Frame
    by: Provenance
    sheet_no: str
    place: Place
    lines: int
    products: tuple[Product, ...] = ()
    balances: tuple[Balance, ...] = ()
    on_lots: tuple[OnLot, ...] = ()


def gather_sheet(entries: Iterable[tuple[int, Entry]], seq: int) -> dict[int, Entry]:
    """What the sheet of entry *seq* and the stock of its place rest on. Raises `NotFound`: it is no sheet."""
    kept = {number: entry for number, entry in entries if number == seq}
    place = get_statement(kept, seq, _ISSUED)["body"]["place"]
    products = sorted({product for _, entry in entries for product in _products_at(statement(entry), place)})
    by_id = ids(kept)
    said_of_it = {n: entry for n, entry in entries if seq in refers_to(entry, by_id)}
    found = kept | gather_entries(entries, *products) | said_of_it
    moved = {move.seq for product in products for move in _movements(found, product, place, ())}
    needed = rest_on(
        {seq} | moved | about(found, {seq}), found, products=products, places={place}, known_seq=max(found)
    )
    return {number: found[number] for number in needed}


def _products_at(said: Mapping[str, Any], place: str) -> Iterator[str]:
    body = said["body"]
    if said["type"].startswith("stock.") and place in (body.get(name) for name in _PLACES):
        yield from (line["product"] for line in body["lines"])


def _movements(entries: Entries, product: str, place: str, on_lots: Iterable[OnLot]) -> list[Derived]:
    spread: dict[int, list[tuple[str, int]]] = {}
    for each in on_lots:
        if each.product == product:
            spread.setdefault(each.seq, []).append((each.lot, each.units))
    return [move for move in derive_movements(entries, product, spread=spread) if move.place == place]


def build_sheet(entries: Entries, names: Names, *, frame: Frame, seq: int, on_lots: Iterable[OnLot] = ()) -> Sheet:
    """The sheet of entry *seq*, with what lies at its place at `frame.as_known`. Raises `NotFound`."""
    entries = {number: entry for number, entry in entries.items() if number <= frame.as_known.seq}
    body = get_statement(entries, seq, _ISSUED)["body"]
    until_at = to_timestamp(frame.as_known.at)
    on_lots = tuple(each for each in on_lots if each.seq in entries)
    listed = {
        statement(each)["body"]["product"] for each in entries.values() if statement(each)["type"] == "product.listed"
    }
    balances = []
    for product in sorted(listed):
        units = Counter[str]()
        for move in _movements(entries, product, body["place"], on_lots):
            if move.at <= until_at:
                units[move.lot] += move.units
        balances += [Balance(product=product, lot=lot, units=n) for lot, n in sorted(units.items()) if n]
    by = build_provenance(entries, names, frame, seq)
    lines_to_sign = (*signatories_of(by, "sheet_issued", "present"), Signatory(meaning="sheet_entered"))
    return Sheet(
        frame=replace(frame, signatories=lines_to_sign),
        by=by,
        sheet_no=body["sheet_no"],
        place=place_of(entries, body["place"]),
        lines=body["lines"],
        products=tuple(product_of(entries, each) for each in dict.fromkeys(b.product for b in balances)),
        balances=tuple(balances),
        on_lots=on_lots,
    )


def needed_by_sheet(sheet: Sheet, entries: Entries) -> set[int]:
    known_seq, seq = sheet.frame.as_known.seq, sheet.by.seq
    known = {number: entry for number, entry in entries.items() if number <= known_seq}
    listed = {statement(e)["body"]["product"] for e in known.values() if statement(e)["type"] == "product.listed"}
    moved = {move.seq for each in listed for move in _movements(known, each, sheet.place.id, sheet.on_lots)}
    seqs = {seq} | moved | about(known, {seq})
    return rest_on(seqs, known, products=listed, places={sheet.place.id}, known_seq=known_seq)


def find_sheet_differences(sheet: Sheet, entries: Entries) -> Iterator[Difference]:
    """Everything in *sheet* that does not follow from *entries*; names, and lots of resolved totals, are claimed."""
    yield from find_frame_differences(sheet.frame, entries)
    try:
        again = build_sheet(entries, names_in(sheet), frame=sheet.frame, seq=sheet.by.seq, on_lots=sheet.on_lots)
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again != sheet:
        yield Difference("totals_differ")
