"""The figures as they are known now, each with the `seq` of the newest entry that they follow from."""

import msgspec
from litestar import Router, get
from litestar.params import FromQuery
from msgspec import Struct

from api.asking import read_at, read_today, verify_names
from api.authority import needs
from api.caller import CallerRequest
from api.seeing import Reason, note_list, reason_of
from api.site import FromSite
from api.threads import at_once
from ledger.service import queries


class Balance(Struct, frozen=True, kw_only=True):
    """Whole units of presentation of one lot at one place."""

    place: str
    product: str
    lot: str
    units: int


class Balances(Struct, frozen=True, kw_only=True):
    """Every row ever used, also at 0; `at`: the moment asked for, or none for now."""

    seq: int
    at: str | None
    balances: list[Balance]


class CircleRow(Struct, frozen=True, kw_only=True):
    """`dispensed + surplus = administered + used + returned + missing + handed_over + still_out`, in whole units."""

    patient: str
    product: str
    lot: str
    dispensed: int
    surplus: int
    administered: int
    used: int
    returned: int
    missing: int
    handed_over: int
    still_out: int
    reversed: int
    within_course: int
    beyond_course: int
    age_days: int | None


class Circle(Struct, frozen=True, kw_only=True):
    seq: int
    circle: list[CircleRow]


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    product: str
    units: int
    lot: str | None = None


class Seal(Struct, frozen=True, kw_only=True):
    """One sealed bag; `kind`: where its contents came from."""

    seal_no: str
    units: int
    place: str
    kind: str
    received_at: str
    contents: list[Content]


class Custody(Struct, frozen=True, kw_only=True):
    seq: int
    custody: list[Seal]


class Discrepancy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`difference` is what the book must still change by to agree with what was counted."""

    discrepancy: str
    place: str
    product: str
    difference: int
    counted: int
    kind: str
    seq: int
    lot: str | None = None


class Discrepancies(Struct, frozen=True, kw_only=True):
    seq: int
    discrepancies: list[Discrepancy]
    empties_due: list[Balance]


class Signature(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signature that is due; `why`: `witness`, `verbal_order` or `very_late`; `by`: who alone may give it."""

    id: str
    seq: int
    why: str
    performer: str
    since: str
    by: str | None = None


class Pending(Struct, frozen=True, kw_only=True):
    seq: int
    pending: list[Signature]


@get("/balances", operation_id="balances", opt=needs("balances:read"))
@at_once
def read_balances(
    site: FromSite,
    place: FromQuery[str | None] = None,
    product: FromQuery[str | None] = None,
    at: FromQuery[str | None] = None,
) -> Balances:
    """Balances per place, product and lot, now or *at* an RFC 3339 time or a day."""
    until = read_at(at, site.zone)
    with site.ledger.reading() as reading:
        verify_names(reading, place=place, product=product)
        rows = queries.read_balances(reading, product=product, place=place, at=until)
        return Balances(seq=reading.head.size - 1, at=until, balances=msgspec.convert(rows, list[Balance]))


@get("/circle", operation_id="circle", opt=needs("circle:read"), sync_to_thread=True)
def read_circle(
    request: CallerRequest,
    site: FromSite,
    patient: FromQuery[str | None] = None,
    product: FromQuery[str | None] = None,
    open: FromQuery[bool] = False,
    reason: Reason = None,
) -> Circle:
    """What was handed out and what came of it; where that tells of patients, for a reason."""
    with site.ledger.reading() as reading:
        verify_names(reading, product=product)
        if patient is not None:
            patient = site.see_patient(reading, request.user, patient, what="circle", reason=reason_of(reason))
        rows = queries.read_circle(
            reading, today=read_today(site, reading), patient=patient, product=product, only_open=open
        )
        seq = reading.head.size - 1
        if rows and patient is None:
            what = f"circle at {seq}" + (f" {product}" if product else "")
            note_list(site, request.user, what=what, reason=reason_of(reason))
        return Circle(seq=seq, circle=msgspec.convert(rows, list[CircleRow]))


@get("/custody", operation_id="custody", opt=needs("custody:read"))
@at_once
def read_custody(site: FromSite) -> Custody:
    """What is in custody: one row a seal."""
    with site.ledger.reading() as reading:
        return Custody(seq=reading.head.size - 1, custody=msgspec.convert(queries.read_custody(reading), list[Seal]))


@get("/discrepancies", operation_id="discrepancies", opt=needs("discrepancies:read"))
@at_once
def read_discrepancies(site: FromSite) -> Discrepancies:
    """Open discrepancies, and empties that are due."""
    with site.ledger.reading() as reading:
        return Discrepancies(
            seq=reading.head.size - 1,
            discrepancies=msgspec.convert(queries.read_discrepancies(reading), list[Discrepancy]),
            empties_due=msgspec.convert(queries.read_empties_due(reading), list[Balance]),
        )


@get("/pending", operation_id="pending", opt=needs("pending:read"))
@at_once
def read_pending(site: FromSite) -> Pending:
    """What waits for a second signature."""
    with site.ledger.reading() as reading:
        return Pending(
            seq=reading.head.size - 1, pending=msgspec.convert(queries.read_pending(reading), list[Signature])
        )


router = Router("/", route_handlers=[read_balances, read_circle, read_custody, read_discrepancies, read_pending])
