"""How the reference reads what the scenario does not show; each figure below was worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.reference.fields import bin_number, iin
from tests.reference.forms import find_form_codes
from tests.reference.pharmacy import PRACTICE_RULES, Answer, Pharmacy

Body = dict[str, Any]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOSPITAL = {"log": "senim/small/1", "bin": "990140000017", "kato": "101010000", "kind": "hospital"}
KATO = {"101010000", "103200000"}


class Small:
    """A hospital with one ward, one patient, ampoules and tablets; the days are those of March 2026."""

    def __init__(self) -> None:
        self.pharmacy = Pharmacy(HOSPITAL, PRACTICE_RULES, KATO, now=NOW)
        self.said = 0
        for person, role in {"head": "head_pharmacist", "ph": "pharmacist", "doc": "physician", "nu": "nurse"}.items():
            body: Body = {"person": person, "role": role, "name": person}
            self.tell("person.enrolled", 1, "registrar", body, None if role == "head_pharmacist" else "head")
        for product, unit in {"amp": "ampoule", "tab": "tablet"}.items():
            body = {"product": product, "inn": "morphine", "form": "11201000", "schedule": "II", "gtins": []}
            body |= {"strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": unit, "divisible": False}
            self.tell("product.listed", 1, "registrar", body)
        for place, kind in {"safe": "safe", "ward": "ward", "seals": "custody"}.items():
            body = {"place": place, "kind": kind, "name": place, "administration": "entered"}
            self.tell("place.opened", 1, "registrar", body)
        identity: Body = {
            "name": "А",
            "iin": None,
            "no_iin_reason": "foreigner",
            "born_on": "1885-01-01",
            "address": "-",
        }
        body = {"patient": "p", "identity": identity, "home_kato": "103200000", "home_phc_bin": "990140000017"}
        self.tell("patient.registered", 1, "doc", {**body, "indication": "other", "icd10": "T14.9"})

    def say(self, kind: str, day: float, by: str, body: Body, witness: str | None = None, **more: Any) -> Answer:
        self.said += 1
        hour = round((day - int(day)) * 24)
        command: Body = {"id": self.id_of(self.said), "type": kind, "performer": by, "witness": witness, "body": body}
        command |= {"occurred_at": f"2026-03-{int(day):02d}T{hour:02d}:00:00+05:00", "acknowledged": []}
        return self.pharmacy.record({**command, **more})

    def tell(self, kind: str, day: float, by: str, body: Body, witness: str | None = None, **more: Any) -> str:
        """Say what must be recorded; gives its id."""
        answer = self.say(kind, day, by, body, witness, **more)
        assert answer.answer == "recorded", answer
        return self.id_of(self.said)

    def id_of(self, number: int) -> str:
        return f"00000000-0000-4000-8000-{number:012d}"

    def receive(self, lot: str, units: int, day: float, product: str = "amp", expires_on: str = "2028-01-01") -> str:
        line = {"product": product, "lot": lot, "expires_on": expires_on, "units": units}
        body = {"place": "safe", "lines": [line], "supplier": "-", "document_no": "-"}
        return self.tell("stock.received", day, "ph", body, "nu")

    def move(self, lot: str, units: int, day: float, to: str = "ward", witness: str = "nu") -> Answer:
        lines = [{"product": "amp", "lot": lot, "units": units}]
        return self.say("stock.moved", day, "ph", {"from_place": "safe", "to_place": to, "lines": lines}, witness)

    def count(self, lot: str, units: int, day: float) -> str:
        line: Body = {"product": "amp", "units": units} | ({"lot": lot} if lot else {})
        body = {"place": "safe", "lines": [line], "blind": True, "purpose": "shift"}
        return f"{self.tell('stock.counted', day, 'ph', body, 'nu')}:0"

    def resolve(self, discrepancy: str, difference: int, day: float) -> Answer:
        body = {"discrepancy": discrepancy, "cause": "lost", "difference": difference, "note": "-"}
        return self.say("discrepancy.resolved", day, "head", body, "ph")

    def dispense(self, lots: dict[str, int], day: float, **more: Any) -> str:
        rx = f"rx{self.said}"
        body: Body = {
            "prescription": rx,
            "patient": "p",
            "product": "tab",
            "single_dose": {"value": "10", "unit": "mg"},
        }
        body |= {"route": "20053000", "duration_days": 9, "starts_on": f"2026-03-{int(day):02d}", "units": 99}
        body |= {"frequency": {"times": 1, "period": 1, "period_unit": "d", "as_needed": False}}
        self.tell("prescription.issued", day, "doc", {**body, "setting": "home", "record_no": "-"})
        body = {"prescription": rx, "patient": "p", "place": "safe", "days_supply": 3, **more}
        body |= {"lots": [{"lot": lot, "units": units} for lot, units in lots.items()]}
        return self.tell(
            "dispense.outpatient", day, "ph", {**body, "collector": {"kind": "patient", "identity": "seen"}}
        )

    def bring_back(self, lines: list[Body], day: float) -> Answer:
        body: Body = {
            "patient": "p",
            "brought_by": "-",
            "relation": "child",
            "reason": "other",
            "empties_declined": False,
        }
        body |= {"lines": lines, "seal_no": f"S{self.said}", "place": "seals", "signed_by_relative": "yes"}
        return self.say("unused.returned", day, "nu", body)

    def reverse(self, entry: str, packs: str, day: float, **more: str) -> Answer:
        body = {"id": entry, "reason": "other", "note": "-", "packs": packs, **more}
        return self.say("entry.reversed", day, "ph", body, "nu")

    def last_body(self, kind: str) -> Body:
        return [entry.body for entry in self.pharmacy.world().entries if entry.type == kind][-1]

    def row(self, lot: str) -> Body:
        (row,) = (row for row in self.pharmacy.circle() if row["lot"] == lot)
        return {key: value for key, value in row.items() if value and isinstance(value, int)}

    def balance(self, place: str, lot: str) -> int:
        (row,) = (row for row in self.pharmacy.balances() if (row["place"], row["lot"]) == (place, lot))
        return int(row["units"])


@pytest.fixture
def small() -> Small:
    return Small()


def test_identity_numbers_follow_the_published_check_digit() -> None:
    good = ["061211600012", "850615100017", "850615100801"]
    bad = ["123456789011", "850615100018", "85061510001", *(f"85061520042{last}" for last in range(10))]
    assert [iin(number) for number in good] == [set()] * 3
    assert [iin(number) for number in bad] == [{"iin_invalid"}] * 13
    assert (bin_number("990140000017"), bin_number("990140000011")) == (set(), {"bin_invalid"})


def test_what_is_not_even_an_object_is_malformed() -> None:
    junk: tuple[Any, ...] = (None, [], "x", 3)
    assert [find_form_codes(value) for value in junk] == [{"malformed"}] * 4


def test_an_act_dated_back_may_not_leave_less_than_nothing_on_any_later_day(small: Small) -> None:
    small.receive("L", 10, 2)
    assert small.move("L", 8, 6).answer == "recorded"
    assert small.move("L", 3, 4).codes == ["balance_too_low"]
    assert small.move("L", 2, 4).answer == "recorded"
    assert small.move("L", 1, 1.9).codes == ["time_before_lot"]
    assert (small.balance("safe", "L"), small.balance("ward", "L")) == (0, 10)


def test_a_receipt_on_which_a_later_move_stands_cannot_be_reversed_until_the_move_is(small: Small) -> None:
    receipt = small.receive("L", 10, 2)
    assert small.move("L", 8, 3).answer == "recorded"
    moved = small.id_of(small.said)
    assert small.reverse(receipt, "never_left", 4).codes == ["has_dependents"]
    assert small.reverse(moved, "never_left", 4).answer == "recorded"
    assert small.reverse(receipt, "never_left", 4).answer == "recorded"
    assert small.reverse(receipt, "never_left", 4).codes == ["already_reversed"]
    assert (small.balance("safe", "L"), small.balance("ward", "L")) == (0, 0)


def test_a_resolution_changes_the_book_at_the_count_and_an_earlier_movement_reopens_it(small: Small) -> None:
    small.receive("L", 50, 2)
    count = small.count("L", 47, 4)
    assert [row["difference"] for row in small.pharmacy.discrepancies()] == [-3]
    assert small.resolve(count, -3, 5).answer == "recorded"
    assert (small.balance("safe", "L"), small.pharmacy.discrepancies()) == (47, [])
    assert small.resolve(count, -3, 5).codes == ["already_closed"]
    assert small.move("L", 5, 6).answer == "recorded"
    assert small.pharmacy.discrepancies() == []
    assert small.move("L", 2, 3).answer == "recorded"
    assert [row["difference"] for row in small.pharmacy.discrepancies()] == [2]
    assert small.resolve(count, 2, 7).answer == "recorded"
    assert (small.balance("safe", "L"), small.pharmacy.discrepancies()) == (42, [])


def test_what_a_resolution_found_is_there_from_the_count_on_and_not_before(small: Small) -> None:
    small.receive("L", 50, 2)
    count = small.count("L", 53, 4)
    assert small.resolve(count, 3, 8).answer == "recorded"
    assert small.move("L", 51, 3).codes == ["balance_too_low"]
    assert small.move("L", 52, 6).answer == "recorded"
    assert small.balance("safe", "L") == 1


def test_a_blocked_or_expired_lot_goes_to_custody_but_not_to_a_ward_and_neither_before_its_day(small: Small) -> None:
    small.receive("BLOCKED", 50, 2)
    small.receive("EXPIRED", 50, 2, expires_on="2026-03-05")
    small.tell("lot.quarantined", 6, "ph", {"product": "amp", "lot": "BLOCKED", "reason": "-"})
    for lot, code in {"BLOCKED": "lot_quarantined", "EXPIRED": "lot_expired"}.items():
        assert small.move(lot, 1, 7).codes == [code]
        assert small.move(lot, 2, 7, to="seals").answer == "recorded"
        assert small.move(lot, 3, 5).answer == "recorded"


def test_neither_inspector_nor_registrar_witnesses_a_move(small: Small) -> None:
    small.tell("person.enrolled", 1, "registrar", {"person": "in", "role": "inspector", "name": "-"}, "head")
    small.receive("L", 5, 2)
    assert small.move("L", 1, 3, witness="in").codes == ["witness_not_allowed"]
    assert small.move("L", 1, 3, witness="registrar").codes == ["witness_not_allowed"]
    assert small.move("L", 1, 3, witness="ph").codes == ["witness_same_person"]
    assert small.move("L", 1, 3, witness="nobody").codes == ["not_enrolled"]


def test_an_inpatient_prescription_is_refused_at_the_counter_for_that_alone(small: Small) -> None:
    small.receive("T", 20, 2, "tab")
    small.dispense({"T": 1}, 3)
    identity: Body = {"name": "Б", "iin": None, "no_iin_reason": "newborn", "born_on": "1885-01-01", "address": "-"}
    body = {"patient": "q", "identity": identity, "home_kato": "103200000", "home_phc_bin": "990140000017"}
    small.tell("patient.registered", 1, "doc", {**body, "indication": "other", "icd10": "T14.9"})
    issued = small.last_body("prescription.issued") | {"prescription": "rx-in", "setting": "inpatient", "units": 1}
    small.tell("prescription.issued", 3, "doc", issued)
    supply = small.last_body("dispense.outpatient") | {"prescription": "rx-in"}
    supply["lots"] = [{"lot": "T", "units": 2}]
    assert small.say("dispense.outpatient", 20, "ph", {**supply, "patient": "q"}).codes == ["prescription_inpatient"]


def test_a_count_without_lot_is_compared_with_the_total_of_the_product(small: Small) -> None:
    small.receive("L1", 5, 2)
    small.receive("L2", 6, 2)
    small.receive("T", 7, 2, "tab")
    small.count("", 11, 3)
    assert small.pharmacy.discrepancies() == []
    opened = small.count("", 9, 3)
    assert small.pharmacy.discrepancies() == [
        {"discrepancy": opened, "place": "safe", "product": "amp", "lot": None, "difference": -2}
    ]


def test_more_empties_than_were_opened_stand_below_zero_until_resolved_and_move_no_stock(small: Small) -> None:
    small.receive("L", 10, 2)
    small.move("L", 6, 3)
    dose = {"patient": "p", "place": "ward", "product": "amp", "dose": {"value": "30", "unit": "mg"}}
    small.tell("dose.administered", 4, "nu", {**dose, "lots": [{"lot": "L", "units": 3}]})
    line = {"product": "amp", "lot": "L", "empty": 4, "partial": 1}
    body = {"place": "ward", "lines": [line], "seal_no": "E", "to_place": "seals"}
    collected = small.tell("empties.collected", 5, "ph", body, "nu")
    assert [row["units"] for row in small.pharmacy.empties_due()] == [-2]
    assert [row["difference"] for row in small.pharmacy.discrepancies()] == [2]
    assert small.resolve(f"{collected}:0", 2, 6).answer == "recorded"
    assert (small.pharmacy.empties_due(), small.pharmacy.discrepancies()) == ([], [])
    assert (small.balance("ward", "L"), small.pharmacy.custody()) == (3, [{"seal_no": "E", "units": 5}])


def test_packs_that_came_back_sealed_are_in_custody_and_not_in_stock(small: Small) -> None:
    small.receive("T", 20, 2, "tab")
    given = small.dispense({"T": 6}, 3)
    assert small.reverse(given, "back_sealed", 4).codes == ["field_missing"]
    assert small.reverse(given, "back_sealed", 4, seal_no="B", place="safe").codes == ["place_wrong_kind"]
    assert small.reverse(given, "back_sealed", 4, seal_no="B", place="seals").answer == "recorded"
    assert (small.balance("safe", "T"), small.row("T")) == (14, {})
    assert small.pharmacy.custody() == [{"seal_no": "B", "units": 6}]


@pytest.mark.parametrize("packs", ["with_right_person", "with_wrong_person"])
def test_packs_that_stay_with_somebody_stay_out_until_they_are_returned(small: Small, packs: str) -> None:
    small.receive("T", 20, 2, "tab")
    given = small.dispense({"T": 6}, 3)
    assert small.reverse(given, packs, 4).answer == "recorded"
    assert (small.balance("safe", "T"), small.row("T")) == (14, {"dispensed": 6, "still_out": 6})
    assert small.bring_back([{"product": "tab", "lot": "T", "intact": 6, "broken": 0}], 5).notes == []
    assert small.row("T") == {"dispensed": 6, "returned": 6}


def test_packs_that_never_left_are_back_in_stock_and_their_row_stays_at_nothing(small: Small) -> None:
    small.receive("T", 20, 2, "tab")
    given = small.dispense({"T": 6}, 3)
    assert small.reverse(given, "never_left", 4).answer == "recorded"
    assert (small.balance("safe", "T"), small.row("T")) == (20, {})


@pytest.mark.parametrize(
    ("shortfall", "booked"),
    [
        (None, "used"),
        ("used_not_recorded", "used"),
        ("not_asked", "used"),
        ("broken_before", "used"),
        ("not_found", "missing"),
        ("kept_by_family", "missing"),
        ("other", "missing"),
    ],
)
def test_the_gap_of_a_return_is_booked_by_its_shortfall(small: Small, shortfall: str | None, booked: str) -> None:
    small.receive("T", 20, 2, "tab")
    small.dispense({"T": 9}, 3)
    line = {"product": "tab", "lot": "T", "intact": 4, "broken": 1} | ({"shortfall": shortfall} if shortfall else {})
    assert small.bring_back([line], 5).answer == "recorded"
    assert small.row("T") == {"dispensed": 9, "returned": 5, booked: 4}


def test_a_return_without_lot_fills_the_oldest_expiry_first(small: Small) -> None:
    small.receive("NEW", 9, 2, "tab", "2028-01-01")
    small.receive("OLD", 9, 2, "tab", "2027-01-01")
    small.dispense({"NEW": 9, "OLD": 4}, 3)
    small.bring_back([{"product": "tab", "intact": 6, "broken": 0, "shortfall": "not_found"}], 5)
    assert small.row("OLD") == {"dispensed": 4, "returned": 4}
    assert small.row("NEW") == {"dispensed": 9, "returned": 2, "missing": 7}


def test_what_is_given_back_beyond_the_holding_is_surplus(small: Small) -> None:
    small.receive("T", 20, 2, "tab")
    small.dispense({"T": 3}, 3)
    answer = small.bring_back([{"product": "tab", "lot": "T", "intact": 4, "broken": 1}], 5)
    assert answer.notes == ["return_exceeds_dispensed"]
    assert small.row("T") == {"dispensed": 3, "surplus": 2, "returned": 5}


def test_a_home_count_sets_the_lot_and_a_dose_entered_later_but_given_before_is_not_used_twice(small: Small) -> None:
    small.receive("T", 20, 2, "tab")
    small.dispense({"T": 9}, 3)
    counted = {"patient": "p", "lines": [{"product": "tab", "lot": "T", "units": 5}]}
    small.tell("home.counted", 6, "nu", counted)
    assert small.row("T") == {"dispensed": 9, "used": 4, "still_out": 5}
    dose = {"patient": "p", "home": True, "product": "tab", "lots": [{"lot": "T", "units": 1}]}
    small.tell("dose.administered", 4, "nu", {**dose, "dose": {"value": "10", "unit": "mg"}})
    assert small.row("T") == {"dispensed": 9, "administered": 1, "used": 3, "still_out": 5}


def test_what_is_left_before_a_new_supply_is_counted_before_it_is_added(small: Small) -> None:
    small.receive("T", 20, 2, "tab")
    small.dispense({"T": 6}, 3)
    small.dispense({"T": 4}, 5, left_before=[{"product": "tab", "lot": "T", "units": 1}])
    assert small.row("T") == {"dispensed": 10, "used": 5, "still_out": 5}


def test_an_id_is_asked_before_the_form_and_a_moment_is_a_moment_in_any_offset(small: Small) -> None:
    body = {"patient": "p", "died_on": "2026-03-09"}
    command = {"id": small.id_of(999), "type": "patient.died", "performer": "doc", "body": body}
    local = {**command, "occurred_at": "2026-03-09T12:00:00+05:00", "witness": None}
    assert small.pharmacy.record(local).answer == "recorded"
    assert small.pharmacy.record({**command, "occurred_at": "2026-03-09T07:00:00Z"}).answer == "replayed"
    assert small.pharmacy.record({**local, "body": {"patient": 7}}).codes == ["id_reused"]


def test_a_verbal_order_waits_for_the_physician_who_gave_it(small: Small) -> None:
    small.receive("L", 10, 2)
    small.move("L", 6, 3)
    dose = {"patient": "p", "place": "ward", "product": "amp", "lots": [{"lot": "L", "units": 1}], "ordered_by": "doc"}
    given = small.tell("dose.administered", 4, "nu", {**dose, "dose": {"value": "10", "unit": "mg"}})
    assert small.pharmacy.pending() == [given]
    assert small.say("entry.countersigned", 5, "ph", {"id": given}).codes == ["not_allowed"]
    assert small.say("entry.countersigned", 5, "doc", {"id": given}).answer == "recorded"
    assert small.pharmacy.pending() == []
