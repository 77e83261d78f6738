"""What somebody found, held against the book: counts of stock, empties taken from a ward, and how it was resolved."""

from collections.abc import Iterable
from datetime import date

from tests.reference.stock import Account, Move, Stock, find_expiry, get_line
from tests.reference.world import Entry, World

FINDINGS = ("stock.counted", "empties.collected")


class Findings:
    def __init__(self, world: World, stock: Stock | None = None) -> None:
        self.world, self.stock = world, stock or Stock(world)

    def accounts_of(self, discrepancy: str) -> list[Account]:
        """The account that a line looked at, or for a product's total all of them."""
        found, line = get_line(self.world, discrepancy)
        what = "stock" if found.type == "stock.counted" else "empties"
        place, product = found.body["place"], line["product"]
        return [(what, place, product, line["lot"])] if "lot" in line else self.stock.accounts(what, place, product)

    def book_at(self, discrepancy: str) -> int:
        """What the book says at the count; for a collection of empties how many of the line's were due."""
        found, line = get_line(self.world, discrepancy)
        book = sum(self.stock.balance(account, found.moment) for account in self.accounts_of(discrepancy))
        if found.type == "stock.counted":
            return book
        earlier = found.body["lines"][: int(discrepancy.partition(":")[2])]
        same = [other for other in earlier if (other["product"], other["lot"]) == (line["product"], line["lot"])]
        already = sum(int(other["empty"] + other["partial"]) for other in same)
        return min(book - already, self.found_at(discrepancy))

    def found_at(self, discrepancy: str) -> int:
        found, line = get_line(self.world, discrepancy)
        return int(line["units"] if found.type == "stock.counted" else line["empty"] + line["partial"])

    def differences(self, found: Entry) -> list[str]:
        """The lines of a count or collection that differ from the book as known now."""
        if found.type not in FINDINGS:
            return []
        ids = [f"{found.id}:{number}" for number in range(len(found.body["lines"]))]
        return [one for one in ids if self.found_at(one) != self.book_at(one)]

    def resolutions(self, discrepancy: str) -> list[Entry]:
        return [e for e in self.world.live("discrepancy.resolved") if e.body["discrepancy"] == discrepancy]

    def all(self) -> list[str]:
        """What differed when it was recorded stays until somebody resolves it; what differs since then, while it does.

        A movement entered later but dated before a count changes the book at that count.
        """
        found = self.world.live(*FINDINGS)
        ids = [f"{entry.id}:{number}" for entry in found for number in range(len(entry.body["lines"]))]
        return [one for one in ids if self.is_one(one)]

    def is_one(self, one: str) -> bool:
        entry_id, _, line = one.partition(":")
        entry = self.world.find(entry_id)
        if entry is None or entry.type not in FINDINGS or entry_id in self.world.reversals:
            return False
        if int(line) >= len(entry.body["lines"]):
            return False
        return one in entry.opens or bool(self.resolutions(one)) or self.found_at(one) != self.book_at(one)

    def is_open(self, discrepancy: str) -> bool:
        """Also where a resolution was taken back and nobody has resolved it since."""
        resolved = self.resolutions(discrepancy)
        if not resolved or self.book_at(discrepancy) != resolved[-1].book_seen:
            return True
        reversals = (entry for entry in self.world.entries if entry.type == "entry.reversed")
        taken_back = [self.world.find_named(entry.body) for entry in reversals if entry.seq > resolved[-1].seq]
        return any(original and original.body.get("discrepancy") == discrepancy for original in taken_back)

    def difference_left(self, discrepancy: str) -> int:
        applied: int = sum(entry.body["difference"] for entry in self.resolutions(discrepancy))
        return self.found_at(discrepancy) - self.book_at(discrepancy) - applied

    # -- by which lots a resolution changes the book ---------------------------------------------

    def parts(self, resolution: Entry) -> tuple[tuple[str, int], ...]:
        """(lot, signed units): a total is taken from its lots, oldest expiry first, as far as each can ever give it.

        What is too much is put to the oldest lot that is there.
        """
        discrepancy, difference = resolution.body["discrepancy"], int(resolution.body["difference"])
        found, line = get_line(self.world, discrepancy)
        lots = [line["lot"]] if "lot" in line else self._lots_then(discrepancy, resolution.seq)
        if found.type == "empties.collected" or not difference:
            return tuple((lot, difference) for lot in lots[:1])
        if difference > 0:
            return tuple((lot, difference) for lot in lots[:1])
        parts: dict[str, int] = {}
        for lot in lots:
            while sum(parts.values()) > difference and self._can_give(
                resolution, {**parts, lot: parts.get(lot, 0) - 1}
            ):
                parts[lot] = parts.get(lot, 0) - 1
        return tuple(parts.items())

    def moves(self, resolution: Entry, parts: Iterable[tuple[str, int]]) -> list[Move]:
        """What a resolution by these parts does, at the time of the count."""
        found, line = get_line(self.world, resolution.body["discrepancy"])
        if found.type != "stock.counted":
            return []
        shelf, moment = ("stock", found.body["place"], line["product"]), (found.at, resolution.seq)
        return [Move(moment, (*shelf, lot), units, resolution) for lot, units in parts]

    def _can_give(self, resolution: Entry, parts: dict[str, int]) -> bool:
        found, line = get_line(self.world, resolution.body["discrepancy"])
        after = Stock(self.world, self.moves(resolution, parts.items()))
        return after.lowest(found.body["place"], line["product"]) >= 0

    def _lots_then(self, discrepancy: str, seq: int) -> list[str]:
        """The lots that had come by the count: those that are there first, oldest expiry first."""
        found, line = get_line(self.world, discrepancy)
        place, product = found.body["place"], line["product"]

        def order(lot: str) -> tuple[bool, date, str]:
            there = self.stock.balance(("stock", place, product, lot), (found.at, seq))
            return there <= 0, find_expiry(self.world, product, lot) or date.max, lot

        arrived = [
            (lot, at)
            for _, _, _, lot in self.stock.accounts("stock", place, product)
            if (at := self.stock.arrived_at((place, product, lot))) is not None
        ]
        return sorted((lot for lot, at in arrived if at[0] <= found.at), key=order)
