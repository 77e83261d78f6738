"""Which codes stand together, and which signatures may wait (contract: Refusals; section 7)."""

from typing import Any

import pytest

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, registration, reversal, supply

TOMORROW = "2099-01-01T00:00:00+05:00"
HALF: Any = {"value": "5", "unit": "mg"}
WASTED: dict[str, Any] = {"dose": HALF, "residue": HALF, "residue_fate": "wasted"}


@pytest.fixture
def pharmacy() -> Pharmacy:
    pharmacy = Pharmacy()
    assert pharmacy.do("stock.moved", moved(10), "ph1", "nurse") == ["recorded"]
    return pharmacy


def destruction(*commission: str) -> dict[str, Any]:
    item = {"place": "safe", "product": "morphine-inj", "lot": "morphine-inj-1", "units": 1}
    return {"act_no": "1", "method": "crushing", "place": "custody", "commission": [*commission], "items": [item]}


@pytest.mark.parametrize(
    ("kind", "body", "performer", "codes"),
    [
        ("destruction.performed", destruction("head", "ph1"), "head", ["commission_too_small"]),
        ("destruction.performed", destruction("head", "ph1", "ph1"), "head", ["commission_same_person"]),
        ("destruction.performed", destruction("head", "ph1", "ghost"), "head", ["not_enrolled"]),
        ("dose.administered", dose(**WASTED), "nurse", ["witness_required"]),
        ("dose.administered", dose(ordered_by="nurse2"), "nurse", ["not_allowed"]),
        ("stock.moved", moved(1_000, to="nowhere"), "ph1", ["witness_required"]),
    ],
)
@pytest.mark.parametrize("when", [TOMORROW, "9998-12-31T23:59:59Z"])
def test_a_future_time_hides_nothing_that_is_said_of_people(
    pharmacy: Pharmacy, kind: str, body: dict[str, Any], performer: str, codes: list[str], when: str
) -> None:
    assert pharmacy.do(kind, body, performer, at=when) == [*codes, "time_in_future"]


def test_an_inpatient_course_at_the_counter_is_also_too_early(pharmacy: Pharmacy) -> None:
    pharmacy.do("prescription.issued", prescription("rx", "p2", setting="inpatient", starts_on="2026-02-05"), "doc")
    told = pharmacy.do("dispense.outpatient", supply("rx", "p1", 99), "ph1")
    assert told == ["prescription_inpatient", "time_before_prescription"]


def test_a_lot_that_was_never_here_may_be_expired_and_quarantined_too(pharmacy: Pharmacy) -> None:
    line = {"product": "morphine-inj", "lot": "B", "expires_on": "2026-01-31", "units": 5}
    pharmacy.do("stock.opened", {"place": "team", "lines": [line]}, "head", "ph1", at="2026-01-20T09:00:00+05:00")
    pharmacy.do("lot.quarantined", {"product": "morphine-inj", "lot": "B", "reason": "-"}, "ph1")
    body = moved(1)
    body["lines"][0]["lot"] = "B"
    told = pharmacy.do("stock.moved", body, "ph1", "nurse", at="2026-02-02T09:00:00+05:00")
    assert told == ["lot_unknown", "lot_expired", "lot_quarantined"]


def test_a_count_somewhere_unknown_that_names_an_entry_to_come_is_told_both(pharmacy: Pharmacy) -> None:
    line = {"product": "morphine-inj", "lot": "morphine-inj-1", "units": 10}
    body = {"place": "nowhere", "lines": [line], "blind": True, "purpose": "shift", "as_of_seq": 10**6}
    assert pharmacy.do("stock.counted", body, "ph1", "nurse") == ["place_unknown", "entry_unknown"]


@pytest.mark.parametrize("packs", ["none", "back_sealed", "with_wrong_person"])
def test_packs_that_do_not_fit_the_original_are_malformed_and_nothing_else_is_said(
    pharmacy: Pharmacy, packs: str
) -> None:
    entry = pharmacy.last_id
    pharmacy.do("dose.administered", dose(), "nurse", at="2026-02-02T09:00:00+05:00")
    body = reversal(entry, packs=packs, seal_no="S", place="nowhere")
    assert pharmacy.do("entry.reversed", body, "nurse") == ["malformed"]
    told = pharmacy.do("entry.reversed", reversal(entry, place="nowhere"), "nurse")
    assert told == ["not_allowed", "witness_required", "place_unknown", "has_dependents"]


@pytest.mark.parametrize(
    ("kind", "body", "performer", "codes"),
    [
        ("dose.administered", dose(), "nurse", ["witness_not_allowed"]),
        ("dose.administered", dose(**WASTED), "nurse", ["recorded", "without_prescription"]),
        ("lot.quarantined", {"product": "morphine-inj", "lot": "B", "reason": "-"}, "ph1", ["witness_not_allowed"]),
        ("patient.registered", registration("p3"), "doc", ["witness_not_allowed"]),
        ("stock.moved", moved(1), "ph1", ["recorded"]),
        ("destruction.performed", destruction("head", "ph1", "doc"), "head", ["witness_not_allowed"]),
    ],
)
def test_a_signature_is_promised_only_where_one_is_due(
    pharmacy: Pharmacy, kind: str, body: dict[str, Any], performer: str, codes: list[str]
) -> None:
    assert pharmacy.do(kind, body, performer, witness_pending="alone_on_duty") == codes
    assert len(pharmacy.book.shelves["pending"]) == (codes[0] == "recorded")


def test_the_reversal_of_stock_may_wait_for_its_witness_and_that_of_a_dose_needs_none(pharmacy: Pharmacy) -> None:
    stock, alone = pharmacy.last_id, {"witness_pending": "alone_on_duty"}
    pharmacy.do("dose.administered", dose(), "nurse")
    given = reversal(pharmacy.last_id)
    assert pharmacy.do("entry.reversed", given, "nurse", **alone) == ["witness_not_allowed"]
    assert pharmacy.do("entry.reversed", given, "nurse") == ["recorded"]
    assert pharmacy.do("entry.reversed", reversal(stock), "ghost", **alone) == ["not_enrolled"]
    assert pharmacy.do("entry.reversed", reversal(stock), "ghost") == ["not_enrolled", "witness_required"]
    assert pharmacy.do("entry.reversed", reversal(stock), "ph1", **alone) == ["recorded"]


class TestWaiting:
    """People who enter for themselves; the clock stands at 1 February, 9 o'clock, and goes on."""

    ALONE = {"witness_pending": "alone_on_duty"}  # noqa: RUF012

    @pytest.fixture(autouse=True)
    def _at_work(self, pharmacy: Pharmacy) -> None:
        pharmacy.imported, pharmacy.now = False, "2026-02-01T04:00:00.000000Z"

    def two_days_later(self, pharmacy: Pharmacy) -> str:
        pharmacy.now = "2026-02-03T04:00:00.000000Z"
        return "2026-02-03T09:00:00+05:00"

    @pytest.mark.parametrize(
        "first",
        [
            dose(ordered_by="doc"),
            dose(**WASTED),
        ],
    )
    def test_whatever_is_overdue_blocks_whatever_would_wait(self, pharmacy: Pharmacy, first: dict[str, Any]) -> None:
        promised = self.ALONE if "residue" in first else {}
        assert pharmacy.do("dose.administered", first, "nurse", **promised)[0] == "recorded"
        waiting = pharmacy.last_id
        today = self.two_days_later(pharmacy)
        for body, promise in ((dose(ordered_by="doc"), {}), (dose(**WASTED), self.ALONE)):
            assert pharmacy.do("dose.administered", body, "nurse", at=today, **promise) == ["witness_required"]
            assert pharmacy.do("dose.administered", body, "nurse2", at=today, **promise)[0] == "recorded"
        assert pharmacy.do("dose.administered", dose(), "nurse", at=today)[0] == "recorded"
        assert pharmacy.do("entry.countersigned", {"id": waiting}, "doc", at=today) == ["recorded"]
        assert pharmacy.do("dose.administered", dose(ordered_by="doc"), "nurse", at=today) == ["recorded"]

    def test_a_verbal_order_entered_late_is_due_from_its_entry_on(self, pharmacy: Pharmacy) -> None:
        self.two_days_later(pharmacy)
        for _ in range(2):
            told = pharmacy.do("dose.administered", dose(ordered_by="doc"), "nurse")
            assert told == ["recorded"]
        assert {p.since_at for p in pharmacy.book.shelves["pending"].values()} == {pharmacy.now}

    def test_what_was_imported_blocks_nobody(self, pharmacy: Pharmacy) -> None:
        pharmacy.imported = True
        assert pharmacy.do("stock.moved", moved(1), "ph1", **self.ALONE) == ["recorded"]
        pharmacy.imported, today = False, self.two_days_later(pharmacy)
        assert pharmacy.do("stock.moved", moved(1), "ph1", at=today, **self.ALONE) == ["recorded"]

    @pytest.mark.parametrize(("performer", "closes"), [("head", "nurse"), ("ph1", "head")])
    def test_a_very_late_entry_finds_somebody_who_may_close_it(
        self, pharmacy: Pharmacy, performer: str, closes: str
    ) -> None:
        pharmacy.now, today = "2026-02-20T04:00:00.000000Z", "2026-02-20T09:00:00+05:00"
        told = pharmacy.do("stock.moved", moved(1), performer, "nurse2", late_reason="-")
        assert told == ["recorded", "very_late"]
        entry = {"id": pharmacy.last_id}
        assert pharmacy.do("entry.countersigned", entry, performer, at=today) == ["witness_same_person"]
        told = pharmacy.do("entry.countersigned", entry, "nurse", at=today)
        assert told == (["recorded"] if closes == "nurse" else ["not_allowed"])
        if closes != "nurse":
            assert pharmacy.do("entry.countersigned", entry, closes, at=today) == ["recorded"]
        assert not pharmacy.book.shelves["pending"]
