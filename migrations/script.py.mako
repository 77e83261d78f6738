"""${message}

A ledger table is only ever added to; it is never rebuilt, for that would drop its triggers.
"""

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> NoReturn:
    raise NotImplementedError("a ledger has no way back")
