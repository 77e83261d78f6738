"""Signed reports: issued as an entry, fetched again by its number, or drawn as a draft that says it is one."""

from datetime import date
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from api.asking import verify_names
from api.authority import needs
from api.caller import CallerRequest
from api.languages import pick_language
from api.site import FromSite, Site
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import from_bytes
from ledger.storage.kept import KeptReports
from ledger.storage.layout import REPORTS
from reports.asked import Asked
from reports.issuing import issue, make_draft
from reports.model import Period

_PDF = "application/pdf"


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_on": "from", "to_on": "to"}):
    """What to show: local days, both included. `language`: kk, ru or en, else the caller's.

    `head` is one that was printed earlier, as `SIZE ROOT` or as its QR code reads.
    """

    product: str | None = None
    place: str | None = None
    patient: str | None = None
    entry: int | None = None
    head: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    language: str | None = None


class Report(Struct, frozen=True, kw_only=True):
    """`id` is the entry `seq` that says it was issued, `size` the entries under the head that it carries."""

    id: int
    seq: int
    kind: str
    sha256: str
    size: int
    href: str


@post("/reports/{kind:str}", operation_id="issue_report", opt=needs("reports:issue"), status_code=201,
      sync_to_thread=True)  # fmt: skip
def issue_report(request: CallerRequest, site: FromSite, kind: FromPath[str], data: JSONBody[Wanted]) -> Report:
    """Issue a signed PDF: it is recorded in the ledger, and released after that."""
    found = issue(site.ledger, site.directory, _read(request, site, kind, data))
    _note(request, site, found.seq)
    return Report(
        id=found.seq, seq=found.seq, kind=kind, sha256=found.sha256, size=found.size,
        href=f"/api/v1/reports/{found.seq}.pdf",
    )  # fmt: skip


@get("/reports/{file:str}", operation_id="report", opt=needs("reports:read"), media_type=_PDF,
     sync_to_thread=True)  # fmt: skip
def read_report(request: CallerRequest, site: FromSite, file: FromPath[str]) -> Response[bytes]:
    """An issued report, byte for byte; `{id}.pdf`. Gone (410) once a patient whom it shows was erased."""
    number = file.removesuffix(".pdf")
    if not (file.endswith(".pdf") and number.isascii() and number.isdigit() and len(number) < 16):
        raise NotFound
    with site.ledger.reading() as reading:
        entry = from_bytes(reading.entry(int(number)))["statement"]
    if entry["type"] != "report.issued":
        raise NotFound
    pdf = KeptReports(site.directory / REPORTS, site.ledger.vault).read(f"{number}-{entry['body']['kind']}.pdf")
    if pdf is None:
        raise CallRefused("report_erased")
    _note(request, site, int(number))
    return Response(pdf, media_type=_PDF, headers={"Content-Disposition": "inline"})


@get("/reports/{kind:str}/draft.pdf", operation_id="draft_report", opt=needs("reports:issue"), media_type=_PDF,
     sync_to_thread=True)  # fmt: skip
def draw_draft(
    request: CallerRequest,
    site: FromSite,
    kind: FromPath[str],
    product: FromQuery[str | None] = None,
    place: FromQuery[str | None] = None,
    patient: FromQuery[str | None] = None,
    entry: FromQuery[int | None] = None,
    head: FromQuery[str | None] = None,
    from_on: Annotated[date | None, QueryParameter(name="from")] = None,
    to_on: Annotated[date | None, QueryParameter(name="to")] = None,
    language: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The same pages, unsigned and recorded nowhere; each says so."""
    wanted = Wanted(
        product=product, place=place, patient=patient, entry=entry, head=head,
        from_on=from_on, to_on=to_on, language=language,
    )  # fmt: skip
    pdf = make_draft(site.ledger, site.directory, _read(request, site, kind, wanted))
    site.access.note(
        "report", person=request.user.person, by=request.user.session, patient=patient or "", detail=f"draft {kind}"
    )
    return Response(pdf, media_type=_PDF, headers={"Content-Disposition": "inline"})


def _note(request: CallerRequest, site: Site, seq: int) -> None:
    """Whose data was seen stands in the report's own entry."""
    with site.ledger.reading() as reading:
        body = from_bytes(reading.entry(seq))["statement"]["body"]
    for patient in body["subjects"] or [""]:
        site.access.note(
            "report", person=request.user.person, by=request.user.session, patient=patient, detail=f"entry {seq}"
        )


def _read(request: CallerRequest, site: Site, kind: str, wanted: Wanted) -> Asked:
    with site.ledger.reading() as reading:
        verify_names(reading, product=wanted.product, place=wanted.place, patient=wanted.patient)
    return Asked(
        kind=kind,
        product=wanted.product,
        place=wanted.place,
        patient=wanted.patient,
        entry=wanted.entry,
        head=wanted.head,
        period=Period(from_on=wanted.from_on, to_on=wanted.to_on),
        language=wanted.language or pick_language(request),
    )


router = Router("/", route_handlers=[issue_report, read_report, draw_draft])
