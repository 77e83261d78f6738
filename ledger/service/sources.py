"""Where evidence is read from: a folder, a zip of one, or a data directory. Nothing read here is believed yet.

Everything is read by its one name and within the size that it may have; what is missing is None. What that means
is the verification's affair.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from ledger.errors import BytesRejected, NotFound, WronglyCalled
from ledger.log.canonical import MAX_ENTRY
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import MAX_NOTE
from ledger.log.tiles import WIDTH, from_bundle, tile_path
from ledger.service.files import Files, FilesWithin, FolderFiles, ZipFiles
from ledger.service.ports import Reading
from ledger.service.stored import find_index_faults
from ledger.service.verdict import Finding

MOST_ADOPTED = 16 << 20
MOST_OPENING = 1 << 18
MOST_README = 1 << 16
MOST_REPORT = 64 << 20
BEFORE = "before"
"""The folder of the log that a new epoch goes on from."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REPORT = re.compile(r"reports/[^/]+\.pdf")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries that could be read; `reason` says what is wrong with the file that holds them, if anything is."""

    entries: list[bytes]
    reason: str | None = None


class Source(Protocol):
    """What a verification reads. Where a file is there and cannot be read, everything raises `BytesRejected`."""

    def checkpoint(self) -> bytes | None:
        """The signed note, or None where there is none."""
        ...

    def handover(self, size: int) -> bytes | None:
        """The note of the head of *size*, which ends with a change of the log's key."""
        ...

    def size(self, head: Checkpoint) -> int:
        """How many entries are to be judged under *head*."""
        ...

    def bundle(self, index: int, width: int) -> Bundle: ...

    def tile(self, level: int, index: int, width: int) -> bytes | None: ...

    def adopted(self, digest: str) -> bytes | None: ...

    def agrees_on_keys(self, derived: bytes) -> bool | None:
        """Whether `keys.jsonl` says what the entries do; None where it is missing."""
        ...

    def openings(self) -> Iterator[bytes] | None:
        """The lines of `openings.jsonl`, with their line ends; None where no value is ever disclosed."""
        ...

    def reports(self) -> Iterator[tuple[str, str]]:
        """(name, hex SHA-256) of each report that lies there."""
        ...

    def faults(self) -> Iterator[Finding]:
        """What is wrong with what only a source of this kind has."""
        ...

    def readme(self) -> bytes | None:
        """What is told to people beside the evidence; it is none itself."""
        ...

    def surplus(self) -> list[str]:
        """The files that nobody asked for, once everything was read."""
        ...

    def before(self, size: int) -> "Source | None":
        """The first *size* entries of the log that this one goes on from; None where nothing of it is there."""
        ...


class FolderSource:
    """An evidence folder, or the same inside a zip."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._asked: set[str] = set()
        self._has_before = False

    def checkpoint(self) -> bytes | None:
        return self._read("checkpoint", MAX_NOTE)

    def handover(self, size: int) -> bytes | None:
        return self._read(f"handover/{size}", MAX_NOTE)

    def size(self, head: Checkpoint) -> int:
        return head.size

    def bundle(self, index: int, width: int) -> Bundle:
        data = self._read(tile_path("entries", index, width), width * (2 + MAX_ENTRY))
        if data is None:
            return Bundle([], "bundle_missing")
        try:
            return Bundle(from_bundle(data, width))
        except BytesRejected as bad:
            return Bundle(_readable(data, width), bad.reason)

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        return self._read(tile_path(level, index, width), 32 * width)

    def adopted(self, digest: str) -> bytes | None:
        # A rule set names its tables itself: what is no hash is no name of a file.
        return self._read(f"adopted/{digest}", MOST_ADOPTED) if _DIGEST.fullmatch(digest) else None

    def agrees_on_keys(self, derived: bytes) -> bool | None:
        told = self._read("keys.jsonl", len(derived))
        return None if told is None else told == derived

    def openings(self) -> Iterator[bytes]:
        name, rest = "openings.jsonl", b""
        self._asked.add(name)
        for chunk in self._files.chunks(name, 1 << 62):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in lines)
            if len(rest) > MOST_OPENING:
                raise BytesRejected("file_too_large")
        if rest:
            yield rest

    def reports(self) -> Iterator[tuple[str, str]]:
        for name in filter(_REPORT.fullmatch, self._files.names()):
            self._asked.add(name)
            digest = sha256()
            for chunk in self._files.chunks(name, MOST_REPORT):
                digest.update(chunk)
            yield name, digest.hexdigest()

    def faults(self) -> Iterator[Finding]:
        return iter(())

    def readme(self) -> bytes | None:
        return self._read("README.txt", MOST_README)

    def surplus(self) -> list[str]:
        known = BEFORE if self._has_before else "\0"
        return [name for name in self._files.names() if name not in self._asked and not name.startswith(f"{known}/")]

    def before(self, size: int) -> "FolderSource | None":
        self._has_before = any(name.startswith(f"{BEFORE}/") for name in self._files.names())
        return FolderSource(FilesWithin(self._files, BEFORE)) if self._has_before else None

    def _read(self, name: str, most: int) -> bytes | None:
        self._asked.add(name)
        return self._files.read(name, most)


def _readable(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle that is not right, as far as their lengths lead."""
    entries: list[bytes] = []
    at = 0
    while len(entries) < width and at + 2 <= len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at <= len(data):
            entries.append(data[start:at])
    return entries


def open_source(path: Path) -> FolderSource:
    """The evidence at *path*. Raises `WronglyCalled` when there is nothing that could be evidence."""
    if path.is_dir():
        return FolderSource(FolderFiles(path))
    if path.is_file():
        return FolderSource(ZipFiles(path))
    raise WronglyCalled("not_evidence", path=path.name)


class StoreSource:
    """A data directory, read through its store: all its entries, also those that no head covers yet.

    *keys_jsonl* is what the store's own index says of the keys; the issued PDFs lie in *directory*.
    """

    def __init__(self, reading: Reading, keys_jsonl: bytes, *, directory: Path | None = None) -> None:
        self._reading = reading
        self._base = 0
        self._keys = keys_jsonl
        self._directory = directory
        self._adopted = reading.adopted()

    def checkpoint(self) -> bytes | None:
        row = self._reading.checkpoint()
        return None if row is None else row.note

    def handover(self, size: int) -> bytes | None:
        return next((row.note for row in self._reading.checkpoints() if row.size == size), None)

    def size(self, head: Checkpoint) -> int:
        return max(head.size, self._reading.head.size)

    def bundle(self, index: int, width: int) -> Bundle:
        start = self._base + index * WIDTH
        found: list[bytes] = []
        for seq, data in self._reading.entries(start, start + width):
            if seq != start + len(found):
                break
            found.append(data)
        return Bundle(found, None if len(found) == width else "bundle_missing")

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        try:
            nodes = range(index * WIDTH, index * WIDTH + width)
            return b"".join(self._reading.node(8 * level, n) for n in nodes)
        except NotFound:
            return None

    def adopted(self, digest: str) -> bytes | None:
        return self._adopted.get(digest)

    def agrees_on_keys(self, derived: bytes) -> bool | None:
        return self._keys == derived

    def openings(self) -> None:
        return None

    def reports(self) -> Iterator[tuple[str, str]]:
        if self._directory is None:
            return iter(())
        return FolderSource(FolderFiles(self._directory)).reports()

    def faults(self) -> Iterator[Finding]:
        return find_index_faults(self._reading)

    def readme(self) -> None:
        return None

    def surplus(self) -> list[str]:
        return []

    def before(self, size: int) -> "_StoredBefore | None":
        base = self._base - size
        return _StoredBefore(self._reading, base) if self._reading.begins_at <= base else None


class _StoredBefore(StoreSource):
    """The entries of an old log, from the number *base* on. What lay beside them stayed where it was."""

    def __init__(self, reading: Reading, base: int) -> None:
        super().__init__(reading, b"")
        self._base = base

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        return None

    def agrees_on_keys(self, derived: bytes) -> bool | None:
        return True  # there is no other list than the one of the new epoch, which names each of them again

    def faults(self) -> Iterator[Finding]:
        return iter(())
