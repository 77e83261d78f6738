"""Signed reports: issued as an entry, fetched again by its number, or drawn as a draft that says it is one.

One about a patient is a look at that patient and wants its reason; of many patients, a page of ours implies why.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from api.asking import verify_names
from api.authority import needs
from api.caller import Caller, CallerRequest
from api.languages import pick_language
from api.seeing import Reason, reason_of, see_statements
from api.site import FromSite, Site
from ledger.domain import form, values
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import MAX_INT
from ledger.service.queries import read_statement
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
def issue_report(
    request: CallerRequest, site: FromSite, kind: FromPath[str], data: JSONBody[Wanted], reason: Reason = None
) -> Report:
    """Issue a signed PDF: it is recorded in the ledger, and released after that."""
    why = _why(request.user, reason)
    asked = _read(request, site, kind, data, reason)
    found = issue(site.ledger, site.directory, asked)
    with site.ledger.reading() as reading:
        subjects = read_statement(reading.entry(found.seq))["body"]["subjects"]
    _note(request.user, site, found.seq, subjects, why)
    return Report(
        id=found.seq, seq=found.seq, kind=kind, sha256=found.sha256, size=found.size,
        href=f"/api/v1/reports/{found.seq}.pdf",
    )  # fmt: skip


@get("/reports/{file:str}", operation_id="report", opt=needs("reports:read"), media_type=_PDF,
     sync_to_thread=True)  # fmt: skip
def read_report(request: CallerRequest, site: FromSite, file: FromPath[str], reason: Reason = None) -> Response[bytes]:
    """An issued report, byte for byte; `{id}.pdf`. Gone (410) once a patient whom it shows was erased."""
    number = file.removesuffix(".pdf")
    if not (file.endswith(".pdf") and number.isascii() and number.isdigit() and len(number) < 16):
        raise NotFound
    why, caller = _why(request.user, reason), request.user
    with site.ledger.reading() as reading:
        said = read_statement(reading.entry(int(number)))
        if said["type"] != "report.issued":
            raise NotFound
        kind, subjects = said["body"]["kind"], said["body"]["subjects"]
        if len(subjects) == 1:
            site.see_patient(reading, caller, subjects[0], what=f"report {number}", reason=why)
    pdf = KeptReports(site.directory / REPORTS, site.ledger.vault).read(f"{number}-{kind}.pdf")
    if pdf is None:
        raise CallRefused("report_erased")
    _note(caller, site, int(number), subjects, why)
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
    reason: Reason = None,
) -> Response[bytes]:
    """The same pages, unsigned and recorded nowhere; each says so."""
    wanted = Wanted(
        product=product, place=place, patient=patient, entry=entry, head=head,
        from_on=from_on, to_on=to_on, language=language,
    )  # fmt: skip
    why = _why(request.user, reason)
    asked = _read(request, site, kind, wanted, reason)
    pdf = make_draft(site.ledger, site.directory, asked)
    what = " ".join(filter(None, ("draft", kind, product, place)))
    site.access.note(
        "report", person=request.user.person, by=request.user.session, patient=patient or "", detail=what,
        reason=why,
    )  # fmt: skip
    return Response(pdf, media_type=_PDF, headers={"Content-Disposition": "inline"})


def _note(caller: Caller, site: Site, seq: int, subjects: Sequence[str], why: str) -> None:
    """Whose data was seen stands in the report's own entry."""
    site.access.note_each(
        "report", subjects or [""], person=caller.person, by=caller.session, detail=f"entry {seq}", reason=why
    )


def _why(caller: Caller, reason: str | None) -> str:
    """A link of a page carries no header. Raises `CallRefused('reason_required')` for a machine."""
    return "a report on paper" if reason is None and caller.by == "session" else reason_of(reason)


def _read(request: CallerRequest, site: Site, kind: str, wanted: Wanted, reason: str | None) -> Asked:
    """What is asked for; whom it is about is noted. Raises `CallRefused('reason_required')`."""
    for day in (wanted.from_on, wanted.to_on):
        if day is not None and values.day(day.isoformat(), "", form.Reading()) is form.GONE:
            raise CallRefused("parameter_malformed")
    asked = Asked(
        kind=kind,
        product=wanted.product,
        place=wanted.place,
        patient=wanted.patient,
        entry=wanted.entry,
        head=wanted.head,
        period=Period(from_on=wanted.from_on, to_on=wanted.to_on),
        language=wanted.language or pick_language(request),
    )
    what = f"report {kind}"
    with site.ledger.reading() as reading:
        verify_names(reading, product=wanted.product, place=wanted.place)
        if wanted.patient is not None:
            site.see_patient(reading, request.user, wanted.patient, what=what, reason=reason_of(reason))
        if wanted.entry is not None:
            if abs(wanted.entry) > MAX_INT:
                raise NotFound
            said = read_statement(reading.entry(wanted.entry))
            why = _why(request.user, reason)  # a page that leads to it has asked already
            see_statements(site, reading, request.user, [said], what=f"{what} {wanted.entry}", reason=why)
    return asked


router = Router("/", route_handlers=[issue_report, read_report, draw_draft])
