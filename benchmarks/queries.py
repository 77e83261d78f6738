"""What a page asks of the projections, in a ledger of 10^6 entries and in one of 10^4.

    python -m benchmarks.queries [--small 10000] [--large 1000000] [--runs 101] [--keep DIR]

Both ledgers are the same hospital's (see `hospital`), replayed through every rule and stored as `rebuild` stores it.
Each query is asked in a reading of its own, of the two ledgers in turn; its milliseconds are the thread's own, for
others may use the machine. The floor is the small one's median, the target 1.5 times that; `most` is the 5 ms that the
median may take.

Both are asked for as much: patients are those of whom both ledgers tell as much, a patient's page reaches back to the
first day, a past moment is as far into its month, and the hospital settles its discrepancies, so that as many stand
open. What is left is what the ledger's size costs: more months, and rows on pages of the database farther apart.
What lists everything that ever was is told without a target: its answer grows. With `--keep` the hospitals stay in DIR,
and are used again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import thread_time
from typing import Any

import msgspec

from benchmarks.hospital import PRODUCTS
from benchmarks.standing import asked, make_standing
from ledger.cli import collect_seldom
from ledger.domain.history.doses import read_doses
from ledger.log.canonical import from_timestamp, to_timestamp
from ledger.service import queries
from ledger.service.doses import have_history_at_hand
from ledger.service.ledger import find_adoption
from ledger.service.ports import Reading, Wanted
from ledger.storage.layout import LEDGER
from ledger.storage.store import SqlStore

MOST_MS, TARGET = 5.0, 1.5
_BOUND = (
    "As much is asked of a hospital a hundred times as old; but what it reads lies on pages of the database that are "
    "farther apart and seldom at hand. Milliseconds, not ratios, are what a person waits for."
)
_ALIKE = range(200, 240)
"""Entries of a patient who is asked for."""


class Ledger:
    """A stored hospital, and what may be asked of it; `months`: when each began in it, but the last."""

    def __init__(self, path: Path) -> None:
        self.store, self.moments = SqlStore(path), []
        told_of: Counter[str] = Counter()
        with self.store.reading() as reading:
            for _, data in reading.entries():
                entry = msgspec.json.decode(data)
                self.moments.append(entry["recorded_at"])
                told_of[entry["statement"]["body"].get("patient")] += 1
            self.size = reading.head.size
            patients = [name for (name,), _ in reading.shelf("patient")]
            self.months = list({at[:7]: at for at in reversed(self.moments)}.values())[:0:-1]
            adoption = find_adoption(reading)
        assert adoption is not None
        self.rules = adoption.rules
        self.patients = [name for name in patients if told_of[name] in _ALIKE] or patients


Query = Callable[[Reading, Ledger, Random], object]


def _rows(**of: Any) -> Query:
    return lambda reading, ledger, random: list(queries.read_entries(reading, **of, last=20))


def _of_patient(reading: Reading, ledger: Ledger, random: Random) -> object:
    return list(queries.read_entries(reading, mention=("patient", random.choice(ledger.patients)), last=20))


def _doses(reading: Reading, ledger: Ledger, random: Random) -> object:
    patient, now = random.choice(ledger.patients), ledger.moments[-1]
    have_history_at_hand(reading, patient)
    return read_doses(reading.book, patient, rules=ledger.rules, known_at=ledger.size - 1, now=now)


def _stock(reading: Reading, ledger: Ledger, random: Random) -> object:
    """What the first dose after a start looks up."""
    timeline = reading.book.stock.timeline("ward-1", "morphine-10", "A001")
    return timeline.first_arrival_at(), timeline.first_below(ledger.moments[-1], ledger.size, -1)


def _circle(*, of_all: bool = False) -> Query:
    def ask(reading: Reading, ledger: Ledger, random: Random) -> object:
        patient = None if of_all else random.choice(ledger.patients)
        return queries.read_circle(reading, today=ledger.moments[-1][:10], patient=patient, only_open=of_all)

    return ask


def _page(**of: Any) -> Query:
    """A page in the middle of the log, as `GET /entries` asks for it."""

    def ask(reading: Reading, ledger: Ledger, random: Random) -> object:
        seq = ledger.size // 2
        return reading.page(Wanted(limit=50, after=(ledger.moments[seq], seq), **of))

    return ask


def _page_of_day(reading: Reading, ledger: Ledger, random: Random) -> object:
    day = random.choice(ledger.moments)[:10]
    return reading.page(Wanted(limit=50, from_at=day, until_at=f"{day}~"))


def _page_of_patient(reading: Reading, ledger: Ledger, random: Random) -> object:
    return reading.page(Wanted(limit=50, patients=(random.choice(ledger.patients),), from_at="2017"))


def _moment(ledger: Ledger, random: Random) -> str:
    """Some days into a month, as both ledgers have them: what moved since the month began is added up."""
    at = from_timestamp(random.choice(ledger.months)) + timedelta(days=random.uniform(1, 26))
    return to_timestamp(at)


_ALL = {"product": None, "place": None}
QUERIES: dict[str, Query] = {
    "balances": lambda reading, ledger, random: queries.read_balances(reading, **_ALL, at=None),
    "balances_at": lambda reading, ledger, random: queries.read_balances(reading, **_ALL, at=_moment(ledger, random)),
    "balance_of_product": lambda reading, ledger, random: queries.read_balances(
        reading, product=random.choice(list(PRODUCTS)), place="safe", at=None
    ),
    "stock_of_lot": _stock,
    "circle_of_patient": _circle(),
    "custody": lambda reading, ledger, random: queries.read_custody(reading),
    "discrepancies": lambda reading, ledger, random: queries.read_discrepancies(reading),
    "empties_due": lambda reading, ledger, random: queries.read_empties_due(reading),
    "pending": lambda reading, ledger, random: queries.read_pending(reading),
    "last_of_patient": _of_patient,
    "last_of_product": _rows(mention=("product", "morphine-10")),
    "last_of_type": _rows(type="dispense.outpatient"),
    "doses_of_patient": _doses,
    "page": _page(),
    "page_of_type": _page(type="dispense.outpatient"),
    "page_of_product": _page(product="morphine-10"),
    "page_of_type_and_product": _page(type="stock.moved", product="morphine-10"),
    "page_of_day": _page_of_day,
    "page_of_patient": _page_of_patient,
}
GROWING: dict[str, Query] = {"circle_of_all": _circle(of_all=True)}


def main() -> None:
    collect_seldom()
    with asked(__doc__, runs=101) as given:
        small, large = (Ledger(make_standing(given.keep, count) / LEDGER) for count in given.counts)
        for name, query in QUERIES.items():
            _tell(name, query, small, large, given.runs, TARGET)
        for name, query in GROWING.items():
            _tell(name, query, small, large, 5, None)


def _tell(name: str, query: Query, small: Ledger, large: Ledger, runs: int, target: float | None) -> None:
    pairs = list(_times(query, small, large, runs))
    floor, found = (median(times) for times in zip(*pairs, strict=True))
    line = {"name": f"query_{name}", "unit": "ms", "median": round(found, 3), "floor": round(floor, 3)}
    line |= {
        "ratio": round(found / floor, 2),
        "target": target,
        "most": MOST_MS if target else None,
        "runs": runs,
        "bound": _BOUND,
    }
    print(json.dumps(line), flush=True)


def _times(query: Query, small: Ledger, large: Ledger, runs: int) -> Iterator[tuple[float, float]]:
    """(small, large) in ms; the first round, which warms the caches, is left out."""
    for seed in range(-1, runs):
        found = []
        for ledger in (small, large):
            random, start = Random(seed), thread_time()
            with ledger.store.reading() as reading:
                query(reading, ledger, random)
            found.append(1_000 * (thread_time() - start))
        if seed >= 0:
            yield found[0], found[1]


if __name__ == "__main__":
    main()
