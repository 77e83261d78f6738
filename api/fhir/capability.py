"""What a FHIR client may ask here: the CapabilityStatement, made from the tables that the search itself reads."""

from importlib.metadata import version

from api.fhir.names import Json, concept
from api.fhir.searching import COMMON, PARAMETERS

_PUBLISHED_ON = "2026-11-22"
_SECURITY = (
    "Sign in as to every other path: a session or a bearer token. Every request for a resource states why in the "
    "header X-Access-Reason, and is noted in the access log with it."
)
_SEARCH = (
    "Newest entry first; pages go on by their `next` link, and one may be short. An unknown parameter is refused. "
    "lastUpdated is when the last entry was recorded that the resource rests on; that a course ends by its day alone "
    "does not move it."
)


def to_capability(*, base: str, facility: str) -> Json:
    """*base*: the address that the types stand under."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _PUBLISHED_ON,
        "kind": "instance",
        "software": {"name": "Senim", "version": version("senim")},
        "implementation": {"description": facility, "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "documentation": _SEARCH,
                "security": {
                    "cors": False,
                    "service": [concept(text="Session or bearer token")],
                    "description": _SECURITY,
                },
                "resource": [_resource(type) for type in PARAMETERS],
            }
        ],
    }


def _resource(type: str) -> Json:
    asked = {**COMMON, **PARAMETERS[type]}
    if "status" in asked:
        asked["subject"] = "reference"
    return {
        "type": type,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{type}",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "searchParam": [{"name": name, "type": kind} for name, kind in sorted(asked.items())],
    }
