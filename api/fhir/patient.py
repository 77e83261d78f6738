"""`patient.registered` and what followed it → Patient. Who was erased has no name, and the gap says so."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.fhir import names
from api.fhir.facts import Entry, Standing, to_meta
from api.fhir.names import HL7, IIN, Json, absent, coding, concept, identifier, reference, system_of
from ledger.domain.records import Patient


def to_patient(
    entry: Entry,
    *,
    record: Patient | None,
    identity: Mapping[str, Any],
    ids: Sequence[str],
    died_on: str | None,
    facility: Json,
    standing: Standing,
) -> Json:
    """*identity*: what may still be read of `name`, `iin`, `born_on`, `address`; *ids*: all of the person, kept first.

    *facility*: a reference to the organisation. Where the entry was reversed, *record* is None.
    """
    patient = entry.body["patient"]
    made: Json = {
        "resourceType": "Patient",
        "id": names.to_id(patient),
        "meta": to_meta(entry, standing),
        "identifier": [identifier(system_of(entry.log, "patient"), patient)],
        "active": record is not None and record.erased_by is None and ids[0] == patient,
        "managingOrganization": facility,
    }
    if "iin" in identity:
        kind = concept(coding(f"{HL7}/v2-0203", "NI"))
        made["identifier"].append(identifier(IIN, identity["iin"], use="official", type=kind))
    made |= {"name": [{"text": identity["name"]}] if "name" in identity else [absent("masked")]}
    made |= {"birthDate": identity["born_on"]} if "born_on" in identity else {"_birthDate": absent("masked")}
    if died_on is not None:
        made["deceasedDateTime"] = died_on
    kato, phc = record.homes[-1][2:] if record is not None else (entry.body["home_kato"], entry.body["home_phc_bin"])
    where = {"use": "home", "district": kato} | ({"text": identity["address"]} if "address" in identity else {})
    made["address"] = [where]
    made["generalPractitioner"] = [names.organization(phc)]
    links = [_link(patient, each, ids[0]) for each in ids if each != patient and ids[0] in (patient, each)]
    return made | ({"link": links} if links else {})


def _link(patient: str, other: str, kept: str) -> Json:
    return {"other": reference("Patient", other), "type": "replaces" if kept == patient else "replaced-by"}
