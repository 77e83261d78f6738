"""What one person may do alone is noted, and what would make packs or courses out of nothing is refused."""

from typing import Any
from uuid import UUID

import pytest

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, reversal, supply
from tests.domain.samples import SAMPLES

PAPER = SAMPLES["prescription.transcribed"].body
TAB = {"product": "morphine-tab", "lot": "morphine-tab-1"}
OF_PAPER = supply("paper", "p1", 2)


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def on(day: int, hour: int = 9) -> str:
    return f"2026-02-{day:02}T{hour:02}:00:00+05:00"


@pytest.mark.parametrize(
    ("supplier", "witness", "told"),
    [("ph1", None, ["own_transcription"]), ("ph1", "ph2", []), ("ph2", None, [])],
)
def test_who_transcribes_a_paper_and_supplies_it_alone_is_flagged_and_not_refused(
    pharmacy: Pharmacy, supplier: str, witness: str | None, told: list[str]
) -> None:
    assert pharmacy.do("prescription.transcribed", PAPER, "ph1", at=on(2)) == ["recorded"]
    assert pharmacy.do("dispense.outpatient", OF_PAPER, supplier, witness, at=on(2, 10)) == ["recorded", *told]


def notice(about: str, source: int, *lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
    told = [{"product": "morphine-tab", "lot": lot, "units": units} for lot, units in lines]
    body = {"kind": "acknowledged", "from_log": "senim/rural/1", "from_id": str(UUID(int=900 + source)), "about": about}
    return body | ({"lines": told} if told else {}) | changes


@pytest.fixture
def supplied(pharmacy: Pharmacy) -> str:
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc", at=on(1))
    assert pharmacy.do("dispense.outpatient", supply("rx", "p1", 10), "ph1", at=on(1, 10)) == ["recorded"]
    return pharmacy.last_id


LOT = "morphine-tab-1"


@pytest.mark.parametrize(
    ("notices", "told", "fields"),
    [
        ([(1, (LOT, 10))], "recorded", []),
        ([(1, (LOT, 4)), (2, (LOT, 6))], "recorded", []),  # taken over in two parts
        ([(1, (LOT, 4)), (2, (LOT, 7))], "already_acknowledged", ["body.lines.0.units"]),
        ([(1, (LOT, 4)), (2,)], "already_acknowledged", ["body.from_id"]),  # without lines it speaks of all of it
        ([(1,), (2, (LOT, 1))], "already_acknowledged", ["body.lines.0.units"]),
        ([(1, (LOT, 11))], "already_acknowledged", ["body.lines.0.units"]),
        ([(1, (LOT, 6), (LOT, 6))], "already_acknowledged", ["body.lines.0.units"]),
        ([(1, (LOT, 1), ("OTHER", 1))], "lot_unknown", ["body.lines.1.lot"]),
        ([(1, (LOT, 4)), (1, (LOT, 1))], "already_acknowledged", ["body.lines.0"]),
    ],
)
def test_no_notice_hands_over_what_its_supply_did_not_give(
    pharmacy: Pharmacy, supplied: str, notices: list[tuple[Any, ...]], told: str, fields: list[str]
) -> None:
    *before, last = [notice(supplied, *each) for each in notices]
    for body in before:
        assert pharmacy.do("notice.received", body, "phc", at=on(2)) == ["recorded"]
    assert pharmacy.do("notice.received", last, "phc", at=on(3)) == [told]
    assert [each.field for each in pharmacy.judgement.refusals] == fields


def test_a_notice_that_was_taken_back_and_a_lots_true_name_count_for_what_is_left(
    pharmacy: Pharmacy, supplied: str
) -> None:
    assert pharmacy.do("notice.received", notice(supplied, 1), "phc", at=on(2)) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "phc", at=on(3)) == ["recorded"]
    renamed = TAB | {"to_lot": "TRUE", "reason": "қате"}
    assert pharmacy.do("lot.corrected", renamed, "ph1", "ph2", at=on(4)) == ["recorded"]
    assert pharmacy.do("notice.received", notice(supplied, 2, ("TRUE", 6)), "phc", at=on(5)) == ["recorded"]
    assert pharmacy.do("notice.received", notice(supplied, 3, (LOT, 5)), "phc", at=on(5)) == ["already_acknowledged"]
    assert [each.field for each in pharmacy.judgement.refusals] == ["body.lines.0.units"]
    assert pharmacy.do("notice.received", notice(supplied, 3, (LOT, 4)), "phc", at=on(5)) == ["recorded"]


def mg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "mg"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"dose": mg("6"), "residue": mg("4")}, ["rest_without_fate"]),
        ({"dose": mg("6"), "residue": mg("4"), "residue_fate": "kept_for_collection"}, []),
        ({"dose": mg("10"), "residue": mg("0")}, []),
        ({"dose": {"value": "1", "unit": "mL"}}, ["dose_not_compared"]),
        ({"dose": mg("6"), "residue": {"value": "0.4", "unit": "mL"}}, ["dose_not_compared", "rest_without_fate"]),
    ],
)
def test_a_rest_of_which_nobody_says_where_it_is_and_a_dose_that_does_not_compare_are_flagged(
    pharmacy: Pharmacy, given: dict[str, Any], told: list[str]
) -> None:
    pharmacy.do("stock.moved", moved(5), "ph1", "nurse")
    answer = pharmacy.do("dose.administered", dose(**given), "nurse", at=on(2))
    assert sorted(answer[1:]) == sorted([*told, "without_prescription"])


@pytest.mark.parametrize(
    ("part", "discarded", "told"),
    [("0.5", None, ["rest_without_fate"]), ("0.5", False, ["rest_without_fate"]), ("0.5", True, []), ("1", None, [])],
)
def test_what_is_left_of_an_infusion_is_somewhere(
    pharmacy: Pharmacy, part: str, discarded: bool | None, told: list[str]
) -> None:
    pharmacy.do("stock.moved", moved(5), "ph1", "nurse")
    contents = [{"product": "morphine-inj", "lots": [{"lot": "morphine-inj-1", "units": 1}], "dose": mg("10")}]
    started = {"infusion": "drv", "patient": "p1", "place": "ward", "contents": contents, "hours": 24}
    pharmacy.do("infusion.started", started, "nurse", at=on(2))
    stop = {"infusion": "drv", "given_part": part} | ({} if discarded is None else {"discarded": discarded})
    assert pharmacy.do("infusion.stopped", stop, "nurse", "nurse2", at=on(2, 20)) == ["recorded", *told]


def collected(seal: str, empty: int, partial: int) -> dict[str, Any]:
    line = {"product": "morphine-inj", "lot": "morphine-inj-1", "empty": empty, "partial": partial}
    return {"place": "ward", "lines": [line], "seal_no": seal, "to_place": "bag"}


def kept(pharmacy: Pharmacy, day: int) -> str:
    body = dose(dose=mg("6"), residue=mg("4"), residue_fate="kept_for_collection")
    assert pharmacy.do("dose.administered", body, "nurse", at=on(day))[0] == "recorded"
    return pharmacy.last_id


def test_an_ampoule_kept_with_its_rest_that_comes_back_empty_is_flagged(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(9), "ph1", "nurse")
    kept(pharmacy, 2), kept(pharmacy, 2)
    assert pharmacy.do("empties.collected", collected("E1", 1, 1), "ph1", "nurse", at=on(3)) == [
        "recorded", "fewer_partials",
    ]  # fmt: skip
    kept(pharmacy, 4)
    assert pharmacy.do("empties.collected", collected("E2", 0, 1), "ph1", "nurse", at=on(5)) == ["recorded"]


def test_a_dose_taken_back_and_what_was_missing_before_are_not_asked_for_again(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(9), "ph1", "nurse")
    mistaken = kept(pharmacy, 2)
    assert pharmacy.do("entry.reversed", reversal(mistaken), "nurse", at=on(2, 10))[0] == "recorded"
    pharmacy.do("dose.administered", dose(), "nurse", at=on(2))
    assert pharmacy.do("empties.collected", collected("E1", 1, 0), "ph1", "nurse", at=on(3)) == ["recorded"]
    kept(pharmacy, 4)
    assert pharmacy.do("empties.collected", collected("E2", 0, 1), "ph1", "nurse", at=on(6)) == ["recorded"]
    kept(pharmacy, 7)
    assert pharmacy.do("empties.collected", collected("E3", 1, 0), "ph1", "nurse", at=on(8)) == [
        "recorded", "fewer_partials",
    ]  # fmt: skip
    assert pharmacy.do("empties.collected", collected("E4", 0, 0), "ph1", "nurse", at=on(9)) == ["recorded"]


@pytest.mark.parametrize(("packs", "left"), [("with_right_person", 10), ("with_wrong_person", 20), ("never_left", 20)])
def test_a_course_is_given_back_only_with_packs_that_its_patient_has_not(
    pharmacy: Pharmacy, supplied: str, packs: str, left: int
) -> None:
    assert pharmacy.do("entry.reversed", reversal(supplied, packs=packs), "ph1", at=on(2)) == ["recorded"]
    assert pharmacy.book.get("prescription", "rx").left == left


def test_a_lot_stands_once_in_an_opening() -> None:
    pharmacy = Pharmacy()
    line = {"product": "morphine-tab", "lot": "X", "expires_on": "2027-06-30", "units": 5}
    twice = {"place": "ward", "lines": [line, line | {"units": 7}]}
    assert pharmacy.do("stock.opened", twice, "head", "ph1") == ["already_open"]
    pages = [{"place": "ward", "page": page, "lines": [line]} for page in ("1", "2")]
    for page in pages:
        assert pharmacy.do("stock.opened", page, "head", "ph1") == ["recorded"]
    assert pharmacy.stock("ward", "morphine-tab", "X") == 10


@pytest.mark.parametrize(("reverser", "told"), [("nurse2", "recorded"), ("phc", "not_allowed"), ("nurse", "recorded")])
def test_that_role_is_the_one_in_which_the_entry_was_made(pharmacy: Pharmacy, reverser: str, told: str) -> None:
    pharmacy.do("stock.moved", moved(5), "ph1", "nurse")
    pharmacy.do("dose.administered", dose(), "nurse", at=on(2))
    given = pharmacy.last_id
    change = {"person": "nurse", "role": "phc_worker", "order_no": "7"}
    assert pharmacy.do("person.role_changed", change, "registrar", "head", at=on(3)) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(given), reverser, at=on(4)) == [told]


def test_a_collection_that_was_taken_back_asks_for_nothing_less(pharmacy: Pharmacy) -> None:
    pharmacy.do("stock.moved", moved(9), "ph1", "nurse")
    kept(pharmacy, 2)
    assert pharmacy.do("empties.collected", collected("E1", 0, 1), "ph1", "nurse", at=on(3)) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "ph1", "nurse", at=on(4)) == ["recorded"]
    again = pharmacy.do("empties.collected", collected("E2", 1, 0), "ph1", "nurse", at=on(5))
    assert again == ["recorded", "fewer_partials"]
    kept(pharmacy, 6)
    pharmacy.do("empties.collected", collected("E3", 0, 1), "ph1", "nurse", at=on(7))
    assert pharmacy.do("entry.reversed", reversal(pharmacy.last_id), "ph1", "nurse", at=on(8)) == ["recorded"]
    assert pharmacy.do("empties.collected", collected("E4", 0, 1), "ph1", "nurse", at=on(8)) == ["recorded"]
