"""Each sampled type is recorded, refused, reversed and found again by a replay of the statements.

The whole vocabulary is played in tests/stories/test_every_type.py; here a reversal leaves the book as it was.
"""

from typing import Any

import msgspec
import pytest

from ledger.domain.book import Book, MemoryStock
from ledger.domain.command import read_command, read_statement
from ledger.domain.judge import judge
from ledger.domain.judge import record as apply
from ledger.domain.records import SHELVES
from ledger.domain.vocabulary import BODIES
from tests.domain.pharmacy import Pharmacy, reversal
from tests.domain.samples import EVENING, QUARTER_PAST, SAMPLES, prepared

TYPES = sorted(SAMPLES)
MENDED = {"reversal", "pending", "imported", "cared", "opening", "last_moved"}


class Twice(Pharmacy):
    """A pharmacy whose entries are also replayed from their statements, sealed leaves unseen, onto `second`."""

    def give(self, raw: dict[str, Any]) -> list[str]:
        if not hasattr(self, "second"):
            self.second = Book()
        told = super().give(raw)
        if told[0] == "recorded":
            self.replay(raw)
        return told

    def replay(self, raw: dict[str, Any]) -> None:
        first = read_command(raw, bodies=BODIES, users=lambda name: self.second.find("person", name) is not None)
        names = ("id", "type", "occurred_at", "performer", "witness", "body")
        statement = {name: getattr(first, name) for name in names}
        statement |= {"acknowledged": [{"code": code} for code in first.acknowledged], "seen": {"seq": -1}}
        sealed = dict.fromkeys(first.sealed, "0" * 64)
        command = read_statement(statement | {"sealed": sealed}, bodies=BODIES)
        judgement, case = judge(command, self.second, rules=self.rules, now=self.now, imported=True)
        assert judgement.refusals == ()
        apply(case)
        self.second.settle()


def state(book: Book) -> dict[str, Any]:
    """Everything that the book says, but what stays true: who reversed what, who cared for whom, when a lot moved."""
    assert isinstance(book.stock, MemoryStock)
    moves = {key: [m for m in timeline if m[2]] for key, timeline in book.stock.timelines.items()}
    shelves = {name: dict(records) for name, records in book.shelves.items() if name not in MENDED}
    homes = {key: [e for e in events if e.what != "undone"] for key, events in shelves.pop("home").items()}
    shelves["balance"] = {row: units for row, units in shelves["balance"].items() if units}  # taken back it stays, at 0
    return shelves | {
        "stock": {key: found for key, found in moves.items() if found},
        "home": {key: events for key, events in homes.items() if events},
    }


def record(pharmacy: Pharmacy, type_: str) -> list[str]:
    sample = SAMPLES[type_]
    return pharmacy.do(type_, sample.body, sample.performer, sample.witness, at=EVENING)


@pytest.mark.parametrize("type_", TYPES)
def test_it_is_recorded_by_whom_it_may_be(type_: str) -> None:
    assert record(prepared(SAMPLES[type_]), type_) == ["recorded", *SAMPLES[type_].notes]


@pytest.mark.parametrize("type_", TYPES)
def test_what_a_rule_refuses_changes_nothing(type_: str) -> None:
    sample = SAMPLES[type_]
    pharmacy = prepared(sample)
    before = state(pharmacy.book)
    for changes, codes in sample.refused:
        body = {name: value for name, value in (sample.body | changes).items() if value is not None}
        assert pharmacy.do(type_, body, sample.performer, sample.witness, at=EVENING) == codes, changes
    assert "not_allowed" in pharmacy.do(type_, sample.body, "insp", sample.witness, at=EVENING)
    assert state(pharmacy.book) == before


@pytest.mark.parametrize("type_", TYPES)
def test_a_reversal_takes_all_of_it_back(type_: str) -> None:
    sample = SAMPLES[type_]
    pharmacy = prepared(sample)
    before = state(pharmacy.book)
    assert record(pharmacy, type_)[0] == "recorded"
    body = reversal(pharmacy.last_id, packs=sample.packs)
    witness = "ph2" if sample.performer != "ph2" else "ph1"
    assert pharmacy.do("entry.reversed", body, sample.performer, witness, at=QUARTER_PAST) == ["recorded"]
    assert state(pharmacy.book) == before


@pytest.mark.parametrize("type_", TYPES)
def test_a_replay_of_the_statements_makes_the_same_book(type_: str) -> None:
    sample = SAMPLES[type_]
    pharmacy = prepared(sample, Twice())
    record(pharmacy, type_)
    assert isinstance(pharmacy, Twice)
    assert state(pharmacy.second) == state(pharmacy.book)


@pytest.mark.parametrize("type_", TYPES)
def test_its_records_are_stored_and_read_back_as_they_were(type_: str) -> None:
    pharmacy = prepared(SAMPLES[type_])
    record(pharmacy, type_)
    for shelf, records in pharmacy.book.shelves.items():
        for found in records.values():
            assert msgspec.json.decode(msgspec.json.encode(found), type=SHELVES[shelf]) == found
