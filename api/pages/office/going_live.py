"""From the paper journal to the register, step by step. Where each step stands is read from the entries alone, so that
whoever goes on, on whatever day and device, finds the next one.
"""

from datetime import date
from typing import Annotated, Any

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.finding import find_hits
from api.pages.office.governing import read_governance
from api.pages.office.steps import read_steps
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.site import FromSite
from ledger.log.canonical import from_bytes
from ledger.service.ports import Reading

_WHY = "taking over from the paper journal"


@page("/office/go-live", "office:use")
def go_live(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        governance = read_governance(site, reading, names, request.user)
        book = site.ledger.keys(reading)
        keys = [key for key in map(book.get, book.ids()) if key.use == "sign" and key.until_seq is None]
        closed = next(iter(reading.rows(type="import.closed")), None)
        return render(
            request, site, "office/go_live.html", governance=governance, steps=read_steps(site, reading, words),
            keys=[
                {"key": key.key, "name": names.person(key.person), "person": key.person}
                for key in sorted(keys, key=lambda key: names.person(key.person))
            ],
            imported=reading.book.find("imported") or 0,
            closed_by=None if closed is None else closed.seq,
        )  # fmt: skip


@page("/office/go-live/stock", "stock:use")
def open_stock(request: CallerRequest, site: FromSite) -> Response[Any]:
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return render(
            request, site, "office/open_stock.html",
            stores=names.open_places("safe", "ward", "mobile_team"), products=names.open_products(),
            colleagues=names.colleagues(request.user.person), opened=_read_opened(reading, names),
        )  # fmt: skip


@page("/office/go-live/homes", "stock:use")
def open_homes(request: CallerRequest, site: FromSite) -> Response[Any]:
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return render(
            request, site, "office/open_homes.html", products=names.open_products(),
            colleagues=names.colleagues(request.user.person),
        )  # fmt: skip


@asked("/office/go-live/homes/find", "stock:use")
def find_homes(
    request: CallerRequest, site: FromSite,
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:  # fmt: skip
    """Whose home it is, among the patients who are registered."""
    typed = " ".join(data.get("q", "").split())[:100]
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        hits, _ = find_hits(site, reading, request.user, names, typed, reason=_WHY)
    return render_part(request, "office/_homes.html", found=hits, typed=typed)


@page("/office/go-live/custody", "stock:use")
def open_custody(request: CallerRequest, site: FromSite) -> Response[Any]:
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return render(
            request, site, "office/open_custody.html", stores=names.open_places("custody"),
            products=names.open_products(), colleagues=names.colleagues(request.user.person),
        )  # fmt: skip


def _read_opened(reading: Reading, names: Names) -> list[dict[str, Any]]:
    """What was counted over so far, line by line, the newest first."""
    rows = [row for row in reading.rows(type="stock.opened") if reading.book.find("reversal", row.id) is None]
    found = []
    for row in reversed(rows):
        body = from_bytes(row.data)["statement"]["body"]
        page = ", ".join(filter(None, (body.get("journal_no"), body.get("page"))))
        place = names.place(body["place"])
        found += [
            line
            | {"product": names.product(line["product"]), "seq": row.seq, "place": place, "page": page}
            | {"expires_on": names.phrases.day(date.fromisoformat(line["expires_on"]))}
            for line in body["lines"]
        ]
    return found


router = Router("/", route_handlers=[go_live, open_stock, open_homes, find_homes, open_custody])
