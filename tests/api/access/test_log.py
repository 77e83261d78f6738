"""What was noted is there after a kill, follows from what was noted before, and nothing of it can vanish unnoticed."""

import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite

from api.access import AccessLog, open_access_log
from api.accounts.store import Store
from ledger.errors import AccessRejected, LedgerBusy, LedgerReadOnly, NotStored, SenimError
from ledger.refusal_words import tell_error
from ledger.service.patience import hurried
from ledger.storage.heads import FileHeads
from ledger.storage.private import make_private
from ledger.words import words
from tests.storage import children
from tests.storage.world import plain_client

GENESIS = bytes(32)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def fill(folder: Path, count: int = 5) -> None:
    outside = FileHeads(folder / "heads"), GENESIS
    with open_access_log(folder, clock=lambda: NOON, outside=outside) as log:
        for n in range(count):
            log.note("read", person="a.n", by="s1", patient=f"p{n}", detail="patient", reason="себеп")


def broken(folder: Path) -> tuple[str, int]:
    with open_access_log(folder, outside=(FileHeads(folder / "heads"), GENESIS)) as log:
        return judge(log)


def judge(log: AccessLog, period: tuple[str, str] | None = None) -> tuple[str, int]:
    try:
        log.verify() if period is None else log.read_verified(*period)
    except AccessRejected as found:
        return found.reason, found.seq
    return "whole", -1


def past_guards(path: Path, change: str) -> None:
    with plain_client(path) as client:
        for (name,) in client.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            client.execute(f"DROP TRIGGER {name}")
        client.execute(change)


@pytest.mark.parametrize("opened", [Store, partial(AccessLog, clock=lambda: NOON, outside=None)])
def test_a_damaged_file_beside_the_register_is_named_when_it_is_opened(tmp_path: Path, opened: Any) -> None:
    path = tmp_path / "beside.db"
    make_private(path, b"no database" * 1000)
    with pytest.raises(LedgerReadOnly, match="database_damaged") as failed:
        opened(path)
    assert [told.said for told in tell_error(words("ru"), failed.value)] == ["Файл beside.db повреждён."]


def test_rows_are_read_back_newest_first_by_whom_about_whom_and_when(tmp_path: Path) -> None:
    with open_access_log(tmp_path, clock=lambda: NOON) as log:
        for n, person in enumerate(["a", "b", "a", "c"]):
            log.note("read", person=person, patient=f"p{n % 2}", reason="r")
        assert [row.seq for row in log.read()] == [3, 2, 1, 0]
        assert [row.seq for row in log.read(person="a")] == [2, 0]
        assert [row.seq for row in log.read(patients=["p1"], limit=1)] == [3]
        assert [row.seq for row in log.read(patients=["p1"], cursor=3)] == [1]
        assert [row.seq for row in log.read(patients=[])] == []
        assert log.read(to_at="2026-05-01T12:00:00.000000Z") == []
        assert len(log.read(from_at="2026-05-01T12:00:00.000000Z")) == 4
        assert (log.verify(), log.verify()[0]) == (log.head(), 4)


@pytest.mark.parametrize("change", ["UPDATE access SET person = 'b'", "DELETE FROM access",
    "INSERT OR REPLACE INTO access SELECT 2, at, kind, 'b', patient, data FROM access WHERE seq = 2",
    "INSERT INTO access SELECT seq + 9, at, kind, person, patient, data FROM access"])  # fmt: skip
def test_a_plain_client_changes_nothing(tmp_path: Path, change: str) -> None:
    fill(tmp_path)
    with plain_client(tmp_path / "access.db") as client, pytest.raises(sqlite.IntegrityError):
        client.execute(change)
    assert broken(tmp_path) == ("whole", -1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE access SET data = x'7b' WHERE seq = 2", ("row_unreadable", 2)),
        ("UPDATE access SET data = CAST(replace(data, 'a.n', 'b.n') AS BLOB) WHERE seq = 2", ("index_differs", 2)),
        ("UPDATE access SET data = CAST(replace(data, 'себеп', 'басқа') AS BLOB) WHERE seq = 2", ("prev_mismatch", 3)),
        ("UPDATE access SET person = 'b' WHERE seq = 2", ("index_differs", 2)),
        ("UPDATE access SET at = '2026' WHERE seq = 4", ("index_differs", 4)),
        ("DELETE FROM access WHERE seq = 2", ("row_missing", 2)),
        ("DELETE FROM access WHERE seq = 4", ("cut_off", 4)),
        ("UPDATE access SET data = CAST(replace(data, 'себеп', 'басқа') AS BLOB) WHERE seq = 4", ("not_as_noted", 4)),
    ],
)
def test_the_first_row_that_is_not_as_it_was_written_is_named(
    tmp_path: Path, change: str, found: tuple[str, int]
) -> None:
    fill(tmp_path)
    past_guards(tmp_path / "access.db", change)
    assert broken(tmp_path) == found


@pytest.mark.parametrize("seen_before", [False, True])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", ("whole", -1)),
        ("UPDATE access SET data = x'7b' WHERE seq = 4", ("row_unreadable", 4)),
        ("UPDATE access SET data = CAST(replace(data, 'r4', 'r5') AS BLOB) WHERE seq = 4", ("prev_mismatch", 5)),
        ("UPDATE access SET data = CAST(replace(data, 'r5', 'r4') AS BLOB) WHERE seq = 5", ("prev_mismatch", 6)),
        ("DELETE FROM access WHERE seq = 4", ("row_missing", 4)),
        ("DELETE FROM access WHERE seq > 4", ("cut_off", 5)),
        ("UPDATE access SET at = '2020' WHERE seq IN (4, 5)", ("index_differs", 4)),
        ("UPDATE access SET at = '2020' WHERE seq = 4", ("index_differs", 4)),
        ("UPDATE access SET at = '2030' WHERE seq IN (4, 5)", ("index_differs", 4)),
        ("UPDATE access SET at = '2030' WHERE seq = 5", ("index_differs", 5)),
        ("UPDATE access SET data = x'7b' WHERE seq = 1", ("whole", -1)),
    ],
)
def test_the_rows_of_a_day_are_as_they_were_written_also_when_that_was_seen_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, found: tuple[str, int], seen_before: bool
) -> None:
    """Rows 4 and 5 are of the third day, the head was noted outside at the end; the first day is another question."""
    monkeypatch.setattr("api.access.log._STRIDE", 1)
    outside = FileHeads(tmp_path / "heads"), GENESIS
    with open_access_log(tmp_path, outside=outside) as log:
        for n in range(10):
            log.clock = partial(NOON.replace, day=1 + n // 2)
            log.note("read", person="a.n", reason=f"r{n}")
        log.pin()
        if seen_before:
            log.verify()
        past_guards(tmp_path / "access.db", change)
        assert judge(log, ("2026-05-03", "2026-05-04")) == found


def test_a_day_is_seen_again_without_a_walk_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.access.log._STRIDE", 2)
    fill(tmp_path, 20)
    with open_access_log(tmp_path, outside=(FileHeads(tmp_path / "heads"), GENESIS)) as log:
        assert judge(log, ("2026", "2026-05")) == ("whole", -1)
        past_guards(tmp_path / "access.db", "UPDATE access SET data = x'7b' WHERE seq = 9")
        assert judge(log, ("2026", "2026-05")) == ("whole", -1), "the walk ended where the one before had passed"
    assert broken(tmp_path) == ("row_unreadable", 9)


def test_a_cut_log_goes_on_and_stays_cut(tmp_path: Path) -> None:
    """Nobody is kept from a patient's data for it, and no later row mends it."""
    fill(tmp_path)
    past_guards(tmp_path / "access.db", "DELETE FROM access WHERE seq >= 3")
    fill(tmp_path, 9)
    assert broken(tmp_path) == ("not_as_noted", 4)


def test_an_older_copy_put_back_is_missed(tmp_path: Path) -> None:
    fill(tmp_path)
    shutil.copy(tmp_path / "access.db", tmp_path / "copy")
    fill(tmp_path)
    for path in tmp_path.glob("access.db*"):
        path.unlink()
    shutil.copy(tmp_path / "copy", tmp_path / "access.db")
    assert broken(tmp_path) == ("cut_off", 5)
    for path in tmp_path.glob("access.db*"):
        path.unlink()
    assert broken(tmp_path) == ("cut_off", 0)


def test_all_who_write_at_once_are_in_it_once(tmp_path: Path) -> None:
    with open_access_log(tmp_path) as one, open_access_log(tmp_path) as other, ThreadPoolExecutor(16) as people:
        logs = [one, other] * 100
        list(people.map(lambda n: logs[n].note("read", person=str(n), patient="p"), range(200)))
        assert sorted(int(row.person) for row in one.read()) == list(range(200))
        assert one.verify()[0] == 200


def test_many_are_noted_in_one_commit_each_in_a_row_of_its_own(tmp_path: Path) -> None:
    with open_access_log(tmp_path, clock=lambda: NOON) as log:
        log.note_each("read", [], person="a.n")
        log.note_each("read", ["p1", "p2"], person="a.n", detail="search")
        log.note("read", person="b.s", patient="p1")
        assert [(row.seq, row.person, row.patient) for row in log.read()] == [
            (2, "b.s", "p1"), (1, "a.n", "p2"), (0, "a.n", "p1"),
        ]  # fmt: skip
        assert log.verify()[0] == 3


def test_what_is_not_stored_is_told_to_each_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_access_log(tmp_path) as log:
        with monkeypatch.context() as failing:
            failing.setattr("api.access.log.to_bytes", lambda _: (_ for _ in ()).throw(NotStored()))
            with pytest.raises(SenimError):
                log.note("read", person="a", patient="p")
        log.note("read", person="b", patient="p")
        assert [row.person for row in log.read()] == ["b"]


def note_and_die(folder: Path) -> None:
    log = AccessLog(folder / "access.db", lambda: NOON, None)
    log.note("read", person="a", patient="p1")
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_noted_outlives_a_kill(tmp_path: Path) -> None:
    assert children.run(note_and_die, tmp_path) == -signal.SIGKILL
    with open_access_log(tmp_path) as log:
        assert [row.patient for row in log.read()] == ["p1"]
        assert log.verify()[0] == 1


@pytest.mark.parametrize("told", ["850615100017", "Сәуле Абай", "p1 OR 1=1", "x" * 65])
def test_what_is_no_pseudonym_is_not_kept(tmp_path: Path, told: str) -> None:
    with open_access_log(tmp_path) as log:
        log.note("not_found", person="a", patient=told)
        assert log.read()[0].patient == "?"
    assert told.encode() not in (tmp_path / "access.db").read_bytes()


def test_a_reason_of_any_letters_is_kept_as_one_line(tmp_path: Path) -> None:
    with open_access_log(tmp_path) as log:
        log.note("read", person="a", patient="p", reason="и\u0306\n\u202eа\ud800🌷" + "x" * 900)
        assert log.read()[0].reason.startswith("й  а 🌷xxx")
        assert len(log.read()[0].reason) <= 500
        log.verify()


def test_the_file_is_private_and_an_exposed_one_is_not_used(tmp_path: Path) -> None:
    fill(tmp_path)
    assert (tmp_path / "access.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "access.db").chmod(0o644)
    with pytest.raises(LedgerReadOnly, match="file_exposed"), open_access_log(tmp_path):
        pass


def test_the_head_is_noted_outside_when_it_is_closed_and_with_each_day(tmp_path: Path) -> None:
    days, heads = iter([NOON.replace(day=day) for day in (1, 1, 2, 2)]), FileHeads(tmp_path / "heads")
    now = [next(days)]
    log = AccessLog(tmp_path / "access.db", lambda: now[0], (heads, GENESIS))
    with closing(log):
        log.note("read", person="a", patient="p")
        for size, noted in ((2, 1), (3, 3), (4, 3)):
            now[0] = next(days)
            log.note("read", person="a", patient="p")
            assert (log.head()[0], heads.read("senim-access", GENESIS)[0]) == (size, noted)  # type: ignore[index]
    assert heads.read("senim-access", GENESIS) == (4, heads.read("senim-access", GENESIS)[1])  # type: ignore[index]


def test_a_look_is_not_noted_by_who_may_not_wait_for_the_disk(tmp_path: Path) -> None:
    fill(tmp_path)
    with open_access_log(tmp_path) as log:
        with hurried(), pytest.raises(LedgerBusy):
            log.note("read", person="a.n", patient="p1")
        assert log.head()[0] == 5
