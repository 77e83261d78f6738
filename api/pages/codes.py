"""The code of a paper that a page shows, as on signed paper. Trusts the ledger; it says nothing of a person."""

import segno

from api.site import Site
from ledger.service.ports import Reading
from reports.model import Head
from reports.paper import to_qr


def draw_code(site: Site, reading: Reading, *about: str) -> str:
    """A QR code as a `data:` address: the register, its head by now, and what the paper is *about* (`to_qr`)."""
    head = Head(size=reading.head.size, root=reading.head.frontier.root().hex())
    return segno.make(to_qr(site.ledger.log, head, *about), error="m", micro=False).svg_data_uri(scale=4, border=4)
