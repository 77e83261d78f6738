"""The physician's pages. A warning about a course is answered here, once, where the course is written."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.offered import offer_products
from api.pages.often import choose_often
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.pages.ward.doses import find_patients
from api.pages.ward.showing import Showing
from api.site import FromSite, Site
from ledger.domain.asking.courses import ORDERS
from ledger.domain.history.equivalents import ROUTES
from ledger.domain.kind import local_day
from ledger.domain.person import find_death, ids_of
from ledger.domain.records import Prescription
from ledger.domain.terms import INPATIENT_KINDS
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import from_bytes, from_timestamp, to_timestamp
from ledger.service.opened import find_standing, open_entry
from ledger.service.ports import EntryRow, Reading
from ledger.words import phrase

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_REASON = "prescribing"
SETTINGS = (
    ("inpatient", phrase("in hospital")),
    ("home", phrase("at home")),
    ("outpatient", phrase("as an outpatient")),
)


@page("/prescribing", "prescribing:use")
def prescribing(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Find a patient; and the orders by word of mouth that wait for this physician."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        orders = list(_find_verbal(request, site, reading, names))
        return render(request, site, "prescribing/start.html", orders=orders)


def _find_verbal(request: CallerRequest, site: Site, reading: Reading, names: Names) -> Iterator[dict[str, Any]]:
    for (entry_id, why), pending in reading.shelf("pending"):
        past = reading.book.past.by_id(entry_id)
        if why != "verbal_order" or pending.by != request.user.person or past is None:
            continue
        patient = site.see_patient(reading, request.user, past.body["patient"], what="verbal order", reason=_REASON)
        dose = past.body["dose"]
        yield {
            "id": entry_id,
            "seq": pending.seq,
            "patient": patient,
            "patient_said": names.patient(patient),
            "product": names.product(past.body["product"]),
            "dose": names.phrases.quantity(f"{dose['value']} {dose['unit']}"),
            "by": names.person(past.performer),
            "at": names.phrases.moment(from_timestamp(past.occurred_at)),
        }


@asked("/prescribing/find", "prescribing:use")
def find(request: CallerRequest, site: FromSite, data: Form) -> Response[Any]:
    """Patients by name or IIN."""
    q = data.get("q", "").strip()
    if not 2 <= len(q) <= 100:
        raise CallRefused("parameter_malformed")
    hits = find_patients(site, request, q, pick_words(request), reason=_REASON)
    return render_part(request, "ward/_hits.html", hits=hits, ward="", path="/prescribing/", here="")


@page("/prescribing/{patient:str}", "prescribing:use")
def courses(
    request: CallerRequest,
    site: FromSite,
    patient: FromPath[str],
    renews: FromQuery[str | None] = None,
    replaces: FromQuery[str | None] = None,
) -> Response[Any]:
    """A patient's courses, and a new one: empty, or filled with the one that it *renews* or *replaces*."""
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="prescribing", reason=_REASON)
        names = Names(site, reading, words)
        showing = Showing(reading, names, words, site.zone, now)
        rows = _find_orders(reading, kept)
        told = [_tell(reading, showing, row, now) for row in rows]
        old = next((row for row in rows if _body(row)["prescription"] in (renews, replaces)), None)
        if (renews or replaces) and old is None:
            raise NotFound
        inpatient = reading.book.facility.kind in INPATIENT_KINDS
        today = local_day(now, site.zone)
        died_on = find_death(reading.book, kept)
        filled = _filled(site, reading, rows, old, today, renewing=renews is not None)
        return render(
            request, site, "prescribing/courses.html", patient=kept, patient_said=names.patient(kept),
            born_on=names.identity(kept).get("born_on", ""), running=[each for each in told if each["runs"]],
            over=[each for each in told if not each["runs"]], renews=renews or "", replaces=replaces or "",
            old_said=next((each["said"] for each in told if each["id"] in (renews, replaces)), ""), filled=filled,
            products=list(offer_products(reading, names, now)),
            routes=[(code, words.say(said)) for code, said in ROUTES.items()],
            often=list(choose_often(words, filled["frequency"])), today=today,
            settings=[(code, words.say(said)) for code, said in (SETTINGS if inpatient else SETTINGS[1:])],
            died_said=words.day(date.fromisoformat(died_on)) if died_on else "",
        )  # fmt: skip


def _find_orders(reading: Reading, patient: str) -> list[EntryRow]:
    """The person's prescriptions that stand, newest first."""
    rows = [row for each in ids_of(reading.book, patient) for row in find_standing(reading, ORDERS, each)]
    return sorted(rows, key=lambda row: (row.occurred_at, row.seq), reverse=True)


def _body(row: EntryRow) -> dict[str, Any]:
    body: dict[str, Any] = from_bytes(row.data)["statement"]["body"]
    return body


def _tell(reading: Reading, showing: Showing, row: EntryRow, now: str) -> dict[str, Any]:
    body = _body(row)
    record: Prescription = reading.book.get("prescription", body["prescription"])
    stopped = record.stopped_at is not None and record.stopped_at <= now
    over = record.ends_on < local_day(now, reading.book.facility.zone)
    day = showing.words.day
    return {
        "id": body["prescription"],
        "said": showing.names.product(body["product"]),
        "how": f"{showing.quantity(body['single_dose'])}, {showing.route(body['route'])}, "
        + showing.frequency(body["frequency"]),
        "from": day(date.fromisoformat(record.starts_on)),
        "until": day(date.fromisoformat(record.ends_on)),
        "used": record.used,
        "units": record.units,
        "runs": not stopped and not over,
        "stopped": stopped,
        "setting": showing.words.say(dict(SETTINGS)[record.setting]),
    }


def _filled(
    site: Site, reading: Reading, rows: list[EntryRow], old: EntryRow | None, today: str, *, renewing: bool
) -> dict[str, Any]:
    """What the form begins with: the old course, else nothing but the record's number, the day and the setting."""
    setting = "inpatient" if reading.book.facility.kind in INPATIENT_KINDS else "home"
    filled: dict[str, Any] = {"starts_on": today, "setting": setting, "record_no": "", "product": "", "route": "",
                              "dose": "", "unit": "", "days": "", "units": "", "frequency": None}  # fmt: skip
    if (last := old or next(iter(rows), None)) is not None:
        told = open_entry(reading, site.ledger.vault, last).get("body.record_no")
        filled["record_no"] = told.value if told else ""
    if old is not None:
        body = _body(old)
        record: Prescription = reading.book.get("prescription", body["prescription"])
        after = date.fromordinal(date.fromisoformat(record.ends_on).toordinal() + 1).isoformat()
        filled |= {
            "product": body["product"], "dose": body["single_dose"]["value"], "unit": body["single_dose"]["unit"],
            "route": body["route"], "frequency": body["frequency"], "days": body["duration_days"],
            "units": body["units"], "setting": body["setting"], "starts_on": max(today, after) if renewing else today,
        }  # fmt: skip
    return filled


router = Router("/", route_handlers=[prescribing, find, courses])
