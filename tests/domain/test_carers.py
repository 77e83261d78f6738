"""Who ever did or witnessed something about a patient is kept, from the first entry on."""

from tests.domain.pharmacy import Pharmacy, prescription, reversal, supply


def test_the_first_entry_of_each_who_cared_is_kept_and_stays_when_it_is_reversed() -> None:
    pharmacy = Pharmacy()
    cared = pharmacy.book.shelves["cared"]
    assert {person for patient, person in cared if patient == "p1"} == {"doc"}
    assert pharmacy.do("dispense.outpatient", supply("rx1", "p1", 5), "ph1") == ["prescription_missing"]
    pharmacy.do("prescription.issued", prescription("rx1", "p1"), "doc")
    assert ("p1", "ph1") not in cared, "what was refused is nobody's care"
    for units in (5, 3):
        assert pharmacy.do("dispense.outpatient", supply("rx1", "p1", units), "ph1", "nurse") == ["recorded"]
    first = pharmacy.book.size - 2
    assert cared["p1", "ph1"] == cared["p1", "nurse"] == first > cared["p1", "doc"]
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "ph2", "nurse2")[0] == "recorded"
    assert cared["p1", "ph1"] == first
    assert {person for patient, person in cared if patient == "p1"} == {"doc", "ph1", "nurse"}
    assert {person for patient, person in cared if patient == "p2"} == {"doc"}
