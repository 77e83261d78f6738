"""Where evidence is read from: a folder, a zip of one, or a data directory. Nothing read here is believed yet.

Entries come in order; tiles and files as bytes. A path that is missing is None: what that means is the
verification's affair.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile, ZipFile

from ledger.errors import BytesRejected, NotFound, WronglyCalled
from ledger.log.tiles import WIDTH, bundle_shapes, from_bundle, tile_path
from ledger.service.ports import Reading


class Source(Protocol):
    """What a verification reads."""

    def checkpoint(self) -> bytes | None:
        """The signed note, or None where there is none."""
        ...

    def bundle(self, index: int, width: int) -> list[bytes]:
        """The entries of bundle *index*, *width* of them. Raises `BytesRejected` when they are not there."""
        ...

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """A hash tile, or None where the source keeps none of its own."""
        ...

    def adopted(self, digest: str) -> bytes | None: ...

    def extra(self, name: str) -> bytes | None:
        """keys.jsonl, openings.jsonl."""
        ...


class FolderSource:
    """An evidence folder, or the same inside a zip."""

    def __init__(self, read: "Reader") -> None:
        self._read = read

    def checkpoint(self) -> bytes | None:
        return self._read("checkpoint")

    def bundle(self, index: int, width: int) -> list[bytes]:
        data = self._read(tile_path("entries", index, width))
        if data is None:
            raise BytesRejected("bundle_missing")
        return from_bundle(data, width)

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        data = self._read(tile_path(level, index, width))
        if data is None:
            raise BytesRejected("tile_missing")
        return data

    def adopted(self, digest: str) -> bytes | None:
        return self._read(f"adopted/{digest}")

    def extra(self, name: str) -> bytes | None:
        return self._read(name)


class Reader(Protocol):
    def __call__(self, name: str) -> bytes | None: ...


def open_source(path: Path) -> FolderSource:
    """The evidence at *path*. Raises `WronglyCalled` when there is nothing that could be evidence."""
    if path.is_dir():
        return FolderSource(_folder_reader(path))
    if path.is_file():
        try:
            return FolderSource(_zip_reader(ZipFile(path)))
        except (BadZipFile, OSError) as bad:
            raise WronglyCalled("not_evidence", path=path.name) from bad
    raise WronglyCalled("not_evidence", path=path.name)


def _folder_reader(folder: Path) -> Reader:
    def read(name: str) -> bytes | None:
        target = folder / name
        # A link could lead to bytes that do not travel with the folder.
        if target.is_symlink() or not target.is_file():
            return None
        return target.read_bytes()

    return read


def _zip_reader(archive: ZipFile) -> Reader:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise WronglyCalled("zip_with_doubles")
    heads = sorted(name for name in names if name == "checkpoint" or name.endswith("/checkpoint"))
    prefix = heads[0][: -len("checkpoint")] if heads else ""
    present = frozenset(names)

    def read(name: str) -> bytes | None:
        try:
            return archive.read(prefix + name) if prefix + name in present else None
        except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
            raise BytesRejected("zip_damaged") from None

    return read


class StoreSource:
    """A data directory, read through its store; its hash tiles are derived, so there are none to compare."""

    def __init__(self, reading: Reading, keys_jsonl: bytes) -> None:
        self._reading = reading
        self._keys = keys_jsonl
        self._adopted = reading.adopted()

    def checkpoint(self) -> bytes | None:
        row = self._reading.checkpoint()
        return None if row is None else row.note

    def bundle(self, index: int, width: int) -> list[bytes]:
        start = index * WIDTH
        found = list(self._reading.entries(start, start + width))
        if [seq for seq, _ in found] != list(range(start, start + width)):
            raise BytesRejected("bundle_missing")
        return [data for _, data in found]

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        try:
            nodes = range(index * WIDTH, index * WIDTH + width)
            return b"".join(self._reading.node(8 * level, n) for n in nodes)
        except NotFound:
            raise BytesRejected("tile_missing") from None

    def adopted(self, digest: str) -> bytes | None:
        return self._adopted.get(digest)

    def extra(self, name: str) -> bytes | None:
        return self._keys if name == "keys.jsonl" else None


def bundles_of(source: Source, size: int) -> Iterator[list[bytes]]:
    """The entries of a log of *size*, bundle by bundle."""
    for index, width in bundle_shapes(size):
        yield source.bundle(index, width)
