"""What the counter and the wards need while nothing can be recorded, and what is printed before that."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from litestar import Response, Router
from litestar.params import FromQuery

from api.asking import read_today, verify_names
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.downtime.entering import router as entering
from api.pages.downtime.sheets import LOOKED_THROUGH, find_courses, next_numbers, read_open_sheets
from api.pages.rendering import render, render_part
from api.pages.routing import page
from api.seeing import note_list
from api.site import FromSite
from ledger.domain.authority import AUTHORITY
from ledger.domain.kind import local_day
from ledger.log.canonical import from_timestamp
from ledger.service.ports import Reading
from reports.model import Head

_KEEPING = ("safe", "ward", "mobile_team")
LINES = 20


@page("/downtime", "downtime:use")
def downtime(request: CallerRequest, site: FromSite, place: FromQuery[str | None] = None) -> Response[Any]:
    """Balances, the sheets that are open, and the sheets to be issued today; also while nothing can be recorded."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        verify_names(reading, place=place)
        names = Names(site, reading, words)
        stores = names.open_places(*_KEEPING)
        sheets, today = read_open_sheets(reading), read_today(site, reading)
        fresh = {each.place for each in sheets if local_day(each.at, site.zone) == today}
        due = [(id, said, id not in fresh, no) for (id, said), no in zip(stores, next_numbers(reading), strict=False)]
        return render(
            request, site, "downtime/downtime.html", sheets=sheets, stores=stores, place=place, due=due, lines=LINES,
            stock=[(id, said, list(_stock(reading, names, id))) for id, said in stores if place in (None, id)],
            may_issue=request.user.role in AUTHORITY["sheet.issued"].performers,
            moment=lambda at: names.phrases.moment(from_timestamp(at)), place_said=names.place,
            number=words.number, known=reading.head.size - 1, looked=LOOKED_THROUGH,
        )  # fmt: skip


@page("/downtime/courses", "downtime:use")
def courses(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Part: who has a course that runs today. It names patients, and so it is noted before."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        what = f"courses that run at {reading.head.size - 1}"
        note_list(site, request.user, what=what, reason="the register can only be read")
        names, today = Names(site, reading, words), read_today(site, reading)
        found = sorted(_courses(reading, names, today), key=lambda each: (str(each["patient"]), str(each["product"])))
        return render_part(request, "downtime/_courses.html", courses=found, number=words.number)


def _courses(reading: Reading, names: Names, today: str) -> Iterator[dict[str, Any]]:
    for name, known in find_courses(reading, today, today):
        if known.stopped_at is None and known.left:
            yield {
                "prescription": name, "patient": names.patient(known.patient), "product": names.product(known.product),
                "left": known.left, "until": names.phrases.day(date.fromisoformat(known.ends_on)),
            }  # fmt: skip


@page("/downtime/paper", "downtime:use")
def paper(request: CallerRequest, site: FromSite, place: FromQuery[str]) -> Response[Any]:
    """A sheet without a number, for when not even one can be issued: what lies there, empty lines, the head."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        verify_names(reading, place=place)
        names = Names(site, reading, words)
        head = Head(size=reading.head.size, root=reading.head.frontier.root().hex())
        return render(
            request, site, "downtime/paper.html", place_said=names.place(place), lines=LINES, head=head,
            stock=list(_stock(reading, names, place)), made_at=names.phrases.moment(site.ledger.clock()),
            number=words.number, groups=[head.root[n : n + 8] for n in range(0, 64, 8)],
        )  # fmt: skip


def _stock(reading: Reading, names: Names, place: str) -> Iterator[tuple[str, str, int]]:
    return ((names.product(product), lot, units) for _, product, lot, units in reading.balances(place=place) if units)


router = Router("/", route_handlers=[downtime, courses, paper, entering])
