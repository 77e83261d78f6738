"""What is to be done by a day that the rule set names: shown with the days it is overdue by, and refused nowhere.

Where the law's number is not known the value is unset, and nothing is due by it. Whom a family still owes packs after
a death stands here for the staff alone: nobody reminds a family.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger.domain.asking.courses import days_between, days_later
from ledger.domain.book import Book
from ledger.domain.findings import last_found_at
from ledger.domain.kind import local_day
from ledger.domain.person import find_death, ids_of, read_home
from ledger.domain.records import Seal
from ledger.domain.regulation import RuleSet

GOVERNED_BY: Mapping[str, str] = MappingProxyType(
    {"return": "return_days", "destruction": "destruction_days", "inventory": "inventory_days"}
)
"""What is due, and the value of the rule set that says within how many days."""
_COUNTED = ("safe", "ward", "mobile_team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """`units` are due by the local day `due_on`, counted from `since_on`; `overdue_days` is 0 up to that day.

    return: a patient's packs of a product, since the death · destruction: a sealed bag, since it came to custody ·
    inventory: a product at a place, since the last count, or since it first came where nobody has counted it.
    """

    what: str
    since_on: str
    due_on: str
    overdue_days: int
    units: int
    patient: str = ""
    product: str = ""
    place: str = ""
    seal_no: str = ""


def find_deadlines(
    book: Book,
    rules: RuleSet,
    at: str,
    *,
    stock: Iterable[tuple[str, str, str, int]],
    only: str | None = None,
    seals: Iterable[str] | None = None,
) -> Iterator[Deadline]:
    """Everything that is due by *rules* at *at* (canonical UTC text). *stock*: (place, product, lot, units) now.

    *only*: one of `GOVERNED_BY`, and nothing else is looked for. *seals*: those in custody, where they are known.
    """
    today = local_day(at, book.facility.zone)

    def due(what: str, since_on: str, units: int, **where: str) -> Iterator[Deadline]:
        days = rules.value(GOVERNED_BY[what], since_on)
        if days is not None:
            due_on = days_later(since_on, days)
            overdue = max(0, days_between(due_on, today))
            yield Deadline(what=what, since_on=since_on, due_on=due_on, overdue_days=overdue, units=units, **where)

    if only in (None, "return"):
        for patient, product in sorted({(ids_of(book, key[1])[0], key[2]) for key in _open(book, "home")}):
            died_on = find_death(book, patient)
            units = sum(row.still_out for row in read_home(book, patient, product).values()) if died_on else 0
            if died_on is not None and units:
                yield from due("return", died_on, units, patient=patient, product=product)
    if only in (None, "destruction"):
        for seal_no in sorted(seals if seals is not None else (seal_no for _, seal_no in _open(book, "seal"))):
            seal: Seal = book.get("seal", seal_no)
            since_on = local_day(seal.received_at, book.facility.zone)
            yield from due("destruction", since_on, seal.units, seal_no=seal_no, place=seal.place)
    if only in (None, "inventory"):
        for (place, product), lots in sorted(_lots_there(book, stock).items()):
            counted_at = last_found_at(book, place, product) or _came_at(book, place, product, lots)
            since_on = local_day(counted_at, book.facility.zone)
            yield from due("inventory", since_on, sum(lots.values()), place=place, product=product)


def _open(book: Book, shelf: str) -> list[tuple[str, ...]]:
    return [key for key in book.shelves["open"] if key[0] == shelf]


def _lots_there(book: Book, stock: Iterable[tuple[str, str, str, int]]) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for place, product, lot, units in stock:
        if units and book.get("place", place).kind in _COUNTED:
            found.setdefault((place, product), {})[lot] = units
    return found


def _came_at(book: Book, place: str, product: str, lots: Iterable[str]) -> str:
    """When the first of *lots* came."""
    came = (book.stock.timeline(place, product, lot).first_arrival_at() for lot in lots)
    return min(at for at in came if at is not None)
