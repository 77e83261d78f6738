"""What the codes of a dose history say in English; the catalogues turn it into the reader's language."""

from collections.abc import Mapping

from ledger.words import phrase

TYPES: Mapping[str, str] = {
    "prescription.issued": phrase("Prescribed"),
    "prescription.transcribed": phrase("Prescribed, copied from paper"),
    "prescription.stopped": phrase("Prescription stopped"),
    "dispense.outpatient": phrase("Dispensed to an outpatient"),
    "dispense.discharge": phrase("Dispensed at discharge"),
    "dispense.acknowledged": phrase("Supply of another facility taken over"),
    "dose.administered": phrase("Dose given"),
    "infusion.started": phrase("Infusion started"),
    "infusion.stopped": phrase("Infusion ended"),
    "patch.removed": phrase("Patch taken off"),
    "home.counted": phrase("Counted at home"),
    "unused.returned": phrase("Unused packs returned"),
    "patient.died": phrase("Death"),
}

DETAILS: Mapping[str, tuple[str, str]] = {
    "prescription": (phrase("prescription {value}"), "text"),
    "replaces": (phrase("in place of prescription {value}"), "text"),
    "died_on": (phrase("died on {value}"), "day"),
    "starts_on": (phrase("from {value} on"), "day"),
    "product": ("{value}", "product"),
    "single_dose": (phrase("single dose {value}"), "quantity"),
    "route": ("{value}", "route"),
    "frequency": ("{value}", "often"),
    "as_needed": ("{value}", "needed"),
    "duration": (phrase("length of the course: {value}"), "days"),
    "dose": (phrase("dose {value}"), "quantity"),
    "residue": (phrase("residue {value}"), "quantity"),
    "hours": (phrase("hours: {value}"), "number"),
    "given_part": (phrase("part given: {value}"), "text"),
    "days_supply": (phrase("days of supply: {value}"), "number"),
    "reason": (phrase("reason: {value}"), "word"),
}
"""Code of a detail: its sentence, and how its value reads."""

REASONS: Mapping[str, str] = {
    "change": phrase("change"),
    "fell_off": phrase("it fell off"),
    "stopped": phrase("stopped"),
    "died": phrase("the patient has died"),
    "patient_died": phrase("the patient has died"),
    "dose_changed": phrase("the dose was changed"),
    "side_effects": phrase("side effects"),
    "expired": phrase("out of date"),
    "moved_away": phrase("moved away"),
    "found": phrase("found"),
    "other": phrase("other"),
}

CONFIDENCE: Mapping[str, str] = {
    "high": phrase("high"),
    "medium": phrase("medium"),
    "low": phrase("low"),
    "none": phrase("none"),
}
"""How far a factor is agreed on."""

NOT_FOR_CONVERSION = phrase("For showing a history: not for converting one opioid to another.")
