"""What stands behind the sentences: one list each, a page at a time, without names until somebody says why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from litestar import Response, Router
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.access.look import look_at_day
from api.access.words import say_finding
from api.asking import read_today
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.inspection.figures import LISTS, read_rows
from api.pages.inspection.lines import Teller
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.seeing import note_list, typed_reason
from api.site import FromSite, Site
from ledger.domain.history.deadlines import find_deadlines
from ledger.domain.kind import is_older
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import MAX_INT, from_timestamp, to_timestamp
from ledger.service import queries
from ledger.service.ports import Reading
from ledger.words import Words, phrase

PAGE = 25
Typed = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
TITLES: Mapping[str, str] = {
    "late": phrase("Entered late"),
    "warnings": phrase("Warnings that were answered"),
    "rights": phrase("Changes of rights and keys"),
    "pending": phrase("Signatures that are still due"),
    "circle": phrase("Out beyond the course"),
    "counts": phrase("Counts of stock"),
    "access": phrase("Who looked at whose data"),
}
_WHYS: Mapping[str, str] = {
    "witness": phrase("second signature"),
    "verbal_order": phrase("signature of the physician who ordered by word of mouth"),
    "very_late": phrase("signature of the head pharmacist: entered very late"),
}
KINDS: Mapping[str, str] = {
    "read": phrase("read a patient's data"),
    "listed": phrase("saw a list"),
    "searched": phrase("searched"),
    "not_found": phrase("asked for a patient who is not here"),
    "report": phrase("drew or fetched a report"),
    "evidence": phrase("took the evidence"),
    "log_read": phrase("read this log"),
    "log_damaged": phrase("the log before was damaged and put aside"),
    "signed_in": phrase("signed in"),
    "signed_out": phrase("signed out"),
    "sign_in_failed": phrase("failed to sign in"),
    "locked": phrase("locked the screen"),
    "code_issued": phrase("was given a one-time code"),
}
"""What happened, as far as it is common; else the technical word stands."""


@dataclass(frozen=True)
class _Asked:
    """One page of one list."""

    request: CallerRequest
    site: Site
    reading: Reading
    words: Words
    before: int | None
    named: bool

    @property
    def now(self) -> str:
        return to_timestamp(self.site.ledger.clock())

    @property
    def names(self) -> Names:
        return Teller(self.site, self.reading, self.words, self.named).names


def _entries(asked: _Asked, name: str) -> dict[str, Any]:
    rows = read_rows(asked.reading, LISTS[name], before=asked.before, limit=PAGE + 1)
    teller = Teller(asked.site, asked.reading, asked.words, asked.named)
    more = rows[PAGE - 1].seq if len(rows) > PAGE else None
    return {"lines": list(teller.lines(rows[:PAGE])), "next": more}


def _pending(asked: _Asked, name: str) -> dict[str, Any]:
    rules, names = asked.site.ledger.rules(asked.reading), asked.names
    found = sorted(queries.read_pending(asked.reading), key=lambda row: row["seq"])
    found = [row for row in found if row["seq"] > (asked.before if asked.before is not None else -1)]

    def shown(row: dict[str, Any]) -> dict[str, Any]:
        hours = rules.value("countersign_hours", row["since"][:10])
        return {
            "seq": row["seq"], "why": asked.words.say(_WHYS[row["why"]]), "performer": names.person(row["performer"]),
            "by": names.person(row["by"]) if "by" in row else "", "since": _moment(names, row["since"]),
            "overdue": hours is not None and is_older(row["since"], asked.now, hours),
        }  # fmt: skip

    return {"pending": [shown(row) for row in found[:PAGE]],
            "next": found[PAGE - 1]["seq"] if len(found) > PAGE else None}  # fmt: skip


def _circle(asked: _Asked, name: str) -> dict[str, Any]:
    names, today = asked.names, read_today(asked.site, asked.reading)
    homes = queries.find_beyond(asked.reading, today)
    start = asked.before or 0
    shown = [
        row | {"patient": names.patient(row["patient"]), "product": names.product(row["product"])}
        for row in queries.read_beyond(asked.reading, homes[start : start + PAGE], today=today)
    ]
    return {"circle": shown, "next": start + PAGE if len(homes) > start + PAGE else None}


def _counts(asked: _Asked, name: str) -> dict[str, Any]:
    names, rules, reading = asked.names, asked.site.ledger.rules(asked.reading), asked.reading
    due = find_deadlines(reading.book, rules, asked.now, stock=reading.balances(), only="inventory")
    found = sorted(due, key=lambda each: (each.due_on, each.place, each.product))
    start = asked.before or 0
    shown = [
        {"place": names.place(each.place), "product": names.product(each.product), "overdue": each.overdue_days,
         "since": _day(asked.words, each.since_on), "due": _day(asked.words, each.due_on)}
        for each in found[start : start + PAGE]
    ]  # fmt: skip
    return {"counts": shown, "next": start + PAGE if len(found) > start + PAGE else None}


def _access(asked: _Asked, name: str) -> dict[str, Any]:
    caller, names = asked.request.user, asked.names
    asked.site.access.note("log_read", person=caller.person, by=caller.session, detail="person=*")
    rows = asked.site.access.read(limit=PAGE + 1, cursor=asked.before)
    shown = [
        {"seq": row.seq, "at": _moment(names, row.at), "person": names.person(row.person) if row.person else "—",
         "kind": asked.words.say(KINDS[row.kind]) if row.kind in KINDS else row.kind, "patient": row.patient,
         "detail": row.detail, "reason": row.reason}
        for row in rows[:PAGE]
    ]  # fmt: skip
    today = read_today(asked.site, asked.reading)
    return {"access": shown, "next": rows[PAGE - 1].seq if len(rows) > PAGE else None, "today": today}


_READ: Mapping[str, Callable[[_Asked, str], dict[str, Any]]] = {
    **dict.fromkeys(LISTS, _entries), "pending": _pending, "circle": _circle, "counts": _counts, "access": _access,
}  # fmt: skip
_NAMED = frozenset({*LISTS, "circle"})
"""The lists that tell of patients."""


@page("/inspection/rows/{name:str}", "inspection:use")
def rows(
    request: CallerRequest, site: FromSite, name: FromPath[str], before: FromQuery[int | None] = None
) -> Response[Any]:
    """One page of a list, patients by their ids."""
    return render(request, site, "inspection/rows.html", **_shown(request, site, name, before, reason=None))


@asked("/inspection/rows/{name:str}/names", "inspection:use")
def rows_named(request: CallerRequest, site: FromSite, name: FromPath[str], data: Typed) -> Response[Any]:
    """Part: the same page with names and reasons, for whoever says why."""
    told = data.get("before", "")
    if told and not (told.isascii() and told.isdecimal() and len(told) < 16):
        raise CallRefused("parameter_malformed")
    shown = _shown(request, site, name, int(told) if told else None, reason=typed_reason(data))
    return render_part(request, "inspection/_rows.html", **shown)


def _shown(request: CallerRequest, site: Site, name: str, before: int | None, *, reason: str | None) -> dict[str, Any]:
    if name not in _READ or not 0 <= (before or 0) <= MAX_INT:
        raise NotFound
    if name in _NAMED:
        what = f"{name} before {before}" if before is not None else name
        note_list(site, request.user, what=f"inspection: {what}", reason=reason or "inspection, without names")
    words = pick_words(request)
    with site.ledger.reading() as reading:
        asked = _Asked(request, site, reading, words, before, reason is not None)
        return {
            "name": name, "heading": words.say(TITLES[name]), "before": before, "named": reason is not None,
            "tells_of_patients": name in _NAMED, "number": words.number, "known": reading.head.size - 1,
        } | _READ[name](asked, name)  # fmt: skip


@asked("/inspection/access/day", "inspection:use")
def look_at_access(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """Part: what of one day stands out in the access log, whose rows are verified first."""
    words = pick_words(request)
    try:
        on = date.fromisoformat(data.get("on", ""))
    except ValueError as bad:
        raise CallRefused("parameter_malformed") from bad
    if not date(2000, 1, 1) <= on <= date(9000, 1, 1):
        raise CallRefused("parameter_malformed")
    site.access.note("log_read", person=request.user.person, by=request.user.session, detail=f"day={on.isoformat()}")
    with site.ledger.reading() as reading:
        found = [say_finding(words, each) for each in look_at_day(site.access, reading, zone=site.zone, on=on)]
    return render_part(request, "inspection/_day.html", found=found, on=words.day(on))


def _moment(names: Names, at: str) -> str:
    return names.phrases.moment(from_timestamp(at))


def _day(words: Words, on: str) -> str:
    return words.day(date.fromisoformat(on))


router = Router("/", route_handlers=[rows, rows_named, look_at_access])
