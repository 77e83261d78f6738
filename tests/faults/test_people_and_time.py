"""Faults 1 to 4, 13 to 19, 24 and 26: sent twice, the wrong person, the wrong day, the wrong second signature."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.domain.kind import local_day
from ledger.errors import CommandRefused, SignatureRejected
from ledger.log.canonical import to_timestamp
from ledger.log.signing import sign_statements
from ledger.service.doses import find_doses
from ledger.service.preparing import Signed
from tests.faults.counter import COURSE, PERSON, SUPPLY, UNKNOWN, Counter

TO_WARD = "pharm + nurse stock.moved from_place=safe to_place=ward"


def _was_dispensed(counter: Counter) -> bool:
    ledger = counter.house.ledger
    with ledger.reading() as reading:
        days = find_doses(reading, "p1", now=to_timestamp(ledger.clock())).days
    return any("dispensed" in day.figures for day in days)


def test_fault_01_a_double_click_records_once_and_answers_twice(counter: Counter) -> None:
    signed, before = counter.sign(f"09:00 {TO_WARD} lines=[morphine A 3]"), counter.size()
    with ThreadPoolExecutor(4) as clicks:
        receipts = [
            r for done in clicks.map(lambda _: counter.house.ledger.append(signed, via="web"), range(4)) for r in done
        ]
    assert {(receipt.seq, receipt.leaf) for receipt in receipts} == {(before, receipts[0].leaf)}
    assert sorted(receipt.replayed for receipt in receipts) == [False, True, True, True]
    counter.tell("= balance ward morphine A 3")


def test_fault_02_the_same_supply_an_hour_later_is_asked_about_across_prescriptions(counter: Counter) -> None:
    counter.tell(f"""
08:50 doctor prescription.issued prescription=rx2 patient=p1 product=morphine {COURSE} starts_on=2026-03-02 units=30
09:00 [first] pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3
""")
    again = f"10:00 pharm2 dispense.outpatient {SUPPLY.replace('rx1', 'rx2')} lots=[A 9] days_supply=3"
    (asked,) = counter.refuse(again)
    assert (asked.code, asked.values["seq"]) == ("duplicate_dispense", counter.labels["first"][1])


def test_fault_03_a_wrong_patient_loses_the_doses_and_the_register_keeps_the_entry(counter: Counter) -> None:
    counter.tell(f"09:00 [wrong] pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3")
    assert _was_dispensed(counter)
    counter.tell("""
09:10 pharm entry.reversed id=@wrong reason=wrong_patient note="the neighbour's" packs=with_wrong_person
= circle p1 morphine A dispensed 9 still_out 9 reversed 9
""")
    assert not _was_dispensed(counter)
    with counter.house.ledger.reading() as reading:
        assert reading.find_seq(counter.labels["wrong"][0]) == counter.labels["wrong"][1]


def test_fault_04_a_mistyped_iin_is_refused_and_none_needs_a_reason(counter: Counter) -> None:
    counter.tell(f"""
09:00 doctor patient.registered patient=p3 {PERSON} iin=821028101002 born_on=1882-10-28}}
  → refused: iin_invalid
09:01 doctor patient.registered patient=p3 {PERSON} iin=823028101001 born_on=1882-10-28}}
  → refused: iin_invalid
09:02 doctor patient.registered patient=p3 {PERSON} born_on=1882-10-28}}
  → refused: field_missing
09:03 doctor patient.registered patient=p3 {PERSON} iin=821028101001 born_on=1882-10-28}}
09:04 doctor patient.registered patient=p4 {PERSON} {UNKNOWN}
""")


def test_fault_13_nothing_is_recorded_that_has_not_happened_yet(counter: Counter) -> None:
    """A device may run five minutes ahead; a dose of six minutes from now was not given."""
    counter.tell(f"""
10:00 (typed 2026-03-02 09:54) {TO_WARD} lines=[morphine A 1]
  → refused: time_in_future
10:00 (typed 2026-03-02 09:54) nurse dose.administered patient=p1 prescription=rx1 place=safe product=morphine
    lots=[A 1] dose=10mg
  → refused: time_in_future
10:00 (typed 2026-03-02 09:56) {TO_WARD} lines=[morphine A 1]
""")


def test_fault_14_a_back_dated_entry_fits_into_its_day_or_is_refused(counter: Counter) -> None:
    counter.tell(f"""
day 2026-03-04
09:00 {TO_WARD} lines=[morphine A 38]
day 2026-03-02
10:00 (typed 2026-03-04 10:00) {TO_WARD} lines=[morphine A 2]
  → refused: late_without_reason
10:00 (typed 2026-03-04 10:01) {TO_WARD} lines=[morphine A 3] late_reason="the day was long"
  → refused: balance_too_low
07:59 (typed 2026-03-04 10:02) {TO_WARD} lines=[morphine A 2] late_reason="the day was long"
  → refused: time_before_lot
10:00 [late] (typed 2026-03-04 10:03) {TO_WARD} lines=[morphine A 2] late_reason="the day was long"
  → recorded: late
= balance ward morphine A at "2026-03-03 12:00" 2
""")
    assert counter.labels["late"][1] == counter.size() - 1, "its number is today's"


def test_fault_15_nobody_is_supplied_before_the_prescription_after_death_or_before_birth(counter: Counter) -> None:
    supply = f"pharm dispense.outpatient {SUPPLY} lots=[A 3] days_supply=1"
    counter.tell(f"""
08:39 {supply}
  → refused: time_before_prescription
09:00 {supply}
10:00 doctor patient.registered patient=p3 {PERSON} no_iin_reason="no papers" born_on=2026-03-03}}
  → refused: time_in_future
day 2026-03-03
10:00 doctor patient.died patient=p1 died_on=2026-03-02
10:01 {supply}
  → refused: patient_dead
10:02 pharm unused.returned patient=p1 brought_by="the wife" relation=wife reason=patient_died
    lines=[morphine A intact=3 broken=0] empties_declined=false seal_no=R-1 place=custody signed_by_relative=yes
""")


def test_fault_16_a_course_that_is_over_or_used_up_is_refused_with_its_figures(counter: Counter) -> None:
    supply = f"pharm dispense.outpatient {SUPPLY}"
    (refused,) = counter.refuse(f"09:00 {supply} lots=[A 31] days_supply=10")
    assert (refused.code, refused.values["asked"], refused.values["left"]) == ("prescription_used_up", 31, 30)
    (refused,) = counter.refuse(f"day 2026-03-12\n09:00 {supply} lots=[A 3] days_supply=1")
    assert (refused.code, refused.values["ends_on"]) == ("prescription_over", "2026-03-11")


def test_fault_19_a_lot_that_was_never_theirs_is_taken_into_custody_and_marked(counter: Counter) -> None:
    counter.tell("""
10:00 pharm unused.returned patient=p2 brought_by="the son" relation=son reason=found
    lines=[morphine Z intact=2 broken=1] empties_declined=false seal_no=R-1 place=custody signed_by_relative=yes
  → recorded: return_exceeds_dispensed
= custody R-1 3 custody
= circle p2 morphine Z surplus 3 returned 3
= balance safe morphine Z 0
""")


def test_fault_24_without_the_right_second_signature_nothing_is_recorded(counter: Counter) -> None:
    counter.tell("""
09:00 pharm + pharm stock.moved from_place=safe to_place=ward lines=[morphine A 1]
  → refused: witness_same_person
09:01 pharm + inspector stock.moved from_place=safe to_place=ward lines=[morphine A 1]
  → refused: witness_not_allowed
09:02 registrar + head person.left person=nurse2 on=2026-03-02
09:03 pharm + nurse2 stock.moved from_place=safe to_place=ward lines=[morphine A 1]
  → refused: not_enrolled
""")
    (signed,), before = counter.sign(f"09:04 {TO_WARD} lines=[morphine A 1]"), counter.size()
    (wrong,) = sign_statements([signed.statement], by="nurse", key=counter.keys["nurse2"])
    forged = {**signed.signatures[1], "value": wrong["value"]}
    for second in (wrong, forged):
        with pytest.raises((CommandRefused, SignatureRejected)):
            counter.house.ledger.append(
                [Signed(signed.statement, signed.openings, [signed.signatures[0], second])], via="web"
            )
    assert counter.size() == before


def test_fault_26_a_count_stands_at_its_own_time_whatever_moves_while_it_is_typed(counter: Counter) -> None:
    counter.tell(f"""
10:10 [meanwhile] {TO_WARD} lines=[morphine A 5]
10:00 (typed 2026-03-02 10:20) pharm + nurse stock.counted place=safe blind=true purpose=shift lines=[morphine A 40]
= discrepancy none
10:30 pharm + nurse stock.counted place=safe blind=true purpose=shift lines=[morphine A 35] as_of_seq=5
  → refused: count_stale
10:31 pharm + nurse stock.counted place=safe blind=true purpose=shift lines=[morphine A 35] as_of_seq=#meanwhile
= discrepancy none
""")


def test_fault_42_every_day_is_that_of_the_clocks_of_its_own_date(counter: Counter) -> None:
    """Kazakhstan has one time since 1 March 2024; before, Almaty was an hour ahead of it."""
    days = {"2024-02-28T18:30:00.000000Z": "2024-02-29", "2024-03-02T18:30:00.000000Z": "2024-03-02"}
    assert {at: local_day(at, "Asia/Almaty") for at in days} == days
    counter.tell(f"23:30 {TO_WARD} lines=[morphine A 1]")
    with counter.house.ledger.reading() as reading:
        (row,) = reading.rows(last=1)
    assert row.occurred_at == "2026-03-02T18:30:00.000000Z"
