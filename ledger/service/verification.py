"""Five verdicts over a source of evidence, trusting only what is passed in (contract, section 7).

What the verifier trusts: the key (or trust file), the earlier checkpoint, the witness policy, the clock it is
given. Everything else comes from the source and is checked. Missing is never "pass"; empty is never green.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ledger.domain import terms
from ledger.errors import EvidenceRejected, WronglyCalled
from ledger.log.canonical import from_timestamp, to_timestamp
from ledger.log.checkpoint import Checkpoint, read_unverified
from ledger.log.note import VerifierKey, from_note
from ledger.log.policy import Policy
from ledger.service.before import judge_before
from ledger.service.beside import check_beside
from ledger.service.head_keys import check_head_keys
from ledger.service.leaves import Leaves
from ledger.service.replay import Replay
from ledger.service.sources import Source
from ledger.service.stored import NO_FAULT
from ledger.service.verdict import CHECKS, Check, Verdict
from ledger.service.walk import Walk, walk_log

MOST_AHEAD = timedelta(minutes=5)
"""How far the newest time may lie in the verifier's future."""


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
        if len(genesis) != 32 or type(raw["keys"]) is not list:
            raise ValueError(raw)
        return Trust(
            key=VerifierKey.from_vkey(raw["vkey"]), genesis=genesis, governance=frozenset(map(str, raw["keys"]))
        )
    except (ValueError, KeyError, TypeError, RecursionError, EvidenceRejected) as bad:
        raise WronglyCalled("trust_unreadable") from bad


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
    result = Verdict()
    found = _read_head(source, result.checks["integrity"])
    if found is None:
        for name in CHECKS[1:]:
            result.checks[name].doubt("no_head")
        return result, Replay(lambda digest: None)
    note, head = found
    result.size = source.size(head)
    walk = walk_log(source, head.origin, result.size, step)
    run = _Verification(source, head, walk, trust, now, result)
    run.judge_integrity()
    run.judge_completeness(since)
    run.judge_signatures(require_signed=require_signed)
    run.judge_freshness(run.judge_policy(note, policy), max_age)
    run.judge_head(note)
    run.judge_domain()
    run.judge_beside()
    judge_before(walk, result)
    if not walk.is_whole:
        for name in ("authenticity", "freshness", "domain"):
            result.checks[name].doubt("not_all_read")
    if not len(walk.leaves):
        for check in result.checks.values():
            check.doubt("no_entries")
    return result, walk.replay


def _read_head(source: Source, check: Check) -> tuple[bytes, Checkpoint] | None:
    try:
        note = source.checkpoint()
        if note is not None:
            return note, read_unverified(note)
        check.fail("checkpoint_missing")
    except EvidenceRejected as bad:
        check.fail(bad.reason)
    return None


@dataclass(slots=True)
class _Verification:
    source: Source
    head: Checkpoint
    walk: Walk
    trust: Trust | None
    now: datetime
    result: Verdict
    reaches_head: bool = field(init=False, default=False)

    def check(self, name: str) -> Check:
        return self.result.checks[name]

    def judge_integrity(self) -> None:
        """The bytes against each other and against the head. What differs is told of the one that the head disowns."""
        check, walk, head = self.check("integrity"), self.walk, self.head
        whole = len(walk.leaves) >= head.size
        self.reaches_head = whole and walk.leaves.root(head.size) == head.root
        told = Leaves(walk.said.get(seq, leaf) for seq, leaf in enumerate(walk.leaves)) if walk.said else walk.leaves
        tiles_are_right = not self.reaches_head and whole and told.root(head.size) == head.root
        findings = [(finding.seq or 0, finding.code) for finding in walk.broken]
        findings += [(finding.seq or 0, finding.code) for finding in walk.chain.findings]
        # Under a head that the entries lead to, a differing tile is the tile's fault; else it may name the entry's.
        findings += [(seq, "leaf_mismatch") for seq in walk.said if not (self.reaches_head and seq < head.size)]
        for seq, code in sorted(findings, key=lambda each: (each[0], each[1] != "leaf_mismatch")):
            check.fail(code, seq)
        if whole and not self.reaches_head:
            check.fail("root_differs")
        for seq in walk.wrong_anchors():
            check.fail("anchor_differs", seq)
        for finding in walk.differing_tiles(told if tiles_are_right else walk.leaves):
            check.fail(finding.code, finding.seq, **finding.values)
        for finding in self.source.faults():
            (check.note if finding.code in NO_FAULT else check.fail)(finding.code, finding.seq, **finding.values)

    def judge_completeness(self, since: Checkpoint | None) -> None:
        check, walk, head = self.check("completeness"), self.walk, self.head
        if head.size == 0:
            check.fail("empty")
        if len(walk.leaves) < walk.size:
            check.fail("entries_missing", None, have=len(walk.leaves), want=walk.size)
        *before, last = (each.chain for each in walk.epochs())
        for seq in last.find_reused_ids(*before):
            check.fail("id_reused", seq)
        if walk.size > head.size:
            check.note("not_yet_signed", None, count=walk.size - head.size)
        if since is None:
            check.note("whole_up_to", None, last=len(walk.leaves) - 1)
        elif (then := next((each for each in walk.epochs() if each.log == since.origin), None)) is None:
            check.fail("since_other_log")
        elif since.size > len(then.leaves):
            check.fail("smaller_than_since", None, since=since.size, size=len(then.leaves))
        elif then.leaves.root(since.size) != since.root:
            check.fail("since_differs", None, since=since.size)

    def judge_signatures(self, *, require_signed: bool) -> None:
        check, audit = self.check("authenticity"), self.walk.signatures
        for finding in audit.finish():
            check.fail(finding.code, finding.seq)
        told = [each.signatures for each in self.walk.epochs()]
        imported, size = sum(each.imported for each in told), sum(each.size for each in told)
        check.note("own_word", None, imported=imported, size=size, closed=int(audit.imports_closed))
        if require_signed:
            for seq in self._read_unsigned():
                check.fail("not_signed_by_a_person", seq)
        if audit.unpinned_from < audit.size:
            check.note("not_pinned", audit.unpinned_from)
        for person in sorted(audit.only_witnesses):
            check.note("only_witness", None, person=person)

    def _read_unsigned(self) -> list[int]:
        """What no person's own key covers; where the trust sheet names keys, none that follows from those."""
        pins = [each.signatures.pins for each in self.walk.epochs()]
        if self.trust is None or not self.trust.governance:
            return pins[-1].unsigned(frozenset().union(*(each.seen for each in pins)))
        known = self.trust.governance
        for each in pins:
            known = each.known(known)
        return pins[-1].unsigned(known)

    def judge_head(self, note: bytes) -> None:
        """By whose key the head is signed, and whether this is the log that the verifier means."""
        check, audit, trust = self.check("authenticity"), self.walk.signatures, self.trust
        if len(self.walk.leaves) >= self.head.size > 0:
            check_head_keys(
                check, note, self.head, keys=audit.keys, leaves=self.walk.leaves,
                trusted=None if trust is None else trust.key, handover=self.source.handover,
            )  # fmt: skip
        if trust is None:
            check.doubt("no_key")
            return
        if trust.genesis is None:
            check.note("keys_on_facilitys_word")
        elif len(self.walk.leaves) and self.walk.leaves[0] != trust.genesis:
            check.fail("genesis_differs")
        if self.walk.is_whole:
            for key in sorted(trust.governance - audit.keys.ids()):
                check.fail("governance_key_unknown", None, key=key)

    def judge_policy(self, note: bytes, policy: Policy | None) -> datetime | None:
        """When the newest cosignature was made that the policy's quorum rests on; witnesses are the policy's."""
        check = self.check("authenticity")
        try:
            time = None if policy is None else policy.verify(from_note(note))
        except EvidenceRejected as bad:
            check.fail(bad.reason)
            return None
        if time is None:
            check.note("unwitnessed")
            return None
        try:
            return datetime.fromtimestamp(time, UTC)
        except (ValueError, OverflowError, OSError):
            check.fail("cosignature_invalid")
            return None

    def judge_freshness(self, cosigned_at: datetime | None, max_age: timedelta | None) -> None:
        """The age of the newest required cosignature, else of the last entry by the facility's own clock."""
        check, newest = self.check("freshness"), self.walk.newest_at
        for finding in self.walk.chain.findings:
            if finding.code == "time_not_increasing":
                check.fail(finding.code, finding.seq)
        if newest is None:
            return
        recorded_at = from_timestamp(newest)
        for at in (recorded_at, cosigned_at):
            if at is not None and at - self.now > MOST_AHEAD:
                check.fail("in_the_future", None, at=to_timestamp(at))
        age = self.now - (cosigned_at or recorded_at)
        hours = max(0, int(age.total_seconds() // 3600))
        check.note("age_by_witness" if cosigned_at else "age_by_own_clock", None, hours=hours)
        if max_age is not None and age > max_age:
            check.fail("too_old", None, hours=hours)

    def judge_domain(self) -> None:
        check, replay = self.check("domain"), self.walk.replay
        for seq, code in replay.refused:
            check.fail(code, seq)
            if terms.REFUSAL_GROUP.get(code) == terms.AUTHORITY:
                self.check("authenticity").fail(code, seq)
        for seq, imported in replay.overdue(to_timestamp(self.now)):
            if imported:
                check.note("second_signature_due", seq)
            else:
                check.fail("second_signature_overdue", seq)
        for seq, code in replay.notes:
            check.note(code, seq)

    def judge_beside(self) -> None:
        """Keys, openings and reports that lie beside the entries; and what nobody asked for."""
        if self.walk.is_whole:
            check_beside(self.source, self.walk, self.result)
