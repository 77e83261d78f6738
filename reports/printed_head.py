"""A head as it was printed on an earlier page, held against the register that is there now.

Whoever holds the page trusts it; the register shows by a consistency proof (RFC 9162, 2.1.4) what its own head was at
that size, so a stranger can repeat the comparison from the report alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import ProofRejected, WronglyCalled
from ledger.log.merkle import ReadNode, consistency_path, read_root, verify_consistency
from reports.model import Frame

SAME, DIFFERS, LONGER, OTHER = "same", "differs", "longer", "other_register"
_MOST_DIGITS = 15
_ROOT_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedHead:
    """`size` and `root` (64 hex digits) as printed, `log` where the code names it. `own_root` is what this register
    had at that size, None where it never was so long; `path` leads from that to the head of the frame.
    """

    log: str = ""
    size: int
    root: str
    own_root: str | None = None
    path: tuple[str, ...] = ()


def read_printed(told: str) -> PrintedHead:
    """`SIZE ROOT`, or the lines of the QR code; the root may have gaps. Raises `WronglyCalled`."""
    log, words = "", told.split()
    if words and not words[0].isdecimal():
        log, *words = words
        if len(words) > 2 and len(words[1]) == _ROOT_DIGITS:
            words = words[:2]  # the code goes on with the entry that its paper is about
    root = "".join(words[1:]).lower()
    if not words or not words[0].isascii() or not words[0].isdecimal() or not 0 < len(words[0]) <= _MOST_DIGITS:
        raise WronglyCalled("head_unreadable")
    if len(root) != _ROOT_DIGITS or not set(root) <= set("0123456789abcdef"):
        raise WronglyCalled("head_unreadable")
    return PrintedHead(log=log, size=int(words[0]), root=root)


def compare_printed(told: str, size: int, read_node: ReadNode) -> PrintedHead:
    """*told* beside what the tree of *size* leaves had at that size."""
    printed = read_printed(told)
    if not 0 < printed.size <= size:
        return printed
    return PrintedHead(
        log=printed.log,
        size=printed.size,
        root=printed.root,
        own_root=read_root(printed.size, read_node).hex(),
        path=tuple(each.hex() for each in consistency_path(printed.size, size, read_node)),
    )


def answer_of(printed: PrintedHead, frame: Frame) -> str:
    """`SAME`, `DIFFERS`, `LONGER` (the page has more entries than there are), `OTHER`."""
    if printed.log not in ("", frame.facility.log):
        return OTHER
    if printed.own_root is None:
        return LONGER if printed.size > frame.head.size else DIFFERS
    return SAME if printed.own_root == printed.root else DIFFERS


def verify_own_root(printed: PrintedHead, frame: Frame) -> None:
    """Raises `ProofRejected` unless the head of *frame* goes on from `own_root` at that size."""
    if printed.own_root is None:
        if 0 < printed.size <= frame.head.size:
            raise ProofRejected("root_mismatch")
        return
    try:
        path: Sequence[bytes] = [bytes.fromhex(each) for each in printed.path]
        own, root = bytes.fromhex(printed.own_root), bytes.fromhex(frame.head.root)
    except ValueError as bad:
        raise ProofRejected("proof_malformed") from bad
    verify_consistency(old_size=printed.size, old_root=own, size=frame.head.size, root=root, path=path)
