"""Who looked at whose data: for the head pharmacist and the inspector. Reading it stands in it, too."""

from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from api.access.look import look_at_day
from api.access.words import say_finding
from api.asking import read_at, read_today
from api.authority import needs
from api.caller import CallerRequest
from api.languages import pick_words
from api.site import FromSite
from ledger.domain.person import ids_of
from ledger.domain.terms import ID
from ledger.errors import CallRefused
from ledger.log.canonical import MAX_INT

_MOST = 200


class Look(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """*kind* happened at *at* to or by *person*; `by`: by whose act, or in which session; `patient`: a pseudonym."""

    seq: int
    at: str
    kind: str
    person: str
    by: str = ""
    patient: str = ""
    detail: str = ""
    reason: str = ""


class Looks(Struct, frozen=True, kw_only=True):
    """The newest first; `next` goes on as `cursor`. `size` rows in all, `head`: SHA-256 of the last (64 hex)."""

    size: int
    head: str
    access: list[Look]
    next: int | None


class Told(Struct, frozen=True, kw_only=True):
    """A code, its sentence, and the rows of the log that it rests on."""

    code: str
    said: str
    rows: list[int]


class Day(Struct, frozen=True, kw_only=True):
    """What stands out; nothing of it is wrong by itself."""

    seq: int
    on: str
    size: int
    head: str
    stands_out: list[Told]


@get("/access", operation_id="access", opt=needs("access:read"), sync_to_thread=True)
def read_access(
    request: CallerRequest,
    site: FromSite,
    from_: Annotated[str | None, QueryParameter(name="from", description="RFC 3339, or a day.")] = None,
    to: FromQuery[str | None] = None,
    person: FromQuery[str | None] = None,
    patient: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=_MOST)] = 50,
    cursor: Annotated[int | None, QueryParameter(ge=0, le=MAX_INT)] = None,
) -> Looks:
    """The access log, from and to an RFC 3339 time or a day; at most 200 rows at once."""
    first, after = read_at(from_, site.zone, first=True), read_at(to, site.zone)
    with site.ledger.reading() as reading:
        patients = None if patient is None else ids_of(reading.book, patient)
    site.access.note(
        "log_read", person=request.user.person, by=request.user.session, patient=patient or "",
        detail=f"person={'*' if person is None else person if ID.fullmatch(person) else '?'}",
    )  # fmt: skip
    rows = site.access.read(
        from_at=first, to_at=after, person=person, patients=patients, limit=limit + 1, cursor=cursor
    )
    size, head = site.access.head()
    told = [
        Look(seq=row.seq, at=row.at, kind=row.kind, person=row.person, by=row.by, patient=row.patient,
             detail=row.detail, reason=row.reason)
        for row in rows[:limit]
    ]  # fmt: skip
    return Looks(size=size, head=head.hex(), access=told, next=told[-1].seq if len(rows) > limit else None)


@get("/access/day", operation_id="access_day", opt=needs("access:read"), sync_to_thread=True)
def read_day(request: CallerRequest, site: FromSite, on: FromQuery[str | None] = None) -> Day:
    """What of a day stands out in the access log; today without *on*. Its rows are verified first."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        told = on or read_today(site, reading)
        try:
            asked = date.fromisoformat(told)
        except ValueError as bad:
            raise CallRefused("parameter_malformed") from bad
        if asked.isoformat() != told or not date(2000, 1, 1) <= asked <= date(9000, 1, 1):
            raise CallRefused("parameter_malformed")
        site.access.note("log_read", person=request.user.person, by=request.user.session, detail=f"day={told}")
        found = look_at_day(site.access, reading, zone=site.zone, on=asked)
        seq = reading.head.size - 1
    size, head = site.access.head()
    stands_out = [Told(code=each.code, said=say_finding(words, each), rows=list(each.rows)) for each in found]
    return Day(seq=seq, on=told, size=size, head=head.hex(), stands_out=stands_out)


router = Router("/", route_handlers=[read_access, read_day])
