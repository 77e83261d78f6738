"""A visit from arrival to the closed protocol: what the inspector noted and what the site answered, now and before.

Trusts the entries for who wrote what; the texts are opened from the vault for those who wrote them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.inspection.lines import Teller
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.site import FromSite, Site
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.service.opened import open_entry
from ledger.service.ports import EntryRow, Reading
from ledger.words import Words
from reports.asked import OPTIONS

_PAST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`about`: the number of the entry that it is about; `answers` are (who, when, text)."""

    id: str
    seq: int
    at: str
    text: str
    about: int | None
    answers: list[tuple[str, str, str]]


@dataclass(slots=True, kw_only=True)
class Visit:
    """From entry `seq` on; `closed_at` is "" while it is open."""

    seq: int
    by: str
    at: str
    scope: str
    document_no: str
    closed_at: str = ""
    closed_by: int | None = None
    protocol: str = ""
    notes: list[Note] = field(default_factory=list)

    @property
    def unanswered(self) -> int:
        return sum(not note.answers for note in self.notes)


def read_visits(site: Site, reading: Reading, names: Names) -> list[Visit]:
    """Every visit in its order: few, and one after the other. Answers stand with their note, however late."""
    types = ("inspection.opened", "inspection.noted", "inspection.answered", "inspection.closed")
    rows = sorted((row for type in types for row in reading.rows(type=type)), key=lambda row: row.seq)
    visits: list[Visit] = []
    notes: dict[str, Note] = {}
    for row in rows:
        body = from_bytes(row.data)["statement"]["body"]
        text, at = _open(site, reading, row), names.phrases.moment(from_timestamp(row.occurred_at))
        by = names.person(row.performer)
        match row.type:
            case "inspection.opened":
                visits.append(Visit(seq=row.seq, by=by, at=at, scope=text, document_no=body["document_no"]))
            case "inspection.noted":
                about = reading.find_seq(body["about"]) if "about" in body else None
                notes[row.id] = Note(id=row.id, seq=row.seq, at=at, text=text, about=about, answers=[])
                visits[-1].notes.append(notes[row.id])
            case "inspection.answered":
                notes[body["note"]].answers.append((by, at, text))
            case "inspection.closed":
                visits[-1].closed_at, visits[-1].closed_by = at, row.seq
                visits[-1].protocol = body.get("protocol_sha256", "")
    return visits


def _open(site: Site, reading: Reading, row: EntryRow) -> str:
    opened = open_entry(reading, site.ledger.vault, row)
    return next((str(each.value) for path, each in opened.items() if path in ("body.text", "body.scope")), "")


@page("/inspection/visit", "inspection:use")
def visit(request: CallerRequest, site: FromSite, about: FromQuery[int | None] = None) -> Response[Any]:
    """The open visit, or the form that opens one; *about*: the entry that the next note is about."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        found = read_visits(site, reading, names)
        is_open = bool(found) and not found[-1].closed_at
        told = _about(site, reading, words, about) if about is not None else None
        return render(
            request, site, "inspection/visit.html", visit=found[-1] if is_open else None, about=told,
            past=list(_past(found)), role=request.user.role, has_report="verification" in OPTIONS,
            issued=_issued(reading, found[-1].seq) if is_open else None,
        )  # fmt: skip


def _past(visits: list[Visit]) -> Iterator[Visit]:
    return (each for each in visits[::-1][:_PAST] if each.closed_at)


def _issued(reading: Reading, since: int) -> tuple[int, str] | None:
    """(entry, SHA-256) of the protocol issued last in this visit."""
    for row in reversed(reading.rows(type="report.issued", last=_PAST)):
        body = from_bytes(row.data)["statement"]["body"]
        if row.seq > since and body["kind"] == "verification":
            return row.seq, body["sha256"]
    return None


@page("/inspection/visit/{seq:int}", "inspection:use")
def past_visit(request: CallerRequest, site: FromSite, seq: FromPath[int]) -> Response[Any]:
    """A visit that is over; its notes can still be answered."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        for each in read_visits(site, reading, names):
            if each.seq == seq:
                return render(request, site, "inspection/past.html", visit=each, role=request.user.role)
    raise NotFound


@asked("/inspection/visit/about", "inspection:use")
def find_about(
    request: CallerRequest,
    site: FromSite,
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Part: the entry with a number, to be named in a note; or that there is none."""
    typed = data.get("seq", "").strip()
    with site.ledger.reading() as reading:
        known = typed.isascii() and typed.isdecimal() and len(typed) < 16
        about = _about(site, reading, pick_words(request), int(typed)) if known else None
    return render_part(request, "inspection/_about.html", about=about, typed=typed)


def _about(site: Site, reading: Reading, words: Words, seq: int) -> dict[str, Any] | None:
    if not 0 <= seq < reading.head.size:
        return None
    said = from_bytes(reading.entry(seq))["statement"]
    teller = Teller(site, reading, words)
    title, at = teller.telling.title(said["type"]), teller.moment(said["occurred_at"])
    return {"id": said["id"], "seq": seq, "said": f"{title}, {at}"}


router = Router("/", route_handlers=[visit, past_visit, find_about])
