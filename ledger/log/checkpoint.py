"""C2SP tlog-checkpoint: origin, size and root as a signed note (c2sp.org/tlog-checkpoint).

The one statement by which a log can be held to its past. Trust comes in as the log's verifier key, from a sheet of
paper or a trust file, never from beside the checkpoint. Extension lines are refused: nobody could audit them.
"""

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import BytesRejected, NoteRejected
from ledger.log.encoding import from_base64, to_base64
from ledger.log.merkle import MAX_SIZE
from ledger.log.note import VerifierKey, from_note, sign_note, verify_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: how many entries, and their root of 32 bytes."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        if not self.origin or "\n" in self.origin or len(self.root) != 32 or not 0 <= self.size <= MAX_SIZE:
            raise NoteRejected("checkpoint_malformed")
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        lines = text.split("\n")
        if len(lines) != 4 or not lines[0] or lines[3] or _SIZE.fullmatch(lines[1]) is None:
            raise NoteRejected("checkpoint_malformed")
        try:
            root = from_base64(lines[2])
        except BytesRejected:
            raise NoteRejected("checkpoint_malformed") from None
        if len(root) != 32 or int(lines[1]) > MAX_SIZE:
            raise NoteRejected("checkpoint_malformed")
        return cls(lines[0], int(lines[1]), root)


def sign_checkpoint(checkpoint: Checkpoint, private_key: Ed25519PrivateKey) -> bytes:
    """The signed note. Signing two checkpoints that are not consistent ends a log: the caller keeps the last head."""
    return sign_note(checkpoint.to_text(), name=checkpoint.origin, private_key=private_key)


def open_checkpoint(data: bytes, *, key: VerifierKey) -> Checkpoint:
    """The checkpoint that `key` signed for its own log; NoteRejected for anything else."""
    checkpoint = Checkpoint.from_text(verify_note(data, keys=[key]).text)
    if checkpoint.origin != key.name:
        raise NoteRejected("origin_mismatch")
    return checkpoint


def read_unverified(data: bytes) -> Checkpoint:
    """What a note claims, signed by whomever: to be shown or compared, never to be relied on."""
    return Checkpoint.from_text(from_note(data).text)
