"""Places and products: what there is and where it may lie. Codes are chosen from reference data, never typed."""

import csv
import io
from functools import lru_cache
from importlib.resources import files
from typing import Any

from litestar import Response, Router
from litestar.params import FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.office.governing import read_governance
from api.pages.rendering import render
from api.pages.routing import page
from api.pages.terms import VALUES
from api.site import FromSite
from ledger.domain.regulation import RuleSet, read_table
from ledger.domain.terms import PLACE_KINDS
from ledger.service.ports import Reading
from ledger.words import phrase
from reports.model import Product
from reports.phrases import Phrases
from reports.vocabulary import WORDS

_UNITS = ("mg", "ug", "g", "mg/mL", "ug/h")
_COUNTED_IN = ("ampoule", "vial", "tablet", "capsule", "patch", "syringe", "suppository")
_SCHEDULES = {
    "II": phrase("schedule II"),
    "III": phrase("schedule III"),
    "strong": phrase("strong-acting, in no schedule"),
    "none": phrase("in no schedule"),
}
_FORMS = tuple(code for code in WORDS if code.isdigit())
_ATC = "ATC "


@lru_cache
def read_formulary() -> tuple[dict[str, str], ...]:
    """The presentations that come with the product as reference data: a help to fill in, nothing more."""
    text = (files("ledger.domain") / "reference" / "formulary.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


@page("/office/places", "office:use")
def places(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        shown = [
            {
                "place": id,
                "name": body["name"],
                "kind_said": words.say(VALUES[body["kind"]]),
                "administration_said": words.say(VALUES[body["administration"]]) if body["kind"] == "ward" else "",
                "closed_by": reading.book.get("place", id).closed_by,
            }
            for id, body in names.places.items()
        ]
        governance = read_governance(site, reading, names, request.user)
    return render(
        request, site, "office/places.html", shown=shown, governance=governance,
        kinds=[(kind, words.say(VALUES[kind])) for kind in PLACE_KINDS],
        administrations=[(each, words.say(VALUES[each])) for each in ("entered", "on_paper")],
    )  # fmt: skip


@page("/office/products", "office:use")
def products(request: CallerRequest, site: FromSite, like: FromQuery[str] = "") -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        shown = [
            {
                "product": id,
                "said": body["said"],
                "schedule_said": words.say(_SCHEDULES[body["schedule"]]),
                "atc": body.get("atc", ""),
                "gtins": [f"{each['gtin']} ({each['units']})" for each in body["gtins"]],
                "delisted": reading.book.get("product", id).delisted,
            }
            for id, body in names.products.items()
        ]
        governance, phrases = read_governance(site, reading, names, request.user), names.phrases
        atcs = _read_atcs(reading, site.ledger.rules(reading))
    known = [row for row in read_formulary() if row["product"] not in {each["product"] for each in shown}]
    return render(
        request, site, "office/products.html", shown=shown, governance=governance,
        known=[(row["product"], _say_row(phrases, row)) for row in known],
        like=next((row for row in known if row["product"] == like), None),
        inns=sorted(((inn, phrases.word(inn)) for inn in atcs), key=lambda each: each[1]),
        atcs=sorted((atc, f"{atc} {phrases.word(inn)}") for inn, atc in atcs.items() if atc),
        forms=[(code, phrases.word(code)) for code in _FORMS],
        units=[(unit, phrases.word(unit)) for unit in _UNITS],
        counted_in=[(unit, phrases.word(unit)) for unit in _COUNTED_IN],
        schedules=[(schedule, words.say(said)) for schedule, said in _SCHEDULES.items()],
    )  # fmt: skip


def _read_atcs(reading: Reading, rules: RuleSet) -> dict[str, str]:
    """ATC code, or "" where there is none, by international name: of the formulary and of the classes in force."""
    found = {row["inn"]: row["atc"] for row in read_formulary()}
    adopted = reading.adopted().get(rules.tables.get("substance_classes", ""))
    for row in read_table(adopted) if adopted is not None else ():
        found.setdefault(row["inn"], row["source"].removeprefix(_ATC) if row["source"].startswith(_ATC) else "")
    return found


def _say_row(phrases: Phrases, row: dict[str, str]) -> str:
    return phrases.product(
        Product(
            id=row["product"], inn=row["inn"], form=row["form_edqm"], strength=row["strength_value"],
            unit=row["strength_unit"], unit_of_presentation=row["unit_of_presentation"],
        )
    )  # fmt: skip


router = Router("/", route_handlers=[places, products])
