"""A store's own index against the bytes it indexes: columns, head, tree, published heads, sealed rows, files.

`entry.data` is the ledger; everything beside it is believed only as far as it follows from those bytes.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from ledger.errors import EvidenceRejected
from ledger.log.checkpoint import Checkpoint, read_unverified
from ledger.log.merkle import EMPTY_PREV, leaf_hash
from ledger.log.tiles import WIDTH, build_tiles, subtree_root
from ledger.service.leaves import Leaves
from ledger.service.ports import Reading
from ledger.service.verdict import Finding

NO_FAULT = frozenset({"sealed_missing"})
"""What is told and proves nothing: a register that was refilled from evidence never had what nobody disclosed."""


def find_index_faults(reading: Reading) -> Iterator[Finding]:
    """Whatever of *reading* does not follow from its entries; `seq` where it belongs to one."""
    leaves, last_at, missing = Leaves(), None, 0
    sealed = reading.sealed_places()
    place = next(sealed, None)
    for number, row in enumerate(reading.entry_rows(), start=reading.begins_at):
        leaf, (indexed, paths) = leaf_hash(row.data), _index_of(row.data)
        for column, value in {**indexed, "seq": number, "leaf": leaf}.items():
            if getattr(row, column) != value:
                yield Finding(code="index_differs", seq=row.seq, values={"column": column})
        if number >= 0:  # what stands before is of the old log, and no part of this tree
            last_at = indexed.get("recorded_at")
            leaves.append(leaf)
        missing += len(paths)
        while place is not None and place[0] <= row.seq:
            if place[0] < row.seq or place[1] not in paths:
                yield Finding(code="sealed_of_nothing", seq=place[0])
            else:
                missing -= 1
            place = next(sealed, None)
    if place is not None:
        yield Finding(code="sealed_of_nothing", seq=place[0])
    if missing:
        yield Finding(code="sealed_missing", values={"count": missing})
    yield from _head_faults(reading, leaves, last_at)
    yield from _tile_faults(reading, leaves)
    yield from _checkpoint_faults(reading, leaves)
    for digest, data in reading.adopted().items():
        if sha256(data).hexdigest() != digest:
            yield Finding(code="adopted_file_altered")


def _index_of(data: bytes) -> tuple[dict[str, Any], frozenset[str]]:
    """(columns, sealed paths) that the bytes give; none where they are no entry, which is found without us."""
    try:
        entry = json.loads(data)
        statement = entry["statement"]
        columns = {column: statement[column] for column in ("id", "type", "occurred_at", "performer")}
        return columns | {"recorded_at": entry["recorded_at"]}, frozenset(statement.get("sealed", ()))
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return {}, frozenset()


def _head_faults(reading: Reading, leaves: Leaves, last_at: str | None) -> Iterator[Finding]:
    head, size = reading.head, len(leaves)
    derived = (size, leaves[size - 1] if size else EMPTY_PREV, last_at, leaves.root(size))
    told = (head.size, head.last_leaf, head.last_recorded_at, head.frontier.root())
    for column, stored, right in zip(("size", "last_leaf", "last_recorded_at", "frontier"), told, derived, strict=True):
        if stored != right:
            yield Finding(code="head_row_differs", values={"column": column})


def _tile_faults(reading: Reading, leaves: Leaves) -> Iterator[Finding]:
    """Exactly the full tiles are stored, each with the root over its hashes."""
    due = {(level, index): data for level, index, width, data in build_tiles(leaves) if width == WIDTH}
    for level, index, root, data in reading.tile_rows():
        right = due.pop((level, index), None)
        if data != right or root != subtree_root(right):
            yield Finding(code="tile_differs", values={"level": level, "index": index})
    for level, index in due:
        yield Finding(code="tile_missing", values={"level": level, "index": index})


def _checkpoint_faults(reading: Reading, leaves: Leaves) -> Iterator[Finding]:
    """Every head ever published is one of these entries; two of them never contradict each other."""
    for row in reading.checkpoints():
        try:
            told: Checkpoint | None = read_unverified(row.note)
        except EvidenceRejected:
            told = None
        if told is None or (told.size, told.root) != (row.size, row.root):
            yield Finding(code="checkpoint_row_differs", values={"size": row.size})
        elif row.size > len(leaves) or leaves.root(row.size) != row.root:
            yield Finding(code="earlier_head_differs", values={"size": row.size})
