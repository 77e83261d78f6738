"""Random days: one command of any type, drawn as somebody in a small pharmacy might write it, right or wrong.

Nothing here knows a rule: it looks at what is there to be plausible, and errs on purpose. What is right is for the
reference to say. Whoever draws hands in three choices: one of several, a number between two, a chance in a hundred.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol, TypeVar
from uuid import UUID

from tests.reference.authority import GOVERNANCE, MAY_WITNESS, PERFORMERS, WITNESSED
from tests.reference.courses import last_day_of
from tests.reference.custody import find_custody
from tests.reference.numbers import get_day
from tests.reference.pharmacy import Pharmacy
from tests.reference.stock import Stock
from tests.reference.world import Body, Entry, World

T = TypeVar("T")
LOCAL = timezone(timedelta(hours=5))
WARNINGS = (
    "early_supply",
    "duplicate_dispense",
    "opioid_with_benzodiazepine",
    "patch_opioid_naive",
    "patch_change_early",
    "dose_jump",
    "older_lot_first",
    "units_differ_from_course",
    "unusual_quantity",
    "home_differs",
)
PRODUCTS = {  # inn, strength, unit of strength, unit of presentation
    "amp": ("morphine", "10", "mg", "ampoule"),
    "tab": ("morphine", "10", "mg", "tablet"),
    "fen": ("fentanyl", "25", "ug/h", "patch"),
}
PLACES = {"safe": "safe", "ward": "ward", "paper": "ward", "car": "mobile_team", "bag": "custody", "box": "custody"}
NAMED = {"patient", "product", "place", "prescription", "seal_no", "reason", "person"}
OF_THE_LEDGER = {"report.issued", "checkpoint.anchored", "key.enrolled", "stock.moved"}
LOTS = ("A", "B", "C", "D")


class Choosing(Protocol):
    def one(self, options: Sequence[T]) -> T: ...

    def number(self, least: int, most: int) -> int: ...

    def chance(self, percent: int) -> bool: ...


class Days:
    """What a maker of commands sees: the clock, the reference's world, and the choices."""

    def __init__(self, pharmacy: Pharmacy, choosing: Choosing, start: datetime) -> None:
        self.pharmacy, self.choosing, self.now = pharmacy, choosing, start
        self.said = 0

    # -- choices ---------------------------------------------------------------------------------

    def one(self, options: Sequence[T]) -> T:
        return self.choosing.one(options)

    def number(self, least: int, most: int) -> int:
        return self.choosing.number(least, most)

    def chance(self, percent: int) -> bool:
        return self.choosing.chance(percent)

    def maybe(self, percent: int, **member: Any) -> Body:
        return member if self.chance(percent) else {}

    # -- what is there ---------------------------------------------------------------------------

    @property
    def world(self) -> World:
        return self.pharmacy.world()

    def live(self, *types: str) -> list[Entry]:
        return list(self.world.live(*types))

    def some(self, member: str, types: tuple[str, ...], otherwise: str) -> str:
        """A name that such an entry gave, now and then one that nobody gave."""
        names = [str(entry.body[member]) for entry in self.live(*types)]
        return otherwise if not names or self.chance(4) else self.one(names[-8:])

    def entry_id(self, *types: str) -> str:
        found = [entry.id for entry in self.world.entries if entry.type in types] or [self.uuid()]
        return self.one(found[-8:])

    def uuid(self) -> str:
        self.said += 1
        return str(UUID(int=self.said, version=4))

    def paper_no(self, letter: str) -> str:
        self.said += 1
        return f"{letter}-{self.said}"

    def patient(self) -> str:
        return self.some("patient", ("patient.registered",), "nobody")

    def prescription(self, *settings: str) -> Entry | None:
        """One of the last orders, mostly of these settings and running now."""
        orders = self.live("prescription.issued", "prescription.transcribed")
        today = self.now.astimezone(LOCAL).date()
        running = [entry for entry in orders if get_day(entry.body["starts_on"]) <= today <= last_day_of(entry)]
        fit = [entry for entry in running if not settings or entry.body["setting"] in settings]
        if fit and not self.chance(20):
            orders = fit
        return self.one(orders[-6:]) if orders and not self.chance(3) else None

    def place(self, *kinds: str) -> str:
        opened = [entry.body for entry in self.live("place.opened")]
        fit = [body["place"] for body in opened if body["kind"] in kinds]
        if not fit or self.chance(4):
            fit = [*(body["place"] for body in opened), "nowhere"]
        return str(self.one(fit))

    def product(self) -> str:
        return "none" if self.chance(2) else self.one(tuple(PRODUCTS))

    def lot(self) -> str:
        return self.one(LOTS)

    def on_shelf(self, place: str, product: str | None = None) -> tuple[str, str, int]:
        """(product, lot, units) that lie at a place, mostly."""
        stock = Stock(self.world)
        held = [(account, stock.balance(account)) for account in stock.accounts("stock", place, product)]
        there = [(account[2], account[3], units) for account, units in held if units > 0]
        if not there or self.chance(5):
            return product or self.product(), self.lot(), 3
        return self.one(there)

    def units_of(self, there: int) -> int:
        return there + 1 if self.chance(5) else self.number(1, max(1, min(there, 6)))

    def lines(self, place: str) -> list[Body]:
        found = []
        for _ in range(1 + self.chance(25)):
            product, lot, there = self.on_shelf(place)
            found.append({"product": product, "lot": lot, "units": self.units_of(there)})
        return found

    def lots(self, place: str, product: str) -> list[Body]:
        found = []
        for _ in range(1 + self.chance(15)):
            _, lot, there = self.on_shelf(place, product)
            found.append({"lot": lot, "units": self.units_of(min(there, 3))})
        return found

    def seals(self) -> list[str]:
        held = sorted(find_custody(self.world))
        return [self.one(held)] if held and not self.chance(8) else ["no-such-seal"]

    def seal_no(self) -> str:
        used = sorted(find_custody(self.world))
        return self.one(used) if used and self.chance(4) else self.paper_no("S")

    def day(self, least: int, most: int) -> str:
        return (self.now + timedelta(days=self.number(least, most))).astimezone(LOCAL).date().isoformat()

    def write(self, at: datetime) -> str:
        return at.astimezone(UTC if self.chance(10) else LOCAL).isoformat()

    # -- a command -------------------------------------------------------------------------------

    def people_of(self, roles: set[str]) -> list[str]:
        enrolled = ["registrar", *(entry.body["person"] for entry in self.live("person.enrolled"))]
        return [person for person in enrolled if self.world.find_role(person) in roles]

    def performer(self, kind: str) -> str:
        able = self.people_of(PERFORMERS[kind])
        if not able or self.chance(4):
            anybody = ["ghost", "registrar", "insp", "nu1", "ph1", "head"]
            return self.one([*anybody, "ledger"] if kind in OF_THE_LEDGER else anybody)
        return self.one(able)

    def occurred_at(self, kind: str) -> datetime:
        way = self.number(0, 99)
        if kind.startswith("dispense.") and way < 95:
            way //= 2  # a supply is mostly written while somebody waits for it
        if way < 60:
            return self.now - timedelta(minutes=self.number(0, 60))
        if way < 80:
            return self.now - timedelta(hours=self.number(1, 48))
        if way < 97:
            return self.now - timedelta(days=self.number(1, 12))
        return self.now + timedelta(minutes=self.number(1, 20))

    def command(self, kind: str, body: Body, **envelope: Any) -> Body:
        performer = envelope.pop("performer", None) or self.performer(kind)
        made: Body = {
            "id": self.uuid(),
            "type": kind,
            "occurred_at": self.write(envelope.pop("at", None) or self.occurred_at(kind)),
            "performer": performer,
            "witness": None,
            "acknowledged": [{"code": code, "reason": "дәрігер білді"} for code in WARNINGS],
            "body": body,
        }
        if not self.chance(4):
            made["late_reason"] = "қағаздан"
        second = {} if "witness" in envelope else self._second_person(kind, body, performer)
        return made | second | envelope

    def _second_person(self, kind: str, body: Body, performer: str) -> Body:
        asked = kind in WITNESSED | GOVERNANCE or kind in ("entry.reversed", "infusion.stopped")
        asked |= body.get("residue_fate") == "wasted"
        if "commission" in body or performer == "ledger" or (not asked and not self.chance(3)):
            return {}
        if self.chance(12):
            return {"witness_pending": self.one(("alone_on_duty", "at_home", "device_failed"))}
        if self.chance(4):
            return {"witness": self.one([performer, "ghost", "insp", None])}
        roles = {"head_pharmacist"} if kind in GOVERNANCE else MAY_WITNESS
        return {"witness": self.one([one for one in self.people_of(roles) if one != performer] or [None])}

    def spoil(self, command: Body) -> Body:
        """One thing wrong with the form of it, or something that belongs elsewhere."""
        body = dict(command["body"])
        way = self.number(0, 5)
        if way == 0 and body:
            del body[self.one(sorted(body))]
        elif way == 1:
            body["surprise"] = 1
        elif way in (2, 3) and (lines := body.get("lines") or body.get("lots")) and isinstance(lines, list):
            wrong = self.one((0, -1, 2.5, "3", 100_000))
            key = "lines" if "lines" in body else "lots"
            body[key] = [{**lines[0], "units": wrong}, *lines[1:]] if "units" in lines[0] else lines
        elif way == 4:
            return {**command, "sheet": {"no": self.some("sheet_no", ("sheet.issued",), "none"), "line": 1}}
        elif named := sorted(NAMED & set(body)):
            body[self.one(named)] = 7
        return {**command, "body": body}


Maker = Callable[[Days], Body]
