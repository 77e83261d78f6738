"""Governance, downtime and oversight: each type recorded, refused, and reversed or beyond reversal; who may go on."""

from typing import Any
from uuid import UUID

import pytest

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, registration, reversal, supply

FEB, SOON = "2026-02-10T09:00:00+05:00", "2026-11-21T09:00:00+05:00"
KEY, OTHER, ROOT = "a" * 16, "b" * 16, "0" * 64
NO_ENTRY = str(UUID(int=9_999))
Body = dict[str, Any]


def key(person: str = "nurse", name: str = KEY, use: str = "sign") -> Body:
    return {"person": person, "key": name, "alg": "ed25519", "public": "AAAA", "use": use, "custody": "device", "proof": "AAAA"}  # fmt: skip  # noqa: E501


@pytest.fixture
def pharmacy() -> Pharmacy:
    made = Pharmacy()
    assert made.do("key.enrolled", key(), "registrar", "head") == ["recorded"]
    return made


GOVERNING: list[tuple[str, Body, str, str | None, list[str]]] = [
    ("person.role_changed", {"person": "nurse", "role": "physician", "order_no": "7"}, "registrar", "head", []),
    ("person.role_changed", {"person": "ghost", "role": "nurse", "order_no": "7"}, "registrar", "head", ["not_enrolled"]),  # noqa: E501
    ("person.role_changed", {"person": "nurse", "role": "nurse", "order_no": "7"}, "head", "registrar", ["not_allowed", "witness_not_allowed"]),  # noqa: E501
    ("person.left", {"person": "nurse", "on": "2026-01-31"}, "registrar", "head", []),
    ("person.left", {"person": "nurse", "on": "2026-02-02"}, "registrar", "head", ["time_in_future"]),
    ("person.left", {"person": "nurse", "on": "2026-01-31"}, "registrar", None, ["witness_required"]),
    ("key.enrolled", key(name=OTHER), "registrar", "head", []),
    ("key.enrolled", key(), "registrar", "head", ["already_exists"]),
    ("key.enrolled", key(name=OTHER, use="import"), "registrar", "head", ["not_allowed"]),
    ("key.enrolled", key("ledger", OTHER, "ledger"), "registrar", "head", []),
    ("key.enrolled", key("ledger", OTHER), "registrar", "head", ["malformed"]),
    ("key.enrolled", key(name=OTHER) | {"custody": "passkey"}, "registrar", "head", ["malformed"]),
    ("key.enrolled", key(name=OTHER) | {"alg": "webauthn-es256", "custody": "wrapped"}, "registrar", "head", ["malformed"]),  # noqa: E501
    ("key.enrolled", key(name=OTHER) | {"alg": "webauthn-es256", "custody": "passkey"}, "registrar", "head", []),
    ("key.enrolled", key(name=OTHER, use="ledger"), "registrar", "head", ["malformed"]),
    ("key.revoked", {"key": KEY, "reason": "жоғалды"}, "nurse", None, []),
    ("key.revoked", {"key": KEY, "reason": "-"}, "head", None, []),
    ("key.revoked", {"key": KEY, "reason": "-"}, "ph1", None, ["not_allowed"]),
    ("key.revoked", {"key": OTHER, "reason": "-"}, "registrar", None, ["not_enrolled"]),
    ("import.closed", {"count": 0, "keys": [KEY]}, "registrar", "head", ["not_allowed", "count_stale"]),
    ("key.rotated", {"old": "0" * 16, "new": OTHER, "public": "AAAA"}, "registrar", "head", ["not_allowed"]),
    ("product.delisted", {"product": "morphine-tab", "reason": "-"}, "registrar", None, []),
    ("product.delisted", {"product": "morphine-tab", "reason": "-"}, "head", None, ["not_allowed"]),
    ("place.closed", {"place": "team"}, "registrar", None, []),
    ("place.closed", {"place": "safe"}, "registrar", None, ["has_dependents"]),
    ("identity.erased", {"patient": "p1", "basis": "өтініш"}, "registrar", "head", ["has_dependents"]),
    ("checkpoint.anchored", {"size": 1, "root": ROOT, "token_sha256": ROOT}, "ledger", None, []),
    ("checkpoint.anchored", {"size": 999, "root": ROOT, "token_sha256": ROOT}, "ledger", None, ["entry_unknown"]),
    ("checkpoint.anchored", {"size": 1, "root": ROOT, "token_sha256": ROOT}, "registrar", None, ["not_allowed"]),
    ("inspection.opened", {"scope": "-", "document_no": "5"}, "insp", None, []),
    ("inspection.opened", {"scope": "-", "document_no": "5"}, "head", None, ["not_allowed"]),
    ("inspection.noted", {"text": "-"}, "insp", None, ["already_closed"]),
    ("inspection.closed", {}, "insp", None, ["already_closed"]),
    ("inspection.answered", {"note": NO_ENTRY, "text": "-"}, "head", None, ["entry_unknown"]),
    ("stock.counted", {"place": "safe", "lines": [], "blind": True, "purpose": "shift"}, "insp", None, ["malformed"]),
    ("sheet.issued", {"sheet_no": "7", "place": "ward", "lines": 3}, "nurse", None, []),
    ("sheet.issued", {"sheet_no": "7", "place": "ward", "lines": 3}, "doc", None, ["not_allowed"]),
    ("sheet.closed", {"sheet_no": "7", "unused": []}, "nurse", None, ["sheet_unknown"]),
    ("claim.settled", {"claims": [NO_ENTRY, str(UUID(int=9_998))], "holds": "none", "note": "-"}, "phc", "nurse", ["entry_unknown"]),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("type", "body", "performer", "witness", "codes"), GOVERNING)
def test_who_may_do_what_and_when(
    pharmacy: Pharmacy, type: str, body: Body, performer: str, witness: str | None, codes: list[str]
) -> None:
    told = pharmacy.do(type, body, performer, witness)
    assert told == (codes or ["recorded"])
    if told != ["recorded"]:
        return
    beyond = type.split(".", 1)[0] in ("person", "key", "product", "place", "checkpoint") or performer == "insp"
    by = "nurse" if performer == "nurse" else "head"
    told = pharmacy.do("entry.reversed", reversal(pharmacy.last_id, packs="none"), by, "ph1")
    assert told == (["not_allowed"] if beyond else ["recorded"])


def test_who_has_left_signs_nothing_and_has_nothing_in_hand(pharmacy: Pharmacy) -> None:
    leaving = {"person": "nurse", "on": "2026-02-01"}
    assert pharmacy.do("sheet.issued", {"sheet_no": "1", "place": "ward", "lines": 1}, "nurse") == ["recorded"]
    assert pharmacy.do("person.left", leaving, "registrar", "head") == ["has_dependents"]
    assert pharmacy.do("sheet.closed", {"sheet_no": "1", "unused": [1]}, "nurse") == ["recorded"]
    assert pharmacy.do("stock.moved", moved(2), "ph1", "nurse2") == ["recorded"]
    given = dose(place="ward", ordered_by="doc")
    assert pharmacy.do("dose.administered", given, "nurse") == ["recorded"]
    assert pharmacy.do("person.left", leaving, "registrar", "head") == ["has_dependents"]
    assert pharmacy.do("entry.countersigned", {"id": str(UUID(int=pharmacy._count - 1))}, "doc") == ["recorded"]
    assert pharmacy.do("person.left", leaving, "registrar", "head") == ["recorded"]
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse") == ["not_enrolled"]
    assert pharmacy.do("person.left", leaving, "registrar", "head") == ["not_enrolled"]
    assert pharmacy.book.get("key", KEY).until_seq is not None


def test_a_delisted_product_goes_out_of_use_and_back_to_the_safe(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc") == ["recorded"]
    assert pharmacy.do("stock.moved", moved(5, product="morphine-tab"), "ph1", "nurse") == ["recorded"]
    assert pharmacy.do("product.delisted", {"product": "morphine-tab", "reason": "-"}, "registrar") == ["recorded"]
    line = {"product": "morphine-tab", "lot": "B", "expires_on": "2027-01-31", "units": 1}
    received = {"place": "safe", "lines": [line], "supplier": "S", "document_no": "1"}
    counted = {"place": "safe", "lines": [{"product": "morphine-tab", "lot": "morphine-tab-1", "units": 100}]}
    back = moved(5, product="morphine-tab", source="ward", to="safe")
    bag = {"act_no": "1", "method": "burning", "place": "safe", "commission": ["head", "ph1", "ph2"]}
    destroyed = bag | {"items": [{"place": "safe", "product": "morphine-tab", "lot": "morphine-tab-1", "units": 1}]}
    asked: list[tuple[str, Body, str, str | None, list[str]]] = [
        ("prescription.issued", prescription("rx2", "p1"), "doc", None, ["product_unknown"]),
        ("dispense.outpatient", supply("rx", "p1", 5), "ph1", None, ["product_unknown"]),
        ("stock.received", received, "ph1", "ph2", ["product_unknown"]),
        ("stock.moved", moved(1, product="morphine-tab"), "ph1", "nurse", ["product_unknown"]),
        ("stock.moved", back, "ph1", "nurse", ["recorded"]),
        ("stock.counted", counted | {"blind": True, "purpose": "shift"}, "ph1", "ph2", ["recorded"]),
        ("destruction.performed", destroyed, "head", None, ["recorded"]),
        ("product.delisted", {"product": "morphine-tab", "reason": "-"}, "registrar", None, ["already_closed"]),
    ]
    for type, body, performer, witness, codes in asked:
        assert pharmacy.do(type, body, performer, witness) == codes, (type, body)


def test_a_place_is_closed_empty_and_stays_so(pharmacy: Pharmacy) -> None:
    assert pharmacy.do("stock.moved", moved(2), "ph1", "nurse") == ["recorded"]
    first = pharmacy.last_id
    assert pharmacy.do("place.closed", {"place": "ward"}, "registrar") == ["has_dependents"]
    assert pharmacy.do("stock.moved", moved(1, source="ward", to="safe"), "ph1", "nurse") == ["recorded"]
    assert pharmacy.do("dose.administered", dose(), "nurse") == ["recorded", "without_prescription"]
    assert pharmacy.do("place.closed", {"place": "ward"}, "registrar") == ["has_dependents"], "an empty is due"
    line = {"product": "morphine-inj", "lot": "morphine-inj-1", "empty": 1, "partial": 0}
    empties = {"place": "ward", "lines": [line], "seal_no": "S1", "to_place": "custody"}
    assert pharmacy.do("empties.collected", empties, "ph1", "nurse") == ["recorded"]
    collected = pharmacy.last_id
    assert pharmacy.do("place.closed", {"place": "ward"}, "registrar") == ["recorded"]
    assert pharmacy.do("place.closed", {"place": "custody"}, "registrar") == ["has_dependents"], "a seal lies there"
    assert pharmacy.do("stock.moved", moved(1), "ph1", "nurse") == ["place_unknown"]
    assert pharmacy.do("dose.administered", dose(), "nurse") == ["place_unknown"]
    assert pharmacy.do("entry.reversed", reversal(first), "ph1", "nurse") == ["has_dependents"]
    assert pharmacy.do("entry.reversed", reversal(collected, packs="none"), "ph1", "nurse") == ["has_dependents"]


def test_an_identity_is_erased_only_after_its_retention(pharmacy: Pharmacy) -> None:
    body = {"patient": "p1", "basis": "өтініш"}
    pharmacy.now = "2031-02-02T00:00:00.000000Z"
    assert pharmacy.do("prescription.issued", prescription("rx", "p1"), "doc", at=FEB) == ["recorded"]
    early, late = "2031-02-01T09:00:00+05:00", "2031-02-10T09:00:00+05:00"
    assert pharmacy.do("identity.erased", body, "registrar", "head", at=early) == ["has_dependents"]
    pharmacy.now = "2031-02-11T00:00:00.000000Z"
    assert pharmacy.do("identity.erased", body, "registrar", None, at=late) == ["witness_required"]
    assert pharmacy.do("identity.erased", body, "registrar", "head", at=late) == ["recorded"]
    assert pharmacy.do("prescription.issued", prescription("rx2", "p1"), "doc", at=late) == ["patient_unknown"]
    assert pharmacy.do("identity.erased", body, "registrar", "head", at=late) == ["patient_unknown"]
    assert pharmacy.do("patient.registered", registration("p1"), "doc", at=late) == ["already_exists"]


def test_lost_governance_goes_on_with_two_pharmacists_and_is_marked(pharmacy: Pharmacy) -> None:
    head = {"person": "head2", "role": "head_pharmacist", "name": "Ә"}
    three = head | {"commission": ["registrar", "ph1", "ph2"]}
    assert pharmacy.do("person.enrolled", three, "registrar") == ["witness_required"], "the head pharmacist is there"
    assert pharmacy.do("person.left", {"person": "head", "on": "2026-02-01"}, "registrar", "head") == ["recorded"]
    wrong: list[tuple[list[str], str, list[str]]] = [
        (["registrar", "ph1", "nurse"], "registrar", ["witness_not_allowed"]),
        (["registrar", "ph1", "ph1"], "registrar", ["commission_same_person"]),
        (["doc", "ph1", "ph2"], "registrar", ["commission_too_small", "witness_not_allowed"]),
        (["registrar", "ph1", "ghost"], "registrar", ["not_enrolled"]),
        (["ph1", "ph2", "registrar"], "ph1", ["not_allowed"]),
    ]
    for commission, performer, codes in wrong:
        told = pharmacy.do("person.enrolled", head | {"commission": commission}, performer)
        assert sorted(told) == sorted(codes), commission
    assert pharmacy.do("person.enrolled", head, "registrar") == ["witness_required"]
    assert pharmacy.do("person.enrolled", three, "registrar") == ["recorded", "governance_lost"]
    assert pharmacy.do("key.enrolled", key("head2", OTHER), "registrar", "head2") == ["recorded"]


def test_a_later_rule_set_judges_only_what_comes_after_it(pharmacy: Pharmacy) -> None:
    body = {"name": "second", "sha256": "1" * 64, "rules": "senim-rules/1"}
    assert pharmacy.do("regulation.adopted", body, "ledger") == ["not_allowed"]
    assert pharmacy.do("regulation.adopted", body, "registrar") == ["witness_required"]
    assert pharmacy.do("regulation.adopted", body, "registrar", "head", at=SOON) == ["recorded"]


def test_a_new_epoch_goes_on_with_the_old_state_under_both_governors(pharmacy: Pharmacy) -> None:
    names = ("log", "ledger", "registrar")
    keys = [
        {"person": name, "key": f"{n}" * 16, "alg": "ed25519", "public": "", "use": name}
        for n, name in enumerate(names, 3)
    ]
    body: Body = {"facility": "Test", "bin": "990140000017", "kato": "101010000", "kind": "hospital", "keys": keys}
    body |= {"zone": "Asia/Almaty", "practice": True, "rules": "senim-rules/1"}
    after: Body = {"log": "senim-practice/test/1", "size": 30, "root": ROOT, "recovered": 26, "lost": 4}
    after["recovered_root"] = ROOT
    asked: list[tuple[Body, str | None, list[str]]] = [
        (body, "head", ["not_allowed"]),
        (body | {"after": after}, None, ["witness_required"]),
        (body | {"after": after}, "ph1", ["witness_not_allowed"]),
        (body | {"after": after | {"lost": 0}}, "head", ["malformed"]),
        (body | {"after": after}, "head", ["recorded"]),
    ]
    for opening, witness, codes in asked:
        assert pharmacy.do("facility.opened", opening, "ledger", witness, at=SOON) == codes, (opening, witness)
    assert pharmacy.book.facility.governed
    assert pharmacy.stock("safe", "morphine-inj") == 100
