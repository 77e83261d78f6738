"""Killed at any of its system calls, a backup is whole or not there, and a restore can be made again."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.service.site import Site, furnished, site

__all__ = ["furnished", "site"]
pytestmark = pytest.mark.slow

CALLS = ("pwrite64", "fdatasync", "fsync", "link")
MOST = 2
"""Times at which each call is killed: the first, the last, and between."""


def run(strace: str, site: Site, arguments: list[str | Path], *options: str) -> int:
    child = f"import sys; sys.argv[1:] = {list(map(str, arguments))!r}; from ledger.cli import main; main()"
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "SENIM_HEADS": str(site.heads)}
    command = [strace, "-f", "-qq", *options, sys.executable, "-c", child]
    return subprocess.run(command, capture_output=True, env=environ, check=False).returncode


def killed_at_each_call(strace: str, site: Site, arguments: list[str | Path], clear: Callable[[], None]) -> int:
    """Let *clear* look after each kill; how many there were."""
    trace, kills = site.folder / "calls", 0
    assert run(strace, site, arguments, "-e", "trace=" + ",".join(CALLS), "-o", str(trace)) == 0
    clear()
    for call in CALLS:
        times = len(re.findall(rf"\b{call}\(", trace.read_text()))
        for number in sorted({*range(1, times, -(-times // MOST)), times} - {0}) if times else ():
            inject = f"inject={call}:signal=SIGKILL:when={number}"
            kills += run(strace, site, arguments, "-e", f"trace={call}", "-e", inject, "-o", os.devnull) != 0
            clear()
    return kills


def test_a_killed_backup_is_whole_or_not_there(site: Site, program: Callable[[str], str]) -> None:
    out, whole = site.folder / "backup", []

    def clear() -> None:
        whole.append(out.exists())
        if out.exists():
            assert site.restore(out, site.data).code == 0
            shutil.rmtree(site.folder / "restored")
            out.unlink()
        for left in site.folder.glob(".backup.*"):
            shutil.rmtree(left)

    arguments: list[str | Path] = ["backup", out, "--dir", site.data]
    assert killed_at_each_call(program("strace"), site, arguments, clear) >= 6
    assert set(whole) == {True, False}


def test_a_killed_restore_is_made_again(site: Site, program: Callable[[str], str]) -> None:
    backup, target = site.backup(), site.folder / "restored"

    def clear() -> None:
        """A register is there, whole; or none is, and the next restore takes the folder as it is."""
        whole = (target / "ledger.db").exists()
        assert site.restore(backup, site.data).code == (2 if whole else 0)
        assert site.verdict(target)[0] == "pass"
        assert not list(target.glob(".restoring.*"))
        shutil.rmtree(target)

    arguments: list[str | Path] = ["restore", backup, "--from", site.data, "--dir", target]
    assert killed_at_each_call(program("strace"), site, arguments, clear) >= 8
