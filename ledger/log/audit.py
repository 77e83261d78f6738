"""The whole log judged from its entries: the chain and the tree, and who signed what.

`ChainAudit` holds integrity: form, profile, `seq`, `prev`, leaf hashes and root over entries that come in order.
`SignatureAudit` holds authenticity: due signatories, keys in force, ceremonies, `genesis`, `seen`, `via`. Both find
and go on, so that a report can list everything with its place; neither trusts an entry, and neither says that all
is well: the caller compares size, root and genesis with what he was given another way.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.errors import BytesRejected, SignatureRejected
from ledger.log.canonical import MAX_ENTRY, from_bytes, to_canonical
from ledger.log.keys import KeyBook
from ledger.log.merkle import EMPTY_PREV, leaf_hash
from ledger.log.pins import Pins
from ledger.log.quick import take
from ledger.log.signing import Check, Verify, each_holds
from ledger.log.spans import AUTHENTICITY, INTEGRITY, Finding, Span, find_reused, join_spans
from ledger.log.statement import check_entry, is_log, to_statement_hash
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
        self._spelled = to_canonical(log) if is_log(log) else None
        self._start = start
        self._first: tuple[str, str] | None = None
        self._leaf: bytes | None = None if start else EMPTY_PREV
        self._at = ""
        self._tiles = bytearray()
        self._rest = bytearray()
        self._ids = bytearray() if keep_ids else None

    @property
    def size(self) -> int:
        """How many entries the log has up to here."""
        return self._start + len(self._tiles) // 32 * WIDTH + len(self._rest) // 32

    def root(self) -> bytes:
        """Root over all entries; only of an audit that began with entry 0."""
        _, _, root = join_spans([self.to_span()])
        return root

    def find_reused_ids(self, *before: "ChainAudit") -> list[int]:
        """The entries, by number, whose id an earlier one has; ValueError where ids were not kept.

        *before*: the logs that this one goes on from, oldest first, whose entries are numbered below 0.
        """
        ids = bytearray()
        for audit in (*before, self):
            if audit._ids is None:  # noqa: SLF001 - its own kind
                raise ValueError("ids were not kept")
            ids += audit._ids  # noqa: SLF001
        return find_reused(ids, start=self._start - sum(audit.size for audit in before))

    def to_span(self) -> Span:
        return Span(
            start=self._start,
            first=self._first,
            last_leaf=self._leaf or EMPTY_PREV,
            last_at=self._at,
            tiles=bytes(self._tiles),
            rest=bytes(self._rest),
            ids=bytes(self._ids or b""),
            findings=tuple(self.findings),
        )

    def add(self, data: bytes) -> dict[str, Any] | None:
        """Judge the next entry; the entry, if its form is right."""
        seq, leaf = self.size, leaf_hash(data)
        try:
            entry = _read_entry(data)
        except BytesRejected as bad:
            self._find(seq, bad.reason)
            # What has no id that could be read gets one that no other entry has.
            self._push(leaf, leaf[:16])
            return None
        self._link(seq, entry)
        self._push(leaf, bytes.fromhex(entry["statement"]["id"].replace("-", "")))
        return entry

    def add_all(self, entries: Sequence[bytes]) -> None:
        """The same for many at once, many times as fast; most for whole tiles."""
        at, many = 0, WIDTH
        while at < len(entries):
            tried = entries[at : at + min(many, WIDTH - len(self._rest) // 32)]
            taken = self._add_quickly(tried)
            if taken < len(tried):
                self.add(tried[taken])
            at += min(taken + 1, len(tried))
            # Behind a doubtful entry few are tried, or copying the rest of the tile each time would take longest.
            many = 2 * taken + 1

    def _add_quickly(self, entries: Sequence[bytes]) -> int:
        """Take in those up to the first that is not beyond doubt; how many. They reach into one tile."""
        # The first entry of a stretch has no neighbour here.
        if self._spelled is None or self._leaf is None or self.size == self._start:
            return 0
        taken = take(entries, log=self._spelled, seq=self.size, prev=self._leaf, recorded_at=self._at)
        if taken.leaves:
            self._at = taken.recorded_at
            self._push(taken.leaves, taken.ids)
        return len(taken.leaves) // 32

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

    def _push(self, leaves: bytes, ids: bytes) -> None:
        self._leaf = leaves[-32:]
        if self._ids is not None:
            self._ids += ids
        self._rest += leaves
        if len(self._rest) == 32 * WIDTH:
            self._tiles += subtree_root(bytes(self._rest))
            self._rest.clear()

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
