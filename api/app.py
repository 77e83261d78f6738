"""Every router in one list, and what stands before and behind all of them."""

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from api.answers import Answer
from api.asking import read_parameters
from api.bodies import StrictRequest
from api.caller import Roles
from api.documents import Document
from api.entrance import Calls, Leaving, enter
from api.fhir import routes as fhir
from api.fhir.outcome import HANDLERS
from api.pages.account import routes as account
from api.pages.routes import PAGES
from api.site import Site
from api.threads import open_desk
from api.v1 import (
    access,
    entries,
    governing,
    health,
    metrics,
    patients,
    projections,
    reference,
    reports,
    tlog,
    verification,
    waiting,
)

ROUTERS: tuple[ControllerRouterHandler, ...] = (
    access.router,
    account.router,
    entries.router,
    fhir.router,
    governing.router,
    health.router,
    metrics.router,
    patients.router,
    projections.router,
    reference.router,
    reports.router,
    tlog.router,
    verification.router,
    waiting.router,
)
"""Each is made of its handlers; `/api/v1` stands before all of these."""


def make_app(site: Site) -> Litestar:
    """The application that serves *site*."""
    counts = metrics.Metrics(site)
    app = Litestar(
        route_handlers=[Router("/api/v1", route_handlers=list(ROUTERS)), *PAGES],
        before_request=enter,
        on_startup=[open_desk],
        on_shutdown=[site.recording.close],
        before_send=[Leaving(site.settings, counts)],
        exception_handlers=HANDLERS,
        dependencies={"site": Provide(lambda: site, use_cache=True, sync_to_thread=False)},
        request_class=StrictRequest,
        response_class=Answer,
        request_max_body_size=site.settings.largest_body,
        logging_config=None,
        debug=False,  # whatever the environment says: it would tell callers what went wrong inside
        openapi_config=OpenAPIConfig(
            title="Senim", version="1", path="/schema", render_plugins=[Document(path="/openapi.json")]
        ),
    )
    app.state.site = site
    app.state.parameters = read_parameters(app)
    app.state.metrics = counts
    app.state.roles = Roles(site.ledger)
    app.state.calls = Calls(site.settings.calls_a_minute, site.common)
    return app
