"""What lies at every place and what every ward owes back empty, at any moment: walked through once, in order of time.

From the moment of a correction every account holds under the lot's true name what it held under the wrong one.
"""

from collections import Counter, defaultdict
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
    """All movements of one world, and what somebody would like to take besides."""

    def __init__(self, world: World, taken: Iterable[Move] = ()) -> None:
        self.world, self.taken = world, list(taken)

    @cached_property
    def moves(self) -> list[Move]:
        held: Counter[Account] = Counter()
        done: list[Move] = []
        steps: list[tuple[Moment, Entry, Move | None]] = []
        steps += [(self._effect_moment(entry), entry, None) for entry in self.world.entries]
        steps += [(move.moment, move.entry, move) for move in self.taken]
        for moment, entry, taken in sorted(steps, key=lambda step: step[0]):
            moves = [(taken.account, taken.units)] if taken else list(self._moves_of(entry, held))
            for account, units in moves:
                held[account] += units
                done.append(Move(moment, account, units, entry))
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
                if units:
                    yield ("stock", *shelf), units
        if packs is None:
            for shelf, units in self._empties_moved(entry):
                yield ("empties", *shelf), units
            if entry.type == "lot.corrected" and "to_lot" in entry.body:
                yield from _carried(entry.body, held)

    def _empties_moved(self, entry: Entry) -> Iterator[tuple[Shelf, int]]:
        """Opened adds, collected takes, a resolved over-collection adds its difference back."""
        body, world = entry.body, self.world
        if entry.type in (*GIVEN, "doses.summarised"):
            lines = [(line["product"], line["lot"], line["units"]) for line in body.get("lines", [])]
            for product, lot, units in lines or lines_given(body):
                if is_glass_on_a_ward(world, body.get("place", ""), product):
                    yield (body["place"], product, lot), units
        if entry.type == "empties.collected":
            for line in body["lines"]:
                yield (body["place"], line["product"], line["lot"]), -(line["empty"] + line["partial"])
        if entry.type == "discrepancy.resolved":
            found, line = get_line(world, body["discrepancy"])
            if found.type == "empties.collected":
                yield (found.body["place"], line["product"], line["lot"]), body["difference"]

    # -- what the movements come to --------------------------------------------------------------

    @cached_property
    def _timelines(self) -> dict[Account, Counter[Moment]]:
        found: dict[Account, Counter[Moment]] = defaultdict(Counter)
        for move in self.moves:
            found[move.account][move.moment] += move.units
        return found

    def timeline(self, account: Account) -> list[tuple[Moment, int]]:
        """Movements in order, those of one entry together."""
        return sorted(self._timelines[account].items()) if account in self._timelines else []

    def balance(self, account: Account, moment: Moment | None = None) -> int:
        """Now, or just before a moment."""
        line = self.timeline(account)
        return sum(units for when, units in line if moment is None or when < moment)

    def arrived_at(self, shelf: Shelf) -> Moment | None:
        return next((when for when, units in self.timeline(("stock", *shelf)) if units > 0), None)

    def lowest(self, place: str, product: str) -> int:
        """The least that any lot of a product ever is at a place."""
        return min((self.lowest_of(account) for account in self.accounts("stock", place, product)), default=0)

    def lowest_of(self, account: Account, since: Moment | None = None) -> int:
        """The least of one account from a moment on, or ever; no more than nothing."""
        running, lowest = 0, 0
        for when, units in self.timeline(account):
            running += units
            if since is None or when >= since:
                lowest = min(lowest, running)
        return lowest

    def accounts(self, what: str, place: str | None = None, product: str | None = None) -> list[Account]:
        """Every account with a movement that stands."""
        return sorted(
            account
            for account in self._timelines
            if account[0] == what and place in (None, account[1]) and product in (None, account[2])
        )

    def shelves_ever(self) -> list[Shelf]:
        """Every shelf ever used, also by what was taken back."""
        touched = {shelf for entry in self.world.entries for shelf, _ in shelves_touched(self.world, entry)}
        return sorted(touched | {account[1:] for account in self.accounts("stock")})

    def has_moved(self, place: str, product: str) -> bool:
        """Has anything but an opening moved this product at this place?"""
        others = (move for move in self.moves if move.entry.type != "stock.opened")
        return any(move.account[:3] == ("stock", place, product) for move in others)


def _carried(correction: Body, held: Counter[Account]) -> Iterator[tuple[Account, int]]:
    for account, units in sorted(held.items()):
        if account[2:] == (correction["product"], correction["lot"]) and units:
            yield account, -units
            yield (account[0], account[1], account[2], correction["to_lot"]), units


def is_glass_on_a_ward(world: World, place: str, product: str) -> bool:
    """Whether what is opened there is owed back: ampoules and vials at inpatient wards."""
    listed = world.find_product(product)
    return is_ward(world, place) and listed is not None and listed["unit_of_presentation"] in GLASS


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
    listed = body.get("lines", []) if kind.startswith("stock.") or kind == "doses.summarised" else []
    lines = [(line["product"], line.get("lot", ""), line.get("units", 0)) for line in listed]
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
    """Its own day, else the one that was told under a wrong name of it."""
    names = [lot]
    for name in names:
        corrections = sorted(world.live("lot.corrected"), key=lambda entry: entry.moment)
        wrong = [e.body["lot"] for e in corrections if (e.body["product"], e.body.get("to_lot")) == (product, name)]
        names += [each for each in wrong if each not in names]
    own = (_find_own_expiry(world, product, name) for name in names)
    return next((expires_on for expires_on in own if expires_on is not None), None)


def _find_own_expiry(world: World, product: str, lot: str) -> date | None:
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
    """Whether a lot is held back or released. What is held back under a wrong name stays so under the true one.

    Who spoke of a lot before its correction was entered knew the wrong name, and meant these packs.
    """
    states: dict[str, str] = {}
    told = [e for e in world.live(*STATES, "lot.corrected") if e.moment <= moment and e.body["product"] == product]
    corrections = [entry for entry in told if "to_lot" in entry.body]
    for entry in sorted(told, key=lambda entry: entry.moment):
        if entry.type in STATES:
            names = {entry.body["lot"]}
            for correction in sorted(corrections, key=lambda c: c.moment):
                wrong, to_lot = correction.body["lot"], correction.body["to_lot"]
                if wrong in names and entry.seq < correction.seq and correction.moment <= entry.moment:
                    names.add(to_lot)
            states.update(dict.fromkeys(names, STATES[entry.type]))
        elif "to_lot" in entry.body and states.get(entry.body["lot"]) in HELD:
            states[entry.body["to_lot"]] = states[entry.body["lot"]]
    return states.get(lot)


def true_name(world: World, product: str, lot: str, moment: Moment) -> str:
    """What a lot that was called so at a moment is called now."""
    later = [e for e in world.live("lot.corrected") if e.moment > moment and e.body["product"] == product]
    for entry in sorted(later, key=lambda entry: entry.moment):
        if entry.body["lot"] == lot and "to_lot" in entry.body:
            lot = entry.body["to_lot"]
    return lot


def lots_told(world: World, entry: Entry) -> set[tuple[str, str]]:
    """(product, lot by its true name, "" where it was not read) of the lines of an entry."""
    body = entry.body
    lines = body.get("lines") or [{"product": body["product"], **line} for line in body["lots"]]
    named = {(line["product"], line.get("lot", "")) for line in lines}
    return {(product, lot and true_name(world, product, lot, entry.moment)) for product, lot in named}


def is_known(world: World, product: str, lot: str) -> bool:
    """Whether a lot ever came, was held back or corrected, left the house, or was taken over or counted at a home."""
    told = world.live(*ARRIVALS, *STATES, *DISPENSING, *TELLING)
    return any((product, lot) in _lots_named(world, entry) for entry in told)


TELLING = ("home.opened", "custody.opened", "stock.sent", "dispense.acknowledged", "home.counted", "lot.corrected")


def _lots_named(world: World, entry: Entry) -> set[tuple[str, str]]:
    body = entry.body
    lines = [*body.get("lines", []), *body.get("left_before", []), body]
    if entry.type == "custody.opened":
        lines = [line for line in lines if "expires_on" in line]
    named = {(line["product"], line["lot"]) for line in lines if {"product", "lot"} <= set(line)}
    if entry.type in DISPENSING:
        named |= {(world.supplied_product(entry) or "", line["lot"]) for line in body["lots"]}
    if entry.type == "lot.corrected":
        named.add((body["product"], body.get("to_lot", body["lot"])))
    return named
