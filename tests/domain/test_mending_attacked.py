"""Reversals and words tried by somebody who wants packs to appear, vanish or hide."""

from typing import Any

import pytest

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, registration, reversal, supply

LATER = "2026-02-03T09:00:00+05:00"


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def receive(pharmacy: Pharmacy, *lots: tuple[str, int], expires_on: str = "2027-01-31") -> str:
    lines = [{"product": "morphine-inj", "lot": lot, "expires_on": expires_on, "units": units} for lot, units in lots]
    body = {"place": "safe", "lines": lines, "supplier": "S", "document_no": "1"}
    assert pharmacy.do("stock.received", body, "ph1", "ph2") == ["recorded"]
    return pharmacy.last_id


def move_lot(lot: str, units: int) -> dict[str, Any]:
    body = moved(units)
    body["lines"][0]["lot"] = lot
    return body


def test_two_lines_of_one_lot_are_taken_back_together(pharmacy: Pharmacy) -> None:
    receipt = receive(pharmacy, ("B", 5), ("B", 5))
    pharmacy.do("stock.moved", move_lot("B", 5), "ph1", "nurse", at=LATER)
    assert pharmacy.do("entry.reversed", reversal(receipt), "ph1", "ph2") == ["has_dependents"]


def test_packs_that_stayed_out_still_rest_on_their_receipt(pharmacy: Pharmacy) -> None:
    lines = [{"product": "morphine-tab", "lot": "B", "expires_on": "2027-01-31", "units": 10}]
    pharmacy.do("stock.received", {"place": "safe", "lines": lines, "supplier": "S", "document_no": "1"}, "ph1", "ph2")
    receipt = pharmacy.last_id
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
    pharmacy.do("dispense.outpatient", supply("rx", "p1", 10, lots=[{"lot": "B", "units": 10}]), "ph1", at=LATER)
    back = reversal(pharmacy.last_id, packs="back_sealed", seal_no="R-1", place="custody")
    assert pharmacy.do("entry.reversed", back, "ph1", at=LATER) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(receipt), "ph1", "ph2", at=LATER) == ["has_dependents"]


def test_a_seal_that_was_handed_on_is_not_taken_back_from_under(pharmacy: Pharmacy) -> None:
    line = {"product": "morphine-tab", "intact": 3, "broken": 0}
    body: dict[str, Any] = {
        "brought_by": "K",
        "relation": "neighbour",
        "reason": "found",
        "lines": [line],
        "place": "bag",
    }
    body |= {"empties_declined": False, "seal_no": "S-1", "signed_by_relative": "absent"}
    pharmacy.do("unused.returned", body, "phc")
    pharmacy.do("custody.moved", {"from_place": "bag", "to_place": "custody", "seals": ["S-1"]}, "phc", "ph1")
    first = pharmacy.last_id
    pharmacy.do("custody.moved", {"from_place": "custody", "to_place": "bag", "seals": ["S-1"]}, "ph1", "phc")
    assert pharmacy.do("entry.reversed", reversal(first), "phc") == ["witness_required", "has_dependents"]
    assert pharmacy.do("entry.reversed", reversal(first), "phc", "ph1") == ["has_dependents"]


def test_a_mistyped_expiry_does_not_outlive_its_reversal(pharmacy: Pharmacy) -> None:
    wrong = receive(pharmacy, ("B", 5), expires_on="2036-01-31")
    assert pharmacy.do("entry.reversed", reversal(wrong), "ph1", "ph2") == ["recorded"]
    receive(pharmacy, ("B", 5), expires_on="2026-03-31")
    told = pharmacy.do("stock.moved", move_lot("B", 1), "ph1", "nurse", at="2026-05-01T09:00:00+05:00")
    assert told == ["lot_expired"]


def test_what_three_people_did_is_not_undone_by_one(pharmacy: Pharmacy) -> None:
    item = {"place": "safe", "product": "morphine-inj", "lot": "morphine-inj-1", "units": 50}
    act = {"act_no": "1", "method": "crushing", "place": "custody", "commission": ["head", "ph1", "doc"]}
    assert pharmacy.do("destruction.performed", act | {"items": [item]}, "head") == ["recorded"]
    body = reversal(pharmacy.last_id)
    assert pharmacy.do("entry.reversed", body, "head") == ["witness_required"]
    assert pharmacy.do("entry.reversed", body, "ph1", "ph2") == ["not_allowed"]
    assert pharmacy.do("entry.reversed", body, "head", "ph1") == ["recorded"]


def test_a_head_pharmacist_may_mend_what_a_pharmacist_dispensed(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
    pharmacy.do("dispense.outpatient", supply("rx", "p1", 10), "ph1")
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "head") == ["recorded"]


def test_a_clean_count_is_clean_again_when_the_late_entry_is_reversed(pharmacy: Pharmacy) -> None:
    line = {"product": "morphine-inj", "lot": "morphine-inj-1", "units": 100}
    count = {"place": "safe", "lines": [line], "blind": True, "purpose": "periodic"}
    pharmacy.do("stock.counted", count, "ph1", "ph2", at="2026-02-10T09:00:00+05:00")
    pharmacy.do("stock.moved", moved(5), "ph1", "nurse")
    assert len(pharmacy.book.shelves["discrepancy"]) == 1
    pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "ph1", "ph2")
    assert not pharmacy.book.shelves["discrepancy"]


def test_one_return_in_two_lines_books_its_gap_once(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
    pharmacy.do("dispense.outpatient", supply("rx", "p1", 10), "ph1")
    lines = [{"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 8, "broken": 0}]
    lines += [{"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 0, "broken": 2}]
    body: dict[str, Any] = {
        "patient": "p1",
        "brought_by": "K",
        "relation": "spouse",
        "reason": "patient_died",
        "lines": lines,
    }
    body |= {"empties_declined": False, "seal_no": "S-1", "place": "custody", "signed_by_relative": "yes"}
    assert pharmacy.do("unused.returned", body, "phc", at=LATER) == ["recorded"]
    (event,) = [e for e in pharmacy.book.get("home", "p1", "morphine-tab") if e.what == "returned"]
    assert event.units == 10


@pytest.mark.parametrize("relation", ["aigerim_serikova", "850615100017", "Көршісі Айгүл"])
def test_a_relation_that_is_no_known_word_is_sealed(pharmacy: Pharmacy, relation: str) -> None:
    body = {"patient": "p1", "relative": "K", "relation": relation, "order_no": "1", "order_on": "2026-01-05"}
    assert pharmacy.do("relatives.informed", body, "phc") == ["recorded"]
    past = pharmacy.book.past.by_id(pharmacy.last_id)
    assert past is not None
    assert "relation" not in past.body


@pytest.mark.parametrize("lot", ["B ", " B", "B  C", "B\u00a0C", "B\u3164", "B\u200d"])
def test_two_lots_never_look_alike(pharmacy: Pharmacy, lot: str) -> None:
    assert pharmacy.do("stock.moved", move_lot(lot, 1), "ph1", "nurse") == ["malformed"]


def test_nobody_is_called_like_the_ledger_itself(pharmacy: Pharmacy) -> None:
    body = {"person": "ledger", "role": "nurse", "name": "L"}
    assert pharmacy.do("person.enrolled", body, "registrar", "head") == ["already_exists"]


def test_a_day_beyond_the_calendar_is_refused(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("prescription.issued", prescription("rx", "p1", starts_on="9999-12-31"), "doc") == ["malformed"]


def test_nobody_gives_themselves_a_verbal_order(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(3), "ph1", "nurse")
    assert pharmacy.do("dose.administered", dose(ordered_by="doc"), "doc") == ["not_allowed"]


def test_a_notice_is_about_a_supply(pharmacy: Pharmacy) -> None:
    pharmacy.do("patient.registered", registration("p9"), "doc")
    body = {"kind": "acknowledged", "from_log": "senim/x/1", "from_id": pharmacy.last_id, "about": pharmacy.last_id}
    assert pharmacy.do("notice.received", body, "ph1") == ["entry_unknown"]
