"""What things are called in FHIR: ids, identifiers, references, code systems.

Our ids have no capital letters and FHIR's have no underscore, so `_` is written `U`: one to one, of equal length.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ledger.errors import NotFound

Json = dict[str, Any]

ATC = "http://www.whocc.no/atc"
EDQM = "http://standardterms.edqm.eu"
UCUM = "http://unitsofmeasure.org"
URI = "urn:ietf:rfc:3986"
SIGNATURE_TYPES = "urn:iso-astm:E1762-95:2013"
HL7 = "http://terminology.hl7.org/CodeSystem"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
OURS = "urn:senim:fhir"
"""Before the names of our own code systems; they are listed in README.md. Extensions we have none of our own."""
IIN, BIN, KATO = "urn:senim:iin", "urn:senim:bin", "urn:senim:kato"

_ID = re.compile(r"[a-z0-9U.-]{1,64}")
# EDQM standard terms, units of presentation.
_PRESENTATIONS: Mapping[str, str] = MappingProxyType(
    {
        "ampoule": "15002000",
        "capsule": "15012000",
        "patch": "15036000",
        "syringe": "15052000",
        "tablet": "15054000",
        "vial": "15060000",
    }
)


def to_id(name: str) -> str:
    """The FHIR id of a thing of ours."""
    return name.replace("_", "U")


def from_id(id: str) -> str:
    """The thing that `to_id` was given. Raises `NotFound` for what it never writes."""
    if not _ID.fullmatch(id):
        raise NotFound
    return id.replace("U", "_")


def system_of(log: str, kind: str) -> str:
    """The identifier system of a facility's things of one kind; a new epoch of its log keeps it."""
    return f"urn:senim:{log.rpartition('/')[0]}:{kind}"


def identifier(system: str, value: str, **more: Any) -> Json:
    return {**more, "system": system, "value": value}


def of_entry(entry_id: str) -> Json:
    """Of an entry anywhere: its id is unique beyond its log."""
    return identifier(URI, f"urn:uuid:{entry_id}")


def person(log: str, name: str) -> Json:
    """A member of staff, by the pseudonym that the site chose; no name."""
    return {"type": "Practitioner", "identifier": identifier(system_of(log, "person"), name)}


def place(log: str, name: str) -> Json:
    return {"type": "Location", "identifier": identifier(system_of(log, "place"), name)}


def organization(number: str, name: str | None = None) -> Json:
    """An organisation by its BIN."""
    found = {"type": "Organization", "identifier": identifier(BIN, number)}
    return found if name is None else found | {"display": name}


def reference(type: str, name: str) -> Json:
    """To a resource of ours; *name* is not yet written as an id."""
    return {"reference": f"{type}/{to_id(name)}"}


def coding(system: str, code: str) -> Json:
    return {"system": system, "code": code}


def concept(*codings: Json, text: str | None = None) -> Json:
    said: Json = {"coding": list(codings)} if codings else {}
    return said if text is None else said | {"text": text}


def our_concept(list_of: str, word: str) -> Json:
    """A word of the register, from one of its own lists."""
    return concept(coding(f"{OURS}:{list_of}", word))


def absent(why: str) -> Json:
    """In the place of a value that is not there; *why* is a code of data-absent-reason."""
    return {"extension": [{"url": ABSENT, "valueCode": why}]}


def packs(units: int, presentation: str) -> Json:
    """A Quantity of units of presentation."""
    code = _PRESENTATIONS.get(presentation)
    said: Json = {"value": units, "unit": presentation}
    return said | {"system": EDQM, "code": code} if code is not None else said
