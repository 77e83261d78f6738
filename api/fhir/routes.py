"""`/fhir/…`: read and search, `application/fhir+json` out. Every resource is seen for a stated reason.

A search is asked in an address or, which leaves no IIN in any log on the way, in a form (FHIR R4, RESTful API: search).

A handler for each type, of one pattern: so the API's own document says which parameters each type is searched by.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, RawBody
from msgspec.json import encode

from api.authority import needs
from api.caller import CallerRequest
from api.documents import BY_FORM
from api.fhir.audit import to_audit_event
from api.fhir.capability import to_capability
from api.fhir.finding import find_events, find_page
from api.fhir.gathering import Chart
from api.fhir.names import Json, from_id, organization
from api.fhir.outcome import FHIR
from api.fhir.resources import MAKERS, find_maker, patients_of, read_one
from api.fhir.searching import COMMON, MOST, PARAMETERS, USUAL, Search, read_search, to_bundle
from api.seeing import Reason, reason_of
from api.site import FromSite, Site
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import to_timestamp
from ledger.service.ports import Reading

_GIVEN = {"json", "application/json", FHIR, "application/*", "*/*"}


def _told(description: str) -> ResponseSpec:
    return ResponseSpec(dict[str, Any], description=description, media_type=FHIR, generate_examples=False)


_RESPONSES = {200: _told("The resource, or a Bundle of them.")} | {
    status: _told("An OperationOutcome.") for status in (400, 401, 403, 404, 406, 429, 503)
}


def _get(path: str, operation_id: str, action: str, **more: Any) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """A route that answers in FHIR, in a thread, to whoever may do *action*."""
    return get(
        path, operation_id=operation_id, opt=needs(action), responses=_RESPONSES, media_type=FHIR,
        sync_to_thread=True, **more,
    )  # fmt: skip


_FORM = "application/x-www-form-urlencoded"


def _read_form(request: CallerRequest, form: bytes) -> list[tuple[str, str]]:
    """Raises `CallRefused`: `media_type`, `body_malformed`."""
    if request.content_type[0] != _FORM:
        raise CallRefused("media_type")
    try:
        return parse_qsl(form.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except ValueError as bad:
        raise CallRefused("body_malformed") from bad


def _base(site: Site) -> str:
    return f"{site.settings.origin}/api/v1/fhir"


def _chart(site: Site, reading: Reading) -> Chart:
    def by_iin(iin: str) -> list[str]:
        return [str(each) for each in site.search.find_patients(site.ledger, iin, limit=MOST)]

    return Chart(reading, site.ledger.vault, to_timestamp(site.ledger.clock()), by_iin)


def _answer(request: Request[Any, Any, Any], made: Json) -> Response[bytes]:
    """With the version that it has, for clients that ask again. Raises `CallRefused('not_acceptable')`."""
    asked: str = request.query_params.get("_format") or request.headers.get("accept") or "*/*"
    if _GIVEN.isdisjoint(each.partition(";")[0].strip().replace(" ", "+") for each in asked.split(",")):
        raise CallRefused("not_acceptable")
    meta = made.get("meta")
    headers = {} if meta is None else {"ETag": f'W/"{meta["versionId"]}"'}
    return Response(encode(made), media_type=FHIR, headers=headers)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at patients: who, why, at what."""

    request: CallerRequest
    site: Site
    reading: Reading
    what: str
    reason: str

    def at(self, patients: Iterable[str]) -> None:
        for patient in dict.fromkeys(patients):
            self.site.see_patient(self.reading, self.request.user, patient, what=self.what, reason=self.reason)


@_get("/metadata", "fhir_metadata", "fhir:metadata")
def read_metadata(request: Request[Any, Any, Any], site: FromSite) -> Response[bytes]:
    """The CapabilityStatement: which types are here, and how they are searched."""
    with site.ledger.reading() as reading:
        return _answer(request, to_capability(base=_base(site), facility=reading.book.facility.name))


_SAID: Mapping[str, str] = {
    "_count": f"How many to a page: at most {MOST}, else {USUAL}.",
    "_before": "Where a page begins, as the `next` link of the one before has it.",
    "date": "A date or time, with a prefix such as `ge`; alternatives by comma; given twice, both must fit.",
    "reference": "The id of a resource, with or without its type, or its whole address here.",
    "token": "A code, or `system|value`; alternatives by comma.",
}


def _operation(type: str, *, by_form: bool = False) -> "type[Operation]":
    """The operation of a search with the parameters that *type* is searched by."""
    kinds = {**COMMON, **PARAMETERS[type], "_count": "_count", "_before": "_before"}
    words = {name: Schema(type=OpenAPIType.STRING, description=_SAID[kind]) for name, kind in sorted(kinds.items())}

    @dataclass
    class Searched(Operation):
        def __post_init__(self) -> None:
            if by_form:
                asked = Schema(type=OpenAPIType.OBJECT, properties=dict(words))
                self.request_body = RequestBody(content={_FORM: OpenAPIMediaType(schema=asked)})
            else:
                told = [Parameter(name=name, param_in="query", description=word.description, schema=word)
                        for name, word in words.items()]  # fmt: skip
                self.parameters = [*(self.parameters or []), *told]

    return Searched


def _reading_of(type: str) -> HTTPRouteHandler:
    @_get(f"/{type}/{{id:str}}", f"fhir_read_{type}", "fhir:read")
    def read(request: CallerRequest, site: FromSite, id: FromPath[str], reason: Reason = None) -> Response[bytes]:
        """One resource."""
        with site.ledger.reading() as reading:
            chart = _chart(site, reading)
            look = _Look(request, site, reading, f"fhir {type}", reason_of(reason))
            look.at([from_id(id)] if type == "Patient" else patients_of(chart, find_maker(chart, type, id)))
            return _answer(request, read_one(chart, type, id))

    return read


def _searching_of(type: str) -> list[HTTPRouteHandler]:
    """The same search, asked in an address and in a form."""
    action, find = ("fhir:audit", _find_events) if type == "AuditEvent" else ("fhir:read", _find)

    @_get(f"/{type}", f"fhir_search_{type}", action, operation_class=_operation(type))
    def search(request: CallerRequest, site: FromSite, reason: Reason = None) -> Response[bytes]:
        """A page of resources, the newest first, as a Bundle."""
        asked = read_search(type, request.query_params.multi_items(), site.zone, base=_base(site))
        return _answer(request, find(request, site, asked, reason_of(reason)))

    @post(
        f"/{type}/_search", operation_id=f"fhir_search_{type}{BY_FORM}", opt=needs(action), status_code=200,
        responses=_RESPONSES | {status: _told("An OperationOutcome.") for status in (413, 415)}, media_type=FHIR,
        operation_class=_operation(type, by_form=True), sync_to_thread=True,
    )  # fmt: skip
    def search_by_form(request: CallerRequest, site: FromSite, body: RawBody, reason: Reason = None) -> Response[bytes]:
        """The same search, asked in a form: nothing of it stands in an address."""
        pairs = [*request.query_params.multi_items(), *_read_form(request, body)]
        asked = read_search(type, pairs, site.zone, base=_base(site))
        return _answer(request, find(request, site, asked, reason_of(reason)))

    return [search, search_by_form]


def _find(request: CallerRequest, site: Site, asked: Search, reason: str) -> Json:
    with site.ledger.reading() as reading:
        look = _Look(request, site, reading, f"fhir {asked.type}", reason)
        look.at(each for values in asked.patients for each in values)
        page = find_page(_chart(site, reading), asked)
        look.at(page.patients if asked.count else ())
    return to_bundle(page.found, asked, base=_base(site), more_before=page.more_before)


def _find_events(request: CallerRequest, site: Site, asked: Search, reason: str) -> Json:
    _note_look(request, site, reason)
    with site.ledger.reading() as reading:
        page = find_events(_chart(site, reading), asked, site.access.read, log=site.ledger.log)
    return to_bundle(page.found, asked, base=_base(site), more_before=page.more_before)


@_get("/AuditEvent/{id:str}", "fhir_read_AuditEvent", "fhir:audit")
def read_audit_event(
    request: CallerRequest, site: FromSite, id: FromPath[str], reason: Reason = None
) -> Response[bytes]:
    """One look that somebody took."""
    _note_look(request, site, reason_of(reason))
    seq = int(id) if id.isascii() and id.isdigit() and len(id) < 19 else -1
    rows = site.access.read(limit=1, cursor=seq + 1)
    if not rows or str(rows[0].seq) != id:
        raise NotFound
    with site.ledger.reading() as reading:
        facility = organization(reading.book.facility.bin, reading.book.facility.name)
    return _answer(request, to_audit_event(rows[0], log=site.ledger.log, facility=facility))


def _note_look(request: CallerRequest, site: Site, reason: str) -> None:
    """To read who looked is a look as well."""
    caller = request.user
    site.access.note("log_read", person=caller.person, by=caller.session, detail="fhir AuditEvent", reason=reason)


router = Router(
    "/fhir",
    route_handlers=[
        read_metadata,
        *map(_reading_of, MAKERS),
        read_audit_event,
        *chain.from_iterable(map(_searching_of, PARAMETERS)),
    ],
)
