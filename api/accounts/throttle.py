"""Delays that grow with each failure, and can keep nobody out who sits where they have signed in before.

A try at a browser that this person once signed in at (its device cookie says so) counts for that person at that
browser alone; any other try counts for the account and for the address. So whoever guesses from elsewhere slows down
their own address and browsers that are new to that person, never the ward's computer; and a passkey, which nobody can
guess, is never slowed down. A try counts before it is looked at: many at once are not many free ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlmodel import Session, col, delete

from api.accounts.office import Office
from api.accounts.tables import TriesRow
from ledger.errors import CallRefused

LONGEST_DELAY = timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(days=1)
_ONE_FORGIVEN_EVERY = timedelta(minutes=10)
"""To an address, at which many people mistype: what they did over weeks must not add up to a delay for all of them."""
_NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Count:
    """*free* failures cost nothing; *shared*: of many people, so that one success does not clear it."""

    name: str
    free: int
    shared: bool = False


def of_address(office: Office, address: str, tried: str, free: int) -> Count:
    """Tries of one kind (*tried*): with what is counted apart, one never delays the other."""
    try:
        parsed = ip_address(address)
        # Whoever has one IPv6 address has 2**64 of them.
        where = str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
    except ValueError:
        where = address
    return Count(office.name("address", tried, where), free, shared=True)


def take_try(db: Session, counts: Iterable[Count], now: datetime) -> None:
    """Count a try as failed, until `forgive_try`. Raises `CallRefused('too_many_tries')` while one must wait."""
    db.exec(delete(TriesRow).where(col(TriesRow.failed_at) < now - _FORGOTTEN_AFTER))
    rows = [
        (
            count,
            db.get(TriesRow, count.name) or TriesRow(name=count.name, failures=0, blocked_until=_NEVER, failed_at=now),
        )
        for count in counts
    ]
    wait = max((row.blocked_until - now for _, row in rows), default=timedelta(0))
    if wait > timedelta(0):
        raise CallRefused("too_many_tries", seconds=wait.seconds + 1)
    for count, row in rows:
        if count.shared:
            _forgive_some(row, now)
        else:
            row.failed_at = now
        row.failures += 1
        if row.failures >= count.free:
            delay = timedelta(seconds=2 ** min(row.failures - count.free, 10))
            row.blocked_until = now + min(delay, LONGEST_DELAY)
        db.add(row)


def _forgive_some(row: TriesRow, now: datetime) -> None:
    forgiven = (now - row.failed_at) // _ONE_FORGIVEN_EVERY
    if forgiven >= row.failures:
        row.failures, row.failed_at = 0, now
    else:
        row.failures -= forgiven
        row.failed_at += forgiven * _ONE_FORGIVEN_EVERY


def forgive_try(db: Session, counts: Iterable[Count]) -> None:
    """It was right after all: the person's own count is cleared, of a shared one this try is taken back."""
    for count in counts:
        row = db.get(TriesRow, count.name)
        if row is None:
            continue
        row.failures = row.failures - 1 if count.shared else 0
        row.blocked_until = _NEVER
        db.add(row)
