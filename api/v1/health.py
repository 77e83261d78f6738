"""Whether the register lives, and where it ends; for machines that watch it."""

from litestar import Router, get
from msgspec import Struct

from api.authority import needs
from api.site import FromSite


class Health(Struct, frozen=True, kw_only=True):
    """`size` entries; `root` of the newest signed head (64 hex), which covers `signed` of them; `read_only`: why;
    `head_failed`: why the newest head could not be signed."""

    status: str
    log: str
    size: int
    signed: int
    root: str | None
    read_only: str | None
    head_failed: str | None


@get("/health", operation_id="health", opt=needs("health:read"), sync_to_thread=True)
def read_health(site: FromSite) -> Health:
    """Liveness with the head."""
    with site.ledger.reading() as reading:
        size, newest = reading.head.size, reading.checkpoint()
    why = site.ledger.read_only
    return Health(
        status="read_only" if why else "ok",
        log=site.ledger.log,
        size=size,
        signed=newest.size if newest else 0,
        root=newest.root.hex() if newest else None,
        read_only=why.reason if why else None,
        head_failed=site.heads.reason,
    )


router = Router("/", route_handlers=[read_health])
