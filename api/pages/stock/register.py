"""The journal of a product as it is on paper, a month at a time. Whom it shows is noted in the access log first."""

from dataclasses import replace
from typing import Any

from litestar import Response
from litestar.params import FromQuery

from api.caller import CallerRequest
from api.pages.routing import page
from api.pages.stock.desk import STORES, Desk, month_after, open_desk, read_month
from api.pages.stock.journal import Leaf, read_leaf, to_frame, to_period
from api.seeing import note_list
from api.site import FromSite
from ledger.log.canonical import from_timestamp
from ledger.service.opened import read_people
from reports.model import Detail, RegisterRow
from reports.pen import FADED, RED
from reports.register_rows import Cells, columns_of, said_of_imports


@page("/stock/register", "stock:use")
def register(
    request: CallerRequest,
    site: FromSite,
    product: FromQuery[str | None] = None,
    place: FromQuery[str | None] = None,
    month: FromQuery[str | None] = None,
    number: FromQuery[int | None] = None,
) -> Response[Any]:
    with open_desk(request, site) as desk:
        products = [(id, desk.names.product(id)) for id in desk.names.products]
        places = [(id, str(body["name"])) for id, body in desk.names.places.items() if body["kind"] in STORES]
        asked = desk.one_of("product", product, products[0][0] if products else "")
        where = "" if place == "" else desk.one_of("place", place, places[0][0] if places else "")
        shown = read_month(month, desk.today[:7])
        leaf, columns, rows, phrases = None, [], [], desk.names.phrases
        if asked:
            leaf = _read(desk, asked, where or None, shown, number)
            note_patients(desk, leaf, asked, shown)
            cells = Cells(leaf.register, phrases)
            columns = [column.title for column in columns_of(phrases)][1:]
            rows = [_to_row(desk, cells, row) for row in leaf.register.rows]
        period = to_period(shown)
        return desk.page(
            "stock/register.html", products=products, all_places=places, product=asked, place=where, month=shown,
            before=month_after(shown, -1), after=month_after(shown) if shown < desk.today[:7] else "", leaf=leaf,
            columns=columns, rows=rows, figure=phrases.figure, product_said=desk.names.product(asked),
            place_said=desk.names.place(where) if where else desk.words.say("the whole facility"),
            period_said=phrases.period(period), first_on=str(period.from_on), last_on=str(period.to_on),
            unit=phrases.word(desk.book.get("product", asked).unit_of_presentation) if asked else "",
            imported=said_of_imports(leaf.register, phrases) if leaf else "",
        )  # fmt: skip


def _read(desk: Desk, product: str, place: str | None, month: str, number: int | None) -> Leaf:
    ledger = desk.site.ledger
    frame = to_frame(
        desk.reading, log=ledger.log, language=desk.words.lang, now=from_timestamp(desk.now), rules=ledger.rules()
    )
    people = read_people(desk.reading, ledger.vault)
    names = {username: (name, role) for username, (name, role, _) in people.items()}
    return read_leaf(desk.reading, frame, names, product=product, place=place, month=month, number=number)


def note_patients(desk: Desk, leaf: Leaf, product: str, month: str) -> None:
    """Whom the page shows stands in the access log before it is shown."""
    if any(each.code == "patient" for row in leaf.register.rows for each in row.counterpart):
        what = f"register {product} {month} page {leaf.number}, entries {leaf.register.rows[0].seq}–"
        what += str(leaf.register.rows[-1].seq)
        note_list(desk.site, desk.caller, what=what, reason="the register")


def _to_row(desk: Desk, cells: Cells, row: RegisterRow) -> dict[str, Any]:
    """`{seq, cells}`: each cell a list of (text, bold, struck, look)."""
    named = replace(row, counterpart=tuple(_named(desk, each) for each in row.counterpart))
    looks = {RED: "marked", FADED: "hint"}
    laid = [
        [(line.text, line.bold, line.struck, looks.get(line.colour, "")) for line in cell if line.text]
        for cell in cells.of(named)
    ]
    return {"seq": row.seq, "cells": laid[1:]}


def _named(desk: Desk, detail: Detail) -> Detail:
    return replace(detail, value=desk.names.patient(detail.value)) if detail.code == "patient" else detail
