"""What is looked at before any route: the host, the origin of a click, how often somebody calls, who it is, and whether
they may.
"""

from hashlib import blake2b
from ipaddress import ip_address, ip_network
from mmap import mmap
from struct import Struct
from time import monotonic
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.types import Message, Scope

from api.asking import verify_parameters
from api.authority import find_permission, verify_permit
from api.bodies import Fields, StrictRequest
from api.caller import Caller, Roles
from api.common import Common
from api.languages import find_spoken
from api.settings import Settings
from api.site import Site
from api.v1.metrics import Metrics
from ledger.errors import CallRefused

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_A_BROWSER = frozenset({b"cookie", b"origin", b"sec-fetch-site"})
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), publickey-credentials-get=(self)"),
)
_NO_STORE = (b"cache-control", b"no-store")
_BUCKETS, _FULL_AT = 65_536, Struct("d")
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Calls:
    """How many calls each one may still make, of whichever process: *most* a minute, filled up steadily.

    A token bucket is a number, the time at which it is full again, at a place that its owner's name and the server's
    key choose. Who meets somebody else there, one in 65,536, shares a bucket with them.
    """

    def __init__(self, most: int, common: Common) -> None:
        self.most, self._key = most, common.key
        with (common.folder / "calls").open("a+b") as file:
            file.truncate(_BUCKETS * _FULL_AT.size)
            self._full_at = mmap(file.fileno(), 0)

    def take(self, who: str) -> None:
        """Raises `CallRefused('too_many_calls')`."""
        now = monotonic()  # the same for all processes
        place = int.from_bytes(blake2b(who.encode(), key=self._key, digest_size=2).digest()) * _FULL_AT.size
        full_at = max(now, *_FULL_AT.unpack_from(self._full_at, place)) + 60 / self.most
        if full_at > now + 60:
            raise CallRefused("too_many_calls")
        _FULL_AT.pack_into(self._full_at, place, full_at)


async def enter(request: Request[Any, Any, Any]) -> None:
    """Set `request.user` to the `Caller` or None, and let pass whom the route is for. Raises `CallRefused`.

    The application's `before_request`, which costs each request less than a middleware, and for which a route must
    have none of its own: that would stand in its place.
    """
    assert isinstance(request, StrictRequest)  # the application's `request_class`
    scope, state = request.scope, request.app.state
    site: Site = state.site
    calls: Calls = state.calls
    fields = request.fields
    hosts = fields.get(b"host", ())
    if len(hosts) != 1 or hosts[0] not in site.settings.hosts:  # RFC 9112, section 3.2
        raise CallRefused("host_unknown")
    try:
        caller = find_caller(scope, fields, site, state.roles)
    except CallRefused:
        calls.take(_address(scope))
        raise
    calls.take(caller.person if caller else _whence(scope, fields, site))
    scope["user"] = caller
    action = find_permission(scope["route_handler"])
    if action is not None:
        verify_permit(action, caller)
    if scope["query_string"] and (known := state.parameters.get(scope["route_handler"])) is not None:
        verify_parameters(request, known)


def find_caller(scope: Scope, fields: Fields, site: Site, roles: Roles) -> Caller | None:
    """By a bearer token, else by the session's cookie. A token that opens nothing is refused, a cookie is forgotten."""
    told = fields.get(b"authorization")
    if told:
        scheme, _, token = told[0].partition(" ") if len(told) == 1 else ("", "", "")
        found = site.accounts.find_token(token) if scheme.lower() == "bearer" else None
        role = _find_role(site, roles, found.person) if found else None
        if found is None or role is None:
            raise CallRefused("not_signed_in")
        return Caller(person=found.person, role=role, by="token", session=found.id, scopes=found.scopes)
    cookies = ASGIConnection(scope).cookies if b"cookie" in fields else {}
    session = site.accounts.find_session(cookies.get(site.settings.cookie, ""))
    role = _find_role(site, roles, session.person) if session else None
    if scope.get("method") not in _SAFE and (not _OF_A_BROWSER.isdisjoint(fields) or _is_entering(scope)):
        _verify_same_site(fields, site.settings)
    if session is None or role is None:
        return None
    return Caller(person=session.person, role=role, by="session", session=session.id, locked=session.locked)


def _find_role(site: Site, roles: Roles, person: str) -> str | None:
    """Whoever left is signed out everywhere at their next step, and nothing signs them in again."""
    role = roles.find(person)
    if role is None:
        site.accounts.end(person, by="ledger")
    return role


def _is_entering(scope: Scope) -> bool:
    """Nobody is signed in as somebody else unnoticed."""
    return find_permission(scope["route_handler"]) == "account:enter"


def _verify_same_site(fields: Fields, settings: Settings) -> None:
    """A browser says where a click came from (Fetch Metadata; Origin, from older ones), and no page can make it lie."""
    told = fields.get(b"sec-fetch-site")
    if told not in (None, ["same-origin"]):
        raise CallRefused("cross_site")
    origin = fields.get(b"origin")
    if origin != [settings.origin] and not (origin is None and told is not None):
        raise CallRefused("cross_site")


def _whence(scope: Scope, fields: Fields, site: Site) -> str:
    """A browser where somebody signed in once counts by itself: nobody else at its address shuts a ward out."""
    cookies = ASGIConnection(scope).cookies if b"cookie" in fields else {}
    device = site.accounts.sessions.find_device_id(cookies.get(site.settings.device_cookie))
    return _address(scope) if device is None else f"at {device}"


def _address(scope: Scope) -> str:
    """Whose calls are counted together: who has one IPv6 address has 2**64 of them."""
    client = scope.get("client")
    told = client[0] if client else "?"
    try:
        address = ip_address(told)
    except ValueError:
        return f"from {told}"
    return f"from {ip_network((address, 64), strict=False) if address.version == 6 else address}"


class Leaving:
    """Headers on every answer, also on those that no route gave; each is counted."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._headers = (*_HEADERS, _NO_STORE, *((_HSTS,) if settings.is_secure else ()))
        self._metrics = metrics

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            told = {name.lower() for name, _ in headers}
            spoken = find_spoken(scope)
            own = self._headers if spoken is None else (*self._headers, (b"content-language", spoken.encode()))
            message["headers"] = headers + [each for each in own if each[0] not in told]
            operation = getattr(scope.get("route_handler"), "operation_id", None)
            self._metrics.count(str(operation or "none"), message["status"])
