"""What the adopted days govern: a prescription is brought in time, and what is due stands in a list with its day."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.domain.findings import BESIDE_STOCK
from ledger.domain.history.deadlines import Deadline, find_deadlines
from ledger.domain.regulation import Provision
from tests.domain.pharmacy import Pharmacy, moved, prescription, reversal, supply
from tests.domain.samples import SAMPLES


def pharmacy_of(**values: int) -> Pharmacy:
    made = Pharmacy()
    site = {"valid_to": None, "act": "-", "paragraph": "-", "edition": "-", "status": "site"}
    added = {key: (Provision(value=days, valid_from="2015-01-26", **site),) for key, days in values.items()}  # type: ignore[arg-type]
    made.rules = replace(made.rules, provisions={**made.rules.provisions, **added})
    return made


def on(day: int, month: int = 2) -> str:
    return f"2026-{month:02}-{day:02}T09:00:00+05:00"


LONG = {"duration_days": 30, "units": 40}


@pytest.mark.parametrize(
    ("days", "starts_on", "day", "told"),
    [
        (None, "2026-02-01", 28, "recorded"),
        (10, "2026-02-01", 11, "recorded"),
        (10, "2026-02-01", 12, "prescription_over"),
        (10, "2026-02-05", 15, "recorded"),  # nobody can bring it before it begins
        (10, "2026-02-05", 16, "prescription_over"),
    ],
)
def test_a_prescription_is_brought_within_its_days(days: int | None, starts_on: str, day: int, told: str) -> None:
    pharmacy = pharmacy_of(**({} if days is None else {"prescription_valid_days": days}))
    pharmacy.do("prescription.issued", prescription("rx", "p1", starts_on=starts_on, **LONG), "doc", at=on(1))
    assert pharmacy.do("dispense.outpatient", supply("rx", "p1", 5), "ph1", at=on(day)) == [told]


def test_what_was_brought_in_time_is_supplied_to_its_end_and_a_dose_is_never_asked() -> None:
    pharmacy = pharmacy_of(prescription_valid_days=10)
    pharmacy.do("prescription.issued", prescription("rx", "p1", **LONG), "doc", at=on(1))
    assert pharmacy.do("dispense.outpatient", supply("rx", "p1", 5), "ph1", at=on(2)) == ["recorded"]
    first = pharmacy.last_id
    assert pharmacy.do("dispense.outpatient", supply("rx", "p1", 5), "ph1", at=on(27)) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "ph1", at=on(27)) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(first), "ph1", at=on(27)) == ["recorded"]
    assert pharmacy.do("dispense.outpatient", supply("rx", "p1", 5), "ph1", at=on(27)) == ["prescription_over"]
    pharmacy.do("stock.moved", moved(5, product="morphine-tab"), "ph1", "nurse", at=on(2))
    body = {"patient": "p1", "prescription": "rx", "home": True, "product": "morphine-tab"}
    body |= {"lots": [{"lot": "morphine-tab-1", "units": 1}], "dose": {"value": "10", "unit": "mg"}}
    assert pharmacy.do("dose.administered", body, "nurse", at=on(27)) == ["recorded"]


def test_a_paper_that_was_used_elsewhere_was_brought_in_time() -> None:
    pharmacy = pharmacy_of(prescription_valid_days=2)
    body = SAMPLES["prescription.transcribed"].body
    for name, before, told in (("used", 12, "recorded"), ("fresh", 0, "prescription_over")):
        paper = body | {"prescription": name, "units_used_before": before}
        assert pharmacy.do("prescription.transcribed", paper, "nurse", at=on(4)) == ["recorded"]
        assert pharmacy.do("dispense.outpatient", supply(name, "p1", 2), "ph1", at=on(4)) == [told]


def due(pharmacy: Pharmacy, day: int, what: str) -> list[Deadline]:
    stock: list[Any] = [(*row, units) for row, units in pharmacy.book.shelves["balance"].items()]
    rows = [row for row in stock if not row[0].startswith(BESIDE_STOCK)]
    at = f"2026-03-{day:02}T04:00:00.000000Z"
    return [each for each in find_deadlines(pharmacy.book, pharmacy.rules, at, stock=rows) if each.what == what]


def test_packs_of_the_dead_are_due_until_they_are_back() -> None:
    pharmacy = pharmacy_of(return_days=10)
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc", at=on(1))
    pharmacy.do("dispense.outpatient", supply("rx", "p1", 8), "ph1", at=on(1))
    assert due(pharmacy, 1, "return") == []
    pharmacy.do("patient.died", {"patient": "p1", "died_on": "2026-02-20"}, "doc", at=on(20))
    (found,) = due(pharmacy, 2, "return")
    assert (found.due_on, found.overdue_days, found.units) == ("2026-03-02", 0, 8)
    assert due(pharmacy, 5, "return")[0].overdue_days == 3
    pharmacy.do("unused.returned", returned(5), "phc", at=on(21))
    assert due(pharmacy, 5, "return") == [], "what the family used is no debt"


def returned(units: int) -> dict[str, Any]:
    line = {"product": "morphine-tab", "lot": "morphine-tab-1", "intact": units, "broken": 0}
    body = {"patient": "p1", "brought_by": "Қ", "relation": "spouse", "reason": "patient_died", "place": "bag"}
    return body | {"lines": [line], "empties_declined": False, "seal_no": "S1", "signed_by_relative": "yes"}


def test_a_sealed_bag_is_due_until_it_is_destroyed() -> None:
    pharmacy = pharmacy_of(destruction_days=5)
    pharmacy.do("unused.returned", returned(5), "phc", at=on(21))
    (found,) = due(pharmacy, 1, "destruction")
    assert (found.seal_no, found.due_on, found.overdue_days) == ("S1", "2026-02-26", 3)
    act = {"act_no": "1", "method": "dissolving", "place": "bag", "commission": ["head", "ph1", "nurse"]}
    pharmacy.do("destruction.performed", act | {"items": [{"seal_no": "S1"}]}, "head", at=on(27))
    assert due(pharmacy, 1, "destruction") == []


def test_stock_is_due_to_be_counted_from_the_last_count_on_that_stands() -> None:
    pharmacy = pharmacy_of(inventory_days=30)
    tablets = [each for each in due(pharmacy, 1, "inventory") if each.product == "morphine-tab"]
    assert [(each.place, each.since_on, each.overdue_days) for each in tablets] == [("safe", "2026-01-05", 25)]
    count = {"place": "safe", "blind": True, "purpose": "periodic"}
    count |= {"lines": [{"product": "morphine-tab", "units": 100}]}
    counts = []
    for day in (9, 10):
        assert pharmacy.do("stock.counted", count, "ph1", "ph2", at=on(day)) == ["recorded"]
        counts.append(pharmacy.last_id)
    late = [each.product for each in due(pharmacy, 1, "inventory") if each.overdue_days]
    assert late == ["morphine-inj"]
    for since_on in ("2026-02-09", "2026-01-05"):
        pharmacy.do("entry.reversed", reversal(counts.pop(), packs="none"), "ph1", "ph2", at=on(11))
        assert since_on in [each.since_on for each in due(pharmacy, 1, "inventory") if each.product == "morphine-tab"]
    assert len([each for each in due(pharmacy, 1, "inventory") if each.overdue_days]) == 2


def test_an_unset_value_names_no_day() -> None:
    pharmacy = Pharmacy()
    pharmacy.do("unused.returned", returned(5), "phc", at=on(21))
    assert not any(due(pharmacy, 28, what) for what in ("return", "destruction", "inventory"))
