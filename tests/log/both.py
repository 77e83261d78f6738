"""An entry judged by both ways: by the shapes that the quick reader knows, and parsed by the judges."""

from copy import copy

from ledger.log.audit import ChainAudit


def is_read(audit: ChainAudit, data: bytes) -> bool:
    return audit._shapes.read([data])[0] is not None


def learns_no_more(audit: ChainAudit) -> ChainAudit:
    """The audit itself, whose quick reader does not learn from spoilt entries."""
    setattr(audit._shapes, "learn", lambda entry: None)  # noqa: B010 - a method of one object alone
    return audit


def copied(audit: ChainAudit) -> ChainAudit:
    """A copy that goes its own way, but for the shapes that it knows."""
    other = copy(audit)
    other.findings, other._rest = audit.findings.copy(), audit._rest.copy()
    other._tiles = audit._tiles.copy()
    return other


def agree(audit: ChainAudit, data: bytes) -> bool:
    """Judge `data` as the next entry by both ways, which must not differ; whether the quick one knew its shape."""
    quick, slow = copied(audit), copied(audit)
    quick.add_all([data])
    slow.add(data)
    assert quick.to_span() == slow.to_span()
    return is_read(audit, data)
