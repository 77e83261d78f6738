"""Who works in a data directory: many may record in one at once, a restore into it or out of it is alone.

A lock of the operating system on the folder itself: it leaves no file, and ends with the process however that ends.
Trusts programs to take it; what takes none is stopped later, by the database's own locks and by the signed heads.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def hold(directory: Path, *, alone: bool) -> int | None:
    """A descriptor that holds *directory* until it is closed. Raises `BlockingIOError` where others hold it.

    None where the file system has no such locks.
    """
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise
    except OSError:
        os.close(held)
        return None
    return held


def let_go(held: int | None) -> None:
    if held is not None:
        with suppress(OSError):
            os.close(held)


@contextmanager
def held_alone(directory: Path) -> Iterator[None]:
    """Raises `BlockingIOError` where others work in *directory*."""
    held = hold(directory, alone=True)
    try:
        yield
    finally:
        let_go(held)
