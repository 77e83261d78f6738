"""Lists that one person signed and another is still to sign, on their own device.

Held in memory only: nothing of it is the ledger's yet, and a restart forgets it. Trusts nobody with an id alone: only
the two people see a list.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from threading import Lock
from typing import Any

from ledger.errors import CallRefused, NotFound

MOST, MOST_OF_ONE = 500, 20
MOST_BYTES = 128 * 1024
"""Of one list: all of them together fit into a small machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """*by* signed it and *to* is asked to, until *expires_at*; *ids* are its entries'."""

    id: str
    by: str
    to: str
    expires_at: datetime
    ids: tuple[str, ...]
    form: Any


@dataclass(slots=True)
class Parking:
    """Thread-safe. What has expired is gone."""

    lifetime: timedelta
    _lists: dict[str, Parked] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def park(self, form: Any, *, by: str, to: str, ids: tuple[str, ...], now: datetime) -> Parked:
        """Raises `CallRefused('too_many_calls')` where too many wait already."""
        with self._guard:
            self._forget(now)
            own = sum(each.by == by for each in self._lists.values())
            if own >= MOST_OF_ONE or len(self._lists) >= MOST:
                raise CallRefused("too_many_calls")
            parked = Parked(id=token_hex(16), by=by, to=to, expires_at=now + self.lifetime, ids=ids, form=form)
            self._lists[parked.id] = parked
        return parked

    def get(self, id: str, *, person: str, now: datetime) -> Parked:
        """Raises `NotFound`, also for anybody but the two."""
        with self._guard:
            self._forget(now)
            parked = self._lists.get(id)
        if parked is None or person not in (parked.by, parked.to):
            raise NotFound
        return parked

    def of(self, person: str, *, now: datetime) -> list[Parked]:
        """What waits for *person*, or was parked by them; the oldest first.

        What they signed themselves and passed on waits for them no more.
        """
        with self._guard:
            self._forget(now)
            found = [each for each in self._lists.values() if person in (each.by, each.to)]
        passed_on = {each.ids for each in found if each.by == person}
        return [each for each in found if each.by == person or each.ids not in passed_on]

    def _forget(self, now: datetime) -> None:
        for id in [id for id, each in self._lists.items() if each.expires_at <= now]:
            del self._lists[id]
