"""Whether the append-only guards all stand in an open database, as its kind spells them."""

from sqlalchemy import Connection

from ledger.storage.triggers import verify_triggers


def verify_guards(connection: Connection) -> None:
    """Raises `LedgerReadOnly('self_check')` naming a guard that is not there, is another, or is one too many."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        verify_triggers(dict(found.all()))
        return
    from ledger.storage import postgres_guards  # noqa: PLC0415 - only where there is such a database

    verify_triggers(postgres_guards.read_guards(connection), postgres_guards.EXPECTED)
