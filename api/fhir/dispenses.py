"""`dispense.outpatient`, `dispense.discharge`, `dispense.acknowledged` → MedicationDispense."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.fhir import names
from api.fhir.dosing import duration, to_dosage
from api.fhir.facts import Drug, Entry, Lot, Standing, to_history, to_meta, to_status_reason
from api.fhir.medication import REFERENCE, contain, to_lots, to_medication
from api.fhir.names import HL7, Json, coding, concept, identifier, of_entry, packs, reference

_CATEGORIES = {
    "dispense.outpatient": "outpatient",
    "dispense.discharge": "discharge",
    "dispense.acknowledged": "community",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The prescription that was supplied: its body, the units ordered, whether any were supplied on it before."""

    body: Json
    units: int
    is_first: bool


def to_dispense(
    entry: Entry, *, line: int | None, drug: Drug, lots: Sequence[Lot], course: Course | None, standing: Standing
) -> Json:
    """*line*: of what was taken over from another facility, which of its products; None for a supply of ours."""
    body, units = entry.body, sum(lot.units for lot in lots)
    made: Json = {
        "resourceType": "MedicationDispense",
        "id": to_dispense_id(entry.id, line),
        "meta": to_meta(entry, standing),
        "contained": [to_medication(drug, lots, log=entry.log)],
        "identifier": [of_entry(entry.id), *([of_entry(body["from_id"])] if line is not None else [])],
        "status": "completed" if standing.reversal is None else "entered-in-error",
        "category": concept(coding(f"{HL7}/medicationdispense-category", _CATEGORIES[entry.type])),
        "medicationReference": REFERENCE,
        "subject": reference("Patient", body["patient"]),
        "performer": [{"actor": names.person(entry.log, entry.said["performer"])}],
        "quantity": packs(units, drug.presentation),
        "daysSupply": duration(body["days_supply"], "d"),
        "whenHandedOver": entry.at,
        "eventHistory": to_history(entry, standing),
    }
    if entry.type == "dispense.discharge":
        made["contained"].append(_home(entry))
        made["destination"] = {"reference": "#home"}
    if len(lots) > 1:
        contain(made, to_lots(drug, lots, log=entry.log))
    if (reason := to_status_reason(standing)) is not None:
        made["statusReasonCodeableConcept"] = reason
    if line is not None:
        return made | ({"dosageInstruction": [to_dosage(body["course"])]} if "course" in body else {})
    return made | _supplied(entry, course, units)


def to_dispense_id(entry_id: str, line: int | None) -> str:
    """The entry's id; of what was taken over, with the number of the product."""
    return entry_id if line is None else f"{entry_id}.{line}"


def _supplied(entry: Entry, course: Course | None, units: int) -> Json:
    body = entry.body
    said: Json = {
        "location": names.place(entry.log, body["place"]),
        "authorizingPrescription": [reference("MedicationRequest", body["prescription"])],
        "receiver": [_receiver(entry)],
    }
    if course is None:
        return said
    return said | {"type": _fill(course, units), "dosageInstruction": [to_dosage(course.body)]}


def _fill(course: Course, units: int) -> Json:
    """Whether it is the first, and whether the rest is still owed (HL7 ActPharmacySupplyType)."""
    first = "FFC" if units >= course.units else "FFP"
    return concept(coding(f"{HL7}/v3-ActCode", first if course.is_first else "RFP"))


def _receiver(entry: Entry) -> Json:
    collector = entry.body["collector"]
    if collector["kind"] == "patient":
        return reference("Patient", entry.body["patient"])
    return {"display": entry.opened.get("body.collector.name") or collector["kind"]}


def _home(entry: Entry) -> Json:
    """The territorial unit that the patient goes home to, and who takes over there."""
    return {
        "resourceType": "Location",
        "id": "home",
        "identifier": [identifier(names.KATO, entry.body["home_kato"])],
        "physicalType": concept(coding(f"{HL7}/location-physical-type", "jdn")),
        "managingOrganization": names.organization(entry.body["home_phc_bin"]),
    }
