"""Previewed, signed, recorded; once, whatever happens on the way back."""

import base64
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest

from api.heads import HeadKeeper
from ledger.log.canonical import to_bytes
from ledger.log.merkle import leaf_hash
from ledger.log.proof import verify_proof
from ledger.log.sealed import commit
from ledger.service.checkpoints import sign_head, verifier_key
from tests.api.serving import Served
from tests.api.v1.signing import RECORD, command, moved, preview, record, sign, to_list


def test_what_was_previewed_can_be_checked_signed_and_recorded(served: Served) -> None:
    counter = served.counter
    identity = {"name": "Test", "iin": None, "no_iin_reason": "no papers", "born_on": "1950-01-01", "address": "x"}
    body = {"identity": identity, "home_kato": "101010000", "home_phc_bin": "990140000017"}
    asked = [command(counter, "patient.registered", body | {"indication": "other", "icd10": "C50"}, witness=None)]
    told = preview(served, *asked, command(counter, body=moved(2)))
    hashes = []
    for each in told["entries"]:
        said = each["statement"]
        for opening in each["openings"]:  # openings → statement → sign
            key = base64.b64decode(opening["key"])
            made = commit(opening["value"], key=key, log=said["log"], id=said["id"], path=opening["path"])
            assert said["sealed"][opening["path"]] == made
        hashes.append(sha256(to_bytes(said)).hexdigest())
    assert base64.b64decode(told["sign"]).decode() == "senim/sign/v1\n" + "".join(f"{digest}\n" for digest in hashes)
    stock = [(each["where"], each["before"], each["after"]) for each in told["entries"][1]["effects"]]
    assert stock == [("safe", 40, 38), ("ward", 0, 2)]
    answer = record(served, sign(counter, told))
    assert answer.status_code == 201, answer.text
    for receipt, each in zip(answer.json()["receipts"], told["entries"], strict=True):
        with counter.house.ledger.reading() as reading:
            assert leaf_hash(reading.entry(receipt["seq"])).hex() == receipt["leaf"]
        assert receipt["id"] == each["id"]


def test_a_preview_tells_refusals_and_warnings_in_words_and_signs_nothing(served: Served) -> None:
    size = served.counter.size()
    told = preview(served, command(served.counter, body=moved(41)), command(served.counter))
    assert [[each["code"] for each in entry["refusals"]] for entry in told["entries"]] == [["balance_too_low"], []]
    assert "40" in told["entries"][0]["refusals"][0]["said"]
    assert told["sign"] is None
    assert served.counter.size() == size


def test_a_preview_tells_times_by_the_facility_s_clock(served: Served) -> None:
    told = preview(served, command(served.counter) | {"occurred_at": "2099-01-01T08:42:00Z"})
    (refusal,) = told["entries"][0]["refusals"]
    assert (refusal["code"], "13:42" in refusal["said"]) == ("time_in_future", True), refusal["said"]


@pytest.mark.parametrize("body", [{}, {"commands": []}, {"command": {}, "commands": [{}]}, {"commands": [{}] * 101}])
def test_a_preview_asks_for_one_list(served: Served, body: dict[str, Any]) -> None:
    assert served.call("POST", RECORD + "/preview", json=body).status_code == 400


def test_the_same_list_again_gives_the_same_receipts_with_the_proof_that_holds_the_facility_to_them(
    served: Served,
) -> None:
    signed = sign(served.counter, preview(served, command(served.counter), command(served.counter)))
    first = record(served, signed)
    ledger = served.counter.house.ledger
    sign_head(ledger)
    size = served.counter.size()
    again = record(served, signed)
    assert (again.status_code, again.headers["idempotent-replay"]) == (200, "true")
    for one, two in zip(first.json()["receipts"], again.json()["receipts"], strict=True):
        assert {name: two[name] for name in one} == one | {"notes": []}
        found, head = verify_proof(two["proof"].encode(), leaf=bytes.fromhex(two["leaf"]), key=verifier_key(ledger))
        assert (found, head.size) == (two["seq"], size)
        assert two["proof"].endswith(two["checkpoint"])
    assert served.counter.size() == size


def test_a_device_without_network_makes_all_of_it_and_sends_it_later(served: Served) -> None:
    signed = served.counter.sign("10:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 1]")
    answer = record(served, to_list(signed), X_Senim_Via="device")
    assert answer.status_code == 201, answer.text
    told = served.call("GET", f"{RECORD}/{answer.json()['receipts'][0]['seq']}").json()
    assert told["entry"]["via"] == "device"


@pytest.mark.parametrize(("who", "status"), [("pharm", 201), ("nurse", 201), ("pharm2", 403), ("registrar", 403)])
def test_only_who_signed_hands_in(served: Served, who: str, status: int) -> None:
    answer = record(served, sign(served.counter, preview(served, command(served.counter))), who=who)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "not_allowed"


def test_warnings_are_answered_before_it_is_recorded(served: Served) -> None:
    told = preview(served, command(served.counter, "prescription.issued", _course(), witness=None), who="doctor")
    asked = [each["code"] for each in told["entries"][0]["warnings"]]
    assert asked, told
    answer = record(served, sign(served.counter, told), who="doctor")
    assert (answer.status_code, answer.json()["code"]) == (422, "needs_acknowledgement")
    assert [each["code"] for each in answer.json()["refusals"]][1:] == asked
    answered = [{"code": code, "reason": "discussed"} for code in asked]
    again = command(served.counter, "prescription.issued", _course(), witness=None, acknowledged=answered)
    told = preview(served, again, who="doctor")
    assert [each["acknowledged"] for each in told["entries"][0]["warnings"]] == [True] * len(asked)
    assert record(served, sign(served.counter, told), who="doctor").status_code == 201


def _course() -> dict[str, Any]:
    return {
        "prescription": "rx9", "patient": "p2", "product": "morphine", "single_dose": {"value": "10", "unit": "mg"},
        "route": "20066000", "frequency": {"times": 3, "period": 1, "period_unit": "d", "as_needed": False},
        "duration_days": 10, "starts_on": "2026-03-02", "units": 90, "setting": "home", "record_no": "1",
    }  # fmt: skip


def test_forty_clients_race_for_the_last_thirty_ampoules(served: Served) -> None:
    counter = served.counter
    counter.tell("09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 10]")
    told = [preview(served, command(counter), who=("pharm", "pharm2")[n % 2]) for n in range(40)]
    signed = [sign(counter, each) for each in told]
    tokens, barrier, size = [served.person(who) for who in ("pharm", "pharm2")], Barrier(40), counter.size()

    def client(n: int) -> tuple[int, str]:
        barrier.wait()
        answer = record(served, signed[n], who=tokens[n % 2])
        return answer.status_code, answer.json().get("detail", "")

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(client, range(40)))
    assert sorted(status for status, _ in answers) == [201] * 30 + [422] * 10
    assert len({said for status, said in answers if status == 422}) == 1
    assert "there are 0 of" in next(said for status, said in answers if status == 422)
    assert counter.size() == size + 30


def test_heads_are_signed_for_whatever_was_committed_and_a_failure_is_not_forgotten(served: Served) -> None:
    ledger = served.counter.house.ledger
    keeper = HeadKeeper(ledger)
    record(served, sign(served.counter, preview(served, command(served.counter))))
    keeper.sign_due()
    with ledger.reading() as reading:
        head = reading.checkpoint()
        assert head is not None
        assert head.size == reading.head.size
    heads, ledger.heads = ledger.heads, None  # type: ignore[assignment]
    record(served, sign(served.counter, preview(served, command(served.counter))))
    keeper.sign_due()
    assert keeper.reason == "server_fault"
    ledger.heads = heads
    keeper.sign_due()
    assert keeper.reason is None
