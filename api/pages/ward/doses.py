"""Doses: what is due on a ward, and everything that happens at one patient's bedside."""

from typing import Annotated, Any

from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.pages.naming import Names
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.pages.ward.due import HOME, Due, find_drivers, find_of_patient, find_of_ward
from api.pages.ward.packs import find_home_packs, find_packs
from api.pages.ward.reasons import AT_BEDSIDE, HOME_VISIT, pick_reason, render_reason
from api.pages.ward.showing import Showing
from api.seeing import note_list
from api.site import FromSite, Site
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import to_timestamp
from ledger.service.ports import Reading
from ledger.words import Words, phrase

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
GIVERS = frozenset({"nurse", "phc_worker", "physician"})
"""Who may give a dose."""
_MOST = 20


def places_of(names: Names) -> list[tuple[str, str]]:
    """(id, name) of where doses are given."""
    return names.open_places("ward", "mobile_team")


def pick_place(places: list[tuple[str, str]], asked_for: str | None) -> str:
    """The place asked for, else the first one. Raises `NotFound` for one that is not there."""
    if asked_for is None:
        return places[0][0] if places else HOME
    if asked_for != HOME and asked_for not in dict(places):
        raise NotFound
    return asked_for


@page("/ward/doses", "ward:use")
def doses(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    """The courses of a ward, the next dose first; those that are given when needed apart."""
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        places = places_of(names)
        here = pick_place(places, place)
        note_list(site, request.user, what=f"due doses, {here}", reason=AT_BEDSIDE)
        showing = Showing(reading, names, words, site.zone, now)
        found, elsewhere = find_of_ward(reading, here, now) if here != HOME else ([], 0)
        packs = find_packs(reading, here, now) if here != HOME else {}
        cards = [showing.course(due, packs) for due in found]
        drivers = list(find_drivers(reading, dict.fromkeys(due.patient for due in found)))
        return render(
            request, site, "ward/doses.html", ward=here, wards=[*places, (HOME, words.say("At the patient's home"))],
            due=[card for card in cards if card["due"].due_at], needed=[card for card in cards if not card["due"].due_at],
            drivers=[{"driver": each, "patient_said": names.patient(each.patient),
                      "ends_said": showing.clock(each.ends_at)} for each in drivers],
            elsewhere=elsewhere, may_give=request.user.role in GIVERS,
        )  # fmt: skip


@asked("/ward/find", "ward:use")
def find(request: CallerRequest, site: FromSite, data: Form) -> Response[Any]:
    """Patients by name or IIN, with the way to their bedside."""
    words, q = pick_words(request), data.get("q", "").strip()
    if not 2 <= len(q) <= 100:
        raise CallRefused("parameter_malformed")
    hits = find_patients(site, request, q, words)
    return render_part(request, "ward/_hits.html", hits=hits, ward=data.get("place", HOME), path="/ward/bedside/")


def find_patients(site: Site, request: CallerRequest, q: str, words: Words) -> list[dict[str, Any]]:
    """At most twenty: `patient`, `name`, `born_on`. Each is noted in the access log, and so is that nobody was found."""
    found = site.search.find_patients(site.ledger, q, limit=_MOST)
    if not found:
        site.access.note("searched", person=request.user.person, by=request.user.session, detail="nobody found",
                         reason=AT_BEDSIDE)  # fmt: skip
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        kept = [site.see_patient(reading, request.user, each, what="search", reason=AT_BEDSIDE) for each in found]
        return [
            {"patient": each, "name": names.patient(each), "born_on": names.identity(each).get("born_on", "")}
            for each in kept
        ]


@page("/ward/bedside/{patient:str}", "ward:use")
def bedside(
    request: CallerRequest, site: FromSite, patient: FromPath[str], place: FromQuery[str | None] = None
) -> Response[Any]:
    """Everything that happens at one bedside; of a patient of another ward the reason is asked first."""
    with site.ledger.reading() as reading:
        found = find_of_patient(reading, patient, to_timestamp(site.ledger.clock()))
    is_ours = any(due.setting == "inpatient" and due.place in (None, place) for due in found)
    if place == HOME or is_ours:
        return _bedside(request, site, patient, place, reason=HOME_VISIT if place == HOME else AT_BEDSIDE)
    return render_reason(request, site)


@asked("/ward/bedside/{patient:str}", "ward:use")
def bedside_for(
    request: CallerRequest, site: FromSite, patient: FromPath[str], data: Form, place: FromQuery[str | None] = None
) -> Response[Any]:
    """The same, once the reason was given."""
    return _bedside(request, site, patient, place, reason=pick_reason(data))


def _bedside(request: CallerRequest, site: Site, patient: str, place: str | None, *, reason: str) -> Response[Any]:
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="bedside", reason=reason)
        names = Names(site, reading, words)
        here = pick_place(places_of(names), place)
        showing = Showing(reading, names, words, site.zone, now)
        packs = find_home_packs(reading, kept, now) if here == HOME else find_packs(reading, here, now)
        found = [due for due in find_of_patient(reading, kept, now) if (due.setting == "inpatient") == (here != HOME)]
        drivers = list(find_drivers(reading, [kept]))
        return render(
            request, site, "ward/bedside.html", ward=here, home=here == HOME, patient=kept,
            patient_said=names.patient(kept), born_on=names.identity(kept).get("born_on", ""),
            died_on=_died_on(reading, kept, words), courses=[showing.course(due, packs) for due in found],
            stock=[showing.pack(pack) for lots in packs.values() for pack in lots],
            drivers=[_driver(showing, each, found) for each in drivers],
            physicians=names.colleagues(request.user.person, "physician"),
            colleagues=names.colleagues(request.user.person), may_give=request.user.role in GIVERS,
            alone="at_home" if here == HOME else "alone_on_duty", parts=_PARTS,
        )  # fmt: skip


_PARTS = (
    ("0.75", phrase("three quarters")),
    ("0.5", phrase("half")),
    ("0.25", phrase("a quarter")),
    ("1", phrase("all of it")),
    ("0", phrase("nothing")),
)
"""How much of a syringe went in, the commonest first: one that is changed early was half full."""


def _died_on(reading: Reading, patient: str, words: Words) -> str:
    from datetime import date

    from ledger.domain.person import find_death

    died_on = find_death(reading.book, patient)
    return words.day(date.fromisoformat(died_on)) if died_on else ""


def _driver(showing: Showing, driver: Any, found: list[Due]) -> dict[str, Any]:
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


@page("/ward/broken", "ward:use")
def broken(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    """An ampoule that broke or fell."""
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        here = pick_place(places_of(names), place)
        showing = Showing(reading, names, words, site.zone, now)
        return render(
            request, site, "ward/broken.html", ward=here, ward_said=names.place(here),
            stock=[showing.pack(pack) for lots in find_packs(reading, here, now).values() for pack in lots],
            colleagues=names.colleagues(request.user.person),
        )  # fmt: skip
