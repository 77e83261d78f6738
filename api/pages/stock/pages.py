"""The forms of the stock: each a list that is signed once."""

from typing import Any

from litestar import Response, Router

from api.caller import CallerRequest
from api.languages import pick_words
from api.pages.naming import Names
from api.pages.rendering import render
from api.pages.routing import page
from api.site import FromSite


@page("/stock/delivery", "stock:use")
def delivery(request: CallerRequest, site: FromSite) -> Response[Any]:
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return render(
            request, site, "stock/delivery.html", stores=names.open_places("safe"), products=names.open_products(),
            colleagues=names.colleagues(request.user.person),
        )  # fmt: skip


router = Router("/", route_handlers=[delivery])
