"""A patient's dose history: figures by the day with their chart, what was done and when, by which factors. Pure.

For showing a history, never for converting one opioid to another. The figures are the domain's reading of the
attached entries and nothing else (`dose_entries`); the adopted factors go along as the exact files that the chain
names by hash.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledger.domain.history.doses import DoseHistory, read_doses
from ledger.domain.history.equivalents import BENZODIAZEPINE, ROUTES
from ledger.domain.regulation import read_adoption
from ledger.errors import NotFound, SenimError
from ledger.log.canonical import to_timestamp
from reports.act import Opened
from reports.act_proof import is_identity
from reports.dose_entries import TABLES, build_book, find_ids, gather_doses
from reports.dose_told import DoseDay, Doses, to_doses
from reports.homes import COURSES
from reports.model import Detail, Frame, Period, Person, Product
from reports.movements import Entries, statement
from reports.naming import Names, names_in, person_of, product_of
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A file of the adopted rule set, exactly: the set itself, or a table that it names by SHA-256."""

    sha256: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLine:
    """So many units of a lot; "" where nobody read it."""

    product: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseEvent:
    """One entry that tells of doses: what, of which packs, by whom."""

    number: int
    seq: int
    type: str
    details: tuple[Detail, ...] = ()
    lines: tuple[DoseLine, ...] = ()
    performer: Person
    witness: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTaken:
    """A drug and the last day on which it is on record."""

    inn: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseReport:
    """`doses` are those of the period: its days, patches and entries (`events` has the same entries in the same
    order, with their facts). `today` is the local day of `frame.as_known`, None where nothing of it is on record.

    `also` are the patient's other ids, `files` the rule set and its tables, by which the figures are worked out again.
    """

    frame: Frame
    patient: str
    also: tuple[str, ...] = ()
    period: Period
    opened: tuple[Opened, ...] = ()
    products: tuple[Product, ...] = ()
    doses: Doses
    today: DoseDay | None = None
    benzodiazepines: tuple[LastTaken, ...] = ()
    events: tuple[DoseEvent, ...] = ()
    files: tuple[RuleFile, ...] = ()


def build_dose_report(
    entries: Entries,
    names: Names,
    opened: Sequence[Opened],
    *,
    frame: Frame,
    patient: str,
    period: Period,
    files: Mapping[str, bytes],
) -> DoseReport:
    """The history of *patient* at `frame.as_known`, its days of *period*. *files*: the adopted rule set, by SHA-256.

    Raises `NotFound` for a patient whom no entry registers, `SenimError`, `LookupError` or `ValueError` where an
    entry or a file is missing, or is none.
    """
    entries = {seq: entry for seq, entry in entries.items() if seq <= frame.as_known.seq}
    adoption = read_adoption(files, frame.rules.sha256, only=TABLES)
    book = build_book(entries, adoption.rules)
    if book.find("patient", patient) is None:
        raise NotFound(patient)
    now = to_timestamp(frame.as_known.at)
    found = read_doses(book, patient, rules=adoption.rules, known_at=frame.as_known.seq, now=now)
    zone = ZoneInfo(frame.facility.zone)
    doses = to_doses(found)
    today = frame.as_known.at.astimezone(zone).date()
    shown = _within(doses, period, zone)
    events = tuple(_events(shown, entries, names))
    used = {line.product for event in events for line in event.lines} | {each.product for each in doses.patches}
    used |= {each.product for each in doses.worn} | {each.product for each in doses.covered_until}
    used |= {each.value for event in events for each in event.details if each.code == "product"}
    is_benzodiazepine = adoption.rules.equivalents.is_class
    return DoseReport(
        frame=frame,
        patient=patient,
        also=tuple(sorted(find_ids(entries, patient)[1:])),
        period=period,
        opened=tuple(opened),
        products=tuple(product_of(entries, each) for each in sorted(used)),
        doses=shown,
        today=next((day for day in doses.days if day.on == today), None),
        benzodiazepines=tuple(
            LastTaken(inn=inn, on=on)
            for inn, on in sorted(_last_days(found).items())
            if is_benzodiazepine(inn, BENZODIAZEPINE)
        ),
        events=events,
        files=tuple(
            RuleFile(sha256=each, text=adoption.files[each].decode("utf-8")) for each in sorted(adoption.files)
        ),
    )


def _within(doses: Doses, period: Period, zone: ZoneInfo) -> Doses:
    """What of *doses* falls into *period*; what holds now stays."""
    first_on, last_on = period.from_on or date.min, period.to_on or date.max

    def is_in(at: datetime) -> bool:
        return first_on <= at.astimezone(zone).date() <= last_on

    return replace(
        doses,
        days=tuple(day for day in doses.days if first_on <= day.on <= last_on),
        worn=tuple(
            each
            for each in doses.worn
            if each.on_at.astimezone(zone).date() <= last_on and each.off_at.astimezone(zone).date() >= first_on
        ),
        told=tuple(each for each in doses.told if is_in(each.at)),
    )


def _last_days(found: DoseHistory) -> dict[str, date]:
    """By drug: the last day on which something of it is on record."""
    return {
        line.amount.inn: date.fromisoformat(day.on)
        for day in found.days
        for figure in day.figures.values()
        for line in figure.lines
    }


# what was done


def _events(doses: Doses, entries: Entries, names: Names) -> Iterator[DoseEvent]:
    courses = {
        said["body"]["prescription"]: said["body"]["product"]
        for _, entry in sorted(entries.items())
        if (said := statement(entry))["type"] in COURSES
    }
    for number, told in enumerate(doses.told, start=1):
        said = statement(entries[told.seq])
        witness = said.get("witness")
        yield DoseEvent(
            number=number,
            seq=told.seq,
            type=told.type,
            details=tuple(_details(said["body"])),
            lines=tuple(_lines(said["body"], courses)),
            performer=person_of(names, said["performer"]),
            witness=None if witness is None else person_of(names, witness),
        )


def _quantity(value: Mapping[str, Any]) -> str:
    return f"{value['value']} {value['unit']}"


def _details(body: Mapping[str, Any]) -> Iterator[Detail]:
    for name in ("prescription", "replaces", "died_on", "starts_on"):
        if name in body:
            yield Detail(code=name, value=body[name])
    if "single_dose" in body:
        often = body["frequency"]
        yield Detail(code="product", value=body["product"])
        yield Detail(code="single_dose", value=_quantity(body["single_dose"]))
        yield Detail(code="route", value=ROUTES.get(body["route"], body["route"]))
        yield Detail(
            code="as_needed" if often["as_needed"] else "frequency",
            value=f"{often['times']} {often['period']} {often['period_unit']}",
        )
        yield Detail(code="duration", value=str(body["duration_days"]))
    elif "product" in body and "lots" not in body:
        yield Detail(code="product", value=body["product"])
    for part in body.get("contents", ()):
        yield Detail(code="dose", value=_quantity(part["dose"]))
    for name, code in (("dose", "dose"), ("residue", "residue")):
        if name in body:
            yield Detail(code=code, value=_quantity(body[name]))
    for name in ("hours", "given_part", "days_supply", "reason"):
        if name in body:
            yield Detail(code=name, value=str(body[name]))


def _lines(body: Mapping[str, Any], courses: Mapping[str, str]) -> Iterator[DoseLine]:
    lots = body.get("lots", ())
    product = body.get("product") or courses.get(body.get("prescription", ""), "")
    listed = [{"product": product, **lot} for lot in lots]
    listed += [{"product": part["product"], **lot} for part in body.get("contents", ()) for lot in part["lots"]]
    for line in (*listed, *body.get("lines", ())):
        units = line["units"] if "units" in line else line["intact"] + line["broken"]
        yield DoseLine(product=line["product"], lot=line.get("lot", ""), units=units)


# what it rests on


def needed_by_doses(report: DoseReport, entries: Entries) -> set[int]:
    """Everything that was said of the patient, and what names the things in it."""
    known_seq = report.frame.as_known.seq
    entries = {seq: entry for seq, entry in entries.items() if seq <= known_seq}
    context = {"regulation.adopted", "key.enrolled", "key.revoked"}
    told = gather_doses(entries.items(), report.patient)
    seqs = {seq for seq, entry in told.items() if statement(entry)["type"] not in context}
    return rest_on(seqs, entries, products=(), places=(), known_seq=known_seq)


def find_dose_differences(report: DoseReport, entries: Entries) -> Iterator[Difference]:
    """Everything in *report* that does not follow from *entries* and the rule set that they name by its hash.

    That no entry about the patient was left out this cannot show.
    """
    yield from find_frame_differences(report.frame, entries)
    for opened in report.opened:
        if not is_identity(opened, entries, report.patient):
            yield Difference("opening_differs", opened.seq)
    try:
        again = build_dose_report(
            entries,
            names_in(report),
            report.opened,
            frame=report.frame,
            patient=report.patient,
            period=report.period,
            files={each.sha256: each.text.encode() for each in report.files},
        )
    except (SenimError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError):
        yield Difference("entry_not_attached")
        return
    if again != report:
        yield _first_difference(report, again)


def _first_difference(report: DoseReport, again: DoseReport) -> Difference:
    for day, other in zip(report.doses.days, again.doses.days, strict=False):
        if day != other:
            return Difference("day_differs", None, {"day": min(day.on, other.on).isoformat()})
    for event, other_event in zip(report.events, again.events, strict=False):
        if event != other_event:
            return Difference("row_differs", event.seq, {"number": event.number})
    return Difference("totals_differ")


def subjects_of_doses(report: DoseReport) -> tuple[str, ...]:
    return tuple(sorted({report.patient, *report.also}))
