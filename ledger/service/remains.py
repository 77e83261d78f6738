"""What is left of a log, and the one chain that can be put together from it.

Backups, evidence folders, old and damaged data directories are all *remains*: anything in them may be missing,
damaged or a lie. Trust: the heads that the caller passes in, and for what lies beyond the last of them the
signatures of the entries. Whoever gives nothing but lies gets nothing accepted.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, Protocol

import msgspec

from ledger.errors import BytesRejected, EvidenceRejected, LedgerReadOnly
from ledger.log.audit import ChainAudit, SignatureAudit
from ledger.log.canonical import from_bytes, from_canonical
from ledger.log.checkpoint import open_checkpoint, read_unverified
from ledger.log.encoding import from_base64
from ledger.log.epochs import find_after
from ledger.log.keys import KEY_TYPES, KeyBook
from ledger.log.merkle import EMPTY_PREV, Frontier, leaf_hash
from ledger.log.note import MAX_NOTE, VerifierKey
from ledger.log.tiles import WIDTH
from ledger.service.arithmetic import each_holds
from ledger.service.files import Files, FilesWithin
from ledger.service.ports import SealedRow
from ledger.service.sealing import Opening, Openings
from ledger.service.sources import BEFORE, MOST_REPORT, FolderSource

SignedHead = tuple[int, bytes]
Step = Callable[[], None]
_FIRST = 3


class Remains(Protocol):
    """One place. Nothing here raises for what is missing or damaged."""

    @property
    def size(self) -> int:
        """How many entries it says there were."""
        ...

    def entry(self, seq: int) -> bytes | None: ...

    def notes(self) -> list[bytes]:
        """Signed heads, as they were published."""
        ...

    def adopted(self, digest: str) -> bytes | None: ...

    def report(self, name: str) -> bytes | None: ...

    def sealed(self, seq: int) -> list[SealedRow]:
        """Openings as the vault encrypted them."""
        ...

    def openings(self, seq: int) -> Openings:
        """Openings as they were disclosed."""
        ...

    def before(self, size: int) -> "Remains | None":
        """What is here of the log that this one goes on from, *size* entries of it."""
        ...


class EvidenceRemains:
    """An evidence folder or a zip of one."""

    def __init__(self, files: Files, *, size: int | None = None) -> None:
        """*size*: by the checkpoint, unless given."""
        self._files = files
        self._source = FolderSource(files)
        self._bundle: tuple[int, list[bytes]] = -1, []
        self.size = size or 0
        if size is None:
            with suppress(EvidenceRejected):
                self.size = read_unverified(self._read("checkpoint", MAX_NOTE) or b"").size

    def entry(self, seq: int) -> bytes | None:
        index, at = divmod(seq, WIDTH)
        if index != self._bundle[0]:
            width = min(WIDTH, self.size - index * WIDTH)
            try:
                self._bundle = index, self._source.bundle(index, width).entries if width > 0 else []
            except BytesRejected:
                self._bundle = index, []
        entries = self._bundle[1]
        return entries[at] if at < len(entries) else None

    def notes(self) -> list[bytes]:
        names = [name for name in self._files.names() if name.startswith("handover/")]
        return [note for name in (*names, "checkpoint") if (note := self._read(name, MAX_NOTE)) is not None]

    def adopted(self, digest: str) -> bytes | None:
        try:
            return self._source.adopted(digest)
        except BytesRejected:
            return None

    def report(self, name: str) -> bytes | None:
        return self._read(f"reports/{name}", MOST_REPORT)

    def sealed(self, seq: int) -> list[SealedRow]:
        return []

    def openings(self, seq: int) -> Openings:
        return self._openings.get(seq, {})

    def before(self, size: int) -> Remains:
        return EvidenceRemains(FilesWithin(self._files, BEFORE), size=size)

    @cached_property
    def _openings(self) -> dict[int, dict[str, Opening]]:
        found: dict[int, dict[str, Opening]] = {}
        try:
            for line in self._source.openings():
                told = from_canonical(line.removesuffix(b"\n"))
                opening = Opening(told["value"], from_base64(told["key"]))
                found.setdefault(told["seq"], {})[told["path"]] = opening
        except (EvidenceRejected, KeyError, TypeError):
            pass  # what was read until here may still match
        return found

    def _read(self, name: str, most: int) -> bytes | None:
        try:
            return self._files.read(name, most)
        except BytesRejected:
            return None


class _Linked(msgspec.Struct):
    log: str
    seq: int
    prev: str


_LINKED = msgspec.json.Decoder(_Linked)
Link = tuple[bytes, bytes, int]
"""(leaf, leaf of the entry before, place)."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Entries that follow each other from entry 0 on: the leaf of each, and the place where its bytes lie."""

    log: str
    leaves: Sequence[bytes]
    places: Sequence[int]
    remains: Sequence[Remains]

    def entries(self) -> Iterator[bytes]:
        for seq, (leaf, place) in enumerate(zip(self.leaves, self.places, strict=True)):
            data = self.remains[place].entry(seq)
            if data is None or leaf_hash(data) != leaf:
                raise LedgerReadOnly("self_check", seq=seq)  # it read otherwise a moment ago
            yield data

    @property
    def left_out(self) -> int:
        """How many entries of this log there were beyond it, by what the places say."""
        ours = (self.log, self.leaves[0]) if self.leaves else None
        sizes = (each.size for each in self.remains if read_origin([each]) in (None, ours))
        return max(0, max(sizes, default=0) - len(self.leaves))

    def root(self) -> bytes:
        frontier = Frontier()
        for leaf in self.leaves:
            frontier.append(leaf)
        return frontier.root()

    def cut(self, size: int) -> "Chain":
        return Chain(self.log, self.leaves[:size], self.places[:size], self.remains)


def read_origin(remains: Sequence[Remains], log: str | None = None) -> tuple[str, bytes] | None:
    """(log, leaf of entry 0) by what most of the first entries (of *log*) say, for each may be damaged, or None."""
    told: Counter[tuple[str, bytes]] = Counter()
    for each in remains:
        for seq in range(_FIRST):
            data = each.entry(seq)
            try:
                if data is not None:
                    entry = from_bytes(data)
                    if log not in (None, entry["log"]):
                        continue
                    genesis = bytes.fromhex(entry["statement"]["genesis"]) if seq else leaf_hash(data)
                    told[entry["log"], genesis] += 1
            except (BytesRejected, KeyError, TypeError, ValueError):
                continue
    return told.most_common(1)[0][0] if told else None


def read_heads(remains: Sequence[Remains], *keys: VerifierKey) -> list[SignedHead]:
    """The heads among the remains that one of *keys* signed."""
    heads = []
    for note in (note for each in remains for note in each.notes()):
        for key in keys:
            with suppress(EvidenceRejected):
                head = open_checkpoint(note, key=key)
                heads.append((head.size, head.root))
    return heads


def find_chain(
    remains: Sequence[Remains], origin: tuple[str, bytes], heads: Sequence[SignedHead], *, step: Step = lambda: None
) -> tuple[Chain, int]:
    """The longest chain under all *heads* (size, root) that were signed, and how many entries those ask for.

    The chain is shorter than that number where entries are lost, and longer where entries follow that were
    never signed for; such a tail ends before the first entry that is not in order.
    Raises `LedgerReadOnly('head_differs')` where what is there is not what was signed.
    """
    log, genesis = origin
    due: dict[int, bytes] = {}
    for size, root in heads:
        if due.setdefault(size, root) != root:
            raise LedgerReadOnly("head_differs", signed=size)
    signed = max(due, default=0)
    levels = _read_levels(remains, log, genesis, step)
    if len(levels) < signed:
        return _longest(log, levels, due, remains), signed
    tips = levels[signed - 1] if signed else levels[0]
    for tip in tips:
        path = _walk(levels[: max(signed, 1)], tip)
        if _holds(path, due):
            path += _follow(levels[len(path) :], tip)
            return _cut_tail(_to_chain(log, path, remains), signed), signed
    raise LedgerReadOnly("head_differs", signed=signed)


def _longest(log: str, levels: Sequence[list[Link]], due: Mapping[int, bytes], remains: Sequence[Remains]) -> Chain:
    """Where not all is there that was signed: the most that is in order, under those of the heads that it reaches."""
    found = Chain(log, [], [], remains)
    for n, level in enumerate(levels):
        above = {prev for _, prev, _ in levels[n + 1]} if n + 1 < len(levels) else set()
        for tip in (link for link in level if link[0] not in above):
            path = _walk(levels[: n + 1], tip)
            if _holds(path, due):
                reached = max((size for size in due if size <= len(path)), default=0)
                found = max(found, _cut_tail(_to_chain(log, path, remains), reached), key=lambda each: len(each.leaves))
    return found


def find_before(chain: Chain, *, step: Step = lambda: None) -> list[Chain]:
    """The logs that *chain* goes on from, oldest first, each just as entry 0 of the next one says that it goes on.

    Raises `LedgerReadOnly`: `entries_lost` where not all of them are there, `head_differs` where they are others.
    """
    after = find_after(next(chain.entries(), b""))
    if after is None:
        return []
    within = [each.before(after.recovered) for each in chain.remains]
    remains = [*(each for each in within if each is not None), *chain.remains]
    heads = [(after.recovered, after.recovered_root)] + ([] if after.lost else [(after.size, after.root)])
    origin = read_origin(remains, after.log)
    old, _ = find_chain(remains, origin, heads, step=step) if origin else (Chain(after.log, [], [], remains), 0)
    if len(old.leaves) < after.recovered:
        lost = after.recovered - len(old.leaves)
        raise LedgerReadOnly("entries_lost", signed=after.recovered, lost=lost, seq=len(old.leaves))
    old = old.cut(after.recovered)
    return [*find_before(old, step=step), old]


def fold_keys(chains: Sequence[Chain]) -> KeyBook | None:
    """Every key at the end of the last of *chains*, which go on from each other; None of none."""
    keys: KeyBook | None = None
    for chain in chains:
        keys = KeyBook(chain.log) if keys is None else KeyBook.following(keys, chain.log)
        for seq, data in enumerate(chain.entries()):
            statement = from_bytes(data)["statement"]
            if statement["type"] in KEY_TYPES:
                keys.apply(seq, statement)
    return keys


def _read_levels(remains: Sequence[Remains], log: str, genesis: bytes, step: Step) -> list[list[Link]]:
    """By number, every entry found anywhere that leads back to entry 0."""
    levels: list[list[Link]] = []
    before = {EMPTY_PREV: EMPTY_PREV}
    for seq in count():
        found: dict[bytes, Link] = {}
        for place, each in enumerate(remains):
            data = each.entry(seq)
            leaf = leaf_hash(data) if data is not None else b""
            if data is None or leaf in found or (seq == 0 and leaf != genesis):
                continue
            prev = before.get(_read_prev(data, log, seq))
            if prev is not None:
                found[leaf] = leaf, prev, place
        if not found:
            return levels
        levels.append(list(found.values()))
        before = {leaf: leaf for leaf in found}
        step()
    raise AssertionError("counting does not end")


def _read_prev(data: bytes, log: str, seq: int) -> bytes:
    try:
        linked = _LINKED.decode(data)
        return bytes.fromhex(linked.prev) if (linked.log, linked.seq) == (log, seq) else b""
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return b""


def _walk(levels: Sequence[list[Link]], tip: Link) -> list[Link]:
    """From the first level to *tip*, which is in the last."""
    path = [tip]
    for level in reversed(levels[:-1]):
        path.append(next(link for link in level if link[0] == path[-1][1]))
    return path[::-1]


def _follow(levels: Sequence[list[Link]], tip: Link) -> list[Link]:
    """The longest chain that goes on from *tip*."""
    alive: list[list[Link]] = []
    before = {tip[0]}
    for level in levels:
        children = [link for link in level if link[1] in before]
        if not children:
            break
        alive.append(children)
        before = {link[0] for link in children}
    return _walk(alive, alive[-1][0]) if alive else []


def _holds(path: Sequence[Link], due: Mapping[int, bytes]) -> bool:
    frontier = Frontier()
    for leaf, _, _ in path:
        frontier.append(leaf)
        if due.get(frontier.size, b"") not in (b"", frontier.root()):
            return False
    return True


def _to_chain(log: str, path: Sequence[Link], remains: Sequence[Remains]) -> Chain:
    return Chain(log, [leaf for leaf, _, _ in path], [place for _, _, place in path], remains)


def _cut_tail(chain: Chain, signed: int) -> Chain:
    """Without the first entry after *signed* that is not in order by itself, and what follows it."""
    if len(chain.leaves) <= signed:
        return chain
    before = fold_keys(find_before(chain))
    whole = ChainAudit(chain.log, keep_ids=True)
    signatures = SignatureAudit(chain.log, verify=each_holds, before=before)
    for seq, data in enumerate(chain.entries()):
        entry: dict[str, Any] | None = whole.add(data)
        if entry is not None:
            signatures.add(seq, entry, chain.leaves[seq])
    wrong = [finding.seq for finding in (*whole.findings, *signatures.finish())] + list(whole.find_reused_ids())
    return chain.cut(min([seq for seq in wrong if seq is not None and seq >= signed], default=len(chain.leaves)))
