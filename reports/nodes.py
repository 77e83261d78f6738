"""The hashes of a log's tree for many proofs at once: a tile's leaves are read and hashed together once.

Trusts the stored leaves, as a proof does that is read one by one; whoever checks the report hashes the entries.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ledger.log.merkle import node_hash
from ledger.log.proof import to_proof
from ledger.service.ports import Reading
from reports.old_entries import to_path

_HEIGHT: Final = 8
_WIDTH: Final = 1 << _HEIGHT
_KEPT = 32  # tiles; who asks in the order of the entries needs one, and those of the right edge


class Nodes:
    """`ledger.log.merkle.ReadNode` of the first *size* entries."""

    def __init__(self, reading: Reading, size: int) -> None:
        self._reading, self._size = reading, size
        self._tile = lru_cache(_KEPT)(self._read_tile)
        self._above = lru_cache(4096)(reading.node)

    def __call__(self, level: int, index: int) -> bytes:
        if level >= _HEIGHT:
            return self._above(level, index)
        tile, at = divmod(index, _WIDTH >> level)
        return self._tile(tile)[level][at]

    def _read_tile(self, tile: int) -> list[list[bytes]]:
        """By level: the hashes of the complete subtrees in it."""
        rows = [list(self._reading.leaves(tile * _WIDTH, min((tile + 1) * _WIDTH, self._size)))]
        while len(rows[-1]) > 1:
            row = rows[-1]
            rows.append([node_hash(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)])
        return rows


@dataclass(frozen=True, slots=True)
class Proofs(Mapping[int, bytes]):
    """What proves each entry, by its place: spelled when it is asked for, as the texts of many share their hashes."""

    spell: Callable[[int], bytes]
    places: Collection[int]

    def __getitem__(self, place: int) -> bytes:
        return self.spell(place)

    def __iter__(self) -> Iterator[int]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def make_proofs(paths: Mapping[int, Sequence[bytes]], note: bytes) -> Proofs:
    """Of entries with their *paths*, those of the log itself under the head of *note*."""

    def spell(place: int) -> bytes:
        return to_path(paths[place]) if place < 0 else to_proof(place, paths[place], note)

    return Proofs(spell, paths.keys())
