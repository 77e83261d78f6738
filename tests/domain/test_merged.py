"""Two ids of one person: nothing is rewritten, and every figure of the kept id includes the dropped one's."""

from typing import Any

import pytest

from ledger.domain.families.recalling import find_holders
from ledger.domain.history.owing import find_owed
from ledger.domain.home import COLUMNS
from ledger.domain.person import find_death, ids_of, read_home
from tests.domain.pharmacy import NOW, Pharmacy, dose, prescription, registration, reversal, supply

TAB = "morphine-tab-1"
LATER = "2026-02-03T09:00:00+05:00"


@pytest.fixture
def pharmacy() -> Pharmacy:
    """p3 is p1 again: each was given a part of the course that stands under p3."""
    pharmacy = Pharmacy()
    pharmacy.do("patient.registered", registration("p3", home_kato="103230100"), "doc")
    pharmacy.do("prescription.issued", prescription("rx1", "p1"), "doc")
    pharmacy.do("prescription.issued", prescription("rx3", "p3"), "doc")
    pharmacy.do("dispense.outpatient", supply("rx1", "p1", 12), "ph1")
    pharmacy.do("dispense.outpatient", supply("rx3", "p3", 5), "ph1")
    return pharmacy


def merge(pharmacy: Pharmacy, keep: str = "p1", drop: str = "p3") -> list[str]:
    return pharmacy.do("patients.merged", {"keep": keep, "drop": drop, "reason": "бір адам"}, "ph1")


def home(pharmacy: Pharmacy, patient: str) -> dict[str, int]:
    row = read_home(pharmacy.book, patient, "morphine-tab")[TAB]
    return {column: units for column in COLUMNS if (units := getattr(row, column))}


def test_both_ids_read_the_one_home(pharmacy: Pharmacy) -> None:
    assert merge(pharmacy) == ["recorded"]
    assert home(pharmacy, "p1") == home(pharmacy, "p3") == {"dispensed": 17, "still_out": 17}
    line = {"product": "morphine-tab", "lot": TAB, "units": 10}
    pharmacy.do("home.counted", {"patient": "p1", "lines": [line]}, "nurse", at=LATER)
    assert home(pharmacy, "p3") == {"dispensed": 17, "used": 7, "still_out": 10}
    assert [(e.what, e.units) for e in pharmacy.book.get("home", "p3", "morphine-tab")] == [("dispensed", 5)]


def test_a_return_under_the_kept_id_is_not_more_than_was_given(pharmacy: Pharmacy) -> None:
    merge(pharmacy)
    body: dict[str, Any] = {"patient": "p1", "brought_by": "Қызы", "relation": "child", "reason": "other"}
    body |= {"lines": [{"product": "morphine-tab", "lot": TAB, "intact": 15, "broken": 0}]}
    body |= {"empties_declined": False, "seal_no": "S-1", "place": "custody", "signed_by_relative": "yes"}
    assert pharmacy.do("unused.returned", body, "phc", at=LATER) == ["recorded"]


def test_a_course_of_the_dropped_id_serves_the_kept_one_until_the_merge_is_reversed(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("dispense.outpatient", supply("rx3", "p1", 5), "ph1") == ["prescription_other_patient"]
    merge(pharmacy)
    merged = pharmacy.last_id
    assert pharmacy.do("dispense.outpatient", supply("rx3", "p1", 5), "ph1") == ["recorded"]
    supplied = pharmacy.last_id
    back = reversal(merged, packs="none")
    assert pharmacy.do("entry.reversed", back, "ph1", at=LATER) == ["has_dependents"]
    assert pharmacy.do("entry.reversed", reversal(supplied), "ph1", "ph2", at=LATER) == ["recorded"]
    assert pharmacy.do("entry.reversed", back, "ph1", at=LATER) == ["recorded"]
    assert (ids_of(pharmacy.book, "p1"), ids_of(pharmacy.book, "p3")) == (("p1",), ("p3",))
    assert home(pharmacy, "p1") == {"dispensed": 12, "still_out": 12}


def test_a_death_under_one_id_is_a_death_under_both(pharmacy: Pharmacy) -> None:
    died = {"patient": "p3", "died_on": "2026-02-02"}
    pharmacy.do("patient.died", died, "doc", at="2026-02-02T08:00:00+05:00")
    merge(pharmacy)
    assert find_death(pharmacy.book, "p1") == "2026-02-02"
    assert pharmacy.do("dispense.outpatient", supply("rx1", "p1", 1), "ph1", at=LATER) == ["patient_dead"]
    assert pharmacy.do("patient.died", died | {"patient": "p1"}, "doc", at=LATER) == ["already_exists"]


def test_a_merge_is_one_step(pharmacy: Pharmacy) -> None:
    merge(pharmacy)
    assert merge(pharmacy) == ["already_closed"]
    assert merge(pharmacy, "p2", "p3") == ["already_closed"]
    assert merge(pharmacy, "p3", "p2") == ["already_closed"]
    assert merge(pharmacy, "p2", "p1") == ["has_dependents"]
    assert merge(pharmacy, "p1", "p2") == ["recorded"]
    assert ids_of(pharmacy.book, "p2") == ("p1", "p3", "p2")


def test_what_is_owed_is_what_is_left_of_every_course_with_its_last_day(pharmacy: Pharmacy) -> None:
    merge(pharmacy)
    at = "2026-02-05T12:00:00.000000Z"
    owed = [(o.prescription, o.supplied, o.left, o.until_on) for o in find_owed(pharmacy.book, "p3", at)]
    assert owed == [("rx1", 12, 8, "2026-02-05"), ("rx3", 5, 15, "2026-02-05")]
    assert list(find_owed(pharmacy.book, "p1", NOW)) == []
    pharmacy.do("prescription.stopped", {"prescription": "rx1", "reason": "-"}, "doc", at=LATER)
    pharmacy.do("dispense.outpatient", supply("rx3", "p1", 15), "ph1", at=LATER)
    assert list(find_owed(pharmacy.book, "p1", at)) == []


def test_nothing_is_owed_to_the_dead_and_everybody_s_rest_is_one_list(pharmacy: Pharmacy) -> None:
    at = "2026-02-05T12:00:00.000000Z"
    assert [(owed.patient, owed.left) for owed in find_owed(pharmacy.book, None, at)] == [("p1", 8), ("p3", 15)]
    pharmacy.do("patient.died", {"patient": "p1", "died_on": "2026-02-03"}, "doc", at=LATER)
    assert [owed.patient for owed in find_owed(pharmacy.book, None, at)] == ["p3"]
    assert list(find_owed(pharmacy.book, "p1", at)) == []


def test_a_move_counts_from_its_own_day_and_can_be_taken_back(pharmacy: Pharmacy) -> None:
    for day, kato in ((9, "101010000"), (5, "101800000")):
        body = {"patient": "p1", "home_kato": kato, "home_phc_bin": "990140000017"}
        told = pharmacy.do("patient.moved", body, "doc", at=f"2026-02-{day:02}T09:00:00+05:00")
        assert told == ["recorded"], kato
    patient = pharmacy.book.get("patient", "p1")
    assert [patient.home_at(f"2026-02-{day:02}")[0] for day in (1, 7, 10)] == ["103230100", "101800000", "101010000"]
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id, packs="none"), "doc") == ["recorded"]
    assert pharmacy.book.get("patient", "p1").home_at("2026-02-07")[0] == "103230100"


@pytest.mark.parametrize("moved", ["p1", "p3"])
def test_a_recall_calls_the_newest_home_under_whichever_id_it_was_told(pharmacy: Pharmacy, moved: str) -> None:
    merge(pharmacy)
    body = {"patient": moved, "home_kato": "101010000", "home_phc_bin": "990240000000"}
    assert pharmacy.do("patient.moved", body, "doc", at=LATER) == ["recorded"]
    (home,) = [each for each in find_holders(pharmacy.book, "morphine-tab", TAB) if each.where == "home"]
    assert (home.name, home.units, home.call) == ("p1", 17, "990240000000")


def test_a_dose_on_what_another_facility_handed_over(pharmacy: Pharmacy) -> None:
    taken: dict[str, Any] = {"from_log": "senim/city/1", "from_id": "00000000-0000-0000-0000-0000000000ff"}
    taken |= {"lines": [{"product": "morphine-inj", "lot": "C", "units": 6}], "days_supply": 3, "patient": "p3"}
    assert pharmacy.do("dispense.acknowledged", taken, "phc") == ["recorded"]
    entry = pharmacy.last_id
    body = dose(home=True, acknowledged=entry, lots=[{"lot": "C", "units": 1}]) | {"place": None}
    assert pharmacy.do("dose.administered", body, "nurse", at=LATER) == ["entry_unknown"]
    merge(pharmacy)
    assert pharmacy.do("dose.administered", body, "nurse", at=LATER) == ["recorded"]
    assert read_home(pharmacy.book, "p3", "morphine-inj")["C"].administered == 1
    after = "2026-02-04T09:00:00+05:00"
    assert pharmacy.do("dose.administered", body, "nurse", at=after) == ["recorded", "outside_course"]
    other = body | {"product": "morphine-tab"}
    assert pharmacy.do("dose.administered", other, "nurse", at=LATER) == ["prescription_other_product"]
