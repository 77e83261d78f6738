"""What is left in a database, damaged or not, read row by row; and what is left of a data directory's keys.

Trusts nothing that it reads. A data directory is copied before it is opened, log and all: opening it in its place
could change what is evidence of the damage.
"""

import shutil
from collections.abc import Sequence
from contextlib import closing, suppress
from copy import copy
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pysqlite3 import dbapi2 as sqlite

from ledger.service.ports import SealedRow
from ledger.service.sealing import Openings
from ledger.storage import engine
from ledger.storage.doors import open_doors
from ledger.storage.kept import kept_files
from ledger.storage.layout import LEDGER, REPORTS, SECRETS, VAULT, find_where
from ledger.storage.places import Schema
from ledger.storage.private import make_private, make_private_directory
from ledger.storage.tables import TABLES

_READ = ("entry", "sealed", "adopted", "checkpoint")
_SEALED = "SELECT path, subject, nonce, ciphertext FROM sealed WHERE seq = ? ORDER BY path"


class StoredRemains:
    """`ledger.service.remains.Remains` over the database and reports in *folder*, a copy that may be opened.

    The entries of an old log have numbers below 0 there; `before` shows them from 0 on.
    """

    def __init__(self, folder: Path) -> None:
        self._reports = folder / REPORTS
        self._base, self._size = 0, 0
        self._connection = sqlite.connect(
            f"file:{quote(str(folder / LEDGER))}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )
        with suppress(sqlite.Error):
            self._connection.execute("PRAGMA trusted_schema = OFF").fetchall()

    @property
    def size(self) -> int:
        if self._base:
            return self._size
        rows = self._rows("SELECT max(seq) + 1 FROM entry")
        return rows[0][0] if rows and isinstance(rows[0][0], int) else 0

    def entry(self, seq: int) -> bytes | None:
        is_here = not self._base or seq < self._size
        return self._bytes("SELECT data FROM entry WHERE seq = ?", self._base + seq) if is_here else None

    def notes(self) -> list[bytes]:
        if self._base:  # they are the new epoch's
            return []
        rows = self._rows("SELECT note FROM checkpoint ORDER BY number")
        return [note for (note,) in rows if isinstance(note, bytes)]

    def adopted(self, digest: str) -> bytes | None:
        return self._bytes("SELECT data FROM adopted WHERE sha256 = ?", digest)

    def report(self, name: str) -> bytes | None:
        with suppress(OSError):
            if self._base:
                return None
            return (self._reports / name).read_bytes()
        return None

    def sealed(self, seq: int) -> list[SealedRow]:
        rows = []
        for path, subject, nonce, ciphertext in self._rows(_SEALED, self._base + seq):
            if isinstance(nonce, bytes) and isinstance(ciphertext, bytes):
                row = SealedRow(seq=seq, path=str(path), subject=str(subject), nonce=nonce, ciphertext=ciphertext)
                rows.append(row)
        return rows

    def openings(self, seq: int) -> Openings:
        return {}

    def before(self, size: int) -> "StoredRemains":
        old = copy(self)
        old._base, old._size = self._base - size, size  # noqa: SLF001 - its own kind
        return old

    def close(self) -> None:
        self._connection.close()

    def _bytes(self, query: str, key: Any) -> bytes | None:
        rows = self._rows(query, key)
        return rows[0][0] if rows and isinstance(rows[0][0], bytes) else None

    def _rows(self, query: str, *values: Any) -> Sequence[Any]:
        """No rows where the pages that hold them cannot be read."""
        try:
            rows: Sequence[Any] = self._connection.execute(query, values).fetchall()
        except (sqlite.Error, OverflowError, UnicodeDecodeError):
            return ()
        return rows


def copy_remains(directory: Path, folder: Path) -> None:
    """Copy the entries of a data directory, wherever they lie, and its reports into *folder*, which is empty.

    Raises `LedgerReadOnly` where they lie in a database that does not answer.
    """
    make_private_directory(folder / REPORTS)
    where = find_where(directory)
    if isinstance(where, Schema):
        _copy_rows(where, folder / LEDGER)
    for name in (LEDGER, f"{LEDGER}-wal"):
        if (directory / name).is_file():
            _copy(directory / name, folder / name)
    for report in kept_files(directory / REPORTS):
        _copy(report, folder / REPORTS / report.name)


def _copy_rows(schema: Schema, file: Path) -> None:
    """Make a database at *file* of what `StoredRemains` reads, as it is in *schema* now; nothing guards the copy."""
    make_private(file, b"")
    with closing(open_doors(schema)) as doors, closing(sqlite.connect(str(file))) as copied:
        with engine.translated(), doors.snapshot() as source:
            for name in _READ:
                columns, keys = (", ".join(each.columns.keys()) for each in (TABLES[name], TABLES[name].primary_key))
                copied.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({keys}))")
                marks = ", ".join("?" * len(TABLES[name].columns))
                with closing(source.stream(f"SELECT {columns} FROM {name}")) as rows:
                    copied.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        copied.commit()


def bring_keys(sources: Sequence[Path], directory: Path, *, between: Path) -> None:
    """Put the facility's keys and the vault's into *directory* from the first of *sources* that has them.

    What is there already stays. *between*: an empty folder on the same medium.
    """
    for source in sources:
        if (source / SECRETS).is_dir() and not (directory / SECRETS).exists():
            shutil.copytree(source / SECRETS, between / SECRETS, copy_function=_copy)
            (between / SECRETS).chmod(0o700)
            (between / SECRETS).rename(directory / SECRETS)
        if (source / VAULT).is_file() and not (directory / VAULT).exists():
            for name in (VAULT, f"{VAULT}-wal"):
                if (source / name).is_file():
                    _copy(source / name, between / name)
            # Closing the only connection writes the log back.
            with closing(sqlite.connect(str(between / VAULT))) as vault, suppress(sqlite.Error):
                vault.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            make_private(directory / VAULT, (between / VAULT).read_bytes())


def _copy(source: Path | str, target: Path | str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o600)
