"""The guards as they read now, an index by time, and figures that a newer program keeps, derived when it is opened."""

from typing import NoReturn

from alembic import op

from ledger.storage.triggers import TRIGGERS

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # there was none before
        op.create_index(op.f("ix_entry_occurred_at"), "entry", ["occurred_at"])
        return
    found = op.get_bind().exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in found:
        op.execute(f'DROP TRIGGER "{name}"')
    op.create_index(op.f("ix_entry_occurred_at"), "entry", ["occurred_at"])
    # Read as `SqlReading.is_stale`, also where the program is killed between this and the deriving.
    op.execute("UPDATE head SET rebuilt = -1 WHERE size > 0")
    for text in TRIGGERS.values():
        op.execute(text)


def downgrade() -> NoReturn:
    raise NotImplementedError("a ledger has no way back")
