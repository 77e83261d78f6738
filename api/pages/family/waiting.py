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
from ledger.service.ports import Reading, Wanted

_RULES = {"physician": "visit_physician_days", "nurse": "visit_nurse_days"}
_VISITS = ("home.counted", "dose.administered", "patch.removed", "prescription.issued", "unused.returned")
"""Entries that are made where the patient is, or, a prescription, by who has seen them."""
_LOOKED_AT, _MANY = 6, 200


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
    """The products that may be out at home, by patient (of merged ids the kept one)."""
    found = dict[str, dict[str, None]]()
    for (_, name, product), _ in reading.shelf("open", ("home",)):
        found.setdefault(ids_of(reading.book, name)[0], {})[product] = None
    return {patient: list(products) for patient, products in found.items()}


def _is_out(book: Book, patient: str, products: list[str]) -> bool:
    return any(row.still_out for product in products for row in read_home(book, patient, product).values())


def find_products(reading: Reading, patient: str) -> list[str]:
    """What the patient has, or once had, at home."""
    found = {key[1]: None for each in ids_of(reading.book, patient) for key, _ in reading.shelf("home", (each,))}
    return list(found)


def find_deaths(reading: Reading, rules: RuleSet, homes: dict[str, list[str]]) -> list[Death]:
    """The earliest first."""
    found = []
    for patient, products in homes.items():
        died_on = find_death(reading.book, patient)
        if died_on is not None and _is_out(reading.book, patient, products):
            days = rules.value("return_days", died_on)
            found.append(
                Death(
                    patient=patient,
                    died_on=died_on,
                    due_on=days_later(died_on, days) if days is not None else "",
                    informed=_is_informed(reading, patient),
                )
            )
    return sorted(found, key=lambda death: (death.died_on, death.patient))


def _is_informed(reading: Reading, patient: str) -> bool:
    told = Wanted(type="relatives.informed", patients=ids_of(reading.book, patient), limit=_LOOKED_AT)
    return any(reading.book.find("reversal", row.id) is None for row in reading.page(told))


def find_visits(reading: Reading, rules: RuleSet, homes: dict[str, list[str]], today: str) -> list[Visit]:
    """Of everybody alive with medicines at home, by the rule set's days; whose visit is due first stands first."""
    book, found = reading.book, []
    last, is_all = _last_seen(reading)
    for patient, products in homes.items():
        if find_death(book, patient) is not None or not _is_out(book, patient, products):
            continue
        ids = ids_of(book, patient)
        began_on = min(
            local_day(event.at, book.facility.zone) for each in products for event in events_of(book, patient, each)
        )
        for role, key in _RULES.items():
            days = rules.value(key, today)
            if days is None:
                continue
            last_at = max((last.get((each, role), "") for each in ids), default="")
            if not last_at and not is_all:
                last_at = max(
                    (at for whose, at in _seen(reading, Wanted(patients=ids, limit=_MANY)) if whose[1] == role),
                    default="",
                )
            last_on = local_day(last_at, book.facility.zone) if last_at else ""
            due_on = days_later(last_on or began_on, days)
            found.append(Visit(patient=patient, role=role, last_on=last_on, due_on=due_on))
    return sorted(found, key=lambda visit: (visit.due_on, visit.patient, visit.role))


def _last_seen(reading: Reading) -> tuple[dict[tuple[str, str], str], bool]:
    """When each patient was last seen, by (patient, role), from the newest entries of all; whether those are all."""
    last, is_all = dict[tuple[str, str], str](), True
    for type in _VISITS:
        told = list(_seen(reading, Wanted(type=type, limit=_MANY)))
        is_all = is_all and len(told) < _MANY
        for whose, at in told:
            last[whose] = max(last.get(whose, ""), at)
    return last, is_all


def _seen(reading: Reading, wanted: Wanted) -> Iterator[tuple[tuple[str, str], str]]:
    """((patient, physician or nurse), when) of each entry that says somebody was there; ("", "") of the others."""
    book = reading.book
    for row in reading.page(wanted):
        if row.type in _VISITS and book.find("reversal", row.id) is None:
            body = from_bytes(row.data)["statement"]["body"]
            if "patient" in body and (row.type != "dose.administered" or "place" not in body):
                role = book.get("person", row.performer).role_at(row.seq)
                yield (body["patient"], "physician" if role == "physician" else "nurse"), row.occurred_at
                continue
        yield ("", ""), ""


def find_bags(reading: Reading, person: str) -> list[Bag]:
    """Bags that families gave, not destroyed yet: those in the hands of *person* first."""
    found = []
    for (_, seal_no), _ in reading.shelf("open", ("seal",)):
        seal: Seal = reading.book.get("seal", seal_no)
        if seal.kind == "returned":
            (row,) = reading.page(Wanted(mention=("seal", seal_no), limit=1))
            last = from_bytes(row.data)["statement"]
            holder = last["witness"] if last["type"] == "custody.moved" else last["performer"]
            found.append(
                Bag(seal_no=seal_no, place=seal.place, units=seal.units, received_at=seal.received_at,
                    mine=holder == person)
            )  # fmt: skip
    return sorted(found, key=lambda bag: (not bag.mine, bag.received_at))
