"""The names of roles, kinds of facility and types of entry, as a pharmacist says them."""

from collections.abc import Mapping

ROLES: Mapping[str, str] = {
    "pharmacist": "pharmacist",
    "head_pharmacist": "head pharmacist",
    "physician": "physician",
    "nurse": "nurse",
    "phc_worker": "primary-care worker",
    "inspector": "inspector",
    "registrar": "registrar",
    "ledger": "the register itself",
}

FACILITIES: Mapping[str, str] = {
    "hospital": "hospital",
    "hospice": "hospice",
    "phc": "primary-care organisation",
    "pharmacy": "pharmacy",
}

TYPES: Mapping[str, str] = {
    "facility.opened": "opening of the facility's register",
    "regulation.adopted": "adoption of a rule set",
    "person.enrolled": "enrolment of a person",
    "key.enrolled": "enrolment of a signing key",
    "product.listed": "listing of a product",
    "place.opened": "opening of a place",
    "report.issued": "issue of a report",
    "patient.registered": "registration of a patient",
    "patient.died": "death of a patient",
    "stock.opened": "opening stock from the paper journal",
    "stock.received": "receipt from a supplier",
    "stock.moved": "move between places",
    "stock.sent": "dispatch to another facility",
    "stock.arrived": "arrival from another facility",
    "stock.counted": "count of stock",
    "stock.broken": "breakage",
    "discrepancy.resolved": "resolution of a discrepancy",
    "lot.quarantined": "quarantine of a lot",
    "prescription.issued": "prescription",
    "prescription.stopped": "stop of a prescription",
    "dispense.outpatient": "supply to an outpatient",
    "dispense.discharge": "supply at discharge",
    "dispense.acknowledged": "take-over of a supply from another facility",
    "notice.received": "notice from another facility",
    "dose.administered": "dose given",
    "empties.collected": "collection of empty ampoules",
    "home.counted": "count at home",
    "relatives.informed": "oral notice to the relatives",
    "unused.returned": "return of unused packs",
    "custody.moved": "move of sealed packs in custody",
    "destruction.performed": "destruction by commission",
    "entry.reversed": "reversal of an entry",
    "entry.countersigned": "second signature",
}
