"""By which key a head must be signed, across changes of the log's key (contract, section 7, authenticity).

A head is signed by the log's key that is in force for its last entry. The head that ends with a change of keys
(`key.rotated`) is the handover: the old key signs it, and the new one may sign it beside. Whoever brings an old key
is led from it to the newest by the handovers, each under the key before.
"""

from collections.abc import Callable

from ledger.errors import EvidenceRejected, NoteRejected
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.key import Key
from ledger.log.keys import KeyBook
from ledger.log.note import VerifierKey
from ledger.service.leaves import Leaves
from ledger.service.verdict import Check

ReadHandover = Callable[[int], bytes | None]


def signing_keys(keys: KeyBook, size: int) -> list[Key]:
    """The keys that may sign the head of *size*: the one in force, at a handover the next one too."""
    return [
        key for key in keys.log_keys if key.from_seq <= size and (key.until_seq is None or size - 1 <= key.until_seq)
    ]


def to_verifier(log: str, key: Key) -> VerifierKey:
    return VerifierKey.of(log, key.public[-32:])


def check_head_keys(
    check: Check, note: bytes, head: Checkpoint, *, keys: KeyBook, leaves: Leaves, trusted: VerifierKey | None,
    handover: ReadHandover,
) -> None:  # fmt: skip
    """Fail *check* unless *note* is by the keys that the entries name, and by or from the *trusted* one."""
    due = [to_verifier(head.origin, key) for key in signing_keys(keys, head.size)]
    rejected = _reasons(note, due)
    if len(rejected) == len(due):
        check.fail("head_not_by_its_key" if due else "log_key_unknown")
    if trusted is None or (trusted in due and trusted not in rejected):
        return
    ended = [key for key in keys.log_keys if key.until_seq is not None and to_verifier(head.origin, key) == trusted]
    if trusted in due or not ended:
        try:
            open_checkpoint(note, key=trusted)
            check.fail("log_key_differs")
        except EvidenceRejected as bad:
            check.fail(bad.reason)
        return
    for key in keys.log_keys[keys.log_keys.index(ended[0]) :]:
        if key.until_seq is not None and key.until_seq < head.size - 1:
            try:
                _verify_handover(handover(key.until_seq + 1), key, head.origin, leaves)
            except EvidenceRejected:
                check.fail("handover_missing", key.until_seq)
                return
    check.note("key_handed_over", ended[0].until_seq)


def _verify_handover(note: bytes | None, key: Key, log: str, leaves: Leaves) -> None:
    """Raises `EvidenceRejected` unless *note* is the head by *key* that ends with its change."""
    assert key.until_seq is not None
    size = key.until_seq + 1
    if note is None:
        raise NoteRejected("handover_missing")
    if open_checkpoint(note, key=to_verifier(log, key)) != Checkpoint(log, size, leaves.root(size)):
        raise NoteRejected("handover_differs")


def _reasons(note: bytes, due: list[VerifierKey]) -> dict[VerifierKey, str]:
    """Those of *due* that did not sign *note*."""
    rejected = {}
    for key in due:
        try:
            open_checkpoint(note, key=key)
        except EvidenceRejected as bad:
            rejected[key] = bad.reason
    return rejected
