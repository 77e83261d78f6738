"""A pharmacist, a nurse or a primary-care worker who wants packs out of the book without a trace of it."""

from typing import Any
from uuid import UUID

import pytest

from ledger.domain.command import read_command
from ledger.domain.families.attesting import to_sealing
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandInvalid
from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, reversal, supply

INJ = {"product": "morphine-inj", "lot": "morphine-inj-1"}
TAB = {"product": "morphine-tab", "lot": "morphine-tab-1"}
RENAMED = INJ | {"to_lot": "CLEAN", "reason": "қате"}


def on(day: int, month: int = 2) -> str:
    return f"2026-{month:02}-{day:02}T09:00:00+05:00"


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def clean(units: int = 5) -> dict[str, Any]:
    return moved(units) | {"lines": [{"product": "morphine-inj", "lot": "CLEAN", "units": units}]}


@pytest.mark.parametrize("names", [["CLEAN"], ["MIDDLE", "CLEAN"]])
def test_a_correction_dated_before_a_recall_does_not_take_the_packs_out_of_it(
    pharmacy: Pharmacy, names: list[str]
) -> None:
    recall = INJ | {"reason": "өндіруші", "document_no": "7"}
    assert pharmacy.do("lot.recalled", recall, "ph1", at=on(6)) == ["recorded"]
    for n, (old, new) in enumerate(zip([INJ["lot"], *names], names, strict=False)):
        renamed = RENAMED | {"lot": old, "to_lot": new}
        assert pharmacy.do("lot.corrected", renamed, "ph1", "ph2", at=on(3 + n)) == ["recorded"]
    assert pharmacy.do("stock.moved", clean(), "ph1", "nurse", at=on(5)) == ["recorded"], "before the recall"
    assert pharmacy.do("stock.moved", clean(), "ph1", "nurse", at=on(7)) == ["lot_quarantined"]
    released = INJ | {"lot": "CLEAN", "reason": "тексерілді"}
    assert pharmacy.do("lot.released", released, "ph1", at=on(8)) == ["recorded"]
    assert pharmacy.do("stock.moved", clean(), "ph1", "nurse", at=on(9)) == ["recorded"]


def test_a_recall_of_a_lot_that_is_truly_called_so_does_not_reach_what_once_bore_its_name(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("lot.corrected", RENAMED, "ph1", "ph2", at=on(3)) == ["recorded"]
    assert pharmacy.do("lot.quarantined", INJ | {"reason": "шағым"}, "ph1", at=on(6)) == ["recorded"]
    assert pharmacy.do("stock.moved", clean(), "ph1", "nurse", at=on(7)) == ["recorded"]


def test_a_new_name_does_not_make_a_lot_young_again() -> None:
    pharmacy = Pharmacy(now="2027-09-01T00:00:00.000000Z")
    pharmacy.do("stock.moved", moved(5), "ph1", "nurse", at=on(2))
    assert pharmacy.do("lot.corrected", RENAMED, "ph1", "ph2", at=on(3)) == ["recorded"]
    expired = "2027-08-01T09:00:00+05:00"
    assert pharmacy.do("stock.moved", clean(), "ph1", "nurse", at=expired) == ["lot_expired"]
    given = dose(lots=[{"lot": "CLEAN", "units": 1}])
    assert "lot_expired_given" in pharmacy.do("dose.administered", given, "nurse", at=expired)


def returned(pharmacy: Pharmacy, patient: str, seal: str, line: dict[str, Any]) -> str:
    body: dict[str, Any] = {"patient": patient, "brought_by": "Қ", "relation": "spouse", "reason": "patient_died"}
    body |= {"place": "bag"}
    body |= {"lines": [{"product": "morphine-tab", "intact": 4, "broken": 0} | line]}
    body |= {"empties_declined": False, "seal_no": seal, "signed_by_relative": "yes"}
    assert pharmacy.do("unused.returned", body, "phc")[0] == "recorded"
    return pharmacy.last_id


@pytest.mark.parametrize(
    ("patient", "line", "told"),
    [
        ("p2", {}, ["entry_unknown"]),
        ("p1", {"product": "morphine-inj"}, ["entry_unknown"]),
        ("p1", {"lot": "OTHER"}, ["entry_unknown"]),
        ("p1", {}, ["recorded"]),
        ("p1", {"lot": "morphine-tab-1"}, ["recorded"]),
    ],
)
def test_a_claim_is_settled_only_against_one_of_the_same_packs(
    pharmacy: Pharmacy, patient: str, line: dict[str, Any], told: list[str]
) -> None:
    claims = [returned(pharmacy, "p1", "S1", TAB), returned(pharmacy, patient, "S2", line)]
    body = {"claims": claims, "holds": "none", "note": "-"}
    assert pharmacy.do("claim.settled", body, "phc", witness_pending="alone_on_duty") == told
    assert ("S1",) in pharmacy.book.shelves["seal"] or told == ["recorded"]


def test_what_changes_a_sealed_month_says_so_and_nobody_opens_it() -> None:
    pharmacy = Pharmacy(now="2026-04-02T00:00:00.000000Z")
    claims = []
    for n in (1, 2):
        body: dict[str, Any] = {
            "to_place": "safe",
            "from_log": "senim/rural/1",
            "from_id": str(UUID(int=900 + n)),
            "document_no": "T",
        }
        body |= {"lines": [TAB | {"units": 5, "expires_on": "2027-06-30"}]}
        assert pharmacy.do("stock.arrived", body, "ph1", "ph2", at=on(5)) == ["recorded"]
        claims.append(pharmacy.last_id)
    sealing = to_sealing(pharmacy.book, "2026-02")
    assert pharmacy.do("period.sealed", sealing, "head", "ph1", at=on(1, month=3)) == ["recorded"]
    opened = reversal(pharmacy.last_id, packs="none")
    assert pharmacy.do("entry.reversed", opened, "head", "ph1", at=on(2, month=3)) == ["not_allowed"]
    settled = {"claims": claims, "holds": claims[0], "note": "-"}
    assert pharmacy.do("claim.settled", settled, "phc", "nurse", at=on(2, month=3)) == ["recorded", "after_sealing"]


def test_a_lots_state_is_not_taken_back_from_under_what_was_said_next(pharmacy: Pharmacy) -> None:
    said = []
    for day, what in ((3, "quarantined"), (4, "released"), (5, "quarantined"), (6, "recalled")):
        body = INJ | {"reason": "-"} | ({"document_no": "7"} if what == "recalled" else {})
        assert pharmacy.do(f"lot.{what}", body, "ph1", at=on(day)) == ["recorded"]
        said.append(pharmacy.last_id)
    for n, told in ((0, ["has_dependents"]), (1, ["has_dependents"]), (2, ["recorded"]), (3, ["recorded"])):
        assert pharmacy.do("entry.reversed", reversal(said[n], packs="none"), "ph1", at=on(8)) == told, n


def test_a_longer_life_is_not_taken_back_from_a_lot_that_was_supplied_in_it() -> None:
    pharmacy = Pharmacy(now="2027-09-01T00:00:00.000000Z")
    longer = INJ | {"expires_on": "2028-01-31", "reason": "-"}
    assert pharmacy.do("lot.corrected", longer, "ph1", "ph2", at=on(3)) == ["recorded"]
    back = reversal(pharmacy.last_id, packs="none")
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at="2027-08-01T09:00:00+05:00") == ["recorded"]
    move = pharmacy.last_id
    assert pharmacy.do("entry.reversed", back, "ph1", "ph2", at="2027-08-02T09:00:00+05:00") == ["has_dependents"]
    assert pharmacy.do("entry.reversed", reversal(move), "ph1", "nurse", at="2027-08-02T09:00:00+05:00") == ["recorded"]
    assert pharmacy.do("entry.reversed", back, "ph1", "ph2", at="2027-08-02T09:00:00+05:00") == ["recorded"]


@pytest.mark.parametrize("units", [10**9 + 1, 2**53 - 1])
def test_no_line_holds_more_than_a_database_can_add_up(pharmacy: Pharmacy, units: int) -> None:
    line = TAB | {"expires_on": "2027-06-30", "units": units}
    body = {"place": "safe", "lines": [line], "supplier": "S", "document_no": "1"}
    assert pharmacy.do("stock.received", body, "ph1", "ph2") == ["malformed"]


def test_a_document_that_is_no_known_word_is_sealed(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc")
    collector = {"kind": "relative", "identity": "seen"}
    for kind, where in (("passport", "body"), ("паспорт N 1234567", "sealed")):
        body = supply("rx", "p1", 1, collector=collector | {"document_kind": kind})
        raw = {"id": str(UUID(int=1)), "type": "dispense.outpatient", "occurred_at": on(3), "performer": "ph1"}
        try:
            command = read_command(raw | {"body": body}, bodies=BODIES)
        except CommandInvalid as bad:
            raise AssertionError(bad.refusals) from bad
        assert (command.body["collector"].get("document_kind") == kind) == (where == "body")
        assert (command.sealed.get("body.collector.document_kind") == kind) == (where == "sealed")


def test_a_signature_that_is_due_does_not_go_away_by_promising_another(pharmacy: Pharmacy) -> None:
    pharmacy.imported, pharmacy.now = False, "2026-02-01T06:00:00.000000Z"
    at = "2026-02-01T10:30:00+05:00"
    broken = {"place": "safe", "lines": [INJ | {"units": 1}], "how": "fell", "fragments_kept": True}
    assert pharmacy.do("stock.broken", broken, "ph1", witness_pending="alone_on_duty", at=at) == ["recorded"]
    back = reversal(pharmacy.last_id)
    assert pharmacy.do("entry.reversed", back, "ph2", witness_pending="alone_on_duty", at=at) == ["witness_required"]
    assert pharmacy.do("entry.reversed", back, "ph2", "nurse", at=at) == ["recorded"]


def test_a_bag_is_not_moved_before_it_came(pharmacy: Pharmacy) -> None:
    lines = [{**INJ, "intact": 2, "broken": 0}]
    returned: dict[str, Any] = {"patient": "p1", "brought_by": "-", "relation": "wife", "reason": "found"}
    returned |= {
        "lines": lines,
        "empties_declined": False,
        "seal_no": "S1",
        "place": "custody",
        "signed_by_relative": "yes",
    }
    assert pharmacy.do("unused.returned", returned, "ph1", at=on(5))[0] == "recorded"
    act: dict[str, Any] = {"act_no": "1", "method": "dissolving", "place": "safe", "commission": ["head", "ph1", "ph2"]}
    act |= {"items": [{"seal_no": "S1"}]}
    assert pharmacy.do("destruction.performed", act, "head", at=on(4)) == ["seal_unknown"]
    assert pharmacy.do("destruction.performed", act, "head", at=on(5)) == ["recorded"]
