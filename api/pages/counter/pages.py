"""The counter: one box, one card, one basket; and what is printed after a supply.

What is typed about a person is sent as a form and stands in no address; the reason why a patient is looked at is that
somebody stands at the counter.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import Response, Router
from litestar.params import FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter import mending, registering, searching
from api.pages.counter.basket import read_lots
from api.pages.counter.card import Card
from api.pages.counter.finding import find_hits, find_product_of, is_wrong_iin
from api.pages.counter.forms import AT_THE_COUNTER, Typed
from api.pages.counter.slip import read_slips
from api.pages.counter.telling import open_at
from api.pages.counter.units import say_units
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.seeing import patients_in
from api.site import FromSite, Site
from ledger.errors import NotFound
from ledger.log.canonical import MAX_INT, from_bytes, from_timestamp, to_timestamp
from ledger.service.ports import Reading
from ledger.words import Words

_JUST_RECORDED = 5
_NOTHING: Mapping[str, Any] = {"prescription": "", "lots": [], "collector": {"kind": "", "name": "", "identity": ""}}
"""What a card that is opened for the first time is filled in with."""
_SUPPLIES = ("dispense.outpatient", "dispense.discharge")


@page("/counter", "counter:use")
def counter(request: CallerRequest, site: FromSite, entry: FromQuery[int | None] = None) -> Response[Any]:
    """The box; with the number of an *entry*, the card of whom that entry tells, as it was filled in then."""
    with site.ledger.reading() as reading:
        words = pick_words(request)
        names = Names(site, reading, words)
        stores = names.open_places("safe")
        found, again = (None, _NOTHING) if entry is None else _of_entry(site, reading, entry)
        place = again.get("place") or (stores[0][0] if stores else "")
        card = None
        if found is not None:
            kept = site.see_patient(reading, request.user, found, what="counter", reason=AT_THE_COUNTER)
            card = Card(site, reading, words, patient=kept, place=place).shown()
        return render(
            request, site, "counter/counter.html", stores=stores, place=place, card=card, again=again,
            kept_at="/counter", recent=_recent(reading, words, names, request.user.person),
        )  # fmt: skip


@asked("/counter/find", "counter:use")
def find(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """What was typed or scanned: a prescription or an IIN gives the card, a name the list of those whom it may mean."""
    typed, place = " ".join(data.get("q", "").split()), data.get("place", "")
    with site.ledger.reading() as reading:
        words = pick_words(request)
        names = Names(site, reading, words)
        if (course := reading.book.find("prescription", typed.lower())) is not None:
            return _card(request, site, reading, course.patient, place)
        if (product := find_product_of(names, typed)) is not None:
            told = _pack(site, reading, words, names, product, place, None)
            return render_part(request, "counter/_pack.html", **told)
        if is_wrong_iin(typed) or len(typed) < 2:
            return render_part(request, "counter/_hits.html", hits=[], more=False, typed=typed, wrong=bool(typed))
        hits, more = find_hits(site, reading, request.user, names, typed, reason=AT_THE_COUNTER)
        if len(hits) == 1:
            return _card(request, site, reading, hits[0].patient, place)
        return render_part(
            request, "counter/_hits.html", hits=[(hit, hit.died_on and words.day(date.fromisoformat(hit.died_on)))
                                                 for hit in hits], more=more, typed=typed, wrong=False,
        )  # fmt: skip


@asked("/counter/patient", "counter:use")
def choose(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    with site.ledger.reading() as reading:
        return _card(request, site, reading, data.get("patient", ""), data.get("place", ""))


@asked("/counter/pack", "counter:use")
def tell_pack(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """A pack that is of none of the lines: what it is, what of it is here, and why it is not in the basket."""
    with site.ledger.reading() as reading:
        words = pick_words(request)
        names = Names(site, reading, words)
        product, place = find_product_of(names, data.get("gtin", "")), data.get("place", "")
        if product is None:
            return render_part(request, "counter/_pack.html", said=None, gtin=data.get("gtin", ""), why=None, here="")
        patient = data.get("patient") or None
        return render_part(request, "counter/_pack.html", **_pack(site, reading, words, names, product, place, patient))


@asked("/counter/done", "counter:use")
def tell_done(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """What was recorded just now: the new balances, the label and slip to be printed, and what was supplied last."""
    seqs = [int(seq) for seq in data.get("seqs", "").split(",") if seq.isdecimal()][:32]
    with site.ledger.reading() as reading:
        words = pick_words(request)
        return render_part(
            request, "counter/_done.html", facility=reading.book.facility.name,
            slips=read_slips(site, reading, words, request.user, seqs, reason=AT_THE_COUNTER),
            recent=_recent(reading, words, Names(site, reading, words), request.user.person),
        )  # fmt: skip


def _card(request: CallerRequest, site: Site, reading: Reading, patient: str, place: str) -> Response[Any]:
    kept = site.see_patient(reading, request.user, patient, what="counter", reason=AT_THE_COUNTER)
    words = pick_words(request)
    if reading.book.find("place", place) is None:
        raise NotFound
    card = Card(site, reading, words, patient=kept, place=place)
    return render_part(request, "counter/_card.html", card=card.shown(), again=_NOTHING)


def _pack(
    site: Site, reading: Reading, words: Words, names: Names, product: str, place: str, patient: str | None
) -> dict[str, Any]:
    lots = list(read_lots(reading, place, product, to_timestamp(site.ledger.clock())))
    unit = names.products[product]["unit_of_presentation"]
    here = say_units(words, unit, sum(lot.units for lot in lots if not lot.held))
    return {"said": names.product(product), "gtin": "", "here": here, "why": "prescription" if patient else "patient"}


def _of_entry(site: Site, reading: Reading, seq: int) -> tuple[str | None, Mapping[str, Any]]:
    """(whom the entry tells of, what it said of a supply, its collector's name with it)."""
    if not 0 <= seq <= MAX_INT:
        raise NotFound
    said = from_bytes(reading.entry(seq))["statement"]
    patients = patients_in(reading.book, said["type"], said["body"])
    if not patients or said["type"] not in _SUPPLIES:
        return (patients[0] if patients else None), _NOTHING
    name = open_at(site, reading, seq).get("body.collector.name", "")
    return patients[0], said["body"] | {"collector": said["body"]["collector"] | {"name": name}}


def _recent(reading: Reading, words: Words, names: Names, person: str) -> list[dict[str, Any]]:
    """What was supplied last, without whom for: the number, when, what; `mine`: this person's newest."""
    rows = [row for type in _SUPPLIES for row in reading.rows(type=type, last=_JUST_RECORDED)]
    newest = sorted(rows, key=lambda row: row.seq, reverse=True)[:_JUST_RECORDED]
    told = []
    for row in newest:
        body = from_bytes(row.data)["statement"]["body"]
        product = reading.book.get("prescription", body["prescription"]).product
        unit = names.products[product]["unit_of_presentation"]
        told.append({
            "seq": row.seq,
            "at": names.phrases.moment(from_timestamp(row.occurred_at)),
            "said": names.product(product),
            "units": say_units(words, unit, sum(lot["units"] for lot in body["lots"])),
            "reversed": reading.book.find("reversal", row.id) is not None,
            "mine": row.performer == person,
        })  # fmt: skip
    return told


router = Router(
    "/", route_handlers=[counter, find, choose, tell_pack, tell_done, *registering.HANDLERS, *mending.HANDLERS,
                         *searching.HANDLERS],
)  # fmt: skip
