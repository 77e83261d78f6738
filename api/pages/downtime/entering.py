"""The day after: each line of a sheet is entered against its number, all that are there are signed once."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from litestar import Response, Router
from litestar.params import FromQuery

from api.asking import read_today
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.units import say_papers
from api.pages.downtime.sheets import Sheet, find_courses, read_sheet
from api.pages.rendering import render, render_part
from api.pages.routing import page
from api.seeing import note_list
from api.site import FromSite, Site
from ledger.domain.authority import AUTHORITY
from ledger.domain.person import ids_of
from ledger.domain.records import Patient, Prescription
from ledger.domain.terms import INPATIENT_KINDS
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.refusal_words.terms import TYPES
from ledger.service.ports import Reading

_REACH_DAYS = 14
"""How far back a course may have ended that a line is about."""
_WHY = "entering a downtime sheet"
KINDS: Mapping[str, tuple[str, ...]] = {
    "dose.administered": ("inpatient",),
    "dispense.outpatient": ("outpatient", "home"),
    "dispense.discharge": ("outpatient", "home"),
    "stock.moved": (),
    "stock.counted": (),
    "stock.broken": (),
}
"""What can happen at a counter or on a ward while there is only paper; the settings of the courses that it is of."""


@page("/downtime/enter", "downtime:use")
def enter(request: CallerRequest, site: FromSite, sheet: FromQuery[str]) -> Response[Any]:
    """One sheet: what is entered, the lines that are not, and its closing."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        found = read_sheet(reading, sheet)
        names = Names(site, reading, words)
        return render(
            request, site, "downtime/enter.html", sheet=found, place_said=names.place(found.place),
            issued_at=names.phrases.moment(from_timestamp(found.at)),
            kinds=_kinds(request, words, is_inpatient=reading.book.facility.kind in INPATIENT_KINDS),
            entered=[(line, seq, words.say(TYPES[_type(reading, seq)])) for line, seq in found.entered],
            may_close=request.user.role in AUTHORITY["sheet.closed"].performers,
        )  # fmt: skip


def _type(reading: Reading, seq: int) -> str:
    return str(from_bytes(reading.entry(seq))["statement"]["type"])


def _kinds(request: CallerRequest, words: Any, *, is_inpatient: bool) -> list[tuple[str, str]]:
    """What the caller may enter; nobody is discharged where nobody lies."""
    role = request.user.role
    offered = [type for type in KINDS if is_inpatient or type != "dispense.discharge"]
    return [(type, words.say(TYPES[type])) for type in offered if role in AUTHORITY[type].performers]


@page("/downtime/enter/line", "downtime:use")
def line(
    request: CallerRequest,
    site: FromSite,
    sheet: FromQuery[str],
    line: FromQuery[int],
    type: FromQuery[str] = "",
    prescription: FromQuery[str] = "",
) -> Response[Any]:
    """Part: the fields of one line, once it is known what was done, and to whom."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        found = read_sheet(reading, sheet)
        if line not in found.missing or (type and type not in KINDS):
            raise NotFound
        names = Names(site, reading, words)
        settings = KINDS.get(type, ())
        known = reading.book.find("prescription", prescription) if prescription and settings else None
        if settings:
            what = f"courses for sheet {found.no} at {reading.head.size - 1}"
            note_list(site, request.user, what=what, reason=_WHY)
        if known is not None:  # which need not be one of the list
            site.see_patient(reading, request.user, known.patient, what=f"sheet {found.no}", reason=_WHY)
        said = _order(reading, prescription) if known else None
        order = None if said is None else said["body"]
        return render_part(
            request, "downtime/_line.html", sheet=found, line=line, type=type, prescription=prescription,
            courses=_courses(site, reading, names, settings), needs_course=bool(settings), course=known, order=order,
            patient=names.patient(known.patient) if known else "",
            product=names.product(known.product) if known else "", unit=(unit := _unit(order)),
            unit_said=names.phrases.word(unit),
            lots=_lots(reading, found, known), products=names.open_products(), place_said=names.place(found.place),
            others=[each for each in names.open_places("safe", "ward", "mobile_team") if each[0] != found.place],
            colleagues=names.colleagues(request.user.person),
            physicians=names.colleagues("", "physician"), home=_home(reading, known, found.at),
            papers=say_papers(words), decided_by=said["performer"] if said and "issued_by" not in said["body"] else "",
            witnessed=bool(AUTHORITY[type].witness) if type else False,
        )  # fmt: skip


def _courses(site: Site, reading: Reading, names: Names, settings: tuple[str, ...]) -> list[tuple[str, str]]:
    if not settings:
        return []
    today = read_today(site, reading)
    first_on = (date.fromisoformat(today) - timedelta(days=_REACH_DAYS)).isoformat()
    found = find_courses(reading, first_on, today)
    return sorted(
        ((name, f"{names.patient(each.patient)}: {names.product(each.product)}") for name, each in found
         if each.setting in settings),
        key=lambda each: each[1],
    )  # fmt: skip


def _order(reading: Reading, prescription: str) -> dict[str, Any] | None:
    for type in ("prescription.issued", "prescription.transcribed"):
        for row in reading.rows(type=type, mention=("prescription", prescription)):
            said: dict[str, Any] = from_bytes(row.data)["statement"]
            return said
    return None


def _home(reading: Reading, course: Prescription | None, at: str) -> tuple[str, str]:
    """(KATO, BIN of the primary-care organisation) where the course's patient lived then."""
    if course is None:
        return "", ""
    patient: Patient = reading.book.get("patient", ids_of(reading.book, course.patient)[0])
    return patient.home_at(at)


def _unit(order: dict[str, Any] | None) -> str:
    return "" if order is None else str(order["single_dose"]["unit"])


def _lots(reading: Reading, sheet: Sheet, course: Prescription | None) -> list[tuple[str, str]]:
    """What lies at the sheet's place now of the course's product, or ever did."""
    if course is None:
        return []
    rows = reading.balances(place=sheet.place, product=course.product)
    return [(lot, f"{lot} ({units})") for _, _, lot, units in sorted(rows, key=lambda row: -row[3])]


router = Router("/", route_handlers=[enter, line])
