"""Rules of the pharmacy, each with figures that can be worked out by hand."""

from typing import Any

import pytest

from ledger.domain.home import COLUMNS, fold_home
from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, registration, reversal, supply


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def circle(pharmacy: Pharmacy, patient: str = "p1", lot: str = "morphine-tab-1") -> dict[str, int]:
    events = pharmacy.book.find("home", patient, "morphine-tab") or ()
    row = fold_home(events, {"morphine-tab-1": "2027-06-30"})[lot]
    found = {column: getattr(row, column) for column in COLUMNS}
    left = found["administered"] + found["used"] + found["returned"] + found["missing"]
    assert found["dispensed"] + found["surplus"] == left + found["handed_over"] + found["still_out"]
    assert min(found.values()) >= 0
    return {column: units for column, units in found.items() if units}


def test_a_move_takes_here_and_adds_there(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("stock.moved", moved(30), "ph1", "nurse") == ["recorded"]
    assert (pharmacy.stock("safe", "morphine-inj"), pharmacy.stock("ward", "morphine-inj")) == (70, 30)


def test_the_last_ampoule_is_not_taken_twice(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("stock.moved", moved(100), "ph1", "nurse") == ["recorded"]
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse") == ["balance_too_low"]


def test_two_lines_of_one_lot_are_judged_together(pharmacy: Pharmacy) -> None:
    body = moved(60)
    body["lines"] *= 2
    assert pharmacy.do("stock.moved", body, "ph1", "nurse") == ["balance_too_low"]


def test_a_back_dated_move_may_not_take_what_a_later_one_took(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("stock.moved", moved(95), "ph1", "nurse", at="2026-02-10T09:00:00+05:00") == ["recorded"]
    early = "2026-02-05T09:00:00+05:00"
    assert pharmacy.do("stock.moved", moved(6), "ph1", "nurse", at=early) == ["balance_too_low"]
    assert pharmacy.do("stock.moved", moved(5), "ph1", "nurse", at=early) == ["recorded"]


def test_a_lot_that_was_never_there_is_unknown_and_too_early_is_said(pharmacy: Pharmacy) -> None:
    body = moved(1)
    body["lines"][0]["lot"] = "NOSUCH"
    assert pharmacy.do("stock.moved", body, "ph1", "nurse") == ["lot_unknown"]
    early = "2026-01-04T09:00:00+05:00"
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=early) == ["time_before_lot"]


def test_an_expired_lot_goes_only_to_a_safe_or_into_custody(pharmacy: Pharmacy) -> None:
    pharmacy.now = "2027-07-02T00:00:00.000000Z"
    late = "2027-07-01T09:00:00+05:00"
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=late) == ["lot_expired"]
    assert pharmacy.do("stock.moved", moved(1, to="custody"), "ph1", "nurse", at=late) == ["recorded"]


def test_a_quarantined_lot_stays_from_the_moment_it_was_quarantined(pharmacy: Pharmacy) -> None:
    body = {"product": "morphine-inj", "lot": "morphine-inj-1", "reason": "шағым"}
    assert pharmacy.do("lot.quarantined", body, "ph1", at="2026-02-05T09:00:00+05:00") == ["recorded"]
    after, before = "2026-02-05T09:00:01+05:00", "2026-02-05T08:59:59+05:00"
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=after) == ["lot_quarantined"]
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=before) == ["recorded"]


@pytest.mark.parametrize(
    ("performer", "witness", "codes"),
    [
        ("doc", "nurse", ["not_allowed"]),
        ("ghost", "nurse", ["not_enrolled"]),
        ("ph1", None, ["witness_required"]),
        ("ph1", "ph1", ["witness_same_person"]),
        ("ph1", "insp", ["witness_not_allowed"]),
        ("ph1", "registrar", ["witness_not_allowed"]),
        ("ph1", "ghost", ["not_enrolled"]),
        ("head", "ph1", ["recorded"]),
    ],
)
def test_who_may_move_stock(pharmacy: Pharmacy, performer: str, witness: str | None, codes: list[str]) -> None:
    assert pharmacy.do("stock.moved", moved(1), performer, witness) == codes


def test_a_lot_may_be_recalled_before_it_arrives(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("lot.quarantined", {"product": "morphine-inj", "lot": "B", "reason": "-"}, "ph1") == ["recorded"]
    line = {"product": "morphine-inj", "lot": "B", "expires_on": "2027-01-31", "units": 10}
    body = {"place": "safe", "lines": [line], "supplier": "S", "document_no": "1"}
    told = pharmacy.do("stock.received", body, "ph1", "ph2", at="2026-02-02T09:00:00+05:00")
    assert told == ["lot_quarantined"]


def test_every_refusal_that_applies_is_listed_in_order(pharmacy: Pharmacy) -> None:
    body = {"from_place": "safe", "to_place": "nowhere", "lines": [{"product": "heroin", "lot": "X", "units": 1}]}
    assert pharmacy.do("stock.moved", body, "doc") == [
        "not_allowed", "witness_required", "place_unknown", "product_unknown",
    ]  # fmt: skip


def test_a_future_act_is_refused_for_that_alone_after_authority(pharmacy: Pharmacy) -> None:
    body = moved(1_000, to="nowhere")
    assert pharmacy.do("stock.moved", body, "ph1", "nurse", at="2099-01-01T00:00:00+05:00") == ["time_in_future"]
    five = "2026-11-22T05:05:00+05:00"
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=five) == ["recorded"]


def test_a_night_alone_is_recorded_and_countersigned_by_another(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("stock.moved", moved(2), "ph1", witness_pending="alone_on_duty") == ["recorded"]
    entry = pharmacy.last_id
    assert pharmacy.do("entry.countersigned", {"id": entry}, "ph1") == ["witness_same_person"]
    assert pharmacy.do("entry.countersigned", {"id": entry}, "ph2") == ["recorded"]
    assert pharmacy.do("entry.countersigned", {"id": entry}, "ph2") == ["already_closed"]
    assert not pharmacy.book.shelves["pending"]


def test_a_discrepancy_is_never_resolved_alone(pharmacy: Pharmacy) -> None:
    body = {"discrepancy": "x:0", "cause": "found", "difference": 1, "note": "-"}
    told = pharmacy.do("discrepancy.resolved", body, "head", witness_pending="alone_on_duty")
    assert "witness_required" in told


class TestAtHome:
    def test_a_course_is_a_ceiling(self, pharmacy: Pharmacy) -> None:
        assert pharmacy.do("prescription.issued", prescription("rx", "p2"), "doc") == ["recorded"]
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 12), "ph1") == ["recorded"]
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 9), "ph1") == ["prescription_used_up"]
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 8), "ph1") == ["recorded"]
        assert circle(pharmacy, "p2") == {"dispensed": 20, "still_out": 20}

    def test_the_last_day_of_a_course_is_the_last_local_day(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p2"), "doc")
        last, after = "2026-02-05T23:59:59+05:00", "2026-02-06T00:00:00+05:00"
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 1), "ph1", at=last) == ["recorded"]
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 1), "ph1", at=after) == ["prescription_over"]

    def test_an_inpatient_prescription_is_not_for_home_and_that_alone_is_said(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p2", setting="inpatient"), "doc")
        far = "2026-03-06T00:00:00+05:00"
        told = pharmacy.do("dispense.outpatient", supply("rx", "p1", 99), "ph1", at=far)
        assert told == ["prescription_inpatient"]

    def test_discharge_is_for_another_district_and_for_days_of_the_rule_set(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
        extract = {"discharge_summary_no": "D-1", "decided_by": "doc", "home_phc_bin": "050340000079"}
        far, near = extract | {"home_kato": "103230100"}, extract | {"home_kato": "101010000"}
        assert pharmacy.do("dispense.discharge", supply("rx", "p1", 4, **near), "ph1") == ["discharge_at_home"]
        told = pharmacy.do(
            "dispense.discharge",
            supply(
                "rx",
                "p1",
                4,
                **far,
            )
            | {"days_supply": 11},
            "ph1",
        )
        assert told == ["discharge_too_long"]
        told = pharmacy.do("dispense.discharge", supply("rx", "p1", 4, **far) | {"days_supply": 10}, "ph1")
        assert told == ["recorded"]

    def test_a_dead_patient_is_not_dispensed_to_on_a_later_day(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p2"), "doc")
        body = {"patient": "p2", "died_on": "2026-02-02"}
        assert pharmacy.do("patient.died", body, "doc", at="2026-02-02T08:00:00+05:00") == ["recorded"]
        same, next_day = "2026-02-02T20:00:00+05:00", "2026-02-03T08:00:00+05:00"
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 1), "ph1", at=same) == ["recorded"]
        assert pharmacy.do("dispense.outpatient", supply("rx", "p2", 1), "ph1", at=next_day) == ["patient_dead"]

    def test_a_home_count_books_what_is_gone_and_what_is_too_much(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
        pharmacy.do("dispense.outpatient", supply("rx", "p1", 20), "ph1")
        count: dict[str, Any] = {
            "patient": "p1",
            "lines": [{"product": "morphine-tab", "lot": "morphine-tab-1", "units": 12}],
        }
        assert pharmacy.do("home.counted", count, "phc", at="2026-02-02T09:00:00+05:00") == ["recorded"]
        assert circle(pharmacy) == {"dispensed": 20, "used": 8, "still_out": 12}
        count["lines"][0]["units"] = 15
        pharmacy.do("home.counted", count, "phc", at="2026-02-03T09:00:00+05:00")
        assert circle(pharmacy) == {"dispensed": 20, "surplus": 3, "used": 8, "still_out": 15}

    @pytest.mark.parametrize(
        ("shortfall", "column"),
        [
            (None, "used"),
            ("not_asked", "used"),
            ("broken_before", "used"),
            ("not_found", "missing"),
            ("other", "missing"),
        ],
    )
    def test_a_return_books_the_whole_gap(self, pharmacy: Pharmacy, shortfall: str | None, column: str) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
        pharmacy.do("dispense.outpatient", supply("rx", "p1", 20), "ph1")
        line = {"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 9, "broken": 1, "shortfall": shortfall}
        assert pharmacy.do("unused.returned", returned([line]), "phc", at="2026-02-06T09:00:00+05:00") == ["recorded"]
        assert circle(pharmacy) == {"dispensed": 20, "returned": 10, column: 10}
        assert pharmacy.book.get("seal", "S-1").units == 10

    def test_more_may_come_back_than_went_out(self, pharmacy: Pharmacy) -> None:
        line = {"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 3, "broken": 0}
        assert pharmacy.do("unused.returned", returned([line]), "phc") == ["recorded", "return_exceeds_dispensed"]
        assert circle(pharmacy) == {"surplus": 3, "returned": 3}

    def test_returned_packs_never_go_to_stock(self, pharmacy: Pharmacy) -> None:
        line = {"product": "morphine-tab", "intact": 3, "broken": 0}
        assert pharmacy.do("unused.returned", returned([line], place="safe"), "phc") == ["place_wrong_kind"]
        assert pharmacy.stock("custody", "morphine-tab") == 0


def returned(lines: list[dict[str, object]], **changes: object) -> dict[str, object]:
    body: dict[str, object] = {"patient": "p1", "brought_by": "Жұбайы", "relation": "spouse", "reason": "patient_died"}
    body |= {"lines": lines, "empties_declined": True, "seal_no": "S-1", "place": "custody"}
    return body | {"signed_by_relative": "yes"} | changes


class TestOnTheWard:
    def test_what_is_opened_is_owed_back_empty(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        for _ in range(3):
            assert pharmacy.do("dose.administered", dose(), "nurse") == ["recorded", "without_prescription"]
        assert pharmacy.due() == 3
        body: dict[str, Any] = {"place": "ward", "seal_no": "E-1", "to_place": "custody"}
        body["lines"] = [{"product": "morphine-inj", "lot": "morphine-inj-1", "empty": 2, "partial": 0}]
        assert pharmacy.do("empties.collected", body, "ph1", "nurse") == ["recorded"]
        assert pharmacy.due() == 1

    def test_more_empties_than_were_due_open_a_discrepancy_that_never_touches_stock(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        pharmacy.do("dose.administered", dose(), "nurse")
        body: dict[str, Any] = {"place": "ward", "seal_no": "E-1", "to_place": "custody"}
        body["lines"] = [{"product": "morphine-inj", "lot": "morphine-inj-1", "empty": 3, "partial": 0}]
        assert pharmacy.do("empties.collected", body, "ph1", "nurse") == ["recorded"]
        name = f"{pharmacy.last_id}:0"
        assert pharmacy.book.get("discrepancy", name).difference == 2
        resolved = {"discrepancy": name, "cause": "missing_entry", "difference": 2, "note": "-"}
        assert pharmacy.do("discrepancy.resolved", resolved, "head", "ph1") == ["recorded"]
        assert pharmacy.due() == 0
        assert pharmacy.stock("ward", "morphine-inj") == 9

    def test_families_are_never_asked_for_empties(self) -> None:
        phc = Pharmacy(kind="phc", kato="103230100")
        body: dict[str, Any] = {"place": "team", "seal_no": "E-1", "to_place": "custody"}
        body["lines"] = [{"product": "morphine-inj", "lot": "morphine-inj-1", "empty": 1, "partial": 0}]
        assert "empties_not_from_homes" in phc.do("empties.collected", body, "ph1", "nurse")

    def test_a_dose_given_is_recorded_whatever_a_rule_thinks(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        course = prescription("rx", "p1", product="morphine-inj", setting="inpatient", units=1, duration_days=1)
        pharmacy.do("prescription.issued", course, "doc")
        pharmacy.do("patient.died", {"patient": "p1", "died_on": "2026-02-02"}, "doc", at="2026-02-02T08:00:00+05:00")
        body = dose(prescription="rx", dose={"value": "7", "unit": "mg"})
        assert pharmacy.do("dose.administered", body, "nurse") == ["recorded", "dose_arithmetic"]
        told = pharmacy.do("dose.administered", dose(prescription="rx"), "nurse", at="2026-02-04T08:00:00+05:00")
        assert told == ["recorded", "outside_course", "beyond_prescribed", "after_death"]

    def test_a_dose_cannot_come_from_nothing(self, pharmacy: Pharmacy) -> None:
        assert pharmacy.do("dose.administered", dose(), "nurse") == ["lot_unknown"]

    def test_a_verbal_order_waits_for_the_physician_who_gave_it(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        assert pharmacy.do("dose.administered", dose(ordered_by="doc"), "nurse") == ["recorded"]
        entry = pharmacy.last_id
        assert pharmacy.do("entry.countersigned", {"id": entry}, "doc2") == ["not_allowed"]
        assert pharmacy.do("entry.countersigned", {"id": entry}, "doc") == ["recorded"]

    def test_a_residue_poured_away_needs_a_witness(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        half = {"value": "5", "unit": "mg"}
        body = dose(dose=half, residue=half, residue_fate="wasted")
        assert pharmacy.do("dose.administered", body, "nurse") == ["witness_required"]
        assert pharmacy.do("dose.administered", body, "nurse", "nurse2") == ["recorded", "without_prescription"]


class TestMending:
    def test_a_reversal_undoes_the_effect_at_the_originals_time(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(30), "ph1", "nurse")
        original = pharmacy.last_id
        later = "2026-03-01T09:00:00+05:00"
        assert pharmacy.do("entry.reversed", reversal(original), "ph2", "nurse", at=later) == ["recorded"]
        assert (pharmacy.stock("safe", "morphine-inj"), pharmacy.stock("ward", "morphine-inj")) == (100, 0)
        assert pharmacy.book.stock.timeline("safe", "morphine-inj", "morphine-inj-1").balance_at("2026-02-02") == 100
        assert pharmacy.do("entry.reversed", reversal(original), "ph2", "nurse") == ["already_reversed"]

    def test_what_later_entries_rest_on_is_not_reversed(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        original = pharmacy.last_id
        pharmacy.do("dose.administered", dose(), "nurse", at="2026-02-02T09:00:00+05:00")
        assert pharmacy.do("entry.reversed", reversal(original), "ph2", "nurse") == ["has_dependents"]
        given = pharmacy.last_id
        pharmacy.do("patient.registered", registration("p3"), "doc")
        registered = pharmacy.last_id
        pharmacy.do("prescription.issued", prescription("rx3", "p3"), "doc")
        issued = pharmacy.last_id
        assert pharmacy.do("entry.reversed", reversal(registered, packs="none"), "doc") == ["has_dependents"]
        assert pharmacy.do("entry.reversed", reversal(issued, packs="none"), "doc") == ["recorded"]
        assert pharmacy.do("entry.reversed", reversal(registered, packs="none"), "doc") == ["recorded"]
        assert given

    def test_packs_that_came_back_go_into_custody_not_into_stock(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
        pharmacy.do("dispense.outpatient", supply("rx", "p1", 20), "ph1")
        body = reversal(pharmacy.last_id, packs="back_sealed", seal_no="R-1", place="custody")
        assert pharmacy.do("entry.reversed", body, "ph1", "ph2") == ["recorded"]
        assert pharmacy.stock("safe", "morphine-tab") == 80
        assert pharmacy.book.get("seal", "R-1").units == 20
        assert circle(pharmacy) == {}
        assert pharmacy.book.get("prescription", "rx").used == 0

    def test_packs_with_the_wrong_person_stay_in_the_circle(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
        pharmacy.do("dispense.outpatient", supply("rx", "p1", 20), "ph1")
        body = reversal(pharmacy.last_id, reason="wrong_patient", packs="with_wrong_person")
        assert pharmacy.do("entry.reversed", body, "ph1", "ph2") == ["recorded"]
        assert pharmacy.stock("safe", "morphine-tab") == 80
        events = pharmacy.book.get("home", "p1", "morphine-tab")
        assert fold_home(events, {})["morphine-tab-1"].reversed == 20

    def test_governance_and_reversals_are_not_reversed(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(30), "ph1", "nurse")
        pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "ph2", "nurse")
        assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id, packs="none"), "ph2", "nurse") == [
            "not_allowed"
        ]
        first = pharmacy.book.past.by_seq(3)
        assert first is not None
        assert pharmacy.do("entry.reversed", reversal(first.id, packs="none"), "head", "ph1") == ["not_allowed"]

    def test_a_mistyped_count_is_not_mended_by_another_role(self, pharmacy: Pharmacy) -> None:
        pharmacy.do("stock.moved", moved(10), "ph1", "nurse")
        pharmacy.do("dose.administered", dose(), "nurse")
        given = pharmacy.last_id
        assert pharmacy.do("entry.reversed", reversal(given), "doc") == ["not_allowed"]
        assert pharmacy.do("entry.reversed", reversal(given), "nurse2") == ["recorded"]
        assert pharmacy.due() == 0


class TestCounting:
    def count(self, pharmacy: Pharmacy, units: int, *, at: str = "2026-02-10T09:00:00+05:00", lot: bool = True) -> str:
        line = {"product": "morphine-inj", "units": units} | ({"lot": "morphine-inj-1"} if lot else {})
        body = {"place": "safe", "lines": [line], "blind": True, "purpose": "periodic"}
        assert pharmacy.do("stock.counted", body, "ph1", "ph2", at=at) == ["recorded"]
        return f"{pharmacy.last_id}:0"

    def resolve(self, pharmacy: Pharmacy, name: str, difference: int) -> list[str]:
        body = {"discrepancy": name, "cause": "lost", "difference": difference, "note": "-"}
        return pharmacy.do("discrepancy.resolved", body, "head", "ph1", at="2026-02-20T09:00:00+05:00")

    def test_a_count_changes_nothing_but_says_what_differs(self, pharmacy: Pharmacy) -> None:
        assert self.count(pharmacy, 100) not in {key[0] for key in pharmacy.book.shelves["discrepancy"]}
        name = self.count(pharmacy, 98)
        assert pharmacy.book.get("discrepancy", name).difference == -2
        assert pharmacy.stock("safe", "morphine-inj") == 100

    def test_a_resolution_takes_effect_at_the_count(self, pharmacy: Pharmacy) -> None:
        name = self.count(pharmacy, 98)
        assert self.resolve(pharmacy, name, -2) == ["recorded"]
        timeline = pharmacy.book.stock.timeline("safe", "morphine-inj", "morphine-inj-1")
        assert (timeline.balance_at("2026-02-10T03:59:59"), timeline.balance_at("2026-02-10T05")) == (100, 98)
        assert self.resolve(pharmacy, name, -2) == ["already_closed"]

    def test_a_late_entry_before_the_count_reopens_it(self, pharmacy: Pharmacy) -> None:
        name = self.count(pharmacy, 98)
        self.resolve(pharmacy, name, -2)
        pharmacy.do("stock.moved", moved(2), "ph1", "nurse", at="2026-02-09T09:00:00+05:00")
        found = pharmacy.book.get("discrepancy", name)
        assert (found.open, found.expected, found.difference) == (True, 98, 2)

    def test_a_late_entry_before_a_clean_count_opens_one(self, pharmacy: Pharmacy) -> None:
        name = self.count(pharmacy, 100)
        pharmacy.do("stock.moved", moved(5), "ph1", "nurse", at="2026-02-09T09:00:00+05:00")
        assert pharmacy.book.get("discrepancy", name).difference == 5

    def test_a_resolution_changes_the_book_by_no_more_than_the_difference(self, pharmacy: Pharmacy) -> None:
        name = self.count(pharmacy, 98)
        assert self.resolve(pharmacy, name, -101) == ["units_implausible"]

    def test_a_products_total_is_counted_over_its_lots(self, pharmacy: Pharmacy) -> None:
        received = {"place": "safe", "supplier": "S", "document_no": "1", "lines": [
            {"product": "morphine-inj", "lot": "B", "expires_on": "2027-01-31", "units": 10}]}  # fmt: skip
        assert pharmacy.do("stock.received", received, "ph1", "ph2") == ["recorded"]
        name = self.count(pharmacy, 108, lot=False)
        assert pharmacy.book.get("discrepancy", name).difference == -2
        assert self.resolve(pharmacy, name, -2) == ["recorded"]
        assert pharmacy.stock("safe", "morphine-inj", "B") == 8  # the lot that expires first gives


class TestCustody:
    def test_a_seal_is_somewhere_once_and_destroyed_once(self, pharmacy: Pharmacy) -> None:
        line = {"product": "morphine-tab", "intact": 3, "broken": 0}
        pharmacy.do("unused.returned", returned([line], place="bag"), "phc")
        hand_over = {"from_place": "bag", "to_place": "custody", "seals": ["S-1"]}
        assert pharmacy.do("custody.moved", hand_over, "phc", "ph1") == ["recorded"]
        assert pharmacy.do("custody.moved", hand_over, "phc", "ph1") == ["seal_unknown"]
        act = {"act_no": "1", "method": "crushing", "place": "custody", "items": [{"seal_no": "S-1"}]}
        small = act | {"commission": ["head", "ph1"]}
        assert pharmacy.do("destruction.performed", small, "head") == ["commission_too_small"]
        doubled = act | {"commission": ["head", "ph1", "ph2", "ph2"]}
        assert pharmacy.do("destruction.performed", doubled, "head") == ["commission_same_person"]
        full = act | {"commission": ["head", "ph1", "doc"]}
        assert pharmacy.do("destruction.performed", full, "head", "ph2") == ["witness_not_allowed"]
        assert pharmacy.do("destruction.performed", full, "head") == ["recorded"]
        assert pharmacy.do("destruction.performed", full, "head") == ["seal_unknown"]


class TestSecondSignatures:
    """People who enter for themselves (not imports): what is overdue blocks what would wait."""

    def at_work(self) -> Pharmacy:
        pharmacy = Pharmacy()
        pharmacy.imported, pharmacy.now = False, "2026-02-01T04:00:00.000000Z"
        return pharmacy

    def test_an_overdue_signature_blocks_further_ones_of_that_person(self) -> None:
        pharmacy = self.at_work()
        alone = {"witness_pending": "alone_on_duty"}
        assert pharmacy.do("stock.moved", moved(1), "ph1", **alone) == ["recorded"]
        first = pharmacy.last_id
        pharmacy.now = "2026-02-02T04:00:01.000000Z"
        today = "2026-02-02T09:00:00+05:00"
        assert pharmacy.do("stock.moved", moved(1), "ph1", at=today, **alone) == ["witness_required"]
        assert pharmacy.do("stock.moved", moved(1), "ph2", at=today, **alone) == ["recorded"]
        assert pharmacy.do("entry.countersigned", {"id": first}, "nurse", at=today) == ["recorded"]
        assert pharmacy.do("stock.moved", moved(1), "ph1", at=today, **alone) == ["recorded"]

    def test_a_late_act_needs_its_reason_and_a_very_late_one_the_head_pharmacist(self) -> None:
        pharmacy = self.at_work()
        pharmacy.now = "2026-02-12T04:00:00.000000Z"
        assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse") == ["late_without_reason"]
        told = pharmacy.do("stock.moved", moved(1), "ph1", "nurse", late_reason="қағаздан")
        assert told == ["recorded", "very_late"]
        entry = pharmacy.last_id
        today = "2026-02-12T09:00:00+05:00"
        assert pharmacy.do("entry.countersigned", {"id": entry}, "ph2", at=today) == ["not_allowed"]
        assert pharmacy.do("entry.countersigned", {"id": entry}, "head", at=today) == ["recorded"]

    def test_a_late_fact_is_recorded_as_late(self) -> None:
        pharmacy = self.at_work()
        pharmacy.do("stock.moved", moved(3), "ph1", "nurse")
        pharmacy.now = "2026-02-03T04:00:00.000000Z"
        assert pharmacy.do("dose.administered", dose(), "nurse")[0] == "recorded"
