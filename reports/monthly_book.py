"""The month as its entries tell it: movements folded by product and place, the last counts, who sealed it. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ledger.log.canonical import to_timestamp
from reports.count import OnLot
from reports.model import Frame, Period
from reports.monthly import LastCount, Lay, Monthly, PlaceMonth, ProductMonth, month_of
from reports.movements import (
    OPENING,
    Derived,
    Entries,
    Entry,
    derive_movements,
    gather_entries,
    ids,
    refers_to,
    statement,
    undone_by,
)
from reports.naming import Names, place_of, product_of
from reports.provenance import build_provenance
from reports.register import bounds_of


def gather_monthly(entries: Iterable[tuple[int, Entry]], product: str | None) -> dict[int, Entry]:
    """The entries that the months of *product*, or of all, rest on."""
    listed = (statement(entry) for _, entry in entries)
    products = [said["body"]["product"] for said in listed if said["type"] == "product.listed"]
    return gather_entries(entries, *(each for each in products if product in (None, each)))


def build_monthly(
    entries: Entries,
    names: Names,
    *,
    frame: Frame,
    period: Period,
    product: str | None = None,
    place: str | None = None,
    on_lots: Iterable[OnLot] = (),
    lay: Iterable[Lay] | None = None,
) -> Monthly:
    """The figures of *period* at `frame.as_known`. *lay*: what lay where before it; None: the entries tell that too.

    Raises `NotFound` for a product or place that no entry names, `KeyError` where an entry is missing that another
    refers to.
    """
    book = MonthBook(entries, names, frame, period, place, tuple(on_lots), None if lay is None else tuple(lay))
    shown = {} if product is None else {product: book.month(product)}
    if product is None:
        shown = {each: month for each in book.listed() if (month := book.month(each)).places}
    places = {each.place for month in shown.values() for each in month.places} | ({place} if place else set())
    sealed = book.sealed
    return Monthly(
        frame=frame,
        period=period,
        product=product,
        place=place,
        places=tuple(place_of(entries, each) for each in sorted(places)),
        products=tuple(shown[each] for each in sorted(shown)),
        approved=None if sealed is None else build_provenance(book.entries, names, frame, sealed),
        lay=tuple(each for name in sorted(shown) for each in book.lay_of(name)),
        on_lots=tuple(sorted(book.spread_used(shown), key=lambda each: (each.product, each.seq, each.lot))),
    )


class MonthBook:
    def __init__(
        self,
        entries: Entries,
        names: Names,
        frame: Frame,
        period: Period,
        place: str | None,
        on_lots: tuple[OnLot, ...],
        lay: tuple[Lay, ...] | None,
    ) -> None:
        self.entries = {seq: entry for seq, entry in entries.items() if seq <= frame.as_known.seq}
        self.frame, self.period, self.place, self.on_lots, self.claimed = frame, period, place, on_lots, lay
        self.start, end = bounds_of(period, frame.facility.zone)
        self.end = min(end, to_timestamp(frame.as_known.at + timedelta(microseconds=1)))
        self.by_id = ids(self.entries)
        self.undone = {seq for entry in self.entries.values() for seq in undone_by(entry, self.by_id)}
        self.counts = tuple(self._counts_in_period())
        self.sealed = self._find_sealed()
        self._moved: dict[str, list[Derived]] = {}

    def listed(self) -> Iterator[str]:
        for entry in self.entries.values():
            said = statement(entry)
            if said["type"] == "product.listed":
                yield said["body"]["product"]

    def moved(self, product: str) -> list[Derived]:
        """What moved up to the end of the period, at the place of the report."""
        if product not in self._moved:
            spread: dict[int, list[tuple[str, int]]] = {}
            for each in self.on_lots:
                if each.product == product:
                    spread.setdefault(each.seq, []).append((each.lot, each.units))
            opening = [
                Derived(OPENING, "", OPENING, each.place, each.lot, each.units)
                for each in self.claimed or ()
                if each.product == product
            ]
            since = "" if self.claimed is None else self.start
            told = derive_movements(self.entries, product, spread=spread, opening=opening, since=since)
            moved = [move for move in (*opening, *told) if move.at < self.end]
            self._moved[product] = [move for move in moved if self.place in (None, move.place)]
        return self._moved[product]

    def lay_of(self, product: str) -> list[Lay]:
        sums: dict[tuple[str, str], int] = {}
        for move in self.moved(product):
            if move.at < self.start:
                sums[move.place, move.lot] = sums.get((move.place, move.lot), 0) + move.units
        return [
            Lay(product=product, place=place, lot=lot, units=units)
            for (place, lot), units in sorted(sums.items())
            if units
        ]

    def spread_used(self, products: Iterable[str]) -> Iterator[OnLot]:
        seqs = {(product, move.seq) for product in products for move in self.moved(product) if move.at >= self.start}
        return (each for each in self.on_lots if (each.product, each.seq) in seqs)

    def month(self, product: str) -> ProductMonth:
        counts = self._counts(product)
        places = {move.place for move in self.moved(product)} | counts.keys()
        months = [self._at(product, place, counts.get(place)) for place in sorted(places)]
        shown = tuple(each for each in months if each.opening or each.came or each.went or each.count)
        return ProductMonth(
            product=product_of(self.entries, product),
            opening=sum(each.opening for each in shown),
            came=sum(each.came for each in shown),
            went=sum(each.went for each in shown),
            closing=sum(each.closing for each in shown),
            places=shown,
            sealed=self._sealed_closing(product),
        )

    def _at(self, product: str, place: str, counted: int | None) -> PlaceMonth:
        here = [move for move in self.moved(product) if move.place == place]
        opening = sum(move.units for move in here if move.at < self.start)
        during = [move for move in here if move.at >= self.start]
        came = sum(move.units for move in during if (move.units > 0) == (move.seq == move.order))
        went = -sum(move.units for move in during if (move.units > 0) != (move.seq == move.order))
        count = None if counted is None else self._count(product, here, counted)
        closing = opening + came - went
        return PlaceMonth(place=place, opening=opening, came=came, went=went, closing=closing, count=count)

    def _counts_in_period(self) -> Iterator[int]:
        for seq, entry in sorted(self.entries.items(), key=lambda each: (statement(each[1])["occurred_at"], each[0])):
            said = statement(entry)
            if said["type"] == "stock.counted" and self.start <= said["occurred_at"] < self.end:
                if seq not in self.undone and self.place in (None, said["body"]["place"]):
                    yield seq

    def _counts(self, product: str) -> dict[str, int]:
        """By place: the last count of *product* there."""
        found = {}
        for seq in self.counts:
            body = statement(self.entries[seq])["body"]
            if any(line["product"] == product for line in body["lines"]):
                found[body["place"]] = seq
        return found

    def _count(self, product: str, here: list[Derived], seq: int) -> LastCount:
        said = statement(self.entries[seq])
        lines = [(n, line) for n, line in enumerate(said["body"]["lines"]) if line["product"] == product]
        lines = [each for each in lines if "lot" not in each[1]] or lines
        lots = {line.get("lot", "") for _, line in lines}
        before = [move for move in here if (move.at, move.order) < (said["occurred_at"], seq)]
        book = sum(move.units for move in before if "" in lots or move.lot in lots)
        units = sum(line["units"] for _, line in lines)
        numbers = {n for n, _ in lines}
        standing = sum(body["difference"] for n, body in self._resolved(seq) if n in numbers)
        return LastCount(
            seq=seq,
            at=datetime.fromisoformat(said["occurred_at"]),
            counted=units,
            book=book,
            difference=units - book,
            open=units - book - standing,
            partial=any(_sums(before)[lot] for lot in _sums(before) if "" not in lots and lot not in lots),
        )

    def _resolved(self, count: int) -> Iterator[tuple[int, dict[str, int]]]:
        for seq, entry in self.entries.items():
            said = statement(entry)
            if said["type"] == "discrepancy.resolved" and seq not in self.undone:
                if count in refers_to(entry, self.by_id):
                    yield int(said["body"]["discrepancy"].rpartition(":")[2]), said["body"]

    def _find_sealed(self) -> int | None:
        """The entry that sealed the period, where it is one whole month of the whole facility."""
        first_on = self.period.from_on
        if first_on is None or first_on.day != 1 or self.period != month_of(first_on):
            return None
        for seq, entry in self.entries.items():
            said = statement(entry)
            if said["type"] == "period.sealed" and said["body"]["period"] == first_on.strftime("%Y-%m"):
                return seq
        return None

    def _sealed_closing(self, product: str) -> int | None:
        sealed = self.sealed
        if sealed is None or self.place is not None:
            return None
        totals = statement(self.entries[sealed])["body"]["totals"]
        return next((each["closing"] for each in totals if each["product"] == product), None)


def _sums(moves: Iterable[Derived]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for move in moves:
        sums[move.lot] = sums.get(move.lot, 0) + move.units
    return sums
