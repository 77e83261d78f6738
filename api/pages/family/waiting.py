"""What waits for those who visit homes: families after a death, visits, bags to hand over. Writes nothing.

From a death on this is the only place that knows of it, and it speaks to the staff alone: nobody reminds a family.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.domain.asking.courses import days_later
from ledger.domain.book import Book
from ledger.domain.kind import local_day
from ledger.domain.person import events_of, find_death, ids_of, read_home
from ledger.domain.records import Seal
from ledger.domain.regulation import RuleSet
from ledger.log.canonical import from_bytes
from ledger.service.opened import find_standing
from ledger.service.ports import Reading

_RULES = {"physician": "visit_physician_days", "nurse": "visit_nurse_days"}
_VISITS = ("home.counted", "dose.administered", "patch.removed", "prescription.issued", "unused.returned")
"""Entries that are made where the patient is, or, a prescription, by who has seen them."""
_LOOKED_AT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A family that still has packs. `due_on` is "" where the rule set names no day."""

    patient: str
    died_on: str
    due_on: str
    informed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The visit that is due next: `role` is physician or nurse, `last_on` "" where there was none."""

    patient: str
    role: str
    last_on: str
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """A sealed bag in custody; `mine`: the caller took it last."""

    seal_no: str
    place: str
    units: int
    received_at: str
    mine: bool


def find_homes(reading: Reading) -> dict[str, list[str]]:
    """The products out at home, by patient (of merged ids the kept one)."""
    book, found = reading.book, dict[str, dict[str, None]]()
    for (_, name, product), _ in reading.shelf("open", ("home",)):
        found.setdefault(ids_of(book, name)[0], {})[product] = None
    homes = {
        patient: [each for each in products if any(row.still_out for row in read_home(book, patient, each).values())]
        for patient, products in found.items()
    }
    return {patient: products for patient, products in homes.items() if products}


def find_products(reading: Reading, patient: str) -> list[str]:
    """What the patient has, or once had, at home."""
    found = {key[1]: None for each in ids_of(reading.book, patient) for key, _ in reading.shelf("home", (each,))}
    return list(found)


def find_deaths(reading: Reading, rules: RuleSet, homes: dict[str, list[str]]) -> list[Death]:
    """The earliest first."""
    found = []
    for patient in homes:
        died_on = find_death(reading.book, patient)
        if died_on is not None:
            days = rules.value("return_days", died_on)
            found.append(
                Death(
                    patient=patient,
                    died_on=died_on,
                    due_on=days_later(died_on, days) if days is not None else "",
                    informed=any(
                        find_standing(reading, ("relatives.informed",), each) for each in ids_of(reading.book, patient)
                    ),
                )
            )
    return sorted(found, key=lambda death: (death.died_on, death.patient))


def find_visits(reading: Reading, rules: RuleSet, homes: dict[str, list[str]], today: str) -> list[Visit]:
    """Of everybody alive with medicines at home, by the rule set's days; whose visit is due first stands first."""
    found = []
    for patient, products in homes.items():
        if find_death(reading.book, patient) is not None:
            continue
        last = dict[str, str]()
        for role, at in _seen(reading, patient):
            last[role] = max(last.get(role, ""), local_day(at, reading.book.facility.zone))
        began_on = _began_on(reading.book, patient, products)
        for role, key in _RULES.items():
            days = rules.value(key, today)
            if days is not None:
                last_on = last.get(role, "")
                due_on = days_later(last_on or began_on, days)
                found.append(Visit(patient=patient, role=role, last_on=last_on, due_on=due_on))
    return sorted(found, key=lambda visit: (visit.due_on, visit.patient, visit.role))


def _seen(reading: Reading, patient: str) -> Iterator[tuple[str, str]]:
    """(physician or nurse, when) of the latest entries that say somebody was there."""
    book = reading.book
    for each in ids_of(book, patient):
        for type in _VISITS:
            for row in reading.rows(type=type, mention=("patient", each), last=_LOOKED_AT):
                body = from_bytes(row.data)["statement"]["body"]
                at_home = type != "dose.administered" or "place" not in body
                if at_home and book.find("reversal", row.id) is None:
                    role = book.get("person", row.performer).role_at(row.seq)
                    yield "physician" if role == "physician" else "nurse", row.occurred_at


def _began_on(book: Book, patient: str, products: list[str]) -> str:
    first_at = min(event.at for product in products for event in events_of(book, patient, product))
    return local_day(first_at, book.facility.zone)


def find_bags(reading: Reading, person: str) -> list[Bag]:
    """Bags that families gave, not destroyed yet: those in the hands of *person* first."""
    found = []
    for (_, seal_no), _ in reading.shelf("open", ("seal",)):
        seal: Seal = reading.book.get("seal", seal_no)
        if seal.kind == "returned":
            rows = [row for row in reading.rows(mention=("seal", seal_no)) if row.type != "entry.reversed"]
            last = from_bytes(rows[-1].data)["statement"] if rows else {"type": "", "performer": ""}
            holder = last["witness"] if last["type"] == "custody.moved" else last["performer"]
            found.append(
                Bag(seal_no=seal_no, place=seal.place, units=seal.units, received_at=seal.received_at,
                    mine=holder == person)
            )  # fmt: skip
    return sorted(found, key=lambda bag: (not bag.mine, bag.received_at))
