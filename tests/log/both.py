"""An entry and its statement judged by both ways: by the quick reader, and parsed by the judges."""

from copy import copy

import pytest

from ledger.log import quick
from ledger.log.audit import ChainAudit
from ledger.log.canonical import from_bytes
from ledger.log.statement import spell_statement


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
    quickly, slowly = copied(audit), copied(audit)
    quickly.add_all([data])
    slowly.add(data)
    assert quickly.to_span() == slowly.to_span()
    taken = is_read(audit, data)
    assert agree_on_statement(audit, statement_in(data)) or not taken
    return taken


def statement_in(data: bytes) -> bytes:
    """What stands where an entry has its statement."""
    return data[data.find(b'"statement":') + 12 : data.rfind(b',"v":')]


def agree_on_statement(audit: ChainAudit, data: bytes) -> bool:
    """Judge `data` as a statement by both ways, which must not differ; whether the quick one knew it."""
    assert audit._spelled is not None
    if not quick.is_statement(data, log=audit._spelled):
        return False
    said = from_bytes(data)
    quickly = spell_statement(said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "_quick", None)
        assert spell_statement(said) == quickly
    assert quickly.data == data
    return True
