"""What happened, page by page; what is sealed opens only for a reason, and that is noted."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.v1.cursors import from_cursor
from ledger.errors import CallRefused
from ledger.log.canonical import to_bytes
from ledger.log.encoding import from_base64
from ledger.log.merkle import leaf_hash
from ledger.log.sealed import commit
from tests.api.serving import Served, serve
from tests.api.v1.signing import RECORD, command, preview, record, sign
from tests.faults.counter import OPENING, Counter


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all: what a test leaves behind is in no other's way."""
    counter = Counter(tmp_path_factory.mktemp("counter"))
    counter.tell(OPENING)
    with serve(counter) as served:
        yield served
    counter.house.close()


def seqs(served: Served, **asked: Any) -> list[int]:
    answer = served.call("GET", RECORD, params=asked)
    assert answer.status_code == 200, answer.text
    return [each["seq"] for each in answer.json()["entries"]]


def test_pages_come_newest_first_and_end(served: Served) -> None:
    size = served.counter.size()
    found, cursor, pages = [], None, 0
    while cursor is not None or not pages:
        told = served.call("GET", RECORD, params={"limit": 10} | ({"cursor": cursor} if cursor else {})).json()
        found += [each["seq"] for each in told["entries"]]
        cursor, pages = told["next"], pages + 1
    assert found == list(reversed(range(size)))
    assert pages == -(-size // 10)


def test_an_entry_is_shown_as_it_stands(served: Served) -> None:
    told = served.call("GET", f"{RECORD}/0").json()
    assert leaf_hash(to_bytes(told["entry"])).hex() == told["leaf"]
    assert told == served.call("GET", RECORD, params={"limit": 200}).json()["entries"][-1] | {"openings": []}


def test_entries_are_found_by_when_it_happened_type_product_and_patient(served: Served) -> None:
    move = "{} pharm + nurse stock.moved from_place=safe to_place=ward lines=[{} 1]"
    served.counter.tell(f"{move.format('09:00', 'morphine A')}\n{move.format('11:00', 'morphine-tab T')}")
    tablets, ampoules = seqs(served, type="stock.moved")
    assert seqs(served, type="stock.moved", product="morphine") == [ampoules]
    assert seqs(served, **{"from": "2026-03-02T10:00:00+05:00"}) == [tablets]
    assert seqs(served, **{"from": "2026-03-02T08:59:00+05:00", "to": "2026-03-02T04:00:00Z"}) == [ampoules]
    assert seqs(served, **{"from": "2026-03-02", "to": "2026-03-02"}, type="stock.moved") == [tablets, ampoules]
    assert seqs(served, type="stock.moved", to="2026-03-01") == seqs(served, **{"from": "2026-03-03"}) == []
    of_patient = seqs(served, patient="p1")
    assert len(of_patient) == 2
    assert seqs(served, patient="p1", type="prescription.issued") == of_patient[:1]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"from": "yesterday"}, 400),
        ({"type": "nothing.done"}, 400),
        ({"limit": 0}, 400),
        ({"limit": 201}, 400),
        ({"cursor": "x"}, 400),
        ({"cursor": "WyIyMDI2IiwxXQ=="}, 400),
        ({"product": "nothing"}, 404),
        ({"patient": "nobody"}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(served: Served, asked: dict[str, Any], status: int) -> None:
    assert served.call("GET", RECORD, params=asked).status_code == status


@pytest.mark.parametrize("seq", ["9999", "99999999999999999999999", "-1", "x"])
def test_there_is_no_such_entry(served: Served, seq: str) -> None:
    assert served.call("GET", f"{RECORD}/{seq}").status_code == 404


@pytest.mark.parametrize(
    "text", ["", "W10=", "WzEsMl0=", "WyIyMDI2LTAzLTAyVDA4OjAwOjAwLjAwMDAwMFoiLDFlOTld", "ы", "A" * 200]
)
def test_a_cursor_is_one_of_ours(text: str) -> None:
    with pytest.raises(CallRefused):
        from_cursor(text)


def test_what_is_sealed_about_a_patient_opens_for_a_reason_and_that_is_noted(served: Served) -> None:
    seq = seqs(served, type="patient.registered")[0]
    assert served.call("GET", f"{RECORD}/{seq}", reason=None).json()["code"] == "reason_required"
    before = noted(served)
    told = served.call("GET", f"{RECORD}/{seq}", reason="ward round").json()
    assert noted(served) == before + 1
    said = told["entry"]["statement"]
    assert {each["path"]: commit_of(each, said) for each in told["openings"]} == said["sealed"]
    assert served.call("GET", RECORD, params={"patient": "p1"}, reason=None).json()["code"] == "reason_required"


def commit_of(opening: dict[str, Any], said: dict[str, Any]) -> str:
    key = from_base64(opening["key"])
    return commit(opening["value"], key=key, log=said["log"], id=said["id"], path=opening["path"])


def noted(served: Served) -> int:
    return len(served.site.access.read(patients=["p1", "p2"]))


def test_a_page_that_tells_of_patients_wants_a_reason_and_says_what_it_showed(served: Served) -> None:
    doses = {"type": "prescription.issued"}
    assert served.call("GET", RECORD, params=doses, reason=None).json()["code"] == "reason_required"
    (seq,) = seqs(served, **doses)
    last = served.site.access.read(limit=1)[0]
    assert (last.kind, last.person, last.detail, last.reason) == (
        "listed",
        "pharm",
        f"entries prescription.issued {seq}..{seq}",
        "care",
    )
    assert served.call("GET", RECORD, params={"type": "stock.opened"}, reason=None).status_code == 200


def test_an_entry_that_names_a_patient_only_by_another_is_theirs(served: Served) -> None:
    served.counter.tell("13:00 doctor prescription.stopped prescription=rx1 reason=better")
    (seq,) = seqs(served, type="prescription.stopped")
    assert served.call("GET", f"{RECORD}/{seq}", reason=None).json()["code"] == "reason_required"
    before = noted(served)
    assert served.call("GET", f"{RECORD}/{seq}").status_code == 200
    assert noted(served) == before + 1
    undone = command(served.counter, "entry.reversed", {"seq": seq, "reason": "other", "note": "x", "packs": "none"})
    preview(served, undone | {"witness": None}, who="doctor")
    assert noted(served) == before + 2


def test_who_may_read_no_patient_is_told_nothing_of_one_in_a_refusal(served: Served) -> None:
    body: dict[str, Any] = {
        "prescription": "rx1",
        "patient": "p1",
        "place": "safe",
        "lots": [{"lot": "A", "units": 300}],
    }
    body |= {"days_supply": 7, "collector": {"kind": "relative", "identity": "seen"}}
    supply = command(served.counter, "dispense.outpatient", body, performer="registrar", witness=None)
    told = preview(served, supply, who="registrar")
    assert [each["code"] for each in told["entries"][0]["refusals"]] == ["not_allowed"]
    answer = record(served, sign(served.counter, told), who="registrar").json()
    assert [each["code"] for each in answer["refusals"]] == ["not_allowed"]
    asked = preview(served, supply | {"performer": "pharm"})
    assert len(asked["entries"][0]["refusals"]) > 1
