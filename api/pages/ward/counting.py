"""What two people count on a ward: the shift's handover, and the empties that a pharmacist takes. Both are blind."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from litestar import Response
from litestar.params import FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.units import say_change, say_units
from api.pages.rendering import render
from api.pages.routing import page
from api.pages.ward.doses import GIVERS, pick_place, places_of
from api.site import FromSite
from ledger.domain.findings import partials_of
from ledger.domain.terms import EMPTIES_UNITS, INPATIENT_KINDS, PHARMACISTS
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes, to_timestamp
from ledger.service import queries
from ledger.service.ports import Reading
from ledger.words import Words

_COUNTERS = PHARMACISTS | {"nurse", "phc_worker"}
_MOVED_DAYS = 45
"""What moved in this time is counted also where the book says that nothing is left."""


@page("/ward/handover", "bedside:use")
def handover(
    request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None, entry: FromQuery[int | None] = None
) -> Response[Any]:
    """The products of a ward to be counted by two people; afterwards, with *entry*, what differed."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        places = places_of(names)
        here = pick_place(places, place)
        return render(
            request, site, "ward/handover.html", ward=here, wards=places, ward_said=names.place(here),
            products=[(each, names.product(each)) for each in _find_products(reading, here, _today(site, reading))],
            others=names.open_products(), colleagues=names.colleagues(request.user.person),
            lines=_read_lines(reading, names, words, entry, "stock.counted", here) if entry is not None else None,
            entry=entry, may_count=request.user.role in _COUNTERS, packs=names.packs(),
        )  # fmt: skip


@page("/ward/empties", "ward:use")
def empties(
    request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None, entry: FromQuery[int | None] = None
) -> Response[Any]:
    """What a ward should hand in, for the nurse; the same lots without a figure, for the pharmacist who counts."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        places = names.open_places("ward")
        here = pick_place(places, place)
        due = [(product, lot, units) for at, product, lot, units in reading.empties_due() if at == here and units > 0]
        return render(
            request, site, "ward/empties.html", ward=here, wards=places, ward_said=names.place(here),
            due=_by_product(reading, names, here, due), is_counter=request.user.role in PHARMACISTS,
            lots=[(product, names.product(product), lot) for product, lot, _ in due], others=_glass(names),
            customs=names.open_places("custody"), nurses=names.colleagues(request.user.person, *GIVERS),
            is_inpatient=reading.book.facility.kind in INPATIENT_KINDS, entry=entry, packs=names.packs(),
            lines=_read_lines(reading, names, words, entry, "empties.collected", here) if entry is not None else None,
        )  # fmt: skip


def _today(site: Any, reading: Reading) -> date:
    return date.fromisoformat(queries.read_today(reading, to_timestamp(site.ledger.clock())))


def _find_products(reading: Reading, place: str, today: date) -> list[str]:
    """What lies at *place* by the book, or moved there lately."""
    months = {today.isoformat()[:7], (today - timedelta(days=_MOVED_DAYS)).isoformat()[:7]}
    found: dict[str, bool] = {}
    for _, product, lot, units in reading.balances(place=place):
        moved = any(reading.book.find("opening", place, product, lot, month) is not None for month in months)
        found[product] = found.get(product, False) or units > 0 or moved
    return [product for product, wanted in found.items() if wanted]


def _glass(names: Names) -> list[tuple[str, str]]:
    return [each for each in names.open_products() if names.products[each[0]]["unit_of_presentation"] in EMPTIES_UNITS]


def _by_product(reading: Reading, names: Names, place: str, due: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    lots: dict[str, list[str]] = defaultdict(list)
    units: dict[str, int] = defaultdict(int)
    for product, lot, owed in due:
        lots[product].append(lot)
        units[product] += owed
    kept = {product: held for (_, product, _), held in reading.shelf("balance", (partials_of(place),))}
    return [
        {"said": names.product(product), "units": units[product], "lots": ", ".join(lots[product]),
         "partial": max(0, kept.get(product, 0))}
        for product in lots
    ]  # fmt: skip


def _read_lines(reading: Reading, names: Names, words: Words, seq: int, type: str, place: str) -> list[dict[str, Any]]:
    """What the count *seq* found and what the book expected, a line each.

    Raises `NotFound` for an entry that is no such count of *place*.
    """
    said = from_bytes(reading.entry(seq))["statement"]
    if said["type"] != type or said["body"]["place"] != place:
        raise NotFound
    found = []
    for n, line in enumerate(said["body"]["lines"]):
        counted = line["units"] if "units" in line else line["empty"] + line["partial"]
        record = reading.book.find("discrepancy", f"{said['id']}:{n}")
        book = counted if record is None else record.expected
        unit, difference = names.products[line["product"]]["unit_of_presentation"], counted - book
        found.append({
            "said": names.product(line["product"]), "lot": line.get("lot", ""),
            "counted": say_units(words, unit, counted), "book": say_units(words, unit, book),
            "difference": say_change(words, unit, difference) if difference else "",
        })  # fmt: skip
    return found
