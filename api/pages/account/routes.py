"""All of a person's own affairs in two routers: JSON under `/api/v1/account`, and the pages that use it."""

from litestar import Router

from api.pages.account import credentials, entering, keys, own, setting_up
from api.pages.account.pages import router as pages

router = Router(
    "/account",
    route_handlers=[credentials.router, entering.router, setting_up.router, keys.router, own.router],
    tags=["account"],
)

__all__ = ["pages", "router"]
