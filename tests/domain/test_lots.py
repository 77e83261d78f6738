"""Lots held back, released, recalled, corrected; and who holds one now. Times are days of February 2026."""

from typing import Any

import pytest

from ledger.domain.families.recalling import find_holders
from ledger.domain.person import read_home
from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, reversal, supply

WRONG, TRUE = "morphine-inj-1", "TRUE"
INJ = {"product": "morphine-inj", "lot": WRONG, "reason": "-"}


def on(day: int, hour: int = 9) -> str:
    return f"2026-02-{day:02}T{hour:02}:00:00+05:00"


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def give(pharmacy: Pharmacy, day: int, lot: str = WRONG) -> list[str]:
    return pharmacy.do("dose.administered", dose(lots=[{"lot": lot, "units": 1}]), "nurse", at=on(day))[:1]


def correct(pharmacy: Pharmacy, day: int, **changes: Any) -> list[str]:
    return pharmacy.do("lot.corrected", INJ | {"to_lot": TRUE} | changes, "ph1", "ph2", at=on(day))


def there(pharmacy: Pharmacy, place: str = "ward") -> tuple[int, int]:
    return pharmacy.stock(place, "morphine-inj", WRONG), pharmacy.stock(place, "morphine-inj", TRUE)


class TestHeldBack:
    @pytest.mark.parametrize(
        ("day", "codes"),
        [(4, ["recorded"]), (5, ["lot_quarantined"]), (7, ["recorded"]), (8, ["lot_quarantined"]), (9, ["recorded"])],
    )
    def test_a_lot_is_held_back_exactly_while_it_was_said_to_be(
        self, pharmacy: Pharmacy, day: int, codes: list[str]
    ) -> None:
        for at, what in ((5, "quarantined"), (6, "released"), (8, "recalled"), (9, "released")):
            body = INJ | ({"document_no": "7"} if what == "recalled" else {})
            assert pharmacy.do(f"lot.{what}", body, "ph1", at=on(at, 8)) == ["recorded"]
        assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=on(day)) == codes
        assert pharmacy.do("stock.moved", moved(1, to="custody"), "ph1", "nurse", at=on(day)) == ["recorded"]

    def test_a_quarantined_lot_can_be_recalled_but_not_held_back_again(self, pharmacy: Pharmacy) -> None:
        assert pharmacy.do("lot.quarantined", INJ, "ph1", at=on(3)) == ["recorded"]
        assert pharmacy.do("lot.quarantined", INJ, "ph1", at=on(4)) == ["already_open"]
        recall = INJ | {"document_no": "7"}
        assert pharmacy.do("lot.recalled", recall, "ph1", at=on(5)) == ["recorded"]
        assert pharmacy.do("lot.recalled", recall, "ph1", at=on(6)) == ["already_open"]

    def test_a_release_on_which_a_supply_rests_is_not_taken_back(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("lot.quarantined", INJ, "ph1", at=on(3))
        pharmacy.do("lot.released", INJ, "ph1", at=on(4))
        release = pharmacy.last_id
        pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=on(5))
        move = pharmacy.last_id
        assert pharmacy.do("entry.reversed", reversal(release, packs="none"), "ph1", at=on(6)) == ["has_dependents"]
        assert pharmacy.do("entry.reversed", reversal(move), "ph1", "nurse", at=on(6)) == ["recorded"]
        assert pharmacy.do("entry.reversed", reversal(release, packs="none"), "ph1", at=on(6)) == ["recorded"]
        assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=on(7)) == ["lot_quarantined"]


class TestCorrectedExpiry:
    def test_a_corrected_day_counts_for_what_is_judged_after_it(self, pharmacy: Pharmacy) -> None:
        past = INJ | {"expires_on": "2026-02-03"}
        assert pharmacy.do("lot.corrected", past, "ph1", "ph2", at=on(10)) == ["recorded"]
        corrected = pharmacy.last_id
        assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=on(4)) == ["lot_expired"]
        assert pharmacy.do("entry.reversed", reversal(corrected, packs="none"), "ph1", "ph2", at=on(11)) == ["recorded"]
        assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=on(4)) == ["recorded"]

    def test_a_lot_whose_first_delivery_was_reversed_keeps_the_day_that_the_second_told(
        self, pharmacy: Pharmacy
    ) -> None:
        line = {"product": "morphine-inj", "lot": "B", "expires_on": "2026-02-05", "units": 5}
        body = {"place": "safe", "lines": [line], "supplier": "S", "document_no": "1"}
        pharmacy.do("stock.received", body, "ph1", "ph2", at=on(1))
        first = pharmacy.last_id
        pharmacy.do("stock.received", body | {"lines": [line | {"expires_on": "2026-02-08"}]}, "ph1", "ph2", at=on(2))
        lot = pharmacy.book.get("lot", "morphine-inj", "B")
        assert lot.expires_on == "2026-02-05"
        pharmacy.do("entry.reversed", reversal(first), "ph1", "ph2", at=on(3))
        assert pharmacy.book.get("lot", "morphine-inj", "B").expires_on == "2026-02-08"


class TestCorrectedName:
    """100 at the safe, 10 of them moved to the ward on the 1st; the name is corrected on the 5th."""

    @pytest.fixture
    def pharmacy(self) -> Pharmacy:
        pharmacy = Pharmacy()
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse", at=on(1))
        return pharmacy

    def test_what_every_place_holds_goes_by_the_true_name_from_then_on(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2)
        assert correct(pharmacy, 5) == ["recorded"]
        assert (there(pharmacy), there(pharmacy, "safe")) == ((0, 9), (0, 90))
        assert pharmacy.book.stock.timeline("ward", "morphine-inj", WRONG).balance_at("2026-02-04") == 9
        assert give(pharmacy, 6) == ["balance_too_low"]
        assert give(pharmacy, 6, TRUE) == ["recorded"]
        assert give(pharmacy, 4, TRUE) == ["time_before_lot"]

    def test_what_is_entered_late_under_the_old_name_is_taken_from_the_true_one(self, pharmacy: Pharmacy) -> None:
        correct(pharmacy, 5)
        for n in range(9):
            assert give(pharmacy, 6 + n, TRUE) == ["recorded"]
        assert give(pharmacy, 3) == ["recorded"]
        assert there(pharmacy) == (0, 0)
        assert give(pharmacy, 3) == ["balance_too_low"]

    def test_a_correction_is_taken_back_also_after_late_entries(self, pharmacy: Pharmacy) -> None:
        correct(pharmacy, 5)
        corrected = pharmacy.last_id
        give(pharmacy, 3)
        late = pharmacy.last_id
        given = give(pharmacy, 6, TRUE), pharmacy.last_id
        back = reversal(corrected, packs="none")
        assert pharmacy.do("entry.reversed", back, "ph1", "ph2", at=on(7)) == ["has_dependents"]
        assert pharmacy.do("entry.reversed", reversal(given[1]), "nurse", at=on(7)) == ["recorded"]
        assert pharmacy.do("entry.reversed", back, "ph1", "ph2", at=on(7)) == ["recorded"]
        assert (there(pharmacy), there(pharmacy, "safe")) == ((9, 0), (90, 0))
        assert pharmacy.do("entry.reversed", reversal(late), "nurse", at=on(8)) == ["recorded"]
        assert there(pharmacy) == (10, 0)

    def test_names_corrected_twice_and_back_lead_to_the_last_one(self, pharmacy: Pharmacy) -> None:
        correct(pharmacy, 5)
        assert correct(pharmacy, 7, lot=TRUE, to_lot="Z") == ["recorded"]
        assert correct(pharmacy, 9, lot="Z", to_lot=WRONG) == ["recorded"]
        assert there(pharmacy) == (10, 0)
        assert give(pharmacy, 3) == ["recorded"]
        assert there(pharmacy) == (9, 0)
        assert pharmacy.stock("ward", "morphine-inj", "Z") == 0

    def test_two_corrections_of_one_moment_follow_each_other(self, pharmacy: Pharmacy) -> None:
        assert (correct(pharmacy, 5), correct(pharmacy, 5, lot=TRUE, to_lot="Z")) == (["recorded"], ["recorded"])
        assert give(pharmacy, 3) == ["recorded"]
        assert (there(pharmacy), pharmacy.stock("ward", "morphine-inj", "Z")) == ((0, 0), 9)

    def test_a_correction_does_not_come_before_what_left_under_the_wrong_name(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 6)
        assert correct(pharmacy, 5) == ["balance_too_low"]
        assert correct(pharmacy, 7) == ["recorded"]

    def test_empties_are_owed_under_the_true_name(self, pharmacy: Pharmacy) -> None:
        give(pharmacy, 2)
        correct(pharmacy, 5)
        body: dict[str, Any] = {"place": "ward", "seal_no": "E-1", "to_place": "custody"}
        body["lines"] = [{"product": "morphine-inj", "lot": TRUE, "empty": 1, "partial": 0}]
        assert pharmacy.do("empties.collected", body, "ph1", "nurse", at=on(6)) == ["recorded"]
        assert not pharmacy.book.shelves["discrepancy"]

    def test_a_late_movement_reopens_the_true_name_s_count(self, pharmacy: Pharmacy) -> None:
        correct(pharmacy, 5)
        line = {"product": "morphine-inj", "lot": TRUE, "units": 10}
        body = {"place": "ward", "lines": [line], "blind": True, "purpose": "shift"}
        pharmacy.do("stock.counted", body, "ph1", "nurse", at=on(6))
        name = f"{pharmacy.last_id}:0"
        assert pharmacy.book.find("discrepancy", name) is None
        give(pharmacy, 3)
        assert pharmacy.book.get("discrepancy", name).difference == 1

    def test_a_quarantine_is_not_shaken_off_by_a_better_name(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("lot.quarantined", INJ, "ph1", at=on(4))
        correct(pharmacy, 5)
        body = moved(1)
        body["lines"][0]["lot"] = TRUE
        assert pharmacy.do("stock.moved", body, "ph1", "nurse", at=on(6)) == ["lot_quarantined"]
        assert pharmacy.do("lot.released", INJ | {"lot": TRUE}, "ph1", at=on(7)) == ["recorded"]
        assert pharmacy.do("stock.moved", body, "ph1", "nurse", at=on(8)) == ["recorded"]


def test_who_holds_a_lot_now_and_whom_to_call(pharmacy: Pharmacy) -> None:
    tab = "morphine-tab-1"
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc", at=on(1))
    pharmacy.do("dispense.outpatient", supply("rx", "p1", 12), "ph1", at=on(1))
    opened = {"patient": "p2", "lines": [{"product": "morphine-tab", "lot": tab, "units": 3}]}
    pharmacy.do("home.opened", opened, "phc", "nurse", at=on(1))
    pharmacy.do("stock.moved", moved(20, product="morphine-tab"), "ph1", "nurse", at=on(1))
    sent = {"from_place": "safe", "to_log": "senim/rural/1", "document_no": "T"}
    lines = [{"product": "morphine-tab", "lot": tab, "units": 7}]
    pharmacy.do("stock.sent", sent | {"lines": lines}, "ph1", "ph2", at=on(2))
    counted = {"patient": "p2", "lines": [{"product": "morphine-tab", "lot": tab, "units": 0}]}
    pharmacy.do("home.counted", counted, "nurse", at=on(3))
    body = {"product": "morphine-tab", "lot": tab, "to_lot": "T-9", "reason": "-"}
    pharmacy.do("lot.corrected", body, "ph1", "ph2", at=on(4))
    found = [(h.where, h.name, h.units, h.call) for h in find_holders(pharmacy.book, "morphine-tab", "T-9")]
    assert found == [
        ("safe", "safe", 61, None),
        ("ward", "ward", 20, None),
        ("home", "p1", 12, "990140000017"),
        ("facility", "senim/rural/1", 7, None),
    ]
    assert list(find_holders(pharmacy.book, "morphine-tab", tab)) == []
    assert read_home(pharmacy.book, "p2", "morphine-tab")["T-9"].used == 3


def test_a_bag_holds_its_lot_by_the_true_name_and_perhaps_what_nobody_read(pharmacy: Pharmacy) -> None:
    tab = "morphine-tab-1"
    told: dict[str, Any] = {"reason": "found", "brought_by": "-", "relation": "other", "place": "custody"}
    told |= {"empties_declined": False, "signed_by_relative": "absent"}
    for day, (seal, lot) in enumerate({"R-1": tab, "R-2": None, "R-3": "T-9"}.items(), start=1):
        line = {"product": "morphine-tab", "lot": lot, "intact": 2, "broken": 1}
        pharmacy.do("unused.returned", told | {"lines": [line], "seal_no": seal}, "ph1", at=on(day))
    body = {"product": "morphine-tab", "lot": tab, "to_lot": "T-9", "reason": "-"}
    pharmacy.do("lot.corrected", body, "ph1", "ph2", at=on(4))
    pharmacy.do("unused.returned", told | {"lines": [line | {"lot": tab}], "seal_no": "R-4"}, "ph1", at=on(4))
    bags = [each for each in find_holders(pharmacy.book, "morphine-tab", "T-9") if each.where == "bag"]
    assert [(bag.name, bag.units, bag.lot_read, bag.at) for bag in bags] == [
        ("R-1", 3, True, "custody"),
        ("R-3", 3, True, "custody"),
        ("R-2", 3, False, "custody"),
    ]
    destroyed: dict[str, Any] = {"act_no": "1", "method": "burning", "place": "safe"}
    destroyed |= {"commission": ["head", "ph1", "nurse"], "items": [{"seal_no": "R-1"}, {"seal_no": "R-2"}]}
    assert pharmacy.do("destruction.performed", destroyed, "head", at=on(5)) == ["recorded"]
    left = [each.name for each in find_holders(pharmacy.book, "morphine-tab", "T-9") if each.where == "bag"]
    assert left == ["R-3"]
