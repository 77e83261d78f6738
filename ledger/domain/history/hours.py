"""Hours, and the local days that they fall on. Times are canonical UTC text."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


def later(at: str, hours: Decimal) -> str:
    then = datetime.fromisoformat(at) + int(hours * 3_600_000_000) * _MICROSECOND
    return then.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def shares_of_days(from_at: str, to_at: str, zone: ZoneInfo) -> Iterator[tuple[str, Decimal]]:
    """(local day, share of 24 hours) of the span, in order."""
    at, end = datetime.fromisoformat(from_at), datetime.fromisoformat(to_at)
    while at < end:
        local = at.astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + _DAY
        until = min(end, midnight.replace(tzinfo=zone).astimezone(UTC))
        yield local.date().isoformat(), Decimal((until - at) // _MICROSECOND) / 86_400_000_000
        at = until
