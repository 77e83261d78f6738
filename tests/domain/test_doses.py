"""The dose history against figures worked out by hand, at every entry as it was known there."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.domain.history.doses import DoseHistory, Figure, read_doses, to_amount_text, to_text
from tests.domain.pharmacy import Pharmacy, dose, prescription, reversal, supply
from tests.domain.test_warnings import DRUGS

NOW = "2026-02-20T12:00:00.000000Z"


@pytest.fixture
def ward() -> Pharmacy:
    made = Pharmacy()
    for name, (inn, strength, unit, form) in {**DRUGS, "mystery": ("unheardine", "5", "mg", "tablet")}.items():
        body = {"product": name, "inn": inn, "form": "1", "strength": {"value": strength, "unit": unit}, "gtins": []}
        made.do(
            "product.listed", body | {"unit_of_presentation": form, "schedule": "II", "divisible": False}, "registrar"
        )
    lines = [{"product": p, "lot": f"{p}-1", "expires_on": "2027-06-30", "units": 50} for p in (*DRUGS, "mystery")]
    made.do("stock.opened", {"place": "safe", "lines": lines}, "head", witness="ph1")
    made.do(
        "stock.opened", {"place": "ward", "lines": [{**line, "units": 40} for line in lines]}, "head", witness="ph1"
    )
    opened = [{"product": "morphine-inj", "lot": "morphine-inj-1", "expires_on": "2027-06-30", "units": 40}]
    made.do("stock.opened", {"place": "ward", "lines": opened}, "head", witness="ph1")
    return made


def history(ward: Pharmacy, *, known_at: int | None = None, now: str = NOW) -> DoseHistory:
    seq = ward.book.size - 1 if known_at is None else known_at
    return read_doses(ward.book, "p1", rules=ward.rules, known_at=seq, now=now)


def equivalents(found: DoseHistory, column: str) -> dict[str, str | None]:
    figures = {day.on[5:]: day.figures[column] for day in found.days if column in day.figures}
    return {on: None if f.regular is None else to_text(f.regular) for on, f in figures.items()}


def figure(found: DoseHistory, on: str, column: str = "administered") -> Figure:
    (day,) = [day for day in found.days if day.on == f"2026-{on}"]
    return day.figures[column]


def order(name: str, product: str, value: str, route: str, **changes: Any) -> dict[str, Any]:
    unit = DRUGS.get(product, ("", "", "mg", ""))[2]
    told = prescription(name, "p1", product=product, single_dose={"value": value, "unit": unit}, route=route)
    return told | {"setting": "inpatient", "units": 60} | changes


def give(ward: Pharmacy, at: str, product: str, value: str, unit: str = "mg", **order: Any) -> str:
    body = dose(
        product=product, lots=[{"lot": f"{product}-1", "units": 1}], dose={"value": value, "unit": unit}, **order
    )
    assert ward.do("dose.administered", body, "nurse", at=f"2026-{at}:00+05:00")[0] == "recorded"
    return ward.last_id


SUBCUTANEOUS, ORAL, SKIN, UNDER_TONGUE = "20066000", "20053000", "20070000", "20067000"


def test_a_course_and_its_doses_by_route_and_day(ward: Pharmacy) -> None:
    ward.do("prescription.issued", order("rx", "morphine-inj", "10", SUBCUTANEOUS, duration_days=3), "doc")
    for at in ("02-01T10:00", "02-01T22:00", "02-02T23:30"):
        give(ward, at, "morphine-inj", "10", prescription="rx")
    found = history(ward)
    # 4 × 10 mg × 2 under the skin; two doses, then one at 23:30 local, which is 18:30 of the same UTC day
    assert equivalents(found, "prescribed") == {"02-01": "80", "02-02": "80", "02-03": "80"}
    assert equivalents(found, "administered") == {"02-01": "40", "02-02": "20"}
    assert [(f.inn, f.route, f.factor) for f in found.factors] == [("morphine", "subcutaneous", Decimal(2))]
    assert found.table == ward.rules.tables["opioid_equivalents"]


@pytest.mark.parametrize(
    ("product", "route", "why"),
    [
        ("promedol-20", SUBCUTANEOUS, "no_factor"),
        ("morphine-tab", UNDER_TONGUE, "no_factor"),
        ("mystery", ORAL, "class_unknown"),
    ],
)
def test_without_a_factor_the_day_cannot_be_determined(ward: Pharmacy, product: str, route: str, why: str) -> None:
    ward.do("prescription.issued", order("rx", product, "20", route, duration_days=1), "doc")
    ward.do("prescription.issued", order("known", "morphine-inj", "10", SUBCUTANEOUS, duration_days=2), "doc")
    found = figure(history(ward), "02-01", "prescribed")
    assert found.regular is None
    assert [reason for _, reason in found.whys] == [why]
    assert Decimal(80) in [line.amount.value for line in found.lines]  # the milligrams are shown
    assert equivalents(history(ward), "prescribed")["02-02"] == "80"


def test_a_dose_without_an_order_has_no_route(ward: Pharmacy) -> None:
    give(ward, "02-01T10:00", "morphine-inj", "10")
    assert figure(history(ward), "02-01").whys == (("morphine", "route_unknown"),)


def test_a_benzodiazepine_is_shown_and_never_counted(ward: Pharmacy) -> None:
    give(ward, "02-01T10:00", "diazepam-5", "5")
    found = figure(history(ward), "02-01")
    assert (found.regular, found.whys) == (Decimal(0), ())
    assert [line.equivalent for line in found.lines] == [None]


@pytest.mark.parametrize(("units", "days", "a_day"), [(10, 30, "60"), (5, 30, "30"), (2, 6, "60")])
def test_patches_count_by_the_days_that_they_can_be_worn(ward: Pharmacy, units: int, days: int, a_day: str) -> None:
    every = {"times": 1, "period": 3, "period_unit": "d", "as_needed": False}
    body = order("rx", "fentanyl-25", "25", SKIN, frequency=every, duration_days=30, setting="home")
    ward.do("prescription.issued", body, "doc")
    handed = supply("rx", "p1", units, days_supply=days, lots=[{"lot": "fentanyl-25-1", "units": units}])
    ward.do("dispense.outpatient", handed, "ph1")
    found = history(ward)
    assert set(equivalents(found, "dispensed").values()) == {a_day}
    assert set(equivalents(found, "prescribed").values()) == {"60"}
    assert dict(found.covered_until) == {"fentanyl-25": "2026-02-06" if days == 6 else "2026-03-02"}


def test_a_patch_counts_from_the_hour_it_is_on_to_the_hour_it_is_off(ward: Pharmacy) -> None:
    applied = give(ward, "02-01T12:00", "fentanyl-25", "25", "ug/h")
    assert equivalents(history(ward, now="2026-02-01T19:00:00.000000Z"), "administered") == {"02-01": "30"}
    before = ward.book.size - 1
    removed = {"patient": "p1", "product": "fentanyl-25", "reason": "fell_off"}
    assert ward.do("patch.removed", removed, "nurse", at="2026-02-03T06:00:00+05:00") == ["recorded"]
    # twelve hours, a day, six hours of 25 µg/h × 2.4
    assert equivalents(history(ward), "administered") == {"02-01": "30", "02-02": "60", "02-03": "15"}
    unchanged = equivalents(history(ward, known_at=before, now="2026-02-03T19:00:00.000000Z"), "administered")
    assert unchanged == {"02-01": "30", "02-02": "60", "02-03": "60"}
    assert ward.do("entry.reversed", reversal(applied), "nurse", at="2026-02-04T09:00:00+05:00")[0] == "recorded"
    assert equivalents(history(ward), "administered") == {}


def test_the_next_patch_of_the_same_strength_is_its_change(ward: Pharmacy) -> None:
    for at in ("02-02T00:00", "02-02T00:30", "02-05T00:00"):  # two together, then a change
        give(ward, at, "fentanyl-25", "25", "ug/h")
    found = history(ward, now="2026-02-06T19:00:00.000000Z")
    assert equivalents(found, "administered")["02-04"] == "120"
    assert equivalents(found, "administered")["02-06"] == "60"
    assert found.patches == (("fentanyl-25", "2026-02-04T19:00:00.000000Z", "2026-02-07T19:00:00.000000Z"),)


@pytest.mark.parametrize(("replaces", "worn"), [({}, "180"), ({"replaces": "weak"}, "120")])
def test_another_strength_is_beside_it_until_its_course_is_replaced(
    ward: Pharmacy, replaces: dict[str, Any], worn: str
) -> None:
    every = {"times": 1, "period": 3, "period_unit": "d", "as_needed": False}
    ward.do("prescription.issued", order("weak", "fentanyl-25", "25", SKIN, frequency=every), "doc")
    give(ward, "02-02T00:00", "fentanyl-25", "25", "ug/h", prescription="weak")
    strong = order("strong", "fentanyl-50", "50", SKIN, frequency=every, starts_on="2026-02-03", **replaces)
    ward.do("prescription.issued", strong, "doc")
    give(ward, "02-03T00:00", "fentanyl-50", "50", "ug/h", prescription="strong")
    assert equivalents(history(ward, now="2026-02-03T19:00:00.000000Z"), "administered") == {
        "02-02": "60",
        "02-03": worn,
    }


def test_a_patch_that_nobody_changed_cannot_be_determined_for_ever(ward: Pharmacy) -> None:
    give(ward, "02-02T00:00", "fentanyl-25", "25", "ug/h")
    found = equivalents(history(ward, now="2026-02-09T19:00:00.000000Z"), "administered")
    assert found == {f"02-0{n}": "60" for n in range(2, 8)} | {"02-08": None, "02-09": None}


def test_a_patch_ends_with_the_day_of_death(ward: Pharmacy) -> None:
    give(ward, "02-01T12:00", "fentanyl-25", "25", "ug/h")
    ward.do("patient.died", {"patient": "p1", "died_on": "2026-02-02"}, "doc", at="2026-02-10T09:00:00+05:00")
    found = history(ward)
    assert (equivalents(found, "administered"), found.died_on) == ({"02-01": "30", "02-02": "60"}, "2026-02-02")


def test_an_infusion_counts_by_the_hours_it_ran(ward: Pharmacy) -> None:
    ward.do("prescription.issued", order("rx", "morphine-inj", "30", SUBCUTANEOUS, duration_days=9), "doc")
    contents = [
        {
            "product": "morphine-inj",
            "lots": [{"lot": "morphine-inj-1", "units": 3}],
            "dose": {"value": "30", "unit": "mg"},
        }
    ]
    started = {
        "infusion": "inf",
        "patient": "p1",
        "prescription": "rx",
        "place": "ward",
        "contents": contents,
        "hours": 24,
    }
    assert ward.do("infusion.started", started, "nurse", at="2026-02-01T18:00:00+05:00") == ["recorded"]
    # 30 mg × 2 over 24 hours: six hours of the first day, eighteen of the next
    assert equivalents(history(ward), "administered") == {"02-01": "15", "02-02": "45"}
    assert equivalents(history(ward, now="2026-02-01T16:00:00.000000Z"), "administered") == {"02-01": "7.5"}
    stopped = {"infusion": "inf", "given_part": "0.5"}
    assert ward.do("infusion.stopped", stopped, "nurse", at="2026-02-02T06:00:00+05:00")[0] == "recorded"
    assert equivalents(history(ward), "administered") == {"02-01": "15", "02-02": "15"}


def test_what_a_count_shows_as_used_is_spread_over_the_days_before_it(ward: Pharmacy) -> None:
    ward.do("prescription.issued", order("rx", "morphine-tab", "10", ORAL, duration_days=10, setting="home"), "doc")
    ward.do(
        "dispense.outpatient",
        supply("rx", "p1", 40, days_supply=10, lots=[{"lot": "morphine-tab-1", "units": 40}]),
        "ph1",
    )
    counted = {"patient": "p1", "lines": [{"product": "morphine-tab", "lot": "morphine-tab-1", "units": 25}]}
    ward.do("home.counted", counted, "nurse", at="2026-02-06T09:00:00+05:00")
    found = history(ward)
    assert equivalents(found, "used") == {f"02-0{n}": "30" for n in range(1, 6)}  # fifteen tablets of 10 mg in 5 days
    assert set(equivalents(found, "dispensed").values()) == {"40"}


_TAKEN = {"product": "morphine-tab", "lot": "morphine-tab-1"}
_BROUGHT: dict[str, Any] = {
    "patient": "p1",
    "brought_by": "Туысы",
    "relation": "daughter",
    "reason": "dose_changed",
    "seal_no": "S1",
}
_BROUGHT |= {"empties_declined": False, "place": "custody", "signed_by_relative": "yes"}
_GAP = {"intact": 25, "broken": 0, "shortfall": "used_not_recorded"}
LOOKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a return": ("unused.returned", "phc", {**_BROUGHT, "lines": [_TAKEN | _GAP]}),
    "the next supply": ("dispense.outpatient", "ph1", supply("rx", "p1", 1, left_before=[_TAKEN | {"units": 25}])),
}


@pytest.mark.parametrize("look", LOOKS)
def test_whatever_shows_what_is_left_shows_what_was_used(ward: Pharmacy, look: str) -> None:
    ward.do("prescription.issued", order("rx", "morphine-tab", "10", ORAL, duration_days=10, setting="home"), "doc")
    ward.do("dispense.outpatient", supply("rx", "p1", 40, days_supply=10), "ph1")
    type, performer, body = LOOKS[look]
    early = [{"code": "early_supply", "reason": "x"}]
    answer = ward.do(type, body, performer, at="2026-02-06T09:00:00+05:00", acknowledged=early)
    assert answer[0] == "recorded", answer
    assert equivalents(history(ward), "used") == {f"02-0{n}": "30" for n in range(1, 6)}


def test_breakthrough_is_told_in_proportion_to_the_day(ward: Pharmacy) -> None:
    ward.do("prescription.issued", order("rx", "morphine-tab", "30", ORAL), "doc")
    rescue = {"times": 6, "period": 1, "period_unit": "d", "as_needed": True}
    ward.do("prescription.issued", order("need", "morphine-inj", "10", SUBCUTANEOUS, frequency=rescue), "doc")
    give(ward, "02-01T15:00", "morphine-inj", "10", prescription="need")
    give(ward, "02-01T16:00", "morphine-inj", "5", prescription="need")
    day = history(ward).days[0]
    prescribed, given = day.figures["prescribed"], day.figures["administered"]
    assert (prescribed.regular, prescribed.as_needed) == (Decimal(120), Decimal(120))
    assert (given.regular, given.as_needed, day.given_share) == (Decimal(0), Decimal(30), Decimal("0.25"))
    assert [each.share and to_text(each.share) for each in day.breakthrough] == ["0.17"]  # a sixth


def test_the_figures_of_an_entry_stay_whatever_comes_after_it(ward: Pharmacy) -> None:
    def told() -> dict[int, Any]:
        return {seq: history(ward, known_at=seq) for seq in sizes}

    sizes: list[int] = []
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("prescription.issued", order("rx", "morphine-inj", "10", SUBCUTANEOUS), "doc"),
        ("dose.administered", dose(prescription="rx"), "nurse"),
        ("prescription.stopped", {"prescription": "rx", "reason": "-"}, "doc"),
    ]
    earlier: dict[int, Any] = {}
    for type, body, by in steps:
        ward.do(type, body, by)
        sizes.append(ward.book.size - 1)
        now = told()
        assert {seq: now[seq] for seq in earlier} == earlier
        earlier = now
    assert equivalents(earlier[sizes[1]], "prescribed") == {f"02-0{n}": "80" for n in range(1, 6)}
    assert equivalents(earlier[sizes[2]], "prescribed") == {}
    stop = ward.last_id
    assert ward.do("entry.reversed", reversal(stop, packs="none"), "doc")[0] == "recorded"
    assert told() == earlier
    assert equivalents(history(ward), "prescribed") == equivalents(earlier[sizes[1]], "prescribed")


def test_a_merged_patient_has_one_history(ward: Pharmacy) -> None:
    give(ward, "02-01T10:00", "diazepam-5", "5")
    merged = {"keep": "p2", "drop": "p1", "reason": "-"}
    assert ward.do("patients.merged", merged, "doc", at="2026-02-02T09:00:00+05:00") == ["recorded"]
    found = read_doses(ward.book, "p2", rules=ward.rules, known_at=ward.book.size - 1, now=NOW)
    assert [day.on for day in found.days] == ["2026-02-01"]
    before = read_doses(ward.book, "p2", rules=ward.rules, known_at=ward.book.size - 2, now=NOW)
    assert before.days == ()


def test_a_patch_belongs_to_the_course_that_was_taken_over_with_it(ward: Pharmacy) -> None:
    """Not to the shorter one of another drug that came after it."""
    courses = [("fentanyl-25", "25", "ug/h", SKIN, 30), ("morphine-tab", "10", "mg", ORAL, 2)]
    taken = []
    for n, (product, value, unit, route, days) in enumerate(courses):
        often = {"times": 1, "period": 3, "period_unit": "d", "as_needed": False}
        told = {"single_dose": {"value": value, "unit": unit}, "route": route, "frequency": often}
        body: dict[str, Any] = {
            "from_log": "senim/other/1",
            "from_id": f"00000000-0000-0000-0000-00000000000{n}",
            "patient": "p1",
        }
        body |= {"lines": [{"product": product, "lot": f"{product}-1", "units": 10}], "days_supply": days}
        done = ward.do("dispense.acknowledged", body | {"course": told | {"duration_days": days}}, "phc")
        assert done == ["recorded"]
        taken.append(ward.last_id)
    give(ward, "02-05T00:00", "fentanyl-25", "25", "ug/h", acknowledged=taken[0])
    give(ward, "02-06T00:00", "fentanyl-50", "50", "ug/h")
    found = history(ward, now="2026-02-07T19:00:00.000000Z")
    assert equivalents(found, "administered")["02-06"] == "180"  # both are on: (25 + 50) × 2.4


def test_what_was_used_at_home_counts_for_the_course_of_those_days(ward: Pharmacy) -> None:
    """Not as taken when needed, because a course of the same tablets for that was written as well."""
    often = {"times": 2, "period": 1, "period_unit": "d"}
    for name, on, needed in (("regular", "02-01", False), ("needed", "02-02", True), ("later", "02-15", True)):
        body = order(name, "morphine-tab", "10", ORAL, duration_days=5, setting="home", starts_on=f"2026-{on}")
        ward.do("prescription.issued", body | {"frequency": often | {"as_needed": needed}}, "doc")
    assert ward.do("dispense.outpatient", supply("regular", "p1", 10), "ph1") == ["recorded"]
    left = {"patient": "p1", "lines": [{"product": "morphine-tab", "lot": "morphine-tab-1", "units": 6}]}
    assert ward.do("home.counted", left, "nurse", at="2026-02-03T09:00:00+05:00") == ["recorded"]
    assert equivalents(history(ward), "used") == {"02-01": "20", "02-02": "20"}  # 4 tablets of 10 mg in two days


def _day(day: int) -> str:
    return f"2026-02-{day:02}T09:00:00+05:00"


def _supplied(ward: Pharmacy) -> str:
    """Twenty tablets of 10 mg for five days from the first of February on."""
    ward.do("prescription.issued", order("rx", "morphine-tab", "10", ORAL, duration_days=10, setting="home"), "doc")
    assert ward.do("dispense.outpatient", supply("rx", "p1", 20), "ph1") == ["recorded"]
    return ward.last_id


def _count(ward: Pharmacy, day: int, units: int, lot: str = "morphine-tab-1") -> None:
    lines = [{"product": "morphine-tab", "lot": lot, "units": units}]
    assert ward.do("home.counted", {"patient": "p1", "lines": lines}, "nurse", at=_day(day)) == ["recorded"]


def _reversed_since(ward: Pharmacy, entry: str, by: str, witness: str | None = None) -> None:
    """The figures known until now stay what they are."""
    last = ward.book.size - 1
    before = history(ward)
    assert ward.do("entry.reversed", reversal(entry, packs="never_left"), by, witness, at=_day(9)) == ["recorded"]
    assert history(ward, known_at=last) == before


def test_what_another_clinic_took_over_was_not_used(ward: Pharmacy) -> None:
    notice = {"kind": "acknowledged", "from_log": "senim/rural/1", "about": _supplied(ward)}
    notice["from_id"] = "00000000-0000-0000-0000-000000000009"
    assert ward.do("notice.received", notice, "ph1", at=_day(2)) == ["recorded"]
    noticed = ward.last_id
    _count(ward, 3, 0)
    assert equivalents(history(ward), "used") == {}
    _reversed_since(ward, noticed, "ph1")
    assert equivalents(history(ward), "used") == {"02-01": "100", "02-02": "100"}


def test_what_was_used_is_told_though_the_lots_name_was_corrected(ward: Pharmacy) -> None:
    _supplied(ward)
    body = {"product": "morphine-tab", "lot": "morphine-tab-1", "to_lot": "T", "reason": "-"}
    assert ward.do("lot.corrected", body, "ph1", "ph2", at=_day(2)) == ["recorded"]
    corrected = ward.last_id
    _count(ward, 3, 12, "T")
    assert equivalents(history(ward), "used") == {"02-01": "40", "02-02": "40"}
    _reversed_since(ward, corrected, "ph1", "ph2")


def test_what_was_used_stays_in_a_past_figure(ward: Pharmacy) -> None:
    supplied, last = _supplied(ward), ward.book.size
    _count(ward, 3, 12)
    before = history(ward)
    _reversed_since(ward, ward.last_id, "nurse")
    assert equivalents(history(ward), "used") == {}
    _reversed_since(ward, supplied, "ph1")
    assert history(ward).days[0].figures.keys() == {"prescribed"}
    assert history(ward, known_at=last) == before


def test_a_day_of_expiry_that_a_reversed_delivery_told_stays_in_a_past_figure(ward: Pharmacy) -> None:
    deliveries = []
    for units, expires_on in ((5, "2026-12-31"), (20, "2028-01-31")):
        line = {"product": "morphine-tab", "lot": "S", "units": units, "expires_on": expires_on}
        body = {"place": "safe", "lines": [line], "supplier": "-", "document_no": "-"}
        assert ward.do("stock.received", body, "ph1", "ph2") == ["recorded"]
        deliveries.append(ward.last_id)
    ward.do("prescription.issued", order("rx", "morphine-tab", "10", ORAL, duration_days=10, setting="home"), "doc")
    both = {"lots": [{"lot": "S", "units": 10}, {"lot": "morphine-tab-1", "units": 10}]}
    assert ward.do("dispense.outpatient", supply("rx", "p1", 20) | both, "ph1") == ["recorded"]
    left = {"patient": "p1", "lines": [{"product": "morphine-tab", "units": 15}]}
    assert ward.do("home.counted", left, "nurse", at=_day(2)) == ["recorded"]
    _count(ward, 3, 5)
    assert equivalents(history(ward), "used") == {"02-01": "50", "02-02": "50"}
    _reversed_since(ward, deliveries[0], "ph1", "ph2")
    assert equivalents(history(ward), "used") == {"02-01": "50"}


@pytest.mark.parametrize(("packs", "dispensed"), [("with_right_person", 5), ("with_wrong_person", 0)])
def test_packs_that_the_patient_rightly_has_stay_in_the_history(ward: Pharmacy, packs: str, dispensed: int) -> None:
    supplied = _supplied(ward)
    assert ward.do("entry.reversed", reversal(supplied, packs=packs), "ph1", at=_day(2)) == ["recorded"]
    by = ward.book.size - 1
    _count(ward, 3, 12)
    found = history(ward)
    assert equivalents(found, "dispensed") == {f"02-0{n}": "40" for n in range(1, dispensed + 1)}
    assert found.covered_until == ({"morphine-tab": "2026-02-05"} if dispensed else {})
    assert equivalents(found, "used") == {"02-01": "40", "02-02": "40"}  # as the circle books it
    assert [told.reversed_by for told in found.told if told.type == "dispense.outpatient"] == [by]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        *[("0.025", "0.025"), ("0.004", "0.004"), ("0.9996", "1"), ("1.236", "1.24"), ("20", "20"), ("0", "0")],
        ("9" * 40, "9" * 40),
    ],
)
def test_micrograms_do_not_vanish_in_milligrams(value: str, told: str) -> None:
    assert to_amount_text(Decimal(value)) == told
