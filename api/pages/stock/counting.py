"""Counts: typed blind, then the difference, where it may come from, and how it is resolved."""

from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from api.caller import CallerRequest
from api.pages.routing import page
from api.pages.stock.causes import find_causes, find_twins, to_rows
from api.pages.stock.desk import STORES, Desk, open_desk
from api.pages.stock.lists import read_statement
from api.site import FromSite
from ledger.domain.history.deadlines import Deadline, find_deadlines
from ledger.domain.lots import expiry_of
from ledger.domain.records import Discrepancy
from ledger.errors import NotFound
from ledger.service import queries

PURPOSES = ("shift", "periodic", "inspection", "closing")
CAUSES = (
    "missing_entry", "miscounted", "found", "expired_not_removed", "lost", "wrong_place", "return_mixed_with_stock",
    "arithmetic", "stolen_reported",
)  # fmt: skip
"""What a difference came from, the commonest first."""


@page("/stock/count", "stock:use")
def count(
    request: CallerRequest,
    site: FromSite,
    place: FromQuery[str | None] = None,
    by: FromQuery[str] = "product",
    purpose: FromQuery[str] = "periodic",
) -> Response[Any]:
    """Nothing on this page says how much is there."""
    with open_desk(request, site) as desk:
        stores = desk.names.open_places(*STORES)
        where = desk.one_of("place", place, stores[0][0] if stores else "")
        return desk.page(
            "stock/count.html", stores=stores, place=where, place_said=desk.names.place(where),
            by="lot" if by == "lot" else "product", purpose=purpose if purpose in PURPOSES else PURPOSES[1],
            lines=_to_count(desk, where, by == "lot"), products=desk.names.open_products(), packs=desk.names.packs(),
            purposes=[(each, desk.names.phrases.word(each)) for each in PURPOSES],
            colleagues=desk.colleagues(), seen=desk.reading.head.size - 1,
        )  # fmt: skip


def _to_count(desk: Desk, place: str, by_lot: bool) -> list[dict[str, str]]:
    """The products that ever lay at *place*, or the lots that should."""
    rows = list(desk.reading.balances(place=place)) if place else []
    if by_lot:
        lots = [(product, lot, expiry_of(desk.book, product, lot) or "") for _, product, lot, units in rows if units]
        lots.sort(key=lambda each: (desk.names.product(each[0]), each[2], each[1]))
        return [
            {"product": p, "said": desk.names.product(p), "lot": lot, "expires": desk.day(on) if on else "—"}
            for p, lot, on in lots
        ]
    there = {product: 0 for _, product, _, _ in rows}
    for _, product, _, units in rows:
        there[product] += units
    listed = [each for each in there if there[each] or not desk.book.get("product", each).delisted]
    return [{"product": p, "said": desk.names.product(p)} for p in sorted(listed, key=desk.names.product)]


@page("/stock/counted/{seq:int}", "stock:use")
def counted(request: CallerRequest, site: FromSite, seq: FromPath[int]) -> Response[Any]:
    with open_desk(request, site) as desk:
        entry = read_statement(desk, seq, "stock.counted")
        lines = [_compare(desk, entry["id"], n, line) for n, line in enumerate(entry["body"]["lines"])]
        return desk.page(
            "stock/counted.html", seq=seq, lines=lines, place_said=desk.names.place(entry["body"]["place"]),
            at=desk.moment(entry["occurred_at"]), reversed=desk.book.find("reversal", entry["id"]) is not None,
            purpose=desk.names.phrases.word(entry["body"]["purpose"]),
            agreed=not any(line["differs"] for line in lines),
        )  # fmt: skip


def _compare(desk: Desk, entry_id: str, n: int, line: dict[str, Any]) -> dict[str, Any]:
    name = f"{entry_id}:{n}"
    found: Discrepancy | None = desk.book.find("discrepancy", name)
    product, book = line["product"], found.expected if found is not None else line["units"]
    return {
        "name": name, "product": desk.names.product(product), "lot": line.get("lot", ""),
        "counted": desk.units(product, line["units"]), "book": desk.units(product, book),
        "difference": desk.change(product, line["units"] - book),
        "differs": found is not None and line["units"] != book, "open": found is not None and found.open,
    }  # fmt: skip


@page("/stock/differences", "stock:use")
def differences(request: CallerRequest, site: FromSite) -> Response[Any]:
    with open_desk(request, site) as desk:
        rows = sorted(queries.read_discrepancies(desk.reading), key=lambda row: row["seq"])
        due = find_deadlines(
            desk.book, site.ledger.rules(), desk.now, stock=desk.reading.balances(), only="inventory"
        )  # fmt: skip
        return desk.page(
            "stock/differences.html", rows=[_to_row(desk, row) for row in rows],
            due=[_to_due(desk, each) for each in sorted(due, key=lambda each: each.due_on) if each.overdue_days],
        )  # fmt: skip


def _to_row(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    found: Discrepancy = desk.book.get("discrepancy", row["discrepancy"])
    return {
        "name": row["discrepancy"], "place": desk.names.place(found.place),
        "product": desk.names.product(found.product), "lot": found.lot, "at": desk.moment(found.at),
        "difference": desk.change(found.product, found.difference), "kind": found.kind, "seq": found.seq,
    }  # fmt: skip


def _to_due(desk: Desk, each: Deadline) -> dict[str, Any]:
    return {
        "place_id": each.place, "place": desk.names.place(each.place), "product": desk.names.product(each.product),
        "due": desk.day(each.due_on), "days": each.overdue_days,
    }  # fmt: skip


@page("/stock/difference/{name:str}", "stock:use")
def difference(request: CallerRequest, site: FromSite, name: FromPath[str]) -> Response[Any]:
    """One difference: what was counted and what the book says, the search list, and its resolution."""
    with open_desk(request, site) as desk:
        found: Discrepancy | None = desk.book.find("discrepancy", name)
        if found is None:
            raise NotFound
        product, change = found.product, desk.change(found.product, found.difference)
        causes = find_causes(desk, found) if found.kind == "count" else []
        by_place = {each: desk.book.get("discrepancy", each) for each in find_twins(desk, name, found)}
        return desk.page(
            "stock/difference.html", name=name, found=found, place=desk.names.place(found.place),
            product=desk.names.product(product), at=desk.moment(found.at), counted=desk.units(product, found.counted),
            book=desk.units(product, found.expected + found.resolved), difference=change,
            causes=to_rows(desk, product, causes), may_resolve=desk.is_head and found.open,
            twins=[
                {"name": twin, "place": desk.names.place(other.place), "lot": other.lot,
                 "difference": desk.change(product, other.difference)}
                for twin, other in by_place.items()
            ],
            reasons=[(each, desk.names.phrases.word(each)) for each in CAUSES], colleagues=desk.colleagues(),
        )  # fmt: skip
