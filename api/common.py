"""What the processes of one server have in common beside the data directory, and no other program: it ends with it.

A folder (mode 0700) outside the data directory and every backup. What is kept in it is sealed under a key that only
the memory of these processes holds, so whoever finds the folder later reads nothing. Trusts nobody who writes there:
who does can make the server forget, and make it believe nothing.
"""

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp, mkstemp
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY, _NONCE = 32, 12


@dataclass(frozen=True, slots=True)
class Common:
    """*is_shared*: whether by more than one process."""

    folder: Path
    key: bytes = field(repr=False)
    is_shared: bool = False

    def seal(self, name: str, told: Any) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, pickle.dumps(told), name.encode())

    def unseal(self, name: str, sealed: bytes) -> Any:
        """What was sealed under *name*. Raises `InvalidTag`."""
        return pickle.loads(AESGCM(self.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode()))

    def put(self, name: str, told: Any) -> None:
        """Keep *told* under *name*, in place of what is there."""
        descriptor, new = mkstemp(dir=self.folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.seal(name, told))
        Path(new).rename(self.folder / name)

    def find(self, name: str) -> Any:
        """What was put under *name*; None where nothing is."""
        try:
            sealed = (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return self.unseal(name, sealed)

    def names(self, prefix: str) -> list[str]:
        return [path.name for path in self.folder.glob(f"{prefix}*")]

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)


@contextmanager
def open_common(*, is_shared: bool = False) -> Iterator[Common]:
    """Gone at the end of the process that opened it; one that it forked leaves it alone."""
    made_by, folder = os.getpid(), Path(mkdtemp(prefix="senim-serve-"))
    try:
        yield Common(folder, os.urandom(_KEY), is_shared)
    finally:
        if os.getpid() == made_by:
            rmtree(folder, ignore_errors=True)
