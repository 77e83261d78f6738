"""The access log → AuditEvent: who looked at whom, when, and the reason that was given."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from api.fhir.names import HL7, OURS, Json, coding, concept, person, reference

_DCM = "http://dicom.nema.org/resources/ontology/DCM"


class Access(Protocol):
    """One row of the access log: *kind* happened at *at* (canonical UTC text); "" where nothing is to be told."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def patient(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def reason(self) -> str: ...


_READS: Mapping[str, str] = MappingProxyType({"read": "R", "not_found": "R", "listed": "R", "searched": "R"})
_MISSED = ("not_found", "failed", "refused", "throttled")


def to_audit_event(row: Access, *, log: str, facility: Json) -> Json:
    """*facility*: a reference to the organisation, whose log observed it."""
    is_read = row.kind in _READS
    made: Json = {
        "resourceType": "AuditEvent",
        "id": str(row.seq),
        "meta": {"versionId": "1", "lastUpdated": row.at},
        "type": coding(f"{HL7}/audit-event-type", "rest")
        if is_read
        else coding(_DCM, "110114" if row.kind.startswith("sign") else "110113"),
        "subtype": [coding(f"{OURS}:access-kind", row.kind)],
        "action": _READS.get(row.kind, "E"),
        "recorded": row.at,
        "outcome": "4" if row.kind.endswith(_MISSED) else "0",
        "agent": [_agent(row, log)],
        "source": {"site": log, "observer": facility},
    }
    if row.patient:
        made["entity"] = [
            {
                "what": reference("Patient", row.patient),
                "type": coding(f"{HL7}/audit-entity-type", "1"),
                "role": coding(f"{HL7}/object-role", "1"),
            }
        ]
        if row.detail:
            made["entity"][0]["description"] = row.detail
    return made


def _agent(row: Access, log: str) -> Json:
    who: Json = {"requestor": True}
    if row.person:
        who["who"] = person(log, row.person)
    return who | ({"purposeOfUse": [concept(text=row.reason)]} if row.reason else {})
