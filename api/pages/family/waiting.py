"""What waits for those who visit homes: families after a death, visits, bags to hand over. Writes nothing.

From a death on this is the only place that knows of it, and it speaks to the staff alone: nobody reminds a family.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from api.asking import read_at
from ledger.domain.asking.courses import days_later
from ledger.domain.found_again import to_visit
from ledger.domain.kind import local_day
from ledger.domain.person import find_death, ids_of
from ledger.domain.records import Out, Seal
from ledger.domain.regulation import RuleSet
from ledger.log.canonical import from_bytes
from ledger.service import queries
from ledger.service.opened import find_standing
from ledger.service.ports import Reading, Wanted

_RULES = {"physician": "visit_physician_days", "nurse": "visit_nurse_days"}
_LOOKED_AT, _TOGETHER = 6, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A family that still has packs. `due_on` is "" where the rule set names no day."""

    patient: str
    died_on: str
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`last_on` is "" where there was none."""

    patient: str
    last_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """A sealed bag in custody; `mine`: the caller took it last."""

    seal_no: str
    place: str
    units: int
    received_at: str
    mine: bool


def find_homes(reading: Reading) -> dict[str, list[Out]]:
    """What is out at home, by patient (of merged ids the kept one)."""
    found = dict[str, list[Out]]()
    for patient, _, out in queries.find_out(reading):
        found.setdefault(patient, []).append(out)
    reading.at_hand("merged")
    return found


def find_products(reading: Reading, patient: str) -> list[str]:
    """What the patient has, or once had, at home."""
    found = {key[1]: None for each in ids_of(reading.book, patient) for key, _ in reading.shelf("home", (each,))}
    return list(found)


def find_living(reading: Reading, patients: Collection[str]) -> list[str]:
    """Those whose death is not known."""
    reading.at_hand("patient", ((each,) for each in patients))
    return [each for each in patients if find_death(reading.book, each) is None]


def find_deaths(reading: Reading, rules: RuleSet, homes: Collection[str]) -> list[Death]:
    """The earliest first."""
    reading.at_hand("patient", ((each,) for each in homes))
    found = []
    for patient in homes:
        died_on = find_death(reading.book, patient)
        if died_on is not None:
            days = rules.value("return_days", died_on)
            due_on = days_later(died_on, days) if days is not None else ""
            found.append(Death(patient=patient, died_on=died_on, due_on=due_on))
    return sorted(found, key=lambda death: (death.died_on, death.patient))


def is_informed(reading: Reading, patient: str) -> bool:
    """Whether the notice to the relatives was given."""
    return any(find_standing(reading, ("relatives.informed",), each) for each in ids_of(reading.book, patient))


def find_visits(
    reading: Reading, rules: RuleSet, homes: dict[str, list[Out]], today: str, *, role: str, start: int = 0
) -> Iterator[tuple[int, Visit]]:
    """(number in the list, visit) from *start* on: everybody alive whose visit by *role* (physician or nurse) has come
    by the rule set's days; who was seen, or first supplied, longest ago comes first.
    """
    allowed, zone = rules.value(_RULES[role], today), reading.book.facility.zone
    if allowed is None:
        return
    before = read_at(days_later(today, 1 - allowed), zone, first=True) or ""
    ids = {patient: ids_of(reading.book, patient) for patient in homes}
    seen = _last_seen(reading, role, chain.from_iterable(ids.values()))
    last = {patient: max(seen.get(each, "") for each in ids[patient]) for patient in homes}
    since = {patient: last[patient] or min(out.since_at for out in outs) for patient, outs in homes.items()}
    due = sorted((at, patient) for patient, at in since.items() if at < before)
    for first in range(start, len(due), _TOGETHER):  # who died is looked up for as many as somebody reads
        some = {patient: number for number, (_, patient) in enumerate(due[first : first + _TOGETHER], first)}
        for patient in find_living(reading, some):
            last_on = local_day(last[patient], zone) if last[patient] else ""
            yield some[patient], Visit(patient=patient, last_on=last_on)


def _last_seen(reading: Reading, role: str, patients: Iterable[str]) -> dict[str, str]:
    """When each patient was seen last by *role*; where the newest entry was reversed, the others are asked."""
    wanted = {to_visit(each, physician=role == "physician")[1]: each for each in patients}
    newest = reading.newest("visit", wanted)
    reading.at_hand("reversal", ((entry_id,) for entry_id, _ in newest.values()))
    found = {}
    for key, (entry_id, at) in newest.items():
        if reading.book.find("reversal", entry_id) is None:
            found[wanted[key]] = at
        else:
            rows = reading.rows(mention=("visit", key), last=_LOOKED_AT)
            stand = (row.occurred_at for row in rows if reading.book.find("reversal", row.id) is None)
            found[wanted[key]] = max(stand, default="")
    return found


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
