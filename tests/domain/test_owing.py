"""What is still owed of running courses is found by the month, for one patient and for everybody alike."""

from ledger.domain.history.owing import find_owed
from tests.domain.pharmacy import Pharmacy, supply
from tests.domain.test_warnings import at, course, ward

__all__ = ["ward"]


def owed(pharmacy: Pharmacy, on: str) -> list[tuple[str, int]]:
    """(prescription, left) for everybody at noon of a day of 2026; the same as of each patient alone."""
    moment = f"2026-{on}T07:00:00.000000Z"
    found = list(find_owed(pharmacy.book, None, moment))
    patients = sorted({each.patient for each in found})
    alone = [each for patient in patients for each in find_owed(pharmacy.book, patient, moment)]
    assert sorted(alone, key=lambda each: each.prescription) == sorted(found, key=lambda each: each.prescription)
    return sorted((each.prescription, each.left) for each in found)


def test_a_course_is_owed_on_its_days_in_every_month_that_it_touches(ward: Pharmacy) -> None:
    for name, starts_on, days in (("short", "2026-02-01", 5), ("long", "2026-02-20", 45), ("ward", "2026-02-20", 45)):
        rx = course(name, "morphine-tab", "10", starts_on=starts_on, duration_days=days, units=2 * days)
        rx["setting"] = "inpatient" if name == "ward" else "home"
        asked = ("early_supply", "opioid_with_benzodiazepine", "dose_jump")
        assert at(ward, starts_on[5:], "prescription.issued", rx, "doc", *asked) == ["recorded"]
    assert at(ward, "02-20", "dispense.outpatient", supply("long", "p1", 10), "ph1") == ["recorded"]
    assert owed(ward, "02-05") == [("short", 10)]
    assert owed(ward, "02-06") == []
    assert owed(ward, "02-20") == owed(ward, "03-15") == owed(ward, "04-05") == [("long", 80)]
    assert owed(ward, "04-06") == []


def test_what_was_taken_back_stopped_or_used_up_is_not_owed(ward: Pharmacy) -> None:
    rx = course("rx", "morphine-tab", "10", starts_on="2026-02-01")
    assert at(ward, "02-01", "prescription.issued", rx, "doc") == ["recorded"]
    issued = ward.last_id
    assert at(ward, "02-02", "dispense.outpatient", supply("rx", "p1", 10), "ph1") == ["recorded"]
    assert owed(ward, "02-03") == []
    undo = {"id": ward.last_id, "reason": "not_collected", "note": "-", "packs": "never_left"}
    assert at(ward, "02-03", "entry.reversed", undo, "ph1") == ["recorded"]
    assert owed(ward, "02-03") == [("rx", 10)]
    undo = {"id": issued, "reason": "cancelled", "note": "-", "packs": "none"}
    assert at(ward, "02-04", "entry.reversed", undo, "doc") == ["recorded"]
    assert owed(ward, "02-04") == []
