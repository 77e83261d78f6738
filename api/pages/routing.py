"""How a page is declared: its address, and the one permission that it needs."""

from typing import Any, TypeAlias

from litestar import Request, get, post

from api.authority import needs
from api.caller import Caller

AnyRequest: TypeAlias = Request[Caller | None, Any, Any]
"""A request to a page that anybody may see."""


def page(path: str, action: str) -> get:
    """A page at *path*, or a part of one, for whoever may do *action*; others are led to the sign-in or refused."""
    return get(path, operation_id=_name(path), opt=needs(action), include_in_schema=False, sync_to_thread=True)


def asked(path: str, action: str) -> post:
    """A part of a page that answers what stands in no address: what was typed about a person is sent as a form."""
    return post(
        path, operation_id=f"{_name(path)}_asked", opt=needs(action), include_in_schema=False, status_code=200,
        sync_to_thread=True,
    )  # fmt: skip


def _name(path: str) -> str:
    words = [word.partition(":")[0] for word in path.replace("{", "").replace("}", "").strip("/").split("/")]
    return "page_" + "_".join(words).replace("-", "_").strip("_") if words != [""] else "page_home"
