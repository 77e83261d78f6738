"""The RFC 6962 tree over SHA-256: hashes, the frontier that grows it, proofs and their verification.

Holds no storage: whoever computes a proof gives `read_node(level, index)`, the hash of the complete subtree of
2**level leaves that begins at leaf index * 2**level. Computing trusts that reader; verifying trusts only the head
(size and root) given as an argument, which must come from a verified checkpoint.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import TypeAlias

from ledger.errors import BytesRejected, ProofRejected

ReadNode: TypeAlias = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962, 2.1)."""
EMPTY_PREV = EMPTY_ROOT
"""`prev` of entry 0: SHA-256 of nothing."""
MAX_SIZE = 2**63 - 1


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the hash of one complete subtree per set bit of `size`, widest first."""

    __slots__ = ("_nodes", "_size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        """An empty tree, or one of `size` leaves whose edge is known; BytesRejected where the two do not fit."""
        if not 0 <= size <= MAX_SIZE or len(nodes) != size.bit_count() or any(len(node) != 32 for node in nodes):
            raise BytesRejected("frontier_malformed")
        self._size = size
        self._nodes = list(nodes)

    @classmethod
    def at(cls, size: int, read_node: ReadNode) -> "Frontier":
        """The edge of the first `size` leaves."""
        return cls(size, _read_edge(0, size, read_node))

    @property
    def size(self) -> int:
        """How many leaves."""
        return self._size

    @property
    def nodes(self) -> tuple[bytes, ...]:
        return tuple(self._nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.append_subtree(0, leaf)

    def append_subtree(self, level: int, node: bytes) -> None:
        """Add a complete subtree of 2**level leaves; `size` must be a multiple of that (ValueError)."""
        if self._size & ((1 << level) - 1):
            raise ValueError("a subtree of that level does not begin here")
        if len(node) != 32:
            raise BytesRejected("hash_length")
        rest = self._size >> level
        while rest & 1:
            node = node_hash(self._nodes.pop(), node)
            rest >>= 1
        self._nodes.append(node)
        self._size += 1 << level

    def root(self) -> bytes:
        """Root of all leaves so far, 32 bytes."""
        return _fold(self._nodes)

    def copy(self) -> "Frontier":
        return Frontier(self._size, self._nodes)

    def to_bytes(self) -> bytes:
        """`size` as eight big-endian bytes, then the nodes."""
        return self._size.to_bytes(8, "big") + b"".join(self._nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        if len(data) < 8:
            raise BytesRejected("frontier_malformed")
        return cls(int.from_bytes(data[:8], "big"), [data[at : at + 32] for at in range(8, len(data), 32)])


def read_root(size: int, read_node: ReadNode) -> bytes:
    """Root of the first `size` leaves."""
    return _read_range(0, size, read_node)


def inclusion_path(index: int, size: int, read_node: ReadNode) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162, 2.1.3.1: from the leaf's sibling to the root's child."""
    if not 0 <= index < size:
        raise ValueError("index must lie below size")
    return [_read_range(low, high, read_node) for low, high in reversed(list(_siblings(index, size)))]


def consistency_path(old_size: int, size: int, read_node: ReadNode) -> list[bytes]:
    """PROOF(old_size, D[size]) of RFC 9162, 2.1.4.1."""
    if not 0 < old_size <= size:
        raise ValueError("old_size must lie between 1 and size")
    # SUBPROOF walks like the path to the last old leaf and stops where a subtree ends exactly at old_size.
    low, high, path = 0, size, []
    while high != old_size:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    if low:
        path.append((low, high))
    return [_read_range(start, end, read_node) for start, end in reversed(path)]


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """ProofRejected unless `leaf` stands at `index` of the tree (size, root); RFC 9162, 2.1.3.2."""
    _check_hashes(leaf, root, *path)
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofRejected("index_out_of_range")
    position, last, digest = index, size - 1, leaf  # step 2: fn, sn, r
    for sibling in path:  # step 4
        if last == 0:
            raise ProofRejected("path_too_long")
        if position & 1 or position == last:
            digest = node_hash(sibling, digest)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofRejected("path_too_short")
    if digest != root:
        raise ProofRejected("root_mismatch")


def verify_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """ProofRejected unless the tree (size, root) continues (old_size, old_root); RFC 9162, 2.1.4.2.

    An empty old tree proves nothing and is refused.
    """
    _check_hashes(old_root, root, *path)
    if not 0 < old_size <= size <= MAX_SIZE:
        raise ProofRejected("size_out_of_range")
    if old_size == size:
        if path:
            raise ProofRejected("path_too_long")
        if old_root != root:
            raise ProofRejected("root_mismatch")
        return
    hashes = list(path)
    if old_size & (old_size - 1) == 0:  # step 2: a power of two is its own first hash
        hashes.insert(0, old_root)
    if not hashes:
        raise ProofRejected("path_too_short")
    position, last = old_size - 1, size - 1  # step 3
    while position & 1:  # step 4
        position, last = position >> 1, last >> 1
    old_digest = digest = hashes[0]  # step 5
    for sibling in hashes[1:]:  # step 6
        if last == 0:
            raise ProofRejected("path_too_long")
        if position & 1 or position == last:
            old_digest, digest = node_hash(sibling, old_digest), node_hash(sibling, digest)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        position, last = position >> 1, last >> 1
    if last:  # step 7
        raise ProofRejected("path_too_short")
    if old_digest != old_root:
        raise ProofRejected("old_root_mismatch")
    if digest != root:
        raise ProofRejected("root_mismatch")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(digest) != 32 for digest in hashes):
        raise ProofRejected("hash_length")


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _siblings(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The ranges beside the way from the root down to `index`."""
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            yield middle, high
            high = middle
        else:
            yield low, middle
            low = middle


def _read_range(low: int, high: int, read_node: ReadNode) -> bytes:
    """Hash of the subtree over [low, high) as RFC 6962 cuts it."""
    return _fold(_read_edge(low, high, read_node))


def _read_edge(low: int, high: int, read_node: ReadNode) -> list[bytes]:
    """The complete subtrees of [low, high), widest first; `low` must be a multiple of the widest."""
    nodes = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append(read_node(level, low >> level))
        low += 1 << level
    return nodes


def _fold(nodes: Sequence[bytes]) -> bytes:
    if not nodes:
        return EMPTY_ROOT
    digest = nodes[-1]
    for left in reversed(nodes[:-1]):
        digest = node_hash(left, digest)
    return digest
