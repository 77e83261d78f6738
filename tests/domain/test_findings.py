"""Counts and collections against a book that later entries change: nothing hides behind what agreed once.

A ward gets ten ampoules on 1 February; the hours below are those of the days after.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.domain.book import FIRST, Book, MemoryPast
from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, registration, reversal, supply


@pytest.fixture
def pharmacy() -> Pharmacy:
    pharmacy = Pharmacy()
    assert pharmacy.do("stock.moved", moved(10), "ph1", "nurse") == ["recorded"]
    return pharmacy


def at(day: int, hour: int = 9) -> str:
    return f"2026-02-{day:02d}T{hour:02d}:00:00+05:00"


def give(pharmacy: Pharmacy, day: int, units: int = 1) -> str:
    body = dose(lots=[{"lot": "morphine-inj-1", "units": units}], dose={"value": str(10 * units), "unit": "mg"})
    assert pharmacy.do("dose.administered", body, "nurse", at=at(day))[0] == "recorded"
    return pharmacy.last_id


def collect(pharmacy: Pharmacy, day: int, *units: int, lot: str = "morphine-inj-1") -> str:
    lines = [{"product": "morphine-inj", "lot": lot, "empty": n, "partial": 0} for n in units]
    body = {"place": "ward", "lines": lines, "seal_no": f"E-{pharmacy.book.size}", "to_place": "custody"}
    assert pharmacy.do("empties.collected", body, "ph1", "nurse", at=at(day)) == ["recorded"]
    return pharmacy.last_id


def count(pharmacy: Pharmacy, units: int, day: int, lot: str | None = "morphine-inj-1", place: str = "safe") -> str:
    line = {"product": "morphine-inj", "units": units} | ({"lot": lot} if lot else {})
    body = {"place": place, "lines": [line], "blind": True, "purpose": "periodic"}
    assert pharmacy.do("stock.counted", body, "ph1", "ph2", at=at(day)) == ["recorded"]
    return f"{pharmacy.last_id}:0"


def resolve(pharmacy: Pharmacy, name: str, difference: int) -> list[str]:
    body = {"discrepancy": name, "cause": "missing_entry", "difference": difference, "note": "-"}
    return pharmacy.do("discrepancy.resolved", body, "head", "ph1", at=at(25))


def undo(pharmacy: Pharmacy, entry_id: str, **changes: Any) -> list[str]:
    return pharmacy.do("entry.reversed", reversal(entry_id, **changes), "head", "ph1", at=at(26))


def receive(pharmacy: Pharmacy, lot: str, units: int, day: int = 1, expires_on: str = "2027-01-31") -> str:
    line = {"product": "morphine-inj", "lot": lot, "expires_on": expires_on, "units": units}
    body = {"place": "safe", "lines": [line], "supplier": "S", "document_no": "1"}
    assert pharmacy.do("stock.received", body, "ph1", "ph2", at=at(day)) == ["recorded"]
    return pharmacy.last_id


class TestEmpties:
    def test_a_dose_entered_late_was_due_at_the_collection(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2)
        taken = collect(pharmacy, 4, 3)
        assert pharmacy.open_discrepancies() == {f"{taken}:0": 2}
        give(pharmacy, 3)
        assert pharmacy.open_discrepancies() == {f"{taken}:0": 1}
        give(pharmacy, 5)
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({f"{taken}:0": 1}, 0)

    def test_a_reversed_dose_leaves_no_deficit_without_a_discrepancy(self, pharmacy: Pharmacy) -> None:
        given = give(pharmacy, 2)
        taken = collect(pharmacy, 4, 1)
        assert pharmacy.open_discrepancies() == {}
        assert pharmacy.do("entry.reversed", reversal(given), "nurse") == ["recorded"]
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({f"{taken}:0": 1}, -1)
        give(pharmacy, 3)
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({}, 0)

    def test_an_earlier_collection_entered_late_takes_what_a_later_one_counted_on(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2, 2)
        later = collect(pharmacy, 5, 2)
        early = collect(pharmacy, 3, 1)
        assert pharmacy.open_discrepancies() == {f"{later}:0": 1}
        assert undo(pharmacy, early, packs="none") == ["recorded"]
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({}, 0)

    def test_two_lines_of_one_lot_are_due_together(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2, 3)
        taken = collect(pharmacy, 4, 2, 2)
        assert pharmacy.open_discrepancies() == {f"{taken}:1": 1}
        assert undo(pharmacy, taken, packs="none") == ["recorded"]
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({}, 3)

    def test_a_resolution_is_taken_back_when_the_doses_turn_up(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2)
        name = f"{collect(pharmacy, 4, 3)}:0"
        assert resolve(pharmacy, name, 2) == ["recorded"]
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({}, 0)
        give(pharmacy, 3, 2)
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({name: -2}, 2)
        assert resolve(pharmacy, name, -2) == ["recorded"]
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({}, 0)

    def test_a_resolution_never_writes_off_what_is_due(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2)
        name = f"{collect(pharmacy, 4, 3)}:0"
        give(pharmacy, 3, 5)
        assert (pharmacy.open_discrepancies(), pharmacy.due()) == ({name: 0}, 3)
        assert resolve(pharmacy, name, -3) == ["units_implausible"]

    def test_stock_is_never_touched(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2)
        resolve(pharmacy, f"{collect(pharmacy, 4, 3)}:0", 2)
        assert pharmacy.stock("ward", "morphine-inj") == 9


class TestTotals:
    """Safe: 90 of the everyday lot (June 2027), 10 of lot B (January 2027)."""

    @pytest.fixture(autouse=True)
    def _second_lot(self, pharmacy: Pharmacy) -> None:
        receive(pharmacy, "B", 10)

    def test_what_is_missing_is_taken_from_the_lots_that_expire_first(self, pharmacy: Pharmacy) -> None:
        name = count(pharmacy, 85, 10, lot=None)
        assert resolve(pharmacy, name, -15) == ["recorded"]
        assert (pharmacy.stock("safe", "morphine-inj", "B"), pharmacy.stock("safe", "morphine-inj")) == (0, 85)

    def test_a_resolved_total_is_taken_back_as_it_was_judged(self, pharmacy: Pharmacy) -> None:
        name = count(pharmacy, 85, 10, lot=None)
        resolve(pharmacy, name, -15)
        resolved = pharmacy.last_id
        receive(pharmacy, "A", 50, day=9, expires_on="2026-12-31")  # would have given first
        assert undo(pharmacy, resolved) == ["recorded"]
        lots = [pharmacy.stock("safe", "morphine-inj", lot) for lot in ("A", "B", "morphine-inj-1")]
        assert (lots, pharmacy.open_discrepancies()) == ([50, 10, 90], {name: -65})

    def test_only_what_the_lots_can_still_give_is_taken_from_them(self, pharmacy: Pharmacy) -> None:
        name = count(pharmacy, 98, 10, lot=None)
        body = moved(9)
        body["lines"][0]["lot"] = "B"
        pharmacy.do("stock.moved", body, "ph1", "nurse", at=at(12))
        assert resolve(pharmacy, name, -2) == ["recorded"]
        assert (pharmacy.stock("safe", "morphine-inj", "B"), pharmacy.stock("safe", "morphine-inj")) == (0, 89)

    def test_what_is_found_is_put_to_the_lot_that_is_there(self, pharmacy: Pharmacy) -> None:
        body = moved(10)
        body["lines"][0]["lot"] = "B"
        pharmacy.do("stock.moved", body, "ph1", "nurse", at=at(9))
        name = count(pharmacy, 91, 10, lot=None)
        assert resolve(pharmacy, name, 1) == ["recorded"]
        assert (pharmacy.stock("safe", "morphine-inj", "B"), pharmacy.stock("safe", "morphine-inj")) == (0, 91)

    @pytest.mark.parametrize("later", [False, True])
    def test_what_is_found_where_no_lot_ever_was_belongs_to_none(self, pharmacy: Pharmacy, later: bool) -> None:
        name = count(pharmacy, 2, 10, lot=None, place="team")
        if later:
            pharmacy.do("stock.moved", moved(1, to="team"), "ph1", "nurse", at=at(12))
        assert resolve(pharmacy, name, 2) == ["lot_unknown"]
        assert resolve(pharmacy, name, 0) == ["recorded"]


class TestReversals:
    def test_a_count_rests_on_the_only_arrival_of_its_lot(self, pharmacy: Pharmacy) -> None:
        receipt = receive(pharmacy, "B", 5)
        counted = count(pharmacy, 5, 3, lot="B").removesuffix(":0")
        assert undo(pharmacy, receipt) == ["has_dependents"]
        assert undo(pharmacy, counted, packs="none") == ["recorded"]
        assert undo(pharmacy, receipt) == ["recorded"]

    def test_a_count_stands_on_another_arrival_if_that_was_known(self, pharmacy: Pharmacy) -> None:
        first, second = receive(pharmacy, "B", 5), receive(pharmacy, "B", 5)
        name = count(pharmacy, 10, 3, lot="B")
        assert undo(pharmacy, first) == ["recorded"]
        assert pharmacy.open_discrepancies() == {name: 5}
        receive(pharmacy, "B", 5)
        assert undo(pharmacy, second) == ["has_dependents"]

    def test_a_clean_count_that_differed_for_a_while_is_clean_when_all_is_taken_back(self, pharmacy: Pharmacy) -> None:
        name = count(pharmacy, 90, 10)
        pharmacy.do("stock.moved", moved(5), "ph1", "nurse", at=at(9))
        late = pharmacy.last_id
        assert resolve(pharmacy, name, 5) == ["recorded"]
        resolved = pharmacy.last_id
        assert undo(pharmacy, late) == ["recorded"]
        assert pharmacy.open_discrepancies() == {name: -5}
        assert undo(pharmacy, resolved) == ["recorded"]
        assert not pharmacy.book.shelves["discrepancy"]

    @pytest.mark.parametrize(("packs", "more"), [("never_left", {}), ("back_sealed", {"seal_no": "R", "place": "bag"})])
    def test_packs_that_came_back_from_a_family_do_not_come_back_twice(
        self, pharmacy: Pharmacy, packs: str, more: dict[str, str]
    ) -> None:
        pharmacy.do("patient.registered", registration("p3"), "doc")
        pharmacy.do("prescription.issued", prescription("rx", "p3"), "doc")
        pharmacy.do("dispense.outpatient", supply("rx", "p3", 10), "ph1", at=at(2))
        given = pharmacy.last_id
        line = {"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 10, "broken": 0}
        body: dict[str, Any] = {"patient": "p3", "brought_by": "K", "relation": "child", "reason": "dose_changed"}
        body |= {"lines": [line], "empties_declined": False, "seal_no": "S", "place": "custody"}
        pharmacy.do("unused.returned", body | {"signed_by_relative": "yes"}, "nurse", at=at(3))
        returned = pharmacy.last_id
        assert undo(pharmacy, given, packs=packs, **more) == ["has_dependents"]
        assert pharmacy.do("entry.reversed", reversal(returned), "nurse", at=at(4)) == ["recorded"]
        assert undo(pharmacy, given, packs=packs, **more) == ["recorded"]

    def test_an_opening_stays_closed_while_any_movement_stands(self, pharmacy: Pharmacy) -> None:
        first, second = receive(pharmacy, "B", 5), receive(pharmacy, "B", 5)
        line = {"product": "morphine-inj", "lot": "C", "expires_on": "2027-01-31", "units": 1}
        opening = {"place": "safe", "lines": [line]}
        moving = pharmacy.book.past.by_seq(pharmacy.book.size - 3)
        assert moving is not None
        for entry_id in (moving.id, first):
            assert undo(pharmacy, entry_id) == ["recorded"]
            assert pharmacy.do("stock.opened", opening, "head", "ph1") == ["already_open"]
        assert undo(pharmacy, second) == ["recorded"]
        assert pharmacy.do("stock.opened", opening, "head", "ph1") == ["recorded"]


def test_an_entry_of_long_ago_is_held_against_every_count_and_asks_for_no_day_between() -> None:
    class Asked(MemoryPast):
        times = 0

        def mentioning(self, kind: str, key: str, after: int = FIRST) -> Iterator[int]:
            self.times += 1
            return super().mentioning(kind, key, after)

    past = Asked()
    pharmacy = Pharmacy(book=Book(past=past))
    line = {"product": "morphine-tab", "lot": "morphine-tab-1", "units": 100}
    count = {"place": "safe", "lines": [line], "blind": True, "purpose": "shift"}
    assert pharmacy.do("stock.counted", count, "ph1", "ph2") == ["recorded"]
    came = {"place": "safe", "lines": [line | {"units": 5, "expires_on": "2027-06-30"}], "supplier": "-"}
    before = past.times
    told = pharmacy.do("stock.received", came | {"document_no": "1"}, "ph1", "ph2", at="1000-01-02T00:00:00Z")
    assert (told, past.times - before < 10) == (["recorded"], True)
    assert list(pharmacy.open_discrepancies().values()) == [-5]
