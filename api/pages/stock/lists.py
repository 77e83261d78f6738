"""The forms of what comes, moves and goes: each a list that is signed once."""

from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from api.caller import CallerRequest
from api.pages.codes import draw_code
from api.pages.routing import page
from api.pages.stock.desk import STORES, Desk, open_desk
from api.pages.stock.holdings import Holding, find_holdings, say_state
from api.site import FromSite
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes

_MOST_KNOWN = 50


@page("/stock/delivery", "stock:use")
def delivery(request: CallerRequest, site: FromSite) -> Response[Any]:
    with open_desk(request, site) as desk:
        return desk.page(
            "stock/delivery.html", stores=desk.names.open_places("safe"), products=desk.names.open_products(),
            colleagues=desk.colleagues(), packs=desk.names.packs(),
        )  # fmt: skip


@page("/stock/move", "stock:use")
def move(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    return _out(request, site, "stock/move.html", place)


@page("/stock/send", "stock:use")
def send(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    return _out(request, site, "stock/send.html", place)


@page("/stock/breakage", "stock:use")
def breakage(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    return _out(request, site, "stock/breakage.html", place)


@page("/stock/arrival", "stock:use")
def arrival(request: CallerRequest, site: FromSite) -> Response[Any]:
    with open_desk(request, site) as desk:
        return desk.page(
            "stock/arrival.html", stores=desk.names.open_places("safe"), products=desk.names.open_products(),
            colleagues=desk.colleagues(), packs=desk.names.packs(), logs=_logs(desk, "stock.arrived", "from_log"),
        )  # fmt: skip


@page("/stock/there/{member:str}", "stock:use")
def there(request: CallerRequest, site: FromSite, member: FromPath[str]) -> Response[Any]:
    """What lies at the place that the field *member* of a form names, a line each, for the units that are to go."""
    with open_desk(request, site) as desk:
        where = desk.one_of("place", request.query_params.get(member))
        return desk.part("stock/_there.html", there=to_lines(desk, where), place_said=desk.names.place(where))


@page("/stock/sent/{seq:int}", "stock:use")
def sent(request: CallerRequest, site: FromSite, seq: FromPath[int]) -> Response[Any]:
    """The sheet that goes with what was sent: all that the other register asks for, and a code that it reads."""
    with open_desk(request, site) as desk:
        entry = read_statement(desk, seq, "stock.sent")
        return desk.page(
            "stock/sent.html", seq=seq, entry=entry, at=desk.moment(entry["occurred_at"]),
            from_said=desk.names.place(entry["body"]["from_place"]), leaf=_leaf(desk, seq),
            lines=[each | {"said": desk.names.product(each["product"])} for each in entry["body"]["lines"]],
            signed=[desk.names.person(each) for each in (entry["performer"], entry["witness"]) if each],
            code=draw_code(site, desk.reading, str(seq), entry["id"]),
        )  # fmt: skip


def _out(request: CallerRequest, site: FromSite, template: str, place: str | None) -> Response[Any]:
    with open_desk(request, site) as desk:
        stores = desk.names.open_places(*STORES)
        where = desk.one_of("place", place, stores[0][0] if stores else "")
        return desk.page(
            template, stores=stores, place=where, there=to_lines(desk, where), place_said=desk.names.place(where),
            colleagues=desk.colleagues(), packs=desk.names.packs(), logs=_logs(desk, "stock.sent", "to_log"),
        )  # fmt: skip


def to_lines(desk: Desk, place: str) -> list[dict[str, Any]]:
    """What lies at *place* as lines to choose from: usable lots of a product first, the oldest expiry first."""
    found = list(find_holdings(desk, place=place)) if place else []
    found.sort(key=lambda each: (desk.names.product(each.product), not each.is_usable, each.expires_on or "9999"))
    return [to_line(desk, each) for each in found]


def to_line(desk: Desk, each: Holding) -> dict[str, Any]:
    return {
        "place": each.place, "place_said": desk.names.place(each.place), "product": each.product,
        "said": desk.names.product(each.product), "lot": each.lot, "units": each.units,
        "units_said": desk.names.phrases.figure(each.units), "usable": each.is_usable, "mark": each.mark,
        "expires": desk.day(each.expires_on) if each.expires_on else "—",
        "state": say_state(desk, each.state) if each.state != "good" else "",
    }  # fmt: skip


def read_statement(desk: Desk, seq: int, type: str) -> dict[str, Any]:
    """The statement of entry *seq*. Raises `NotFound` where it is of another type."""
    statement: dict[str, Any] = from_bytes(desk.reading.entry(seq))["statement"]
    if statement["type"] != type:
        raise NotFound
    return statement


def _logs(desk: Desk, type: str, member: str) -> list[str]:
    """Registers that were named before, the newest first."""
    rows = desk.reading.rows(type=type, last=_MOST_KNOWN)
    return list(dict.fromkeys(from_bytes(row.data)["statement"]["body"][member] for row in reversed(rows)))


def _leaf(desk: Desk, seq: int) -> str:
    return next(desk.reading.leaves(seq, seq + 1)).hex()
