"""The names of roles, relations, kinds of facility and types of entry, as a pharmacist says them."""

from collections.abc import Mapping

from ledger.words import phrase

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

RELATIONS: Mapping[str, str] = {
    "spouse": phrase("spouse"),
    "wife": phrase("wife"),
    "husband": phrase("husband"),
    "parent": phrase("parent"),
    "mother": phrase("mother"),
    "father": phrase("father"),
    "child": phrase("child"),
    "son": phrase("son"),
    "daughter": phrase("daughter"),
    "sibling": phrase("brother or sister"),
    "brother": phrase("brother"),
    "sister": phrase("sister"),
    "grandparent": phrase("grandparent"),
    "grandchild": phrase("grandchild"),
    "relative": phrase("a relative"),
    "neighbour": phrase("neighbour"),
    "friend": phrase("friend"),
    "guardian": phrase("guardian"),
    "carer": phrase("carer"),
}
"""What somebody is to the patient."""

HOLDERS: Mapping[str, str] = {
    "safe": phrase("safe"),
    "ward": phrase("ward"),
    "mobile_team": phrase("mobile team"),
    "custody": phrase("custody"),
    "bag": phrase("sealed bag"),
    "home": phrase("home"),
    "facility": phrase("other facility"),
}
"""What may hold units of a lot."""

STATUSES: Mapping[str, str] = {
    "verified": phrase("read in the act itself"),
    "secondary": phrase("read in another source"),
    "site": phrase("the facility's own value"),
}
"""How sure a value of a rule set is."""

WHY: Mapping[str, str] = {
    "key_twice": phrase("the key {key} stands twice"),
    "not_json": phrase("from character {character} on it is not JSON"),
    "not_utf8": phrase("byte {byte} is not UTF-8"),
    "byte_order_mark": phrase("it begins with a byte order mark (BOM)"),
    "not_a_number": phrase("NaN and Infinity are no numbers"),
    "number_too_large": phrase("a number in it is too large"),
    "half_a_character": phrase("half a character stands in it"),
    "too_deep": phrase("it is nested too deep"),
    "no_object": phrase("it is not one object in braces"),
    "no_text": phrase("it is no text, or an empty one"),
    "too_long": phrase("the text is too long"),
    "direction": phrase("a mark stands in it that turns the direction of writing"),
    "invisible": phrase("a character stands in it that cannot be seen"),
    "not_composed": phrase("its letters are not composed (Unicode NFC)"),
    "spaces": phrase("it has several lines, two spaces together, or a space at its edge"),
}
"""Why something cannot be read. What others typed is never repeated."""

TYPES: Mapping[str, str] = {
    "facility.opened": "opening of the facility's register",
    "regulation.adopted": "adoption of a rule set",
    "person.enrolled": "enrolment of a person",
    "key.enrolled": "enrolment of a signing key",
    "product.listed": "listing of a product",
    "place.opened": "opening of a place",
    "report.issued": "issue of a report",
    "patient.registered": "registration of a patient",
    "patient.corrected": "correction of a patient's data",
    "patient.moved": "move of a patient's home",
    "patients.merged": "merge of two patients",
    "patient.died": "death of a patient",
    "stock.opened": "opening stock from the paper journal",
    "home.opened": "opening a home's supply from paper",
    "custody.opened": "opening a sealed bag from paper",
    "stock.received": "receipt from a supplier",
    "stock.moved": "move between places",
    "stock.sent": "dispatch to another facility",
    "stock.arrived": "arrival from another facility",
    "stock.counted": "count of stock",
    "stock.broken": "breakage",
    "discrepancy.resolved": "resolution of a discrepancy",
    "lot.quarantined": "quarantine of a lot",
    "lot.released": "release of a lot",
    "lot.recalled": "recall of a lot",
    "lot.corrected": "correction of a lot",
    "prescription.issued": "prescription",
    "prescription.transcribed": "prescription from paper",
    "prescription.stopped": "stop of a prescription",
    "dispense.outpatient": "supply to an outpatient",
    "dispense.discharge": "supply at discharge",
    "dispense.acknowledged": "take-over of a supply from another facility",
    "notice.received": "notice from another facility",
    "doses.summarised": "summary of a paper ward's doses",
    "dose.administered": "dose given",
    "dose.not_given": "dose not given",
    "patch.removed": "patch taken off",
    "infusion.started": "start of an infusion",
    "infusion.stopped": "end of an infusion",
    "empties.collected": "collection of empty ampoules",
    "home.counted": "count at home",
    "relatives.informed": "oral notice to the relatives",
    "unused.returned": "return of unused packs",
    "custody.moved": "move of sealed packs in custody",
    "destruction.performed": "destruction by commission",
    "entry.reversed": "reversal of an entry",
    "entry.countersigned": "second signature",
    "person.role_changed": "change of a person's role",
    "person.left": "leaving of a person",
    "key.revoked": "revocation of a signing key",
    "key.rotated": "change of the register's own key",
    "import.closed": "end of the import from paper",
    "identity.erased": "erasure of a patient's identity",
    "pack.listed": "listing of pack codes",
    "product.delisted": "end of a product's use",
    "place.closed": "closing of a place",
    "checkpoint.anchored": "anchoring of a head",
    "period.sealed": "sealing of a month",
    "sheet.issued": "issue of a downtime sheet",
    "sheet.closed": "closing of a downtime sheet",
    "inspection.opened": "start of an inspection",
    "inspection.noted": "note of an inspector",
    "inspection.answered": "answer to an inspector's note",
    "inspection.closed": "end of an inspection",
    "claim.settled": "settling of claims on the same packs",
}
