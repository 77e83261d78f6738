"""Bad days for the machine: each ends in a plain sentence, the right verdict, and a way out that is walked here."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.storage.layout import find_where
from ledger.storage.places import Where
from tests.registers import copy_machine
from tests.service import processes
from tests.service.site import Site, damage, furnished, site
from tests.storage.world import plain_client

__all__ = ["furnished", "site"]
pytestmark = pytest.mark.slow


def test_a_copied_directory_stops_when_the_other_has_gone_on(site: Site) -> None:
    copy = site.copy("copy")
    assert site.record(2).code == 0
    told = site.record(1, dir=copy)
    assert (told.code, "looks like an old copy" in told.said) == (1, True)
    since = site.evidence() / "checkpoint"
    assert site.senim("verify", copy, "--vkey", site.vkey, "--since", since).code == 1
    assert site.restore(copy, site.data).code == 0
    site.works(site.folder / "restored", ward=5)


def test_of_two_copies_that_went_on_one_is_the_register(site: Site) -> None:
    """Both record before either signs: the first head holds, the other's entries are entered again."""
    twin, lines = site.copy("twin"), site.lines(2)
    shutil.copytree(site.heads, site.folder / "elsewhere")
    apart = Site(site.folder, site.vkey)
    assert processes.senim("record", lines, "--dir", twin, heads=site.folder / "elsewhere").wait().code == 0
    assert apart.record(1).code == 0
    told = apart.record(1, dir=twin)
    assert (told.code, "not the ones that were signed" in told.said) == (1, True)
    shutil.rmtree(apart.data)
    evidence = processes.senim("evidence", site.folder / "theirs", "--dir", twin, heads=site.folder / "elsewhere")
    assert evidence.wait().code == 0
    told = apart.restore(site.folder / "theirs", twin)
    assert (told.code, told.json["code"]) == (1, "head_differs"), "what the twin signed is a second history"


def test_a_snapshot_rolled_back_does_not_sign_again(site: Site) -> None:
    snapshot = site.copy("snapshot")
    assert site.record(2).code == 0
    evidence = site.evidence()
    shutil.rmtree(site.data)
    snapshot.rename(site.data)
    told = site.record(1)
    assert (told.code, "looks like an old copy" in told.said, "senim restore" in told.said) == (1, True, True)
    told = site.restore(site.data)
    assert (told.code, "nowhere in what was given" in told.json["said"]) == (1, True)
    assert site.restore(site.data, evidence).json["refilled"] == 2
    site.works(site.folder / "restored", ward=5)


def test_two_servers_on_one_register_write_one_history(site: Site) -> None:
    running = [site.start("record", site.lines(8), "--dir", site.data) for _ in range(2)]
    assert [each.wait().code for each in running] == [0, 0]
    site.works(site.data, ward=3 + 16)


def test_a_clock_set_back_stops_the_register_until_it_is_right(site: Site) -> None:
    lines = site.lines(1)
    told = site.record(lines, prepare=processes.clock_off_by, told=(-3600,))
    assert (told.code, "clock cannot be right" in told.said) == (1, True)
    assert site.verdict()[0] == "pass"
    assert site.record(lines).code == 0
    site.works(site.data, ward=4)


def test_a_clock_set_forward_is_waited_for(site: Site) -> None:
    """What was recorded under it stands, says when by that clock, and is gone on from when the time has come."""
    assert site.record(1, prepare=processes.clock_off_by, told=(3600,)).code == 0
    lines = site.lines(1)
    told = site.record(lines)
    assert (told.code, "clock cannot be right" in told.said) == (1, True)
    assert site.balance()["ward"] == 4, "reading goes on"
    assert site.verdict()[0] == "fail", "the last entry is in the future"
    assert site.record(lines, prepare=processes.clock_off_by, told=(3601,)).code == 0
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    assert site.senim("verify", site.data, "--vkey", site.vkey, "--now", later).code == 0


@pytest.mark.once("no file of this process grows there; a database that is full stands in tests/postgres")
@pytest.mark.parametrize("most", [4_000, 80_000])
def test_a_full_disk_takes_whole_entries_or_none(site: Site, most: int) -> None:
    lines = site.lines(20)
    told = site.record(lines, prepare=processes.full_disk, told=(most,))
    assert (told.code, "disk" in told.said) == (1, True)
    assert site.verdict()[0] == "pass"
    assert site.record(lines).code == 0
    site.works(site.data, ward=23)


@contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Folders and files of somebody else, that nobody may write to."""
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    for path in paths:
        if os.getuid() == 0:
            os.chown(path, processes.NOBODY, processes.NOBODY)
        path.chmod(0o500 if path.is_dir() else 0o400)
    for path in (folders[0].parent, *folders[0].parent.parents):
        if path.stat().st_uid == os.getuid() and "pytest" in str(path):
            path.chmod(0o711)
    yield
    for path in paths:
        if os.getuid() == 0:
            os.chown(path, 0, 0)
        path.chmod(0o700 if path.is_dir() else 0o600)


def test_a_read_only_disk_is_said_and_nothing_is_lost(site: Site) -> None:
    lines = site.lines(1)
    lines.chmod(0o644)
    with read_only(site.data, site.heads):
        told = site.record(lines, prepare=processes.somebody_else)
        assert (told.code, told.said.count("\n") <= 3, "cannot be" in told.said or "written" in told.said) == (
            1,
            True,
            True,
        )
    assert site.record(lines).code == 0
    site.works(site.data, ward=4)


@pytest.mark.parametrize(
    ("file", "database"),
    [
        ("BEGIN IMMEDIATE", "BEGIN; SELECT 1 FROM head FOR UPDATE"),
        ("BEGIN EXCLUSIVE", "BEGIN; LOCK TABLE head IN EXCLUSIVE MODE"),
    ],
)
def test_a_register_locked_by_another_program_is_waited_for_then_refused(site: Site, file: str, database: str) -> None:
    lines, where = site.lines(1), find_where(site.data)
    with plain_client(where) as other:
        other.execute(file if isinstance(where, Path) else database)
        told = site.record(lines, prepare=processes.no_patience)
        assert (told.code, "Somebody else is writing" in told.said) == (1, True)
        other.execute("ROLLBACK")
    assert site.record(lines).code == 0
    site.works(site.data, ward=4)


FLIPS: dict[str, tuple[str, str, Callable[[bytes], bytes]]] = {
    "entry": ("entry", "data", lambda data: data.replace(b'"units":1}', b'"units":2}')),
    "leaf": ("entry", "leaf", lambda leaf: bytes([leaf[0] ^ 1]) + leaf[1:]),
    "last leaf": ("head", "last_leaf", lambda leaf: bytes([leaf[0] ^ 1]) + leaf[1:]),
    "frontier": ("head", "frontier", lambda frontier: frontier[:-1] + bytes([frontier[-1] ^ 1])),
    "root of a tile": ("tile", "root", lambda root: bytes([root[0] ^ 1]) + root[1:]),
}
"""The table whose last row is changed, which of its columns, and how."""
SAID = re.compile("as it was written|as they were signed|not the ones that were signed")


@pytest.fixture(scope="session")
def grown(furnished: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Beyond its first tile."""
    folder = tmp_path_factory.mktemp("grown")
    copy_machine(furnished.folder, folder)
    site = Site(folder, furnished.vkey)
    assert site.record(260).code == 0
    return site


def flip(where: Where, table: str, column: str, change: Callable[[bytes], bytes]) -> None:
    last = " WHERE seq = (SELECT max(seq) FROM entry)" if table == "entry" else ""
    with plain_client(where) as client:
        (value,) = client.execute(f"SELECT {column} FROM {table}{last}").fetchone()
    damage(where, f"UPDATE {table} SET {column} = ?{last}", change(value))


@pytest.mark.parametrize("name", FLIPS)
def test_what_is_not_as_it_was_written_is_never_signed(grown: Site, tmp_path: Path, name: str) -> None:
    copy_machine(grown.folder, tmp_path)
    site = Site(tmp_path, grown.vkey)
    evidence, heads = site.evidence(), [path.read_bytes() for path in site.heads.glob("*.head")]
    flip(find_where(site.data), *FLIPS[name])
    told = site.record(1)
    assert (told.code, bool(SAID.search(told.said))) == (1, True), told
    assert [path.read_bytes() for path in site.heads.glob("*.head")] == heads
    assert site.senim("verify", site.data, "--vkey", site.vkey).code == 1
    assert site.restore(site.data, evidence).code == 0
    site.works(site.folder / "restored", ward=263 + ("Recorded 1" in told.said))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE movement SET units = units + 1 WHERE place = 'ward'",
        "DELETE FROM mention",
        "UPDATE projection SET value = x'00' WHERE shelf = 'lot'",
    ],
)
def test_damaged_figures_are_found_and_derived_again(site: Site, change: str) -> None:
    damage(find_where(site.data), change)
    assert site.senim("rebuild", "--check", "--dir", site.data).code == 1
    assert site.senim("verify", site.data, "--vkey", site.vkey).code == 1
    assert site.senim("rebuild", "--dir", site.data).code == 0
    site.works(site.data, ward=3)


@pytest.mark.parametrize("lost", ["vault-keys.db", f"secrets/vault-{datetime.now(UTC).year}.key"])
def test_a_lost_vault_closes_names_and_nothing_else(site: Site, lost: str) -> None:
    (site.data / lost).unlink()
    told = site.record(1)
    assert (told.code, "key" in told.said) == (1, True)
    told = site.restore(site.data)
    assert (told.code, told.json["code"] in ("vault_lost", "vault_keys_lost")) == (1, True)
    assert site.restore(site.data, "--without-vault").json["unopened"] > 0
    site.works(site.folder / "restored", ward=3)


@pytest.mark.once("its pages are overwritten")
def test_a_page_of_the_file_that_cannot_be_read_costs_nothing_that_evidence_has(site: Site) -> None:
    """The disk lost every page but the first: no table can be read."""
    evidence, file = site.evidence(), site.data / "ledger.db"
    size = file.stat().st_size
    for path in site.data.glob("ledger.db-*"):
        path.unlink()
    with file.open("r+b") as database:
        database.seek(4096)
        database.write(b"\xff" * (size - 4096))
    told = site.record(1)
    assert (told.code, "damaged" in told.said) == (1, True)
    assert site.restore(site.data, evidence).code == 0
    site.works(site.folder / "restored", ward=3)
