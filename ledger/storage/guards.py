"""Whether the append-only guards all stand in an open database, as its kind spells them."""

from ledger.storage.shelves import Source
from ledger.storage.triggers import verify_triggers


def verify_guards(source: Source) -> None:
    """Raises `LedgerReadOnly('self_check')` naming a guard that is not there, is another, or is one too many."""
    if source.kind == "sqlite":
        verify_triggers(dict(source.all("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")))
        return
    from ledger.storage import postgres_guards  # noqa: PLC0415 - only where there is such a database

    verify_triggers(dict(source.all(postgres_guards.INSTALLED)), postgres_guards.EXPECTED)
