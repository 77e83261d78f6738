"""Doses: what is due on a ward, the way to a patient's bedside, and what broke."""

from typing import Annotated, Any

from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.pages.ward.due import HOME, find_drivers, find_given, find_of_ward, find_running
from api.pages.ward.packs import find_packs
from api.pages.ward.reasons import AT_BEDSIDE, HOME_VISIT
from api.pages.ward.showing import Showing
from api.seeing import note_list
from api.site import FromSite, Site
from ledger.domain.person import is_here
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import MAX_INT, to_timestamp
from ledger.words import Words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
GIVERS = frozenset({"nurse", "phc_worker", "physician"})
"""Who may give a dose."""
_MOST = 20


def places_of(names: Names) -> list[tuple[str, str]]:
    """(id, name) of the facility's places where doses are given."""
    return names.open_places("ward", "mobile_team")


def with_home(places: list[tuple[str, str]], words: Words) -> list[tuple[str, str]]:
    """The same and the patient's home."""
    return [*places, (HOME, words.say("At the patient's home"))]


def pick_place(places: list[tuple[str, str]], asked_for: str | None) -> str:
    """The place asked for, else the first one, "" where there is none. Raises `NotFound` for one that is not there."""
    if asked_for is None:
        return places[0][0] if places else ""
    if asked_for not in dict(places):
        raise NotFound
    return asked_for


@page("/ward/doses", "bedside:use")
def doses(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    """The courses of a ward, the next dose first; those that are given when needed apart."""
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        places = with_home(places_of(names), words)
        here = pick_place(places, place)
        note_list(site, request.user, what=f"due doses, {here} at {reading.head.size - 1}", reason=AT_BEDSIDE)
        showing = Showing(reading, names, words, site.zone, now)
        found, elsewhere = find_of_ward(reading, here, now) if here != HOME else ([], 0)
        packs = find_packs(reading, here, now) if here != HOME else {}
        cards = [showing.course(due, packs) for due in found]
        drivers = list(find_drivers(reading, dict.fromkeys(due.patient for due in found)))
        return render(
            request, site, "ward/doses.html", ward=here, wards=places,
            due=[card for card in cards if card["due"].due_at],
            needed=[card for card in cards if not card["due"].due_at],
            drivers=[{"driver": each, "patient_said": names.patient(each.patient),
                      "ends_said": showing.clock(each.ends_at)} for each in drivers],
            elsewhere=elsewhere, may_give=request.user.role in GIVERS, packs=names.packs(), seen=reading.head.size - 1,
        )  # fmt: skip


@page("/ward/doses/{prescription:str}", "bedside:use")
def dose(
    request: CallerRequest, site: FromSite, prescription: FromPath[str], place: FromQuery[str],
    after: FromQuery[int], before: FromQuery[int] = MAX_INT,
) -> Response[Any]:  # fmt: skip
    """One course as a card and who gave a dose of it, where one stands between the entries *after* and *before*; else
    nothing. At home the card offers none: it is shown beside the form of the bedside.
    """
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        due, given = find_running(reading, prescription, now), find_given(reading, prescription, after, before)
        if due is None or given is None:
            return Response(None, status_code=204)
        names = Names(site, reading, words)
        here = pick_place(with_home(places_of(names), words), place)
        reason = HOME_VISIT if here == HOME else AT_BEDSIDE
        site.see_patient(reading, request.user, due.patient, what="bedside", reason=reason)
        showing = Showing(reading, names, words, site.zone, now)
        return render_part(
            request, "ward/_dose.html", it=showing.course(due, find_packs(reading, here, now)), ward=here,
            by=names.person(given.performer), given_said=showing.clock(given.occurred_at),
            may_give=request.user.role in GIVERS, seen=reading.head.size - 1,
        )  # fmt: skip


@asked("/ward/find", "bedside:use")
def find(request: CallerRequest, site: FromSite, data: Form) -> Response[Any]:
    """Patients by name, IIN or the id on a wristband, with the way to their bedside; `patient`: at whose one is."""
    words, q = pick_words(request), data.get("q", "").strip()
    if not 2 <= len(q) <= 100:
        raise CallRefused("parameter_malformed")
    why = HOME_VISIT if data.get("place", HOME) == HOME else AT_BEDSIDE
    hits = find_patients(site, request, q, words, reason=why)
    return render_part(
        request, "ward/_hits.html", hits=hits, ward=data.get("place", HOME), path="/ward/bedside/",
        here=data.get("patient", ""),
    )  # fmt: skip


def find_patients(site: Site, request: CallerRequest, q: str, words: Words, *, reason: str) -> list[dict[str, Any]]:
    """At most twenty: `patient`, `name`, `born_on`. The access log notes each, and also that nobody was found."""
    found = site.search.find_patients(site.ledger, q, limit=_MOST) or _find_id(site, q)
    if not found:
        site.access.note("searched", person=request.user.person, by=request.user.session, detail="nobody found",
                         reason=reason)  # fmt: skip
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        kept = site.see_found(reading, request.user, found, reason=reason)
        return [
            {"patient": each, "born_on": names.identity(each).get("born_on", ""), "name": names.patient(each)}
            for each in kept
        ]


def _find_id(site: Site, q: str) -> list[str]:
    with site.ledger.reading() as reading:
        return [q] if is_here(reading.book, q) else []


@page("/ward/broken", "bedside:use")
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
            colleagues=names.colleagues(request.user.person), packs=names.packs(),
        )  # fmt: skip
