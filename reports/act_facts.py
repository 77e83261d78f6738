"""The facts and lines of one entry, by its type: codes and values, in the order that the paper reads them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.history.equivalents import ROUTES
from reports.model import Detail

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    """One line of an act: `figures` are units by code, `residue` a quantity; `lot` is "" where nobody named one."""

    product: str
    lot: str
    figures: dict[str, int]
    residue: str = ""


_SUPPLY = (
    ("from_place", "place"),
    ("days_supply", "days_supply"),
    ("extract", "discharge_summary_no"),
    ("decided_by", "decided_by"),
    ("home_kato", "home_kato"),
    ("home_phc_bin", "home_phc_bin"),
    ("collector", "collector.kind"),
    ("collector_name", "collector.name"),
    ("identity", "collector.identity"),
)
_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "dispense.outpatient": _SUPPLY,
    "dispense.discharge": _SUPPLY,
    "unused.returned": (
        ("brought_by", "brought_by"),
        ("relation", "relation"),
        ("return_reason", "reason"),
        ("seal", "seal_no"),
        ("custody", "place"),
        ("empties_declined", "empties_declined"),
        ("signed_by_relative", "signed_by_relative"),
    ),
    "empties.collected": (("ward", "place"), ("custody", "to_place"), ("seal", "seal_no")),
}
"""Per type of entry: (code, where in the body)."""

FACTS: Mapping[str, str] = {
    "from_place": "place",
    "custody": "place",
    "ward": "place",
    "days_supply": "days",
    "extract": "text",
    "decided_by": "text",
    "home_kato": "territory",
    "home_phc_bin": "text",
    "collector": "word",
    "collector_name": "text",
    "identity": "word",
    "brought_by": "text",
    "relation": "word",
    "return_reason": "word",
    "seal": "text",
    "empties_declined": "word",
    "signed_by_relative": "word",
    "prescription": "text",
    "single_dose": "quantity",
    "route": "route",
    "frequency": "often",
    "as_needed": "word",
    "duration": "days",
}
"""How the value of each code reads."""


def told_of(said: Body, course: Body | None) -> Iterator[Detail]:
    """What the statement tells, a sealed value as ""; then, of a supply, the course that it was made on."""
    body = said["body"]
    for code, path in _FIELDS[said["type"]]:
        if f"body.{path}" in said.get("sealed", {}):
            yield Detail(code=code, value="")
        elif (value := _find(body, path)) is not None:
            yield Detail(code=code, value=_to_text(value))
    if course is not None:
        often = course["frequency"]
        yield Detail(code="prescription", value=course["prescription"])
        yield Detail(code="single_dose", value=_quantity(course["single_dose"]))
        yield Detail(code="route", value=ROUTES.get(course["route"], course["route"]))
        yield Detail(code="frequency", value=f"{often['times']} {often['period']} {often['period_unit']}")
        if often["as_needed"]:
            yield Detail(code="as_needed", value="yes")
        yield Detail(code="duration", value=str(course["duration_days"]))


def path_of(type: str, code: str) -> str:
    """Where in the statement of that *type* the fact of *code* stands."""
    return f"body.{dict(_FIELDS[type])[code]}"


def lines_of(said: Body, course: Body | None) -> Iterator[ActLine]:
    body = said["body"]
    if said["type"].startswith("dispense."):
        product = course["product"] if course is not None else ""
        for lot in body["lots"]:
            yield ActLine(product=product, lot=lot["lot"], figures={"units": lot["units"]})
        return
    for line in body["lines"]:
        if said["type"] == "unused.returned":
            first, second, sum_of = "intact", "broken", "total"
        else:
            first, second, sum_of = "empty", "partial", "counted"
        figures = {first: line[first], second: line[second], sum_of: line[first] + line[second]}
        residue = _quantity(line["residue"]) if "residue" in line else ""
        yield ActLine(product=line["product"], lot=line.get("lot", ""), figures=figures, residue=residue)


def _find(body: Any, path: str) -> Any:
    for name in path.split("."):
        if name not in body:
            return None
        body = body[name]
    return body


def _to_text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _quantity(value: Body) -> str:
    return f"{value['value']} {value['unit']}"
