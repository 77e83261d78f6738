"""The file of entries that every peer is given: each behind its length, four bytes, big-endian."""

import struct
from collections.abc import Iterable
from pathlib import Path


def write_entries(path: Path, entries: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for entry in entries:
            file.write(struct.pack(">I", len(entry)) + entry)


def read_entries(path: Path) -> list[bytes]:
    data, entries, at = path.read_bytes(), [], 0
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        entries.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return entries
