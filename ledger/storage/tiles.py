"""Full tiles, and the hashes of complete subtrees read from them or, at the right edge, from the leaves.

A tile is stored once it is full, in the transaction that filled it, with the root over its 256 hashes: so the
hash of a complete subtree never needs more than one tile. Trusts the stored leaves; a checkpoint is signed only
after `ledger.log` has hashed the entries again.
"""

from collections.abc import Iterator

from sqlalchemy import bindparam, insert, select

from ledger.errors import NotFound
from ledger.log.merkle import node_hash
from ledger.storage.shelves import Source, prepared
from ledger.storage.tables import TABLES

_WIDTH, _HEIGHT, _HASH = 256, 8, 32

_entry, _tile = TABLES["entry"].c, TABLES["tile"].c
_DATA = prepared(select(_tile.data).where(_tile.level == bindparam("level"), _tile.idx == bindparam("idx")))
_ROOTS = prepared(
    select(_tile.root)
    .where(_tile.level == bindparam("level"), _tile.idx >= bindparam("start"), _tile.idx < bindparam("stop"))
    .order_by(_tile.idx)
)
_LEAVES = prepared(
    select(_entry.leaf).where(_entry.seq >= bindparam("start"), _entry.seq < bindparam("stop")).order_by(_entry.seq)
)
_INSERT = prepared(insert(TABLES["tile"]))


def node(source: Source, level: int, index: int) -> bytes:
    """The hash of the complete subtree of 2**level leaves number *index*. Raises `NotFound` beyond the tree."""
    tile_level, height = divmod(level, _HEIGHT)
    start = index << height
    return _joined(_hashes(source, tile_level, start, start + (1 << height)))


def leaves(source: Source, start: int, stop: int) -> Iterator[bytes]:
    """The leaf hashes from *start* to before *stop*, a tile at a time. Raises `NotFound` beyond the tree."""
    while start < stop:
        end = min(stop, start - start % _WIDTH + _WIDTH)
        yield from _hashes(source, 0, start, end)
        start = end


def insert_full_tiles(source: Source, old_size: int, new_size: int) -> None:
    """Store every tile that became full as the tree grew from *old_size* to *new_size* leaves."""
    level = 0
    while old_size // _WIDTH < new_size // _WIDTH:
        old_size, new_size = old_size // _WIDTH, new_size // _WIDTH
        for idx in range(old_size, new_size):
            hashes = _edge(source, level, idx * _WIDTH, (idx + 1) * _WIDTH)
            source.put(_INSERT, [(level, idx, _joined(hashes), b"".join(hashes))])
        level += 1


def _hashes(source: Source, level: int, start: int, stop: int) -> list[bytes]:
    """Hashes *start* to before *stop* of a tile level, all within one tile."""
    idx, first = divmod(start, _WIDTH)
    rows = source.all(_DATA, level, idx)
    if not rows:
        return _edge(source, level, start, stop)
    data, last = rows[0][0], first + stop - start
    return [data[at : at + _HASH] for at in range(first * _HASH, last * _HASH, _HASH)]


def _edge(source: Source, level: int, start: int, stop: int) -> list[bytes]:
    """The same where no full tile holds them: leaves, or the roots of the full tiles one level below."""
    rows = source.all(_ROOTS, level - 1, start, stop) if level else source.all(_LEAVES, start, stop)
    if len(rows) != stop - start:
        raise NotFound
    return [hash_ for (hash_,) in rows]


def _joined(hashes: list[bytes]) -> bytes:
    """The root over 2**n hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
