"""What is there: by product, lot and place, with its expiry; what is owed, and what is out of order."""

from itertools import groupby
from typing import Any

from litestar import Response
from litestar.params import FromQuery

from api.caller import CallerRequest
from api.pages.routing import page
from api.pages.stock.desk import STORES, open_desk
from api.pages.stock.holdings import find_holdings
from api.pages.stock.lists import to_line
from api.site import FromSite
from ledger.service import queries


@page("/stock", "stock:use")
def balances(
    request: CallerRequest, site: FromSite, product: FromQuery[str | None] = None, place: FromQuery[str | None] = None
) -> Response[Any]:
    with open_desk(request, site) as desk:
        asked, where = desk.one_of("product", product), desk.one_of("place", place)
        owed: dict[str, int] = {}
        for each in queries.read_owed(desk.reading, desk.now):
            owed[each.product] = owed.get(each.product, 0) + each.left
        found = list(find_holdings(desk, place=where or None, product=asked or None))
        found.sort(key=lambda each: (desk.names.product(each.product), each.product, each.expires_on or "9999"))
        figure = desk.names.phrases.figure
        products = []
        for of_product, lots in groupby(found, key=lambda each: each.product):
            lines = [to_line(desk, each) for each in lots]
            products.append(
                {
                    "id": of_product, "said": desk.names.product(of_product), "lines": lines,
                    "total": figure(sum(line["units"] for line in lines)),
                    "usable": figure(sum(line["units"] for line in lines if line["usable"])),
                    "owed": figure(owed[of_product]) if of_product in owed else "",
                    "short": owed.get(of_product, 0) > sum(line["units"] for line in lines if line["usable"]),
                    "unit": desk.names.phrases.word(desk.book.get("product", of_product).unit_of_presentation),
                }
            )  # fmt: skip
        shown = {each["id"] for each in products}
        absent = [
            (desk.names.product(id), figure(owed[id]) if id in owed else "")
            for id in desk.names.products
            if id not in shown and id in ({asked} if asked else owed)
        ]
        return desk.page(
            "stock/balances.html", products=products, absent=absent, product=asked, place=where,
            all_products=[(id, desk.names.product(id)) for id in desk.names.products],
            all_places=[(id, str(body["name"])) for id, body in desk.names.places.items() if body["kind"] in STORES],
            at=desk.moment(desk.now), size=desk.reading.head.size,
        )  # fmt: skip
