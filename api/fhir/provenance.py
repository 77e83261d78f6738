"""Every entry → Provenance: who did it, when, over which leaf, with each signature as it stands in the entry.

The signatures are over the entry's statement, not over a resource (contract, section 5): who wants proof takes
the entry, its leaf and a checkpoint; this tells where to look, and what a passkey said beside its signature is there.
"""

from collections.abc import Mapping, Sequence

from api.fhir.facts import Entry
from api.fhir.names import (
    HL7,
    OURS,
    SIGNATURE_TYPES,
    Json,
    coding,
    concept,
    identifier,
    of_entry,
    person,
)
from ledger.log.signing import LEDGER, LOG

_PURPOSE = "1.2.840.10065.1.12.1"
_AUTHOR, _VERIFICATION, _EVENT_WITNESS, _ADMINISTRATIVE = (f"{_PURPOSE}.{n}" for n in (1, 5, 9, 17))
_ACTIVITIES = {"entry.reversed": "NULLIFY", "patient.corrected": "UPDATE", "patient.moved": "UPDATE"}


def to_provenance(
    entry: Entry, *, targets: Sequence[Json], facility: Json, original: Entry | None, uses: Mapping[str, str]
) -> Json:
    """*targets*: the resources that the entry makes or changes; with none, its target is the entry itself.

    *original*: the entry that it reverses or countersigns; *facility*: a reference to the organisation; *uses*: of
    each key that signed, what it is enrolled for.
    """
    said, log = entry.said, entry.log
    own = {"identifier": of_entry(entry.id), "display": entry.type}
    return {
        "resourceType": "Provenance",
        "id": entry.id,
        "meta": {"versionId": str(entry.seq), "lastUpdated": entry.recorded_at},
        "target": list(targets) or [own],
        "occurredDateTime": entry.at,
        "recorded": entry.recorded_at,
        "activity": concept(
            coding(f"{HL7}/v3-DataOperation", _ACTIVITIES.get(entry.type, "CREATE")),
            coding(f"{OURS}:entry-type", entry.type),
        ),
        "agent": [
            _agent("performer", _who(entry, said["performer"], facility)),
            *([_agent("verifier", person(log, said["witness"]))] if said["witness"] else []),
            _agent("custodian", facility),
        ],
        "entity": [
            {"role": "source", "what": {"identifier": identifier(f"urn:senim:{log}:leaf", entry.leaf)}},
            {"role": "source", "what": {"identifier": identifier(f"urn:senim:{log}:seq", str(entry.json["seq"]))}},
            *([_about(entry, original)] if original is not None else []),
        ],
        "signature": [_signature(entry, each, facility, uses.get(each["key"])) for each in entry.json["signatures"]],
    }


def _agent(does: str, who: Json) -> Json:
    return {"type": concept(coding(f"{HL7}/provenance-participant-type", does)), "who": who}


def _about(entry: Entry, original: Entry) -> Json:
    role = "removal" if entry.type == "entry.reversed" else "revision"
    return {"role": role, "what": {"identifier": of_entry(original.id)}}


def _who(entry: Entry, name: str, facility: Json) -> Json:
    """The ledger acts for the facility."""
    return facility if name in (LEDGER, LOG) else person(entry.log, name)


def _signature(entry: Entry, given: Json, facility: Json, use: str | None) -> Json:
    """One signature as it stands in *entry*; with an import key the facility signs for somebody, and it says so."""
    who = _who(entry, given["by"], facility)
    is_personal = use == "sign"
    made: Json = {
        "type": [coding(SIGNATURE_TYPES, _purpose(entry, given["by"]) if is_personal else _ADMINISTRATIVE)],
        "when": entry.recorded_at,
        "who": who if is_personal else facility,
        "targetFormat": "text/plain",
        "sigFormat": f"application/octet-stream; alg={given['alg']}; key={given['key']}",
        "data": given["value"],
    }
    return made | ({"onBehalfOf": who} if use == "import" else {})


def _purpose(entry: Entry, by: str) -> str:
    if by != entry.said["performer"]:
        return _EVENT_WITNESS
    return _VERIFICATION if entry.type == "entry.countersigned" else _AUTHOR
