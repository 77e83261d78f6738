"""Lists that one person signed and another is still to sign, on their own device.

They last as long as the server and are known to all its processes: nothing of it is the ledger's yet, and a restart
forgets it. Trusts nobody with an id alone: only the two people see a list.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from secrets import token_hex
from typing import Any

from api.common import Common
from ledger.errors import CallRefused, NotFound

MOST, MOST_OF_ONE = 500, 20
MOST_BYTES = 128 * 1024
"""Of one list: all of them together fit into a small machine."""
_PREFIX = "parked-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """*by* signed it at *at*, and *to* is asked to, until *expires_at*; *ids* are its entries'."""

    id: str
    by: str
    to: str
    at: datetime
    expires_at: datetime
    ids: tuple[str, ...]
    form: Any


@dataclass(slots=True)
class Parking:
    """Thread-safe. What has expired is gone."""

    common: Common
    lifetime: timedelta
    _known: dict[str, Parked] = field(default_factory=dict)

    def park(self, form: Any, *, by: str, to: str, ids: tuple[str, ...], now: datetime) -> Parked:
        """The same again is the one that waits already; signed anew, it takes the place of that one.

        Raises `CallRefused('too_many_calls')` where too many wait.
        """
        lists = self._look(now)
        before = next((each for each in lists if (each.by, each.to, each.ids) == (by, to, ids)), None)
        if before is not None and before.form == form:
            return before
        if before is None and (len(lists) >= MOST or sum(each.by == by for each in lists) >= MOST_OF_ONE):
            raise CallRefused("too_many_calls")
        parked = Parked(id=token_hex(16), by=by, to=to, at=now, expires_at=now + self.lifetime, ids=ids, form=form)
        self.common.put(_PREFIX + parked.id, parked)
        if before is not None:
            self.common.remove(_PREFIX + before.id)
        return parked

    def get(self, id: str, *, person: str, now: datetime) -> Parked:
        """Raises `NotFound`, also for anybody but the two."""
        for parked in self._look(now):
            if parked.id == id and person in (parked.by, parked.to):
                return parked
        raise NotFound

    def of(self, person: str, *, now: datetime) -> list[Parked]:
        """What waits for *person*, or was parked by them; the oldest first.

        What they signed themselves and passed on waits for them no more.
        """
        found = [each for each in self._look(now) if person in (each.by, each.to)]
        passed_on = {each.ids for each in found if each.by == person}
        return [each for each in found if each.by == person or each.ids not in passed_on]

    def _look(self, now: datetime) -> list[Parked]:
        """All that has not expired. One that was parked never changes, so each process reads it once."""
        known, kept = self._known, {}
        for name in self.common.names(_PREFIX):
            parked: Parked | None = known.get(name) or self.common.find(name)
            if parked is None:
                continue
            if parked.expires_at > now:
                kept[name] = parked
            else:
                self.common.remove(name)
        self._known = kept
        return sorted(kept.values(), key=attrgetter("at"))
