"""Downtime sheets, inspections, sealed months, claims of two devices: what stands, what is refused, what it proves."""

from typing import Any
from uuid import UUID

import pytest

from ledger.domain.families.attesting import Row, root_of, rows_of, to_sealing, totals_of
from ledger.log.merkle import Frontier, leaf_hash
from tests.domain.pharmacy import Pharmacy, moved, prescription, reversal, supply

FEB, MARCH, ROOT = "2026-02-10T09:00:00+05:00", "2026-03-02T09:00:00+05:00", "0" * 64
NO_ENTRY = str(UUID(int=9_999))
Body = dict[str, Any]


@pytest.fixture
def pharmacy() -> Pharmacy:
    return Pharmacy()


def test_each_line_of_a_downtime_sheet_is_entered_once(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("sheet.issued", {"sheet_no": "ward/7", "place": "ward", "lines": 3}, "nurse") == ["recorded"]
    issued = pharmacy.last_id

    def enter(line: int, no: str = "ward/7") -> list[str]:
        return pharmacy.do("stock.moved", moved(1), "ph1", "nurse", sheet={"no": no, "line": line})

    assert [enter(1), enter(1), enter(4), enter(1, "8")] == [
        ["recorded"], ["already_exists"], ["sheet_unknown"], ["sheet_unknown"],
    ]  # fmt: skip
    entry = str(UUID(int=pharmacy._count - 3))
    assert pharmacy.do("entry.reversed", reversal(issued, packs="none"), "nurse") == ["has_dependents"]
    assert pharmacy.do("entry.reversed", reversal(entry), "ph1", "nurse") == ["recorded"]
    assert enter(1) == ["recorded"], "the line of a reversed entry is free again"
    closing = [([], ["has_dependents"]), ([2], ["has_dependents"]), ([1, 2, 3], ["already_exists"])]
    closing += [([2, 3, 4], ["sheet_unknown"]), ([3, 2], ["malformed"]), ([2, 3], ["recorded"])]
    closing += [([2, 3], ["already_closed"])]
    for unused, codes in closing:
        assert pharmacy.do("sheet.closed", {"sheet_no": "ward/7", "unused": unused}, "nurse") == codes, unused
    closed = str(UUID(int=pharmacy._count - 1))
    assert enter(2) == ["already_closed"]
    assert pharmacy.do("entry.reversed", reversal(closed, packs="none"), "nurse") == ["recorded"]
    assert enter(2) == ["recorded"]


def test_an_inspection_is_opened_noted_answered_and_closed(pharmacy: Pharmacy) -> None:
    asked: list[tuple[str, Body, str, list[str]]] = [
        ("inspection.opened", {"scope": "жоспарлы", "document_no": "5"}, "insp", ["recorded"]),
        ("inspection.opened", {"scope": "-", "document_no": "6"}, "insp", ["already_open"]),
        ("inspection.noted", {"text": "-", "about": NO_ENTRY}, "insp", ["entry_unknown"]),
        ("inspection.noted", {"text": "ескерту"}, "head", ["not_allowed"]),
        ("inspection.noted", {"text": "ескерту", "about": str(UUID(int=1))}, "insp", ["recorded"]),
    ]
    for type, body, performer, codes in asked:
        assert pharmacy.do(type, body, performer) == codes, body
    note = pharmacy.last_id
    assert pharmacy.do("inspection.answered", {"note": str(UUID(int=1)), "text": "-"}, "head") == ["entry_unknown"]
    assert pharmacy.do("inspection.answered", {"note": note, "text": "жауап"}, "head") == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(note, packs="none"), "head", "ph1")[0] == "not_allowed"
    assert pharmacy.do("inspection.closed", {"protocol_sha256": ROOT}, "insp") == ["recorded"]
    assert pharmacy.do("inspection.noted", {"text": "-"}, "insp") == ["already_closed"]


def test_a_sealed_month_is_proved_by_its_rows_and_marks_what_comes_later(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("stock.moved", moved(30), "ph1", "nurse", at=FEB) == ["recorded"]
    body = to_sealing(pharmacy.book, "2026-02")
    inj = {row.place: row for row in rows_of(pharmacy.book, "2026-02") if row.product == "morphine-inj"}
    lot = "morphine-inj-1"
    assert inj == {
        "safe": Row("safe", "morphine-inj", lot, 100, 0, 30, 70),
        "ward": Row("ward", "morphine-inj", lot, 0, 30, 0, 30),
    }
    assert {"product": "morphine-inj", "opening": 100, "in": 30, "out": 30, "closing": 100} in body["totals"]
    assert pharmacy.do("period.sealed", body, "head", "ph1", at=FEB) == ["time_in_future"]
    assert pharmacy.do("period.sealed", body, "head", at=MARCH) == ["witness_required"]
    assert pharmacy.do("stock.moved", moved(2), "ph1", "nurse", at=FEB) == ["recorded"]
    assert pharmacy.do("period.sealed", body, "head", "ph1", at=MARCH) == ["count_stale"]
    body = to_sealing(pharmacy.book, "2026-02")
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=MARCH) == ["recorded"]
    assert pharmacy.do("period.sealed", body, "head", "ph1", at=MARCH) == ["recorded"], "March changes nothing in it"
    sealing = pharmacy.last_id
    assert pharmacy.do("period.sealed", body, "head", "ph1", at=MARCH) == ["already_closed"]
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=FEB) == ["recorded", "after_sealing"]
    inside = pharmacy.last_id
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse", at=MARCH) == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(inside), "ph1", "nurse", at=MARCH) == ["recorded", "after_sealing"]
    assert pharmacy.do("entry.reversed", reversal(sealing, packs="none"), "head", "ph1", at=MARCH) == ["not_allowed"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 13])
def test_the_rows_root_is_that_of_the_log_s_own_tree(count: int) -> None:
    rows = [Row("safe", "морфин", f"L{n}", n, 1, 2, n - 1) for n in range(count)]
    frontier = Frontier()
    for row in rows:
        frontier.append(leaf_hash(row.to_bytes()))
    assert root_of(rows) == frontier.root().hex()
    assert sum(total["closing"] for total in totals_of(rows)) == sum(n - 1 for n in range(count))


def test_of_two_reports_of_the_same_packs_one_holds(pharmacy: Pharmacy) -> None:
    def brought(seal: str) -> Body:
        line = {"product": "morphine-tab", "lot": "morphine-tab-1", "intact": 4, "broken": 0}
        body = {"patient": "p1", "brought_by": "Қ", "relation": "spouse", "reason": "patient_died", "lines": [line]}
        return body | {"empties_declined": False, "seal_no": seal, "place": "bag", "signed_by_relative": "yes"}

    assert pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc") == ["recorded"]
    assert pharmacy.do("dispense.outpatient", supply("rx", "p1", 10), "ph1") == ["recorded"]
    claims = []
    for seal, notes in (("S1", []), ("S2", ["return_exceeds_dispensed"])):
        assert pharmacy.do("unused.returned", brought(seal), "phc") == ["recorded", *notes]
        claims.append(pharmacy.last_id)
    body = {"claims": claims, "holds": claims[0], "note": "екі телефон"}
    assert pharmacy.do("claim.settled", body | {"holds": NO_ENTRY}, "phc", "nurse") == ["malformed"]
    assert pharmacy.do("claim.settled", body, "nurse", "phc") == ["not_allowed"]
    assert pharmacy.do("claim.settled", body, "phc", "nurse") == ["recorded"]
    settled = pharmacy.last_id
    assert [name for (name,) in pharmacy.book.shelves["seal"]] == ["S1"]
    assert pharmacy.do("claim.settled", body, "phc", "nurse") == ["already_reversed"]
    assert pharmacy.do("entry.reversed", reversal(settled), "head", "ph1") == ["not_allowed"]
    assert pharmacy.do("entry.reversed", reversal(claims[1]), "phc") == ["already_reversed"]
