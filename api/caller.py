"""Who calls. Trusts the accounts for whose session or token it is, and the ledger's entries for what they are."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal, TypeAlias

from litestar import Request

from ledger.service.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person as the register knows them now. *scopes*: all that a token may ask; None: all that the role may.

    *session* names the session or token among the person's own; it opens nothing.
    """

    person: str
    role: str
    by: Literal["session", "token"]
    session: str
    scopes: frozenset[str] | None = None
    locked: bool = False

    @property
    def via(self) -> str:
        """The `via` of what this caller records (contract, section 5)."""
        return "web" if self.by == "session" else "api"


@dataclass(slots=True)
class Roles:
    """What everybody is, looked up in the entries at most once a second each: who left may look for that long.

    What they record is judged by the entries themselves, at once.
    """

    ledger: Ledger
    _known: dict[str, tuple[float, str | None]] = field(default_factory=dict)

    def find(self, person: str) -> str | None:
        """The role of *person*, who is enrolled and has not left."""
        now = monotonic()
        asked_at, role = self._known.get(person, (-1.0, None))
        if asked_at < now - 1:
            with self.ledger.reading() as reading:
                found = reading.book.find("person", person)
            role = None if found is None or found.left_at is not None else str(found.role)
            self._known[person] = now, role
        return role


CallerRequest: TypeAlias = Request[Caller, Any, Any]
"""A request to a route that is for nobody who is not signed in."""
