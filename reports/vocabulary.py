"""English words for the stable codes that stand in reports; the catalogues turn them into the reader's language."""

from collections.abc import Mapping

from ledger.words import phrase

WORDS: Mapping[str, str] = {
    # roles
    "pharmacist": phrase("pharmacist"),
    "head_pharmacist": phrase("head pharmacist"),
    "physician": phrase("physician"),
    "nurse": phrase("nurse"),
    "phc_worker": phrase("primary-care worker"),
    "inspector": phrase("inspector"),
    "registrar": phrase("registrar"),
    "ledger": phrase("the register itself"),
    # how sure a rule set is of its least sure value
    "verified": phrase("values read in the acts"),
    "secondary": phrase("values from secondary sources"),
    "site": phrase("values set by the site"),
    # what a rule set may leave open
    "discharge_days_max": phrase("days of supply at discharge"),
    "home_unit_kato_digits": phrase("what counts as the home district"),
    "commission_min": phrase("members of a destruction commission"),
    "countersign_hours": phrase("hours until the second signature"),
    "late_reason_hours": phrase("hours after which an entry is late"),
    "very_late_days": phrase("days after which a late entry is countersigned"),
    "retention_years": phrase("years of retention"),
    "units_max": phrase("most units in one line"),
    "prescription_valid_days": phrase("validity of a prescription"),
    "return_days": phrase("days for a return"),
    "destruction_days": phrase("days until destruction"),
    "inventory_days": phrase("days between counts"),
    # units of measure (UCUM)
    "mg": phrase("mg"),
    "ug": phrase("µg"),
    "g": phrase("g"),
    "mL": phrase("ml"),
    "mg/mL": phrase("mg/ml"),
    "ug/h": phrase("µg/h"),
    # units of presentation
    "ampoule": phrase("ampoules"),
    "vial": phrase("vials"),
    "tablet": phrase("tablets"),
    "capsule": phrase("capsules"),
    "patch": phrase("patches"),
    "syringe": phrase("syringes"),
    "suppository": phrase("suppositories"),
    # pharmaceutical forms (EDQM)
    "10101000": phrase("oral drops"),
    "10105000": phrase("oral solution"),
    "10210000": phrase("capsules"),
    "10215000": phrase("prolonged-release capsules"),
    "10219000": phrase("tablets"),
    "10221000": phrase("film-coated tablets"),
    "10226000": phrase("prolonged-release tablets"),
    "10318000": phrase("sublingual tablets"),
    "10320000": phrase("buccal tablets"),
    "10519000": phrase("transdermal patch"),
    "10808000": phrase("nasal spray"),
    "11201000": phrase("solution for injection"),
    "11213000": phrase("concentrate for infusion"),
    # international nonproprietary names
    "morphine": phrase("morphine"),
    "fentanyl": phrase("fentanyl"),
    "tramadol": phrase("tramadol"),
    "trimeperidine": phrase("trimeperidine"),
    "buprenorphine": phrase("buprenorphine"),
    "butorphanol": phrase("butorphanol"),
    "codeine": phrase("codeine"),
    "dihydrocodeine": phrase("dihydrocodeine"),
    "hydromorphone": phrase("hydromorphone"),
    "methadone": phrase("methadone"),
    "nalbuphine": phrase("nalbuphine"),
    "oxycodone": phrase("oxycodone"),
    "tapentadol": phrase("tapentadol"),
    "diazepam": phrase("diazepam"),
    "midazolam": phrase("midazolam"),
    "pregabalin": phrase("pregabalin"),
    "ketamine": phrase("ketamine"),
    # why an entry was reversed, and where the packs are
    "wrong_patient": phrase("wrong patient"),
    "wrong_product": phrase("wrong product"),
    "wrong_lot": phrase("wrong lot"),
    "wrong_quantity": phrase("wrong quantity"),
    "duplicate": phrase("entered twice"),
    "not_collected": phrase("not collected"),
    "cancelled": phrase("cancelled"),
    "other": phrase("other"),
    "never_left": phrase("they never left"),
    "back_sealed": phrase("back, sealed into custody"),
    "with_wrong_person": phrase("with another person; stock stays out"),
    "with_right_person": phrase("with the right person; stock stays out"),
    "none": phrase("none"),
    # what a difference came from
    "missing_entry": phrase("an entry was not made"),
    "miscounted": phrase("miscounted"),
    "found": phrase("found"),
    "expired_not_removed": phrase("expired, not removed"),
    "lost": phrase("lost"),
    "wrong_place": phrase("lay in another place"),
    "return_mixed_with_stock": phrase("a return was put to stock"),
    "arithmetic": phrase("arithmetic"),
    "stolen_reported": phrase("reported to the police"),
    # why it was counted
    "shift": phrase("handover of the shift"),
    "periodic": phrase("periodic"),
    "inspection": phrase("inspection"),
    "closing": phrase("closing"),
    # who collected
    "patient": phrase("the patient"),
    "relative": phrase("a relative"),
    "health_worker": phrase("a health worker"),
    "delivered": phrase("delivered"),
    # what became of it
    "wasted": phrase("discarded"),
    "kept_for_collection": phrase("kept for collection"),
    "kept": phrase("kept"),
    "not_kept": phrase("not kept"),
    # methods of destruction
    "crushing": phrase("crushing"),
    "burning": phrase("burning"),
    "dissolving": phrase("dissolving"),
}
"""A code that is not here stands as the site wrote it."""

MEANINGS: Mapping[str, str] = {
    "keeper": phrase("Keeps the journal; the balance agrees with what is there"),
    "checked": phrase("Checked"),
    "approved": phrase("Approved"),
}
"""What a signature by hand at the end of a report means."""
