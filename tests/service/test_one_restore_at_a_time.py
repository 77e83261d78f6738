"""A restore is alone in the folder that it writes and in those that it reads; each of two is told what is wrong."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.storage.holding import hold
from tests.service.site import Site, furnished, site

__all__ = ["furnished", "site"]


@contextmanager
def working(folder: Path, *, alone: bool) -> Iterator[None]:
    """Another program that works in *folder*."""
    held = hold(folder, alone=alone)
    assert held is not None
    try:
        yield
    finally:
        os.close(held)


def test_of_two_restores_into_one_folder_the_second_is_told_of_the_first(site: Site) -> None:
    backup = site.backup()
    (site.folder / "restored").mkdir()
    (site.folder / "restored" / ".restoring.first").mkdir()
    with working(site.folder / "restored", alone=True):
        told = site.restore(backup, site.data)
        assert (told.code, told.json["code"]) == (2, "restore_running")
        assert (site.folder / "restored" / ".restoring.first").is_dir(), "it takes nothing from under the first"
    assert site.restore(backup, site.data).code == 0
    told = site.restore(backup, site.data)
    assert told.json["code"] == "directory_taken"


def test_nothing_is_restored_from_a_folder_that_still_records(site: Site) -> None:
    backup = site.backup()
    with working(site.data, alone=False):
        told = site.restore(backup, site.data)
        assert (told.code, told.json["code"]) == (2, "still_recording")
        assert site.record(1).code == 0, "two programs may record at once"
    assert site.restore(backup, site.data).code == 0


def test_nothing_is_recorded_in_a_folder_while_it_is_restored_from(site: Site) -> None:
    before = site.balance()
    with working(site.data, alone=True):
        told = site.record(1)
        assert told.code == 1
        assert "A restore or a move of the register reads or writes" in told.said
        assert site.balance() == before, "it can be read"
    assert site.record(1).code == 0


def test_a_file_system_without_locks_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(descriptor: int, operation: int) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(fcntl, "flock", unknown)
    assert hold(tmp_path, alone=True) is None
