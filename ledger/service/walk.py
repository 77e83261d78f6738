"""One pass over the entries of a source: chain, signatures and rules, and what the later questions need to know."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ledger.errors import BytesRejected
from ledger.log.audit import MOST_FINDINGS, ChainAudit, SignatureAudit
from ledger.log.canonical import from_bytes
from ledger.log.epochs import After, find_after
from ledger.log.merkle import leaf_hash
from ledger.log.statement import check_entry
from ledger.log.tiles import WIDTH, build_tiles, bundle_shapes
from ledger.service.arithmetic import each_holds
from ledger.service.leaves import Leaves
from ledger.service.replay import Replay
from ledger.service.sources import Source
from ledger.service.verdict import Finding

MOST_EPOCHS = 64
"""More of them nobody follows."""


@dataclass(slots=True)
class Walk:
    """What the entries of *source*, up to *size* of them, are found to be. `run` it once.

    `leaves` are the hashes of the bytes; `said` those that the hash tiles give instead, where they differ.
    `anchored` is (entry, size, hex root) of what was anchored elsewhere.
    `broken` says what is wrong with a file of entries; `unjudged` counts the entries whose form was not right.
    `before` is the walk over the old log where this is a new epoch, `after` what its entry 0 says of that log. Findings
    number the entries of a log by themselves; for the replay the old log's are numbered from `base`, below 0.
    """

    source: Source
    log: str
    size: int
    step: Callable[[], None]
    replay: Replay
    base: int = 0
    before: "Walk | None" = None
    after: After | None = None
    chain: ChainAudit = field(init=False)
    signatures: SignatureAudit = field(init=False)
    leaves: Leaves = field(default_factory=Leaves)
    said: dict[int, bytes] = field(default_factory=dict)
    broken: list[Finding] = field(default_factory=list)
    issued: set[str] = field(default_factory=set)
    anchored: list[tuple[int, int, str]] = field(default_factory=list)
    newest_at: str | None = None
    unjudged: int = 0

    def __post_init__(self) -> None:
        self.chain = ChainAudit(self.log, keep_ids=True)
        old = self.before
        self.signatures = SignatureAudit(self.log, verify=each_holds, before=old.signatures.keys if old else None)

    @property
    def is_whole(self) -> bool:
        """Whether every entry was there and was judged, of the old log too."""
        whole = len(self.leaves) == self.size and not self.unjudged
        return whole and (self.before.is_whole if self.before else self.after is None)

    def epochs(self) -> "Iterator[Walk]":
        """The walks over the old logs, oldest first, then this one."""
        if self.before is not None:
            yield from self.before.epochs()
        yield self

    def run(self) -> None:
        for index, width in bundle_shapes(self.size):
            try:
                bundle = self.source.bundle(index, width)
            except BytesRejected as bad:
                self.broken.append(Finding(code=bad.reason, seq=index * WIDTH))
                return
            entries, start = bundle.entries, index * WIDTH
            digests = [leaf_hash(data) for data in entries]
            said = self._said_otherwise(index, width, digests)
            if bundle.reason is not None:
                # Behind the first that differs nobody knows where an entry begins.
                first = min(said, default=start + len(entries))
                self.broken.append(Finding(code=bundle.reason, seq=min(first, start + width - 1)))
                entries = entries[: first - start + 1]
            self.said |= {seq: leaf for seq, leaf in said.items() if seq < start + len(entries)}
            self._take(entries, digests)
            if len(entries) < width or len(self.chain.findings) >= MOST_FINDINGS:
                return

    def _said_otherwise(self, index: int, width: int, digests: list[bytes]) -> dict[int, bytes]:
        """What the hash tile says of the entries whose hash it is not, by their numbers."""
        tile = self._tile(0, index, width)
        if tile is None or len(tile) != 32 * width:
            return {}
        hashes = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        return {
            index * WIDTH + at: said
            for at, (said, leaf) in enumerate(zip(hashes, digests, strict=False))
            if said != leaf
        }

    def _take(self, entries: list[bytes], digests: list[bytes]) -> None:
        before = len(self.chain.findings)
        self.chain.add_all(entries)
        sound = len(self.chain.findings) == before
        for data, leaf in zip(entries, digests, strict=False):
            seq = len(self.leaves)
            entry = json.loads(data) if sound else _read_sound(data)
            self.leaves.append(leaf)
            if entry is None:
                self.unjudged += 1
            else:
                self._judge(seq, entry, leaf)
            self.step()

    def _judge(self, seq: int, entry: dict[str, Any], leaf: bytes) -> None:
        self.newest_at = max(self.newest_at or "", entry["recorded_at"])
        self.signatures.add(seq, entry, leaf)
        self.replay.add(self.base + seq, entry, base=self.base)
        statement = entry["statement"]
        if statement["type"] == "report.issued":
            self.issued.add(str(statement["body"].get("sha256")))
        elif statement["type"] == "checkpoint.anchored" and type(size := statement["body"].get("size")) is int:
            self.anchored.append((seq, size, str(statement["body"].get("root"))))

    def wrong_anchors(self) -> Iterator[int]:
        """The entries that name another root than the tree had at that size."""
        for seq, size, root in self.anchored:
            if 0 <= size <= len(self.leaves) and self.leaves.root(size).hex() != root:
                yield seq

    def differing_tiles(self, leaves: Leaves) -> Iterator[Finding]:
        """The hash tiles that are not those over *leaves*."""
        for level, index, width, right in build_tiles(leaves):
            if width < WIDTH and len(leaves) < self.size:
                continue  # of a tree that nobody signed
            place: dict[str, str | int] = {"level": level, "index": index}
            found = self._tile(level, index, width)
            if found is None:
                yield Finding(code="tile_missing", values=place)
            elif found != right:
                yield Finding(code="tile_differs", values=place)

    def _tile(self, level: int, index: int, width: int) -> bytes | None:
        try:
            return self.source.tile(level, index, width)
        except BytesRejected:
            return b""  # it is there, and it is not the one


def walk_log(source: Source, log: str, size: int, step: Callable[[], None]) -> Walk:
    """Walk over the first *size* entries of *log*, after those of the log that it goes on from, if it does."""
    return _walk(source, log, size, step, Replay(partial(_read_adopted, source)), 0, MOST_EPOCHS)


def _walk(
    source: Source, log: str, size: int, step: Callable[[], None], replay: Replay, base: int, epochs: int
) -> Walk:
    after = _read_after(source, size) if epochs else None
    old = source.before(after.recovered) if after is not None else None
    before = None
    if after is not None and old is not None:
        before = _walk(old, after.log, after.recovered, step, replay, base - after.recovered, epochs - 1)
    walk = Walk(source, log, size, step, replay, base, before, after)
    walk.run()
    return walk


def _read_adopted(source: Source, digest: str) -> bytes | None:
    try:
        return source.adopted(digest)
    except BytesRejected:
        return b""


def _read_after(source: Source, size: int) -> After | None:
    try:
        entries = source.bundle(0, min(size, WIDTH)).entries if size else []
    except BytesRejected:
        return None
    return find_after(entries[0]) if entries else None


def _read_sound(data: bytes) -> dict[str, Any] | None:
    """The entry, where its own form is right; what is wrong with it was found already."""
    try:
        entry = from_bytes(data)
        check_entry(entry)
    except BytesRejected:
        return None
    return entry
