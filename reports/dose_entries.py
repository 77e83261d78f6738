"""The entries that a patient's dose history rests on, and a book of them alone.

The ledger's own projections are not looked at: what the report says is read from the bytes that go along with it, by
the domain's one reading of doses (`ledger.domain.history`), over a book that holds nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ledger.domain.book import Book
from ledger.domain.command import read_statement
from ledger.domain.judge import record
from ledger.domain.kind import Case
from ledger.domain.regulation import RuleSet
from ledger.domain.vocabulary import BODIES, KINDS
from reports.homes import COURSES
from reports.movements import Entries, Entry, ids, refers_to, statement, undone_by

TABLES = ("opioid_equivalents", "substance_classes")
"""The tables of a rule set that a dose history is read by."""
_NAMING = frozenset({"facility.opened", "regulation.adopted", "product.listed", "place.opened"})
_KEYS = frozenset({"key.enrolled", "key.revoked"})
_NOT_READ = _KEYS | {"regulation.adopted"}
_ABOUT = frozenset({"entry.reversed", "claim.settled", "notice.received"})


def gather_doses(entries: Iterable[tuple[int, Entry]], patient: str) -> dict[int, Entry]:
    """Out of all entries, read through more than once, those that the history of *patient* rests on."""
    merges = {seq: entry for seq, entry in entries if statement(entry)["type"] in ("patients.merged", "entry.reversed")}
    whose = find_ids(merges, patient)
    told = _gather_told(entries, whose)
    products, places = set(_named(told, "product")), set(_named(told, "place"))
    lots = _find_lots(entries, set(_lots(told)))
    return told | {seq: entry for seq, entry in entries if _names(statement(entry), products, places, lots)}


def find_ids(entries: Entries, patient: str) -> list[str]:
    """Every id of the person of *patient*, that one first: merges that stand lead from one to the next."""
    by_id = ids(entries)
    undone = {seq for entry in entries.values() for seq in undone_by(entry, by_id)}
    merged = [
        (said["body"]["keep"], said["body"]["drop"])
        for seq, entry in entries.items()
        if (said := statement(entry))["type"] == "patients.merged" and seq not in undone
    ]
    found = [patient]
    for name in found:
        found += [each for pair in merged if name in pair for each in pair if each not in found]
    return found


def _gather_told(entries: Iterable[tuple[int, Entry]], whose: list[str]) -> dict[int, Entry]:
    """What was said of the person, of their courses and infusions, and of such entries later."""
    told: dict[int, Entry] = {}
    by_id: dict[str, int] = {}
    things: set[tuple[str, str]] = set()
    for seq, entry in entries:
        said = statement(entry)
        body = said["body"]
        mine = any(body.get(name) in whose for name in ("patient", "keep", "drop"))
        mine = mine or any((name, body.get(name)) in things for name in ("prescription", "infusion"))
        if said["type"] in _ABOUT:
            mine = mine or body.get("about") in by_id or any(each in told for each in refers_to(entry, by_id))
        if mine:
            told[seq] = entry
            by_id[said["id"]] = seq
            if said["type"] in COURSES or said["type"] == "infusion.started":
                things |= {(name, body[name]) for name in ("prescription", "infusion") if name in body}
    return told


def _lines(entries: Entries) -> Iterator[Mapping[str, Any]]:
    """Whatever of the entries may name a product: their bodies and all lines in them."""
    for entry in entries.values():
        body = statement(entry)["body"]
        yield body
        for name in ("lines", "contents", "left_before"):
            yield from body.get(name, ())


def _named(entries: Entries, name: str) -> Iterator[str]:
    return (line[name] for line in _lines(entries) if name in line)


def _lots(entries: Entries) -> Iterator[tuple[str, str]]:
    courses = {
        body["prescription"]: body["product"]
        for entry in entries.values()
        if statement(entry)["type"] in COURSES and (body := statement(entry)["body"])
    }
    for line in _lines(entries):
        product = line.get("product", courses.get(line.get("prescription", ""), ""))
        for lot in (line, *line.get("lots", ())):
            if "lot" in lot:
                yield product, lot["lot"]


def _find_lots(entries: Iterable[tuple[int, Entry]], lots: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """*lots* and all that they were called before or after."""
    renamed = [
        ((body["product"], body["lot"]), (body["product"], body["to_lot"]))
        for _, entry in entries
        if statement(entry)["type"] == "lot.corrected" and "to_lot" in (body := statement(entry)["body"])
    ]
    found = set(lots)
    while more := {each for pair in renamed if not found.isdisjoint(pair) for each in pair} - found:
        found |= more
    return found


def _names(said: Mapping[str, Any], products: set[str], places: set[str], lots: set[tuple[str, str]]) -> bool:
    """Whether a statement gives the history its names: of things, of lots and how long they keep."""
    body = said["body"]
    match said["type"]:
        case "product.listed":
            return body["product"] in products
        case "place.opened":
            return body["place"] in places
        case "lot.corrected":
            return (body["product"], body["lot"]) in lots
        case "key.enrolled":
            return bool(body["use"] == "pdf")
        case (
            "stock.opened" | "stock.received" | "stock.arrived" | "custody.opened"
        ):  # another's home is not opened here
            return any((line["product"], line["lot"]) in lots for line in body["lines"])
    return said["type"] in _NAMING | _KEYS


def build_book(entries: Entries, rules: RuleSet) -> Book:
    """A book of *entries* alone: each put on it in its order, unjudged, for the ledger judged it once.

    Raises `CommandInvalid` for a statement that is none, `KeyError` where one is missing that another rests on.
    """
    book = Book()
    for seq, entry in sorted(entries.items()):
        if statement(entry)["type"] not in _NOT_READ:
            book.size = seq
            record(_case(seq, entry, book, rules))
            book.settle()
    return book


def _case(seq: int, entry: Entry, book: Book, rules: RuleSet) -> Case:
    """The statement as a command. What it says by number it says within its own log."""
    base, said = seq - entry["seq"], statement(entry)
    if base and "seq" in said["body"]:
        said = {**said, "body": {**said["body"], "seq": said["body"]["seq"] - base}}
    command = read_statement(said, bodies=BODIES)._replace(base=base)
    imported = entry["via"] == "import"
    return Case(command=command, book=book, rules=rules, kinds=KINDS, now=entry["recorded_at"], imported=imported)
