"""Prescriptions from paper, renewed and replaced; infusions and paper wards: what they do to stock and courses."""

from typing import Any

import pytest

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, reversal, supply
from tests.domain.samples import AMPOULES, SAMPLES

PAPER = SAMPLES["prescription.transcribed"].body


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def on(day: int, hour: int = 9) -> str:
    return f"2026-02-{day:02}T{hour:02}:00:00+05:00"


def supplied(pharmacy: Pharmacy, name: str, units: int, day: int, hour: int = 9) -> list[str]:
    return pharmacy.do("dispense.outpatient", supply(name, "p1", units), "ph1", at=on(day, hour))[:1]


def test_a_paper_prescription_gives_what_the_paper_had_left_from_the_day_it_was_written(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("prescription.transcribed", PAPER, "ph1", at=on(2)) == ["recorded"]
    assert supplied(pharmacy, "paper", 9, 2) == ["prescription_used_up"]
    assert supplied(pharmacy, "paper", 8, 1, 0) == ["recorded"]
    assert pharmacy.book.get("prescription", "paper").from_paper
    late = PAPER | {"prescription": "late", "issued_on": "2026-02-02", "starts_on": "2026-02-01"}
    assert pharmacy.do("prescription.transcribed", late, "ph1", at=on(3)) == ["recorded"]
    assert supplied(pharmacy, "late", 1, 1) == ["time_before_prescription"]


def test_nobody_writes_for_the_dead_on_paper_either(pharmacy: Pharmacy) -> None:
    pharmacy.do("patient.died", {"patient": "p1", "died_on": "2026-02-01"}, "doc", at=on(1, 8))
    assert pharmacy.do("prescription.transcribed", PAPER, "ph1", at=on(2)) == ["patient_dead"]


def test_a_replacement_stops_the_old_course_when_it_starts_itself(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("old", "p1"), "doc", at=on(1))
    new = prescription("new", "p1", replaces="old", starts_on="2026-02-03")
    assert pharmacy.do("prescription.issued", new, "doc", at=on(2))[0] == "recorded"
    issued = pharmacy.last_id
    assert supplied(pharmacy, "old", 1, 2, 23) == ["recorded"]
    assert supplied(pharmacy, "old", 1, 3, 0) == ["prescription_stopped"]
    assert pharmacy.do("entry.reversed", reversal(issued, packs="none"), "doc", at=on(3)) == ["recorded"]
    assert supplied(pharmacy, "old", 1, 3, 0) == ["recorded"]


def test_a_course_stopped_twice_stays_stopped_when_one_stop_is_taken_back(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("old", "p1"), "doc", at=on(1))
    pharmacy.do("prescription.stopped", {"prescription": "old", "reason": "-"}, "doc", at=on(2))
    stop = pharmacy.last_id
    pharmacy.do("prescription.issued", prescription("new", "p1", replaces="old"), "doc", at=on(3))
    pharmacy.do("entry.reversed", reversal(stop, packs="none"), "doc", at=on(4))
    assert supplied(pharmacy, "old", 1, 2, 12) == ["recorded"]
    assert supplied(pharmacy, "old", 1, 3, 12) == ["prescription_stopped"]


def test_a_renewal_goes_on_beside_what_is_left_and_is_of_the_same_drug_and_patient(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("old", "p1"), "doc", at=on(1))
    renewal = prescription("next", "p1", renews="old", starts_on="2026-02-02")
    assert pharmacy.do("prescription.issued", renewal | {"patient": "p2"}, "doc") == ["prescription_other_patient"]
    listed: dict[str, Any] = {"product": "fent", "inn": "fentanyl", "form": "10519000", "schedule": "II", "gtins": []}
    listed |= {"strength": {"value": "25", "unit": "ug/h"}, "unit_of_presentation": "patch", "divisible": False}
    assert pharmacy.do("product.listed", listed, "registrar") == ["recorded"]
    told = pharmacy.do("prescription.issued", renewal | {"product": "fent"}, "doc")
    assert told == ["prescription_other_product"]
    assert pharmacy.do("prescription.issued", renewal, "doc")[0] == "recorded"
    assert [supplied(pharmacy, name, 20, 2) for name in ("old", "next")] == [["recorded"], ["recorded"]]


def test_an_infusion_takes_opens_and_counts_like_doses_do(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
    course = prescription("rx", "p1", product="morphine-inj", setting="inpatient", units=4)
    pharmacy.do("prescription.issued", course, "doc")
    body = SAMPLES["infusion.started"].body | {"prescription": "rx"}
    assert pharmacy.do("infusion.started", body, "nurse", at=on(2)) == ["recorded"]
    assert pharmacy.stock("ward", "morphine-inj") == 7
    assert pharmacy.stock("empties/ward", "morphine-inj") == 3
    assert pharmacy.book.get("prescription", "rx").used == 3
    again = pharmacy.do("infusion.started", body | {"infusion": "drv2"}, "nurse", at=on(3))
    assert again == ["recorded", "beyond_prescribed"]
    stop = {"infusion": "drv", "given_part": "0.5", "discarded": True}
    assert pharmacy.do("infusion.stopped", stop, "nurse", "nurse2", at=on(1)) == ["entry_unknown"]
    assert pharmacy.do("infusion.stopped", stop, "nurse", "nurse2", at=on(3)) == ["recorded"]
    assert pharmacy.do("infusion.stopped", stop, "nurse", "nurse2", at=on(3)) == ["already_closed"]


def test_an_infusion_that_was_stopped_is_not_reversed_before_its_stop(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
    pharmacy.do("infusion.started", SAMPLES["infusion.started"].body, "nurse", at=on(2))
    started = pharmacy.last_id
    pharmacy.do("infusion.stopped", {"infusion": "drv", "given_part": "1"}, "nurse", at=on(3))
    stopped = pharmacy.last_id
    assert pharmacy.do("entry.reversed", reversal(started), "nurse", at=on(4)) == ["has_dependents"]
    assert pharmacy.do("entry.reversed", reversal(stopped, packs="none"), "nurse", at=on(4)) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(started), "nurse", at=on(4)) == ["recorded"]
    assert pharmacy.stock("ward", "morphine-inj") == 10


def test_an_infusion_at_home_is_given_from_the_home(pharmacy: Pharmacy) -> None:
    body = {name: value for name, value in SAMPLES["infusion.started"].body.items() if name != "place"}
    told = pharmacy.do("infusion.started", body | {"home": True}, "nurse", at=on(2))
    assert told == ["recorded", "without_prescription"]
    events = pharmacy.book.get("home", "p1", "morphine-inj")
    assert [(e.what, e.lot, e.units) for e in events] == [("administered", "morphine-inj-1", 3)]


def test_the_doses_of_a_paper_ward_leave_its_stock_and_are_owed_back_empty(pharmacy: Pharmacy) -> None:
    sample = SAMPLES["doses.summarised"]
    for type_, body, performer, witness in sample.before:
        pharmacy.do(type_, body, performer, witness)
    assert pharmacy.do("doses.summarised", sample.body, "nurse", at=on(2, 20)) == ["witness_required"]
    told = pharmacy.do("doses.summarised", sample.body, "nurse", at=on(2, 20), witness_pending="alone_on_duty")
    assert told == ["recorded"]
    assert (pharmacy.stock("paper", "morphine-inj"), pharmacy.stock("empties/paper", "morphine-inj")) == (6, 4)
    earlier = {"product": "morphine-inj", "lot": "morphine-inj-1", "expires_on": "2026-02-02", "reason": "қате"}
    assert pharmacy.do("lot.corrected", earlier, "ph1", "ph2", at=on(2, 20)) == ["recorded"]
    told = pharmacy.do("doses.summarised", sample.body, "nurse", "nurse2", at=on(3))
    assert told == ["recorded", "lot_expired_given"]


def test_a_ward_dose_counts_against_an_inpatient_course_and_a_dose_at_home_does_not(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
    course = prescription("rx", "p1", product="morphine-inj", setting="inpatient")
    pharmacy.do("prescription.issued", course, "doc")
    pharmacy.do("dose.administered", dose(prescription="rx"), "nurse", at=on(2))
    at_home = dose(prescription="rx", home=True) | {"place": None}
    pharmacy.do("dose.administered", at_home, "nurse", at=on(2))
    assert pharmacy.book.get("prescription", "rx").used == 1


def test_a_supply_of_the_home_that_is_known_is_not_opened_again(pharmacy: Pharmacy) -> None:
    body = {"patient": "p1", "lines": [AMPOULES | {"units": 11}]}
    assert pharmacy.do("home.opened", body, "phc", "nurse") == ["recorded"]
    opened = pharmacy.last_id
    assert pharmacy.do("home.opened", body, "phc", "nurse") == ["already_open"]
    assert pharmacy.do("entry.reversed", reversal(opened), "phc", "nurse") == ["recorded"]
    assert pharmacy.do("home.opened", body, "phc", "nurse") == ["recorded"]
    other = {"patient": "p1", "lines": [AMPOULES | {"lot": "B", "units": 2}]}
    assert pharmacy.do("home.opened", other, "phc", "nurse") == ["recorded"]
