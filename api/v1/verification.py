"""The server's own opinion of itself. It proves nothing to anybody else: evidence and a verifier of one's own do."""

from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

from litestar import Router, get, post
from msgspec import Struct

from api.authority import needs
from api.caller import CallerRequest
from api.languages import pick_words
from api.site import FromSite, Site
from ledger.errors import LedgerBusy, NotFound
from ledger.log.canonical import to_timestamp
from ledger.service.checkpoints import verifier_key
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, verify
from ledger.storage.verifying import verify_directory
from ledger.verdict_words import to_json


class Opinion(Struct, frozen=True, kw_only=True):
    """`verification` has the shape of `senim verify --json`; `whose` says what it is worth."""

    whose: str
    at: str
    verification: dict[str, Any]


@dataclass(slots=True)
class Opinions:
    """The last one, kept until the next. One at a time: it reads everything."""

    at: str | None = None
    verdict: Verdict | None = None
    running: Lock = field(default_factory=Lock)


_OPINIONS: dict[str, Opinions] = {}


@get("/verification", operation_id="last_verification", guards=[needs("verification:read")],
     sync_to_thread=True)  # fmt: skip
def read_verification(request: CallerRequest, site: FromSite) -> Opinion:
    """What it found last time; nothing since it was started: 404."""
    known = _of(site)
    if known.verdict is None or known.at is None:
        raise NotFound
    return _to_opinion(request, known.at, known.verdict)


@post("/verification", operation_id="run_verification", guards=[needs("verification:run")], status_code=200,
      sync_to_thread=True)  # fmt: skip
def run_verification(request: CallerRequest, site: FromSite) -> Opinion:
    """Verify everything now. Takes as long as reading and judging every entry does."""
    known = _of(site)
    if not known.running.acquire(blocking=False):
        raise LedgerBusy
    try:
        ledger = site.ledger
        asked = partial(verify, trust=Trust(key=verifier_key(ledger)), now=ledger.clock())
        known.verdict = verify_directory(site.directory, asked)
        known.at = to_timestamp(ledger.clock())
        return _to_opinion(request, known.at, known.verdict)
    finally:
        known.running.release()


def _of(site: Site) -> Opinions:
    return _OPINIONS.setdefault(site.ledger.log, Opinions())


def _to_opinion(request: CallerRequest, at: str, verdict: Verdict) -> Opinion:
    words = pick_words(request)
    whose = words.say("This is the server's own opinion of itself; take the evidence and check it elsewhere.")
    return Opinion(whose=whose, at=at, verification=to_json(words, verdict))


router = Router("/", route_handlers=[read_verification, run_verification])
