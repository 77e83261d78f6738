"""The old log of a new epoch: judged like any other, held by entry 0 of the epoch that goes on from it.

Nobody signed for its last entries alone, and nothing is asked of its own head: `after` in entry 0, signed by registrar
and head pharmacist and lying under the new log's head, says how many of its entries go on and what their root is. What
was lost nobody can judge, so where anything was, completeness is never more than undetermined. Its entries are told by
their place before entry 0: …, -2, -1.
"""

from ledger.service.beside import check_beside
from ledger.service.verdict import Check, Verdict
from ledger.service.walk import Walk


def judge_before(walk: Walk, result: Verdict) -> None:
    """Put on *result* what is found about the logs before *walk*. What their rules say is judged with its replay."""
    after, old = walk.after, walk.before
    if after is None:
        return
    completeness = result.checks["completeness"]
    completeness.note("goes_on", None, log=after.log, recovered=after.recovered)
    if after.lost:
        completeness.doubt("entries_lost", log=after.log, lost=after.lost, first=after.recovered)
    if old is None:
        completeness.fail("old_log_missing", None, log=after.log)
        return
    judge_before(old, result)
    found = Verdict()
    _judge_bytes(old, found)
    for finding in old.signatures.finish():
        found.checks["authenticity"].fail(finding.code, finding.seq)
    if old.is_whole:
        check_beside(old.source, old, found)
    for name, check in found.checks.items():
        _tell(check, result.checks[name], old.base)
    if len(old.leaves) == old.size:
        roots = {after.recovered: after.recovered_root}
        if not after.lost:
            roots[after.size] = after.root
        if any(old.leaves.root(size) != root for size, root in roots.items()):
            result.checks["integrity"].fail("old_log_differs", None, log=after.log)
    else:
        completeness.fail("entries_missing", None, have=len(old.leaves), want=old.size)


def _judge_bytes(old: Walk, found: Verdict) -> None:
    integrity = found.checks["integrity"]
    for broken in old.broken:
        integrity.fail(broken.code, broken.seq, **broken.values)
    for finding in old.chain.findings:
        integrity.fail(finding.code, finding.seq)
    for seq in old.said:
        integrity.fail("leaf_mismatch", seq)
    for seq in old.wrong_anchors():
        integrity.fail("anchor_differs", seq)


def _tell(found: Check, check: Check, base: int) -> None:
    """Add what was found, each entry by its place before entry 0 of the newest epoch."""
    for each in found.findings:
        check.fail(each.code, None if each.seq is None else base + each.seq, **each.values)
    for each in found.notes:
        check.note(each.code, None if each.seq is None else base + each.seq, **each.values)
    check.more += found.more
