"""Openings of sealed values, each under its data subject's own key; destroying that key erases the person.

The keys lie in a file of their own beside the ledger and never in its backups, each wrapped under the facility's
vault key (AES-256-GCM throughout). Trust: whoever reads this file and the vault key opens every value whose key
is not destroyed; whoever replaces them makes values unreadable, never false, for an opening has to match its
commitment in the chain. Destruction overwrites the key in the database; old blocks on the medium, and copies
of the file made before, are beyond it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pysqlite3 import dbapi2 as sqlite

from ledger.errors import LedgerBusy, LedgerReadOnly, OpeningRejected
from ledger.storage.engine import WAIT_SECONDS, translated
from ledger.storage.private import make_private, read_private

_SCHEMA = """
CREATE TABLE IF NOT EXISTS subject_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    nonce BLOB,
    wrapped BLOB
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS subject_key_in_force ON subject_key (subject) WHERE wrapped IS NOT NULL;
"""
_IN_FORCE = "SELECT number, nonce, wrapped FROM subject_key WHERE subject = ? AND wrapped IS NOT NULL"
_DESTROY = "UPDATE subject_key SET nonce = NULL, wrapped = NULL WHERE subject = ? AND wrapped IS NOT NULL"
_NUMBER_BYTES, _NONCE_BYTES, _KEY_BYTES = 4, 12, 32


class SqlVault:
    """`ledger.service.ports.Vault`. A ciphertext begins with the number of the key it is under."""

    def __init__(self, path: Path, vault_key: Path) -> None:
        """Raises `LedgerReadOnly`: `key_missing`, `file_exposed`, `disk_unreachable`."""
        key = read_private(vault_key)
        if key is None or len(key) != _KEY_BYTES:
            raise LedgerReadOnly("key_missing", name=vault_key.name)
        self._facility = AESGCM(key)
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

    @classmethod
    def create(cls, path: Path, vault_key: Path) -> None:
        """Make the vault key and an empty vault, where they are not there yet."""
        make_private(vault_key, AESGCM.generate_key(_KEY_BYTES * 8))
        make_private(path, b"")
        vault = cls(path, vault_key)
        with translated():
            vault._connection.executescript(_SCHEMA)
        vault.close()

    def seal(self, subject: str, plaintext: bytes, *, context: bytes) -> tuple[bytes, bytes]:
        with self._locked():
            row = self._connection.execute(_IN_FORCE, (subject,)).fetchone() or self._make(subject)
        number, key = row[0], self._unwrap(subject, *row[1:])
        nonce = os.urandom(_NONCE_BYTES)
        return nonce, _to_bytes(number) + AESGCM(key).encrypt(nonce, plaintext, _bound(subject, context))

    def open(self, subject: str, nonce: bytes, ciphertext: bytes, *, context: bytes) -> bytes | None:
        number = int.from_bytes(ciphertext[:_NUMBER_BYTES])
        with self._locked():
            query = "SELECT nonce, wrapped FROM subject_key WHERE number = ? AND subject = ?"
            row = self._connection.execute(query, (number, subject)).fetchone()
        if row is None:
            raise OpeningRejected("key_unknown")
        if row[1] is None:
            return None
        key = self._unwrap(subject, *row)
        try:
            return AESGCM(key).decrypt(nonce, ciphertext[_NUMBER_BYTES:], _bound(subject, context))
        except (InvalidTag, ValueError) as error:
            raise OpeningRejected("ciphertext_altered") from error

    def destroy(self, subject: str) -> None:
        """Destroy every key of *subject*: what was sealed for it can never be opened again. May be repeated.

        Raises `LedgerBusy` where another reader kept the old pages alive: then it must be repeated.
        """
        with self._locked():
            self._connection.execute(_DESTROY, (subject,))
            # The log still holds the pages as they were.
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise LedgerBusy

    def close(self) -> None:
        self._connection.close()

    def _make(self, subject: str) -> tuple[int, bytes, bytes]:
        """A key for *subject*, committed before anything is sealed under it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            row = self._connection.execute(_IN_FORCE, (subject,)).fetchone()  # another process may have been first
            if row is None:
                last = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'subject_key'"
                number = self._connection.execute(last).fetchone()[0] + 1
                nonce, key = os.urandom(_NONCE_BYTES), AESGCM.generate_key(_KEY_BYTES * 8)
                row = number, nonce, self._facility.encrypt(nonce, key, _bound(subject, b"key"))
                self._connection.execute("INSERT INTO subject_key VALUES (?, ?, ?, ?)", (number, subject, *row[1:]))
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        return row[0], row[1], row[2]

    def _unwrap(self, subject: str, nonce: bytes, wrapped: bytes) -> bytes:
        try:
            return self._facility.decrypt(nonce, wrapped, _bound(subject, b"key"))
        except InvalidTag as error:
            raise OpeningRejected("key_altered") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock, translated():
            yield


def _to_bytes(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES)


def _bound(subject: str, context: bytes) -> bytes:
    return b"\n".join((b"senim/vault/v1", subject.encode(), context))
