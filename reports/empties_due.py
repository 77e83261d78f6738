"""Empties that a ward owes at a collection, derived again from what was opened there and collected before. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ledger.domain.terms import EMPTIES_UNITS
from reports.act_facts import ActLine
from reports.movements import Derived, Entries, Entry, Line, Telling, derive_movements, refers_to, statement
from reports.naming import product_of

COLLECTED = "empties.collected"
_OPENED = frozenset({"dose.administered", "infusion.started", "doses.summarised"})
_ABOUT = frozenset({"entry.reversed", "claim.settled", "discrepancy.resolved"})


class _Telling(Telling):
    """The account of empties due: up by what was opened at a place, down by what was collected from it."""

    def moved(self, seq: int, said: Line) -> Iterator[Derived]:
        body = said["body"]
        if said["type"] == "discrepancy.resolved":
            yield from self._settled(seq, body)
        elif said["type"] == COLLECTED:
            for line in body["lines"]:
                yield from self._of(line["product"], seq, said, line["lot"], -line["empty"] - line["partial"])
        elif said["type"] in _OPENED and "place" in body:
            for product, lot, units in _opened(body):
                yield from self._of(product, seq, said, lot, units)

    def _of(self, product: str, seq: int, said: Line, lot: str, units: int) -> Iterator[Derived]:
        if product == self.product:
            yield Derived(seq, said["occurred_at"], seq, said["body"]["place"], lot, units)

    def _settled(self, seq: int, body: Line) -> Iterator[Derived]:
        for about in refers_to(self.entries[seq], self.by_id):
            collected = statement(self.entries[about])
            if collected["type"] == COLLECTED:
                line = collected["body"]["lines"][int(body["discrepancy"].rpartition(":")[2])]
                yield from self._of(line["product"], seq, collected, line["lot"], body["difference"])


def _opened(body: Line) -> Iterator[tuple[str, str, int]]:
    for part in body.get("contents", [body]):
        for line in part.get("lines", part.get("lots", ())):
            yield line.get("product", part.get("product", "")), line["lot"], line["units"]


def concerns_due(entry: Entry, place: str, products: Iterable[str], kept: Entries, by_id: dict[str, int]) -> bool:
    """Whether *entry* tells of empties due of *products* at *place*; *kept* are those before it that do."""
    said: dict[str, Any] = statement(entry)
    if said["type"] in _ABOUT:
        return any(seq in kept for seq in refers_to(entry, by_id))
    if said["type"] == "lot.corrected":
        return said["body"]["product"] in products
    if said["body"].get("place") != place:
        return False
    if said["type"] == COLLECTED:
        return any(line["product"] in products for line in said["body"]["lines"])
    return said["type"] in _OPENED and any(product in products for product, _, _ in _opened(said["body"]))


def derive_due(entries: Entries, product: str, place: str, seq: int) -> list[Derived]:
    """Every movement of empties due there that was known when entry *seq* came, and in effect before it."""
    if product_of(entries, product).unit_of_presentation not in EMPTIES_UNITS:
        return []
    known = {number: entry for number, entry in entries.items() if number < seq}
    at: str = statement(entries[seq])["occurred_at"]
    moves = derive_movements(known, product, telling=_Telling)
    return [move for move in moves if move.place == place and (move.at, move.order) < (at, seq)]


def with_expected(lines: Iterable[ActLine], entries: Entries, place: str, seq: int) -> Iterator[ActLine]:
    """The lines of the collection *seq* with what was due of each lot, and the difference of the blind count to it."""
    taken = Counter[tuple[str, str]]()
    for line in lines:
        counted = line.figures["counted"]
        due = sum(m.units for m in derive_due(entries, line.product, place, seq) if m.lot == line.lot)
        expected = due - taken[line.product, line.lot]
        taken[line.product, line.lot] += counted
        yield replace(line, figures={**line.figures, "expected": expected, "difference": counted - expected})
