"""A head is signed over what lies there, once, and never beside an earlier one."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.wiring import open_house
from ledger.errors import LedgerReadOnly
from ledger.log.checkpoint import open_checkpoint
from ledger.service.checkpoints import adopt_head, sign_head, verifier_key
from ledger.storage.heads import FileHeads
from ledger.storage.layout import find_where
from ledger.storage.store import SqlStore
from tests.registers import copy_register
from tests.service.conftest import World
from tests.storage.world import drop_guards, plain_client, to_theirs


def test_a_head_is_signed_by_the_log_and_opens_with_its_key(world: World) -> None:
    row = sign_head(world.ledger)
    head = open_checkpoint(row.note, key=verifier_key(world.ledger))
    assert (head.origin, head.size, head.root) == (world.ledger.log, world.size(), row.root)
    assert sign_head(world.ledger) == row


def copy(world: World) -> Path:
    """The data directory as a backup of a closed ledger would hold it."""
    world.house.close()
    return copy_register(world.folder / "data", world.folder / "copy")


def test_a_restored_copy_does_not_sign_a_second_history(world: World) -> None:
    sign_head(world.ledger)
    backup = copy(world)
    world.house = open_house(world.folder / "data", heads=world.heads)
    world.ledger.append([world.move()], via="api")
    sign_head(world.ledger)
    world.house.close()
    with pytest.raises(LedgerReadOnly, match="head_ahead"):
        open_house(backup, heads=world.heads, writes=True)
    world.house = open_house(backup, heads=world.heads)  # it can be read
    move = world.move(1)
    for write in (lambda: world.ledger.append([move], via="api"), lambda: sign_head(world.ledger)):
        with pytest.raises(LedgerReadOnly, match="head_ahead"):
            write()
    with pytest.raises(LedgerReadOnly, match="head_ahead"):
        adopt_head(world.ledger)


def test_two_directories_of_one_log_do_not_both_sign(world: World) -> None:
    sign_head(world.ledger)
    backup = copy(world)
    world.house, twin = (open_house(each, heads=world.heads) for each in (world.folder / "data", backup))
    world.ledger.append([world.move(0)], via="api")
    sign_head(world.ledger)
    other = World(world.folder, twin, world.keys)
    other.ledger.append([other.move(1)], via="api")
    with pytest.raises(LedgerReadOnly) as refused:
        sign_head(twin.ledger)
    assert refused.value.reason == "head_differs"
    twin.close()


def flip(directory: Path, table: str, column: str, at: int) -> None:
    """One bit of one value of entry *at*, past the guards, as a failing disk would."""
    where = find_where(directory)
    with plain_client(where) as client:
        drop_guards(client, where)
        (value,) = client.execute(f"SELECT {column} FROM {table} WHERE seq = {at}").fetchone()
        flipped = bytes(value[:5]) + bytes([value[5] ^ 1]) + bytes(value[6:])
        client.execute(to_theirs(where, f"UPDATE {table} SET {column} = ? WHERE seq = {at}"), (flipped,))


@pytest.mark.parametrize(("table", "column"), [("entry", "data"), ("entry", "leaf")])
def test_a_flipped_bit_before_signing_is_found_and_not_signed(world: World, table: str, column: str) -> None:
    signed = sign_head(world.ledger)
    world.ledger.append([world.move()], via="api")
    flip(world.folder / "data", table, column, signed.size)
    with pytest.raises(LedgerReadOnly) as refused:
        sign_head(world.ledger)
    assert refused.value.reason == "self_check"
    assert world.heads.read(world.ledger.log, world.ledger.genesis()) == (signed.size, signed.root)


def test_missing_guards_stop_the_ledger_at_its_start(world: World) -> None:
    world.house.close()
    where = find_where(world.folder / "data")
    with plain_client(where) as client:
        drop_guards(client, where)
    with pytest.raises(LedgerReadOnly) as refused:
        open_house(world.folder / "data", heads=world.heads)
    assert refused.value.reason == "self_check"


def test_a_clock_behind_the_last_entry_makes_the_ledger_read_only(world: World) -> None:
    world.ledger.append([world.move()], via="api")
    move, before = world.move(1), world.size()
    world.ledger.clock = lambda: datetime.now(UTC) - timedelta(seconds=10)
    with pytest.raises(LedgerReadOnly) as refused:
        world.ledger.append([move], via="api")
    assert (refused.value.reason, world.size()) == ("clock_astray", before)
    world.ledger.clock = lambda: datetime.now(UTC)
    world.ledger.append([move], via="api")


def test_time_goes_forward_even_where_the_clock_stands(world: World) -> None:
    moves = [world.move(0), world.move(1)]
    now = datetime.now(UTC)
    world.ledger.clock = lambda: now
    first = world.ledger.append([moves[0]], via="api")[0]
    second = world.ledger.append([moves[1]], via="api")[0]
    assert second.recorded_at > first.recorded_at


def test_a_machine_that_knows_of_no_head_only_reads_until_it_is_told_to_go_on(world: World) -> None:
    signed = sign_head(world.ledger)
    world.ledger.append([world.move()], via="api")
    move = world.move(1)
    world.house.close()
    shutil.rmtree(world.folder / "heads")
    world.house = open_house(world.folder / "data", heads=world.heads)
    assert world.stock()["safe"] > 0
    for write in (lambda: world.ledger.append([move], via="api"), lambda: sign_head(world.ledger)):
        with pytest.raises(LedgerReadOnly, match="head_lost"):
            write()
    assert adopt_head(world.ledger) == (signed.size, signed.root)
    world.ledger.append([move], via="api")
    assert sign_head(world.ledger).size == signed.size + 2


def test_a_head_that_another_machine_noted_is_adopted_only_with_its_entries(world: World) -> None:
    sign_head(world.ledger)
    backup = copy(world)
    world.house = open_house(world.folder / "data", heads=world.heads)
    world.ledger.append([world.move()], via="api")
    newest = sign_head(world.ledger)
    world.house.close()
    elsewhere = FileHeads(world.folder / "heads", machine="0" * 32)
    for directory, refusal in ((backup, "head_ahead"), (world.folder / "data", None)):
        world.house = open_house(directory, heads=elsewhere)
        assert world.ledger.read_only is not None
        assert world.ledger.read_only.reason == "head_other_machine"
        if refusal is None:
            assert adopt_head(world.ledger) == (newest.size, newest.root)
        else:
            with pytest.raises(LedgerReadOnly, match=refusal):
                adopt_head(world.ledger)
        world.house.close()


def test_after_a_crash_the_head_outside_is_published_before_a_newer_one(world: World) -> None:
    sign_head(world.ledger)
    world.ledger.append([world.move()], via="api")
    with world.ledger.reading() as reading:
        outside = (reading.head.size, reading.head.frontier.root())
    known = world.heads.read(world.ledger.log, world.ledger.genesis())
    world.heads.advance(world.ledger.log, world.ledger.genesis(), old=known, new=outside)
    world.ledger.append([world.move(1)], via="api")
    assert sign_head(world.ledger).size == outside[0] + 1
    with world.ledger.reading() as reading:
        assert [row.size for row in reading.checkpoints()][-2:] == [outside[0], outside[0] + 1]


def test_of_two_that_sign_at_once_both_get_a_head(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one records and signs between our reading of the entries and our having the right to sign."""
    sign_head(world.ledger)
    other = World(world.folder, open_house(world.folder / "data", heads=world.heads), world.keys)
    signing, first = SqlStore.signing, [True]

    def overtaken(store: SqlStore) -> Any:
        if first.pop() if first else False:
            other.ledger.append([other.move(1)], via="api")
            sign_head(other.ledger)
        return signing(store)

    monkeypatch.setattr(SqlStore, "signing", overtaken)
    world.ledger.append([world.move(0)], via="api")
    row = sign_head(world.ledger)
    assert row.size == world.size()
    assert sign_head(other.ledger) == row
    other.house.close()
