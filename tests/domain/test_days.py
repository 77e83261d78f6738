"""The local day of a moment, against the time zone database itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.domain.kind import local_day
from ledger.log.canonical import to_timestamp

CHANGES = {
    "Asia/Almaty": datetime(2024, 2, 29, 18, tzinfo=UTC),  # an hour back at midnight
    "Asia/Kathmandu": datetime(2026, 3, 1, tzinfo=UTC),  # +05:45
    "Pacific/Kiritimati": datetime(2026, 3, 1, tzinfo=UTC),  # +14
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),  # a day that never was
    "Asia/Beirut": datetime(2026, 3, 28, 22, tzinfo=UTC),  # no midnight
    "America/Havana": datetime(2026, 11, 1, 5, tzinfo=UTC),  # midnight twice
}


@pytest.mark.parametrize("zone", CHANGES)
def test_a_moment_has_the_day_of_its_clocks(zone: str) -> None:
    first = CHANGES[zone] - timedelta(days=2)
    for minutes in range(0, 4 * 24 * 60, 15):
        for beside in (timedelta(), -timedelta(microseconds=1)):
            at = first + timedelta(minutes=minutes) + beside
            assert local_day(to_timestamp(at), zone) == at.astimezone(ZoneInfo(zone)).date().isoformat()
