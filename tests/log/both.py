"""An entry judged by both ways: by the quick reader, and parsed by the judges."""

from copy import copy

from ledger.log.audit import ChainAudit


def is_read(audit: ChainAudit, data: bytes) -> bool:
    """Whether the quick reader takes it as the next entry."""
    return copied(audit)._add_quickly([data]) == 1


def copied(audit: ChainAudit) -> ChainAudit:
    """A copy that goes its own way."""
    other = copy(audit)
    other.findings, other._rest, other._tiles = audit.findings.copy(), audit._rest.copy(), audit._tiles.copy()
    return other


def agree(audit: ChainAudit, data: bytes) -> bool:
    """Judge `data` as the next entry by both ways, which must not differ; whether the quick one took it."""
    quick, slow = copied(audit), copied(audit)
    quick.add_all([data])
    slow.add(data)
    assert quick.to_span() == slow.to_span()
    return is_read(audit, data)
