"""Runs the migrations on the connection it is given, inside the caller's transaction (see `ledger.storage.migrate`)."""

from alembic import context

from ledger.storage.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    transactional_ddl=True,  # SQLite can; Alembic assumes that it cannot
)
context.run_migrations()
