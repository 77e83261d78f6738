"""Faults 5 to 12: the wrong pack, the wrong number, the wrong unit."""

from typing import Any

from tests.faults.counter import COURSE, SUPPLY, Counter

TO_WARD = "pharm + nurse stock.moved from_place=safe to_place=ward"


def test_fault_05_a_pack_of_another_lot_or_strength_is_not_the_one_prescribed(counter: Counter) -> None:
    counter.tell(f"""
09:00 pharm dispense.outpatient {SUPPLY} lots=[T 9] days_supply=3
  → refused: lot_unknown
09:01 nurse dose.administered patient=p1 prescription=rx1 place=safe product=morphine-tab lots=[T 1] dose=10mg
  → refused: prescription_other_product
= balance safe morphine-tab T 100
""")


def test_fault_06_a_lot_that_cannot_be_given_is_refused_with_the_reason(counter: Counter) -> None:
    counter.tell("""
09:00 pharm + nurse stock.received place=safe supplier=SK document_no=1 lines=[morphine Q1 5 expires_on=2027-01-01,
    morphine R1 5 expires_on=2027-01-01, morphine X1 5 expires_on=2026-03-02]
09:01 pharm lot.quarantined product=morphine lot=Q1 reason="a letter"
09:02 pharm lot.recalled product=morphine lot=R1 reason="a letter" document_no=7
""")
    said = {lot: counter.say(f"10:00 {TO_WARD} lines=[morphine {lot} 1]") for lot in ("Z1", "Q1", "R1")}
    assert said == {
        "Z1": "Lot Z1 of morphine has never been at safe.",
        "Q1": "Lot Q1 of morphine is in quarantine.",
        "R1": "Lot R1 of morphine was recalled: 2 Mar 2026, 09:02.",
    }
    back = "10:01 nurse + pharm stock.moved from_place=ward to_place=safe lines=[morphine X1 1]"
    assert counter.say(back) == "Lot X1 of morphine has never been at ward; it is at safe."
    assert counter.say(f"08:50 {TO_WARD} lines=[morphine X1 1]") == "At that time lot X1 had not come to safe yet."
    late = f"day 2026-03-03\n09:00 {TO_WARD} lines=[morphine X1 1]"
    assert counter.say(late) == "Lot X1 of morphine expired on 2 Mar 2026."


QUANTITIES: dict[str, tuple[Any, str]] = {
    "none": (0, "units_not_positive"),
    "less than none": (-1, "units_not_positive"),
    "one and a half": (1.5, "units_not_whole"),
    "a comma": ("1,5", "malformed"),
    "a blank behind": ("10 ", "malformed"),
    "wide digits": ("１０", "malformed"),
    "digits as text": ("10", "malformed"),
    "a yes": (True, "malformed"),
    "with its unit": ({"value": "10", "unit": "mg"}, "malformed"),
    "beyond all numbers": (10**30, "malformed"),
    "a thousand million": (10**9, "balance_too_low"),
}


def test_fault_07_units_that_are_no_whole_packs_are_refused(counter: Counter) -> None:
    """Nothing is rounded and nothing is guessed: what people type is put right where they type it."""
    for case, (units, code) in QUANTITIES.items():
        line = {"product": "morphine", "lot": "A", "units": units}
        moved = {"from_place": "safe", "to_place": "ward", "lines": [line]}
        assert counter.give("stock.moved", moved, "pharm", "nurse") == code, case
    counter.tell("= balance safe morphine A 40")


def test_fault_08_packs_typed_as_ampoules_are_asked_about(counter: Counter) -> None:
    """Ten times what the course takes is asked about by whoever writes it and by whoever hands it out."""
    (asked,) = counter.refuse(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 20] days_supply=2")
    assert (asked.code, asked.values["units"], asked.values["most"]) == ("units_differ_from_course", 20, 6)
    counter.tell(f"""
09:05 doctor prescription.issued prescription=rx2 patient=p2 product=morphine {COURSE} starts_on=2026-03-02 units=300
  → asks: units_differ_from_course, unusual_quantity
""")


def test_fault_09_a_dose_that_is_not_what_the_ampoules_hold_is_marked(counter: Counter) -> None:
    """Stock is ampoules, a dose is milligrams: neither can be typed for the other unseen."""
    given = "patient=p1 prescription=rx1 place=safe product=morphine"
    counter.tell(f"""
09:00 nurse dose.administered {given} lots=[A 1] dose=10mg
09:10 nurse dose.administered {given} lots=[A 10] dose=10mg
  → recorded: dose_arithmetic
09:20 nurse dose.administered {given} lots=[A 1] dose=10000ug
09:30 nurse dose.administered {given} lots=[A 1] dose=10
  → refused: malformed
= balance safe morphine A 28
""")


def test_fault_10_a_place_never_gives_more_than_it_has_and_says_what_it_has(counter: Counter) -> None:
    counter.tell(f"""
10:00 {TO_WARD} lines=[morphine A 35]
""")
    (refused,) = counter.refuse(f"11:00 {TO_WARD} lines=[morphine A 6]")
    assert (refused.code, refused.values["asked"], refused.values["there"]) == ("balance_too_low", 6, 5)
    (refused,) = counter.refuse(f"09:00 {TO_WARD} lines=[morphine A 6]")
    assert (refused.values["there"], refused.values["lowest"]) == (40, 5), "what was there then was needed later"
    counter.tell(f"11:01 {TO_WARD} lines=[morphine A 5]")


def test_fault_11_an_expired_lot_goes_to_nobody_and_still_finds_its_way_out(counter: Counter) -> None:
    counter.tell(f"""
09:00 pharm + nurse stock.received place=ward supplier=SK document_no=1 lines=[morphine X 6 expires_on=2026-03-02]
day 2026-03-03
09:00 pharm dispense.outpatient {SUPPLY.replace("safe", "ward")} lots=[X 3] days_supply=1
  → refused: lot_expired
09:01 pharm lot.quarantined product=morphine lot=X reason="out of date"
09:02 nurse + pharm stock.moved from_place=ward to_place=custody lines=[morphine X 5]
09:03 nurse + pharm stock.broken place=ward lines=[morphine X 1] how="cleared away" fragments_kept=true
10:00 head destruction.performed act_no=1 method=burning place=custody commission=[head, pharm, nurse]
    items=[place=custody product=morphine lot=X units=5]
= balance custody morphine X 0
""")


def test_fault_12_a_known_expiry_is_never_overwritten_by_a_missing_one(counter: Counter) -> None:
    received = "pharm + nurse stock.received place=safe supplier=SK document_no=2"
    counter.tell(f"""
09:00 {received} lines=[morphine A 5]
  → refused: field_missing
09:01 {received} lines=[morphine A 5 expires_on=2027-06-30]
""")
    with counter.house.ledger.reading() as reading:
        assert reading.book.get("lot", "morphine", "A").expires_on == "2027-06-30"
