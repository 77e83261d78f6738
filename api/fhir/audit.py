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


_READS = ("read", "not_found", "listed", "searched", "report", "log_read")
_ALERT, _EXPORT, _SIGN_IN, _RIGHTS = "110113", "110106", "110114", "110137"
_EVENTS: Mapping[str, str] = MappingProxyType({"passkey_copied": _ALERT, "evidence": _EXPORT})
_SIGNING_IN = ("sign", "session", "locked", "unlocked")
_MISSED = ("not_found", "failed", "delayed", "copied")


def to_audit_event(row: Access, *, log: str, facility: Json) -> Json:
    """*facility*: a reference to the organisation, whose log observed it."""
    made: Json = {
        "resourceType": "AuditEvent",
        "id": str(row.seq),
        "meta": {"versionId": "1", "lastUpdated": row.at},
        "type": _type(row.kind),
        "subtype": [coding(f"{OURS}:access-kind", row.kind)],
        "action": "R" if row.kind in _READS else "E",
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


def _type(kind: str) -> Json:
    """What is no read is somebody coming or going, or a change of rights."""
    if kind in _READS:
        return coding(f"{HL7}/audit-event-type", "rest")
    return coding(_DCM, _EVENTS.get(kind) or (_SIGN_IN if kind.startswith(_SIGNING_IN) else _RIGHTS))


def _agent(row: Access, log: str) -> Json:
    who: Json = {"requestor": True}
    if row.person:
        who["who"] = person(log, row.person)
    return who | ({"purposeOfUse": [concept(text=row.reason)]} if row.reason else {})
