"""A process that dies at any step of an append leaves the whole transaction or none of it."""

import signal
from pathlib import Path

import pytest

from ledger.storage.store import SqlStore
from tests.storage import children
from tests.storage.world import check_store, record

TILE_EDGE = 254
"""The three entries of the append fill a tile."""


def survives(path: Path, size: int) -> None:
    """What is left adds up, and the next append follows it."""
    store = SqlStore(path)
    check_store(store, size=size)
    record(store, "next")
    check_store(store, size=size + 1)
    store.close()


@pytest.mark.parametrize("step", children.STEPS)
def test_a_kill_at_a_step_leaves_all_or_nothing(path: Path, step: str) -> None:
    store = SqlStore(path)
    record(store, *map(str, range(TILE_EDGE)))
    store.close()
    assert children.run(children.die_at, path, step) == -signal.SIGKILL
    survives(path, TILE_EDGE + (3 if step == "committed" else 0))


@pytest.mark.once("the file's own log and size")
def test_a_kill_within_the_commit_leaves_nothing(blank: Path, tmp_path: Path) -> None:
    """The log is torn at many bytes of the commit, the last one among them."""
    first = tmp_path / "first.db"
    first.write_bytes(blank.read_bytes())
    whole = children.measured(first, TILE_EDGE)
    frame = 24 + 4096
    assert whole % frame == 0
    assert whole > 5 * frame
    torn = {0, 1, 24, 25, frame, frame + 12, whole // 2, whole - frame, whole - frame + 24, whole - 1}
    for n, more in enumerate(sorted(torn)):
        path = tmp_path / f"{n}.db"
        path.write_bytes(blank.read_bytes())
        assert children.run(children.die_after_bytes, path, TILE_EDGE, more) == -signal.SIGXFSZ
        survives(path, TILE_EDGE)
    path = tmp_path / "whole.db"
    path.write_bytes(blank.read_bytes())
    assert children.run(children.die_after_bytes, path, TILE_EDGE, whole) == children.RECORDED
    survives(path, TILE_EDGE + 3)


@pytest.mark.once("the file's own log and size")
@pytest.mark.parametrize("more", [0, 5_000, 20_000])
def test_a_disk_that_takes_no_more_makes_the_ledger_read_only(path: Path, more: int) -> None:
    """Nothing is recorded, and when there is room again the same process goes on."""
    assert children.run(children.fill_the_disk, path, more) == children.READ_ONLY
    store = SqlStore(path)
    check_store(store, size=2)
    store.close()
