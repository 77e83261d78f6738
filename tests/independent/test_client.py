"""A program that knows only the OpenAPI document and the contract works a day with a real server."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from . import lying
from .canon import to_canonical
from .client import Json, Trust
from .door import Api
from .facility import Facility, command
from .note import read_vkey
from .stranger import Stranger, refusal_of
from .tiles import leaf_hash
from .verify import verify


def stranger(facility: Facility, api: Api, person: str) -> Stranger:
    trust = Trust(vkey=read_vkey(facility.vkey), genesis=facility.genesis, leaf=facility.genesis)
    keys = {name: signer.key for name, signer in facility.signers.items()}
    return Stranger(api=api.speak_as(facility.tokens[person]), trust=trust, signer=facility.signers[person], keys=keys)


@pytest.fixture
def pharm(facility: Facility, api: Api) -> Stranger:
    return stranger(facility, api, "pharm")


@pytest.fixture
def nurse(facility: Facility, api: Api) -> Stranger:
    return stranger(facility, api, "nurse")


def moved(units: int) -> Json:
    return {"from_place": "safe", "to_place": "ward", "lines": [{"product": "morphine", "lot": "A", "units": units}]}


def supply(patient: str) -> Json:
    """One of the packs that a daughter collects for four neighbours."""
    collector = {"kind": "relative", "name": "Гүлнар", "identity": "seen", "document_kind": "id_card"}
    body = {"prescription": f"rx-{patient}", "patient": patient, "place": "safe", "days_supply": 10}
    lots = [{"lot": "A", "units": 30}]
    return command("dispense.outpatient", body | {"lots": lots, "collector": collector}, "pharm", "nurse")


def units(api: Stranger, place: str) -> int:
    rows = api.api.call("balances", place=place).json["balances"]
    return sum(row["units"] for row in rows)


def test_two_people_sign_one_command_and_the_log_is_held_to_it(pharm: Stranger, nurse: Stranger) -> None:
    asked = command("stock.moved", moved(3), "pharm", "nurse")
    told = pharm.preview(asked)
    effects = {each["where"]: each["after"] - each["before"] for each in told["entries"][0]["effects"]}
    assert effects == {"safe": -3, "ward": 3}
    entries = pharm.check([asked], told)
    assert nurse.check([asked], told) == entries
    before = units(pharm, "ward")
    statements = [entry["statement"] for entry in entries]
    signatures = [each.signer.sign(statements) for each in (pharm, nurse)]
    receipts = pharm.record(entries, signatures)
    assert units(pharm, "ward") == before + 3
    again = pharm.record(entries, signatures, expect=200)
    assert [each["seq"] for each in again] == [each["seq"] for each in receipts]
    assert all(each["proof"] for each in again)
    assert units(pharm, "ward") == before + 3


def test_a_basket_of_four_prescriptions_is_one_ceremony(pharm: Stranger, nurse: Stranger) -> None:
    basket = [supply(patient) for patient in ("p1", "p2", "p3", "p4")]
    told = pharm.preview(*basket)
    codes = [sorted({warning["code"] for warning in each["warnings"]}) for each in told["entries"]]
    for each, asked in zip(codes, basket, strict=True):
        asked["acknowledged"] = [{"code": code, "reason": "first supply"} for code in each]
    entries, signature = pharm.sign(*basket)
    second = nurse.signer.sign([entry["statement"] for entry in nurse.check(basket, pharm.preview(*basket))])
    refused = pharm.api.call("record", body={"entries": entries, "signatures": [signature, second]}, expect=401)
    assert refused.json["code"] == "signature_invalid"  # of another preview: other keys, other bytes
    statements = [entry["statement"] for entry in entries]
    receipts = pharm.record(entries, [signature, nurse.signer.sign(statements)])
    assert len({receipt["seq"] for receipt in receipts}) == 4
    last = pharm.api.call("entry", seq=receipts[3]["seq"], X_Access_Reason="counter").json
    assert last["entry"]["signatures"][0]["of"] == [each.hex() for each in map(lying.digest, statements)]
    opened = {each["path"]: each["value"] for each in last["openings"]}
    assert opened["body.collector.name"] == "Гүлнар"


@pytest.mark.parametrize("lie", lying.LIES, ids=lambda lie: lie.name)
def test_nothing_is_signed_that_a_lying_server_altered(pharm: Stranger, lie: lying.Lie) -> None:
    asked = [
        command("stock.moved", moved(1), "pharm", "nurse"),
        command("stock.broken", {"place": "safe", "lines": moved(1)["lines"], "how": "fell", "fragments_kept": True},
                "pharm", "nurse"),
    ]  # fmt: skip
    told = pharm.preview(*asked)
    assert refusal_of(lambda: pharm.check(asked, told)) == ""
    lied = deepcopy(told)
    lie.tell(lied)
    assert lied != told
    assert refusal_of(lambda: pharm.check(asked, lied)) == lie.code


def test_a_log_that_the_key_did_not_sign_is_not_pinned(pharm: Stranger) -> None:
    asked = command("stock.moved", moved(1), "pharm", "nurse")
    told = pharm.preview(asked)
    next(lie for lie in lying.LIES if lie.name == "it_has_seen_another_log").tell(told)
    assert refusal_of(lambda: pharm.check([asked], told)) == "proof"  # it knows nothing but entry 0 and the key


def test_a_list_waits_for_the_second_person_s_own_device(pharm: Stranger, nurse: Stranger) -> None:
    asked = command("stock.moved", moved(2), "pharm", "nurse")
    entries, signature = pharm.sign(asked)
    body = {"entries": entries, "signatures": [signature], "for": "nurse"}
    parked = pharm.api.call("park", body=body, expect=201).json
    (waiting,) = nurse.api.call("waiting").json["waiting"]
    assert (waiting["id"], waiting["by"], waiting["types"]) == (parked["id"], "pharm", ["stock.moved"])
    found = nurse.api.call("waiting_list", id=parked["id"]).json
    assert found["entries"] == entries
    told = {"entries": [], "sign": found["sign"], "keys": {"pharm": pharm.signer.key} | found["keys"]}
    told["entries"] = [{"refusals": [], **entry} for entry in found["entries"]]
    entries = nurse.check([asked], told)
    statements = [entry["statement"] for entry in entries]
    (receipt,) = nurse.record(entries, [*found["signatures"], nurse.signer.sign(statements)])
    assert pharm.api.call("waiting_list", id=parked["id"]).json["recorded"] == [receipt["seq"]]


def test_what_was_signed_without_network_is_sent_later(pharm: Stranger, nurse: Stranger) -> None:
    told = nurse.preview(command("stock.moved", moved(1), "nurse", "pharm"))
    nurse.check_seen(told["entries"][0]["statement"]["seen"])
    body: Json = {"patient": "p1", "brought_by": "Ерлан", "relation": "son", "reason": "dose_changed"}
    body |= {"lines": [{"product": "morphine", "lot": "A", "intact": 2, "broken": 0}], "empties_declined": False}
    body |= {"seal_no": "S-1", "place": "custody", "signed_by_relative": "yes"}
    entries, signature = nurse.make(command("unused.returned", body, "nurse"))
    (receipt,) = nurse.record(entries, [signature], X_Senim_Via="device")
    entry = nurse.api.call("entry", seq=receipt["seq"], X_Access_Reason="return").json["entry"]
    assert entry["via"] == "device"
    (seal,) = nurse.api.call("custody").json["custody"]
    assert (seal["seal_no"], seal["units"]) == ("S-1", 2)


def read(operation: str, who: str = "pharm", expect: int = 200, **given: Any) -> tuple[str, str, int, dict[str, Any]]:
    return operation, who, expect, given


WHY: dict[str, Any] = {"X_Access_Reason": "дәрі беру"}
READS = [
    *map(read, ("products", "places", "people", "regulation", "balances", "custody", "discrepancies")),
    *map(read, ("pending", "health", "fhir_metadata", "checkpoint", "waiting")),
    read("balances", product="morphine", at="2020-01-01"),
    read("balances", product="no-such", expect=404),
    read("circle", X_Access_Reason="counting"),
    read("entries", **WHY),
    read("circle", patient="p1", open=True, **WHY),
    read("circle", patient="p1", expect=400),
    read("entries", patient="p1", type="dispense.outpatient", limit=1, **WHY),
    read("entries", type="no.such", expect=400),
    read("find_patients", q="Айша", **WHY),
    read("patient", patient="p1", **WHY),
    read("patient", patient="p1", expect=400),
    read("patient", patient="p9", expect=404, **WHY),
    read("doses", patient="p1", **WHY),
    read("home", patient="p1", **WHY),
    read("run_verification"),
    read("last_verification"),
    read("metrics", who="insp"),
    read("metrics", expect=403),
    read("balances", who="nobody", expect=401),
    read("hash_tile", who="nobody", level=0, tile="000.p/1"),
    read("hash_tile", who="nobody", level=0, tile="x001/000", expect=404),
    read("entry_bundle", who="nobody", tile="000.p/1", expect=401),
    read("proof", seq=10**9, expect=404),
    read("entry", seq=10**9, expect=404),
    *(read(f"fhir_search_{kind}", patient="p1", **WHY) for kind in
      ("MedicationRequest", "MedicationDispense", "MedicationAdministration", "Provenance")),
    read("fhir_search_Patient", _id="p1", **WHY),
    read("fhir_search_AuditEvent", who="insp", **WHY),
]  # fmt: skip


@pytest.mark.parametrize("asked", READS, ids=lambda asked: f"{asked[0]}-{asked[1]}-{asked[2]}-{'-'.join(asked[3])}")
def test_every_reading_path_answers_as_the_document_says(
    facility: Facility, api: Api, asked: tuple[str, str, int, dict[str, Any]]
) -> None:
    operation, who, expect, given = asked
    api.speak_as(facility.tokens.get(who)).call(operation, expect=expect, **given)


def test_every_figure_names_the_entry_that_it_is_true_at(pharm: Stranger) -> None:
    for operation in ("balances", "circle", "custody", "discrepancies", "pending", "products", "people"):
        told = pharm.api.call(operation, **(WHY if operation == "circle" else {})).json
        assert told["seq"] + 1 == pharm.api.call("health").json["size"]


def test_the_whole_log_comes_over_http_and_holds_before_a_verifier_of_one_s_own(
    pharm: Stranger, facility: Facility, tmp_path: Path
) -> None:
    newest = pharm.api.call("entries", limit=1, **WHY).json["entries"][0]
    assert leaf_hash(to_canonical(newest["entry"])).hex() == newest["leaf"]
    pharm.prove(newest["seq"], bytes.fromhex(newest["leaf"]))
    head = pharm.download(tmp_path)
    names = ("Айша", "Гүлнар", "Ерлан", "first supply")
    report = verify(tmp_path, vkey=facility.vkey, genesis=facility.genesis, forbidden=names, log_alone=True)
    assert report.ok, report.findings
    assert report.size == head.size > newest["seq"]
