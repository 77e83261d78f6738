"""What the codes of an act say in English; the catalogues turn it into the reader's language.

A return is read at a family's table: nothing here blames, counts what is not there, or asks for more.
"""

from collections.abc import Mapping

from ledger.words import phrase

NAMES: Mapping[str, str] = {
    "dispense.discharge": phrase("Discharge supply note"),
    "dispense.outpatient": phrase("Supply note for an outpatient"),
    "unused.returned": phrase("Act of acceptance of unused medicines"),
    "empties.collected": phrase("Collection sheet of empty ampoules"),
}
"""By type of entry: the title of its paper."""

LABELS: Mapping[str, str] = {
    "patient": phrase("Patient"),
    "from_place": phrase("Supplied from"),
    "ward": phrase("Collected from"),
    "custody": phrase("Kept in custody at"),
    "days_supply": phrase("Supplied for"),
    "extract": phrase("Extract from the case history, No."),
    "decided_by": phrase("Decided by"),
    "home_kato": phrase("Home unit, KATO"),
    "home_phc_bin": phrase("Home clinic, BIN"),
    "collector": phrase("Collected by"),
    "collector_name": phrase("Name of the collector"),
    "identity": phrase("Identity of the collector"),
    "brought_by": phrase("Brought by"),
    "relation": phrase("Relation to the patient"),
    "return_reason": phrase("Why it came back"),
    "seal": phrase("Seal No."),
    "prescription": phrase("Prescription"),
    "single_dose": phrase("Single dose"),
    "route": phrase("Route"),
    "frequency": phrase("How often"),
    "duration": phrase("Length of the course"),
}
"""A fact that is not here is told by a sentence below, or not on paper."""

VALUES: Mapping[str, str] = {
    "seen": phrase("document seen"),
    "known": phrase("known in person"),
    "not_asked": phrase("not asked"),
    "patient_died": phrase("the patient has died"),
    "dose_changed": phrase("the dose was changed"),
    "side_effects": phrase("side effects"),
    "expired": phrase("out of date"),
    "moved_away": phrase("moved away"),
}

COLUMNS: Mapping[str, str] = {
    "units": phrase("Units"),
    "intact": phrase("Intact"),
    "broken": phrase("Broken"),
    "total": phrase("Together"),
    "expected": phrase("Expected"),
    "empty": phrase("Empty"),
    "partial": phrase("Partly used"),
    "counted": phrase("Counted"),
    "difference": phrase("Difference"),
}
"""By code of a line's figure."""

TEXTS: Mapping[str, tuple[str, ...]] = {
    "dispense.discharge": (
        phrase("For the clinic at home: confirm this supply in your own register, by the register and entry above."),
        phrase("What is left unused is not thrown away and not passed on: unopened ampoules, blisters and other packs"
               " are handed in at the clinic. Empty ampoules and packs are not asked for."),
    ),
    "dispense.outpatient": (
        phrase("What is left unused is not thrown away and not passed on: unopened ampoules, blisters and other packs"
               " are handed in at the clinic. Empty ampoules and packs are not asked for."),
    ),
    "unused.returned": (
        phrase("The medicines lie sealed in custody, apart from stock, and are not given out again."),
    ),
    "empties.collected": (
        phrase("Expected is what was opened on the ward and not yet collected, as the register knew it before this"
               " entry; whoever receives counts without being shown it."),
    ),
}  # fmt: skip
"""By type of entry: what stands under its table."""

SIGNED: Mapping[str, str] = {
    "declined": phrase("Whoever brought the medicines chose not to sign; that is in order."),
    "absent": phrase("Whoever brought the medicines was not there to sign; that is in order."),
}
"""By `signed_by_relative`."""
EMPTIES_STAY = phrase("Empty ampoules were brought as well; they are not asked for and stay with the family.")
