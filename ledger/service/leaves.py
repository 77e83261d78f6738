"""Leaf hashes in the order of their entries, and the root over any first of them; 32 bytes an entry in memory."""

from collections.abc import Iterable, Iterator, Sequence

from ledger.log.merkle import Frontier
from ledger.log.tiles import HEIGHT, WIDTH, subtree_root

_HASH = 32


class Leaves:
    """A growing list of 32-byte hashes. Trusts whoever computed them."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self._data = bytearray()
        self._tiles: list[bytes] = []
        for each in hashes:
            self.append(each)

    def __len__(self) -> int:
        return len(self._data) // _HASH

    def __getitem__(self, index: int) -> bytes:
        return bytes(self._data[index * _HASH : (index + 1) * _HASH])

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))

    def append(self, leaf: bytes) -> None:
        self._data += leaf
        size = len(self)
        if size % WIDTH == 0:
            self._tiles.append(subtree_root(bytes(self._data[-WIDTH * _HASH :])))

    def extend(self, leaves: Sequence[bytes]) -> None:
        for leaf in leaves:
            self.append(leaf)

    def frontier(self, size: int) -> Frontier:
        """The edge of the tree over the first *size*; ValueError where there are fewer."""
        if size > len(self):
            raise ValueError("so many leaves are not here")
        edge = Frontier()
        for tile in self._tiles[: size // WIDTH]:
            edge.append_subtree(HEIGHT, tile)
        for at in range(size - size % WIDTH, size):
            edge.append(self[at])
        return edge

    def root(self, size: int) -> bytes:
        return self.frontier(size).root()
