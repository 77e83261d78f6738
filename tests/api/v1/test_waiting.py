"""Parked by one, signed by the other on their own device; seen by nobody else."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from ledger.log.encoding import from_base64, to_base64
from ledger.service.founding import describe_key
from tests.api.serving import Served
from tests.api.v1.signing import WAIT, command, preview, record, sign


def park(served: Served, who: str = "pharm", to: str = "nurse", by: tuple[str, ...] = ("pharm",)) -> Any:
    signed = sign(served.counter, preview(served, command(served.counter), command(served.counter)), by)
    return served.call("POST", WAIT, who=who, json=signed | {"for": to})


def test_the_second_person_signs_on_their_own_device_and_records_it(served: Served) -> None:
    parked = park(served)
    assert parked.status_code == 201, parked.text
    (listed,) = served.call("GET", WAIT, who="nurse").json()["waiting"]
    assert listed == parked.json()
    assert (listed["by"], listed["for"], listed["types"], listed["recorded"]) == (
        "pharm",
        "nurse",
        ["stock.moved"] * 2,
        None,
    )
    told = served.call("GET", f"{WAIT}/{listed['id']}", who="nurse").json()
    own = sign(served.counter, {"entries": told["entries"], "keys": told["keys"]})
    both = {"entries": told["entries"], "signatures": told["signatures"] + own["signatures"]}
    assert [each["by"] for each in both["signatures"]] == ["pharm", "nurse"]
    assert from_base64(told["sign"]).startswith(b"senim/sign/v1\n")
    answer = record(served, both, who="nurse")
    assert answer.status_code == 201, answer.text
    seqs = [receipt["seq"] for receipt in answer.json()["receipts"]]
    for who in ("pharm", "nurse"):
        assert served.call("GET", f"{WAIT}/{listed['id']}", who=who).json()["recorded"] == seqs


@pytest.mark.parametrize("who", ["pharm2", "head", "registrar", "inspector"])
def test_nobody_else_sees_it(served: Served, who: str) -> None:
    told = park(served).json()
    answer = served.call("GET", f"{WAIT}/{told['id']}", who=who)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert served.call("GET", WAIT, who=who).json() == {"waiting": []}
    assert served.call("GET", f"{WAIT}/nothing").status_code == 404


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"to": "pharm2"}, 403),  # nobody asks them
        ({"to": "pharm"}, 403),  # who signed already
        ({"who": "nurse"}, 403),  # who did not sign
        ({"by": ("pharm", "nurse")}, 403),  # nothing is missing
        ({"by": ("pharm2",), "who": "pharm2"}, 401),  # whose signature nobody asks for
    ],
)
def test_only_what_the_other_can_complete_is_parked(served: Served, how: dict[str, Any], status: int) -> None:
    assert park(served, **how).status_code == status
    assert served.call("GET", WAIT, who="nurse").json() == {"waiting": []}


def test_a_wrong_signature_is_not_parked(served: Served) -> None:
    signed = sign(served.counter, preview(served, command(served.counter)), ["pharm"])
    signed["signatures"][0]["value"] = to_base64(bytes(64))
    answer = served.call("POST", WAIT, json=signed | {"for": "nurse"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


def test_it_expires(served: Served) -> None:
    told = park(served).json()
    served.counter.now += timedelta(minutes=served.site.settings.wait_minutes, seconds=1)
    assert served.call("GET", f"{WAIT}/{told['id']}").status_code == 404
    assert served.call("GET", WAIT).json() == {"waiting": []}


def test_what_is_parked_again_waits_once(served: Served) -> None:
    """Sent again because no answer came, or signed again because others recorded meanwhile."""
    one = command(served.counter)

    def park_it() -> Any:
        signed = sign(served.counter, preview(served, one), ["pharm"])
        return served.call("POST", WAIT, json=signed | {"for": "nurse"}).json()

    first = park_it()
    assert park_it() == first
    record(served, sign(served.counter, preview(served, command(served.counter))))
    anew = park_it()
    assert anew["id"] != first["id"]
    assert served.call("GET", WAIT, who="nurse").json() == {"waiting": [anew]}
    assert served.call("GET", f"{WAIT}/{first['id']}", who="nurse").status_code == 404


def test_nobody_fills_the_memory(served: Served) -> None:
    many = [command(served.counter) for _ in range(23)]

    def park_it(one: Any) -> int:
        signed = sign(served.counter, preview(served, one), ["pharm"])
        return served.call("POST", WAIT, json=signed | {"for": "nurse"}).status_code

    assert [park_it(one) for one in many] == [201] * 20 + [429] * 3
    assert park_it(many[0]) == 201, "it waits already"
    signed = sign(served.counter, preview(served, many[-1]))
    record(served, signed)
    assert park_it(many[0]) == 201, "it takes the place of one that waits"
    signed["entries"][0]["openings"] = [{"path": "late_reason", "value": "x" * 140_000, "key": to_base64(bytes(32))}]
    assert served.call("POST", WAIT, json=signed | {"for": "nurse"}).status_code == 413


def test_the_end_of_imports_goes_from_one_holder_of_a_key_to_the_next(served: Served) -> None:
    counter = served.counter
    people = ("registrar", "head", "pharm", "nurse")
    with counter.house.ledger.reading() as reading:
        count = sum(b'"via":"import"' in data for _, data in reading.entries(0))
    keys = [describe_key(name, counter.keys[name].public_key(), "sign")["key"] for name in people]
    end = command(counter, "import.closed", {"count": count, "keys": keys}, witness="head")
    signed = sign(counter, preview(served, end, who="registrar"), ["registrar"])
    for who, next_one in pairwise(people):
        told = served.call("POST", WAIT, who=who, json=signed | {"for": next_one})
        assert told.status_code == 201, told.text
        still = [each["for"] for each in served.call("GET", WAIT, who=who).json()["waiting"]]
        assert still == [next_one]  # what one signed and passed on waits for the next alone
        told = served.call("GET", f"{WAIT}/{told.json()['id']}", who=next_one).json()
        assert list(told["keys"].values()) == keys[people.index(next_one) :]
        own = sign(counter, {"entries": told["entries"], "keys": {}}, [next_one])
        signed = {"entries": told["entries"], "signatures": told["signatures"] + own["signatures"]}
    assert served.call("POST", WAIT, who="nurse", json=signed | {"for": "pharm2"}).status_code == 403
    answer = record(served, signed, who="nurse")
    assert answer.status_code == 201, answer.text


def test_to_be_asked_is_to_see_the_patient(served: Served) -> None:
    body = {"patient": "p1", "died_on": "2026-03-02"}
    died = command(served.counter, "patient.died", body, performer="nurse", witness="pharm")
    signed = sign(served.counter, preview(served, died), ["pharm"])
    parked = served.call("POST", WAIT, json=signed | {"for": "nurse"}).json()
    assert served.call("GET", f"{WAIT}/{parked['id']}", who="nurse", reason=None).status_code == 200
    (last,) = served.site.access.read(patients=["p1"], limit=1)
    assert (last.kind, last.person, last.detail, last.reason) == ("read", "nurse", "waiting list", "asked to sign")
