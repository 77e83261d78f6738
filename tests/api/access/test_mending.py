"""A damaged access log keeps no server from starting, and nobody can take the new one for all there was."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.access import open_access_log, put_damaged_aside
from ledger.errors import LedgerReadOnly
from ledger.storage.heads import FileHeads
from tests.api.access.test_log import GENESIS, broken, fill
from tests.faults.counter import Counter

PAGE = 4096
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "something else": lambda _: b"no database" * 1000,
    "cut": lambda data: data[: 2 * PAGE],
    "a page of rows": lambda data: data[:PAGE] + bytes(PAGE) + data[2 * PAGE :],
    "a page of an index": lambda data: data[: 3 * PAGE] + b"\xff" * PAGE + data[4 * PAGE :],
}
SERVE = (
    "import uvicorn; from ledger.cli import main;"
    "uvicorn.Server.run = lambda server, sockets: setattr(server, 'started', True);"
    "main()"
)
"""`senim`, whose server ends as soon as it could answer."""


def damage(folder: Path, how: str) -> bytes:
    path = folder / "access.db"
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    return path.read_bytes()


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_log_is_put_aside_as_it_was_and_the_new_one_says_so(tmp_path: Path, how: str) -> None:
    fill(tmp_path, 100)
    left = damage(tmp_path, how)
    assert put_damaged_aside(tmp_path) == "access.moved-1.db"
    assert (tmp_path / "access.moved-1.db").read_bytes() == left
    with open_access_log(tmp_path, outside=(FileHeads(tmp_path / "heads"), GENESIS)) as log:
        assert [(row.seq, row.kind, row.detail) for row in log.read()] == [(0, "log_damaged", "access.moved-1.db")]
        log.note("read", person="a.n", patient="p1", reason="care")
    assert broken(tmp_path) == ("cut_off", 2)
    assert put_damaged_aside(tmp_path) is None, "the new one is whole"
    fill(tmp_path, 200)
    assert broken(tmp_path) == ("not_as_noted", 99)


def test_what_is_whole_missing_or_open_to_all_is_left_where_it_is(tmp_path: Path) -> None:
    assert put_damaged_aside(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path)
    assert put_damaged_aside(tmp_path) is None
    assert broken(tmp_path) == ("whole", -1)
    (tmp_path / "access.db").chmod(0o644)
    with pytest.raises(LedgerReadOnly, match="file_exposed"):
        put_damaged_aside(tmp_path)


def test_a_server_starts_where_the_access_log_is_damaged_and_tells_it(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    folder = counter.house.directory
    counter.house.close()
    fill(folder)
    damage(folder, "something else")
    command = [sys.executable, "-c", SERVE, "serve", "--dir", str(folder), "--port", "0", "--lang", "ru"]
    env = os.environ | {"SENIM_HEADS": str(tmp_path / "heads")}
    told = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=env)
    assert told.returncode == 0, told.stderr
    assert told.stderr == "Журнал просмотров повреждён. Теперь он лежит в access.moved-1.db, и начат новый.\n"
    with open_access_log(folder) as log:
        assert log.read()[-1].kind == "log_damaged"
