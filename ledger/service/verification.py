"""Five verdicts over a source of evidence, trusting only what is passed in (contract, section 7).

What the verifier trusts: the key (or trust file), the earlier checkpoint, the clock it is given. Everything
else comes from the source and is checked. Missing is never "pass"; empty is never green.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.errors import BytesRejected, EvidenceRejected, OpeningRejected, WronglyCalled
from ledger.log.audit import MOST_FINDINGS as MOST_KEPT
from ledger.log.audit import ChainAudit, SignatureAudit
from ledger.log.canonical import from_bytes, from_canonical, from_timestamp, to_timestamp
from ledger.log.checkpoint import Checkpoint, open_checkpoint, read_unverified
from ledger.log.encoding import from_base64
from ledger.log.merkle import Frontier, leaf_hash
from ledger.log.note import VerifierKey, from_note
from ledger.log.policy import Policy
from ledger.log.sealed import verify_opening
from ledger.log.statement import check_entry
from ledger.log.tiles import WIDTH, build_tiles
from ledger.service.arithmetic import each_holds
from ledger.service.replay import Replay
from ledger.service.sources import Source, bundles_of

CHECKS = ("integrity", "completeness", "authenticity", "freshness", "domain")
PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
_WORST = {PASS: 0, UNKNOWN: 1, FAIL: 2}
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong (or worth saying) and where; `seq` is None for the whole. `values` fill its sentence."""

    code: str
    seq: int | None = None
    values: dict[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class Check:
    """One verdict. It starts as `pass` and only ever gets worse."""

    verdict: str = PASS
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    more: int = 0

    def fail(self, code: str, seq: int | None = None, **values: str | int) -> None:
        self.verdict = FAIL
        self._keep(Finding(code=code, seq=seq, values=values))

    def doubt(self, code: str, **values: str | int) -> None:
        if self.verdict == PASS:
            self.verdict = UNKNOWN
        self._keep(Finding(code=code, values=values))

    def note(self, code: str, seq: int | None = None, **values: str | int) -> None:
        self.notes.append(Finding(code=code, seq=seq, values=values))

    def _keep(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1


@dataclass(slots=True)
class Verdict:
    size: int = 0
    checks: dict[str, Check] = field(default_factory=lambda: {name: Check() for name in CHECKS})

    @property
    def verdict(self) -> str:
        return max((check.verdict for check in self.checks.values()), key=_WORST.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the verifier brings: the log's key, and where known the leaf of entry 0 and governance's key ids."""

    key: VerifierKey
    genesis: bytes | None = None
    governance: frozenset[str] = frozenset()


def read_trust(text: str) -> Trust:
    """A vkey, or a trust file: JSON with `vkey`, `genesis` (64 hex), `keys` (ids of registrar and head pharmacist)."""
    stripped = text.strip()
    try:
        if not stripped.startswith("{"):
            return Trust(key=VerifierKey.from_vkey(stripped))
        raw = json.loads(stripped)
        genesis = bytes.fromhex(raw["genesis"])
        if len(genesis) != 32:
            raise ValueError("genesis")
        return Trust(
            key=VerifierKey.from_vkey(raw["vkey"]), genesis=genesis, governance=frozenset(map(str, raw["keys"]))
        )
    except (ValueError, KeyError, TypeError, EvidenceRejected) as bad:
        raise WronglyCalled("trust_unreadable") from bad


@dataclass(slots=True)
class _Verification:
    source: Source
    trust: Trust | None
    since: Checkpoint | None
    policy: Policy | None
    require_signed: bool
    step: Callable[[], None]
    cosigned_at: datetime | None = None
    result: Verdict = field(default_factory=Verdict)
    last_at: str | None = None
    then: Frontier = field(default_factory=Frontier)
    replay: Replay = field(init=False)

    def __post_init__(self) -> None:
        self.replay = Replay(self.source.adopted)

    def check(self, name: str) -> Check:
        return self.result.checks[name]

    # ── the head

    def read_head(self) -> Checkpoint | None:
        note = self.source.checkpoint()
        if note is None:
            self.check("integrity").fail("checkpoint_missing")
            return None
        try:
            head = read_unverified(note)
        except EvidenceRejected as bad:
            self.check("integrity").fail(bad.reason)
            return None
        if self.trust is not None:
            try:
                open_checkpoint(note, key=self.trust.key)
            except EvidenceRejected as bad:
                self.check("authenticity").fail(bad.reason)
            self._judge_policy(note)
        if head.size == 0:
            self.check("completeness").fail("empty")
        return head

    def _judge_policy(self, data: bytes) -> None:
        if self.policy is None:
            self.check("authenticity").note("unwitnessed")
            return
        try:
            time = self.policy.verify(from_note(data))
        except EvidenceRejected as bad:
            self.check("authenticity").fail(bad.reason)
        else:
            if time is not None:
                self.cosigned_at = datetime.fromtimestamp(time, UTC)

    # ── the entries

    def read_entries(self, head: Checkpoint) -> bytes | None:
        """`keys.jsonl` as the entries derive it; None where they could not all be read."""
        chain = ChainAudit(head.origin, keep_ids=True)
        signatures = SignatureAudit(head.origin, verify=each_holds)
        leaves = self._walk(head, chain, signatures)
        differing = []
        try:
            for level, index, width, data in build_tiles(leaves):
                if self.source.tile(level, index, width) != data:
                    differing.append((level, index))
        except BytesRejected as bad:
            self.check("integrity").fail(bad.reason, chain.size)
            self.check("completeness").fail("entries_missing", None, have=chain.size, want=head.size)
            self._judge_signatures(signatures)
            return None
        for finding in chain.findings:
            self.check("integrity").fail(finding.code, finding.seq)
        for level, index in differing:
            self.check("integrity").fail("tile_differs", None, level=level, index=index)
        for seq in chain.find_reused_ids():
            self.check("completeness").fail("id_reused", seq)
        if chain.size == head.size and not chain.findings and chain.root() != head.root:
            self.check("integrity").fail("root_differs")
        self._judge_signatures(signatures)
        if self.since is not None:
            self._check_since(head)
        return signatures.keys.to_keys_jsonl()

    def _walk(self, head: Checkpoint, chain: ChainAudit, signatures: SignatureAudit) -> Iterator[bytes]:
        """Each entry once: chain, signatures, rules; yields its leaf for the tree."""
        seq = 0
        for bundle in bundles_of(self.source, head.size):
            before = len(chain.findings)
            chain.add_all(bundle)
            sound = len(chain.findings) == before < MOST_KEPT
            for data in bundle:
                entry = json.loads(data) if sound else _read_sound(data)
                leaf = leaf_hash(data)
                if entry is not None:
                    self.last_at = entry["recorded_at"]
                    signatures.add(seq, entry, leaf)
                    self.replay.add(seq, entry)
                seq += 1
                if self.since is not None and seq <= self.since.size:
                    self.then.append(leaf)
                self.step()
                yield leaf

    def _judge_signatures(self, audit: SignatureAudit) -> None:
        check = self.check("authenticity")
        for finding in audit.finish():
            check.fail(finding.code, finding.seq)
        check.note("own_word", None, imported=audit.imported, size=audit.size, closed=int(audit.imports_closed))
        if self.trust is None:
            check.doubt("no_key")
            return
        if self.trust.genesis is None:
            check.note("keys_on_facilitys_word")
        elif audit.genesis != self.trust.genesis:
            check.fail("genesis_differs")
        for key in sorted(self.trust.governance - audit.keys.ids()):
            check.fail("governance_key_unknown", None, key=key)
        if audit.keys.current_log_key is not None and audit.keys.current_log_key != self.trust.key.public:
            check.fail("log_key_differs")
        if self.require_signed:
            for seq in audit.unsigned:
                check.fail("not_signed_by_a_person", seq)
        if audit.unpinned_from < audit.size:
            check.note("not_pinned", audit.unpinned_from)
        for person in sorted(audit.only_witnesses):
            check.note("only_witness", None, person=person)

    def _check_since(self, head: Checkpoint) -> None:
        assert self.since is not None
        check, since = self.check("completeness"), self.since
        if since.origin != head.origin:
            check.fail("since_other_log")
        elif since.size > head.size:
            check.fail("smaller_than_since", None, since=since.size, size=head.size)
        elif since.size and self.then.root() != since.root:
            check.fail("since_differs", None, since=since.size)

    # ── what lies beside

    def read_extras(self, keys_jsonl: bytes) -> None:
        told = self.source.extra("keys.jsonl")
        if told is None:
            self.check("completeness").fail("keys_file_missing")
        elif told != keys_jsonl:
            self.check("authenticity").fail("keys_file_differs")
        for line in (self.source.extra("openings.jsonl") or b"").splitlines():
            try:
                self._check_opening(from_canonical(line))
            except (EvidenceRejected, KeyError, TypeError, AttributeError, ValueError):
                self.check("integrity").fail("opening_mismatch")

    def _check_opening(self, opening: Any) -> None:
        seq = opening["seq"]
        if type(seq) is not int or not 0 <= seq < self.result.size:
            raise OpeningRejected("opening_of_nothing")
        index = seq // WIDTH
        bundle = self.source.bundle(index, min(WIDTH, self.result.size - index * WIDTH))
        statement = from_bytes(bundle[seq % WIDTH])["statement"]
        verify_opening(
            statement.get("sealed", {}).get(opening["path"], ""),
            opening["value"],
            key=from_base64(opening["key"]),
            log=statement["log"],
            id=statement["id"],
            path=opening["path"],
        )


def _read_sound(data: bytes) -> dict[str, Any] | None:
    """The entry, where its own form is right; what is wrong with it was found already."""
    try:
        entry = from_bytes(data)
        check_entry(entry)
    except BytesRejected:
        return None
    return entry


def verify(
    source: Source,
    *,
    trust: Trust | None,
    since: Checkpoint | None = None,
    policy: Policy | None = None,
    max_age: timedelta | None = None,
    now: datetime,
    require_signed: bool = False,
    step: Callable[[], None] = lambda: None,
) -> tuple[Verdict, Replay]:
    """Check everything that *source* can show. The replay's book holds the figures that follow from it.

    *step* is called once an entry, for whoever shows progress.
    """
    run = _Verification(source, trust, since, policy, require_signed, step)
    head = run.read_head()
    if head is None:
        for name in CHECKS[1:]:
            run.check(name).doubt("no_head")
        return run.result, run.replay
    run.result.size = head.size
    keys_jsonl = run.read_entries(head)
    if keys_jsonl is not None:
        run.read_extras(keys_jsonl)
    for seq, code in run.replay.refused:
        run.check("domain").fail(code, seq)
    if since is None:
        run.check("completeness").note("whole_up_to", None, last=head.size - 1)
    _judge_freshness(run, max_age, now)
    _judge_pending(run, now)
    return run.result, run.replay


def _judge_freshness(run: _Verification, max_age: timedelta | None, now: datetime) -> None:
    """The age of the newest required cosignature, else of the last entry by the facility's own clock."""
    check = run.check("freshness")
    if run.last_at is None:
        check.doubt("no_entries")
        return
    newest = run.cosigned_at or from_timestamp(run.last_at)
    age = now - newest
    hours = max(0, int(age.total_seconds() // 3600))
    check.note("age_by_witness" if run.cosigned_at else "age_by_own_clock", None, hours=hours)
    if max_age is not None and age > max_age:
        check.fail("too_old", None, hours=hours)


def _judge_pending(run: _Verification, now: datetime) -> None:
    check = run.check("domain")
    for seq, imported in run.replay.overdue(to_timestamp(now)):
        if imported:
            check.note("second_signature_due", seq)
        else:
            check.fail("second_signature_overdue", seq)
    for seq, code in run.replay.notes:
        check.note(code, seq)
