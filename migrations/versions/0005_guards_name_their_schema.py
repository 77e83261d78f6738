"""In PostgreSQL the guards name the schema of what they ask; they are put up anew after all migrations."""

from typing import NoReturn

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing of the tables changes."""


def downgrade() -> NoReturn:
    raise NotImplementedError("a ledger has no way back")
