"""One-time enrolment codes: for each person who has yet to set sign-in credentials a file with the code's hash.

Trust: whoever can read these files learns nothing (a code has 80 random bits); whoever can replace one can set that
person's sign-in credentials, and still sign nothing for them.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import get_ident

from ledger.storage.private import make_private_directory, read_private, write_private

_BYTES = 10
_USERNAME = re.compile(r"[a-z0-9._-]{1,64}")


def make_code(entropy: Callable[[int], bytes]) -> str:
    return entropy(_BYTES).hex()


def to_digest(code: str) -> str:
    """Of a code as somebody typed it: spaces, hyphens and capitals do not count."""
    return sha256(re.sub(r"[\s-]", "", code).lower().encode("utf-8", "replace")).hexdigest()


class EnrolmentCodes:
    """The codes under `secrets/enrolment/` of a data directory. At most one a person: a new one ends the old."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / "secrets" / "enrolment"

    @contextmanager
    def kept(self, person: str, code: str) -> Iterator[None]:
        """Keep the hash of *code* if all goes well inside, where that person is enrolled.

        It lies on the disk before that entry and gets its name after it; the code itself is nowhere but printed.
        """
        path = self._path(person)
        make_private_directory(self._folder)
        waiting = self._folder / f".waiting-{os.getpid()}-{get_ident()}"
        write_private(waiting, to_digest(code).encode())
        try:
            yield
            waiting.rename(path)
        finally:
            waiting.unlink(missing_ok=True)

    def find(self, person: str) -> tuple[str, datetime] | None:
        """(hash of the code in force, when it was made by the file's time), if there is one for *person*."""
        if not _USERNAME.fullmatch(person):
            return None
        path = self._path(person)
        try:
            made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None
        digest = read_private(path)
        return None if digest is None else (digest.decode(), made_at)

    def end(self, person: str) -> None:
        self._path(person).unlink(missing_ok=True)

    def _path(self, person: str) -> Path:
        if not _USERNAME.fullmatch(person):
            raise ValueError(person)
        return self._folder / f"{person}.code"
