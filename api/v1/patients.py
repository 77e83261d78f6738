"""The patient's side. Whoever reads it says why, and that stands in the access log before anything is answered."""

from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from api.asking import read_today
from api.authority import needs
from api.caller import Caller, CallerRequest
from api.seeing import Reason, reason_of
from api.site import FromSite, Site
from api.v1.projections import CircleRow
from ledger.domain.person import find_death, ids_of
from ledger.errors import CallRefused
from ledger.log.canonical import from_bytes, to_timestamp
from ledger.service import queries
from ledger.service.doses import find_doses, to_json
from ledger.service.opened import find_standing, read_identity
from ledger.service.ports import Reading

_MOST = 20


class Course(Struct, frozen=True, kw_only=True):
    """A prescription: `units` of the whole course, `used` so far; `stopped_at`, where it was stopped."""

    prescription: str
    product: str
    setting: str
    starts_on: str
    ends_on: str
    units: int
    used: int
    from_paper: bool
    stopped_at: str | None


class Patient(Struct, frozen=True, kw_only=True):
    """`also` are ids that were merged into this one. Personal values are null once they were erased."""

    seq: int
    patient: str
    also: list[str]
    name: str | None
    iin: str | None
    no_iin_reason: str | None
    born_on: str | None
    address: str | None
    icd10: str | None
    home_kato: str
    home_phc_bin: str
    died_on: str | None
    erased: bool
    courses: list[Course]


class Hit(Struct, frozen=True, kw_only=True):
    patient: str
    name: str
    born_on: str
    died_on: str | None


class Hits(Struct, frozen=True, kw_only=True):
    """At most 20; `more`: whether there are others, so that more letters help."""

    seq: int
    patients: list[Hit]
    more: bool


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parts of a name, in any order, or a whole IIN."""

    q: str


class Home(Struct, frozen=True, kw_only=True):
    """What should be at the patient's home: one row of the circle a product and lot."""

    seq: int
    patient: str
    home: list[CircleRow]


@get("/patients", operation_id="find_patients", opt=needs("patients:search"), sync_to_thread=True)
def find_patients(request: CallerRequest, site: FromSite, q: FromQuery[str], reason: Reason = None) -> Hits:
    """Patients by name or IIN. Better asked by POST, which leaves nothing in an address."""
    return _search(site, request.user, q, reason_of(reason))


@post(
    "/patients/search", operation_id="search_patients", opt=needs("patients:search"), status_code=200,
    sync_to_thread=True,
)  # fmt: skip
def search_patients(request: CallerRequest, site: FromSite, data: JSONBody[Asked], reason: Reason = None) -> Hits:
    """Patients by name or IIN."""
    return _search(site, request.user, data.q, reason_of(reason))


def _search(site: Site, caller: Caller, q: str, reason: str) -> Hits:
    if not 2 <= len(q.strip()) <= 100:
        raise CallRefused("parameter_malformed")
    found = site.search.find_patients(site.ledger, q, limit=_MOST + 1)
    if not found:  # who is not here was asked for as well
        site.access.note("searched", person=caller.person, by=caller.session, detail="nobody found", reason=reason)
    hits = []
    with site.ledger.reading() as reading:
        for patient in found[:_MOST]:
            kept = site.see_patient(reading, caller, patient, what="search", reason=reason)
            identity = read_identity(reading, site.ledger.vault, kept)
            if "name" in identity:
                died_on = find_death(reading.book, kept)
                hits.append(Hit(patient=kept, name=identity["name"], born_on=identity["born_on"], died_on=died_on))
        return Hits(seq=reading.head.size - 1, patients=hits, more=len(found) > _MOST)


@get("/patients/{patient:str}", operation_id="patient", opt=needs("patients:read"),
     sync_to_thread=True)  # fmt: skip
def read_patient(request: CallerRequest, site: FromSite, patient: FromPath[str], reason: Reason = None) -> Patient:
    """Who it is, where they live, and their courses."""
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="patient", reason=reason_of(reason))
        book, identity = reading.book, read_identity(reading, site.ledger.vault, kept)
        known = book.get("patient", kept)
        kato, bin = known.home_at(to_timestamp(site.ledger.clock()))
        return Patient(
            seq=reading.head.size - 1,
            patient=kept,
            also=list(ids_of(book, kept)[1:]),
            home_kato=kato,
            home_phc_bin=bin,
            died_on=find_death(book, kept),
            erased=known.erased_by is not None,
            courses=_courses(reading, kept),
            **{name: identity.get(name) for name in ("name", "iin", "no_iin_reason", "born_on", "address", "icd10")},
        )


@get("/patients/{patient:str}/doses", operation_id="doses", opt=needs("patients:read"), sync_to_thread=True)
def read_doses(
    request: CallerRequest,
    site: FromSite,
    patient: FromPath[str],
    at: FromQuery[int | None] = None,
    reason: Reason = None,
) -> dict[str, Any]:
    """The dose history with the daily oral-morphine equivalent, now or as known at entry *at*.

    Decimals are text; a column is null where nothing is on record, an equivalent where it cannot be determined. Not
    for converting one opioid to another.
    """
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="doses", reason=reason_of(reason))
        found = find_doses(reading, kept, at=at, now=to_timestamp(site.ledger.clock()))
        return {"seq": reading.head.size - 1} | to_json(found)


@get("/patients/{patient:str}/home", operation_id="home", opt=needs("patients:read"), sync_to_thread=True)
def read_home(request: CallerRequest, site: FromSite, patient: FromPath[str], reason: Reason = None) -> Home:
    """What should be at home, by product and lot."""
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="home", reason=reason_of(reason))
        rows = queries.read_circle(reading, today=read_today(site, reading), patient=kept)
        return Home(seq=reading.head.size - 1, patient=kept, home=msgspec.convert(rows, list[CircleRow]))


def _courses(reading: Reading, patient: str) -> list[Course]:
    """Of every prescription that was written for the person and stands, newest first."""
    found = []
    for each in ids_of(reading.book, patient):
        for row in find_standing(reading, ("prescription.issued", "prescription.transcribed"), each):
            name = from_bytes(row.data)["statement"]["body"]["prescription"]
            found.append((row.occurred_at, name, reading.book.get("prescription", name)))
    return [
        Course(
            prescription=name,
            product=course.product,
            setting=course.setting,
            starts_on=course.starts_on,
            ends_on=course.ends_on,
            units=course.units,
            used=course.used,
            from_paper=course.from_paper,
            stopped_at=course.stopped_at,
        )
        for _, name, course in sorted(found, key=lambda each: each[0], reverse=True)
    ]


router = Router("/", route_handlers=[find_patients, search_patients, read_patient, read_doses, read_home])
