"""A refusal says which field it is about, down to the line, so that a form can show it there."""

from typing import Any

import pytest

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, supply

LATE = "2027-07-01T09:00:00+05:00"


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def line(product: str, lot: str, units: int = 1, **more: Any) -> dict[str, Any]:
    return {"product": product, "lot": lot, "units": units, **more}


FINE, TABLETS = line("morphine-inj", "morphine-inj-1"), line("morphine-tab", "morphine-tab-1")
UNKNOWN, MUCH = line("morphine-inj", "NOSUCH"), line("morphine-tab", "morphine-tab-1", 101)
ACT = {"act_no": "1", "method": "burning", "place": "custody", "commission": ["head", "ph1", "gone"]}
DRIVER = {
    "infusion": "i", "patient": "p1", "place": "safe", "hours": 24,
    "contents": [
        {"product": each["product"], "lots": [{"lot": each["lot"], "units": each["units"]}],
         "dose": {"value": "10", "unit": "mg"}}
        for each in (FINE, MUCH)
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("type", "body", "performer", "witness", "fields"),
    [
        ("stock.moved", moved(1) | {"lines": [FINE, UNKNOWN]}, "ph1", "nurse", {"lot_unknown": "body.lines.1.lot"}),
        ("stock.moved", moved(1) | {"lines": [FINE, MUCH]}, "ph1", "nurse", {"balance_too_low": "body.lines.1.units"}),
        ("dose.administered", dose(place="safe", lots=[{"lot": "NOSUCH", "units": 1}]), "nurse", None,
         {"lot_unknown": "body.lots.0.lot"}),
        ("infusion.started", DRIVER, "nurse", None, {"balance_too_low": "body.contents.1.lots.0.units"}),
        ("dispense.outpatient", supply("rx", "p1", 20), "ph1", None, {"product_unknown": "body.lots.0"}),
        ("destruction.performed", ACT | {"items": [{"place": "ward", **FINE}, {"place": "safe", **FINE, "units": 101}]},
         "head", None, {"not_enrolled": "body.commission.2", "lot_unknown": "body.items.0.lot",
                        "balance_too_low": "body.items.1.units"}),
    ],
)  # fmt: skip
def test_a_refusal_names_the_line_and_its_member(
    pharmacy: Pharmacy, type: str, body: dict[str, Any], performer: str, witness: str | None, fields: dict[str, str]
) -> None:
    assert pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc") == ["recorded"]
    if "product_unknown" in fields:
        gone = {"product": "morphine-tab", "reason": "-"}
        assert pharmacy.do("product.delisted", gone, "registrar") == ["recorded"]
    pharmacy.do(type, body, performer, witness)
    assert {each.code: each.field for each in pharmacy.judgement.refusals} == fields


def test_what_may_not_be_used_is_shown_at_its_lot(pharmacy: Pharmacy) -> None:
    held = {"product": "morphine-tab", "lot": "morphine-tab-1", "reason": "-"}
    assert pharmacy.do("lot.quarantined", held, "ph1") == ["recorded"]
    pharmacy.now = "2027-07-02T00:00:00.000000Z"
    pharmacy.do("stock.moved", moved(1) | {"lines": [FINE, TABLETS]}, "ph1", "nurse", at=LATE)
    found = {(each.code, each.field) for each in pharmacy.judgement.refusals}
    expired = {("lot_expired", "body.lines.0.lot"), ("lot_expired", "body.lines.1.lot")}
    assert found == expired | {("lot_quarantined", "body.lines.1.lot")}


def test_a_seal_that_is_not_there_is_named_where_it_stands(pharmacy: Pharmacy) -> None:
    back = {"brought_by": "-", "relation": "neighbour", "reason": "found", "empties_declined": False, "place": "bag"}
    back |= {"signed_by_relative": "yes", "lines": [{"product": "morphine-inj", "lot": "X", "intact": 1, "broken": 0}]}
    for seal in ("S-1", "S-2"):
        assert pharmacy.do("unused.returned", back | {"seal_no": seal}, "ph1") == ["recorded"]
    for seals, path in ((["S-1", "S-1"], "body.seals.1"), (["S-2", "NOSUCH"], "body.seals.1")):
        body = {"from_place": "bag", "to_place": "custody", "seals": seals}
        assert pharmacy.do("custody.moved", body, "ph1", "ph2") == ["seal_unknown"]
        assert [each.field for each in pharmacy.judgement.refusals] == [path]
    items = [{"seal_no": "S-1"}, {"seal_no": "S-1"}]
    act = ACT | {"commission": ["head", "ph1", "ph2"], "items": items}
    assert pharmacy.do("destruction.performed", act, "head") == ["seal_unknown"]
    assert [each.field for each in pharmacy.judgement.refusals] == ["body.items.1.seal_no"]


def test_the_older_lot_is_asked_about_at_the_lot_that_was_taken(pharmacy: Pharmacy) -> None:
    newer = line("morphine-inj", "newer", 10, expires_on="2029-06-30")
    body = {"place": "safe", "lines": [newer], "supplier": "-", "document_no": "-"}
    assert pharmacy.do("stock.received", body, "ph1", "ph2") == ["recorded"]
    pharmacy.imported = False
    taken = moved(1) | {"lines": [TABLETS, line("morphine-inj", "newer")]}
    told = pharmacy.do("stock.moved", taken, "ph1", "nurse", late_reason="-")
    assert told == ["needs_acknowledgement", "older_lot_first"]
    assert [each.field for each in pharmacy.judgement.warnings] == ["body.lines.1.lot"]
