"""What is known now, over HTTP: figures with the entry they are true at; of patients for a reason that is kept."""

import sqlite3
from collections.abc import Iterator
from threading import current_thread
from typing import Any

import pytest

from ledger.domain.regulation import KEYS
from ledger.storage.layout import SEARCH
from tests.api.serving import Served, serve
from tests.api.v1.signing import command, preview, record, sign
from tests.faults.counter import OPENING, SUPPLY, Counter

DAY = f"""
09:00 pharm dispense.outpatient {SUPPLY} lots=[A 20] days_supply=7
09:10 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 10]
09:20 head + pharm stock.counted place=safe lines=[morphine A 9] blind=true purpose=periodic
09:40 nurse unused.returned patient=p1 brought_by=son relation=son reason=dose_changed empties_declined=false
    lines=[morphine A intact=4 broken=0] seal_no=S1 place=custody signed_by_relative=yes
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all: the last test alone changes something."""
    counter = Counter(tmp_path_factory.mktemp("counter"))
    counter.tell(OPENING + DAY)
    with serve(counter) as served:
        yield served
    counter.house.close()


def ask(served: Served, path: str, **params: Any) -> dict[str, Any]:
    answer = served.call("GET", f"/api/v1/{path}", params=params, who="nurse", reason="ward round")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told.pop("seq", served.counter.size() - 1) == served.counter.size() - 1
    return told


def noted(served: Served, patient: str = "p1") -> tuple[str, str, str, str]:
    (last,) = served.site.access.read(patients=[patient], limit=1)
    return last.kind, last.person, last.detail, last.reason


def test_figures(served: Served) -> None:
    of = {"product": "morphine", "lot": "A"}
    safe, ward = {"place": "safe", **of, "units": 10}, {"place": "ward", **of, "units": 10}
    assert ask(served, "balances", product="morphine")["balances"] == [safe, ward]
    early = {"product": "morphine", "at": "2026-03-02T08:30:00+05:00"}
    assert ask(served, "balances", **early) == {
        "at": "2026-03-02T03:30:00.000000Z",
        "balances": [safe | {"units": 40}],
    }
    (seal,) = ask(served, "custody")["custody"]
    assert (seal["seal_no"], seal["units"], seal["contents"]) == ("S1", 4, [{**of, "units": 4}])
    (differs,) = ask(served, "discrepancies")["discrepancies"]
    assert (differs["place"], differs["difference"], differs["counted"]) == ("safe", -1, 9)
    assert ask(served, "pending")["pending"] == []


def test_what_is_in_force(served: Served) -> None:
    assert "morphine" in {each["product"] for each in ask(served, "products")["products"]}
    assert {each["place"] for each in ask(served, "places")["places"]} == {"safe", "ward", "team", "custody"}
    assert {"person": "nurse", "name": "nurse", "role": "nurse", "left": False} in ask(served, "people")["people"]
    rules = ask(served, "regulation")
    assert rules["sha256"] == served.site.ledger.rules().sha256
    assert {*rules["values"], *rules["unset"]} == {*KEYS}


def test_a_patient_is_found_and_shown_and_each_look_is_kept(served: Served) -> None:
    answer = served.call("POST", "/api/v1/patients/search", who="nurse", reason="ward round", json={"q": "tes"})
    assert {each["patient"] for each in answer.json()["patients"]} == {"p1", "p2"}
    assert noted(served) == ("read", "nurse", "search", "ward round")
    shown = ask(served, "patients/p1")
    assert (shown["name"], shown["icd10"], shown["courses"][0]["used"]) == ("Test", "F03", 20)
    assert noted(served) == ("read", "nurse", "patient", "ward round")
    (row,) = ask(served, "patients/p1/home")["home"]
    assert (row["dispensed"], row["returned"]) == (20, 4)
    assert noted(served) == ("read", "nurse", "home", "ward round")
    assert ask(served, "circle", patient="p1")["circle"] == [row]
    assert noted(served) == ("read", "nurse", "circle", "ward round")
    assert "days" in str(ask(served, "patients/p1/doses"))
    assert noted(served) == ("read", "nurse", "doses", "ward round")


@pytest.mark.parametrize("path", ["entries", "entries/{supply}"])
def test_a_look_that_is_begun_on_the_loop_is_noted_once_and_by_a_thread(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    note, by = served.site.access.note_each, list[str]()

    def told(*args: Any, **more: Any) -> None:
        note(*args, **more)
        by.append(current_thread().name)

    monkeypatch.setattr(type(served.site.access), "note_each", lambda _, *args, **more: told(*args, **more))
    with served.site.ledger.reading() as reading:
        (supply,) = reading.rows(type="dispense.outpatient")
    assert served.call("GET", "/api/v1/" + path.format(supply=supply.seq), who="nurse").status_code == 200
    assert [each.startswith("desk") for each in by] == [True]


def test_the_circle_of_everybody_wants_a_reason_too(served: Served) -> None:
    assert served.call("GET", "/api/v1/circle", who="nurse", reason=None).json()["code"] == "reason_required"
    ask(served, "circle")
    (last,) = served.site.access.read(limit=1)
    assert (last.kind, last.detail, last.reason) == ("listed", f"circle at {served.counter.size() - 1}", "ward round")


def test_who_was_looked_for_in_vain_is_kept_without_the_name(served: Served) -> None:
    assert ask(served, "patients", q="Nobody Here")["patients"] == []
    (last,) = served.site.access.read(limit=1)
    assert (last.kind, last.person, last.detail, last.reason) == ("searched", "nurse", "nobody found", "ward round")


def test_numbers_for_prometheus_name_no_path_and_no_person(served: Served) -> None:
    told = served.call("GET", "/api/v1/metrics", who="registrar").text
    assert f"senim_entries {float(served.counter.size())}" in told
    assert 'senim_answers_total{operation="custody",status="200"}' in told
    assert not {"nurse", "p1"} & set(told.replace('"', " ").split())


def test_its_own_opinion_of_itself_says_so(served: Served) -> None:
    assert served.call("GET", "/api/v1/verification").status_code in (200, 404)
    told = served.call("POST", "/api/v1/verification", who="inspector").json()
    assert "own opinion" in told["whose"]
    assert told["verification"]["verdict"] in ("pass", "unknown")
    assert served.call("GET", "/api/v1/verification").json() == told


def test_the_search_forgets_at_once_whom_an_entry_erased(served: Served) -> None:
    served.counter.now = served.counter.now.replace(year=2060)
    served._tokens.clear()  # those are over
    search = served.site.directory / SEARCH

    def tags() -> set[str]:
        with sqlite3.connect(f"file:{search}?mode=ro", uri=True) as index:
            return {patient for (patient,) in index.execute("SELECT patient FROM tag")}

    assert tags() == {"p1", "p2"}
    told = preview(served, command(served.counter, "identity.erased", {"patient": "p2", "basis": "x"}, witness="head"),
                   who="registrar")  # fmt: skip
    assert record(served, sign(served.counter, told), who="registrar").status_code == 201
    assert tags() == {"p1"}
    shown = served.call("GET", "/api/v1/patients/p2").json()
    assert (shown["name"], shown["erased"]) == (None, True)
