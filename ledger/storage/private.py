"""Files that only their owner may read, written so that a crash leaves the old one or the new one.

Trusts the operating system's permissions and fsync.
"""

import os
from pathlib import Path
from tempfile import mkstemp

from ledger.errors import LedgerReadOnly


def make_private_directory(path: Path) -> None:
    """Make *path* (mode 0700) and whatever lies above it; one that is there keeps its mode."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)


def read_private(path: Path) -> bytes | None:
    """The bytes, or None where there is no such file. Raises `LedgerReadOnly('file_exposed')`.

    A secret that others could read is not used: it has to be replaced, not its mode mended.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise LedgerReadOnly("file_exposed", name=path.name)
            return file.read()
    except FileNotFoundError:
        return None


def write_private(path: Path, data: bytes) -> None:
    """Put *data* at *path* (mode 0600) in place of what is there."""
    _written(path, data).rename(path)
    _sync_directory(path.parent)


def replace_private(new: Path, path: Path) -> None:
    """Put the file *new* in place of *path*, durably."""
    new.replace(path)
    _sync_directory(path.parent)


def overwrite_private(path: Path) -> None:
    """Overwrite every byte of *path* in its place, durably; nothing where there is no such file."""
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        pass


def remove_private(path: Path) -> None:
    """Overwrite and remove *path*, durably. Where its bytes have another name too, only this name goes."""
    if path.stat().st_nlink == 1:
        overwrite_private(path)
    path.unlink(missing_ok=True)
    _sync_directory(path.parent)


def make_private(path: Path, data: bytes) -> bytes:
    """Put *data* at *path* (mode 0600) unless somebody was first; returns what is there now."""
    new = _written(path, data)
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    _sync_directory(path.parent)
    found = read_private(path)
    assert found is not None
    return found


def publish_private(new: Path, path: Path) -> bool:
    """Sync *new* and give it the name *path* too, on the same medium; False, and nothing done, where one is there."""
    new.chmod(0o600)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(new, path)
    except FileExistsError:
        return False
    _sync_directory(path.parent)
    return True


def _written(path: Path, data: bytes) -> Path:
    """A synced file with *data* beside *path*, of mode 0600 (as `mkstemp` makes them)."""
    descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
