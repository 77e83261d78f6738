"""The ledger's clock: canonical UTC text that strictly increases within one log (contract, sections 5 and 10)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ledger.errors import LedgerReadOnly
from ledger.log.canonical import from_timestamp, to_timestamp

Clock = Callable[[], datetime]

BEHIND = timedelta(seconds=2)


def system_clock() -> datetime:
    return datetime.now(UTC)


def next_moment(clock: Clock, last_recorded_at: str | None) -> str:
    """The `recorded_at` of the next entry.

    Raises `LedgerReadOnly('clock_astray')` when the clock is more than two seconds behind the last entry.
    """
    now = clock()
    moment = to_timestamp(now)
    if last_recorded_at is None or last_recorded_at < moment:
        return moment
    last = from_timestamp(last_recorded_at)
    if now < last - BEHIND:
        raise LedgerReadOnly("clock_astray", last=last_recorded_at, now=moment)
    return to_timestamp(last + timedelta(microseconds=1))
