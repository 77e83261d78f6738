"""What each month began with, in place of what it changed: derived when the ledger is opened."""

from typing import NoReturn

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Read as `SqlReading.is_stale`, also where the program is killed between this and the deriving.
    op.execute("UPDATE head SET rebuilt = -1 WHERE size > 0")


def downgrade() -> NoReturn:
    raise NotImplementedError("a ledger has no way back")
