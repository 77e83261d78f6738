"""What an audit leaves: findings, and stretches of a log that several workers audited, joined into one answer.

A span is believed as far as the worker who made it; joining checks only the seams and folds the tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.log.merkle import Frontier
from ledger.log.tiles import HEIGHT

INTEGRITY, COMPLETENESS, AUTHENTICITY = "integrity", "completeness", "authenticity"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at entry `seq` (None: with the whole); `check` is the verdict that it fails."""

    seq: int | None
    code: str
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What the audit of a stretch of a log leaves to be joined to its neighbours.

    `first` is (prev, recorded_at) of the first entry, None where it could not be read; `last_leaf` and `last_at` are
    of the last one; `tiles` are the roots of its full tiles, `rest` the leaf hashes after them, 32 bytes each;
    `ids` are those of the entries, 16 bytes each, if they were kept.
    """

    start: int
    first: tuple[str, str] | None
    last_leaf: bytes
    last_at: str
    tiles: bytes
    rest: bytes
    ids: bytes
    findings: tuple[Finding, ...]


def join_spans(spans: Sequence[Span]) -> tuple[list[Finding], int, bytes]:
    """(findings, size, root) of stretches that follow each other from entry 0 on; ValueError where they do not."""
    findings: list[Finding] = []
    frontier = Frontier()
    before: Span | None = None
    for span in spans:
        if span.start != frontier.size:
            raise ValueError("a stretch is missing")
        if before is not None and span.first is not None:
            prev, at = span.first
            if prev != before.last_leaf.hex():
                findings.append(Finding(span.start, "prev_mismatch", INTEGRITY))
            if at <= before.last_at:
                findings.append(Finding(span.start, "time_not_increasing", INTEGRITY))
        findings += span.findings
        for tile in _hashes(span.tiles):
            frontier.append_subtree(HEIGHT, tile)
        for leaf in _hashes(span.rest):
            frontier.append(leaf)
        before = span
    return findings, frontier.size, frontier.root()


def find_reused(ids: bytes | bytearray, *, start: int = 0) -> list[int]:
    """The numbers of the ids, 16 bytes each, that stand earlier already; in passes, so that memory stays small."""
    reused: list[int] = []
    passes = len(ids) // 16 // 65_536 + 1
    for turn in range(passes):
        met: set[bytes] = set()
        for at in range(0, len(ids), 16):
            # The last byte is as good as random in every version of UUID.
            if ids[at + 15] % passes == turn:
                id_ = bytes(ids[at : at + 16])
                if id_ in met:
                    reused.append(start + at // 16)
                met.add(id_)
    return sorted(reused)


def _hashes(joined: bytes) -> list[bytes]:
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]
