"""The last signed head of each log, outside the data directory: a restored backup finds itself behind it.

Trust: whoever can replace these files can make a restored ledger sign a second history; witnesses, printed
heads and `--since` still show it. Each file names the machine it was written on, so a state directory
restored or synchronised onto another computer is refused instead of believed; that stops accidents, not
somebody who can write the file or copy the whole machine.
"""

import errno
import fcntl
import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from ledger.errors import LedgerReadOnly
from ledger.storage.private import make_private_directory, read_private, write_private

_MAGIC = "senim/head/v1"
_SHAPE = re.compile(
    rf"{_MAGIC}\nlog (?P<log>[!-~]+)\ngenesis (?P<genesis>[0-9a-f]{{64}})\nmachine (?P<machine>[0-9a-f]{{32}})\n"
    r"size (?P<size>0|[1-9][0-9]{0,15})\nroot (?P<root>[0-9a-f]{64})\n"
    r"(?:followed (?P<by>[!-~]+) (?P<by_genesis>[0-9a-f]{64})\n)?"
)

HeadAt = tuple[int, bytes]


class FileHeads:
    """`ledger.service.ports.Heads` in a directory: one file of six lines for each log, seven once it has ended."""

    def __init__(self, directory: Path, *, machine: str | None = None) -> None:
        """*machine*: 32 hex digits, of this machine unless given. Raises `LedgerReadOnly('heads_unusable')`."""
        with _usable(directory):
            make_private_directory(directory)
        self._directory = directory
        self._machine = machine or read_machine()

    def read(self, log: str, genesis: bytes, *, of_any_machine: bool = False) -> HeadAt | None:
        """Raises `LedgerReadOnly`: `head_damaged`, `head_other_machine`, or `log_ended` where a new epoch goes on.

        A damaged file is never "no head".
        """
        shape = self._read(log, genesis)
        if shape is None:
            return None
        if shape["by"] is not None:
            raise LedgerReadOnly("log_ended", log=log, by=shape["by"])
        if shape["machine"] != self._machine and not of_any_machine:
            raise LedgerReadOnly("head_other_machine", log=log)
        return int(shape["size"]), bytes.fromhex(shape["root"])

    def _read(self, log: str, genesis: bytes) -> re.Match[str] | None:
        with _usable(self._directory):
            found = read_private(self._path(genesis))
        if found is None:
            return None
        shape = _SHAPE.fullmatch(found.decode("ascii", "replace"))
        if shape is None or (shape["log"], shape["genesis"]) != (log, genesis.hex()):
            raise LedgerReadOnly("head_damaged", log=log)
        return shape

    def advance(self, log: str, genesis: bytes, *, old: HeadAt | None, new: HeadAt) -> None:
        """Raises `LedgerReadOnly`: `head_moved`, or `head_goes_back` where *new* is not *old* or more entries."""
        with self._locked():
            if self.read(log, genesis) != old:
                raise LedgerReadOnly("head_moved", log=log)
            if old is not None and new != old and new[0] <= old[0]:
                raise LedgerReadOnly("head_goes_back", log=log)
            self._write(log, genesis, new)

    def adopt(self, log: str, genesis: bytes, *, known: HeadAt | None, new: HeadAt) -> None:
        """Raises `LedgerReadOnly('head_moved')` where any machine has noted something else than *known*."""
        with self._locked():
            if self.read(log, genesis, of_any_machine=True) != known:
                raise LedgerReadOnly("head_moved", log=log)
            self._write(log, genesis, new)

    def end(self, log: str, genesis: bytes, *, last: HeadAt, by: tuple[str, bytes]) -> None:
        """Raises `LedgerReadOnly('log_ended')` where another epoch goes on."""
        with self._locked():
            shape = self._read(log, genesis)
            ended = None if shape is None or shape["by"] is None else (shape["by"], bytes.fromhex(shape["by_genesis"]))
            if ended not in (None, by):
                raise LedgerReadOnly("log_ended", log=log, by=ended[0])
            if ended is None:
                known = last if shape is None else (int(shape["size"]), bytes.fromhex(shape["root"]))
                self._write(log, genesis, max(last, known), by)

    def _write(self, log: str, genesis: bytes, head: HeadAt, by: tuple[str, bytes] | None = None) -> None:
        size, root = head
        text = (
            f"{_MAGIC}\nlog {log}\ngenesis {genesis.hex()}\nmachine {self._machine}\nsize {size}\nroot {root.hex()}\n"
        )
        if by is not None:
            text += f"followed {by[0]} {by[1].hex()}\n"
        if _SHAPE.fullmatch(text) is None:
            raise ValueError("a head that could not be read again")
        with _usable(self._directory):
            write_private(self._path(genesis), text.encode())

    def verify(self) -> None:
        """Raises `LedgerReadOnly('heads_unusable')` where no head could be moved: before anything is recorded."""
        with self._locked(), _usable(self._directory):
            if not os.access(self._directory, os.W_OK | os.X_OK):
                raise PermissionError

    def _path(self, genesis: bytes) -> Path:
        return self._directory / f"{genesis.hex()}.head"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _usable(self._directory):
            lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise LedgerReadOnly("disk_full") from error
        raise LedgerReadOnly("heads_unusable", directory=str(directory)) from error


def read_machine() -> str:
    """32 hex digits that stay with this installation: of its machine id (machine-id(5)), or of its host name."""
    name = platform.node()
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        if path.is_file() and (found := path.read_text().strip()):
            name = found
            break
    # machine-id(5): the id itself is not to be shown to others.
    return sha256(f"senim/machine/v1\n{name}".encode()).hexdigest()[:32]
