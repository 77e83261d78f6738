"""A month's end on one page: what is open, what is to be counted, then the figures that are sealed."""

from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from api.caller import CallerRequest
from api.pages.routing import page
from api.pages.stock.desk import STORES, Desk, month_after, open_desk, read_month
from api.pages.stock.journal import to_period
from api.site import FromSite
from ledger.domain.families.attesting import to_sealing
from ledger.domain.findings import last_found_at
from ledger.log.canonical import from_bytes
from ledger.service import queries
from ledger.words import phrase

WHYS = {
    "witness": phrase("second signature"),
    "verbal_order": phrase("the physician's signature"),
    "very_late": phrase("head pharmacist: entered very late"),
}
_MOST = 20


@page("/stock/month", "stock:use")
def month(request: CallerRequest, site: FromSite, month: FromQuery[str | None] = None) -> Response[Any]:
    with open_desk(request, site) as desk:
        last = month_after(desk.today[:7], -1)
        shown = read_month(month, last)
        sealed = desk.book.find("period", shown)
        period = to_period(shown)
        uncounted = [] if sealed is not None else _uncounted(desk, shown)
        pending = queries.read_pending(desk.reading)
        return desk.page(
            "stock/month.html", month=shown, before=month_after(shown, -1), period=desk.names.phrases.period(period),
            after=month_after(shown) if shown < desk.today[:7] else "", sealed=_sealed(desk, sealed),
            is_over=shown < desk.today[:7], is_head=desk.is_head, first_on=str(period.from_on), pending=pending[:_MOST],
            differences=[_to_open(desk, row) for row in queries.read_discrepancies(desk.reading)],
            pending_more=max(0, len(pending) - _MOST), whys={why: desk.words.say(said) for why, said in WHYS.items()},
            pending_by={row["seq"]: desk.names.person(row["performer"]) for row in pending[:_MOST]},
            uncounted=uncounted, colleagues=desk.colleagues(),
        )  # fmt: skip


@page("/stock/month/{month:str}/figures", "stock:use")
def figures(request: CallerRequest, site: FromSite, month: FromPath[str]) -> Response[Any]:
    """What would be sealed, by itself: it adds up a whole month of everything."""
    with open_desk(request, site) as desk:
        body = to_sealing(desk.book, read_month(month, ""))
        return desk.part("stock/_figures.html", body=body, lines=_to_lines(desk, body["totals"]))


def _to_lines(desk: Desk, totals: list[dict[str, Any]]) -> list[dict[str, str]]:
    figure = desk.names.phrases.figure
    return [
        {"said": desk.names.product(each["product"]), "product": each["product"]}
        | {name: figure(each[name]) for name in ("opening", "in", "out", "closing")}
        for each in totals
    ]


def _sealed(desk: Desk, seq: int | None) -> dict[str, Any] | None:
    if seq is None:
        return None
    said = from_bytes(desk.reading.entry(seq))["statement"]
    people = [desk.names.person(each) for each in (said["performer"], said["witness"]) if each]
    return {
        "seq": seq, "at": desk.moment(said["occurred_at"]), "people": people,
        "lines": _to_lines(desk, said["body"]["totals"]),
    }  # fmt: skip


def _to_open(desk: Desk, row: dict[str, Any]) -> dict[str, str]:
    return {
        "name": row["discrepancy"], "place": desk.names.place(row["place"]),
        "product": desk.names.product(row["product"]), "lot": row.get("lot", ""),
        "difference": desk.change(row["product"], row["difference"]),
    }  # fmt: skip


def _uncounted(desk: Desk, month: str) -> list[dict[str, Any]]:
    """Places with products that lie there and that nobody has counted since the month began."""
    found: dict[str, list[str]] = {}
    for place, product, _, units in desk.reading.balances():
        if not units or desk.book.get("place", place).kind not in STORES or product in found.get(place, ()):
            continue
        counted_at = last_found_at(desk.book, place, product)
        if counted_at is None or desk.day_of(counted_at)[:7] < month:
            found.setdefault(place, []).append(product)
    return [
        {"place": place, "said": desk.names.place(place), "products": [desk.names.product(each) for each in products]}
        for place, products in sorted(found.items())
    ]
