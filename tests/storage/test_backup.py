"""A backup file with any byte changed is said to be damaged, or no backup; nothing else comes out of it."""

from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from ledger.errors import WronglyCalled
from ledger.storage.backup import is_backup, pack, unpack

DATABASE = bytes(Random(1).choices(b"entry, seq and leaf", k=4_000))


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "reports").mkdir(parents=True)
    (folder / "ledger.db").write_bytes(DATABASE)
    (folder / "reports" / "5-count.pdf").write_bytes(DATABASE[:500])
    pack(folder, tmp_path / "backup", {"log": "senim/test/1"})
    return tmp_path / "backup"


def test_a_backup_with_a_byte_changed_is_refused_or_whole(backup: Path, tmp_path: Path) -> None:
    data, reasons = backup.read_bytes(), set()
    with ZipFile(backup) as archive:
        ledger = archive.getinfo("ledger.db")
    deflated = range(ledger.header_offset, ledger.header_offset + ledger.compress_size, 7)
    for n, at in enumerate((*deflated, *range(len(data) - 600, len(data)))):
        backup.write_bytes(data[:at] + bytes([data[at] ^ 1 << n % 8]) + data[at + 1 :])
        folder = tmp_path / str(n)
        folder.mkdir()
        try:
            if is_backup(backup):
                unpack(backup, folder)
                assert (folder / "ledger.db").read_bytes() == DATABASE
        except WronglyCalled as told:
            reasons.add(told.reason)
    assert reasons == {"backup_damaged"}


def test_a_backup_that_is_cut_short_is_none(backup: Path) -> None:
    data = backup.read_bytes()
    for size in range(0, len(data), 97):
        backup.write_bytes(data[:size])
        assert not is_backup(backup)
