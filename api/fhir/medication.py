"""A product as a contained Medication: code, form, strength per unit of presentation, lot."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.fhir.dosing import measure
from api.fhir.facts import Drug, Lot
from api.fhir.names import ATC, EDQM, Json, coding, concept, packs, system_of

REFERENCE: Json = {"reference": "#medication"}
WHOLE: Json = {"value": 1, "unit": "infusion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What of a drug goes into an infusion."""

    drug: Drug
    dose: Json
    lots: tuple[Lot, ...]


def to_code(drug: Drug, log: str) -> Json:
    """Its ATC code where one was listed, and its name in the facility's own list."""
    own = coding(system_of(log, "product"), drug.product)
    codings = [own] if drug.atc is None else [coding(ATC, drug.atc), own]
    return concept(*codings, text=f"{drug.inn} {drug.strength['value']} {drug.strength['unit']}")


def to_medication(drug: Drug, lots: Sequence[Lot], *, log: str) -> Json:
    """One lot is the Medication's batch; several are listed beside it (`to_lots`)."""
    strength = {"numerator": measure(drug.strength), "denominator": packs(1, drug.presentation)}
    made: Json = {
        "resourceType": "Medication",
        "id": "medication",
        "code": to_code(drug, log),
        "form": concept(coding(EDQM, drug.form)),
        "ingredient": [{"itemCodeableConcept": concept(text=drug.inn), "isActive": True, "strength": strength}],
    }
    return made | ({"batch": _batch(lots[0])} if len(lots) == 1 else {})


def to_mixture(contents: Sequence[Content], *, log: str) -> Json:
    """Several drugs in one infusion, each with its whole amount in it."""
    return {
        "resourceType": "Medication",
        "id": "medication",
        "code": concept(text=" + ".join(each.drug.inn for each in contents)),
        "ingredient": [
            {
                "itemCodeableConcept": to_code(each.drug, log),
                "isActive": True,
                "strength": {"numerator": measure(each.dose), "denominator": WHOLE},
            }
            for each in contents
        ],
    }


def _batch(lot: Lot) -> Json:
    named: Json = {"lotNumber": lot.name}
    return named if lot.expires_on is None else named | {"expirationDate": lot.expires_on}


def to_lots(drug: Drug, lots: Sequence[Lot], *, log: str, first: int = 1) -> list[Json]:
    """Packs of each of several lots, numbered from *first*: FHIR R4 has one batch to a Medication."""
    return [
        {
            "resourceType": "Medication",
            "id": f"lot-{number}",
            "code": to_code(drug, log),
            "amount": {"numerator": packs(lot.units, drug.presentation), "denominator": {"value": 1}},
            "batch": _batch(lot),
        }
        for number, lot in enumerate(lots, start=first)
    ]


def contain(made: Json, lots: Sequence[Json]) -> None:
    """Put *lots* into the resource *made*, which tells them as supporting information."""
    if lots:
        made["contained"] += lots
        made.setdefault("supportingInformation", []).extend({"reference": f"#{each['id']}"} for each in lots)
