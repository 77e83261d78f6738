"""A stock count: what was found, what the book says at that moment, how each difference was resolved since. Pure.

The book is derived from the first entry on: every movement of the counted products at the place goes along.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.errors import NotFound
from ledger.log.canonical import to_timestamp
from reports.model import Frame, Place, Product
from reports.movements import Derived, Entries, Entry, derive_movements, gather_entries, ids, refers_to, statement
from reports.naming import Names, names_in, place_of, product_of
from reports.provenance import Provenance, about, build_provenance, get_statement
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on

_COUNTED = "stock.counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What the book was changed by for a difference, and from what cause; `by.reversed_by`: it does not stand."""

    by: Provenance
    cause: str
    difference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLine:
    """One line of a count. `book` is what the book says at the count as known now, `book_then` as known when it was
    entered; `open` is what is still to be resolved: `difference` without the resolutions that stand. `lot` is "" where
    a product's total was counted.
    """

    number: int
    product: str
    lot: str
    counted: int
    book_then: int
    book: int
    difference: int
    resolutions: tuple[Resolution, ...] = ()
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLot:
    """So many units of the total that entry `seq` resolved lie on this lot, as the ledger judged it."""

    seq: int
    product: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The count of entry `by.seq` at one place."""

    frame: Frame
    by: Provenance
    place: Place
    purpose: str
    blind: bool
    products: tuple[Product, ...]
    lines: tuple[CountLine, ...]
    on_lots: tuple[OnLot, ...] = ()


def gather_count(entries: Iterable[tuple[int, Entry]], seq: int) -> dict[int, Entry]:
    """The entries that the count of entry *seq* rests on. Raises `NotFound`: it is no count."""
    said = get_statement({n: entry for n, entry in entries if n == seq}, seq, _COUNTED)
    return gather_entries(entries, *{line["product"] for line in said["body"]["lines"]})


def build_count(entries: Entries, names: Names, *, frame: Frame, seq: int, on_lots: Iterable[OnLot] = ()) -> Count:
    """The count of entry *seq* as known at `frame.as_known`. *on_lots*: how resolved totals lie on lots.

    Raises `NotFound` where it is none, `KeyError` where an entry is missing that another refers to.
    """
    entries = {n: entry for n, entry in entries.items() if n <= frame.as_known.seq}
    body = get_statement(entries, seq, _COUNTED)["body"]
    products = tuple(sorted({line["product"] for line in body["lines"]}))
    on_lots = tuple(
        sorted((each for each in on_lots if each.product in products), key=lambda each: (each.seq, each.lot))
    )
    book = _Book(entries, body["place"], seq, on_lots)
    moved = {product: book.movements(product) for product in products}
    now = {product: book.until(moves) for product, moves in moved.items()}
    then = {product: book.then(product) for product in products}
    resolutions = _resolutions(entries, names, frame, seq)
    lines = []
    for n, line in enumerate(body["lines"]):
        product, lot = line["product"], line.get("lot", "")
        resolved = tuple(resolutions.get(n, ()))
        difference = line["units"] - _sum(now[product], lot)
        standing = sum(each.difference for each in resolved if each.by.reversed_by is None)
        lines.append(
            CountLine(
                number=n + 1,
                product=product,
                lot=lot,
                counted=line["units"],
                book_then=_sum(then[product], lot),
                book=_sum(now[product], lot),
                difference=difference,
                resolutions=resolved,
                open=difference - standing,
            )
        )
    return Count(
        frame=frame,
        by=build_provenance(entries, names, frame, seq),
        place=place_of(entries, body["place"]),
        purpose=body["purpose"],
        blind=body["blind"],
        products=tuple(product_of(entries, product) for product in products),
        lines=tuple(lines),
        on_lots=on_lots,
    )


def _sum(moves: Iterable[Derived], lot: str) -> int:
    return sum(move.units for move in moves if lot in ("", move.lot))


@dataclass(frozen=True, slots=True)
class _Book:
    """What lay at *place* at the moment of the count *seq*; what came into effect with it or after is not in it."""

    entries: Entries
    place: str
    seq: int
    on_lots: tuple[OnLot, ...]

    def movements(self, product: str) -> list[Derived]:
        return self._derive(self.entries, product)

    def until(self, moves: Iterable[Derived]) -> list[Derived]:
        at: str = statement(self.entries[self.seq])["occurred_at"]
        return [move for move in moves if (move.at, move.order) < (at, self.seq)]

    def then(self, product: str) -> list[Derived]:
        return self.until(self._derive({n: entry for n, entry in self.entries.items() if n < self.seq}, product))

    def _derive(self, entries: Entries, product: str) -> list[Derived]:
        spread: dict[int, list[tuple[str, int]]] = {}
        for each in self.on_lots:
            if each.product == product:
                spread.setdefault(each.seq, []).append((each.lot, each.units))
        return [move for move in derive_movements(entries, product, spread=spread) if move.place == self.place]


def _resolutions(entries: Entries, names: Names, frame: Frame, seq: int) -> dict[int, list[Resolution]]:
    """By line of the count *seq*."""
    by_id = ids(entries)
    found: dict[int, list[Resolution]] = {}
    for n, entry in sorted(entries.items()):
        said = statement(entry)
        if said["type"] == "discrepancy.resolved" and seq in refers_to(entry, by_id):
            body = said["body"]
            by = build_provenance(entries, names, frame, n)
            line = int(body["discrepancy"].rpartition(":")[2])
            found.setdefault(line, []).append(Resolution(by=by, cause=body["cause"], difference=body["difference"]))
    return found


# what it rests on


def needed_by_count(count: Count, entries: Entries) -> set[int]:
    at, known_seq, seq = to_timestamp(count.by.at), count.frame.as_known.seq, count.by.seq
    entries = {n: entry for n, entry in entries.items() if n <= known_seq}
    book = _Book(entries, count.place.id, seq, count.on_lots)
    seqs = {m.seq for product in count.products for m in book.movements(product.id) if m.at <= at}
    acts = {seq} | {each.by.seq for line in count.lines for each in line.resolutions}
    return rest_on(
        seqs | acts | about(entries, acts),
        entries,
        products={product.id for product in count.products},
        places={count.place.id},
        known_seq=known_seq,
    )


def find_count_differences(count: Count, entries: Entries) -> Iterator[Difference]:
    """Everything in *count* that does not follow from *entries*; names, and lots of resolved totals, are claimed."""
    yield from find_frame_differences(count.frame, entries)
    if count.by.seq not in entries:
        yield Difference("row_without_entry", count.by.seq)
        return
    try:
        again = build_count(entries, names_in(count), frame=count.frame, seq=count.by.seq, on_lots=count.on_lots)
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again == count:
        return
    for line, other in zip(count.lines, again.lines, strict=False):
        if line != other:
            yield Difference("row_differs", count.by.seq, {"number": line.number})
            return
    yield Difference("totals_differ")
