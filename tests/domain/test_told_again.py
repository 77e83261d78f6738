"""What rests on an entry is judged by what was known then: what was entered or corrected later helped nobody."""

from typing import Any

import pytest

from tests.domain.pharmacy import Pharmacy, moved, reversal
from tests.domain.test_found_by_random_days import TAB, corrected, must


def on(day: int, hour: int = 9) -> str:
    return f"2026-02-{day:02d}T{hour:02d}:00:00+05:00"


def at_ward(units: int, lot: str = f"{TAB}-1", **more: Any) -> dict[str, Any]:
    return {"place": "ward", "lines": [{"product": TAB, "lot": lot, "units": units} | more]}


def broken(units: int) -> dict[str, Any]:
    return at_ward(units) | {"how": "құлады", "fragments_kept": False}


def rests_on(pharmacy: Pharmacy, entry_id: str) -> list[int]:
    """The seqs that a reversal of the entry names; none where it stands."""
    told = pharmacy.do("entry.reversed", reversal(entry_id), "ph1", "ph2", at=on(9))
    if told == ["recorded"]:
        return []
    (refusal,) = pharmacy.judgement.refusals
    assert refusal.code == "has_dependents"
    return [int(seq) for seq in str(refusal.values["seqs"]).split(", ")]


def test_a_reversal_names_who_took_what_came_and_never_an_older_entry() -> None:
    """Six came, five left; entered later: two more had come before that, and two had broken before those."""
    pharmacy = Pharmacy()
    must(pharmacy, "stock.moved", moved(6, product=TAB), "ph1", "nurse", at=on(1))
    must(pharmacy, "stock.moved", moved(5, product=TAB, source="ward", to="safe"), "nurse", "ph1", at=on(5))
    late = must(pharmacy, "stock.moved", moved(2, product=TAB), "ph1", "nurse", at=on(4))
    broke_id = must(pharmacy, "stock.broken", broken(2), "nurse", "nurse2", at=on(2))
    broke = pharmacy.book.size - 1
    assert rests_on(pharmacy, late) == [broke]
    must(pharmacy, "entry.reversed", reversal(broke_id), "ph1", "ph2", at=on(8))
    assert rests_on(pharmacy, late) == []


@pytest.mark.parametrize("late", [False, True])
def test_a_later_correction_of_a_name_is_no_stock_for_who_took_before_it(late: bool) -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "stock.moved", moved(6, product=TAB), "ph1", "nurse", at=on(1))
    if not late:
        must(pharmacy, "lot.corrected", corrected(f"{TAB}-1", "B"), "ph1", "ph2", at=on(2, 8))
    arrival = at_ward(14, "B", expires_on="2027-06-30") | {"supplier": "СК", "document_no": "N"}
    received = must(pharmacy, "stock.received", arrival, "ph1", "ph2", at=on(2, 10))
    back = {"from_place": "ward", "to_place": "safe", "lines": at_ward(1, "B")["lines"]}
    must(pharmacy, "stock.moved", back, "nurse", "ph1", at=on(3))
    took = pharmacy.book.size - 1
    if late:
        must(pharmacy, "lot.corrected", corrected(f"{TAB}-1", "B"), "ph1", "ph2", at=on(2, 8))
    assert rests_on(pharmacy, received) == ([took] if late else [])


def test_of_two_arrivals_only_what_was_needed_is_held() -> None:
    pharmacy = Pharmacy()
    first, second = (must(pharmacy, "stock.moved", moved(5, product=TAB), "ph1", "nurse", at=on(day)) for day in (1, 2))
    must(pharmacy, "stock.broken", broken(5), "nurse", "nurse2", at=on(3))
    broke = pharmacy.book.size - 1
    assert rests_on(pharmacy, first) == []
    assert rests_on(pharmacy, second) == [broke]
