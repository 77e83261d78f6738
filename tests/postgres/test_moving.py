"""A ledger moves into PostgreSQL and back: the same bytes, the same root, or nothing; what was there is kept."""

import os
import signal
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.cli import moving
from ledger.cli.wiring import open_house
from ledger.errors import LedgerBusy, LedgerReadOnly, WronglyCalled
from ledger.service.checkpoints import sign_head
from ledger.storage import moving as copying
from ledger.storage import postgres
from ledger.storage.layout import ELSEWHERE, LEDGER, choose_schema, find_where
from ledger.storage.places import Schema
from ledger.storage.shelves import Source
from ledger.storage.store import SqlStore
from ledger.storage.tables import TABLES
from tests.postgres.server import Server
from tests.service.conftest import World

_processes = get_context("forkserver")


@pytest.fixture
def moved(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A facility with a few entries and a signed head, in PostgreSQL; its program has ended."""
    monkeypatch.setenv("SENIM_HEADS", str(world.folder / "heads"))
    world.ledger.append([world.move()], via="api")
    sign_head(world.ledger)
    world.house.close()
    yield world
    theirs = choose_schema(server.address, world.ledger.log).name
    with psycopg.connect(server.address, autocommit=True) as owner:
        found = owner.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (theirs,)).fetchall()
        for (name,) in found:
            owner.execute(f'DROP SCHEMA "{name}" CASCADE')


def rows(directory: Path) -> dict[str, list[Any]]:
    store = SqlStore(find_where(directory))
    with store.reading() as reading:
        found = {name: list(reading.all_rows(name)) for name in TABLES}
    store.close()
    return found


def reopen(world: World) -> None:
    world.house = open_house(world.folder / "data", heads=world.heads, writes=True)


def test_a_ledger_goes_to_a_file_and_to_another_database_and_is_the_same(moved: World, server: Server) -> None:
    data = moved.folder / "data"
    before, first = rows(data), find_where(data)
    for target, kind in (("sqlite", Path), (server.address, Schema), ("sqlite", Path)):
        moving.move_store(data, target, as_json=True)
        assert isinstance(find_where(data), kind)
        assert rows(data) == before
    assert sorted(path.name for path in data.glob("ledger*")) == [LEDGER, "ledger.moved-1.db"]
    for path in data.glob("ledger*"):
        assert path.stat().st_mode & 0o777 == 0o600
    reopen(moved)
    (receipt,) = moved.ledger.append([moved.move(1)], via="api")
    assert receipt.seq == len(before["entry"])
    assert sign_head(moved.ledger).size == receipt.seq + 1
    assert isinstance(first, Schema)


def test_nobody_finds_the_old_one_to_record_in(moved: World) -> None:
    data = moved.folder / "data"
    old = SqlStore(find_where(data))
    moving.move_store(data, "sqlite", as_json=True)
    for door in (old.reading, old.writing):
        with pytest.raises(LedgerReadOnly, match="database_missing"), door():
            pass
    old.close()


def test_what_is_copied_cannot_grow_meanwhile(moved: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this machine's programs none gets in; of another one's none gets the head."""
    monkeypatch.setitem(postgres._LIMITS, "lock_timeout", "200ms")
    data, met = moved.folder / "data", []
    copy = copying.copy_ledger
    other = SqlStore(find_where(data))

    def copy_while_others_come(*given: Any, **more: Any) -> bytes:
        with pytest.raises(LedgerReadOnly, match="being_restored"):
            open_house(data, heads=moved.heads, writes=True)
        with pytest.raises(LedgerBusy), other.writing():
            pass
        met.append(True)
        return copy(*given, **more)

    monkeypatch.setattr(moving, "copy_ledger", copy_while_others_come)
    moving.move_store(data, "sqlite", as_json=True)
    other.close()
    assert met


def test_while_a_program_works_nothing_is_moved(moved: World) -> None:
    data = moved.folder / "data"
    reopen(moved)
    with pytest.raises(WronglyCalled, match="still_working"):
        moving.move_store(data, "sqlite", as_json=True)
    assert isinstance(find_where(data), Schema)


def test_a_target_that_is_taken_is_left_alone(moved: World, server: Server) -> None:
    """By the same log, which went on since: its history is nobody's to write over."""
    data = moved.folder / "data"
    taken, store = choose_schema(server.address, moved.ledger.log), SqlStore(find_where(data))
    with store.reading() as reading:
        copying.copy_ledger(reading, taken)
    store.close()
    reopen(moved)
    moved.ledger.append([moved.move(1)], via="api")
    moved.house.close()
    before = rows(data)
    with pytest.raises(WronglyCalled, match="target_taken"):
        moving.move_store(data, server.address, as_json=True)
    assert rows(data) == before


@pytest.mark.parametrize("address", ["host=x password=y", "postgresql://u:p@h/d", "nonsense", "sqlite3"])
def test_an_address_with_a_password_is_refused(moved: World, address: str) -> None:
    with pytest.raises(WronglyCalled, match="address_malformed"):
        moving.move_store(moved.folder / "data", address, as_json=True)


def test_what_arrives_otherwise_is_not_kept(moved: World, monkeypatch: pytest.MonkeyPatch) -> None:
    data = moved.folder / "data"
    before = rows(data)
    put = Source.put

    def put_otherwise(self: Any, statement: str, given: Any) -> None:
        if statement.startswith("INSERT INTO sealed"):
            given = [(*row[:-1], b"other") for row in given]
        put(self, statement, given)

    monkeypatch.setattr(Source, "put", put_otherwise)
    with pytest.raises(LedgerReadOnly, match="copy_differs"):
        moving.move_store(data, "sqlite", as_json=True)
    assert (rows(data), (data / LEDGER).exists(), (data / ELSEWHERE).exists()) == (before, False, True)


def _move_and_die(data: Path, heads: Path, target: str, step: str) -> None:
    os.environ["SENIM_HEADS"] = str(heads)

    def die(*_: Any, **more: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(copying if step == "_verify" else moving, step, die)
    moving.move_store(data, target, as_json=True)


@pytest.mark.parametrize("step", ["_verify", "put_file", "put_where", "put_aside"])
def test_a_move_that_is_killed_leaves_one_register_and_is_called_again(moved: World, server: Server, step: str) -> None:
    """Nothing was moved, or all of it; the one that is left whole beside it is out of everybody's way then."""
    data = moved.folder / "data"
    before = rows(data)
    targets = ["sqlite", server.address] if step == "put_where" else ["sqlite"]
    for target in targets[:-1]:
        moving.move_store(data, target, as_json=True)
    process = _processes.Process(target=_move_and_die, args=(data, moved.folder / "heads", targets[-1], step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert rows(data) == before
    if step != "put_aside":
        moving.move_store(data, targets[-1], as_json=True)
    assert rows(data) == before
    reopen(moved)
    assert sign_head(moved.ledger).size == len(before["entry"])
