"""What is asked before an act, of whom and how often; and that a fact is never asked about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.domain.asking.warnings import GOVERNED_BY, find_unchecked
from ledger.domain.command import read_command
from ledger.domain.judge import Judgement, judge
from ledger.domain.vocabulary import BODIES
from tests.domain.pharmacy import Pharmacy, dose, practice_rules, prescription, reversal, supply

DRUGS = {
    "fentanyl-25": ("fentanyl", "25", "ug/h", "patch"),
    "fentanyl-50": ("fentanyl", "50", "ug/h", "patch"),
    "diazepam-5": ("diazepam", "5", "mg", "tablet"),
    "tramadol-50": ("tramadol", "50", "mg", "capsule"),
    "promedol-20": ("trimeperidine", "20", "mg", "ampoule"),
}


@pytest.fixture
def ward() -> Pharmacy:
    """The pharmacy of a working day: nobody imports, so warnings are asked."""
    made = Pharmacy()
    for name, (inn, strength, unit, form) in DRUGS.items():
        body = {"product": name, "inn": inn, "form": "1", "strength": {"value": strength, "unit": unit}, "gtins": []}
        made.do(
            "product.listed", body | {"unit_of_presentation": form, "schedule": "II", "divisible": False}, "registrar"
        )
    lines = [{"product": p, "lot": f"{p}-1", "expires_on": "2027-06-30", "units": 100} for p in DRUGS]
    made.do("stock.opened", {"place": "safe", "lines": lines}, "head", witness="ph1")
    made.imported = False
    return made


def at(
    ward: Pharmacy, day: str, type: str, body: dict[str, Any], by: str, *answered: str, **envelope: Any
) -> list[str]:
    """Do it at nine in the morning of *day*, entered a minute later."""
    moment = datetime.fromisoformat(f"2026-{day}T09:00:00+05:00")
    ward.now = (moment + timedelta(minutes=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    codes = [{"code": code} for code in answered]
    return ward.do(type, body, by, at=moment.isoformat(), acknowledged=codes, **envelope)


def course(name: str, product: str, value: str, unit: str = "mg", times: int = 2, **changes: Any) -> dict[str, Any]:
    """Five days for p1 from 1 February: as many units as dose, times and days come to."""
    per_day = {"times": times, "period": 1, "period_unit": "d", "as_needed": False}
    strength = DRUGS.get(product, ("", "10", "mg", ""))[1]
    units = -(-int(value) // int(strength)) * times * 5
    body = prescription(name, "p1", product=product, single_dose={"value": value, "unit": unit}, units=units)
    return body | {"frequency": per_day} | changes


def patch(name: str, **changes: Any) -> dict[str, Any]:
    every = {"times": 1, "period": 72, "period_unit": "h", "as_needed": False}
    told = course(name, "fentanyl-25", "25", "ug/h", frequency=every, duration_days=6, units=2, route="20070000")
    return told | changes


EARLIER = course("before", "morphine-tab", "10", times=3, starts_on="2026-01-27")
SIXTY = course("before", "morphine-tab", "20", times=3, starts_on="2026-01-27")  # as much as a patch of 25 µg/h
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[str]]] = {
    "an opioid beside a benzodiazepine": (
        [course("calm", "diazepam-5", "5")],
        course("rx", "morphine-tab", "10"),
        ["opioid_with_benzodiazepine"],
    ),
    "a benzodiazepine after the opioid ended": (
        [EARLIER],
        course("calm", "diazepam-5", "5", starts_on="2026-02-01"),
        [],
    ),
    "a patch as the first strong opioid": ([course("weak", "tramadol-50", "50")], patch("rx"), ["patch_opioid_naive"]),
    "a patch after tablets of last week": ([SIXTY], patch("rx"), []),
    "a patch changed every second day": (
        [SIXTY],
        patch("rx", frequency={"times": 1, "period": 2, "period_unit": "d", "as_needed": False}, units=3),
        ["patch_change_early"],
    ),
    "half as much again is no jump": ([EARLIER], course("rx", "morphine-tab", "15", times=3), []),
    "twice as much is a jump": ([EARLIER], course("rx", "morphine-tab", "20", times=3), ["dose_jump"]),
    "what replaces the old course is not added to it": (
        [EARLIER | {"duration_days": 20, "units": 60}],
        course("rx", "morphine-tab", "15", times=3, replaces="before"),
        [],
    ),
    "beside the old course it is": (
        [EARLIER | {"duration_days": 20, "units": 60}],
        course("rx", "morphine-tab", "10", times=2),
        ["dose_jump"],
    ),
    "without a factor a jump cannot be determined": (
        [course("before", "promedol-20", "20", starts_on="2026-01-27")],
        course("rx", "promedol-20", "100"),
        [],
    ),
    "fewer units than the course takes": (
        [],
        course("rx", "morphine-tab", "10", units=8),
        ["units_differ_from_course"],
    ),
    "a ceiling when needed may be lower": (
        [],
        course("rx", "morphine-tab", "10", units=4)
        | {"frequency": {"times": 4, "period": 1, "period_unit": "d", "as_needed": True}},
        [],
    ),
    "more than is usual": ([], course("rx", "morphine-tab", "500", times=1), ["unusual_quantity"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_course_is_asked_about(ward: Pharmacy, name: str) -> None:
    before, asked, codes = CASES[name]
    for body in before:
        ward.imported = True
        assert at(ward, body["starts_on"][5:], "prescription.issued", body, "doc") == ["recorded"]
    ward.imported = False
    told = at(ward, "02-01", "prescription.issued", asked, "doc")
    assert told == (["needs_acknowledgement", *codes] if codes else ["recorded"])
    if codes:
        assert at(ward, "02-01", "prescription.issued", asked, "doc", *codes) == ["recorded"]


LONG = course("long", "morphine-tab", "20", times=3, duration_days=30, units=180)
CALM = course("calm", "diazepam-5", "5", duration_days=30, units=60)
NEW = course("rx", "morphine-tab", "20", times=3, starts_on="2026-02-19")
STOPPED: dict[str, tuple[dict[str, Any], str, dict[str, Any], list[str]]] = {
    "a patch after tablets stopped sixteen days ago": (
        LONG, "02-03", patch("rx", starts_on="2026-02-19"), ["patch_opioid_naive"],
    ),
    "a patch after tablets stopped yesterday": (LONG, "02-18", patch("rx", starts_on="2026-02-19"), []),
    "a benzodiazepine stopped yesterday": (CALM, "02-18", NEW, []),
    "as much as what was stopped today": (LONG, "02-19", NEW, []),
    "twice as much as what was stopped yesterday": (
        LONG, "02-18", NEW | {"single_dose": {"value": "40", "unit": "mg"}, "units": 60}, ["dose_jump"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPPED)
def test_a_stopped_course_runs_to_its_stop(ward: Pharmacy, name: str) -> None:
    before, stopped_on, asked, codes = STOPPED[name]
    assert at(ward, "02-01", "prescription.issued", before, "doc") == ["recorded"]
    stop = {"prescription": before["prescription"], "reason": "-"}
    assert at(ward, stopped_on, "prescription.stopped", stop, "doc") == ["recorded"]
    told = at(ward, "02-19", "prescription.issued", asked, "doc")
    assert told == (["needs_acknowledgement", *codes] if codes else ["recorded"])


def test_what_was_replaced_hides_no_jump(ward: Pharmacy) -> None:
    again = LONG | {"prescription": "again", "starts_on": "2026-02-10", "replaces": "long"}
    double = {"single_dose": {"value": "40", "unit": "mg"}, "duration_days": 15, "replaces": "again"}
    assert at(ward, "02-01", "prescription.issued", LONG, "doc") == ["recorded"]
    assert at(ward, "02-10", "prescription.issued", again, "doc") == ["recorded"]
    told = at(ward, "02-14", "prescription.issued", NEW | double | {"starts_on": "2026-02-14", "units": 180}, "doc")
    assert told == ["needs_acknowledgement", "dose_jump"]


def test_a_warning_names_its_rule_and_the_source(ward: Pharmacy) -> None:
    ward.imported = True
    at(ward, "02-01", "prescription.issued", course("calm", "diazepam-5", "5"), "doc")
    ward.imported = False
    (warning,) = judged(ward, "prescription.issued", course("rx", "morphine-tab", "10")).warnings
    assert warning.values["rule"] == GOVERNED_BY[warning.code] == "benzodiazepine_overlap_days"
    source = ward.rules.find("benzodiazepine_overlap_days", "2026-02-01")
    assert source is not None
    assert (warning.values["act"], warning.values["status"]) == (source.act, "site")
    assert warning.values["other"] == "diazepam-5"


def judged(ward: Pharmacy, type: str, body: dict[str, Any], by: str = "doc") -> Judgement:
    raw = {"id": "00000000-0000-0000-0000-00000000ffff", "type": type, "occurred_at": "2026-02-01T09:00:00+05:00"}
    command = read_command(raw | {"performer": by, "body": body}, bodies=BODIES)
    return judge(command, ward.book, rules=ward.rules, now=ward.now, imported=ward.imported)[0]


def test_an_unset_threshold_asks_nothing_and_is_listed_as_unchecked(ward: Pharmacy) -> None:
    provisions = {k: v for k, v in ward.rules.provisions.items() if k not in GOVERNED_BY.values()}
    ward.rules = replace(practice_rules(), provisions=provisions)
    assert at(ward, "02-01", "prescription.issued", patch("rx", units=9), "doc") == ["recorded"]
    assert set(find_unchecked(ward.rules, "2026-02-01")) == set(GOVERNED_BY) - {"home_differs"}
    assert find_unchecked(practice_rules(), "2026-02-01") == []


def test_a_course_is_answered_once_and_asked_again_when_dose_drug_or_total_changed(ward: Pharmacy) -> None:
    calm = course("calm", "diazepam-5", "5", duration_days=28, units=56)
    assert at(ward, "02-01", "prescription.issued", calm, "doc") == ["recorded"]
    first = course("rx1", "morphine-tab", "10", setting="home")
    asks = ["needs_acknowledgement", "opioid_with_benzodiazepine"]
    assert at(ward, "02-01", "prescription.issued", first, "doc") == asks
    assert at(ward, "02-01", "prescription.issued", first, "doc", asks[1]) == ["recorded"]
    shown = judged(ward, "dispense.outpatient", supply("rx1", "p1", 10), "ph1")
    assert (shown.warnings, asks[1] in shown.notes) == ((), True)
    renewal = first | {"prescription": "rx2", "starts_on": "2026-02-06", "renews": "rx1"}
    assert at(ward, "02-05", "prescription.issued", renewal, "doc2") == ["recorded"]
    changed = renewal | {"prescription": "rx3", "starts_on": "2026-02-11", "renews": "rx2"}
    more = changed | {"single_dose": {"value": "20", "unit": "mg"}, "units": 20}
    assert asks[1] in at(ward, "02-10", "prescription.issued", more, "doc")
    longer = changed | {"duration_days": 6, "units": 12}
    assert at(ward, "02-10", "prescription.issued", longer, "doc") == asks
    assert at(ward, "02-10", "prescription.issued", changed, "doc") == ["recorded"]


def test_an_answer_goes_with_the_reversed_course(ward: Pharmacy) -> None:
    at(ward, "02-01", "prescription.issued", course("calm", "diazepam-5", "5", duration_days=28, units=56), "doc")
    first = course("rx1", "morphine-tab", "10")
    at(ward, "02-01", "prescription.issued", first, "doc", "opioid_with_benzodiazepine")
    undo = {"id": ward.last_id, "reason": "cancelled", "note": "-", "packs": "none"}
    assert at(ward, "02-01", "entry.reversed", undo, "doc") == ["recorded"]
    again = first | {"prescription": "rx2"}
    assert at(ward, "02-01", "prescription.issued", again, "doc")[0] == "needs_acknowledgement"


def test_supplies_are_asked_about_when_they_come_early_twice_or_beside_an_older_lot(ward: Pharmacy) -> None:
    rx = course("rx", "morphine-tab", "10", duration_days=20, units=40)
    assert at(ward, "02-01", "prescription.issued", rx, "doc") == ["recorded"]
    ten = supply("rx", "p1", 10)
    assert at(ward, "02-01", "dispense.outpatient", ten, "ph1") == ["recorded"]
    told = ["needs_acknowledgement", "early_supply", "duplicate_dispense"]
    assert at(ward, "02-02", "dispense.outpatient", ten, "ph1") == told
    assert at(ward, "02-03", "dispense.outpatient", ten, "ph1") == ["recorded"]  # two days left are not early
    assert at(ward, "02-08", "dispense.outpatient", supply("rx", "p1", 12), "ph1") == [
        "needs_acknowledgement",
        "units_differ_from_course",
    ]
    undo = {"id": ward.last_id, "reason": "cancelled", "note": "-", "packs": "never_left"}
    older = [{"product": "morphine-tab", "lot": "old", "expires_on": "2026-08-31", "units": 5}]
    received = {"place": "safe", "lines": older, "supplier": "S", "document_no": "1"}
    assert at(ward, "02-08", "stock.received", received, "ph1", witness="ph2") == ["recorded"]
    assert at(ward, "02-08", "dispense.outpatient", ten, "ph1") == ["needs_acknowledgement", "older_lot_first"]
    both = ten | {"lots": [{"lot": "old", "units": 5}, {"lot": "morphine-tab-1", "units": 5}]}
    assert at(ward, "02-08", "dispense.outpatient", both, "ph1") == ["recorded"]
    undo |= {"id": ward.last_id}
    assert at(ward, "02-08", "entry.reversed", undo, "ph1") == ["recorded"]
    assert at(ward, "02-08", "dispense.outpatient", both, "ph1") == ["recorded"]  # what was reversed is no supply


def test_supplies_of_one_course_cover_one_after_another_also_into_the_next_month(ward: Pharmacy) -> None:
    rx = course("rx", "morphine-tab", "10", duration_days=28, units=56) | {"starts_on": "2026-02-16"}
    assert at(ward, "02-16", "prescription.issued", rx, "doc") == ["recorded"]
    ten, answered = supply("rx", "p1", 10), ("early_supply", "duplicate_dispense")
    for on in ("02-16", "02-17", "02-18", "02-19"):  # five days each: until 02-20, 02-25, 03-02, 03-07
        assert at(ward, on, "dispense.outpatient", ten, "ph1", *answered) == ["recorded"]
    assert at(ward, "03-04", "dispense.outpatient", ten, "ph1") == ["needs_acknowledgement", "early_supply"]
    assert at(ward, "03-05", "dispense.outpatient", ten, "ph1") == ["recorded"]  # two days left are not early


def test_a_supply_in_place_of_what_came_back_is_neither_early_nor_a_second_one(ward: Pharmacy) -> None:
    at(ward, "02-01", "prescription.issued", course("rx", "morphine-tab", "10", duration_days=20, units=40), "doc")
    ten = supply("rx", "p1", 10)
    at(ward, "02-01", "dispense.outpatient", ten, "ph1")
    line = {"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 10, "broken": 0}
    back: dict[str, Any] = {
        "patient": "p1",
        "brought_by": "-",
        "relation": "wife",
        "reason": "other",
        "lines": [line],
        "seal_no": "R",
    }
    back |= {"empties_declined": False, "place": "custody", "signed_by_relative": "yes"}
    assert at(ward, "02-01", "unused.returned", back, "ph1") == ["recorded"]
    assert at(ward, "02-01", "dispense.outpatient", ten, "ph1") == ["recorded"]


@pytest.mark.parametrize(
    ("packs", "told"),
    [
        ("with_right_person", ["needs_acknowledgement", "early_supply", "duplicate_dispense"]),
        ("with_wrong_person", ["recorded"]),
    ],
)
def test_packs_that_the_patient_rightly_has_count_as_supplied(ward: Pharmacy, packs: str, told: list[str]) -> None:
    at(ward, "02-01", "prescription.issued", course("rx", "morphine-tab", "10", duration_days=20, units=40), "doc")
    ten = supply("rx", "p1", 10)
    at(ward, "02-01", "dispense.outpatient", ten, "ph1")
    assert at(ward, "02-01", "entry.reversed", reversal(ward.last_id, packs=packs), "ph1") == ["recorded"]
    assert at(ward, "02-01", "dispense.outpatient", ten, "ph1") == told


def test_what_another_facility_supplied_counts_too_though_its_takeover_was_reversed(ward: Pharmacy) -> None:
    line = {"product": "morphine-tab", "lot": "F", "units": 20}
    taken = {"from_log": "senim/far/1", "from_id": "0192f0c1-0000-7000-8000-00000000aaaa", "patient": "p1"}
    body = taken | {"lines": [line], "days_supply": 10}
    assert at(ward, "02-01", "dispense.acknowledged", body, "ph1") == ["recorded"]
    mended = reversal(ward.last_id, packs="with_right_person")
    assert at(ward, "02-01", "entry.reversed", mended, "ph1") == ["recorded"]
    at(ward, "02-01", "prescription.issued", course("rx", "morphine-tab", "10"), "doc")
    told = at(ward, "02-02", "dispense.outpatient", supply("rx", "p1", 10), "ph1")
    assert told == ["needs_acknowledgement", "early_supply", "duplicate_dispense"]


def test_the_bedside_is_never_asked(ward: Pharmacy) -> None:
    ward.imported = True
    at(ward, "02-01", "prescription.issued", course("calm", "diazepam-5", "5"), "doc")
    moved = {
        "from_place": "safe",
        "to_place": "ward",
        "lines": [{"product": "fentanyl-25", "lot": "fentanyl-25-1", "units": 9}],
    }
    at(ward, "02-01", "stock.moved", moved, "ph1", witness="nurse")
    ward.imported = False
    worn = dose(
        product="fentanyl-25", lots=[{"lot": "fentanyl-25-1", "units": 4}], dose={"value": "100", "unit": "ug/h"}
    )
    assert at(ward, "02-01", "dose.administered", worn, "nurse") == ["recorded", "without_prescription"]


def test_a_count_that_names_its_entry_is_told_what_has_moved_since(ward: Pharmacy) -> None:
    seen = ward.book.size - 1
    moved = {
        "from_place": "safe",
        "to_place": "ward",
        "lines": [{"product": "morphine-inj", "lot": "morphine-inj-1", "units": 9}],
    }
    assert at(ward, "02-01", "stock.moved", moved, "ph1", witness="nurse") == ["recorded"]
    line = {"product": "morphine-inj", "lot": "morphine-inj-1", "units": 91}
    count = {"place": "safe", "lines": [line], "blind": True, "purpose": "shift"}
    told = at(ward, "02-01", "stock.counted", count | {"as_of_seq": seen}, "ph1", witness="ph2")
    assert told == ["count_stale"]
    other = count | {"as_of_seq": seen, "lines": [{"product": "morphine-tab", "units": 100}]}
    assert at(ward, "02-01", "stock.counted", other, "ph1", witness="ph2") == ["recorded"]
    assert at(ward, "02-01", "stock.counted", count | {"as_of_seq": 10**9}, "ph1", witness="ph2") == ["entry_unknown"]
    assert at(ward, "02-01", "stock.counted", count, "ph1", witness="ph2") == ["recorded"]
