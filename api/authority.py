"""What each role may ask over HTTP: one table of `resource:action`. Absence means no.

What a person may write is decided by `ledger.domain.authority`, entry by entry; `entries:record` lets everybody who is
enrolled try. Printed in SECURITY.md; a test asks every route for its one permission.
"""

from collections.abc import Mapping
from types import MappingProxyType

from litestar.handlers.base import BaseRouteHandler

from api.caller import Caller
from ledger.domain.terms import PHARMACISTS, ROLES
from ledger.errors import CallRefused

ANYONE = frozenset({"anyone"})
"""Also who is not signed in."""
_ALL = frozenset(ROLES)
_CARE = PHARMACISTS | {"physician", "nurse", "phc_worker"}
_SITE = _CARE | {"inspector"}

PERMITS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "health:read": ANYONE,
        "metrics:read": frozenset({"registrar", "inspector"}),
        "log:checkpoint": ANYONE,
        "log:tiles": ANYONE,
        "log:entries": _SITE,
        "log:proof": _SITE,
        "entries:preview": _ALL,
        "entries:record": _ALL,
        "entries:wait": _ALL,
        "entries:read": _SITE,
        "balances:read": _SITE,
        "circle:read": _SITE,
        "custody:read": _SITE,
        "discrepancies:read": _SITE,
        "pending:read": _SITE,
        "patients:search": _SITE,
        "patients:read": _SITE,
        "products:read": _ALL,
        "regulation:read": _ALL,
        "places:read": _ALL,
        "people:read": _ALL,
        "reports:issue": _SITE,
        "reports:read": _SITE,
        "verification:read": _ALL,
        "verification:run": _SITE | {"registrar"},
        "fhir:metadata": ANYONE,
        "fhir:read": _SITE,
        "fhir:audit": frozenset({"head_pharmacist", "inspector"}),
        "access:read": frozenset({"head_pharmacist", "inspector"}),
        "pages:read": ANYONE,
        "day:read": _ALL,
        "counter:use": PHARMACISTS,
        "stock:use": PHARMACISTS,
        "bedside:use": frozenset({"physician", "nurse", "phc_worker"}),
        "ward:use": _CARE,
        "family:use": frozenset({"phc_worker", "nurse", "physician"}),
        "notices:use": PHARMACISTS | {"phc_worker"},
        "prescribing:use": frozenset({"physician"}),
        "inspection:use": frozenset({"inspector", "head_pharmacist"}),
        "office:use": frozenset({"registrar", "head_pharmacist"}),
        "downtime:use": _CARE,
        "search:use": _SITE,
        "account:enter": ANYONE,
        "account:own": _ALL,
        "keys:own": _ALL,
        "keys:govern": frozenset({"registrar", "head_pharmacist"}),
    }
)
SCOPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "read": frozenset(
            action for action in PERMITS if action.endswith((":read", ":search", ":audit", ":proof", ":entries"))
        ),
        "record": frozenset({"entries:preview", "entries:record", "entries:wait"}),
    }
)
"""What the short words of a token stand for; any single action may be named too."""
_NEEDS, _WHO = "needs", "who"
_FRAMEWORK = ("litestar.routes.http", "litestar._openapi.plugin")
"""OPTIONS, and the OpenAPI document."""


def needs(action: str, *, in_person: bool = False) -> dict[str, str]:
    """A route's `opt`, by which the entrance knows its permission: Litestar copies the whole route for a guard.

    *in_person*: the document says of it that no token will do; the handler refuses them.
    """
    if action not in PERMITS:
        raise KeyError(action)
    return {_NEEDS: action, **({_WHO: "session"} if in_person else {})}


def read_ways(handler: BaseRouteHandler) -> tuple[str, ...]:
    """How a caller of *handler* says who they are: by any of these; not at all, where everybody may."""
    if PERMITS[handler.opt[_NEEDS]] is ANYONE:
        return ()
    return (handler.opt[_WHO],) if _WHO in handler.opt else ("token", "session")


def find_permission(handler: BaseRouteHandler) -> str | None:
    """What *handler* is for whom; None for what the framework answers by itself.

    Raises `KeyError` for any other that says nothing: absence means no.
    """
    if handler.fn.__module__ in _FRAMEWORK:
        return None
    action: str = handler.opt[_NEEDS]
    return action


def is_permitted(action: str, caller: Caller | None) -> bool:
    """Whether *action* is offered to *caller* at all."""
    try:
        verify_permit(action, caller)
    except CallRefused:
        return False
    return True


def verify_permit(action: str, caller: Caller | None) -> None:
    """Let *caller* pass who may do *action*.

    Raises `CallRefused`: `not_signed_in`, `locked`, `forbidden`, `scope_missing`.
    """
    roles = PERMITS[action]
    if roles is ANYONE:
        return
    if caller is None:
        raise CallRefused("not_signed_in")
    if caller.locked and action != "account:own":
        raise CallRefused("locked")
    if caller.role not in roles:
        raise CallRefused("forbidden")
    if caller.scopes is not None and action not in caller.scopes:
        raise CallRefused("scope_missing", action=action)
