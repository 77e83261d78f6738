"""What each value of a rule set governs, and where a person looks it up."""

from collections.abc import Mapping

from ledger.words import phrase

_DISCHARGE = phrase("order No. 32 of 26 January 2015, section 2, in the edition in force")
_DESTRUCTION = phrase("order No. 32 of 26 January 2015, section 4, in the edition in force")
_JOURNALS = phrase("order No. 32 of 26 January 2015, on keeping and counting, in the edition in force")
_PRESCRIPTIONS = phrase("order ҚР ДСМ-112/2020 on prescriptions, in the edition in force")
_PALLIATIVE = phrase("the standard of palliative care, order ҚР ДСМ-209/2020, in the edition in force")
_HEAD = phrase("an order of the head of the facility")
_CLINIC = phrase("the facility's physicians, and the label of the medicine")

VALUES: Mapping[str, tuple[str, str]] = {
    "discharge_days_max": (phrase("most days of supply at discharge outside the home unit"), _DISCHARGE),
    "home_unit_kato_digits": (
        phrase("digits of the KATO code that make a home unit: 2 the region, 4 the district"),
        _DISCHARGE,
    ),
    "commission_min": (phrase("fewest members of the commission at a destruction"), _DESTRUCTION),
    "destruction_days": (phrase("most days from collection to destruction; shown, never refused"), _DESTRUCTION),
    "return_days": (
        phrase("days from a death in which unused packs are taken back; shown, never refused"),
        _DESTRUCTION,
    ),
    "inventory_days": (phrase("most days between two counts of the stock; shown, never refused"), _JOURNALS),
    "visit_physician_days": (
        phrase("days after which a physician is due at a patient's home; shown only"),
        _PALLIATIVE,
    ),
    "visit_nurse_days": (phrase("days after which a nurse is due at a patient's home; shown only"), _PALLIATIVE),
    "retention_years": (phrase("years for which a person's record may not be erased"), _JOURNALS),
    "prescription_valid_days": (
        phrase("days from its issue in which a prescription is supplied for the first time"),
        _PRESCRIPTIONS,
    ),
    "countersign_hours": (phrase("hours after which a missing second signature is overdue"), _HEAD),
    "late_reason_hours": (phrase("hours after which a late entry needs a reason"), _HEAD),
    "very_late_days": (phrase("days after which the head pharmacist signs a late entry too"), _HEAD),
    "units_max": (phrase("most units in one line; more is taken for a slip"), _HEAD),
    "unusual_units": (phrase("units of one prescription or supply above which it is asked"), _HEAD),
    "early_supply_days": (phrase("days that may be left of the last supply without being asked"), _HEAD),
    "duplicate_hours": (phrase("hours in which a second supply of the same is asked about"), _HEAD),
    "older_lot_days": (phrase("days by which an older lot must expire earlier to be asked about"), _HEAD),
    "course_units_tolerance": (phrase("units by which a course may differ from its own dose and length"), _HEAD),
    "benzodiazepine_overlap_days": (
        phrase("days between an opioid and a benzodiazepine that still count as together"),
        _CLINIC,
    ),
    "opioid_naive_days": (phrase("days without a strong opioid before a patch is asked about"), _CLINIC),
    "patch_wear_hours": (phrase("hours for which a patch is worn"), _CLINIC),
    "dose_jump_percent": (phrase("rise of the daily equivalent, in per cent, that is asked about"), _CLINIC),
    "dose_jump_days": (phrase("days before a course that the rise is compared with"), _CLINIC),
}
