"""The last signed head moves by compare-and-swap alone, and a damaged file is never "no head"."""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ledger.errors import LedgerReadOnly
from ledger.storage.heads import FileHeads, HeadAt, read_machine

LOG, GENESIS = "senim/semey-hospital/1", bytes([7]) * 32
FIRST: HeadAt = (10, bytes([1]) * 32)
SECOND: HeadAt = (12, bytes([2]) * 32)


@pytest.fixture
def heads(tmp_path: Path) -> FileHeads:
    return FileHeads(tmp_path / "heads")


def file_of(heads: FileHeads) -> Path:
    return heads._path(GENESIS)


def test_a_head_is_what_was_last_written(tmp_path: Path, heads: FileHeads) -> None:
    assert heads.read(LOG, GENESIS) is None
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    heads.advance(LOG, GENESIS, old=FIRST, new=SECOND)
    heads.advance(LOG, GENESIS, old=SECOND, new=SECOND)
    assert FileHeads(tmp_path / "heads").read(LOG, GENESIS) == SECOND
    assert heads.read(LOG, bytes(32)) is None


@pytest.mark.parametrize("old", [None, SECOND, (10, bytes(32)), (11, FIRST[1])])
def test_a_head_moves_only_from_where_it_is(heads: FileHeads, old: HeadAt | None) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    with pytest.raises(LedgerReadOnly, match="head_moved"):
        heads.advance(LOG, GENESIS, old=old, new=(20, bytes(32)))
    assert heads.read(LOG, GENESIS) == FIRST


@pytest.mark.parametrize("new", [(9, FIRST[1]), (10, SECOND[1]), (0, bytes(32))])
def test_a_head_never_goes_back_or_changes_its_root(heads: FileHeads, new: HeadAt) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    with pytest.raises(LedgerReadOnly, match="head_goes_back"):
        heads.advance(LOG, GENESIS, old=FIRST, new=new)
    assert heads.read(LOG, GENESIS) == FIRST


def test_of_many_at_once_one_wins(heads: FileHeads) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    won: list[int] = []

    def swap(n: int) -> None:
        try:
            heads.advance(LOG, GENESIS, old=FIRST, new=(100 + n, bytes([n]) * 32))
            won.append(n)
        except LedgerReadOnly:
            pass

    threads = [Thread(target=swap, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = won
    assert heads.read(LOG, GENESIS) == (100 + winner, bytes([winner]) * 32)


def test_every_damage_to_the_file_is_an_error(heads: FileHeads) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    whole = file_of(heads).read_bytes()
    damaged = [
        *(whole[:length] for length in range(len(whole))),
        whole + b"\n",
        b"\n" + whole,
        whole.replace(b"size 10", b"size 010"),
        whole.replace(b"size 10", b"size -1"),
        whole.replace(b"size 10", "size ١٠".encode()),
        whole.replace(b"\n", b"\r\n"),
        whole.replace(b"head/v1", b"head/v2"),
        whole.replace(b"0101", b"01AB"),
        whole.replace(b"semey", b"oskemen"),
        whole.replace(GENESIS.hex().encode(), bytes(32).hex().encode()),
    ]
    for data in damaged:
        assert data != whole
        file_of(heads).write_bytes(data)
        with pytest.raises(LedgerReadOnly, match="head_damaged"):
            heads.read(LOG, GENESIS)
        with pytest.raises(LedgerReadOnly, match="head_damaged"):
            heads.advance(LOG, GENESIS, old=None, new=FIRST)
        assert file_of(heads).read_bytes() == data


def test_a_head_of_another_machine_is_refused(tmp_path: Path, heads: FileHeads) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    elsewhere = FileHeads(tmp_path / "heads", machine="0" * 32)
    with pytest.raises(LedgerReadOnly, match="head_other_machine"):
        elsewhere.read(LOG, GENESIS)
    with pytest.raises(LedgerReadOnly, match="head_other_machine"):
        elsewhere.advance(LOG, GENESIS, old=FIRST, new=SECOND)


def test_a_machine_stays_the_same_and_is_not_named(heads: FileHeads) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    assert read_machine() == read_machine()
    assert read_machine().encode() in file_of(heads).read_bytes()
    identity = Path("/etc/machine-id")
    if identity.exists() and identity.read_text().strip():
        assert identity.read_text().strip() not in file_of(heads).read_text()


@pytest.mark.parametrize("new", [(-1, bytes(32)), (1, bytes(31)), (10**17, bytes(32))])
def test_nothing_is_written_that_could_not_be_read(heads: FileHeads, new: HeadAt) -> None:
    with pytest.raises(ValueError, match="head"):
        heads.advance(LOG, GENESIS, old=None, new=new)
    assert heads.read(LOG, GENESIS) is None


def test_a_crash_before_the_swap_leaves_the_old_head(heads: FileHeads, monkeypatch: pytest.MonkeyPatch) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            heads.advance(LOG, GENESIS, old=FIRST, new=SECOND)
    assert heads.read(LOG, GENESIS) == FIRST
    heads.advance(LOG, GENESIS, old=FIRST, new=SECOND)
    assert heads.read(LOG, GENESIS) == SECOND


def test_the_head_is_synced_before_it_is_published(heads: FileHeads, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, then its name, then the directory that holds the name."""
    done: list[str] = []

    def noted(name: str, does: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            done.append(name)
            return does(*args)

        return call

    monkeypatch.setattr(os, "fsync", noted("fsync", os.fsync))
    monkeypatch.setattr(Path, "rename", noted("rename", Path.rename))
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    assert done == ["fsync", "rename", "fsync"]


def test_files_and_directory_are_private(tmp_path: Path, heads: FileHeads) -> None:
    heads.advance(LOG, GENESIS, old=None, new=FIRST)
    assert (tmp_path / "heads").stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "heads").iterdir()} == {0o600}


def test_a_host_without_a_machine_id_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    monkeypatch.setattr(platform, "node", lambda: "one")
    one = read_machine()
    monkeypatch.setattr(platform, "node", lambda: "two")
    assert one != read_machine()


@pytest.mark.parametrize("where", ["file", "file/below", "lock is a folder"])
def test_a_place_that_cannot_hold_heads_is_told_from_a_missing_head(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "lock is a folder" / "lock").mkdir(parents=True)
    with pytest.raises(LedgerReadOnly, match="heads_unusable"):
        FileHeads(tmp_path / where).verify()


def test_what_has_ended_goes_on_in_one_log_only_and_nowhere_moves(heads: FileHeads) -> None:
    following = "senim/semey-hospital/2", bytes([9]) * 32
    heads.advance(LOG, GENESIS, old=None, new=SECOND)
    for _ in range(2):
        heads.end(LOG, GENESIS, last=FIRST, by=following)
    assert f"size {SECOND[0]}\n" in file_of(heads).read_text(), "more was signed than whoever ended it knew"
    for by in ((following[0], bytes(32)), ("senim/semey-hospital/3", following[1])):
        with pytest.raises(LedgerReadOnly, match="log_ended"):
            heads.end(LOG, GENESIS, last=SECOND, by=by)
    acts: list[Callable[[], object]] = [
        lambda: heads.read(LOG, GENESIS, of_any_machine=True),
        lambda: heads.advance(LOG, GENESIS, old=SECOND, new=(20, bytes(32))),
        lambda: heads.adopt(LOG, GENESIS, known=SECOND, new=(20, bytes(32))),
    ]
    for act in acts:
        with pytest.raises(LedgerReadOnly, match="log_ended") as stop:
            act()
        assert stop.value.values["by"] == following[0]
