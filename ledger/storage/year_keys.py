"""The keys that a vault's keys are wrapped under: one of each year, in a file of its own (mode 0600).

    vault-2026.key        32 random bytes
    vault-2026.key.next   what replaces them: while the vault is wrapped anew, and until the old ones are overwritten
    vault.key             of a vault from before there were years

The vault names each year's key by an id that tells nothing about it, so whichever file carries that id is the one.
Trusts whoever calls to hold the vault's lock where something is changed. Overwriting reaches the file; blocks that the
medium or its file system kept elsewhere are beyond it.
"""

import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import LedgerReadOnly
from ledger.storage.private import make_private, overwrite_private, read_private, remove_private, replace_private

_SINGLE, _NEXT, _KEY_BYTES, _ID_BYTES = "vault.key", ".next", 32, 16
_TO_SETTLE = re.compile(r"vault-(?P<year>[0-9]{4})\.key\.next|vault\.key|\.vault(-[0-9]{4})?\.key(\.next)?\..+")
"""The last: what `make_private` had not finished; it may be a second copy of a key."""


@dataclass(frozen=True, slots=True)
class YearKey:
    """*year* is None for the one key of a vault without years."""

    year: int | None
    id: bytes
    cipher: AESGCM


class YearKeys:
    """The year keys in a folder. Every method may raise `LedgerReadOnly('file_exposed')`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[int, YearKey] = {}

    def find(self, year: int, key_id: bytes) -> YearKey | None:
        """The key of *year* that has the id *key_id*, from whichever file."""
        known = self._known.get(year)
        if known is None or known.id != key_id:
            self._known.pop(year, None)
            for path in (self._path(year), self._path(year, _NEXT), self._path(year)):  # the middle one may move
                key = _to_key(year, read_private(path))
                if key is not None and key.id == key_id:
                    known = self._known[year] = key
                    break
            else:
                return None
        return known

    def get(self, year: int, key_id: bytes) -> YearKey:
        """Raises `LedgerReadOnly`: `key_missing`, `vault_older` where another key lies there."""
        found = self.find(year, key_id)
        if found is None:
            if read_private(self._path(year)) is None:
                raise LedgerReadOnly("key_missing", name=self._path(year).name)
            raise LedgerReadOnly("vault_older", name=self._path(year).name)
        return found

    def find_single(self) -> YearKey | None:
        return _to_key(None, read_private(self._directory / _SINGLE))

    def make(self, year: int) -> YearKey:
        """The key of *year*; one whose file was made and never used is taken."""
        return _made(year, self._path(year))

    def make_next(self, year: int) -> YearKey:
        """The key that is to replace the one of *year*, which stays until `settle`."""
        return _made(year, self._path(year, _NEXT))

    def is_settled(self) -> bool:
        return not any(_TO_SETTLE.fullmatch(path.name) for path in self._directory.iterdir())

    def settle(self, ids: dict[int, bytes]) -> None:
        """Overwrite what *ids* (by year) does not name; the keys that it names stay."""
        for path in sorted(self._directory.iterdir()):
            found = _TO_SETTLE.fullmatch(path.name)
            if found is None:
                continue
            year = int(found["year"]) if found["year"] else None
            key = _to_key(year, read_private(path))
            if year is not None and key is not None and key.id == ids.get(year):
                self._finish(year)
            else:  # nothing was ever committed under it, or nothing is any more
                remove_private(path)

    def _finish(self, year: int) -> None:
        overwrite_private(self._path(year))
        replace_private(self._path(year, _NEXT), self._path(year))

    def _path(self, year: int, suffix: str = "") -> Path:
        return self._directory / f"vault-{year}.key{suffix}"


def _made(year: int, path: Path) -> YearKey:
    key = _to_key(year, make_private(path, os.urandom(_KEY_BYTES)))
    if key is None:
        raise LedgerReadOnly("key_damaged", name=path.name)
    return key


def _to_key(year: int | None, data: bytes | None) -> YearKey | None:
    if data is None or len(data) != _KEY_BYTES:
        return None
    return YearKey(year, hmac.digest(data, b"senim/vault/year-key-id/v1", "sha256")[:_ID_BYTES], AESGCM(data))
