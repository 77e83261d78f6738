"""Signed heads: only after the new entries were read again and re-hashed, and never beside an earlier one.

Order (contract, section 10): commit, re-read and re-hash, compare-and-swap the head outside the directory,
sign, publish. Whoever can replace the heads store can make the facility sign a second history; what has
left the building then shows it.
"""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import LedgerReadOnly
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import Frontier, leaf_hash, read_root
from ledger.log.note import VerifierKey
from ledger.service.ledger import Ledger
from ledger.service.ports import CheckpointRow, Reading

SignedHead = tuple[int, bytes]


def verifier_key(ledger: Ledger) -> VerifierKey:
    """The public key of the log, as a vkey names it: the log's origin is the key's name."""
    public = ledger.secrets.log_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerifierKey.of(ledger.log, public)


def check_head(ledger: Ledger) -> SignedHead | None:
    """The last signed head, which the stored entries must contain.

    Raises `LedgerReadOnly`: `head_ahead` when fewer entries are here than were signed (a restored backup, a
    copied directory), `head_differs` when they are others.
    """
    with ledger.reading() as reading:
        return _check_head(ledger, reading)


def _check_head(ledger: Ledger, reading: Reading) -> SignedHead | None:
    if not reading.head.size:
        return None
    signed = ledger.heads.read(ledger.log, leaf_hash(reading.entry(0)))
    if signed is not None:
        size, root = signed
        if size > reading.head.size:
            raise LedgerReadOnly("head_ahead", signed=size, here=reading.head.size)
        if read_root(size, reading.node) != root:
            raise LedgerReadOnly("head_differs", signed=size)
    return signed


def sign_head(ledger: Ledger) -> CheckpointRow:
    """Sign the newest head and publish it. Raises `LedgerReadOnly` when the store does not hold what it says."""
    with ledger.reading() as reading:
        signed = _check_head(ledger, reading)
        size = reading.head.size
        published = reading.checkpoint()
        root = _rehash(reading, signed[0] if signed else 0)
        genesis = leaf_hash(reading.entry(0))
    if published is not None and (published.size, published.root) == (size, root):
        return published
    ledger.heads.advance(ledger.log, genesis, old=signed, new=(size, root))
    note = sign_checkpoint(Checkpoint(ledger.log, size, root), ledger.secrets.log_key())
    row = CheckpointRow(size=size, root=root, note=note)
    ledger.within(lambda tx: tx.writing.insert_checkpoint(row))
    return row


def _rehash(reading: Reading, start: int) -> bytes:
    """The root over the bytes as they lie now, from *start* on; equal to the stored tree, or `self_check`."""
    frontier = Frontier.at(start, reading.node)
    leaves = reading.leaves(start, reading.head.size)
    for (seq, data), stored in zip(reading.entries(start), leaves, strict=True):
        leaf = leaf_hash(data)
        if leaf != stored:
            raise LedgerReadOnly("self_check", seq=seq)
        frontier.append(leaf)
    root = frontier.root()
    if root != reading.head.frontier.root() or root != read_root(reading.head.size, reading.node):
        raise LedgerReadOnly("self_check", seq=start)
    return root
