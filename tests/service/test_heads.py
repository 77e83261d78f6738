"""A head is signed over what lies there, once, and never beside an earlier one."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysqlite3
import pytest

from ledger.cli.wiring import open_house
from ledger.errors import LedgerReadOnly
from ledger.log.checkpoint import open_checkpoint
from ledger.service.checkpoints import check_head, sign_head, verifier_key
from tests.service.conftest import World


def test_a_head_is_signed_by_the_log_and_opens_with_its_key(world: World) -> None:
    row = sign_head(world.ledger)
    head = open_checkpoint(row.note, key=verifier_key(world.ledger))
    assert (head.origin, head.size, head.root) == (world.ledger.log, world.size(), row.root)
    assert sign_head(world.ledger) == row


def copy(world: World) -> Path:
    """The data directory as a backup of a closed ledger would hold it."""
    world.house.close()
    target = world.folder / "copy"
    shutil.copytree(world.folder / "data", target)
    return target


def test_a_restored_copy_does_not_sign_a_second_history(world: World) -> None:
    sign_head(world.ledger)
    backup = copy(world)
    world.house = open_house(world.folder / "data", heads=world.heads)
    world.ledger.append([world.move()], via="api")
    sign_head(world.ledger)
    world.house.close()
    with pytest.raises(LedgerReadOnly) as refused:
        open_house(backup, heads=world.heads)
    assert refused.value.reason == "head_ahead"


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


def flip(database: Path, table: str, column: str, where: str) -> None:
    """One bit of one value, past the guards, as a failing disk would."""
    connection = pysqlite3.connect(str(database), isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
    flipped = bytes(value[:5]) + bytes([value[5] ^ 1]) + bytes(value[6:])
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (flipped,))
    connection.close()


@pytest.mark.parametrize(("table", "column"), [("entry", "data"), ("entry", "leaf")])
def test_a_flipped_bit_before_signing_is_found_and_not_signed(world: World, table: str, column: str) -> None:
    signed = sign_head(world.ledger)
    world.ledger.append([world.move()], via="api")
    flip(world.folder / "data" / "ledger.db", table, column, f"seq = {signed.size}")
    with pytest.raises(LedgerReadOnly) as refused:
        sign_head(world.ledger)
    assert refused.value.reason == "self_check"
    assert world.heads.read(world.ledger.log, world.ledger.genesis()) == (signed.size, signed.root)


def test_missing_guards_stop_the_ledger_at_its_start(world: World) -> None:
    world.house.close()
    connection = pysqlite3.connect(str(world.folder / "data" / "ledger.db"), isolation_level=None)
    (name,) = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1").fetchone()
    connection.execute(f"DROP TRIGGER {name}")
    connection.close()
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


def test_the_lost_heads_store_is_begun_again(world: World) -> None:
    signed = sign_head(world.ledger)
    world.house.close()
    shutil.rmtree(world.folder / "heads")
    world.house = open_house(world.folder / "data", heads=world.heads)
    assert check_head(world.ledger) is None
    assert sign_head(world.ledger).root == signed.root
