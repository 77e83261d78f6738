"""Stock as the entries alone tell it: equal to what the scenario expects, entry by entry by the contract."""

import json
from collections import Counter
from typing import Any

import pytest

from reports.movements import derive_movements, gather_entries
from tests.reports.world import PRODUCT, SCENARIO, Log, scenario_entries


@pytest.mark.parametrize("facility", ["hospital", "phc"])
def test_every_balance_of_the_scenario_follows_from_its_entries(facility: str) -> None:
    expected = json.loads((SCENARIO / f"{facility}.expected.json").read_text("utf-8"))["balances"]
    entries = dict(scenario_entries(facility))
    found: Counter[tuple[str, str, str]] = Counter()
    for product in {row["product"] for row in expected}:
        for moved in derive_movements(gather_entries(entries.items(), product), product):
            found[moved.place, product, moved.lot] += moved.units
    assert found == {(row["place"], row["product"], row["lot"]): row["units"] for row in expected}


def told(log: Log) -> list[tuple[int, str, str, str, int]]:
    """(seq, local hour, place, lot, units) in order."""
    return [
        (m.seq, m.at[11:16], m.place, m.lot, m.units)
        for m in derive_movements(gather_entries(log.entries.items(), PRODUCT), PRODUCT)
    ]


LINES = [{"product": PRODUCT, "lot": "A1", "units": 3}, {"product": "other", "lot": "X", "units": 9}]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("stock.opened", {"place": "safe", "lines": LINES}, [("safe", "A1", 3)]),
        ("stock.received", {"place": "safe", "lines": LINES, "supplier": "s", "document_no": "1"}, [("safe", "A1", 3)]),
        ("stock.arrived", {"to_place": "safe", "lines": LINES}, [("safe", "A1", 3)]),
        ("stock.moved", {"from_place": "safe", "to_place": "ward-1", "lines": LINES},
         [("safe", "A1", -3), ("ward-1", "A1", 3)]),
        ("stock.sent", {"from_place": "safe", "lines": LINES}, [("safe", "A1", -3)]),
        ("stock.broken", {"place": "ward-1", "lines": LINES}, [("ward-1", "A1", -3)]),
        ("doses.summarised", {"place": "ward-1", "lines": LINES}, [("ward-1", "A1", -3)]),
        ("dose.administered", {"place": "ward-1", "product": PRODUCT, "lots": [{"lot": "A1", "units": 1}]},
         [("ward-1", "A1", -1)]),
        ("dose.administered", {"home": True, "product": PRODUCT, "lots": [{"lot": "A1", "units": 1}]}, []),
        ("infusion.started",
         {"place": "ward-1", "contents": [{"product": PRODUCT, "lots": [{"lot": "A1", "units": 2}]},
                                          {"product": "other", "lots": [{"lot": "X", "units": 1}]}]},
         [("ward-1", "A1", -2)]),
        ("destruction.performed",
         {"act_no": "1", "place": "custody", "items": [{"seal_no": "S-1"}, {"place": "safe", **LINES[0]}]},
         [("safe", "A1", -3)]),
        ("stock.counted", {"place": "safe", "lines": LINES}, []),
        ("unused.returned", {"place": "custody", "lines": LINES}, []),
    ],
)  # fmt: skip
def test_each_type_moves_what_the_contract_says(
    kind: str, body: dict[str, Any], expected: list[tuple[str, str, int]]
) -> None:
    log = Log.opened()
    seq = log.add(kind, body, "2026-01-06 09:00")
    assert told(log) == [(seq, "04:00", *move) for move in expected]


@pytest.mark.parametrize("kind", ["dispense.outpatient", "dispense.discharge"])
def test_a_supply_moves_the_product_of_its_prescription(kind: str) -> None:
    log = Log.opened()
    for course, product in (("rx-1", PRODUCT), ("rx-2", "other")):
        log.add("prescription.issued", {"prescription": course, "product": product}, "2026-01-06 09:00")
    for course in ("rx-1", "rx-2"):
        supply = {"prescription": course, "place": "safe", "lots": [{"lot": "A1", "units": 5}]}
        log.add(kind, supply, "2026-01-06 10:00")
    assert told(log) == [(7, "05:00", "safe", "A1", -5)]


@pytest.mark.parametrize("by", ["id", "seq"])
def test_a_reversal_takes_back_at_the_time_of_its_original(by: str) -> None:
    log = Log.opened()
    seq = log.moved("stock.received", "2026-01-06 09:00", 10)
    reference = {"id": log.id(seq)} if by == "id" else {"seq": seq}
    log.add("entry.reversed", {**reference, "reason": "duplicate", "packs": "never_left"}, "2026-01-06 12:00")
    assert told(log) == [(seq, "04:00", "safe", "A1", 10), (seq + 1, "04:00", "safe", "A1", -10)]


@pytest.mark.parametrize("packs", ["back_sealed", "with_wrong_person", "with_right_person"])
def test_a_reversal_whose_packs_are_out_moves_no_stock(packs: str) -> None:
    log = Log.opened()
    seq = log.moved("stock.broken", "2026-01-06 09:00", 1)
    log.add("entry.reversed", {"seq": seq, "reason": "other", "packs": packs}, "2026-01-06 12:00")
    assert told(log) == [(seq, "04:00", "safe", "A1", -1)]


def test_a_resolution_moves_at_the_time_of_its_count_and_a_reversal_takes_it_back_there() -> None:
    log = Log.opened()
    count = {"place": "safe", "lines": [{"product": "other", "units": 1}, {"product": PRODUCT, "units": 7}]}
    counted = log.add("stock.counted", count, "2026-01-06 09:00")
    about = {"discrepancy": f"{log.id(counted)}:1", "cause": "found", "difference": 2}
    resolved = log.add("discrepancy.resolved", about, "2026-01-07 09:30")
    log.add("entry.reversed", {"seq": resolved, "reason": "other", "packs": "never_left"}, "2026-01-08 10:45")
    assert told(log) == [(resolved, "04:00", "safe", "", 2), (resolved + 1, "04:00", "safe", "", -2)]


def test_what_an_entry_refers_to_must_be_among_them() -> None:
    log = Log.opened()
    seq = log.moved("stock.received", "2026-01-06 09:00", 10)
    log.add("entry.reversed", {"id": log.id(seq), "reason": "other", "packs": "never_left"}, "2026-01-06 12:00")
    entries = log.entries
    del entries[seq]
    with pytest.raises(KeyError):
        derive_movements(entries, PRODUCT)


def test_only_what_concerns_the_product_is_gathered() -> None:
    log = Log.opened()
    log.list_product("other")
    log.add("patient.registered", {"patient": "p001"}, "2026-01-06 08:00")
    other = {"place": "safe", "lines": [{"product": "other", "lot": "X", "units": 1}]}
    log.add("stock.opened", other, "2026-01-06 08:30")
    at_home = {"home": True, "product": PRODUCT, "lots": [{"lot": "A1", "units": 1}]}
    log.add("dose.administered", at_home, "2026-01-06 08:40")
    mine = log.moved("stock.received", "2026-01-06 09:00", 10)
    signed = log.add("entry.countersigned", {"seq": mine}, "2026-01-06 12:00")
    log.add("entry.countersigned", {"seq": mine - 1}, "2026-01-06 12:00")
    for use in ("sign", "pdf"):
        key = {"key": use, "use": use, "public": "AA=="}
        log.add("key.enrolled", key, "2026-01-06 13:00")
        log.add("key.revoked", {"key": use}, "2026-01-06 14:00")
    assert list(gather_entries(log.entries.items(), PRODUCT)) == [0, 1, 2, 3, 4, mine, signed, 14, 15]


def test_a_settlement_takes_back_what_does_not_hold_at_its_own_time() -> None:
    log = Log.opened()
    log.moved("stock.received", "2026-01-06 08:00", 10)
    claims = [log.moved("stock.broken", f"2026-01-06 {hour}", 2) for hour in ("09:00", "09:00", "10:00")]
    told_by = {"claims": [log.id(seq) for seq in claims], "holds": log.id(claims[1])}
    settled = log.add("claim.settled", told_by, "2026-01-07 09:00")
    assert told(log)[1:] == [
        (claims[0], "04:00", "safe", "A1", -2),
        (settled, "04:00", "safe", "A1", 2),
        (claims[1], "04:00", "safe", "A1", -2),
        (claims[2], "05:00", "safe", "A1", -2),
        (settled, "05:00", "safe", "A1", 2),
    ]


def rename(log: Log, lot: str, to_lot: str, happened: str) -> int:
    return log.add("lot.corrected", {"product": PRODUCT, "lot": lot, "to_lot": to_lot}, happened)


def test_from_a_correction_of_its_name_on_a_lot_is_where_it_was_under_the_true_one() -> None:
    log = Log.opened()
    came = log.moved("stock.received", "2026-01-06 09:00", 10)
    named = rename(log, "A1", "B2", "2026-01-06 12:00")
    again = rename(log, "B2", "C3", "2026-01-06 13:00")
    late = log.moved("stock.broken", "2026-01-06 11:00", 1)
    after = log.moved("stock.received", "2026-01-06 12:00", 4)
    assert told(log) == [
        (came, "04:00", "safe", "A1", 10),
        (late, "06:00", "safe", "A1", -1),
        (named, "07:00", "safe", "A1", -9),
        (named, "07:00", "safe", "B2", 9),
        (after, "07:00", "safe", "A1", 4),
        (again, "08:00", "safe", "B2", -9),
        (again, "08:00", "safe", "C3", 9),
    ]


def test_a_reversed_correction_gives_back_what_it_had_taken() -> None:
    log = Log.opened()
    came = log.moved("stock.received", "2026-01-06 09:00", 10)
    named = rename(log, "A1", "B2", "2026-01-06 12:00")
    undone = log.add("entry.reversed", {"seq": named, "reason": "other", "packs": "none"}, "2026-01-07 09:00")
    late = log.moved("stock.broken", "2026-01-06 11:00", 1)
    assert told(log) == [
        (came, "04:00", "safe", "A1", 10),
        (late, "06:00", "safe", "A1", -1),
        (named, "07:00", "safe", "A1", -9),
        (named, "07:00", "safe", "B2", 9),
        (undone, "07:00", "safe", "A1", 9),
        (undone, "07:00", "safe", "B2", -9),
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("A1", -2), ("B2", -1)], [("A1", -2), ("B2", -1)]),
        ([("A1", -2)], [("", -3)]),
        ([("A1", -4), ("B2", 1)], [("", -3)]),
    ],
)
def test_how_a_resolved_total_lies_on_its_lots_is_believed_as_far_as_it_adds_up(
    parts: list[tuple[str, int]], expected: list[tuple[str, int]]
) -> None:
    log = Log.opened()
    counted = log.add(
        "stock.counted", {"place": "safe", "lines": [{"product": PRODUCT, "units": 7}]}, "2026-01-06 09:00"
    )
    about = {"discrepancy": f"{log.id(counted)}:0", "cause": "lost", "difference": -3}
    resolved = log.add("discrepancy.resolved", about, "2026-01-07 09:30")
    moved = derive_movements(log.entries, PRODUCT, spread={resolved: parts})
    assert [(m.lot, m.units) for m in moved] == expected


def test_a_prescription_s_id_given_again_does_not_move_what_went_under_the_first() -> None:
    log = Log.opened()
    course = {"prescription": "rx-1", "product": PRODUCT}
    supply = {"prescription": "rx-1", "place": "safe", "lots": [{"lot": "A1", "units": 5}]}
    first = log.add("prescription.issued", course, "2026-01-06 09:00")
    gave = log.add("dispense.outpatient", supply, "2026-01-06 09:10")
    for seq in (gave, first):
        log.add("entry.reversed", {"seq": seq, "reason": "other", "packs": "never_left"}, "2026-01-06 09:20")
    log.add("prescription.issued", course | {"product": "other"}, "2026-01-06 10:00")
    log.add("dispense.outpatient", supply, "2026-01-06 10:10")
    assert [(seq, units) for seq, _, _, _, units in told(log)] == [(gave, -5), (gave + 1, 5)]
