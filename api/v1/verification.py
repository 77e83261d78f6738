"""The server's own opinion of itself. It proves nothing to anybody else: evidence and a verifier of one's own do."""

from functools import partial
from typing import Any

from litestar import Router, get, post
from msgspec import Struct

from api.authority import needs
from api.caller import CallerRequest
from api.languages import pick_words
from api.opinions import Opinion as Found
from api.opinions import form_opinion, read_size
from api.site import FromSite
from ledger.errors import NotFound
from ledger.log.canonical import to_timestamp
from ledger.verdict_words import to_json


class Opinion(Struct, frozen=True, kw_only=True):
    """`verification` has the shape of `senim verify --json`; `whose` says what it is worth."""

    whose: str
    at: str
    verification: dict[str, Any]


@get("/verification", operation_id="last_verification", opt=needs("verification:read"),
     sync_to_thread=True)  # fmt: skip
def read_verification(request: CallerRequest, site: FromSite) -> Opinion:
    """What it found last time; nothing since it was started: 404."""
    if site.opinion.outcome is None:
        raise NotFound
    return _to_opinion(request, site.opinion.outcome)


@post("/verification", operation_id="run_verification", opt=needs("verification:run"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def run_verification(request: CallerRequest, site: FromSite) -> Opinion:
    """Verify everything now. Takes as long as reading and judging every entry does."""
    return _to_opinion(request, site.opinion.run(read_size(site), partial(form_opinion, site)))


def _to_opinion(request: CallerRequest, found: Found) -> Opinion:
    words = pick_words(request)
    whose = words.say("This is the server's own opinion of itself; take the evidence and check it elsewhere.")
    return Opinion(whose=whose, at=to_timestamp(found.at), verification=to_json(words, found.verdict))


router = Router("/", route_handlers=[read_verification, run_verification])
