"""What entries say about one product's stock, read from their statements alone (contract: "What the numbers mean").

The ledger keeps its own projections; this is a second derivation, from the bytes that are attached to a
report, and trusts nothing else: a report whose figures do not follow from its own entries is not issued.
Entries are the decoded ones of the contract's section 5, by `seq`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Entry = Mapping[str, Any]
Entries = Mapping[int, Entry]
Line = Mapping[str, Any]


class Movement(Protocol):
    """Stock of one product at a place: signed `units` of `lot`, by entry `seq`, in effect `at` (canonical UTC text)."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def lot(self) -> str: ...
    @property
    def units(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Derived:
    """A movement as an entry's statement tells it; `lot` is "" where a product's total was resolved."""

    seq: int
    at: str
    place: str
    lot: str
    units: int


def statement(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = entry["statement"]
    return found


def refers_to(entry: Entry, by_id: Mapping[str, int]) -> int | None:
    """The seq that a reversal, a countersignature or a resolution is about; None: none, or not among *by_id*."""
    said = statement(entry)
    body = said["body"]
    if said["type"] == "discrepancy.resolved":
        return by_id.get(body["discrepancy"].rpartition(":")[0])
    if said["type"] not in ("entry.reversed", "entry.countersigned"):
        return None
    seq: int | None = body.get("seq")
    return by_id.get(body["id"]) if seq is None else seq


def ids(entries: Entries) -> dict[str, int]:
    return {statement(entry)["id"]: seq for seq, entry in entries.items()}


def effect_at(seq: int, entries: Entries, by_id: Mapping[str, int]) -> str:
    """When an entry is in effect: a reversal at its original's time, a resolution at its count's."""
    about = refers_to(entries[seq], by_id)
    said = statement(entries[seq])
    if about is not None and about in entries and said["type"] != "entry.countersigned":
        return effect_at(about, entries, by_id)
    at: str = said["occurred_at"]
    return at


def derive_movements(entries: Entries, product: str) -> list[Derived]:
    """Every movement of *product* that the entries tell, in the order (at, seq).

    What an entry refers to must be among them: a dispensing its prescription, a reversal its original, a
    resolution its count. Raises `KeyError` where it is not.
    """
    by_id = ids(entries)
    courses = {
        statement(entry)["body"]["prescription"]: statement(entry)["body"]["product"]
        for entry in entries.values()
        if statement(entry)["type"] in ("prescription.issued", "prescription.transcribed")
    }
    found: list[Derived] = []
    for seq, entry in entries.items():
        found += _of_entry(seq, entry, product, entries, by_id, courses)
    return sorted(found, key=lambda moved: (moved.at, moved.seq))


def _of_entry(
    seq: int, entry: Entry, product: str, entries: Entries, by_id: Mapping[str, int], courses: Mapping[str, str]
) -> Iterator[Derived]:
    said = statement(entry)
    body, at = said["body"], said["occurred_at"]
    if said["type"] == "entry.reversed":
        if body["packs"] == "never_left":
            original = refers_to(entry, by_id)
            if original is None:
                raise KeyError(body["id"])
            for undone in _of_entry(original, entries[original], product, entries, by_id, courses):
                yield Derived(seq, undone.at, undone.place, undone.lot, -undone.units)
        return
    if said["type"] == "discrepancy.resolved":
        count = refers_to(entry, by_id)
        if count is None or statement(entries[count])["type"] != "stock.counted":
            return
        counted = statement(entries[count])
        line = counted["body"]["lines"][int(body["discrepancy"].rpartition(":")[2])]
        if line["product"] == product and body["difference"]:
            place = counted["body"]["place"]
            yield Derived(seq, counted["occurred_at"], place, line.get("lot", ""), body["difference"])
        return
    for place, sign, lines in _sides(said, courses):
        for line in lines:
            if line["product"] == product:
                yield Derived(seq, at, place, line["lot"], sign * line["units"])


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


_CONTEXT = frozenset({"facility.opened", "regulation.adopted", "place.opened"})
_ABOUT_ANOTHER = frozenset({"entry.reversed", "entry.countersigned", "discrepancy.resolved"})
_PRESCRIBED = frozenset({"prescription.issued", "prescription.transcribed"})
_OF_PRODUCT = _PRESCRIBED | {
    "product.listed",
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


def gather_entries(entries: Iterable[tuple[int, Entry]], product: str) -> dict[int, Entry]:
    """Out of entries in order of seq, those that a register of *product* rests on.

    Any superset of them will do, the whole log included: what moves, counts, reverses or countersigns the
    product's stock, and what gives it its names (entry 0, rule sets, places, the product, its
    prescriptions, the keys that sign PDFs and their revocations).
    """
    kept: dict[int, Entry] = {}
    by_id: dict[str, int] = {}
    courses: set[str] = set()
    keys: set[str] = set()
    for seq, entry in entries:
        said = statement(entry)
        if not _concerns(entry, product, kept, by_id, courses, keys):
            continue
        kept[seq] = entry
        by_id[said["id"]] = seq
        if said["type"] in _PRESCRIBED:
            courses.add(said["body"]["prescription"])
        elif said["type"] == "key.enrolled":
            keys.add(said["body"]["key"])
    return kept


def _concerns(
    entry: Entry, product: str, kept: Entries, by_id: Mapping[str, int], courses: set[str], keys: set[str]
) -> bool:
    kind, body = statement(entry)["type"], statement(entry)["body"]
    if kind in _ABOUT_ANOTHER:
        return refers_to(entry, by_id) in kept
    if kind in ("dispense.outpatient", "dispense.discharge"):
        return body["prescription"] in courses
    if kind in _OF_PRODUCT:
        lines = [body, *(line for name in ("lines", "items", "contents") for line in body.get(name, ()))]
        return "home" not in body and any(line.get("product") == product for line in lines)
    if kind == "key.enrolled":
        return bool(body["use"] == "pdf")
    return kind in _CONTEXT or (kind == "key.revoked" and body["key"] in keys)
