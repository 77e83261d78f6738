"""A destruction by commission: what went, out of which bags, before whom; derived again from its entries."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import NotFound
from reports.data import from_report, to_report
from reports.destruction import (
    Destruction,
    build_destruction,
    find_destruction_differences,
    gather_destruction,
    needed_by_destruction,
    subjects_of_destruction,
)
from tests.reports.world import PRODUCT, Log, issue_passing


def told_log() -> tuple[Log, int]:
    """Stock and a bag of each kind; the number of one bag was used once before, by an entry that was reversed."""
    log = Log.opened()
    stock = [{"product": PRODUCT, "lot": lot, "units": 100} for lot in ("A1", "B2")]
    log.add("stock.opened", {"place": "safe", "lines": stock}, "2026-01-06 09:00")
    old = [{"product": PRODUCT, "lot": "Z9", "units": 5}]
    log.add("custody.opened", {"place": "safe", "seal_no": "S-1", "lines": old}, "2026-01-06 10:00")
    back = {"patient": "p001", "place": "safe", "reason": "patient_died", "seal_no": "S-2"}
    wrong = log.add("unused.returned", back | {"lines": [{"product": PRODUCT, "intact": 1, "broken": 0}]},
                    "2026-02-01 09:00")  # fmt: skip
    log.add("entry.reversed", {"seq": wrong, "reason": "other", "packs": "never_left"}, "2026-02-01 09:10")
    lines = [
        {"product": PRODUCT, "lot": "A1", "intact": 6, "broken": 1},
        {"product": PRODUCT, "intact": 2, "broken": 0},
    ]
    log.add("unused.returned", back | {"lines": lines}, "2026-02-01 09:30")
    empties = {"product": PRODUCT, "lot": "A1", "empty": 10, "partial": 2}
    ward = {"place": "ward-1", "to_place": "safe", "lines": [empties], "seal_no": "S-3"}
    log.add("empties.collected", ward, "2026-02-02 09:00")
    course = {"prescription": "rx-2", "patient": "p002", "product": PRODUCT, "setting": "home"}
    log.add("prescription.issued", course, "2026-02-03 09:00", witness=None)
    supply = {"prescription": "rx-2", "patient": "p002", "place": "safe", "days_supply": 3}
    given = log.add("dispense.outpatient", supply | {"lots": [{"lot": "B2", "units": 4}]}, "2026-02-03 09:10")
    undo = {"seq": given, "reason": "not_collected", "packs": "back_sealed", "seal_no": "S-4", "place": "safe"}
    log.add("entry.reversed", undo, "2026-02-03 18:00")
    items: list[dict[str, Any]] = [{"seal_no": f"S-{n}"} for n in (1, 2, 3, 4)]
    items.append({"place": "safe", "product": PRODUCT, "lot": "B2", "units": 3})
    act = {"act_no": "7", "method": "incineration", "place": "ward-1", "items": items}
    members = ["d.akhmetova", "a.nurlanova", "b.serikov"]
    seq = log.add("destruction.performed", act | {"commission": members}, "2026-03-01 10:00", by="d.akhmetova",
                  witness=None)  # fmt: skip
    return log, seq


def destruction_of(log: Log, seq: int, language: str = "en") -> Destruction:
    kept = gather_destruction(log.entries.items(), seq)
    return build_destruction(kept, log.names, frame=log.frame(language, kind="destruction"), seq=seq)


def test_each_bag_says_what_was_put_into_it_and_by_which_entry() -> None:
    act = destruction_of(*told_log())
    told = [
        (item.bag.kind if item.bag else item.place, [(each.lot, each.units, each.partial) for each in item.contents])
        for item in act.items
    ]
    assert told == [
        ("opened", [("Z9", 5, 0)]),
        ("returned", [("A1", 7, 0), ("", 2, 0)]),
        ("empties", [("A1", 12, 2)]),
        ("reversed", [("B2", 4, 0)]),
        ("safe", [("B2", 3, 0)]),
    ]
    assert [(each.unopened, each.empties) for each in act.sums] == [(21, 12)]
    assert subjects_of_destruction(act) == ("p001",)


def test_all_of_the_commission_sign_and_whoever_led_it_signs_once() -> None:
    act = destruction_of(*told_log())
    assert [each.username for each in act.commission] == ["d.akhmetova", "a.nurlanova", "b.serikov"]
    assert [each.username for each in act.by.signed_by] == ["d.akhmetova", "a.nurlanova", "b.serikov"]


def test_an_entry_of_another_type_and_a_bag_that_nobody_sealed_are_not_found() -> None:
    log, seq = told_log()
    with pytest.raises(NotFound):
        destruction_of(log, seq - 1)
    with pytest.raises(NotFound):
        destruction_of(log, len(log.data))
    body = log.entries[seq]["statement"]["body"] | {"items": [{"seal_no": "S-9"}]}
    with pytest.raises(NotFound):
        destruction_of(log, log.add("destruction.performed", body, "2026-03-02 10:00", witness=None))


def test_what_is_attached_suffices_and_nothing_of_it_can_be_left_out() -> None:
    log, seq = told_log()
    act = destruction_of(log, seq, "kk")
    assert from_report(to_report(act)) == act
    kept = {n: log.entries[n] for n in needed_by_destruction(act, log.entries)}
    assert list(find_destruction_differences(act, kept)) == []
    assert len(kept) < len(log.entries)
    for n in kept:
        assert list(find_destruction_differences(act, {m: entry for m, entry in kept.items() if m != n})), n


@pytest.mark.parametrize(
    "lie",
    [
        lambda act: replace(act, items=act.items[1:]),
        lambda act: replace(act, items=(replace(act.items[0], contents=()), *act.items[1:])),
        lambda act: replace(act, commission=act.commission[:2]),
        lambda act: replace(act, method="burning"),
        lambda act: replace(act, act_no="8"),
        lambda act: replace(act, sums=(replace(act.sums[0], unopened=20),)),
    ],
)
def test_what_does_not_follow_is_found(lie: Any) -> None:
    log, seq = told_log()
    assert list(find_destruction_differences(lie(destruction_of(log, seq)), log.entries))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_issued_act_passes_every_check(language: str) -> None:
    log, seq = told_log()
    act = destruction_of(log, seq, language)
    issue_passing(act, log)
