"""A server that waits for its disk, as every one does outside of tests: it answers a commit once the log is flushed."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.append import enrol, furnish
from ledger.storage import layout
from tests.postgres.server import MISSING, Server, has_postgres
from tests.service.conftest import World
from tests.service.test_power_lost import FLUSHES, played
from tests.storage.world import plain_client

TIMES = 5


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    if not has_postgres():
        pytest.skip(MISSING)
    durable = Server(durable=True)
    durable.set("wal_writer_delay", "10s")  # nobody else flushes for the one who commits
    where = durable.new_place()
    monkeypatch.setattr(layout, "choose_where", lambda directory: where)
    made = World(tmp_path, furnish(tmp_path))
    made.keys = enrol(made.house)
    yield made
    made.house.close()
    durable.remove()


def test_a_commit_is_flushed_before_it_is_answered(world: World, tmp_path: Path, program: Callable[[str], str]) -> None:
    moves = [world.move(n) for n in range(TIMES)]
    with plain_client(layout.find_where(world.folder / "data")) as owner:
        rows = owner.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'senim'").fetchall()
    trace, processes = tmp_path / "calls", [str(pid) for (pid,) in rows]
    calls = "trace=pwrite64,pwritev,fsync,fdatasync,sendto"
    command = [program("strace"), "-f", "-y", "-e", calls, "-o", str(trace), "-p", ",".join(processes)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        for _ in processes:
            assert "attached" in tracer.stderr.readline()
        for move in moves:
            world.ledger.append([move], via="api")
        tracer.terminate()
        tracer.stderr.read()
    written, dirty, answered = False, False, 0
    for call, path, rest in played(trace.read_text()):
        if "pg_wal" in path:
            dirty = f"{call}(" not in FLUSHES
            written |= dirty
        elif "COMMIT" in rest:
            assert not dirty, "answered before it was flushed"
            answered += written
            written = False
    assert answered >= TIMES
