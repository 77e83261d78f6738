"""The right to sign heads, where programs on several machines write to one database: a lease with a fencing number.

Whoever takes it gets a number above all before. It lasts some seconds, by the server's clock; a head of whoever slept
longer is published no more, because the number is another one by then. Taking it is a commit: when it returns, all that
was readable before has been written, on a synchronous standby too.
"""

from collections.abc import Callable
from time import monotonic, sleep

from ledger.errors import LedgerBusy
from ledger.storage.shelves import Source

LASTS_SECONDS = 10
WAIT_SECONDS = 5.0
_LOOK_AGAIN = 0.05

TABLE = (
    "CREATE TABLE IF NOT EXISTS signing (one INT PRIMARY KEY, number BIGINT NOT NULL, until_at TIMESTAMPTZ NOT NULL)",
    "INSERT INTO signing VALUES (0, 0, '-infinity') ON CONFLICT DO NOTHING",
)
"""It is PostgreSQL's alone and moves nowhere: a lease is nothing of the ledger's."""
_TAKE = (
    f"UPDATE signing SET number = number + 1, until_at = clock_timestamp() + interval '{LASTS_SECONDS} seconds'"
    " WHERE until_at <= clock_timestamp() RETURNING number"
)
_END = "UPDATE signing SET until_at = clock_timestamp() WHERE number = ? RETURNING number"


def take(source: Source) -> int | None:
    """The number of the right; None while somebody else has it."""
    rows = source.all(_TAKE)
    return int(rows[0][0]) if rows else None


def wait(take_once: Callable[[], int | None]) -> int:
    """What *take_once* gives in the end. Raises `LedgerBusy`."""
    until = monotonic() + WAIT_SECONDS
    while (right := take_once()) is None:
        if monotonic() > until:
            raise LedgerBusy
        sleep(_LOOK_AGAIN)
    return right


def end(source: Source, right: int) -> None:
    """Give the right back. Raises `LedgerBusy` where somebody has taken it since."""
    if not source.all(_END, right):
        raise LedgerBusy
