"""The day page: what waits for this person's role, and nothing else."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from litestar import Response, Router
from litestar.response import Redirect

from api.asking import read_today
from api.caller import Caller, CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.account.keys import read_waiting
from api.pages.day.signing import find_signable
from api.pages.day.waiting import (
    Desk,
    Task,
    Telling,
    find_differences,
    find_due,
    find_empties,
    find_expiring,
    find_parts_owed,
    find_running_out,
    find_unanswered,
)
from api.pages.rendering import render
from api.pages.routing import page
from api.seeing import note_list
from api.site import FromSite, Site
from ledger.log.canonical import to_timestamp
from ledger.words import phrase

_Find = Callable[[Desk], Iterator[Telling]]
RUNNING_OUT = (phrase("Runs out before Monday"), find_running_out)
OWED = (phrase("Supplied in part: the rest is owed"), find_parts_owed)
UNANSWERED = (phrase("Discharges that the home side has not taken over"), find_unanswered)
EXPIRING = (phrase("Expires within two months"), find_expiring)
COUNTS = (phrase("To be counted"), lambda desk: find_due(desk, "inventory", "/stock/count"))
BAGS = (phrase("To be destroyed"), lambda desk: find_due(desk, "destruction", "/stock/custody"))
DIFFERENCES = (phrase("Differences that are open"), find_differences)
EMPTIES = (phrase("Empty ampoules on the wards"), find_empties)
_PHARMACY: tuple[tuple[str, _Find], ...] = (
    UNANSWERED, RUNNING_OUT, OWED, DIFFERENCES, EXPIRING, COUNTS, BAGS, EMPTIES,
)  # fmt: skip
WAITS: Mapping[str, tuple[tuple[str, _Find], ...]] = {
    "head_pharmacist": _PHARMACY,
    "pharmacist": _PHARMACY,
    "physician": (RUNNING_OUT,),
    "nurse": (EMPTIES, DIFFERENCES),
    "phc_worker": (),
    "inspector": (DIFFERENCES,),
    "registrar": (),
}
"""What each role is shown, in this order; a heading with nothing below it is left out."""
ELSEWHERE: Mapping[str, str] = {"phc_worker": "/family", "inspector": "/inspection", "registrar": "/office"}
"""Whose day is a page of their own."""


@page("/", "day:read")
def today(request: CallerRequest, site: FromSite) -> Response[Any] | Redirect:
    caller, words = request.user, pick_words(request)
    if caller.role in ELSEWHERE:
        return Redirect(ELSEWHERE[caller.role], status_code=303)
    with site.ledger.reading() as reading:
        desk = Desk(
            reading=reading, rules=site.ledger.rules(), names=Names(site, reading, words), words=words, zone=site.zone,
            now=to_timestamp(site.ledger.clock()), today=date.fromisoformat(read_today(site, reading)),
            role=caller.role,
        )  # fmt: skip
        note_list(site, caller, what=f"day at {reading.head.size - 1}", reason="what waits today")
        sections = [desk.section(words.say(title), find(desk)) for title, find in WAITS[caller.role]]
        signable = list(find_signable(desk, caller))
        return render(
            request, site, "day/today.html", sections=[each for each in sections if each.tasks], signable=signable,
            links=_links(site, desk, caller),
        )  # fmt: skip


def _links(site: Site, desk: Desk, caller: Caller) -> list[Task]:
    """What waits on pages of its own, with how many."""
    count = desk.words.count
    parked = [each for each in site.parking.of(caller.person, now=site.ledger.clock()) if each.to == caller.person]
    keys = read_waiting(site, desk.reading) if caller.role == "head_pharmacist" else []
    found = []
    if parked:
        said = count("{n} list waits for your signature", "{n} lists wait for your signature", len(parked))
        found.append(Task(said=said, href="/account/requests"))
    if keys:
        said = count("{n} new key waits to be signed in", "{n} new keys wait to be signed in", len(keys))
        found.append(Task(said=said, href="/account/requests"))
    return found


router = Router("/", route_handlers=[today])
