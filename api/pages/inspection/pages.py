"""The one screen, the check that stands behind it, a printed head held against the register, and any entry."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, BinaryIO

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Stream

from api.asking import read_today
from api.caller import CallerRequest
from api.evidence import take_evidence
from api.languages import pick_words
from api.naming import Names
from api.opinions import form_opinion, read_size
from api.pages.inspection.counting import router as counting
from api.pages.inspection.counting import to_count
from api.pages.inspection.figures import Moment, read_figures
from api.pages.inspection.heads import compare, to_told
from api.pages.inspection.lines import Teller
from api.pages.inspection.lists import router as lists
from api.pages.inspection.sentences import GREY, read_sentences
from api.pages.inspection.visits import router as visits
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.seeing import see_statements, typed_reason
from api.site import FromSite, Site
from ledger.errors import BytesRejected, NotFound
from ledger.log.canonical import from_bytes, to_timestamp
from ledger.log.merkle import leaf_hash
from ledger.log.statement import check_entry
from ledger.service.ports import Reading

Typed = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_INSPECTION = "inspection"
"""The reason that is implied where an inspector reads the register without names."""


@page("/inspection", "inspection:use")
def overview(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Everything that an inspector asks first, on one screen."""
    shown = _screen(request, site) | _evidence(request, site) | to_count(request, site)
    return render(request, site, "inspection/overview.html", kept_at="/inspection", **shown)


@asked("/inspection/check", "inspection:use")
def begin_check(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Begin to verify everything; the part that looks how far it is."""
    site.opinion.start(read_size(site), partial(form_opinion, site))
    return render_part(request, "inspection/_screen.html", **_screen(request, site))


@page("/inspection/check", "inspection:use")
def look_at_check(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Part: how far it is, and what it came to."""
    return render_part(request, "inspection/_screen.html", **_screen(request, site))


def _screen(request: CallerRequest, site: Site) -> dict[str, Any]:
    words, opinion = pick_words(request), site.opinion.outcome
    with site.ledger.reading() as reading:
        moment = Moment(
            reading=reading, rules=site.ledger.rules(reading), now=to_timestamp(site.ledger.clock()),
            today=read_today(site, reading), since=_last_visit(reading),
        )  # fmt: skip
        verified = list(read_sentences(opinion.verdict if opinion else None, words))
        figures = list(read_figures(moment, words, opinion))
        size, phrases = reading.head.size, Names(site, reading, words).phrases
        whole, *others = verified
        return {
            "sentences": [whole, *others, *figures],
            "size": size,
            "checked_at": phrases.moment(opinion.at) if opinion else "",
            "behind": size - opinion.verdict.size if opinion else 0,
            "check": site.opinion,
            "evidence": site.evidence,
            "grey": GREY,
            "compared": None,
        }


def _last_visit(reading: Reading) -> int:
    """The number of the entry with which the last inspection was closed, or 0."""
    closed = reading.rows(type="inspection.closed", last=1)
    return closed[0].seq if closed else 0


@asked("/inspection/head", "inspection:use")
def compare_head(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """Part: whether the register had the head that a page carries."""
    with site.ledger.reading() as reading:
        compared = compare(reading, to_told(data), log=site.ledger.log)
    return render_part(request, "inspection/_head.html", compared=compared, log=site.ledger.log)


@page("/inspection/entry/{seq:int}", "inspection:use")
def entry(request: CallerRequest, site: FromSite, seq: FromPath[int]) -> Response[Any]:
    return render(request, site, "inspection/entry.html", **_entry(request, site, seq, reason=None))


@asked("/inspection/entry/{seq:int}/names", "inspection:use")
def entry_named(request: CallerRequest, site: FromSite, seq: FromPath[int], data: Typed) -> Response[Any]:
    """Part: the same with names and what was sealed, for whoever says why."""
    shown = _entry(request, site, seq, reason=typed_reason(data))
    return render_part(request, "inspection/_entry.html", **shown)


def _entry(request: CallerRequest, site: Site, seq: int, *, reason: str | None) -> dict[str, Any]:
    with site.ledger.reading() as reading:
        if not reading.begins_at <= seq < reading.head.size:
            raise NotFound
        data, words = reading.entry(seq), pick_words(request)
        shown = {
            "seq": seq, "leaf": leaf_hash(data).hex(), "bytes": data.decode(errors="replace"),
            "stored": next(reading.leaves(seq, seq + 1)).hex() if seq >= 0 else "",
        }  # fmt: skip
        try:
            whole = from_bytes(data)
            check_entry(whole)
        except BytesRejected:  # whoever changed it may have written anything
            return shown | {"title_said": words.say("This entry cannot be read"), "rows": [], "has_sealed": False}
        said = whole["statement"]
        what = f"entry {seq}" if reason else f"entry {seq} without names"
        see_statements(site, reading, request.user, [said], what=what, reason=reason or _INSPECTION)
        teller = Teller(site, reading, words, named=reason is not None)
        return shown | {
            "title_said": teller.telling.title(said["type"]),
            "rows": list(teller.telling.rows(said, teller.opened(seq, said))),
            "has_sealed": bool(said.get("sealed")) and reason is None,
            "recorded_at": teller.moment(whole["recorded_at"]),
            "prev": whole["prev"],
            "keys": [(each["by"], each["key"], each["alg"]) for each in whole["signatures"]],
            "id": said["id"],
        }


@asked("/inspection/evidence/take", "inspection:use")
def begin_evidence(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Begin to pack it; the part that looks how far it is."""
    site.evidence.start(read_size(site), partial(take_evidence, site))
    return render_part(request, "inspection/_evidence.html", **_evidence(request, site))


@page("/inspection/evidence/take", "inspection:use")
def look_at_evidence(request: CallerRequest, site: FromSite) -> Response[Any]:
    return render_part(request, "inspection/_evidence.html", **_evidence(request, site))


def _evidence(request: CallerRequest, site: Site) -> dict[str, Any]:
    words, taken = pick_words(request), site.evidence.outcome
    with site.ledger.reading() as reading:
        phrases = Names(site, reading, words).phrases
        at = phrases.moment(taken.at) if taken else ""
        size = reading.head.size
    return {"work": site.evidence, "taken": taken, "taken_at": at, "number": words.number, "size": size}


@page("/inspection/evidence.zip", "inspection:use")
def download_evidence(request: CallerRequest, site: FromSite) -> Stream:
    """The zip that was packed last. Raises `NotFound` before there is one."""
    taken = site.evidence.outcome
    if taken is None:
        raise NotFound
    try:
        file = taken.path.open("rb")  # open, it outlives the next zip that is packed in its place
    except FileNotFoundError:
        raise NotFound from None
    site.access.note(
        "evidence", person=request.user.person, by=request.user.session, detail=f"size={taken.size} {taken.sha256}"
    )
    told = {"Content-Disposition": f'attachment; filename="{taken.name}"', "Content-Length": str(taken.length)}
    return Stream(_pieces_of(file), media_type="application/zip", headers=told)


def _pieces_of(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(partial(file.read, 65_536), b"")


router = Router(
    "/",
    route_handlers=[
        overview, begin_check, look_at_check, compare_head, entry, entry_named, begin_evidence,
        look_at_evidence, download_evidence, lists, counting, visits,
    ],
)  # fmt: skip
