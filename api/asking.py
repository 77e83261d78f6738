"""What a caller asks for in an address: parameters, times, days, names. Nothing of it is believed."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from api.site import Site
from ledger.domain import form, terms, values
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import to_timestamp
from ledger.service import queries
from ledger.service.ports import Reading

Parameters = Mapping[HTTPRouteHandler, frozenset[str]]
"""What each handler of the JSON API takes in its address; FHIR and the pages have rules of their own."""


def read_parameters(app: Litestar) -> Parameters:
    return {
        handler: frozenset(each.field_alias for each in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1/")
        if not route.path.startswith("/api/v1/fhir/")
        for handler, model in route.route_handler_map.values()
    }


def verify_parameters(request: Request[Any, Any, Any], known: frozenset[str]) -> None:
    """Each is known and stands once: a filter that was overlooked would show more than was asked for.

    Raises `CallRefused('parameter_malformed')`, which repeats no name that is not ours.
    """
    asked = [name for name, _ in request.query_params.multi_items()]
    if not known.issuperset(asked):
        raise CallRefused("parameter_malformed", known=", ".join(sorted(known)) or "–")
    for name in known:
        if asked.count(name) > 1:
            raise CallRefused("parameter_malformed", field=name, twice=name)


def read_at(told: str | None, zone: str, *, first: bool = False) -> str | None:
    """Canonical UTC text of an RFC 3339 time; of a day in *zone* its last moment, or its *first*.

    Raises `CallRefused('parameter_malformed')`.
    """
    if told is None:
        return None
    at = values.time(told, "", form.Reading())
    if at is not form.GONE:
        return str(at)
    if values.day(told, "", form.Reading()) is form.GONE:
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
