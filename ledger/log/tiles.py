"""C2SP tlog-tiles: the tree and the entries as static files (c2sp.org/tlog-tiles).

Holds paths, shapes, bundles of entries, a writer that makes every tile of a tree in one pass, and a reader that
finds nodes in tiles. A tile is only what somebody stored: trust comes from the root that a proof leads to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Literal, TypeAlias

from ledger.errors import BytesRejected
from ledger.log.quick import fold

HEIGHT = 8
WIDTH = 1 << HEIGHT
MAX_LEVEL = 63
MAX_BUNDLED = 0xFFFF
"""Most bytes of an entry that a bundle's length prefix can say."""

Level: TypeAlias = int | Literal["entries"]


def tile_path(level: Level, index: int, width: int) -> str:
    """`tile/0/x001/x234/067.p/5`: the path of a tile, or of a bundle for the level "entries"."""
    if (level != "entries" and not 0 <= level <= MAX_LEVEL) or index < 0 or not 1 <= width <= WIDTH:
        raise ValueError("no such tile")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < WIDTH else "")


def tile_shapes(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, index, width) of every hash tile of a tree of `size` leaves, the partial ones last in their level."""
    for level in range(MAX_LEVEL + 1):
        hashes = size >> (HEIGHT * level)
        if not hashes:
            return
        for index, width in bundle_shapes(hashes):
            yield level, index, width


def bundle_shapes(size: int) -> Iterator[tuple[int, int]]:
    """(index, width) of every bundle of entries of a tree of `size` leaves."""
    full, rest = divmod(size, WIDTH)
    yield from ((index, WIDTH) for index in range(full))
    if rest:
        yield full, rest


def to_bundle(entries: Sequence[bytes]) -> bytes:
    """1 to 256 entries, each behind its length as a big-endian uint16."""
    if not 1 <= len(entries) <= WIDTH or any(len(entry) > MAX_BUNDLED for entry in entries):
        raise BytesRejected("bundle_malformed")
    return b"".join(part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry))


def from_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries; BytesRejected where the bundle holds fewer, more, or part of one."""
    entries, at = [], 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise BytesRejected("bundle_too_short")
        entries.append(data[start:at])
    if at != len(data):
        raise BytesRejected("bundle_too_long")
    return entries


def build_tiles(leaves: Iterable[bytes]) -> Iterator[tuple[int, int, int, bytes]]:
    """(level, index, width, bytes) of every tile over the leaf hashes, one pass, a few tiles in memory."""
    open_tiles = [bytearray()]
    done = [0]
    for leaf in leaves:
        open_tiles[0] += leaf
        level = 0
        while len(open_tiles[level]) == 32 * WIDTH:
            tile = bytes(open_tiles[level])
            yield level, done[level], WIDTH, tile
            if level + 1 == len(open_tiles):
                open_tiles.append(bytearray())
                done.append(0)
            open_tiles[level + 1] += subtree_root(tile)
            open_tiles[level].clear()
            done[level] += 1
            level += 1
    for level, hashes in enumerate(open_tiles):
        if hashes:
            yield level, done[level], len(hashes) // 32, bytes(hashes)


def subtree_root(hashes: bytes) -> bytes:
    """Root over 2**n hashes, joined."""
    folded = fold(hashes)
    if folded is not None:
        return folded
    while len(hashes) > 32:
        hashes = b"".join([sha256(b"\1" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])
    return hashes


class TileReader:
    """`read_node` for the proofs of `merkle`, over the tiles of a tree of `size` leaves.

    `read_tile(level, index, width)` gives the bytes of the widths that this size implies, and of no other.
    """

    _MOST_KEPT = 64

    def __init__(self, size: int, read_tile: Callable[[int, int, int], bytes]) -> None:
        self._size = size
        self._read_tile = read_tile
        self._kept: dict[tuple[int, int], bytes] = {}

    def read_node(self, level: int, index: int) -> bytes:
        """Hash of the complete subtree of 2**level leaves; ValueError where the tree has no such."""
        if level < 0 or index < 0 or (index + 1) << level > self._size:
            raise ValueError("no such node")
        tile_level, height = divmod(level, HEIGHT)
        tile, first = divmod(index << height, WIDTH)
        data = self._tile(tile_level, tile)
        return subtree_root(data[32 * first : 32 * (first + (1 << height))])

    def _tile(self, level: int, index: int) -> bytes:
        data = self._kept.get((level, index))
        if data is None:
            width = min((self._size >> (HEIGHT * level)) - index * WIDTH, WIDTH)
            data = self._read_tile(level, index, width)
            if len(data) != 32 * width:
                raise BytesRejected("tile_length")
            if len(self._kept) == self._MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[level, index] = data
        return data
