"""What is out at a home stands beside its name: derived when the ledger is opened."""

from typing import NoReturn

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Read as `SqlReading.is_stale`, also where the program is killed between this and the deriving.
    op.execute("UPDATE head SET rebuilt = -1 WHERE size > 0")


def downgrade() -> NoReturn:
    raise NotImplementedError("a ledger has no way back")
