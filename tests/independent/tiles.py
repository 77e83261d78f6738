"""The folder's Merkle tree: C2SP tlog-tiles over RFC 6962 SHA-256. Trusts only the checkpoint's size and root."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from .basics import need, refuse

WIDTH = 256


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1  # the largest power of two below the size
    return node_hash(merkle_root(leaves[:k]), merkle_root(leaves[k:]))


def tile_path(level: int | str, index: int, width: int) -> str:
    """`tile/<L>/<N>[.p/<W>]`; N in groups of three digits, all but the last marked x; L may be `entries`."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return f"tile/{level}/" + "/".join(groups) + ("" if width == WIDTH else f".p/{width}")


def due_widths(count: int) -> Iterator[tuple[int, int]]:
    """(index, width) of the tiles that hold `count` hashes or entries."""
    yield from ((index, WIDTH) for index in range(count // WIDTH))
    if count % WIDTH:
        yield count // WIDTH, count % WIDTH


def due_tiles(leaves: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every hash tile of a tree with these leaves."""
    level, hashes = 0, leaves
    while hashes:
        for index, width in due_widths(len(hashes)):
            start = index * WIDTH
            yield tile_path(level, index, width), b"".join(hashes[start : start + width])
        level += 1
        hashes = [merkle_root(hashes[i : i + WIDTH]) for i in range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]


def read_file(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError:
        refuse("file_missing", f"{path} is not there or cannot be read")


def read_entries(folder: Path, size: int) -> list[bytes]:
    """The entries in the bundles whose widths `size` implies; other bundles are not looked at."""
    entries: list[bytes] = []
    for index, width in due_widths(size):
        path = tile_path("entries", index, width)
        bundle, at = read_file(folder, path), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            entries.append(bundle[at + 2 : end])
            at = end  # beyond the bundle where it ends too early
        need(at == len(bundle), "bundle", f"{path} does not hold exactly {width} entries")
    return entries
