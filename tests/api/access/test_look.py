"""What stands out of a day is told, and an ordinary day's work is not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.access import open_access_log
from api.access.look import Thresholds, look_at_day
from api.access.words import say_finding
from api.languages import CATALOGUES
from ledger.log.canonical import from_timestamp
from ledger.words import words
from tests.api.access.test_log import past_guards
from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, SUPPLY, Counter

ALMATY = ZoneInfo("Asia/Almaty")
NOON = datetime(2026, 3, 2, 12, tzinfo=ALMATY)


def looked(
    supplied: Served, folder: Path, notes: list[dict[str, Any]], **limits: Any
) -> list[tuple[str, dict[str, Any]]]:
    """What is told of a day with just these *notes*, each at its `hour`; rights that the entries changed apart."""
    told = []
    with open_access_log(folder) as log, supplied.site.ledger.reading() as reading:
        for note in notes:
            row = {"kind": "read", "hour": 12, **note}
            log.clock = partial(NOON.replace, hour=row.pop("hour"))
            log.note(row.pop("kind"), **row)
        found = look_at_day(log, reading, zone="Asia/Almaty", on=NOON.date(), thresholds=Thresholds(**limits))
    for each in found:
        for lang in ("kk", "ru", "en"):
            assert "{" not in say_finding(words(lang, catalogues=CATALOGUES), each)
        if each.code != "rights_entry":
            told.append((each.code, dict(each.values)))
    return told


@pytest.fixture(scope="module")
def supplied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A counter that has supplied p1 at nine; every test looks at a log of its own."""
    counter = Counter(tmp_path_factory.mktemp("counter"))
    counter.tell(OPENING)
    counter.tell(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3")
    with serve(counter) as served:
        yield served
    counter.house.close()


def test_who_supplied_somebody_may_look_at_them_that_day(supplied: Served, tmp_path: Path) -> None:
    assert (
        looked(
            supplied,
            tmp_path,
            [{"person": "pharm", "patient": "p1", "reason": "r", "hour": hour} for hour in (8, 12, 20)],
        )
        == []
    )


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        ([{"person": "pharm2", "patient": "p1"}], "never_cared"),
        ([{"person": "pharm", "patient": "p1", "hour": 22}], "at_night"),
        ([{"person": "pharm2", "patient": "p1", "hour": 3}], "at_night"),
        ([{"person": "pharm", "patient": "p1", "hour": 20}], "without_act"),
        ([{"person": "pharm", "patient": f"x{n}", "kind": "not_found"} for n in range(3)], "not_here"),
        ([{"person": "", "kind": "sign_in_failed", "detail": "address=10.0.0.7 with=totp"}] * 5, "failed"),
        ([{"person": "pharm", "kind": "token_made", "by": "console"}], "token_made"),
        ([{"person": "pharm", "kind": "code_issued", "by": "registrar"}], "code_issued"),
        ([{"person": "pharm", "kind": "passkey_added", "by": "pharm"}], "credentials_changed"),
    ],
)
def test_what_stands_out_is_told(supplied: Served, tmp_path: Path, notes: list[dict[str, Any]], code: str) -> None:
    assert code in [found for found, _ in looked(supplied, tmp_path, [dict(note) for note in notes], near_hours=8)]


@pytest.mark.parametrize(
    "notes",
    [
        [{"person": "pharm", "patient": f"x{n}", "kind": "not_found"} for n in range(2)],
        [{"person": "", "kind": "sign_in_failed", "detail": f"address=10.0.0.{n}"} for n in range(9)],
        [{"person": "pharm2", "patient": "p1", "detail": "search"}],
        [{"person": "pharm", "kind": "signed_in", "by": "pharm"}],
    ],
    ids=["a slip of the hand", "nine wards", "listed by a search", "coming to work"],
)
def test_an_ordinary_day_is_not_told(supplied: Served, tmp_path: Path, notes: list[dict[str, Any]]) -> None:
    assert looked(supplied, tmp_path, [dict(note) for note in notes]) == []


def test_acts_as_a_witness_and_under_another_id_of_the_same_person_are_acts(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    counter.tell(OPENING)
    counter.tell("09:00 pharm + pharm2 home.opened patient=p1 lines=[morphine-tab T 7]")
    counter.tell("09:30 doctor patients.merged keep=p2 drop=p1 reason=twins")
    with serve(counter) as served:
        for hour, codes in ((12, []), (21, ["without_act"])):
            folder = tmp_path / str(hour)
            folder.mkdir()
            notes = [{"person": "pharm2", "patient": patient, "hour": hour} for patient in ("p1", "p2")]
            assert [code for code, _ in looked(served, folder, notes, near_hours=11)] == codes
    counter.house.close()


def test_of_a_log_that_is_not_whole_the_day_is_told_all_the_same(supplied: Served, tmp_path: Path) -> None:
    with open_access_log(tmp_path, clock=lambda: NOON) as log, supplied.site.ledger.reading() as reading:
        for _ in range(3):
            log.note("read", person="pharm2", patient="p1", reason="r")
        past_guards(log.path, "UPDATE access SET data = CAST(replace(data, '\"r\"', '\"q\"') AS BLOB) WHERE seq = 1")
        found = look_at_day(log, reading, zone="Asia/Almaty", on=NOON.date())
        told = {each.code: dict(each.values) for each in found}
        assert (found[0].code, told["log_broken"]) == ("log_broken", {"seq": 2, "reason": "prev_mismatch"})
        assert told["never_cared"]["count"] == 3


def test_many_patients_and_the_dead_are_told(supplied: Served, tmp_path: Path) -> None:
    supplied.counter.tell("09:30 doctor patient.died patient=p1 died_on=2026-03-01")
    notes = [{"person": "pharm", "patient": patient} for patient in ("p1", "p2")]
    told = dict(looked(supplied, tmp_path, notes, many_patients=2, days_after_death=0))
    assert told["many_patients"] == {"person": "pharm", "count": 2}
    assert told["after_death"] == {"person": "pharm", "patient": "p1", "days": 1}


def test_rights_that_entries_changed_are_told_on_their_day(supplied: Served) -> None:
    log = supplied.site.access
    with supplied.site.ledger.reading() as reading:
        today = from_timestamp(reading.rows(type="person.enrolled")[-1].recorded_at).astimezone(ALMATY).date()
        told = look_at_day(log, reading, zone="Asia/Almaty", on=today)
        before = look_at_day(log, reading, zone="Asia/Almaty", on=today - timedelta(days=400))
    assert "person.enrolled" in {each.values["type"] for each in told if each.code == "rights_entry"}
    assert before == []


def test_the_head_pharmacist_reads_who_read_what_and_that_is_in_it_too(supplied: Served) -> None:
    assert supplied.call("GET", "/api/v1/patients/p1", reason="ward round").status_code == 200
    answer = supplied.call("GET", "/api/v1/access?person=pharm", who="head_pharmacist").json()
    (row,) = [row for row in answer["access"] if row["kind"] == "read"]
    assert (row["person"], row["patient"], row["reason"], row["detail"]) == ("pharm", "p1", "ward round", "patient")
    again = supplied.call("GET", "/api/v1/access?limit=1", who="inspector").json()
    assert (again["access"][0]["kind"], again["next"]) == ("log_read", again["size"] - 1)
    assert again["size"] > answer["size"]
    older = supplied.call("GET", f"/api/v1/access?limit=1&cursor={again['next']}", who="inspector").json()
    assert older["access"][0]["seq"] == again["next"] - 1
    supplied.call("GET", "/api/v1/access?person=Иван Иванов", who="inspector")
    assert supplied.site.access.read(limit=1)[0].detail == "person=?", "somebody typed a name"


@pytest.mark.parametrize("path", ["/api/v1/access", "/api/v1/access/day"])
def test_nobody_else_reads_it(supplied: Served, path: str) -> None:
    codes = {who: supplied.call("GET", path, who=who).status_code for who in ("pharmacist", "nurse", "registrar")}
    assert set(codes.values()) == {403}
    assert supplied.call("GET", path, who=None).status_code == 401


def test_the_day_is_told_in_the_reader_s_language(supplied: Served) -> None:
    for n in range(3):
        assert supplied.call("GET", f"/api/v1/patients/x{n}").status_code == 404
    today = supplied.site.ledger.clock().astimezone(ALMATY).date().isoformat()
    answer = supplied.call("GET", f"/api/v1/access/day?on={today}", who="inspector", headers={"Accept-Language": "ru"})
    said = {each["code"]: each["said"] for each in answer.json()["stands_out"]}
    assert said["not_here"] == "pharm: запросов о пациентах, которых здесь нет: 3."
    for wrong in ("2026-2-1", "yesterday", "9999-12-31", ""):
        assert supplied.call("GET", f"/api/v1/access/day?on={wrong}", who="inspector").status_code in (200, 400)
