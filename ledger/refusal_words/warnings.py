"""What is said of warnings before an act and of notes on a fact (contract: Warnings). They stop no care."""

from collections.abc import Mapping

from ledger.refusal_words.sentence import Sentence

_ANSWER = "Look once more. If it is right, say why in a few words and go on."
_KNOW = "It is recorded as it happened. Nothing has to be done at once."

WARNINGS: Mapping[str, Sentence] = {
    "early_supply": Sentence(
        "What was supplied before lasts until {until_on}. What other facilities supplied is not checked.",
        "By the course, the patient should still have some of what was supplied before.",
        advice=_ANSWER,
    ),
    "duplicate_dispense": Sentence(
        "The same was supplied to this patient at {last_at}, entry {seq}.",
        "The same has been supplied to this patient a short while ago.",
        advice="Check that it is not the same supply entered twice. If it is right, say why and go on.",
    ),
    "opioid_with_benzodiazepine": Sentence(
        "The patient has {other} at the same time as {product}: an opioid and a benzodiazepine.",
        "The patient has an opioid and a benzodiazepine at the same time.",
        advice=_ANSWER,
    ),
    "patch_opioid_naive": Sentence(
        "No strong opioid is on record for this patient in the {days} days before the patch.",
        "A patch is the first opioid that is on record for this patient.",
        advice=_ANSWER,
    ),
    "patch_change_early": Sentence(
        "The patch would be changed every {hours} hours, and it is made to be worn for {least}.",
        "The patch is changed earlier than its course says.",
        advice=_ANSWER,
    ),
    "dose_jump": Sentence(
        "The daily equivalent rises from {before} to {after} mg of oral morphine, by more than {percent} %.",
        "The daily dose is far from what the patient had before.",
        advice=_ANSWER,
    ),
    "older_lot_first": Sentence(
        "Lot {lot} of the same medicine expires earlier, on {expires_on}; units there: {there}.",
        "Another lot of the same medicine expires earlier.",
        advice="Take the older lot if it can be reached. If not, say why and go on.",
    ),
    "units_differ_from_course": Sentence(
        "Single dose, frequency and days come to {exactly} units, and here there are {units}.",
        "Single dose, frequency and days come to {least} to {most} units, and here there are {units}.",
        "The number of units is not what single dose, frequency and length of the course come to.",
        advice=_ANSWER,
    ),
    "unusual_quantity": Sentence(
        "The quantity is unusual here: {units} units, more than {most}.",
        "The quantity is unusual for this medicine here.",
        advice=_ANSWER,
    ),
    "home_differs": Sentence(
        "The home district differs from the one that the patient is registered with: {registered}.",
        "The home district differs from the one that the patient is registered with.",
        advice=_ANSWER,
    ),
    "after_death": Sentence(
        "By the register, the patient had died before that day.",
        advice="Check the patient and the day. If one of them is wrong, reverse the entry and enter it anew.",
    ),
    "outside_course": Sentence(
        "It was given outside the course of the prescription.",
        advice="Tell the physician; a prescription can still be written.",
    ),
    "without_prescription": Sentence(
        "It was given without a prescription.",
        advice="Tell the physician; a prescription can still be written.",
    ),
    "beyond_prescribed": Sentence(
        "More was given than the prescription covers.",
        advice="Tell the physician; a prescription can still be written.",
    ),
    "dose_arithmetic": Sentence(
        "Dose and residue do not add up to what the opened units hold.",
        advice="Check dose, residue and units. If one of them is wrong, reverse the entry and enter it anew.",
    ),
    "lot_expired_given": Sentence(
        "The lot had expired when it was given.",
        advice="Tell the physician, and take what is left of the lot out of use.",
    ),
    "return_exceeds_dispensed": Sentence(
        "More came back than the register knows of having been supplied.",
        advice="Everything is accepted and kept under seal. Ask the family for nothing.",
    ),
    "very_late": Sentence(
        "It was entered so late that the head pharmacist signs it too.",
        advice="The head pharmacist finds it in the list of signatures that are due.",
    ),
    "late": Sentence(
        "It was entered late and is shown as late.",
        advice=_KNOW,
    ),
    "after_sealing": Sentence(
        "It is dated inside a month that had been sealed before.",
        advice=_KNOW,
    ),
    "governance_lost": Sentence(
        "Nobody could sign as registrar or as head pharmacist; the other of the two and two pharmacists did it.",
        advice=_KNOW,
    ),
    "own_transcription": Sentence(
        "The same person copied the prescription from paper and supplied it, and nobody else signed.",
        advice="Keep the paper: it is what an inspector asks for.",
    ),
    "rest_without_fate": Sentence(
        "Part of what was opened was left over, and the entry does not say what became of it.",
        advice="If it was poured away or kept, reverse the entry and say so. "
        "A colleague signs for what is poured away.",
    ),
    "fewer_partials": Sentence(
        "Fewer partly used ampoules came than were kept with a rest in them.",
        advice="Ask the ward, today, what became of the rest.",
    ),
    "dose_not_compared": Sentence(
        "Dose and strength are in units that do not compare, so the arithmetic was not checked.",
        advice="Where it can be, give the dose in the unit of the strength.",
    ),
}
