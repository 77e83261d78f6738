"""A blind count: what lies there is typed before the book is shown, and what differs becomes a finding or a count."""

from typing import Annotated, Any

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body

from api.asking import verify_names
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.units import say_change
from api.pages.rendering import render_part
from api.pages.routing import asked
from api.site import FromSite, Site
from ledger.errors import CallRefused

_MOST_DIGITS = 6


def to_count(request: CallerRequest, site: Site) -> dict[str, Any]:
    """What may be counted, and where; nothing of how much is there."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return {"stores": names.open_places("safe", "ward", "mobile_team"), "products": names.open_products()}


@asked("/inspection/count/book", "inspection:use")
def show_book(
    request: CallerRequest,
    site: FromSite,
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Part: the book beside what was counted. That it was counted first stands in the access log."""
    words, place, product, typed = pick_words(request), data.get("place"), data.get("product"), data.get("units", "")
    counted = typed.strip()
    if not place or not product or not (counted.isascii() and counted.isdecimal() and len(counted) <= _MOST_DIGITS):
        raise CallRefused("parameter_malformed")
    with site.ledger.reading() as reading:
        verify_names(reading, place=place, product=product)
        site.access.note(
            "counted", person=request.user.person, by=request.user.session, detail=f"{place} {product} {counted}"
        )
        names = Names(site, reading, words)
        lots = [(lot, units) for _, _, lot, units in reading.balances(place=place, product=product) if units]
        book = sum(units for _, units in lots)
        difference = int(counted) - book
        difference_said = say_change(words, names.products[product]["unit_of_presentation"], difference)
        finding = words.say(
            "Counted {counted}, {product}, {place}; book {book}, difference {difference} (known at entry {seq}).",
            counted=int(counted), product=names.product(product), place=names.place(place), book=book,
            difference=difference_said, seq=reading.head.size - 1,
        )  # fmt: skip
        return render_part(
            request, "inspection/_book.html", lots=lots, book=book, counted=int(counted), difference=difference,
            place=place, product=product, place_said=names.place(place), product_said=names.product(product),
            finding=finding, known=reading.head.size - 1, role=request.user.role,
            is_open=reading.book.find("inspection") is not None, colleagues=names.colleagues(request.user.person),
            number=words.number, difference_said=difference_said,
        )  # fmt: skip


router = Router("/", route_handlers=[show_book])
