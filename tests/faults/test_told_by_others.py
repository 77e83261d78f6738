"""Faults 17, 18, 21, 25, 27, 28, 38, 39: what families, wards, devices and two people at one desk tell otherwise."""

import pytest

from ledger.errors import SignatureRejected
from ledger.log.signing import sign_statements
from tests.faults.counter import SUPPLY, Counter

NOT_ANOTHER = "a key that is enrolled for somebody signs for nobody else"
RETURN = (
    'feldsher unused.returned patient=p1 brought_by="the wife" relation=wife reason=dose_changed'
    " empties_declined=false place=custody signed_by_relative=yes"
)


def test_fault_17_more_than_prescribed_is_refused_and_the_smaller_quantity_goes_through(counter: Counter) -> None:
    counter.tell(f"""
09:00 [box] pharm dispense.outpatient {SUPPLY} lots=[A 31] days_supply=10
  → refused: prescription_used_up
09:00 [box] pharm dispense.outpatient {SUPPLY} lots=[A 30] days_supply=10
= balance safe morphine A 10
""")


def test_fault_18_more_than_went_out_is_taken_with_thanks_and_marked(counter: Counter) -> None:
    counter.tell(f"""
09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3
11:00 {RETURN} lines=[morphine A intact=12 broken=0] seal_no=R-1
  → recorded: return_exceeds_dispensed
= circle p1 morphine A dispensed 9 surplus 3 returned 12
= custody R-1 12 custody
= balance safe morphine A 31
""")


def test_fault_21_more_empties_than_were_opened_wait_to_be_explained_and_stock_is_untouched(counter: Counter) -> None:
    counter.tell("""
09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 5]
10:00 nurse + nurse2 dose.administered patient=p1 prescription=rx1 place=ward product=morphine lots=[A 1] dose=10mg
11:00 pharm + nurse empties.collected place=ward lines=[morphine A empty=2 partial=0] seal_no=E-1 to_place=custody
= discrepancy ward morphine A 1
= balance ward morphine A 4
""")


def test_fault_25_the_second_signature_is_made_with_the_second_person_s_own_key(counter: Counter) -> None:
    (signed,) = counter.sign("09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 5]")
    both = [sign_statements([signed.statement], by=who, key=counter.keys["pharm"])[0] for who in ("pharm", "nurse")]
    size = counter.size()
    with pytest.raises(SignatureRejected):
        counter.house.ledger.append([type(signed)(signed.statement, signed.openings, both)], via="web")
    assert counter.size() == size, NOT_ANOTHER


def test_fault_27_a_difference_stays_open_until_two_people_explain_it(counter: Counter) -> None:
    counter.tell("""
09:00 [count] pharm + nurse stock.counted place=safe blind=true purpose=shift lines=[morphine A 39]
= discrepancy safe morphine A -1
09:10 head discrepancy.resolved discrepancy=@count:0 cause=lost difference=-1 note="searched"
  → refused: witness_required
09:11 head + pharm discrepancy.resolved discrepancy=@count:0 cause=lost difference=-1 note="searched"
= discrepancy none
= balance safe morphine A 39
""")


def test_fault_28_one_person_under_two_ids_is_one_person_and_no_entry_is_rewritten(counter: Counter) -> None:
    counter.tell(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3")
    with counter.house.ledger.reading() as reading:
        before = [row.data for row in reading.entry_rows()]
    counter.tell("""
10:00 doctor patients.merged keep=p2 drop=p1 reason="entered twice"
= circle p2 morphine A dispensed 9 still_out 9
= circle p1 morphine A dispensed 9 still_out 9
""")
    with counter.house.ledger.reading() as reading:
        assert [row.data for row in reading.entry_rows()][: len(before)] == before


def test_fault_38_of_two_devices_that_return_the_same_packs_a_person_says_which_holds(counter: Counter) -> None:
    counter.tell(f"""
09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3
11:00 [one] {RETURN} lines=[morphine A intact=4 broken=0] seal_no=R-1
11:00 [two] {RETURN} lines=[morphine A intact=4 broken=0] seal_no=R-2
  → recorded: return_exceeds_dispensed
= custody R-1 4 custody
= custody R-2 4 custody
12:00 head + feldsher claim.settled claims=[@one, @two] holds=@one note="one bag"
= circle p1 morphine A dispensed 9 used 5 returned 4 still_out 0
= custody R-1 4 custody
""")


def test_fault_39_what_a_lost_device_had_is_entered_again_from_the_family_s_slip(counter: Counter) -> None:
    counter.tell(f"""
09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3
11:00 (typed 2026-03-09 09:00) {RETURN} lines=[morphine A intact=4 broken=0] seal_no=R-1
  → recorded: late
= circle p1 morphine A dispensed 9 used 5 returned 4 still_out 0
= custody R-1 4 custody
""")
