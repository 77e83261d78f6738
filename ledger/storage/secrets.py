"""The facility's own private keys: of the log, of the ledger as an actor, of imports. PKCS #8 in PEM, mode 0600.

Trust: whoever can read these files can sign checkpoints in the facility's name and record as the ledger or,
until imports are closed, as anybody imported; they cannot sign for a person's own key. Whoever can replace
them is shown by the keys in the chain.
"""

import re
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import LedgerReadOnly
from ledger.storage.private import make_private, make_private_directory, read_private, replace_private

_LOG, _NEXT = "log", "log-next"
_ALWAYS = (_LOG, "ledger")

_PERSON = re.compile(r"[a-z0-9._-]{1,64}")


class FileKeys:
    """`ledger.service.ports.Keys` in a directory of mode 0700."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, Ed25519PrivateKey] = {}

    def create(self) -> None:
        """Make the directory, the log's key and the ledger's key, where they are not there yet."""
        make_private_directory(self._directory)
        for name in _ALWAYS:
            self._make(name)

    def verify(self, *beside: Path) -> None:
        """Every secret at once, before the first is needed; *beside*: files elsewhere that hold some.

        Raises `LedgerReadOnly` that names each one that others can read, that is damaged or not there.
        """
        held = sorted(self._directory.rglob("*"))
        wrong = [
            LedgerReadOnly("file_exposed", name=path.name)
            for path in (self._directory, *held, *beside)
            if path.exists() and path.stat().st_mode & 0o077
        ]
        exposed = {found.values["name"] for found in wrong}
        imports = [path.stem for path in held if path.match("import-*.pem")]
        for name in (*_ALWAYS, *imports) if self._directory.name not in exposed else ():
            try:
                if f"{name}.pem" not in exposed:
                    self._get(name)
            except LedgerReadOnly as found:
                wrong.append(found)
        if wrong:
            first, *further = wrong
            raise LedgerReadOnly(first.reason, also=tuple(further), **first.values)

    def log_key(self) -> Ed25519PrivateKey:
        self._known.pop(_LOG, None)  # another process may have changed it
        return self._get(_LOG)

    def next_log_key(self) -> Ed25519PrivateKey | None:
        self._known.pop(_NEXT, None)
        return self._find(_NEXT)

    def make_next_log_key(self) -> Ed25519PrivateKey:
        """One that is there already is kept: no entry has named it yet, or it is being changed to."""
        return self._make(_NEXT)

    def turn_log_key(self) -> None:
        replace_private(self._path(_NEXT), self._path(_LOG))

    def log_keys(self) -> list[Ed25519PrivateKey]:
        """`log.pem`, and beside it each `log-….pem`: the next key, or one that was replaced."""
        beside = sorted(path.stem for path in self._directory.glob("log-*.pem"))
        return [self.log_key(), *(self._get(name) for name in beside)]

    def ledger_key(self) -> Ed25519PrivateKey:
        return self._get("ledger")

    def import_key(self, person: str) -> Ed25519PrivateKey | None:
        return self._find(_import_name(person))

    def make_import_key(self, person: str) -> Ed25519PrivateKey:
        """One that is there already is kept."""
        return self._make(_import_name(person))

    def _make(self, name: str) -> Ed25519PrivateKey:
        return _to_key(name, make_private(self._path(name), _to_pem(Ed25519PrivateKey.generate())))

    def _get(self, name: str) -> Ed25519PrivateKey:
        found = self._find(name)
        if found is None:
            raise LedgerReadOnly("key_missing", name=name)
        return found

    def _find(self, name: str) -> Ed25519PrivateKey | None:
        if name in self._known:
            return self._known[name]
        try:
            if self._directory.stat().st_mode & 0o077:
                raise LedgerReadOnly("file_exposed", name=self._directory.name)
            found = read_private(self._path(name))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LedgerReadOnly("key_damaged", name=name) from error
        if found is None:
            return None
        return self._known.setdefault(name, _to_key(name, found))

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.pem"


def _import_name(person: str) -> str:
    if not _PERSON.fullmatch(person):
        raise ValueError(person)
    return f"import-{person}"


def _to_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _to_key(name: str, pem: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise LedgerReadOnly("key_damaged", name=name) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerReadOnly("key_damaged", name=name)
    return key
