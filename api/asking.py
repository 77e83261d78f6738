"""What a caller asks for in an address: times, days, names. Nothing of it is believed."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from api.site import Site
from ledger.domain import form, terms
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import to_timestamp
from ledger.service import queries
from ledger.service.ports import Reading


def read_at(told: str | None, zone: str, *, first: bool = False) -> str | None:
    """Canonical UTC text of an RFC 3339 time; of a day in *zone* its last moment, or its *first*.

    Raises `CallRefused('parameter_malformed')`.
    """
    if told is None:
        return None
    at = form.time(told, "", form.Reading())
    if at is not form.GONE:
        return str(at)
    if form.day(told, "", form.Reading()) is form.GONE:
        raise CallRefused("parameter_malformed")
    return to_timestamp(datetime.combine(date.fromisoformat(told), time.min if first else time.max, ZoneInfo(zone)))


def verify_names(reading: Reading, **named: str | None) -> None:
    """Raises `NotFound` for a name that nothing here has: an empty answer would be a wrong one."""
    for kind, name in named.items():
        if name is not None and (terms.ID.fullmatch(name) is None or reading.book.find(kind, name) is None):
            raise NotFound


def read_today(site: Site, reading: Reading) -> str:
    """The facility's local day."""
    return queries.read_today(reading, to_timestamp(site.ledger.clock()))
