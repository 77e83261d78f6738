"""What lies sealed in custody, how it is handed on, and how a commission destroys it. Trusts the projections."""

from datetime import date
from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from api.caller import CallerRequest
from api.pages.routing import page
from api.pages.stock.desk import STORES, Desk, open_desk
from api.pages.stock.holdings import find_holdings
from api.pages.stock.lists import read_statement, to_line
from api.site import FromSite
from ledger.domain.families.collecting import LEAST_COMMISSION
from ledger.domain.terms import METHODS
from ledger.service import queries
from ledger.words import phrase

_KINDS = {
    "returned": phrase("returned by a family"),
    "empties": phrase("empty ampoules"),
    "reversed": phrase("packs of a reversed entry"),
}
_SAME_WORD = {"dissolution": "dissolving", "incineration": "burning"}
"""Codes that read alike: one of each is offered."""


@page("/stock/custody", "stock:use")
def custody(request: CallerRequest, site: FromSite) -> Response[Any]:
    with open_desk(request, site) as desk:
        return desk.page("stock/custody.html", bags=_bags(desk), custodies=len(desk.names.open_places("custody")))


@page("/stock/custody/move", "stock:use")
def hand_on(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    with open_desk(request, site) as desk:
        places = desk.names.open_places("custody")
        where = desk.one_of("place", place, places[0][0] if places else "")
        return desk.page(
            "stock/custody_move.html", all_places=places, place=where, colleagues=desk.colleagues(),
            bags=[bag for bag in _bags(desk) if bag["place"] == where],
        )  # fmt: skip


@page("/stock/destruction", "stock:use")
def destruction(request: CallerRequest, site: FromSite, also: FromQuery[str] = "") -> Response[Any]:
    """Bags, and stock that may not be given any more; `also=stock`: every lot."""
    with open_desk(request, site) as desk:
        asked = site.ledger.rules().value("commission_min", desk.today)
        stock = [
            each for each in find_holdings(desk)
            if (also or not each.is_usable) and desk.book.get("place", each.place).kind in STORES
        ]  # fmt: skip
        people = desk.names.colleagues("")
        return desk.page(
            "stock/destruction.html", bags=_bags(desk), stock=[to_line(desk, each) for each in stock], also=also,
            is_head=desk.is_head, asked=asked, least=max(LEAST_COMMISSION, asked or 0), people=people,
            all_places=desk.names.open_places("custody", *STORES), methods=_methods(desk),
            person=desk.caller.person,
        )  # fmt: skip


def _methods(desk: Desk) -> list[tuple[str, str]]:
    named = [(code, desk.names.phrases.word(code)) for code in METHODS if code not in _SAME_WORD and code != "other"]
    return [*sorted(named, key=lambda each: each[1]), ("other", desk.names.phrases.word("other"))]


@page("/stock/destroyed/{seq:int}", "stock:use")
def destroyed(request: CallerRequest, site: FromSite, seq: FromPath[int]) -> Response[Any]:
    with open_desk(request, site) as desk:
        entry = read_statement(desk, seq, "destruction.performed")
        body = entry["body"]
        people = dict.fromkeys([entry["performer"], *body["commission"]])
        return desk.page(
            "stock/destroyed.html", seq=seq, at=desk.moment(entry["occurred_at"]), act_no=body["act_no"],
            method=desk.names.phrases.word(body["method"]), place=desk.names.place(body["place"]),
            people=[desk.names.person(each) for each in people],
            reversed=desk.book.find("reversal", entry["id"]) is not None,
            items=[
                desk.words.say("bag {seal}", seal=item["seal_no"]) if "seal_no" in item
                else f"{desk.names.product(item['product'])}, {item['lot']}: {desk.names.phrases.figure(item['units'])}"
                f" · {desk.names.place(item['place'])}"
                for item in body["items"]
            ],
        )  # fmt: skip


def _bags(desk: Desk) -> list[dict[str, Any]]:
    """What is in custody, the longest there first."""
    rows = sorted(queries.read_custody(desk.reading), key=lambda row: (row["received_at"], row["seal_no"]))
    days = desk.site.ledger.rules().value("destruction_days", desk.today)
    return [_to_bag(desk, row, days) for row in rows]


def _to_bag(desk: Desk, row: dict[str, Any], days: int | None) -> dict[str, Any]:
    age = (date.fromisoformat(desk.today) - date.fromisoformat(desk.day_of(row["received_at"]))).days
    return {
        "seal_no": row["seal_no"], "place": row["place"], "place_said": desk.names.place(row["place"]),
        "kind": desk.words.say(_KINDS[row["kind"]]) if row["kind"] in _KINDS else row["kind"],
        "units": desk.names.phrases.figure(row["units"]), "age": age, "late": days is not None and age > days,
        "received": desk.moment(row["received_at"]),
        "contents": [
            f"{desk.names.product(each['product'])}{', ' + each['lot'] if 'lot' in each else ''}: "
            f"{desk.names.phrases.figure(each['units'])}"
            for each in row["contents"]
        ],
    }  # fmt: skip
