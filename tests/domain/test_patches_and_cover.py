"""Which patch a removal takes off, and until when supplies that overlap last, against days worked out by hand."""

from typing import Any

import pytest

from tests.domain.pharmacy import Pharmacy, prescription, supply
from tests.domain.test_doses import equivalents, figure, give, history, ward

__all__ = ["ward"]
PATCH = "fentanyl-25"


def take_off(ward: Pharmacy, at: str, reason: str) -> None:
    body = {"patient": "p1", "product": PATCH, "reason": reason}
    assert ward.do("patch.removed", body, "nurse", at=f"2026-{at}:00+05:00") == ["recorded"]


def put_on(ward: Pharmacy, at: str) -> None:
    give(ward, at, PATCH, "25", "ug/h")


def test_a_change_noted_after_the_new_patch_is_on_takes_off_the_old_one(ward: Pharmacy) -> None:
    put_on(ward, "02-02T00:00")
    put_on(ward, "02-05T00:00")
    take_off(ward, "02-05T00:05", "change")
    found = history(ward, now="2026-02-06T19:00:00.000000Z")  # midnight at the end of the 6th, local
    assert equivalents(found, "administered") == dict.fromkeys(("02-02", "02-03", "02-04", "02-05", "02-06"), "60")
    assert [since for _, since, _ in found.patches] == ["2026-02-04T19:00:00.000000Z"]


def test_a_patch_that_is_taken_off_for_a_change_within_the_hour_is_off(ward: Pharmacy) -> None:
    put_on(ward, "02-02T00:00")
    take_off(ward, "02-02T00:30", "change")
    assert history(ward, now="2026-02-02T19:00:00.000000Z").patches == ()


@pytest.mark.parametrize(
    ("reason", "known"), [("fell_off", False), ("stopped", True), ("died", True), ("change", True)]
)
def test_of_two_patches_side_by_side_nobody_knows_how_many_fell_off(ward: Pharmacy, reason: str, known: bool) -> None:
    put_on(ward, "02-02T00:00")
    put_on(ward, "02-02T00:10")
    take_off(ward, "02-03T00:00", reason)
    found = history(ward, now="2026-02-03T19:00:00.000000Z")
    if known:
        assert {day.on for day in found.days} == {"2026-02-02"}
        return
    told = figure(found, "02-03")
    assert told.regular is None
    assert {why for _, why in told.whys} == {"one_patch_fell_off"}


def test_the_only_patch_fell_off_and_nothing_is_unknown(ward: Pharmacy) -> None:
    put_on(ward, "02-02T00:00")
    take_off(ward, "02-03T00:00", "fell_off")
    assert equivalents(history(ward), "administered") == {"02-02": "60"}


def supplied(ward: Pharmacy, name: str, day: int, days: int, **changes: Any) -> None:
    body = supply(name, "p1", 4, days_supply=days, **changes)
    told = ward.do("dispense.outpatient", body, "ph1", at=f"2026-02-{day:02}T10:00:00+05:00")
    assert told[0] == "recorded"


@pytest.mark.parametrize(
    ("supplies", "until_on"),
    [
        ([("rx", 1, 5)], "2026-02-05"),
        ([("rx", 1, 5), ("rx", 3, 5)], "2026-02-10"),  # the second begins when the first is used up
        ([("rx", 1, 5), ("rx", 8, 3)], "2026-02-10"),  # nothing was left
        ([("rx", 1, 5), ("rx", 3, 5, [])], "2026-02-10"),
        ([("rx", 1, 5), ("rx", 3, 5, [0])], "2026-02-07"),  # nothing was left, by the collector's word
        ([("rx", 1, 9), ("new", 3, 5)], "2026-02-09"),  # another course may take more of it a day
    ],
)
def test_supplies_of_one_course_that_overlap_follow_each_other(
    ward: Pharmacy, supplies: list[tuple[Any, ...]], until_on: str
) -> None:
    for name in ("rx", "new"):
        ward.do("prescription.issued", prescription(name, "p1", duration_days=12, units=40), "doc")
    for name, day, days, *left in supplies:
        lines = [{"product": "morphine-tab", "units": units} for told in left for units in told]
        supplied(ward, name, day, days, **({"left_before": lines} if lines else {}))
    assert history(ward).covered_until == {"morphine-tab": until_on}
