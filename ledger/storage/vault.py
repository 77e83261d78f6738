"""Openings of sealed values, each under its data subject's own key; destroying that key erases the person.

The keys lie in a file of their own beside the ledger and never in its backups, each wrapped under the key of the year
in which it was made (AES-256-GCM throughout; `year_keys`). An erasure destroys the person's key and replaces that
year's: whoever kept an old copy of the file cannot open it with the secrets of today. Trust: whoever reads this file
and today's year keys opens every value whose key is not destroyed; whoever replaces them makes values unreadable,
never false, for an opening has to match its commitment in the chain. Old blocks on the medium, and copies of file and
year keys made together, are beyond it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pysqlite3 import dbapi2 as sqlite

from ledger.errors import LedgerBusy, LedgerReadOnly, OpeningRejected
from ledger.service.clock import Clock, system_clock
from ledger.service.patience import may_wait
from ledger.storage.engine import WAIT_SECONDS, translated
from ledger.storage.private import make_private
from ledger.storage.year_keys import YearKey, YearKeys

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS subject_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    nonce BLOB,
    wrapped BLOB,
    year INTEGER
) STRICT""",
    "CREATE UNIQUE INDEX IF NOT EXISTS subject_key_in_force ON subject_key (subject) WHERE wrapped IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS year_key (year INTEGER PRIMARY KEY, id BLOB NOT NULL) STRICT",
)
_KEY = "SELECT number, nonce, wrapped, year, id FROM subject_key LEFT JOIN year_key USING (year) WHERE subject = ?"
_IN_FORCE = f"{_KEY} AND wrapped IS NOT NULL"
_OF_YEAR = "SELECT number, subject, nonce, wrapped FROM subject_key WHERE year IS ? AND wrapped IS NOT NULL"
_YEARS = "SELECT DISTINCT year FROM subject_key WHERE subject = ? AND wrapped IS NOT NULL"
_DESTROY = "UPDATE subject_key SET nonce = NULL, wrapped = NULL WHERE subject = ? AND wrapped IS NOT NULL"
_NUMBER_BYTES, _NONCE_BYTES, _KEY_BITS = 4, 12, 256
_TRIES = 5


class SqlVault:
    """`ledger.service.ports.Vault`. A ciphertext begins with the number of the key it is under."""

    def __init__(self, path: Path, secrets: Path, *, clock: Clock = system_clock, whole: bool = True) -> None:
        """*secrets*: the folder of the year keys; *whole*: all of them have to be there.

        What a kill left half done is finished. Raises `LedgerReadOnly`: `key_missing`, `vault_older` where the file is
        older than the year keys beside it, `file_exposed`, `disk_unreachable`.
        """
        self._keys = YearKeys(secrets)
        self._clock = clock
        self._lock = Lock()
        with translated():
            self._connection = sqlite.connect(
                f"file:{quote(str(path))}?mode=rw",
                uri=True,
                timeout=WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF"):
                self._connection.execute(f"PRAGMA {pragma}").fetchall()
        try:
            with self._locked():
                self._upgrade(whole=whole)
                self._settle()
                if whole:
                    self._verify()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, path: Path, secrets: Path) -> None:
        """Make an empty vault, where none is there yet."""
        make_private(path, b"")
        cls(path, secrets, whole=False).close()

    def seal(self, subject: str, plaintext: bytes, *, context: bytes) -> tuple[bytes, bytes]:
        with self._locked():
            found = self._find(subject)
            number, key = found if found is not None else self._make(subject)
        nonce = os.urandom(_NONCE_BYTES)
        return nonce, _to_bytes(number) + AESGCM(key).encrypt(nonce, plaintext, _bound(subject, context))

    def open(self, subject: str, nonce: bytes, ciphertext: bytes, *, context: bytes) -> bytes | None:
        number = int.from_bytes(ciphertext[:_NUMBER_BYTES])
        with self._locked():
            found = self._find(subject, number)
        if found is None:
            return None
        try:
            return AESGCM(found[1]).decrypt(nonce, ciphertext[_NUMBER_BYTES:], _bound(subject, context))
        except (InvalidTag, ValueError) as error:
            raise OpeningRejected("ciphertext_altered") from error

    def destroy(self, *subjects: str) -> None:
        """Destroy every key of *subjects*: what was sealed for them can never be opened again. May be repeated.

        Their years' keys are replaced. Raises `LedgerBusy` where another reader kept the old pages alive: then it must
        be repeated.
        """
        if not subjects:
            return
        with self._locked():
            with self._writing():
                self._keys.settle(self._ids())  # whoever was killed since we looked
                years = {year for each in subjects for (year,) in self._connection.execute(_YEARS, (each,))}
                self._connection.executemany(_DESTROY, [(each,) for each in subjects])
                for year in sorted(years - {None}):
                    self._replace(year)
            self._settle()
            # The log still holds the pages as they were.
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise LedgerBusy

    def let_go(self) -> None:
        """Drop every key that today's secrets do not open, as lost; what is sealed from now on gets new ones."""
        with self._locked(), self._writing():
            ids = self._ids()
            for year in (*ids, None):
                key = None if year is None else self._keys.find(year, ids[year])
                for number, subject, nonce, wrapped in self._connection.execute(_OF_YEAR, (year,)).fetchall():
                    if key is None or _unwrap(key, subject, nonce, wrapped) is None:
                        self._connection.execute("DELETE FROM subject_key WHERE number = ?", (number,))
                if key is None:
                    self._connection.execute("DELETE FROM year_key WHERE year = ?", (year,))

    def close(self) -> None:
        self._connection.close()

    def _find(self, subject: str, number: int | None = None) -> tuple[int, bytes] | None:
        """(number, key) of *subject*: the one in force, or the one of *number*; None where there is none any more."""
        for _ in range(_TRIES):  # another process may replace the year's key between the row and the file
            if number is None:
                row = self._connection.execute(_IN_FORCE, (subject,)).fetchone()
            else:
                row = self._connection.execute(f"{_KEY} AND number = ?", (subject, number)).fetchone()
                if row is None:
                    raise OpeningRejected("key_unknown")
            if row is None or row[2] is None:
                return None
            year_key = self._keys.find(row[3], row[4]) if row[4] is not None else None
            if year_key is not None:
                key = _unwrap(year_key, subject, row[1], row[2])
                if key is None:
                    raise OpeningRejected("key_altered")
                return row[0], key
        raise OpeningRejected("key_altered")

    def _make(self, subject: str) -> tuple[int, bytes]:
        """A key for *subject*, committed before anything is sealed under it."""
        with self._writing():
            found = self._find(subject)  # another process may have been first
            if found is None:
                last = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'subject_key'"
                number = self._connection.execute(last).fetchone()[0] + 1
                year = self._clock().year
                year_key = self._year_key(year)
                found = number, AESGCM.generate_key(_KEY_BITS)
                row = number, subject, *_wrap(year_key, subject, found[1]), year
                insert = "INSERT INTO subject_key (number, subject, nonce, wrapped, year) VALUES (?, ?, ?, ?, ?)"
                self._connection.execute(insert, row)
        return found

    def _year_key(self, year: int) -> YearKey:
        """The key of *year*, made if it has none. Within a transaction."""
        row = self._connection.execute("SELECT id FROM year_key WHERE year = ?", (year,)).fetchone()
        if row is not None:
            return self._keys.get(year, row[0])
        key = self._keys.make(year)
        self._connection.execute("INSERT INTO year_key VALUES (?, ?)", (year, key.id))
        return key

    # ── a year's key is replaced: the new one made, all wrapped anew in one transaction, the old one overwritten

    def _replace(self, year: int) -> None:
        (old_id,) = self._connection.execute("SELECT id FROM year_key WHERE year = ?", (year,)).fetchone()
        old, new = self._keys.get(year, old_id), self._keys.make_next(year)
        self._rewrap(year, old, new)
        self._connection.execute("UPDATE year_key SET id = ? WHERE year = ?", (new.id, year))

    def _rewrap(self, year: int | None, old: YearKey, new: YearKey) -> None:
        """Whatever is wrapped under *old*; what is not stays as unreadable as it was."""
        for number, subject, nonce, wrapped in self._connection.execute(_OF_YEAR, (year,)).fetchall():
            key = _unwrap(old, subject, nonce, wrapped)
            if key is not None:
                change = "UPDATE subject_key SET nonce = ?, wrapped = ?, year = ? WHERE number = ?"
                self._connection.execute(change, (*_wrap(new, subject, key), new.year, number))

    def _settle(self) -> None:
        """Let the files follow what was committed."""
        if self._keys.is_settled():
            return
        with self._writing():  # nobody else is between a new key and its commit
            self._keys.settle(self._ids())

    def _ids(self) -> dict[int, bytes]:
        """The id of each year's key."""
        return dict(self._connection.execute("SELECT year, id FROM year_key").fetchall())

    def _upgrade(self, *, whole: bool) -> None:
        """Tables, where there are none; a vault whose keys were all under the one `vault.key` gets this year's."""
        if self._has_years():
            return
        with self._writing():
            if self._has_years():
                return
            is_old = bool(self._connection.execute("PRAGMA table_info(subject_key)").fetchall())
            if is_old:
                old = self._keys.find_single()
                if old is None and whole:
                    raise LedgerReadOnly("key_missing", name="vault.key")
                self._connection.execute("ALTER TABLE subject_key ADD COLUMN year INTEGER")
            for statement in _SCHEMA:
                self._connection.execute(statement)
            if is_old and old is not None:
                self._rewrap(None, old, self._year_key(self._clock().year))

    def _has_years(self) -> bool:
        return bool(self._connection.execute("PRAGMA table_info(year_key)").fetchall())

    def _verify(self) -> None:
        for _ in range(_TRIES):
            ids = self._ids()
            if all(self._keys.find(*each) is not None for each in ids.items()):
                return
        for each in ids.items():
            self._keys.get(*each)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            _commit(self._connection)
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Raises `LedgerBusy` where somebody else is in and there is no time to wait for them."""
        if not self._lock.acquire(may_wait()):
            raise LedgerBusy
        try:
            with translated():
                yield
        finally:
            self._lock.release()


def _commit(connection: Any) -> None:
    connection.execute("COMMIT")


def _wrap(under: YearKey, subject: str, key: bytes) -> tuple[bytes, bytes]:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce, under.cipher.encrypt(nonce, key, _bound(subject, b"key"))


def _unwrap(under: YearKey, subject: str, nonce: bytes, wrapped: bytes) -> bytes | None:
    try:
        return under.cipher.decrypt(nonce, wrapped, _bound(subject, b"key"))
    except (InvalidTag, ValueError):
        return None


def _to_bytes(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES)


def _bound(subject: str, context: bytes) -> bytes:
    return b"\n".join((b"senim/vault/v1", subject.encode(), context))
