"""Killed at any of its system calls, a backup is whole or not there, and a restore can be made again."""

import os
import re
import shutil
from collections.abc import Callable

import pytest

from tests.service.killing import open_children
from tests.service.site import Site, furnished, site

__all__ = ["furnished", "site"]
pytestmark = pytest.mark.slow

CALLS = ("pwrite64", "fdatasync", "fsync", "link")
MOST = 2
"""Times at which each call is killed: the first, the last, and between."""

CHILD = """
import sys
from ledger.cli import main

def work(*arguments):
    sys.argv[1:] = arguments
    main()
"""


def killed_at_each_call(strace: str, site: Site, arguments: list[str], clear: Callable[[], None]) -> int:
    """Let *clear* look after each kill; how many there were."""
    trace, kills = site.folder / "calls", 0
    with open_children(strace, site.folder, CHILD, SENIM_HEADS=str(site.heads)) as children:
        assert children.run(arguments, "-e", "trace=" + ",".join(CALLS), "-o", str(trace))[0] == 0
        clear()
        for call in CALLS:
            times = len(re.findall(rf"\b{call}\(", trace.read_text()))
            for number in sorted({*range(1, times, -(-times // MOST)), times} - {0}) if times else ():
                inject = f"inject={call}:signal=SIGKILL:when={number}"
                kills += children.run(arguments, "-e", f"trace={call}", "-e", inject, "-o", os.devnull)[0] != 0
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

    arguments = ["backup", str(out), "--dir", str(site.data)]
    assert killed_at_each_call(program("strace"), site, arguments, clear) >= 6
    assert set(whole) == {True, False}


@pytest.mark.once("what it is killed at is the writing of a file")
def test_a_killed_restore_is_made_again(site: Site, program: Callable[[str], str]) -> None:
    backup, target = site.backup(), site.folder / "restored"

    def clear() -> None:
        """A register is there, whole; or none is, and the next restore takes the folder as it is."""
        whole = (target / "ledger.db").exists()
        assert site.restore(backup, site.data).code == (2 if whole else 0)
        assert site.verdict(target)[0] == "pass"
        assert not list(target.glob(".restoring.*"))
        shutil.rmtree(target)

    arguments = ["restore", str(backup), "--from", str(site.data), "--dir", str(target)]
    assert killed_at_each_call(program("strace"), site, arguments, clear) >= 8
