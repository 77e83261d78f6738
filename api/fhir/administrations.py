"""`dose.administered`, `dose.not_given`, `infusion.started` (with its stop) → MedicationAdministration."""

from collections.abc import Sequence
from decimal import Decimal

from api.fhir.dosing import amount, decimal, duration, measure, route
from api.fhir.facts import Drug, Entry, Lot, Standing, to_history, to_meta, to_status_reason
from api.fhir.medication import REFERENCE, WHOLE, Content, contain, to_lots, to_medication, to_mixture
from api.fhir.names import (
    HL7,
    OURS,
    Json,
    coding,
    concept,
    identifier,
    of_entry,
    person,
    reference,
    system_of,
)
from ledger.domain.terms import INPATIENT_KINDS

_NOT_GIVEN = {"absent": "b", "asleep": "c", "vomited": "d"}
"""Of the register's reasons, those that HL7's reason-medication-not-given has."""


def to_administration(
    entry: Entry,
    *,
    drug: Drug,
    lots: Sequence[Lot],
    route_code: str | None,
    facility_kind: str,
    source: str | None,
    standing: Standing,
) -> Json:
    """A dose that was given. *source*: the id of the MedicationDispense whose course another facility ordered."""
    body = entry.body
    made = _begin(entry, standing, to_medication(drug, lots, log=entry.log), body["patient"], facility_kind)
    made["status"] = "completed" if standing.reversal is None else "entered-in-error"
    made["effectiveDateTime"] = entry.at
    made["dosage"] = _dosage(body["dose"], route_code)
    if len(lots) > 1:
        contain(made, to_lots(drug, lots, log=entry.log))
    if source is not None:
        made.setdefault("supportingInformation", []).append({"reference": f"MedicationDispense/{source}"})
    if "ordered_by" in body:
        made["contained"].append(_verbal_order(entry))
        made["request"] = {"reference": "#order"}
    return made


def _begin(entry: Entry, standing: Standing, medication: Json, patient: str, facility_kind: str) -> Json:
    said, log = entry.said, entry.log
    people = [("performer", said["performer"]), *([("witness", said["witness"])] if said["witness"] else [])]
    made: Json = {
        "resourceType": "MedicationAdministration",
        "id": entry.id,
        "meta": to_meta(entry, standing),
        "contained": [medication],
        "identifier": [of_entry(entry.id)],
        "medicationReference": REFERENCE,
        "subject": reference("Patient", patient),
        "performer": [
            {"function": concept(coding(f"{HL7}/med-admin-perform-function", does)), "actor": person(log, name)}
            for does, name in people
        ],
        "eventHistory": to_history(entry, standing),
    }
    if "prescription" in entry.body:
        made["request"] = reference("MedicationRequest", entry.body["prescription"])
    if (where := _category(entry.body, facility_kind)) is not None:
        made["category"] = concept(coding(f"{HL7}/medication-admin-category", where))
    if (reason := to_status_reason(standing)) is not None:
        made["statusReason"] = [reason]
    return made


def _category(body: Json, facility_kind: str) -> str | None:
    if body.get("home"):
        return "community"
    if "place" not in body:
        return None
    return "inpatient" if facility_kind in INPATIENT_KINDS else "outpatient"


def _dosage(dose: Json, route_code: str | None) -> Json:
    told = amount(dose)
    if "doseQuantity" in told:
        told = {"dose": told["doseQuantity"]}
    return told if route_code is None else {"route": route(route_code), **told}


def _verbal_order(entry: Entry) -> Json:
    """What a physician said, as whoever gave the dose tells it; the physician's own signature is another entry."""
    body = entry.body
    return {
        "resourceType": "MedicationRequest",
        "id": "order",
        "status": "completed",
        "intent": "order",
        "reportedBoolean": True,
        "medicationReference": REFERENCE,
        "subject": reference("Patient", body["patient"]),
        "requester": person(entry.log, body["ordered_by"]),
    }


def to_not_given(entry: Entry, *, drug: Drug, patient: str, standing: Standing) -> Json:
    """A dose that was due and not given: what was not done, when it was due, why."""
    made = _begin(entry, standing, to_medication(drug, (), log=entry.log), patient, "")
    made["status"] = "not-done" if standing.reversal is None else "entered-in-error"
    made["effectiveDateTime"] = entry.body["due_at"]
    word = entry.body["reason"]
    codings = [coding(f"{OURS}:not-given-reason", word)]
    if word in _NOT_GIVEN:
        codings.append(coding(f"{HL7}/reason-medication-not-given", _NOT_GIVEN[word]))
    made["statusReason"] = [*made.get("statusReason", ()), concept(*codings)]
    return made


def to_infusion(
    entry: Entry,
    *,
    contents: Sequence[Content],
    route_code: str | None,
    facility_kind: str,
    stop: Entry | None,
    standing: Standing,
) -> Json:
    """An infusion runs until its *stop* says how much of it was given; a mixture is dosed in parts of its whole."""
    body, log = entry.body, entry.log
    only = contents[0] if len(contents) == 1 else None
    mixed = to_mixture(contents, log=log) if only is None else to_medication(only.drug, only.lots, log=log)
    made = _begin(entry, standing, mixed, body["patient"], facility_kind)
    made["identifier"].append(identifier(system_of(log, "infusion"), body["infusion"]))
    made["status"] = "completed" if stop is not None else "in-progress"
    if standing.reversal is not None:
        made["status"] = "entered-in-error"
    made["effectivePeriod"] = {"start": entry.at} | ({"end": stop.at} if stop is not None else {})
    part = "1" if stop is None else stop.body["given_part"]
    if only is None:
        made["dosage"] = {"dose": WHOLE | {"value": decimal(part)}}
        if route_code is not None:
            made["dosage"]["route"] = route(route_code)
    else:
        made["dosage"] = _dosage(_given(only.dose, part), route_code)
        if "dose" in made["dosage"]:
            rate = {"numerator": measure(only.dose), "denominator": duration(body["hours"], "h")}
            made["dosage"]["rateRatio"] = rate
    if only is None or len(only.lots) > 1:
        for each in contents:
            contain(made, to_lots(each.drug, each.lots, log=log, first=len(made["contained"])))
    return made


def _given(dose: Json, part_given: str) -> Json:
    """The part of *dose* that went in, exactly."""
    given = Decimal(dose["value"]) * Decimal(part_given)
    return dose | {"value": f"{given.normalize():f}"}
