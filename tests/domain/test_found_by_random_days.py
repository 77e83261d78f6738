"""What random days found, each as the few entries that showed it."""

from typing import Any

from ledger.domain.person import read_home
from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, reversal

TAB, INJ = "morphine-tab", "morphine-inj"


def corrected(lot: str, to_lot: str, product: str = TAB) -> dict[str, Any]:
    return {"product": product, "lot": lot, "to_lot": to_lot, "reason": "қате оқылған"}


def received(lot: str, units: int, product: str = TAB) -> dict[str, Any]:
    lines = [{"product": product, "lot": lot, "units": units, "expires_on": "2027-06-30"}]
    return {"place": "safe", "lines": lines, "supplier": "СК", "document_no": "N"}


def taken_over(number: int, lot: str, units: int) -> dict[str, Any]:
    source = {"from_log": "senim/rural/1", "from_id": f"00000000-0000-0000-0000-{number:012d}"}
    return source | {"patient": "p1", "lines": [{"product": TAB, "lot": lot, "units": units}], "days_supply": 5}


def counted(*lines: tuple[str | None, int]) -> dict[str, Any]:
    told = [{"product": TAB, "units": units} | ({"lot": lot} if lot else {}) for lot, units in lines]
    return {"patient": "p1", "lines": told}


def returned(*lines: tuple[str | None, int], seal_no: str = "S-1") -> dict[str, Any]:
    told = [{"product": TAB, "intact": units, "broken": 0} | ({"lot": lot} if lot else {}) for lot, units in lines]
    body: dict[str, Any] = {"patient": "p1", "brought_by": "Ұлы", "relation": "child", "reason": "other", "lines": told}
    return body | {"empties_declined": False, "seal_no": seal_no, "place": "custody", "signed_by_relative": "yes"}


def must(pharmacy: Pharmacy, type_: str, body: dict[str, Any], by: str, witness: str | None = None, **at: str) -> str:
    told = pharmacy.do(type_, body, by, witness, **at)
    assert told[0] == "recorded", (type_, told)
    return pharmacy.last_id


def out(pharmacy: Pharmacy) -> dict[str, int]:
    return {lot: row.still_out for lot, row in read_home(pharmacy.book, "p1", TAB).items() if row.still_out}


def test_a_count_of_a_product_counts_the_packs_whose_lot_was_never_read_too() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "home.counted", counted((None, 2)), "nurse", at="2026-02-01T08:00:00+05:00")
    must(pharmacy, "dispense.acknowledged", taken_over(1, "L", 5), "phc", at="2026-02-01T09:00:00+05:00")
    must(pharmacy, "home.counted", counted((None, 6)), "nurse", at="2026-02-01T10:00:00+05:00")
    assert out(pharmacy) == {"L": 4, "": 2}


def test_a_lot_that_was_reversed_out_of_a_home_is_none_of_the_patients_lots() -> None:
    pharmacy = Pharmacy()
    wrong = must(pharmacy, "home.counted", counted(("L", 2)), "nurse")
    must(pharmacy, "entry.reversed", reversal(wrong, packs="none"), "nurse")
    must(pharmacy, "home.counted", counted((None, 3)), "nurse")
    assert out(pharmacy) == {"": 3}


def test_a_home_holds_under_the_true_name_from_the_correction_on_and_not_before() -> None:
    pharmacy = Pharmacy()
    for number, lot in enumerate(("WRONG", "TRUE")):
        must(pharmacy, "dispense.acknowledged", taken_over(number, lot, 5), "phc", at="2026-02-01T08:00:00+05:00")
    must(pharmacy, "home.counted", counted(("WRONG", 3)), "nurse", at="2026-02-01T10:00:00+05:00")
    must(pharmacy, "lot.corrected", corrected("WRONG", "TRUE"), "ph1", "ph2", at="2026-02-01T12:00:00+05:00")
    row = read_home(pharmacy.book, "p1", TAB)["TRUE"]
    assert (row.dispensed, row.used, row.still_out) == (10, 2, 8)


def test_a_return_that_books_its_gap_and_then_more_of_the_lot_is_flagged() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "dispense.acknowledged", taken_over(1, "L", 8), "phc")
    assert pharmacy.do("unused.returned", returned((None, 5), ("L", 3)), "nurse") == [
        "recorded",
        "return_exceeds_dispensed",
    ]


def test_a_difference_is_resolved_though_the_lots_name_was_corrected_since() -> None:
    pharmacy = Pharmacy()
    lines = [{"product": TAB, "lot": f"{TAB}-1", "units": 97}]
    body = {"place": "safe", "lines": lines, "blind": True, "purpose": "shift"}
    count = must(pharmacy, "stock.counted", body, "ph1", "ph2", at="2026-02-01T09:00:00+05:00")
    must(pharmacy, "lot.corrected", corrected(f"{TAB}-1", "TRUE"), "ph1", "ph2", at="2026-02-01T10:00:00+05:00")
    resolution = {"discrepancy": f"{count}:0", "cause": "miscounted", "difference": -3, "note": "-"}
    must(pharmacy, "discrepancy.resolved", resolution, "head", "ph1", at="2026-02-01T11:00:00+05:00")
    assert (pharmacy.stock("safe", TAB, "TRUE"), pharmacy.open_discrepancies()) == (97, {})


def test_a_receipt_under_a_wrong_name_is_taken_back_as_far_as_the_true_one_can_spare_it() -> None:
    pharmacy = Pharmacy()
    receipts = [must(pharmacy, "stock.received", received(lot, 10), "ph1", "ph2") for lot in ("A", "B")]
    for lot in ("A", "B"):
        must(pharmacy, "lot.corrected", corrected(lot, "TRUE"), "ph1", "ph2", at="2026-02-02T09:00:00+05:00")
    lines = [{"product": TAB, "lot": "TRUE", "units": 8}]
    move = {"from_place": "safe", "to_place": "ward", "lines": lines}
    must(pharmacy, "stock.moved", move, "ph1", "nurse", at="2026-02-03T09:00:00+05:00")
    must(pharmacy, "entry.reversed", reversal(receipts[0]), "ph1", "ph2", at="2026-02-04T09:00:00+05:00")
    again = pharmacy.do("entry.reversed", reversal(receipts[1]), "ph1", "ph2", at="2026-02-04T10:00:00+05:00")
    assert (again, pharmacy.stock("safe", TAB, "TRUE")) == (["has_dependents"], 2)


def test_three_reports_of_one_arrival_are_not_all_undone_where_one_of_them_was_used() -> None:
    pharmacy = Pharmacy()
    claims = []
    for number in range(3):
        source = {"from_log": "senim/rural/1", "from_id": f"00000000-0000-0000-0000-{number:012d}"}
        lines = [{"product": TAB, "lot": "L", "units": 5, "expires_on": "2027-06-30"}]
        body = source | {"to_place": "safe", "lines": lines, "document_no": "T"}
        claims.append(must(pharmacy, "stock.arrived", body, "ph1", "ph2"))
    lines = [{"product": TAB, "lot": "L", "units": 8}]
    must(pharmacy, "stock.moved", {"from_place": "safe", "to_place": "ward", "lines": lines}, "ph1", "nurse")
    settled = {"claims": claims, "holds": claims[0], "note": "екі құрылғы"}
    assert pharmacy.do("claim.settled", settled, "head", "ph1") == ["has_dependents"]


def test_what_an_inspector_noted_of_a_mistake_lets_it_be_mended() -> None:
    pharmacy = Pharmacy()
    wrong = must(pharmacy, "stock.moved", moved(5), "ph1", "nurse")
    must(pharmacy, "inspection.opened", {"scope": "барлығы", "document_no": "I"}, "insp")
    must(pharmacy, "inspection.noted", {"text": "қате", "about": wrong}, "insp")
    must(pharmacy, "entry.reversed", reversal(wrong), "ph1", "ph2")


def test_a_bag_that_was_destroyed_since_may_have_its_hand_over_corrected() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "unused.returned", returned(("L", 1)), "nurse")
    to_bag = {"from_place": "custody", "to_place": "bag", "seals": ["S-1"]}
    assert pharmacy.do("custody.moved", to_bag | {"to_place": "custody"}, "ph1", "ph2") == ["place_wrong_kind"]
    handed = must(pharmacy, "custody.moved", to_bag, "ph1", "ph2")
    act = {"act_no": "1", "method": "dissolving", "place": "bag", "items": [{"seal_no": "S-1"}]}
    must(pharmacy, "destruction.performed", act | {"commission": ["head", "ph1", "doc"]}, "head")
    must(pharmacy, "entry.reversed", reversal(handed, packs="none"), "ph1", "ph2")


def test_a_course_whose_replacement_has_not_begun_can_be_stopped_today() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "prescription.issued", prescription("old", "p1"), "doc")
    new_one = prescription("new", "p1", replaces="old", starts_on="2026-02-04")
    must(pharmacy, "prescription.issued", new_one, "doc")
    stop = {"prescription": "old", "reason": "ауырсыну жоқ"}
    must(pharmacy, "prescription.stopped", stop, "doc", at="2026-02-02T09:00:00+05:00")
    assert pharmacy.do("prescription.stopped", stop, "doc", at="2026-02-03T09:00:00+05:00") == ["prescription_stopped"]


def test_nobody_orders_by_word_who_has_left() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "person.left", {"person": "doc2", "on": "2026-02-01"}, "registrar", "head")
    must(pharmacy, "stock.moved", moved(5), "ph1", "nurse")
    assert pharmacy.do("dose.administered", dose(ordered_by="doc2"), "nurse") == ["not_enrolled"]


def test_a_lot_that_is_only_at_a_home_can_be_corrected() -> None:
    pharmacy = Pharmacy(kind="phc")
    must(pharmacy, "dispense.acknowledged", taken_over(1, "WRONG", 5), "phc", at="2026-02-01T08:00:00+05:00")
    must(pharmacy, "lot.corrected", corrected("WRONG", "TRUE"), "ph1", "ph2")
    assert out(pharmacy) == {"TRUE": 5}


def test_what_releases_a_wrong_name_does_not_release_the_true_one() -> None:
    pharmacy = Pharmacy()
    for lot in ("A", "B"):
        must(pharmacy, "stock.received", received(lot, 10), "ph1", "ph2", at="2026-02-01T08:00:00+05:00")
        must(pharmacy, "lot.quarantined", {"product": TAB, "lot": lot, "reason": "шағым"}, "ph1")
    must(pharmacy, "lot.released", {"product": TAB, "lot": "A", "reason": "тексерілді"}, "ph1")
    must(pharmacy, "lot.corrected", corrected("A", "B"), "ph1", "ph2", at="2026-02-02T09:00:00+05:00")
    move = {"from_place": "safe", "to_place": "ward", "lines": [{"product": TAB, "lot": "B", "units": 1}]}
    assert pharmacy.do("stock.moved", move, "ph1", "nurse", at="2026-02-03T09:00:00+05:00") == ["lot_quarantined"]


def test_names_that_were_corrected_to_each_other_do_not_go_round_for_ever() -> None:
    pharmacy = Pharmacy()
    for lot in ("A", "B"):
        must(pharmacy, "stock.received", received(lot, 10), "ph1", "ph2", at="2026-02-01T08:00:00+05:00")
    must(pharmacy, "lot.corrected", corrected("A", "B"), "ph1", "ph2", at="2026-02-05T09:00:00+05:00")
    must(pharmacy, "lot.corrected", corrected("B", "A"), "ph1", "ph2", at="2026-02-03T09:00:00+05:00")
    held = {"product": TAB, "lot": "B", "reason": "шағым"}
    must(pharmacy, "lot.quarantined", held, "ph1", at="2026-02-06T09:00:00+05:00")
    assert (pharmacy.stock("safe", TAB, "A"), pharmacy.stock("safe", TAB, "B")) == (0, 20)


def test_people_are_judged_though_the_time_has_not_come_and_a_promise_nobody_needs_is_refused() -> None:
    pharmacy = Pharmacy()
    role = {"person": "ghost", "role": "nurse", "order_no": "7"}
    told = pharmacy.do("person.role_changed", role, "registrar", "head", at="2027-02-01T09:00:00+05:00")
    assert told == ["not_enrolled", "time_in_future"]
    opened = {"place": "new", "kind": "safe", "name": "Орын", "administration": "entered"}
    told = pharmacy.do("place.opened", opened, "registrar", witness_pending="at_home")
    assert told == ["witness_not_allowed"]


def held(lot: str) -> dict[str, Any]:
    return {"product": TAB, "lot": lot, "reason": "шағым"}


def to_ward(lot: str, units: int) -> dict[str, Any]:
    return {"from_place": "safe", "to_place": "ward", "lines": [{"product": TAB, "lot": lot, "units": units}]}


def on(day: int) -> str:
    return f"2026-02-{day:02}T09:00:00+05:00"


def test_a_release_is_not_taken_back_once_packs_were_given_under_the_lots_true_name() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "stock.received", received("A", 10), "ph1", "ph2", at=on(1))
    must(pharmacy, "lot.quarantined", held("A"), "ph1", at=on(2))
    released = must(pharmacy, "lot.released", held("A"), "ph1", at=on(3))
    must(pharmacy, "lot.corrected", corrected("A", "TRUE"), "ph1", "ph2", at=on(4))
    must(pharmacy, "stock.moved", to_ward("TRUE", 1), "ph1", "nurse", at=on(5))
    assert pharmacy.do("entry.reversed", reversal(released, packs="none"), "ph1", at=on(6)) == ["has_dependents"]


def test_a_recall_is_not_taken_back_while_its_release_under_the_true_name_stands() -> None:
    """Also where the names lead back to each other."""
    pharmacy = Pharmacy()
    for lot in ("A", "B"):
        must(pharmacy, "stock.received", received(lot, 10), "ph1", "ph2", at=on(1))
    recalled = must(pharmacy, "lot.recalled", held("A") | {"document_no": "R"}, "ph1", at=on(2))
    must(pharmacy, "lot.corrected", corrected("A", "B"), "ph1", "ph2", at=on(3))
    must(pharmacy, "lot.corrected", corrected("B", "A"), "ph1", "ph2", at=on(4))
    must(pharmacy, "lot.corrected", corrected("A", "C"), "ph1", "ph2", at=on(5))
    released = must(pharmacy, "lot.released", held("C"), "ph1", at=on(6))
    mended = reversal(recalled, packs="none")
    assert pharmacy.do("entry.reversed", mended, "ph1", at=on(7)) == ["has_dependents"]
    must(pharmacy, "entry.reversed", reversal(released, packs="none"), "ph1", at=on(7))
    must(pharmacy, "entry.reversed", mended, "ph1", at=on(7))


def test_a_name_that_was_corrected_before_the_packs_had_it_does_not_hold_them_back() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "lot.quarantined", held("A"), "ph1", at=on(2))
    must(pharmacy, "stock.received", received("B", 10), "ph1", "ph2", at=on(1))
    must(pharmacy, "lot.corrected", corrected("A", "B"), "ph1", "ph2", at=on(4))
    must(pharmacy, "lot.corrected", corrected("B", "C"), "ph1", "ph2", at=on(3))
    must(pharmacy, "stock.moved", to_ward("C", 10), "ph1", "nurse", at=on(5))
    assert pharmacy.do("lot.quarantined", held("B"), "ph1", at=on(5)) == ["already_open"]


def test_a_correction_may_come_before_one_that_leads_back_to_its_name() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "stock.received", received("A", 10), "ph1", "ph2", at=on(1))
    must(pharmacy, "stock.received", received("B", 10), "ph1", "ph2", at=on(1))
    must(pharmacy, "lot.corrected", corrected("B", "A"), "ph1", "ph2", at=on(4))
    must(pharmacy, "stock.moved", to_ward("A", 15), "ph1", "nurse", at=on(5))
    must(pharmacy, "lot.corrected", corrected("A", "B"), "ph1", "ph2", at=on(3))
    assert (pharmacy.stock("safe", TAB, "A"), pharmacy.stock("safe", TAB, "B")) == (5, 0)


def test_what_left_under_a_wrong_name_keeps_the_receipt_that_it_then_came_from() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "stock.received", received("A", 10), "ph1", "ph2", at=on(1))
    must(pharmacy, "stock.moved", to_ward("A", 1), "ph1", "nurse", at=on(5))
    late = must(pharmacy, "stock.received", received("A", 10), "ph1", "ph2", at=on(4))
    must(pharmacy, "lot.corrected", corrected("A", "TRUE"), "ph1", "ph2", at=on(3))
    assert pharmacy.do("entry.reversed", reversal(late), "ph1", "ph2", at=on(6)) == ["has_dependents"]


def test_a_correction_is_not_taken_back_where_a_home_was_opened_with_the_wrong_name_since() -> None:
    pharmacy = Pharmacy()
    must(pharmacy, "dispense.acknowledged", taken_over(1, "A", 8), "phc", at=on(1))
    wrong = must(pharmacy, "lot.corrected", corrected("A", "TRUE"), "ph1", "ph2", at=on(2))
    opened = {"patient": "p1", "lines": [{"product": TAB, "lot": "A", "units": 3}]}
    home = must(pharmacy, "home.opened", opened, "phc", "nurse", at=on(3))
    mended = reversal(wrong, packs="none")
    assert pharmacy.do("entry.reversed", mended, "ph1", "ph2", at=on(4)) == ["has_dependents"]
    must(pharmacy, "entry.reversed", reversal(home), "phc", "nurse", at=on(4))
    must(pharmacy, "entry.reversed", mended, "ph1", "ph2", at=on(4))
