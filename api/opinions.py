"""The register's opinion of itself, kept until the next: every entry verified, and the access log.

It proves nothing to anybody else: evidence and a verifier of one's own do. Trusts the stores to be the ones it serves.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from api.working import Step
from ledger.errors import AccessRejected
from ledger.service.checkpoints import verifier_key
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, verify
from ledger.storage.verifying import verify_directory

if TYPE_CHECKING:
    from api.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What was found at *at*; *access*: of the access log (None: whole), *access_size* its rows."""

    at: datetime
    verdict: Verdict
    access_size: int
    access: AccessRejected | None


def form_opinion(site: "Site", step: Step) -> Opinion:
    """Verify everything now. Takes as long as reading and judging every entry does; *step* is called once an entry."""
    ledger = site.ledger
    asked = partial(verify, trust=Trust(key=verifier_key(ledger)), now=ledger.clock(), step=step)
    verdict, broken = verify_directory(site.directory, asked), None
    try:
        size, _ = site.access.verify()
    except AccessRejected as rejected:
        broken, size = rejected, site.access.head()[0]
    return Opinion(at=ledger.clock(), verdict=verdict, access_size=size, access=broken)


def read_size(site: "Site") -> int:
    """How many entries there are to be verified now."""
    with site.ledger.reading() as reading:
        return reading.head.size - reading.begins_at
