"""A patient's dose history on one screen: what holds now, the chart, the entries. Not for converting opioids.

The reason is asked first. Every figure is as known at an entry S, now or with `?at=`, and says what it rests on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.rendering import render_part
from api.pages.routing import asked, page
from api.pages.ward.reasons import pick_reason, render_reason
from api.site import FromSite
from ledger.domain.history.doses import DoseHistory
from ledger.domain.history.equivalents import BENZODIAZEPINE, Equivalents
from ledger.domain.kind import local_day
from ledger.log.canonical import from_bytes, from_timestamp, to_timestamp
from ledger.refusal_words.terms import TYPES
from ledger.service.doses import find_doses
from ledger.service.ledger import find_adoption
from ledger.service.ports import Reading
from ledger.words import Words, phrase
from reports.dose_figures import COLUMNS, Figures
from reports.dose_history import LastTaken
from reports.dose_told import DoseDay, Doses, to_doses
from reports.model import Product
from reports.pictures import render_dose_svg

_MOST_ENTRIES, _MOST_DAYS = 200, 62
_PRESCRIBED = ("prescription.issued", "prescription.transcribed")
_SUPPLIED = ("dispense.outpatient", "dispense.discharge", "dispense.acknowledged")
_GIVEN = ("dose.administered", "infusion.started", "patch.removed")
RESTS_ON = {
    "regular": _PRESCRIBED,
    "daily": _PRESCRIBED,
    "breakthrough": _PRESCRIBED,
    "patches": _GIVEN,
    "covered": _SUPPLIED,
    "benzodiazepines": (*_PRESCRIBED, *_SUPPLIED, *_GIVEN),
}
"""From which entries each figure is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the words are about, as known at the entry that was asked for."""

    doses: Doses
    today: DoseDay | None
    products: tuple[Product, ...]
    benzodiazepines: tuple[LastTaken, ...]


@page("/patients/{patient:str}/doses", "ward:use")
def history(
    request: CallerRequest, site: FromSite, patient: FromPath[str], at: FromQuery[int | None] = None
) -> Response[Any]:
    """The question why; nothing of the patient is shown before it is answered."""
    return render_reason(request, site, "ward_history")


@asked("/patients/{patient:str}/doses", "ward:use")
def history_for(
    request: CallerRequest,
    site: FromSite,
    patient: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    at: FromQuery[int | None] = None,
) -> Response[Any]:
    """The history, now or as known at the entry *at*."""
    reason, words = pick_reason(data), pick_words(request)
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, patient, what="doses", reason=reason)
        now = to_timestamp(site.ledger.clock())
        adoption = None if at is None else find_adoption(reading, before=at + 1)
        rules = site.ledger.rules(reading) if at is None else adoption.rules if adoption is not None else None
        found = find_doses(reading, kept, at=at, now=now, rules=rules)
        known_at = now if at is None else str(from_bytes(reading.entry(at))["recorded_at"])
        names = Names(site, reading, words)
        table = rules.equivalents if rules is not None else None
        shown = _to_shown(found, names, local_day(known_at, site.zone), table)
        figures = Figures(shown, names.phrases)
        entries = list(_tell_entries(reading, names, words, site.zone, shown.doses))
        return render_part(
            request, "ward/_asked.html", part="ward/_history.html", patient=kept, patient_said=names.patient(kept),
            born_on=names.identity(kept).get("born_on", ""), reason=reason, at=at, known_seq=found.known_at,
            known_said=words.moment(from_timestamp(known_at), site.zone), shown=shown,
            figures=[(name, words.say(label), told) for name, label, told in _tell(figures)],
            rests_on={name: [e for e in entries if e["type"] in types and not e["reversed_by"]]
                      for name, types in RESTS_ON.items()},
            factors=[(figures.phrases.word(f.inn), figures.route(f.route), f) for f in shown.doses.factors],
            days=[(words.day(day.on), [_tell_figure(figures, day, column) for column in COLUMNS],
                   list(figures.unknown(day))) for day in reversed(shown.doses.days[-_MOST_DAYS:])],
            entries=entries[:_MOST_ENTRIES], earlier=max(0, len(entries) - _MOST_ENTRIES),
            died_said=words.day(shown.doses.died_on) if shown.doses.died_on else "",
            pictures=[(name, render_dose_svg(found, language=words.lang, zone=site.zone, name=name, width=width))
                      for name, width in (("wide", 720.0), ("slim", 340.0))],
        )  # fmt: skip


def _to_shown(found: DoseHistory, names: Names, today: str, table: Equivalents | None) -> Shown:
    doses = to_doses(found)
    last: dict[str, date] = {}
    for day in doses.days:
        for figure in day.figures:
            last |= {each.inn: day.on for each in figure.amounts}
    return Shown(
        doses=doses,
        today=next((day for day in doses.days if day.on == date.fromisoformat(today)), None),
        products=tuple(_to_product(body) for body in names.products.values()),
        benzodiazepines=tuple(
            LastTaken(inn=inn, on=on)
            for inn, on in sorted(last.items())
            if table is not None and table.is_class(inn, BENZODIAZEPINE)
        ),
    )


def _to_product(body: dict[str, Any]) -> Product:
    strength = body["strength"]
    return Product(
        id=body["product"], inn=body["inn"], form=body["form"], strength=strength["value"], unit=strength["unit"],
        unit_of_presentation=body["unit_of_presentation"],
    )  # fmt: skip


def _tell(figures: Figures) -> Iterator[tuple[str, str, list[str]]]:
    """(name, label, what holds now, of which nothing may be on record) of each figure."""
    yield "regular", phrase("Regular opioid"), [figures.regular()]
    yield "daily", phrase("Daily equivalent"), [figures.daily()]
    yield "breakthrough", phrase("As-needed dose"), [figures.breakthrough()]
    yield "patches", phrase("Patch"), list(figures.patches())
    yield "covered", phrase("Covered until"), list(figures.covered())
    yield "benzodiazepines", phrase("Benzodiazepines"), list(figures.benzodiazepines())


def _tell_figure(figures: Figures, day: DoseDay, column: str) -> str:
    figure = getattr(day, column)
    if figure is None:
        return ""
    amounts = "; ".join(figures.amount(each) for each in figure.amounts)
    equivalent = figures.equivalent(figure)
    return f"{equivalent} ({amounts})" if equivalent else amounts


def _tell_entries(reading: Reading, names: Names, words: Words, zone: str, doses: Doses) -> Iterator[dict[str, Any]]:
    """The entries behind it, newest first."""
    for told in reversed(doses.told):
        said = reading.book.past.by_seq(told.seq)
        if said is None:
            continue
        yield {
            "seq": told.seq,
            "type": told.type,
            "when": words.moment(told.at, ZoneInfo(zone)),
            "said": words.say(TYPES[told.type]),
            "what": " · ".join(_tell_body(names, said.body)),
            "by": names.person(said.performer),
            "reversed_by": told.reversed_by,
        }


def _tell_body(names: Names, body: dict[str, Any]) -> Iterator[str]:
    """Amount, product and lots of one entry: the dose stands before the strength, which reads like another."""
    for part in body.get("contents", [body]):
        for name in ("single_dose", "dose"):
            if name in part:
                yield names.phrases.quantity(f"{part[name]['value']} {part[name]['unit']}")
        if "product" in part:
            yield names.product(part["product"])
        for line in part.get("lots", ()):
            yield f"{line['lot']}: {line['units']}"
    for line in body.get("lines", ()):
        units = line["units"] if "units" in line else line["intact"] + line["broken"]
        yield f"{names.product(line['product'])}, {line.get('lot', '')}: {units}"
