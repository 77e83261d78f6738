"""A backup: the database as one reader saw it, with the issued reports, in one zip that says what is in it.

    senim-backup.json   log, leaf of entry 0, size, root, when, and the SHA-256 of every other member
    ledger.db           the database
    reports/            issued PDFs, as they are kept: those that show a patient sealed

No key of any kind is in it: what is sealed stays closed to whoever has only this file. Trust: whoever can replace
it can make it an older one, which the head store notices, or another one, which its own entries show.
"""

import errno
import json
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from pysqlite3 import dbapi2 as sqlite

from ledger.errors import WronglyCalled
from ledger.storage.engine import WAIT_SECONDS, translated
from ledger.storage.kept import SEALED, kept_files
from ledger.storage.layout import LEDGER, REPORTS
from ledger.storage.private import make_private, make_private_directory, publish_private

MANIFEST, FORMAT = "senim-backup.json", "senim-backup/1"
_MEMBER = re.compile(rf"{LEDGER}|{REPORTS}/[a-z0-9][a-z0-9.-]{{0,99}}\.pdf({SEALED})?")
_PAGES = 256
_FAULTS = (BadZipFile, KeyError, TypeError, ValueError, AttributeError, RuntimeError, EOFError, zlib.error)
"""What reading a zip stumbles over; a missing method or password is a RuntimeError."""


def copy_database(source: Path, target: Path, *, step: Callable[[], None]) -> None:
    """The database at *source* as it is now, while others write to it. *step* is called once every few pages."""
    with translated(), closing(_connect(source, "rw")) as reader, closing(_connect(target, "rwc")) as copy:
        # One snapshot for all pages: a writer in between would else begin the copy anew.
        reader.execute("BEGIN")
        reader.execute("SELECT size FROM head").fetchall()
        reader.backup(copy, pages=_PAGES, progress=lambda *_: step())
    end_log(target)


def end_log(database: Path) -> None:
    """Take the write-ahead log into *database*, which travels without it."""
    with translated(), closing(_connect(database, "rw")) as copy:
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()


def _connect(path: Path, mode: str) -> Any:
    address = f"file:{quote(str(path))}?mode={mode}"
    return sqlite.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)


def copy_reports(source: Path, target: Path) -> int:
    """Copy the issued reports; how many they are."""
    make_private_directory(target)
    reports = [path for path in kept_files(source) if _MEMBER.fullmatch(f"{REPORTS}/{path.name}")]
    for path in reports:
        make_private(target / path.name, path.read_bytes())
    return len(reports)


@contextmanager
def workplace(where: Path, name: str) -> Iterator[Path]:
    """An empty folder (mode 0700) in *where*, its name beginning with `.` and *name*; gone afterwards."""
    with TemporaryDirectory(dir=where, prefix=f".{name}.") as folder:
        yield Path(folder)


def pack(folder: Path, out: Path, manifest: dict[str, Any], *, step: Callable[[], None] = lambda: None) -> None:
    """Put *folder* (`ledger.db`, `reports/`) into the new file *out* (mode 0600), read again before it is there.

    Raises `WronglyCalled('file_taken')`.
    """
    names = [LEDGER, *(f"{REPORTS}/{path.name}" for path in kept_files(folder / REPORTS))]
    digests = {name: _digest(folder / name) for name in names}
    packed = folder / "packed"
    with ZipFile(packed, "x", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST, json.dumps({"format": FORMAT, **manifest, "files": digests}, indent=1))
        for name in names:
            archive.write(folder / name, name)
            step()
    again = folder / "again"
    again.mkdir(mode=0o700)
    unpack(packed, again)
    if not publish_private(packed, out):
        raise WronglyCalled("file_taken", path=out.name)


def unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Write what *file* holds into *folder*, which is empty; the manifest.

    Raises `WronglyCalled`: `not_a_backup`, or `backup_damaged` where a byte of it is not what it was.
    """
    try:
        with ZipFile(file) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            files: dict[str, str] = manifest["files"]
            if manifest["format"] != FORMAT or not all(map(_MEMBER.fullmatch, files)) or LEDGER not in files:
                raise WronglyCalled("not_a_backup", path=file.name)
            (folder / REPORTS).mkdir(mode=0o700)
            for name, digest in files.items():
                with archive.open(name) as member, (folder / name).open("xb") as target:
                    (folder / name).chmod(0o600)
                    shutil.copyfileobj(member, target)
                if _digest(folder / name) != digest:
                    raise WronglyCalled("backup_damaged", path=file.name)
    except _FAULTS as bad:
        raise WronglyCalled("backup_damaged", path=file.name) from bad
    except OSError as bad:
        if bad.errno != errno.EINVAL:  # a member said to begin before the file does
            raise
        raise WronglyCalled("backup_damaged", path=file.name) from bad
    return manifest


def is_backup(file: Path) -> bool:
    try:
        with ZipFile(file) as archive:
            return MANIFEST in archive.namelist()
    except (*_FAULTS, OSError):
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
