"""The list of those who visit homes, and one family's page. What is shown of a patient is noted first, always."""

from datetime import date
from itertools import islice
from typing import Annotated, Any

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.asking import read_today
from api.caller import Caller, CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.family import elsewhere, forms, giving_back
from api.pages.family.left import find_left
from api.pages.family.table import AT_THE_TABLE, Table, open_table
from api.pages.family.waiting import find_bags, find_deaths, find_homes, find_living, find_visits, is_informed
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.seeing import note_list
from api.site import FromSite, Site
from ledger.errors import CallRefused
from ledger.log.canonical import MAX_INT, from_timestamp
from ledger.service.ports import Reading

MOST = 20
"""So many stand in a list; who is not among them is found by name."""
_MOST_FOUND, _MOST_AT_HOME = 8, 40


@page("/family", "family:use")
def families(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Deaths and bags; the visits follow as a part of their own."""
    with site.ledger.reading() as reading:
        words = pick_words(request)
        names = Names(site, reading, words)
        deaths = find_deaths(reading, site.ledger.rules(reading), find_homes(reading))
        if deaths:
            _note(site, reading, request.user, "families after a death")
        return render(
            request, site, "family/today.html", more=max(0, len(deaths) - MOST),
            deaths=[
                {"patient": each.patient, "name": names.patient(each.patient), "died_on": _say(words, each.died_on),
                 "due_on": _say(words, each.due_on), "informed": is_informed(reading, each.patient)}
                for each in deaths[:MOST]
            ],
            bags=[
                {"seal_no": each.seal_no, "place": names.place(each.place), "mine": each.mine,
                 "units": each.units, "received": words.moment(from_timestamp(each.received_at), site.zone)}
                for each in find_bags(reading, request.user.person)
            ],
            can_hand_over=len(names.open_places("custody")) > 1,
            can_settle=request.user.role == "phc_worker",
            can_take_over=request.user.role in ("phc_worker", "physician"),
        )  # fmt: skip


@page("/family/visits", "family:use")
def visits(request: CallerRequest, site: FromSite, start: FromQuery[int] = 0) -> Response[Any]:
    """Part of the list, and what follows from *start* on: whose visit by the caller's own kind has come."""
    if not 0 <= start <= MAX_INT:
        raise CallRefused("parameter_malformed")
    with site.ledger.reading() as reading:
        words = pick_words(request)
        names, homes = Names(site, reading, words), find_homes(reading)
        role, rules = "physician" if request.user.role == "physician" else "nurse", site.ledger.rules(reading)
        found = find_visits(reading, rules, homes, read_today(site, reading), role=role, start=start)
        due = list(islice(found, MOST + 1))
        if due:
            _note(site, reading, request.user, "visits at home")
        return render_part(
            request, "family/_due.html" if start else "family/_visits.html", at_home=bool(homes), start=start,
            next=due[MOST][0] if len(due) > MOST else None,
            due=[
                {"patient": each.patient, "name": names.patient(each.patient), "last_on": _say(words, each.last_on)}
                for _, each in due[:MOST]
            ],
        )  # fmt: skip


@page("/family/homes", "family:use")
def homes(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Part: everybody alive who has medicines at home, by name; of very many those whose supply lasts longest."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        homes = find_homes(reading)
        until = {each: max(out.ends_on or "" for out in homes[each]) for each in find_living(reading, homes)}
        _note(site, reading, request.user, "homes")
        latest = sorted(until, key=lambda each: until[each], reverse=True)[:_MOST_AT_HOME]
        found = sorted(((each, names.patient(each)) for each in latest), key=lambda each: each[1])
        more = len(until) - len(found)
        return render_part(request, "family/_found.html", found=found, typed="", more=more)


@asked("/family/find", "family:use")
def find(
    request: CallerRequest,
    site: FromSite,
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Part: patients by what was typed; `as` is how they are offered, as links or as a choice in a form."""
    typed, found = data.get("q", "").strip(), []
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        if 2 <= len(typed) <= 100:
            hits = site.search.find_patients(site.ledger, typed, limit=_MOST_FOUND)
            kept = site.see_found(reading, request.user, hits, reason=AT_THE_TABLE)
            born = {each: str(names.identity(each).get("born_on", ""))[:4] for each in kept}
            found = [(each, f"{names.patient(each)}, {born[each]}") for each in kept]
        if typed and not found:
            site.access.note(
                "searched", person=request.user.person, by=request.user.session, detail="nobody found",
                reason=AT_THE_TABLE,
            )  # fmt: skip
        template = "family/_choose.html" if data.get("as") == "choice" else "family/_found.html"
        return render_part(request, template, found=found, typed=typed, more=0)


@page("/family/patient/{patient:str}", "family:use")
def family(request: CallerRequest, site: FromSite, patient: FromPath[str]) -> Response[Any]:
    """One home: who, where, what is there, and what can be recorded."""
    with open_table(request, site, patient) as table:
        return render(
            request, site, "family/patient.html", table=table, left=_left(table),
            born=str(table.identity.get("born_on", ""))[:4], address=table.identity.get("address", ""),
            died_on=_say(table.words, table.died_on or ""),
        )  # fmt: skip


def _left(table: Table) -> list[dict[str, Any]]:
    lots = find_left(table.reading.book, table.patient, table.products, table.today)
    return [table.show(each) for each in lots]


def _note(site: Site, reading: Reading, caller: Caller, what: str) -> None:
    note_list(site, caller, what=f"{what} at {reading.head.size - 1}", reason=AT_THE_TABLE)


def _say(words: Any, on: str) -> str:
    return words.day(date.fromisoformat(on)) if on else ""


router = Router(
    "/",
    route_handlers=[families, visits, homes, find, family, *forms.HANDLERS, *giving_back.HANDLERS, *elsewhere.HANDLERS],
)
