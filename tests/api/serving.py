"""A pharmacy's counter behind its web server, for tests that call it as a client would."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from api.app import make_app
from api.authority import PERMITS
from api.opening import open_site
from api.settings import Settings
from api.site import Site
from tests.faults.counter import Counter
from tests.stories.stage import PEOPLE

ORIGIN = "http://testserver.local"
ROLE_OF = {"registrar": "registrar", **PEOPLE}


class Served:
    """`call` speaks as the machine of one person, by default a pharmacist's, and says why it reads."""

    def __init__(self, counter: Counter, site: Site, app: Litestar, client: TestClient[Litestar]) -> None:
        self.counter, self.site, self.app, self.client = counter, site, app, client
        self._tokens: dict[tuple[str, frozenset[str] | None], str] = {}

    def person(self, who: str, *, scopes: frozenset[str] | None = None) -> str:
        """A token of the person *who*, or of one with that role."""
        person = who if who in ROLE_OF else next(name for name, role in ROLE_OF.items() if role == who)
        if (person, scopes) not in self._tokens:
            self._tokens[person, scopes] = make_token(self.site, person, scopes)
        return self._tokens[person, scopes]

    def call(
        self,
        method: str,
        path: str,
        *,
        who: str | None = "pharm",
        reason: str | None = "care",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        self.client.cookies.clear()
        sent = {"Accept-Language": "en"} | ({"X-Access-Reason": reason} if reason else {})
        if who is None:
            sent["Origin"] = ORIGIN
        else:
            sent["Authorization"] = f"Bearer {who if who.startswith('senim_') else self.person(who)}"
        if "content" in more:
            sent["Content-Type"] = "application/json"
        return self.client.request(method, path, headers=sent | dict(headers or {}), **more)


def make_token(site: Site, person: str, scopes: frozenset[str] | None) -> str:
    return site.accounts.tokens.make(person, by="test", days=1, scopes=scopes or frozenset(PERMITS))[1]


@contextmanager
def serve(counter: Counter, **settings: Any) -> Iterator[Served]:
    ledger = counter.house.ledger
    with open_site(ledger, counter.house.directory, "Asia/Almaty", Settings(origin=ORIGIN, **settings)) as site:
        app = make_app(site)
        with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
            yield Served(counter, site, app, client)
