"""The whole log judged from its entries: the chain and the tree, and who signed what.

`ChainAudit` holds integrity: form, profile, `seq`, `prev`, leaf hashes and root over entries that come in order.
`SignatureAudit` holds authenticity: due signatories, keys in force, ceremonies, `genesis`, `seen`, `via`. Both find
and go on, so that a report can list everything with its place; neither trusts an entry, and neither says that all
is well: the caller compares size, root and genesis with what he was given another way.
"""

from array import array
from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import le, lt
from typing import Any, cast

from ledger.errors import BytesRejected, SignatureRejected
from ledger.log.canonical import MAX_ENTRY, are_timestamps, from_bytes, from_timestamp
from ledger.log.encoding import are_base64
from ledger.log.keys import KeyBook
from ledger.log.merkle import EMPTY_PREV, leaf_hash
from ledger.log.pins import Pins
from ledger.log.shapes import Row, Shapes
from ledger.log.signing import Check, Verify, each_holds
from ledger.log.spans import AUTHENTICITY, INTEGRITY, Finding, Span, find_reused, join_spans
from ledger.log.statement import MOST_AHEAD, check_entry, to_statement_hash
from ledger.log.tiles import WIDTH, subtree_root

MOST_FINDINGS = 1_000
"""Findings that an audit keeps; a log with more has been told enough about."""
MOST_WAITING = 1_024
"""Signatures whose arithmetic is done at once."""


class ChainAudit:
    """Integrity of the entries of `log`, as they come, from number `start` on, which is a multiple of 256.

    Memory does not grow with the log, but for 16 bytes an entry where `keep_ids` asks for them to be compared.
    """

    def __init__(self, log: str, *, start: int = 0, keep_ids: bool = False) -> None:
        if start % WIDTH:
            raise ValueError("a stretch begins with a tile")
        self.findings: list[Finding] = []
        self._log = log
        self._start = start
        self._shapes = Shapes(log)
        self._first: tuple[str, str] | None = None
        self._leaf: bytes | None = None if start else EMPTY_PREV
        self._at = ""
        self._tiles = bytearray()
        self._rest: list[bytes] = []
        self._ids = bytearray() if keep_ids else None

    @property
    def size(self) -> int:
        """How many entries the log has up to here."""
        return self._start + len(self._tiles) // 32 * WIDTH + len(self._rest)

    def root(self) -> bytes:
        """Root over all entries; only of an audit that began with entry 0."""
        _, _, root = join_spans([self.to_span()])
        return root

    def find_reused_ids(self) -> list[int]:
        """The entries, by number, whose id an earlier one has; ValueError where ids were not kept."""
        if self._ids is None:
            raise ValueError("ids were not kept")
        return find_reused(self._ids, start=self._start)

    def to_span(self) -> Span:
        return Span(
            start=self._start,
            first=self._first,
            last_leaf=self._leaf or EMPTY_PREV,
            last_at=self._at,
            tiles=bytes(self._tiles),
            rest=b"".join(self._rest),
            ids=bytes(self._ids or b""),
            findings=tuple(self.findings),
        )

    def add(self, data: bytes, *, leaf: bytes | None = None) -> dict[str, Any] | None:
        """Judge the next entry; the entry, if its form is right. `leaf` is what its tile says, where there is one."""
        seq, digest = self.size, leaf_hash(data)
        if leaf is not None and leaf != digest:
            self._find(seq, "leaf_mismatch")
        try:
            entry = _read_entry(data)
        except BytesRejected as bad:
            self._find(seq, bad.reason)
            # What has no id that could be read gets one that no other entry has.
            self._push([digest], digest.hex()[:32])
            return None
        self._link(seq, entry)
        self._push([digest], entry["statement"]["id"])
        return entry

    def add_all(self, entries: Sequence[bytes], *, leaves: Sequence[bytes] | None = None) -> None:
        """The same for many at once, several times as fast; most for whole tiles."""
        at = 0
        while at < len(entries):
            # The first entry of a stretch has no neighbour here, and chunks end with their tile.
            end = at + (WIDTH - len(self._rest) if self.size > self._start else 1)
            chunk, said = entries[at:end], None if leaves is None else list(leaves[at:end])
            digests = [sha256(b"\0" + data).digest() for data in chunk]
            if (
                self._leaf is None
                or self.size == 0
                or (said is not None and digests != said)
                or not self._add_quickly(chunk, digests)
            ):
                for number, data in enumerate(chunk):
                    self.add(data, leaf=None if said is None else said[number])
            at = end

    def _add_quickly(self, entries: Sequence[bytes], digests: list[bytes]) -> bool:
        """Take in entries that are all in order; False, and nothing done, where one may not be."""
        rows = self._shapes.read(entries)
        while None in rows:
            at = rows.index(None)
            try:
                entry = _read_entry(entries[at])
            except BytesRejected:
                return False
            if entry["log"] != self._log:
                return False
            self._shapes.learn(entry)
            rows[at] = _to_row(entry)
        assert self._leaf is not None
        columns = zip(*cast(list[Row], rows), strict=True)
        prevs, recorded, seqs, values, more, acknowledged, ids, occurred, seens = columns
        size, before = self.size, self._leaf + b"".join(digests[:-1])
        numbers = range(size, size + len(entries))
        if not (
            b"".join(prevs) == before.hex().encode()
            and b" ".join(seqs) == " ".join(map(str, numbers)).encode()
            and self._at.encode() < recorded[0]
            and all(map(lt, recorded, recorded[1:]))
            and are_timestamps(recorded + occurred)
            and are_base64(filter(None, values + more))
            and self._shapes.are_acknowledgements(acknowledged)
            and all(map(lt, map(int, seens), numbers))
            and _occurred_in_time(occurred, recorded)
        ):
            return False
        self._leaf, self._at = digests[-1], recorded[-1].decode()
        self._push(digests, b"".join(ids).decode())
        return True

    def _link(self, seq: int, entry: Mapping[str, Any]) -> None:
        if seq == self._start:
            self._first = entry["prev"], entry["recorded_at"]
        if entry["log"] != self._log:
            self._find(seq, "log_mismatch")
        if entry["seq"] != seq:
            self._find(seq, "seq_mismatch")
        if self._leaf is not None and entry["prev"] != self._leaf.hex():
            self._find(seq, "prev_mismatch")
        if entry["recorded_at"] <= self._at:
            self._find(seq, "time_not_increasing")
        self._at = entry["recorded_at"]

    def _push(self, digests: list[bytes], ids: str) -> None:
        self._leaf = digests[-1]
        if self._ids is not None:
            self._ids += bytes.fromhex(ids.replace("-", ""))
        self._rest += digests
        if len(self._rest) == WIDTH:
            self._tiles += subtree_root(self._rest)
            self._rest = []

    def _find(self, seq: int | None, code: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(seq, code, INTEGRITY))


def _read_entry(data: bytes) -> dict[str, Any]:
    if not data:
        raise BytesRejected("entry_empty")
    if len(data) > MAX_ENTRY:
        raise BytesRejected("entry_too_large")
    entry = from_bytes(data)
    check_entry(entry)
    return entry


def _to_row(entry: Mapping[str, Any]) -> Row:
    statement = entry["statement"]
    linked = entry["prev"], entry["recorded_at"], str(entry["seq"])
    bound = statement["id"], statement["occurred_at"], str(statement["seen"]["seq"])
    prev, recorded_at, seq, id_, occurred_at, seen = (text.encode() for text in linked + bound)
    return prev, recorded_at, seq, None, None, b"", id_, occurred_at, seen


def _occurred_in_time(occurred: Sequence[bytes], recorded: Sequence[bytes]) -> bool:
    return all(map(le, occurred, recorded)) or all(
        early <= late or from_timestamp(early.decode()) - from_timestamp(late.decode()) <= MOST_AHEAD
        for early, late in zip(occurred, recorded, strict=True)
    )


class SignatureAudit:
    """Authenticity of the entries of `log`, given in order, those left out whose form is wrong.

    `verify` does the arithmetic of many signatures, in its own threads or processes if it likes. What is counted
    here is for the caller to judge: `imported` entries rest on import keys, the facility's own word; a person's own
    key confirms everything up to the entry that the person had seen.
    """

    def __init__(self, log: str, *, verify: Verify = each_holds, before: KeyBook | None = None) -> None:
        """*before*: the keys of the old log, where `log` is a new epoch."""
        self.keys = KeyBook(log) if before is None else KeyBook.following(before, log)
        self.genesis: bytes | None = None
        self.size = 0
        self.pins = Pins()
        self._log = log
        self._verify = verify
        self._findings: list[Finding] = []
        self._leaves = bytearray()
        self._imported = array("Q")
        self._waiting: list[tuple[int, str, Check]] = []
        self._ceremony: tuple[int, list[str]] | None = None
        self._performers: set[str] = set()
        self._witnesses: set[str] = set()

    @property
    def imported(self) -> int:
        """How many entries are the facility's own word."""
        return len(self._imported)

    @property
    def imports_closed(self) -> bool:
        return self.keys.imports_closed_at is not None

    @property
    def pinned(self) -> int:
        """The newest entry that a person's own key has confirmed by having seen it."""
        return self.pins.pinned(self.pins.seen)

    @property
    def unpinned_from(self) -> int:
        """The first entry that no person's own key has confirmed by having seen it."""
        return self.pinned + 1

    @property
    def only_witnesses(self) -> frozenset[str]:
        """People who sign for others and never for themselves."""
        return frozenset(self._witnesses - self._performers)

    def add(self, seq: int, entry: Mapping[str, Any], leaf: bytes) -> None:
        """Judge an entry that has passed `check_entry`; `leaf` is its hash."""
        statement, signatures = entry["statement"], entry["signatures"]
        self._leaves += bytes(32 * (seq - self.size)) + leaf
        self.size = seq + 1
        self._check_binding(seq, statement, leaf)
        self._check_ceremony(seq, statement, signatures[0].get("of"))
        if statement["type"] == "import.closed":
            count = statement["body"].get("count")
            if type(count) is not int or count != self.imported:
                self._find(seq, "import_count_mismatch")
        try:
            self.keys.check_statement(seq, statement, signatures, via=entry["via"])
            checks = self.keys.to_checks(statement, signatures, digest=to_statement_hash(statement))
            codes = ["signature_wrong"] * len(signatures) + ["proof_wrong"]
            self._waiting += [(seq, code, check) for code, check in zip(codes, checks, strict=False)]
        except SignatureRejected as bad:
            self._find(seq, bad.reason)
        self._count(seq, entry)
        try:
            self.keys.apply(seq, statement)
        except SignatureRejected as bad:
            self._find(seq, bad.reason)
        if len(self._waiting) >= MOST_WAITING:
            self._settle()

    def finish(self) -> list[Finding]:
        """Everything found, in the order of the entries."""
        self._settle()
        self._end_ceremony()
        return sorted(self._findings, key=lambda finding: -1 if finding.seq is None else finding.seq)

    def _check_binding(self, seq: int, statement: Mapping[str, Any], leaf: bytes) -> None:
        if seq == 0:
            self.genesis = leaf
            if statement["type"] != "facility.opened":
                self._find(seq, "first_entry_wrong")
            return
        if self.genesis is not None and statement["genesis"] != self.genesis.hex():
            self._find(seq, "genesis_mismatch")
        at = 32 * statement["seen"]["seq"]
        seen = self._leaves[at : at + 32]
        # An entry that was left out has no leaf here, and has been reported.
        if any(seen) and statement["seen"]["leaf"] != seen.hex():
            self._find(seq, "seen_mismatch")

    def _check_ceremony(self, seq: int, statement: Mapping[str, Any], of: list[str] | None) -> None:
        """A ceremony's statements are consecutive entries in its order, and all there."""
        if self._ceremony is not None:
            start, expected = self._ceremony
            if of != expected or [to_statement_hash(statement).hex()] != of[seq - start : seq - start + 1]:
                self._end_ceremony()
        if of is not None and self._ceremony is None:
            if to_statement_hash(statement).hex() != of[0]:
                self._find(seq, "ceremony_incomplete")
                return
            self._ceremony = seq, of
        if self._ceremony is not None and of is not None and seq == self._ceremony[0] + len(of) - 1:
            self._ceremony = None

    def _end_ceremony(self) -> None:
        if self._ceremony is not None:
            self._find(self._ceremony[0], "ceremony_incomplete")
            self._ceremony = None

    def _count(self, seq: int, entry: Mapping[str, Any]) -> None:
        statement = entry["statement"]
        self._performers.add(statement["performer"])
        if statement["witness"] is not None:
            self._witnesses.add(statement["witness"])
        if entry["via"] == "import":
            self._imported.append(seq)
        found = [(self.keys.find(signature["key"]), signature["by"]) for signature in entry["signatures"]]
        own = [key.key for key, by in found if key is not None and key.use == "sign" and key.person == by]
        self.pins.add(seq, statement, own, is_word=entry["via"] in ("import", "ledger"))

    def _settle(self) -> None:
        held = self._verify([check for _, _, check in self._waiting])
        for (seq, code, _), holds_ in zip(self._waiting, held, strict=True):
            if not holds_:
                self._find(seq, code)
        self._waiting.clear()

    def _find(self, seq: int | None, code: str) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(Finding(seq, code, AUTHENTICITY))
