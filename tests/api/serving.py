"""A pharmacy's counter behind its web server, for tests that call it as a client would."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from api.app import make_app
from api.authority import PERMITS
from api.caller import Roles
from api.entrance import Calls
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


class _Current:
    """Stands for the site that an application serves now: its routes are made once, which takes longer than all else
    of a test.
    """

    def __init__(self, site: Site) -> None:
        self.site = site

    def __getattr__(self, name: str) -> Any:
        return getattr(self.site, name)


_idle: dict[Settings, list[tuple[Litestar, _Current]]] = {}
"""The applications that serve nobody at the moment."""


@contextmanager
def _made(site: Site) -> Iterator[Litestar]:
    """An application that nobody else uses and that knows of no other site's callers."""
    idle = _idle.setdefault(site.settings, [])
    if idle:
        app, current = idle.pop()
        current.site = app.state.site = site
        app.state.roles, app.state.calls = Roles(site.ledger), Calls(site.settings.calls_a_minute, site.common)
        app.on_shutdown[:] = [site.recording.close]
    else:
        current = _Current(site)
        app = make_app(cast(Site, current))
    yield app
    idle.append((app, current))


@contextmanager
def serve(counter: Counter, *, origin: str = ORIGIN, **settings: Any) -> Iterator[Served]:
    ledger = counter.house.ledger
    with (
        open_site(ledger, counter.house.directory, "Asia/Almaty", Settings(origin=origin, **settings)) as site,
        _made(site) as app,
        TestClient(app, base_url=origin, raise_server_exceptions=False) as client,
    ):
        yield Served(counter, site, app, client)
