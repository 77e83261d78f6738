"""What entries say about one product's stock, read from their statements alone (contract: "What the numbers mean").

The ledger keeps its own projections; this is a second derivation, from the bytes that are attached to a
report, and trusts nothing else: a report whose figures do not follow from its own entries is not issued.
Entries are the decoded ones of the contract's section 5, by `seq`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Entry = Mapping[str, Any]
Entries = Mapping[int, Entry]
Line = Mapping[str, Any]
Spread = Mapping[int, Sequence[tuple[str, int]]]
"""How a resolved total lies on the lots, (lot, signed units) by the resolution's seq: the ledger judged it once."""


OPENING = -(2**62)
"""In place of an entry's number: what lay where before. The entries before a new epoch are numbered …, -2, -1."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Stock of one product at a place: signed `units` of `lot`, told by entry `seq`.

    It is in effect `at` (canonical UTC text). Within that moment it stands in the place of entry `order`: what is
    taken back stands where its original does.
    `lot` is "" where a product's total was resolved and nobody says how it lies on the lots.
    """

    seq: int
    at: str
    order: int
    place: str
    lot: str
    units: int


def statement(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = entry["statement"]
    return found


def refers_to(entry: Entry, by_id: Mapping[str, int]) -> tuple[int, ...]:
    """The seqs of what a reversal, a settlement, a countersignature or a resolution is about, as far as they are known.

    By id that is what is among *by_id*.
    """
    said = statement(entry)
    body = said["body"]
    match said["type"]:
        case "discrepancy.resolved":
            named = [body["discrepancy"].rpartition(":")[0]]
        case "claim.settled":
            named = body["claims"]
        case "entry.reversed" | "entry.countersigned":
            if "seq" in body:
                return (body["seq"],)
            named = [body["id"]]
        case _:
            return ()
    return tuple(by_id[each] for each in named if each in by_id)


def undone_by(entry: Entry, by_id: Mapping[str, int]) -> tuple[int, ...]:
    """The seqs of what a reversal, or a settlement of claims that do not hold, undoes."""
    said = statement(entry)
    if said["type"] not in ("entry.reversed", "claim.settled"):
        return ()
    holds = by_id.get(said["body"].get("holds", ""))
    return tuple(seq for seq in refers_to(entry, by_id) if seq != holds)


def ids(entries: Entries) -> dict[str, int]:
    return {statement(entry)["id"]: seq for seq, entry in entries.items()}


def effect_at(seq: int, entries: Entries, by_id: Mapping[str, int]) -> str:
    """When an entry is in effect: a reversal at its original's time, a resolution at its count's, else at its own."""
    said = statement(entries[seq])
    if said["type"] in ("entry.reversed", "discrepancy.resolved"):
        for about in refers_to(entries[seq], by_id):
            if about in entries:
                return effect_at(about, entries, by_id)
    at: str = said["occurred_at"]
    return at


def resolved_line(entry: Entry, entries: Entries, by_id: Mapping[str, int]) -> tuple[dict[str, Any], Line] | None:
    """The count's statement and its line that a resolution is about; None: it is about empties, or not among them."""
    for seq in refers_to(entry, by_id):
        counted = statement(entries[seq])
        if counted["type"] == "stock.counted":
            return counted, counted["body"]["lines"][int(statement(entry)["body"]["discrepancy"].rpartition(":")[2])]
    return None


def derive_movements(
    entries: Entries,
    product: str,
    *,
    spread: Spread | None = None,
    opening: Iterable[Derived] = (),
    since: str = "",
    telling: "type[Telling] | None" = None,
) -> list[Derived]:
    """Every movement of *product* that the entries tell, in the order (at, order, seq).

    What an entry refers to must be among them: a dispensing its prescription, a reversal its original, a
    resolution its count. Raises `KeyError` where it is not. Where the entries are not all, what is before *since*
    counts as *opening* tells it. *telling* tells another account than stock in the same way.
    """
    tell = (telling or Telling)(entries, product, spread or {})
    told = [*opening, *(moved for moves in tell.all().values() for moved in moves if moved.at >= since)]
    sums: dict[tuple[str, int, int, str, str], int] = {}
    for moved in told:
        for each in (moved, *tell.carried(moved, since)):
            key = (each.at, each.order, each.seq, each.place, each.lot)
            sums[key] = sums.get(key, 0) + each.units
    return [
        Derived(seq, at, order, place, lot, units)
        for (at, order, seq, place, lot), units in sorted(sums.items(), key=lambda each: each[0][:3])
        if units and seq != OPENING
    ]


class Telling:
    """What each entry says was moved, and where corrections of a lot's name take it."""

    def __init__(self, entries: Entries, product: str, spread: Spread) -> None:
        self.entries = entries
        self.product = product
        self.spread = spread
        self.by_id = ids(entries)
        self.courses: dict[str, str] = {}
        self.renamed: list[tuple[str, int, str, str]] = []
        self.undone: dict[int, int] = {}

    def all(self) -> dict[int, list[Derived]]:
        """By seq. A prescription's id means the product that it was given for last."""
        told: dict[int, list[Derived]] = {}
        for seq, entry in sorted(self.entries.items()):
            said = statement(entry)
            body = said["body"]
            if said["type"] in _PRESCRIBED:
                self.courses[body["prescription"]] = body["product"]
            elif said["type"] == "lot.corrected" and body["product"] == self.product and "to_lot" in body:
                self.renamed.append((said["occurred_at"], seq, body["lot"], body["to_lot"]))
            told[seq] = [*self._taken_back(seq, entry, told), *self.moved(seq, said)]
        self.renamed.sort()
        return told

    def _taken_back(self, seq: int, entry: Entry, told: Mapping[int, list[Derived]]) -> Iterator[Derived]:
        said = statement(entry)
        undone = undone_by(entry, self.by_id)
        if said["type"] == "entry.reversed":
            if not undone:
                raise KeyError(said["body"]["id"])
            if said["body"]["packs"] != "never_left" and told[undone[0]]:
                return  # the packs are out, whatever became of the entry
        for original in undone:
            self.undone[original] = seq
            yield from (replace(moved, seq=seq, units=-moved.units) for moved in told[original])

    def moved(self, seq: int, said: Line) -> Iterator[Derived]:
        if said["type"] == "discrepancy.resolved":
            yield from self._resolved(seq, said["body"])
        for place, sign, lines in _sides(said, self.courses):
            for line in lines:
                if line["product"] == self.product:
                    yield Derived(seq, said["occurred_at"], seq, place, line["lot"], sign * line["units"])

    def _resolved(self, seq: int, body: Line) -> Iterator[Derived]:
        difference: int = body["difference"]
        found = resolved_line(self.entries[seq], self.entries, self.by_id)
        if not difference or found is None or found[1]["product"] != self.product:
            return
        counted, line = found
        parts = [(line["lot"], difference)] if "lot" in line else self.spread.get(seq, ())
        if sum(units for _, units in parts) != difference or any(units * difference <= 0 for _, units in parts):
            parts = [("", difference)]
        for lot, units in parts:
            yield Derived(seq, counted["occurred_at"], seq, counted["body"]["place"], lot, units)

    def carried(self, moved: Derived, since: str) -> Iterator[Derived]:
        """What corrections of the lot's name make of a movement before them, each at its own time, from *since* on.

        One that was reversed gives back what it took.
        """
        lot = moved.lot
        for at, seq, wrong, true in self.renamed:
            if lot != wrong or at < since or (at, seq) <= (moved.at, moved.order):
                continue
            yield Derived(seq, at, seq, moved.place, wrong, -moved.units)
            yield Derived(seq, at, seq, moved.place, true, moved.units)
            undone = self.undone.get(seq)
            if undone is None:
                lot = true
            else:
                yield Derived(undone, at, seq, moved.place, wrong, moved.units)
                yield Derived(undone, at, seq, moved.place, true, -moved.units)


def _sides(said: Line, courses: Mapping[str, str]) -> Iterator[tuple[str, int, Iterable[Line]]]:
    """(place, sign, lines) of what an act adds to a place or takes from it."""
    body = said["body"]
    match said["type"]:
        case "stock.opened" | "stock.received":
            yield body["place"], 1, body["lines"]
        case "stock.arrived":
            yield body["to_place"], 1, body["lines"]
        case "stock.moved":
            yield body["from_place"], -1, body["lines"]
            yield body["to_place"], 1, body["lines"]
        case "stock.sent":
            yield body["from_place"], -1, body["lines"]
        case "stock.broken" | "doses.summarised":
            yield body["place"], -1, body["lines"]
        case "dispense.outpatient" | "dispense.discharge":
            yield body["place"], -1, _lots(courses[body["prescription"]], body["lots"])
        case "dose.administered" if "place" in body:
            yield body["place"], -1, _lots(body["product"], body["lots"])
        case "infusion.started" if "place" in body:
            for part in body["contents"]:
                yield body["place"], -1, _lots(part["product"], part["lots"])
        case "destruction.performed":
            for item in body["items"]:
                if "lot" in item:
                    yield item["place"], -1, [item]


def _lots(product: str, lots: Iterable[Line]) -> list[Line]:
    return [{"product": product, **lot} for lot in lots]


_CONTEXT = frozenset({"facility.opened", "regulation.adopted", "place.opened", "period.sealed"})
_ABOUT_ANOTHER = frozenset({"entry.reversed", "entry.countersigned", "discrepancy.resolved", "claim.settled"})
_PRESCRIBED = frozenset({"prescription.issued", "prescription.transcribed"})
_OF_PRODUCT = _PRESCRIBED | {
    "product.listed",
    "lot.corrected",
    "stock.opened",
    "stock.received",
    "stock.moved",
    "stock.sent",
    "stock.arrived",
    "stock.broken",
    "stock.counted",
    "doses.summarised",
    "dose.administered",
    "infusion.started",
    "destruction.performed",
}


def gather_entries(entries: Iterable[tuple[int, Entry]], *products: str) -> dict[int, Entry]:
    """Out of entries in order of seq, those that a register of *products* rests on.

    Any superset of them will do, the whole log included: what moves, counts, renames, reverses, settles or
    countersigns their stock, and what gives it its names (entry 0, rule sets, places, the products, their
    prescriptions, sealed months, the keys that sign PDFs and their revocations).
    """
    kept: dict[int, Entry] = {}
    by_id: dict[str, int] = {}
    courses: dict[str, str] = {}
    keys: set[str] = set()
    for seq, entry in entries:
        said = statement(entry)
        if said["type"] in _PRESCRIBED:
            courses[said["body"]["prescription"]] = said["body"]["product"]
        if not _concerns(entry, products, kept, by_id, courses, keys):
            continue
        kept[seq] = entry
        by_id[said["id"]] = seq
        if said["type"] == "key.enrolled":
            keys.add(said["body"]["key"])
    return kept


def _concerns(
    entry: Entry,
    products: Sequence[str],
    kept: Entries,
    by_id: Mapping[str, int],
    courses: Mapping[str, str],
    keys: set[str],
) -> bool:
    kind, body = statement(entry)["type"], statement(entry)["body"]
    if kind in _ABOUT_ANOTHER:
        return any(seq in kept for seq in refers_to(entry, by_id))
    if kind in ("dispense.outpatient", "dispense.discharge"):
        return courses.get(body["prescription"]) in products
    if kind in _OF_PRODUCT:
        lines = [body, *(line for name in ("lines", "items", "contents") for line in body.get(name, ()))]
        return "home" not in body and any(line.get("product") in products for line in lines)
    if kind == "key.enrolled":
        return bool(body["use"] == "pdf")
    return kind in _CONTEXT or (kind == "key.revoked" and body["key"] in keys)
