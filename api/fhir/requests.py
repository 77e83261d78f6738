"""`prescription.issued` and `prescription.transcribed` → MedicationRequest."""

from api.fhir import names
from api.fhir.dosing import duration, to_dosage
from api.fhir.facts import Drug, Entry, Standing, to_history, to_meta, to_status_reason
from api.fhir.medication import REFERENCE, to_medication
from api.fhir.names import HL7, Json, coding, concept, identifier, of_entry, packs, reference, system_of
from ledger.domain.records import Prescription

_CATEGORIES = {"inpatient": "inpatient", "outpatient": "outpatient", "home": "community"}


def to_request(
    entry: Entry, *, record: Prescription | None, drug: Drug, ends_on: str, standing: Standing, now: str, today: str
) -> Json:
    """*record* as the book has it, None where the entry was reversed; *now*: canonical UTC text, *today*: its day."""
    body = entry.body
    made: Json = {
        "resourceType": "MedicationRequest",
        "id": names.to_id(body["prescription"]),
        "meta": to_meta(entry, standing),
        "contained": [to_medication(drug, (), log=entry.log)],
        "identifier": _identifiers(entry),
        "status": _status(record, standing, now, today),
        "intent": "order",
        "category": [concept(coding(f"{HL7}/medicationrequest-category", _CATEGORIES[body["setting"]]))],
        "medicationReference": REFERENCE,
        "subject": reference("Patient", body["patient"]),
        "dosageInstruction": [to_dosage(body)],
        "dispenseRequest": {
            "validityPeriod": {"start": body["starts_on"], "end": ends_on},
            "quantity": packs(body["units"], drug.presentation),
            "expectedSupplyDuration": duration(body["duration_days"], "d"),
        },
        "eventHistory": to_history(entry, standing),
    }
    return made | _whose(entry) | _reason(made["status"], record, standing) | _before(entry)


def _identifiers(entry: Entry) -> list[Json]:
    found = [identifier(system_of(entry.log, "prescription"), entry.body["prescription"]), of_entry(entry.id)]
    blank = entry.opened.get("body.blank_no")
    if blank is not None:
        found.append(identifier(system_of(entry.log, "blank"), " ".join([*_series(entry), str(blank)])))
    return found


def _series(entry: Entry) -> list[str]:
    return [entry.body["blank_series"]] if "blank_series" in entry.body else []


def _status(record: Prescription | None, standing: Standing, now: str, today: str) -> str:
    """Stopped goes before used up: nothing more of it is owed, and somebody said so."""
    if standing.reversal is not None or record is None:
        return "entered-in-error"
    if record.stopped_at is not None and record.stopped_at <= now:
        return "stopped"
    return "completed" if record.ends_on < today or not record.left else "active"


def _reason(status: str, record: Prescription | None, standing: Standing) -> Json:
    """Why it is no longer in force, as far as it may still be read."""
    if status == "entered-in-error":
        reason = to_status_reason(standing)
        return {} if reason is None else {"statusReason": reason}
    stops = {seq for _, seq in record.stops} if record is not None and status == "stopped" else set()
    said = [each.opened["body.reason"] for each in standing.later if each.seq in stops and "body.reason" in each.opened]
    return {"statusReason": concept(text=said[0])} if said else {}


def _whose(entry: Entry) -> Json:
    """Who ordered it; of a paper prescription, who is elsewhere, and who wrote it down here."""
    writer, body = names.person(entry.log, entry.said["performer"]), entry.body
    if entry.type == "prescription.issued":
        return {"authoredOn": entry.at, "requester": writer}
    by = ", ".join(filter(None, (entry.opened.get("body.issued_by.name"), body["issued_by"]["organisation"])))
    told = {"authoredOn": body["issued_on"], "requester": {"type": "Practitioner", "display": by}}
    return {"reportedBoolean": True, "recorder": writer, **told}


def _before(entry: Entry) -> Json:
    """What it replaces, else renews, is the prior one; a renewal beside a replacement is told apart."""
    known = [entry.body[name] for name in ("replaces", "renews") if name in entry.body]
    said: Json = {"priorPrescription": reference("MedicationRequest", known[0])} if known else {}
    if len(known) == 2 and known[1] != known[0]:
        said["supportingInformation"] = [reference("MedicationRequest", known[1])]
    return said
