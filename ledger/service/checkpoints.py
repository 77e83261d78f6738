"""Signed heads: only after the new entries were read again and re-hashed, and never beside an earlier one.

Order (contract, section 10): commit, re-read and re-hash, compare-and-swap the head outside the directory,
sign, publish. Whoever can replace the heads store can make the facility sign a second history; what has
left the building then shows it.
"""

from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import LedgerReadOnly
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.keys import KeyBook
from ledger.log.merkle import Frontier, leaf_hash, read_root
from ledger.log.note import Note, VerifierKey, from_note, to_note
from ledger.service.head_keys import signing_keys
from ledger.service.ledger import Ledger
from ledger.service.ports import CheckpointRow, Reading
from ledger.service.transaction import Transaction

SignedHead = tuple[int, bytes]
_TRIES = 10


def verifier_key(ledger: Ledger) -> VerifierKey:
    """The key that the next head is signed with, as a vkey names it: the log's origin is the key's name."""
    return VerifierKey.of(ledger.log, ledger.keys().current_log_key or _public(ledger.secrets.log_key()))


def check_head(ledger: Ledger) -> SignedHead | None:
    """The last signed head, which the stored entries must contain.

    Raises `LedgerReadOnly`: `head_ahead` when fewer entries are here than were signed (a restored backup, a
    copied directory), `head_differs` when they are others, `head_lost` when heads were published here and this
    machine knows of none.
    """
    signed = _read_signed(ledger)
    with ledger.reading() as reading:
        return _check_head(reading, signed)


def _read_signed(ledger: Ledger) -> SignedHead | None:
    """What was signed last. To be read before the entries: another process may sign newer ones in between."""
    with ledger.reading() as reading:
        genesis = leaf_hash(reading.entry(0)) if reading.head.size else None
    return None if genesis is None else ledger.heads.read(ledger.log, genesis)


def _check_head(reading: Reading, signed: SignedHead | None) -> SignedHead | None:
    if signed is not None:
        _check_contained(reading, signed)
    elif reading.checkpoint() is not None:
        raise LedgerReadOnly("head_lost")
    return signed


def _check_contained(reading: Reading, signed: SignedHead) -> None:
    size, root = signed
    if size > reading.head.size:
        raise LedgerReadOnly("head_ahead", signed=size, here=reading.head.size)
    if read_root(size, reading.node) != root:
        raise LedgerReadOnly("head_differs", signed=size)


def adopt_head(ledger: Ledger) -> SignedHead:
    """Take the newest head that was published with these entries for the last signed one, on this machine.

    For where none is known, or what another machine noted. Whoever asks for it has verified the entries and says
    that nobody signs for this log elsewhere. Raises `LedgerReadOnly` where the entries do not contain a known head.
    """
    with ledger.reading() as reading:
        genesis, published = leaf_hash(reading.entry(0)), reading.checkpoint()
        known = ledger.heads.read(ledger.log, genesis, of_any_machine=True)
        heads = ([(published.size, published.root)] if published else []) + ([known] if known else [])
        if not heads:
            raise LedgerReadOnly("head_lost")
        for head in heads:
            _check_contained(reading, head)
    newest = max(heads)
    ledger.heads.adopt(ledger.log, genesis, known=known, new=newest)
    ledger.read_only = None
    return newest


def sign_head(ledger: Ledger) -> CheckpointRow:
    """Sign the newest head and publish it. Raises `LedgerReadOnly` when the store does not hold what it says.

    Where another process moved the head meanwhile, both start from where it is now.
    """
    for _ in range(_TRIES - 1):
        try:
            return _sign_head(ledger)
        except LedgerReadOnly as moved:
            if moved.reason != "head_moved":
                raise
    return _sign_head(ledger)


def sign_or_read_head(ledger: Ledger) -> CheckpointRow:
    """The newest head, signed now; while none can be, the last that was. Raises `LedgerReadOnly`: none was."""
    try:
        return sign_head(ledger)
    except LedgerReadOnly:
        with ledger.reading() as reading:
            published = reading.checkpoint()
        if published is None:
            raise
        return published


def _sign_head(ledger: Ledger) -> CheckpointRow:
    signed = _read_signed(ledger)
    with ledger.reading() as reading:
        _check_head(reading, signed)
        keys = ledger.keys(reading)  # of this very snapshot: the old key must not sign beyond a change
        size, published = reading.head.size, reading.checkpoint()
        root = _rehash(reading, signed[0] if signed else 0)
        if published is not None and published.size == size:
            if published.root != root:
                raise LedgerReadOnly("head_differs", signed=size)
            return published
        genesis = leaf_hash(reading.entry(0))
        # After a crash the head that stands outside comes first: it may have been signed, and is published only.
        due = {size} | (
            {signed[0]} if signed is not None and (published is None or published.size < signed[0]) else set()
        )
        due |= {end for end in _ends(keys) if (signed[0] if signed else 0) < end < size}
        heads = [(step, read_root(step, reading.node)) for step in sorted(due)]
    for head in heads:
        with ledger.store.signing() as right:  # given when all that was read here outlives this machine
            note = _sign(ledger, keys, *head)
            if head != signed:
                ledger.heads.advance(ledger.log, genesis, old=signed, new=head)
                signed = head
            row = CheckpointRow(size=head[0], root=head[1], note=note)
            ledger.within(partial(_publish, row, right))
    return row


def _publish(row: CheckpointRow, right: int, tx: Transaction) -> None:
    tx.writing.insert_checkpoint(row, right)


def _ends(keys: KeyBook) -> list[int]:
    """The sizes that end with a change of the log's key."""
    return [key.until_seq + 1 for key in keys.log_keys if key.until_seq is not None]


def _sign(ledger: Ledger, keys: KeyBook, size: int, root: bytes) -> bytes:
    """The note of a head, by the log's key in force; at a change of keys by the next one too, if it is here."""
    private = {_public(key): key for key in ledger.secrets.log_keys()}
    first, *rest = [key.public[-32:] for key in signing_keys(keys, size)]
    if first not in private:
        raise LedgerReadOnly("key_foreign", name="log")
    checkpoint = Checkpoint(ledger.log, size, root)
    notes = [from_note(sign_checkpoint(checkpoint, private[key])) for key in (first, *rest) if key in private]
    return to_note(Note(notes[0].text, tuple(line for note in notes for line in note.signatures)))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


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
