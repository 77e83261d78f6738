"""The day page: one for each role."""

from typing import Any

from litestar import Response, Router

from api.caller import CallerRequest
from api.pages.rendering import render
from api.pages.routing import page
from api.site import FromSite


@page("/", "day:read")
def today(request: CallerRequest, site: FromSite) -> Response[Any]:
    return render(request, site, "day/today.html")


router = Router("/", route_handlers=[today])
