"""What lies at every place and what every ward owes back empty, at any moment: walked through once, in order of time.

From the moment of a correction every account holds under the lot's true name what it held under the wrong one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from tests.reference.numbers import find_day
from tests.reference.world import ARRIVALS, DISPENSING, INPATIENT, Body, Entry, Moment, World, lines_given

Shelf = tuple[str, str, str]  # place, product, lot
Account = tuple[str, str, str, str]  # "stock" or "empties", place, product, lot
GLASS = {"ampoule", "vial"}
GIVEN = ("dose.administered", "infusion.started")
HELD = {"quarantined", "recalled"}
STATES = {"lot.quarantined": "quarantined", "lot.recalled": "recalled", "lot.released": "released"}


@dataclass(frozen=True)
class Move:
    moment: Moment
    account: Account
    units: int
    entry: Entry


class Stock:
    """All movements of one world; `extra` entries move too, at their moments, as far as they take from a place."""

    def __init__(self, world: World, extra: Iterable[Entry] = ()) -> None:
        self.world, self.extra = world, list(extra)

    @cached_property
    def moves(self) -> list[Move]:
        held: Counter[Account] = Counter()
        done: list[Move] = []
        for entry in sorted([*self.world.entries, *self.extra], key=self._effect_moment):
            for account, units in list(self._moves_of(entry, held)):
                held[account] += units
                done.append(Move(self._effect_moment(entry), account, units, entry))
        return done

    def _effect_moment(self, entry: Entry) -> Moment:
        """A resolution works at the time of the count that it resolves; everything else at its own."""
        if entry.type == "discrepancy.resolved":
            return self.world.get(entry.body["discrepancy"].partition(":")[0]).at, entry.seq
        return entry.moment

    def _moves_of(self, entry: Entry, held: Counter[Account]) -> Iterator[tuple[Account, int]]:
        packs = self.world.reversals[entry.id]["packs"] if entry.id in self.world.reversals else None
        if packs not in ("never_left", "none"):  # of the other reversals the packs are not back in stock
            for shelf, units in shelves_touched(self.world, entry):
                if units and (units < 0 or entry not in self.extra):
                    yield ("stock", *shelf), units
        if packs is None:
            for shelf, units in self._empties_moved(entry):
                yield ("empties", *shelf), units
            if entry.type == "lot.corrected" and "to_lot" in entry.body:
                yield from _carried(entry.body, held)

    def _empties_moved(self, entry: Entry) -> Iterator[tuple[Shelf, int]]:
        """Opened adds, collected takes, a resolved over-collection adds its difference back."""
        body, world = entry.body, self.world
        if entry.type in (*GIVEN, "doses.summarised") and is_ward(world, body.get("place", "")):
            lines = [(line["product"], line["lot"], line["units"]) for line in body.get("lines", [])]
            for product, lot, units in lines or lines_given(body):
                listed = world.find_product(product)
                if listed is not None and listed["unit_of_presentation"] in GLASS:
                    yield (body["place"], product, lot), units
        if entry.type == "empties.collected":
            for line in body["lines"]:
                yield (body["place"], line["product"], line["lot"]), -(line["empty"] + line["partial"])
        if entry.type == "discrepancy.resolved":
            found, line = get_line(world, body["discrepancy"])
            if found.type == "empties.collected":
                yield (found.body["place"], line["product"], line["lot"]), body["difference"]

    # -- what the movements come to --------------------------------------------------------------

    def timeline(self, account: Account) -> list[tuple[Moment, int]]:
        """Movements in order, those of one entry together."""
        sums: Counter[Moment] = Counter()
        for move in self.moves:
            if move.account == account:
                sums[move.moment] += move.units
        return sorted(sums.items())

    def balance(self, account: Account, moment: Moment | None = None) -> int:
        """Now, or just before a moment."""
        line = self.timeline(account)
        return sum(units for when, units in line if moment is None or when < moment)

    def arrived_at(self, shelf: Shelf) -> Moment | None:
        return next((when for when, units in self.timeline(("stock", *shelf)) if units > 0), None)

    def lowest(self, place: str, product: str) -> int:
        """The least that any lot of a product ever is at a place."""
        lowest = 0
        for account in self.accounts("stock", place, product):
            running = 0
            for _, units in self.timeline(account):
                running += units
                lowest = min(lowest, running)
        return lowest

    def accounts(self, what: str, place: str | None = None, product: str | None = None) -> list[Account]:
        """Every account ever used."""
        return sorted(
            {
                account
                for account in (move.account for move in self.moves)
                if account[0] == what and place in (None, account[1]) and product in (None, account[2])
            }
        )

    def has_moved(self, place: str, product: str) -> bool:
        """Has anything but an opening moved this product at this place?"""
        others = (move for move in self.moves if move.entry.type != "stock.opened")
        return any(move.account[:3] == ("stock", place, product) for move in others)


def _carried(correction: Body, held: Counter[Account]) -> Iterator[tuple[Account, int]]:
    for account, units in sorted(held.items()):
        if account[2:] == (correction["product"], correction["lot"]) and units:
            yield account, -units
            yield (*account[:3], correction["to_lot"]), units


def is_ward(world: World, place: str) -> bool:
    opened = world.find_any_place(place)
    return opened is not None and opened["kind"] == "ward" and world.facility["kind"] in INPATIENT


def get_line(world: World, discrepancy: str) -> tuple[Entry, Body]:
    """The count or collection that a discrepancy belongs to, and the line of it."""
    entry_id, _, line = discrepancy.partition(":")
    entry = world.get(entry_id)
    return entry, entry.body["lines"][int(line)]


def shelves_touched(world: World, entry: Entry) -> list[tuple[Shelf, int]]:
    """What an entry adds to and takes from which shelf."""
    kind, body = entry.type, entry.body
    lines = [(line["product"], line.get("lot", ""), line.get("units", 0)) for line in body.get("lines", [])]
    if kind in ARRIVALS:
        to_place = body.get("to_place") or body["place"]
        return [((to_place, product, lot), units) for product, lot, units in lines]
    if kind == "stock.moved":
        out = [((body["from_place"], product, lot), -units) for product, lot, units in lines]
        return out + [((body["to_place"], product, lot), units) for product, lot, units in lines]
    if kind in ("stock.sent", "stock.broken", "doses.summarised"):
        place = body.get("from_place") or body["place"]
        return [((place, product, lot), -units) for product, lot, units in lines]
    if kind in DISPENSING:
        supplied = world.supplied_product(entry)
        return [((body["place"], supplied, line["lot"]), -line["units"]) for line in body["lots"] if supplied]
    if kind in GIVEN and "place" in body:
        return [((body["place"], product, lot), -units) for product, lot, units in lines_given(body)]
    if kind == "destruction.performed":
        stock = [item for item in body["items"] if "seal_no" not in item]
        return [((item["place"], item["product"], item["lot"]), -item["units"]) for item in stock]
    if kind == "discrepancy.resolved":
        found, line = get_line(world, body["discrepancy"])
        counted = found.type == "stock.counted"
        return [((found.body["place"], line["product"], lot), units) for lot, units in entry.parts if counted]
    return []


# -- lots ------------------------------------------------------------------------------------------


def find_expiry(world: World, product: str, lot: str) -> date | None:
    """The last correction, else what was told first; a correction with a name tells the day of the true lot."""
    for entry in reversed(list(world.live("lot.corrected"))):
        body = entry.body
        if "expires_on" in body and (body["product"], body.get("to_lot", body["lot"])) == (product, lot):
            return find_day(body["expires_on"])
    for entry in world.live(*ARRIVALS, "home.opened", "custody.opened"):
        for line in entry.body["lines"]:
            if (line["product"], line["lot"]) == (product, lot) and "expires_on" in line:
                return find_day(line["expires_on"])
    return None


def find_state(world: World, product: str, lot: str, moment: Moment) -> str | None:
    """Whether a lot is held back or released. What is held back under a wrong name stays so under the true one."""
    states: dict[str, str] = {}
    told = world.live(*STATES, "lot.corrected")
    for entry in sorted(told, key=lambda entry: entry.moment):
        body = entry.body
        if entry.moment > moment or body["product"] != product:
            continue
        if entry.type in STATES:
            states[body["lot"]] = STATES[entry.type]
        elif "to_lot" in body and states.get(body["lot"]) in HELD:
            states[body["to_lot"]] = states[body["lot"]]
    return states.get(lot)


def is_named(world: World, product: str, lot: str) -> bool:
    """Has any standing entry ever spoken of this lot?"""
    return any(
        (product, lot) in _lots_named(world, entry) for entry in world.entries if entry.id not in world.reversals
    )


def _lots_named(world: World, entry: Entry) -> set[tuple[str, str]]:
    body = entry.body
    lines = [*body.get("lines", []), *body.get("items", []), *body.get("left_before", []), body]
    named = {(line["product"], line["lot"]) for line in lines if {"product", "lot"} <= set(line)}
    if entry.type in DISPENSING:
        named |= {(world.supplied_product(entry) or "", line["lot"]) for line in body["lots"]}
    if entry.type in GIVEN:
        named |= {(product, lot) for product, lot, _ in lines_given(body)}
    if entry.type == "lot.corrected":
        named.add((body["product"], body.get("to_lot", body["lot"])))
    return named
