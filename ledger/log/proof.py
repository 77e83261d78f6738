"""C2SP tlog-proof: one entry's place in a log as a file that proves itself offline (c2sp.org/tlog-proof).

Holds the file both ways; opening its checkpoint and verifying its path is `checkpoint` and `merkle`, with the key
that the reader brings. The unauthenticated `extra` line is refused: it could only mislead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BytesRejected, ProofRejected
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.encoding import from_base64, to_base64
from ledger.log.merkle import MAX_SIZE, verify_inclusion
from ledger.log.note import VerifierKey

_FIRST = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
MAX_PATH = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """`path` runs from the leaf's sibling to the root's child; `checkpoint` is a signed note, not yet opened."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def to_proof(index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    if not 0 <= index < MAX_SIZE or len(path) > MAX_PATH or any(len(digest) != 32 for digest in path):
        raise ProofRejected("proof_malformed")
    lines = [_FIRST, f"index {index}", *map(to_base64, path), ""]
    return "".join(line + "\n" for line in lines).encode() + checkpoint


def from_proof(data: bytes) -> Proof:
    """ProofRejected for bytes that `to_proof` would not write."""
    head, blank, checkpoint = data.partition(b"\n\n")
    try:
        first, index, *path = head.decode("ascii").split("\n")
        hashes = tuple(map(from_base64, path))
    except (ValueError, BytesRejected):
        raise ProofRejected("proof_malformed") from None
    found = _INDEX.fullmatch(index)
    if not blank or first != _FIRST or found is None or to_proof(int(found[1]), hashes, checkpoint) != data:
        raise ProofRejected("proof_malformed")
    return Proof(int(found[1]), hashes, checkpoint)


def verify_proof(data: bytes, *, leaf: bytes, key: VerifierKey) -> tuple[int, Checkpoint]:
    """(index, checkpoint) that the leaf hash is proved under; the log's `key` is all that is trusted."""
    proof = from_proof(data)
    checkpoint = open_checkpoint(proof.checkpoint, key=key)
    verify_inclusion(leaf=leaf, index=proof.index, size=checkpoint.size, path=proof.path, root=checkpoint.root)
    return proof.index, checkpoint
