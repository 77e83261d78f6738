"""Lots: what is held back, who holds a lot now and whom to call. Trusts the ledger's own search for holders.

Names of families are shown for a lot that is held back only, and noted: somebody has to call them.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.caller import CallerRequest
from api.pages.routing import page
from api.pages.stock.desk import Desk, open_desk
from api.pages.stock.holdings import find_state, say_state
from api.seeing import note_list
from api.site import FromSite
from ledger.domain.families.recalling import Holder, find_holders
from ledger.domain.lots import expiry_of, names_of
from ledger.domain.records import Lot
from ledger.errors import CallRefused
from ledger.refusal_words.terms import HOLDERS

LONGEST_LOT = 200
STEPS = ("quarantine", "release", "recall", "correct")
_ORDER = {"recalled": 0, "quarantined": 1, "expired": 2, "soon": 3, "good": 4}


@page("/stock/lots", "stock:use")
def lots(
    request: CallerRequest,
    site: FromSite,
    also: FromQuery[str] = "",
    product: FromQuery[str] = "",
    lot: FromQuery[str] = "",
) -> Response[Any]:
    """What is there or held back; `also=past` too what was. Who names a lot is led to it."""
    with open_desk(request, site) as desk:
        if product and lot:
            return Redirect(f"/stock/lot/{quote(product, safe='')}?lot={quote(lot, safe='')}")
        units: dict[tuple[str, str], int] = {}
        for _, of_product, name, there in desk.reading.balances():
            units[of_product, name] = units.get((of_product, name), 0) + there
        rows = []
        for (of_product, name), _ in desk.reading.shelf("lot"):
            expires_on = expiry_of(desk.book, of_product, name)
            state = find_state(desk, of_product, name, expires_on)
            there = units.get((of_product, name), 0)
            if there or state in ("recalled", "quarantined") or also:
                rows.append((_ORDER[state], expires_on or "9999", of_product, name, state, there))
        return desk.page(
            "stock/lots.html", also=also, products=[(id, desk.names.product(id)) for id in desk.names.products],
            rows=[
                {"product": each, "said": desk.names.product(each), "lot": name, "state": say_state(desk, state),
                 "mark": "bad" if order < 3 else "unknown" if order == 3 else "good",
                 "expires": desk.day(on) if on != "9999" else "—", "units": desk.names.phrases.figure(there)}
                for order, on, each, name, state, there in sorted(rows)
            ],
        )  # fmt: skip


@page("/stock/lot/{product:str}", "stock:use")
def lot(
    request: CallerRequest, site: FromSite, product: FromPath[str], lot: FromQuery[str] = "", step: FromQuery[str] = ""
) -> Response[Any]:
    with open_desk(request, site) as desk:
        product = desk.one_of("product", product)
        lot = lot.strip()
        if not product or not 0 < len(lot) <= LONGEST_LOT:
            raise CallRefused("parameter_malformed")
        expires_on = expiry_of(desk.book, product, lot)
        state = find_state(desk, product, lot, expires_on)
        held = state in ("recalled", "quarantined")
        seals = [seal_no for (_, seal_no), _ in desk.reading.shelf("open", ("seal",))]
        holders = list(find_holders(desk.book, product, lot, seals))
        homes = [each for each in holders if each.where == "home"]
        if held and homes:
            what = f"holders of {product} lot {lot} at {desk.reading.head.size - 1}"[:500]
            note_list(site, desk.caller, what=what, reason="who holds a lot that is held back")
        known: Lot | None = desk.book.find("lot", product, lot)
        return desk.page(
            "stock/lot.html", product=product, said=desk.names.product(product), lot=lot, state=say_state(desk, state),
            mark={"recalled": "bad", "quarantined": "bad", "expired": "bad", "soon": "unknown"}.get(state, "good"),
            held=held, recalled=state == "recalled", expires=desk.day(expires_on) if expires_on else "",
            expires_on=expires_on or "", step=step if step in STEPS else "", known=known is not None,
            formerly=[name for name in names_of(desk.book, product, lot) if name != lot],
            renamed=[name for _, _, name in (known.renamed if known else ())],
            holders=list(_to_rows(desk, holders, named=held)), homes=len(homes),
            together=desk.names.phrases.figure(sum(each.units for each in holders if each.lot_read)),
            unread=not all(each.lot_read for each in holders), history=list(_history(desk, known)),
            colleagues=desk.colleagues(),
        )  # fmt: skip


def _to_rows(desk: Desk, holders: list[Holder], *, named: bool) -> Iterator[dict[str, Any]]:
    for each in holders:
        if each.where == "home" and not named:
            continue
        yield {
            "where": desk.words.say(HOLDERS[each.where]), "units": desk.names.phrases.figure(each.units),
            "read": each.lot_read, "is_home": each.where == "home", "name": _name(desk, each),
            "call": _call(desk, each),
        }  # fmt: skip


def _name(desk: Desk, each: Holder) -> str:
    if each.where == "home":
        return desk.names.patient(each.name)
    if each.where == "bag":
        return f"{each.name}, {desk.names.place(each.at or '')}"
    return each.name if each.where == "facility" else desk.names.place(each.name)


def _call(desk: Desk, each: Holder) -> str:
    if each.where != "home":
        return ""
    own, say = desk.book.facility.bin, desk.words.say
    clinic = say("ourselves") if each.call == own else say("clinic, BIN {bin}", bin=each.call or "")
    address = str(desk.names.identity(each.name).get("address", ""))
    return f"{address} · {clinic}" if address else clinic


def _history(desk: Desk, known: Lot | None) -> Iterator[dict[str, Any]]:
    said = {
        "quarantined": desk.words.say("put in quarantine"), "recalled": desk.words.say("recalled"),
        "released": desk.words.say("released"),
    }  # fmt: skip
    for at, seq, state in known.states if known is not None else ():
        yield {"at": desk.moment(at), "seq": seq, "said": said[state]}
