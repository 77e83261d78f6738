"""Everything that happens at one patient's bedside, on a ward or at home. No warning ever asks here."""

from datetime import date
from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.pages.ward.doses import GIVERS, Form, pick_place, places_of, with_home
from api.pages.ward.due import HOME, Driver, find_drivers, find_of_patient
from api.pages.ward.packs import find_home_packs, find_packs
from api.pages.ward.reasons import AT_BEDSIDE, HOME_VISIT, pick_reason, render_reason
from api.pages.ward.showing import Showing
from api.site import FromSite, Site
from ledger.domain.person import find_death
from ledger.domain.terms import INPATIENT_KINDS
from ledger.log.canonical import to_timestamp
from ledger.service.ports import Reading
from ledger.words import Words, phrase

_PARTS = (
    ("0.75", phrase("three quarters")),
    ("0.5", phrase("half")),
    ("0.25", phrase("a quarter")),
    ("1", phrase("all of it")),
    ("0", phrase("nothing")),
)
"""How much of a syringe went in, the commonest first: one that is changed early was half full."""


@page("/ward/bedside/{patient:str}", "bedside:use")
def bedside(
    request: CallerRequest, site: FromSite, patient: FromPath[str], place: FromQuery[str | None] = None
) -> Response[Any]:
    """Everything that happens at one bedside; of a patient of another ward, or of nobody's round at home, the reason is
    asked first.
    """
    with site.ledger.reading() as reading:
        found = find_of_patient(reading, patient, to_timestamp(site.ledger.clock()))
        visits = reading.book.facility.kind not in INPATIENT_KINDS  # a hospital's people are at no home
    if place == HOME:
        is_ours = visits and any(due.setting != "inpatient" for due in found)
    else:
        is_ours = any(due.setting == "inpatient" and due.place in (None, place) for due in found)
    if is_ours:
        reason = HOME_VISIT if place == HOME else AT_BEDSIDE
        return render(request, site, "ward/bedside.html", **_gather(request, site, patient, place, reason=reason))
    return render_reason(request, site, "ward")


@asked("/ward/bedside/{patient:str}", "bedside:use")
def bedside_for(
    request: CallerRequest, site: FromSite, patient: FromPath[str], data: Form, place: FromQuery[str | None] = None
) -> Response[Any]:
    """The same, once the reason was given."""
    shown = _gather(request, site, patient, place, reason=pick_reason(data))
    return render_part(request, "ward/_asked.html", part="ward/_bedside.html", **shown)


def _gather(request: CallerRequest, site: Site, patient: str, place: str | None, *, reason: str) -> dict[str, Any]:
    """All that the bedside's template names."""
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="bedside", reason=reason)
        names = Names(site, reading, words)
        here = pick_place(with_home(places_of(names), words), place)
        showing = Showing(reading, names, words, site.zone, now)
        packs = find_home_packs(reading, kept, now) if here == HOME else find_packs(reading, here, now)
        found = [due for due in find_of_patient(reading, kept, now) if (due.setting == "inpatient") == (here != HOME)]
        drivers = list(find_drivers(reading, [kept]))
        return dict(
            ward=here, home=here == HOME, patient=kept,
            patient_said=names.patient(kept), born_on=names.identity(kept).get("born_on", ""),
            died_on=_died_on(reading, kept, words), courses=[showing.course(due, packs) for due in found],
            stock=[showing.pack(pack) for lots in packs.values() for pack in lots],
            drivers=[_driver(showing, each) for each in drivers],
            physicians=names.colleagues(request.user.person, "physician"),
            colleagues=names.colleagues(request.user.person), may_give=request.user.role in GIVERS,
            alone="at_home" if here == HOME else "alone_on_duty",
            packs=names.packs(), parts=[(value, words.say(said)) for value, said in _PARTS],
            seen=reading.head.size - 1,
        )  # fmt: skip


def _died_on(reading: Reading, patient: str, words: Words) -> str:
    died_on = find_death(reading.book, patient)
    return words.day(date.fromisoformat(died_on)) if died_on else ""


def _driver(showing: Showing, driver: Driver) -> dict[str, Any]:
    contents = [
        {"product": each["product"], "product_said": showing.names.product(each["product"]),
         "dose": each["dose"], "dose_said": showing.quantity(each["dose"])}
        for each in driver.body["contents"]
    ]  # fmt: skip
    return {
        "driver": driver,
        "contents": contents,
        "since_said": showing.clock(driver.started_at),
        "ends_said": showing.clock(driver.ends_at),
    }
