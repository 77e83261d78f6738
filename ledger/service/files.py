"""The files of an evidence folder, or of a zip of one, by their names inside it. Trusts neither.

Nothing is followed out of the folder, nothing is read under a second name, and nobody reads more than he asks for:
a file that pretends to be small, or a bomb, costs what the reader allows.
"""

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import relpath
from typing import IO, Protocol
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ledger.errors import BytesRejected, WronglyCalled

_CHUNK = 1 << 20
_FAULTS = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, IndexError, struct.error, zlib.error)
"""What reading a zip stumbles over; a missing method or password is a RuntimeError, a wrong name a ValueError."""


class Files(Protocol):
    """Files by name, their parts joined by `/`."""

    def read(self, name: str, most: int) -> bytes | None:
        """The bytes, or None where there is no such file. Raises `BytesRejected`: more than *most*, or unreadable."""
        ...

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        """The same, a part at a time; nothing where there is no such file."""
        ...

    def names(self) -> Iterator[str]:
        """Every file that lies there, also what is none of ours."""
        ...


class FolderFiles:
    """A folder. Links are not followed: they could lead to bytes that do not travel with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, name: str, most: int) -> bytes | None:
        with self._open(name) as file:
            return None if file is None else _within(file, most)

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        with self._open(name) as file:
            yield from _chunks(file, most)

    def names(self) -> Iterator[str]:
        for name, folders, files in os.walk(self._folder):
            folder = Path(name)
            for each in (*files, *(linked for linked in folders if (folder / linked).is_symlink())):
                yield (folder / each).relative_to(self._folder).as_posix()

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes] | None]:
        target = self._folder / name
        try:
            if os.path.realpath(target) != str(target) or not target.is_file():
                yield None
                return
            with target.open("rb") as file:
                yield file
        except OSError as bad:
            raise BytesRejected("file_unreadable") from bad


class FilesWithin:
    """Those of *files* that lie in the folder *name*, by their names inside it."""

    def __init__(self, files: Files, name: str) -> None:
        self._files, self._prefix = files, f"{name}/"

    def read(self, name: str, most: int) -> bytes | None:
        return self._files.read(self._prefix + name, most)

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        return self._files.chunks(self._prefix + name, most)

    def names(self) -> Iterator[str]:
        return (name.removeprefix(self._prefix) for name in self._files.names() if name.startswith(self._prefix))


class ZipFiles:
    """A zip that holds one evidence folder, at its top or in a folder of its own: what lies outside that is none of it.

    Raises `WronglyCalled` for one that two programs could unpack to different things: `zip_with_odd_names`,
    `zip_with_doubles`, `zip_with_two_heads`, `not_evidence`.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._archive = ZipFile(path)
        except _FAULTS as bad:
            raise WronglyCalled("not_evidence", path=path.name) from bad
        listed = self._archive.infolist()
        if not all(_is_plain(each.orig_filename.removesuffix("/")) and not _renames(each.extra) for each in listed):
            raise WronglyCalled("zip_with_odd_names")
        members = [member for member in listed if not member.is_dir()]
        # As the file systems take them that know no case and one spelling of a letter.
        names = {normalize("NFC", member.filename.casefold()) for member in members}
        if len(names) != len(members):
            raise WronglyCalled("zip_with_doubles")
        if any(name[:at] in names for name in names for at, sign in enumerate(name) if sign == "/"):
            raise WronglyCalled("zip_with_odd_names")
        heads = [member.filename for member in members if member.filename.rpartition("/")[2] == "checkpoint"]
        if len(heads) > 1:
            raise WronglyCalled("zip_with_two_heads")
        top = heads[0][: -len("checkpoint")] if heads else ""
        # What lies outside is `../…`, so that none of it is taken for a file of the folder.
        self._members = {relpath(member.filename, top or "."): member for member in members}

    def read(self, name: str, most: int) -> bytes | None:
        with self._open(name) as file:
            return None if file is None else _within(file, most)

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        with self._open(name) as file:
            yield from _chunks(file, most)

    def names(self) -> Iterator[str]:
        return iter(sorted(self._members))

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes] | None]:
        member = self._members.get(name)
        if member is None or _is_link(member):
            yield None
            return
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BytesRejected("zip_damaged")
        try:
            self._check_own_header(member)
            with self._archive.open(member) as file:
                yield file
        except _FAULTS as bad:
            raise BytesRejected("zip_damaged") from bad

    def _check_own_header(self, member: ZipInfo) -> None:
        """Some programs read nothing but what stands before a member (APPNOTE 4.3.7). Raises `BadZipFile`."""
        assert self._archive.fp is not None
        self._archive.fp.seek(member.header_offset)
        _, flags, method, _, crc, _, _, name, extra = struct.unpack("<6sHHLLLLHH", self._archive.fp.read(30))
        self._archive.fp.seek(name, os.SEEK_CUR)
        same = method == member.compress_type and (flags & _TOLD_BEHIND or crc == member.CRC)
        if not same or _renames(self._archive.fp.read(extra)):
            raise BadZipFile


_TOLD_BEHIND, _OTHER_NAME = 8, 0x7075
"""CRC and sizes follow the member (APPNOTE 4.4.4); a field that gives it another name (4.6.9)."""


def _renames(extra: bytes) -> bool:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _OTHER_NAME:
            return True
        at += 4 + size
    return False


def _is_plain(name: str) -> bool:
    """Whether every program unpacks it under this one name: some drop, replace or resolve what is refused here."""
    return (
        name.isprintable()
        and not set(name) & set("\\:")
        and all(part and part[-1] not in " ." for part in name.split("/"))
    )


def _is_link(member: ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _within(file: IO[bytes], most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise BytesRejected("file_too_large")
    return data


def _chunks(file: IO[bytes] | None, most: int) -> Iterator[bytes]:
    while file is not None and (chunk := file.read(_CHUNK)):
        most -= len(chunk)
        if most < 0:
            raise BytesRejected("file_too_large")
        yield chunk
