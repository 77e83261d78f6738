"""Verification of a data directory: what an evidence folder would show, and the stored figures and guards as well."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from ledger.errors import EvidenceRejected, LedgerReadOnly
from ledger.service.ledger import derive_keys
from ledger.service.ports import Reading
from ledger.service.queries import differing_projections
from ledger.service.replay import Replay
from ledger.service.sources import Source, StoreSource
from ledger.service.verdict import CHECKS, Verdict
from ledger.storage.engine import translated
from ledger.storage.layout import open_entries

_DAMAGED = ("self_check", "database_damaged", "disk_error")


def verify_directory(directory: Path, asked: Callable[[Source], tuple[Verdict, Replay]]) -> Verdict:
    """What *asked* finds in a data directory, which may be a copy: it is only read, and no key or vault is needed."""
    verdict = Verdict()
    with closing(open_entries(directory)) as store:
        try:
            # What is asked is the program's own: a database that cannot answer lost a table, a column, or everything.
            with translated(otherwise=partial(LedgerReadOnly, "database_damaged")), store.reading() as reading:
                source = StoreSource(reading, _keys_as_indexed(reading), directory=directory)
                verdict, replay = asked(source)
                if verdict.size:
                    for name in differing_projections(reading, replay.book):
                        verdict.checks["domain"].fail("projection_differs", None, shelf=name)
            store.check()
        except LedgerReadOnly as stop:
            if stop.reason not in _DAMAGED:
                raise
            verdict.checks["integrity"].fail(stop.reason, None, **stop.values)
            if not verdict.size:
                for name in CHECKS[1:]:
                    verdict.checks[name].doubt("not_all_read")
    return verdict


def _keys_as_indexed(reading: Reading) -> bytes:
    """`keys.jsonl` by the store's own index; nothing where that does not lead to keys."""
    try:
        return derive_keys(reading, "").to_keys_jsonl()
    except EvidenceRejected:
        return b""
