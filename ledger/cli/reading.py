"""What a caller names on the command line: files, times, days, things. Nothing of it is believed."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ledger.domain import form, terms, values
from ledger.errors import WronglyCalled
from ledger.log.canonical import to_timestamp
from ledger.service.ports import Reading

MOST_BYTES = 64 * 2**20
_DURATION = re.compile(r"([1-9][0-9]{0,8})([hdm])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=36_525)
_UNKNOWN = {
    "patient": "patient_unknown",
    "product": "product_unknown",
    "place": "place_unknown",
    "lot": "lot_unknown",
}


def read_file(path: Path) -> bytes:
    """The bytes of a file that somebody named. Raises `WronglyCalled`: `file_unreadable`, `file_too_large`."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as bad:
        raise WronglyCalled("file_unreadable", path=path.name or str(path)) from bad
    if len(data) > MOST_BYTES:
        raise WronglyCalled("file_too_large", path=path.name or str(path))
    return data


def read_day(told: str | None) -> date | None:
    """A day `YYYY-MM-DD`. Raises `WronglyCalled('time_unreadable')`."""
    if told is None:
        return None
    if values.day(told, "", form.Reading()) is form.GONE:
        raise WronglyCalled("time_unreadable", told=told[:40])
    return date.fromisoformat(told)


def read_moment(told: str | None, zone: str) -> str | None:
    """Canonical UTC text of an RFC 3339 time, or of the last moment of a day in *zone*.

    Raises `WronglyCalled('time_unreadable')`.
    """
    if told is None:
        return None
    at = values.time(told, "", form.Reading())
    if at is not form.GONE:
        return str(at)
    day = read_day(told)
    assert day is not None
    return to_timestamp(datetime.combine(day, time.max, ZoneInfo(zone)))


def read_now(told: str | None) -> datetime:
    """An RFC 3339 time, or this machine's clock. Raises `WronglyCalled('time_unreadable')`."""
    if told is None:
        return datetime.now(UTC)
    at = values.time(told, "", form.Reading())
    if at is form.GONE:
        raise WronglyCalled("time_unreadable", told=told[:40])
    return datetime.fromisoformat(at)


def read_duration(told: str | None) -> timedelta | None:
    """A span like `36h`, of a century at the most. Raises `WronglyCalled('duration_unreadable')`."""
    if told is None:
        return None
    match = _DURATION.fullmatch(told)
    span = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
    if span is None or span > _LONGEST:
        raise WronglyCalled("duration_unreadable", told=told[:40])
    return span


def is_known(reading: Reading, kind: str, name: str) -> bool:
    """Whether a thing of that name is here; what is no name is not looked up."""
    return terms.ID.fullmatch(name) is not None and reading.book.find(kind, name) is not None


def verify_known(
    reading: Reading, *, patient: str | None = None, product: str | None = None, place: str | None = None
) -> None:
    """Raises `WronglyCalled` for a name that nothing here has: no answer would be a wrong one."""
    for kind, name in (("patient", patient), ("product", product), ("place", place)):
        if name is not None and not is_known(reading, kind, name):
            raise unknown(kind, name)


def unknown(kind: str, name: str) -> WronglyCalled:
    """What to raise for a thing that was named and is not here."""
    return WronglyCalled(_UNKNOWN[kind], name=name, **{kind: name})
