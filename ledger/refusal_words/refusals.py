"""What is said of each refusal (contract: Refusals), in its groups and their order."""

from collections.abc import Mapping

from ledger.refusal_words.sentence import Sentence

_FORM: Mapping[str, Sentence] = {
    "malformed": Sentence(
        "The register cannot be named {log}: a practice register (--practice) is named senim-practice/…, any other "
        "senim/…; here it has to begin with {wanted}.",
        "The field {field} cannot be read as it stands: {why}.",
        "This cannot be read as it stands: {why}.",
        "The field {field} cannot be read as it stands.",
        "This cannot be read as it stands.",
        advice="Look at how it is written, correct it and send it again.",
    ),
    "field_missing": Sentence(
        "The field {field} is empty, and it is needed.",
        "A field that is needed is empty.",
        advice="Fill it in and send it again.",
    ),
    "field_unknown": Sentence(
        "An entry of this kind has no field {field}.",
        "There is a field that an entry of this kind does not have.",
        advice="Take the field out, or look whether its name is written right.",
    ),
    "units_not_whole": Sentence(
        "The number in {field} is not whole.",
        "The number of units is not whole.",
        advice="Count whole ampoules, tablets or patches; what is left of an opened ampoule belongs to the dose.",
    ),
    "units_not_positive": Sentence(
        "The number in {field} is too small.",
        "The number of units is too small.",
        advice="Write how many units there are.",
    ),
    "units_implausible": Sentence(
        "The difference that is still open is {open}; more than that cannot be resolved.",
        "The number in {field} is above {most}, the most that the rule set takes for plausible in one line.",
        "The number of units is above what the rule set takes for plausible in one line.",
        advice="Check the number. If it is right, write it in several lines.",
    ),
    "iin_invalid": Sentence(
        "The IIN in {field} is not a valid number.",
        "The IIN is not a valid number.",
        advice="Read the twelve digits from the document once more. Where there is no IIN, give the reason instead.",
    ),
    "bin_invalid": Sentence(
        "The BIN in {field} is not a valid number.",
        "The BIN is not a valid number.",
        advice="Read the twelve digits from the organisation's papers once more.",
    ),
    "id_looks_like_iin": Sentence(
        "What stands in {field} looks like an IIN, and an IIN may not stand openly in the register.",
        "This looks like an IIN, and an IIN may not stand openly in the register.",
        advice="Leave the number out, or write something else there.",
    ),
    "entry_too_large": Sentence(
        "The entry is larger than the {most} bytes that one entry may have.",
        "The entry is larger than one entry may be.",
        advice="Write it as several entries, or shorten the texts.",
    ),
}

_AUTHORITY: Mapping[str, Sentence] = {
    "not_enrolled": Sentence(
        "{person} is not enrolled here, or has left.",
        "{name} is not enrolled here, or has left.",
        "The key {key} is not enrolled here for this.",
        "{signatory} has no key of their own to sign with yet.",
        "A person named here is not enrolled, or has left.",
        advice="Check the name, or ask the registrar to enrol the person.",
    ),
    "not_allowed": Sentence(
        "{performer} ({role}) may not make this entry.",
        "{performer} may not make this entry.",
        "{person} may not do this.",
        "An entry of this kind cannot be reversed: {type}.",
        "The role does not allow this entry.",
        advice="Ask a colleague whose role allows it.",
    ),
    "import_closed": Sentence(
        "The import from paper is closed.",
        advice="Record it as an ordinary entry, signed by the person who did it.",
    ),
    "witness_required": Sentence(
        "A second person has to sign this too.",
        advice="Ask a colleague to sign with you. Where the rules allow it, say why nobody is there, "
        "and the second signature may follow.",
    ),
    "witness_same_person": Sentence(
        "{person} cannot be the second person for their own entry.",
        "Nobody can be the second person for their own entry.",
        advice="Ask another colleague to sign.",
    ),
    "witness_not_allowed": Sentence(
        "{person} ({role}) may not be the second person here.",
        "Nobody else has to sign this, so no later signature can be announced ({promised}).",
        "The second person named here may not sign this.",
        advice="Ask a colleague whose role allows it; a destruction is signed by its commission alone.",
    ),
    "commission_too_small": Sentence(
        "The commission needs at least {least} different people.",
        "The commission has too few people.",
        advice="Name more members; each of them signs.",
    ),
    "commission_same_person": Sentence(
        "Somebody stands in the commission twice.",
        advice="Name each member once.",
    ),
}

_THINGS: Mapping[str, Sentence] = {
    "kato_unknown": Sentence(
        "The territorial code (KATO) {kato} is not in the classifier that the facility has adopted.",
        "The territorial code (KATO) is not in the classifier that the facility has adopted.",
        advice="Look the nine digits up in the classifier. If it is new, a newer classifier has to be adopted first.",
    ),
    "already_exists": Sentence(
        "The name {name} is taken already.",
        "The patient {patient} is registered already.",
        "Line {line} of this downtime sheet is entered already.",
        "The name is taken already.",
        advice="Use what is there, or choose another name.",
    ),
    "patient_unknown": Sentence(
        "There is no patient {name} here.",
        "There is no such patient here.",
        advice="Look the patient up by name or IIN; register them if they are new.",
    ),
    "place_unknown": Sentence(
        "There is no place {name} here.",
        "There is no such place here.",
        advice="Choose the place from the list, or ask the registrar to open it.",
    ),
    "place_wrong_kind": Sentence(
        "This cannot be done at the place {place}.",
        "This cannot be done at a place of this kind.",
        advice="Choose another place: stock lies in safes, wards and mobile teams, sealed packs lie in custody.",
    ),
    "facility_wrong_kind": Sentence(
        "A facility of this kind does not do this: {kind}.",
        "A facility of this kind does not do this.",
        advice="Choose the kind of entry that fits your facility.",
    ),
    "empties_not_from_homes": Sentence(
        "Empty ampoules are collected on the wards of inpatient facilities only; nobody owes them from home.",
        advice="Take unused packs only, and ask the family for nothing more.",
    ),
    "product_unknown": Sentence(
        "The product {name} is not listed here.",
        "The product {product} is not in use here any more.",
        "The product is not listed here.",
        advice="Scan the pack once more, or ask the registrar to list the product.",
    ),
    "seal_unknown": Sentence(
        "Nothing lies in custody there under the seal {seal}.",
        "Nothing lies in custody there under the seal {name}.",
        "Nothing lies in custody there under this seal.",
        advice="Read the number of the seal once more; the custody list says where each one lies.",
    ),
    "entry_unknown": Sentence(
        "There is no fitting entry {id}.",
        "There is no fitting entry number {seq}.",
        "There is no such entry.",
        advice="Look the entry up in the list and choose it from there.",
    ),
    "discrepancy_unknown": Sentence(
        "There is no discrepancy {name}.",
        "There is no such discrepancy.",
        advice="Choose it from the list of discrepancies.",
    ),
    "sheet_unknown": Sentence(
        "There is no downtime sheet with this number, or it has no such line.",
        advice="Read the number at the head of the sheet once more.",
    ),
    "already_open": Sentence(
        "At {place} movements of {product} are entered already, so its opening stock can no longer be.",
        "Lot {lot} stands in line {line} already.",
        "Lot {lot} is in quarantine already.",
        "The supply of {product} at this home is entered already.",
        "This has been opened already.",
        advice="Look at what is entered already. Where the stock differs, count it.",
    ),
    "already_reversed": Sentence(
        "The entry {id} has been reversed already.",
        "The entry has been reversed already.",
        advice="An entry is reversed once. What is right is entered anew.",
    ),
    "already_acknowledged": Sentence(
        "Of lot {lot}, {left} units of that supply are not taken over yet, and the notice says {asked}.",
        "What the other facility wrote of {product}, lot {lot}, has been entered already.",
        "What the other facility wrote has been entered already.",
        advice="Nothing more is to be done.",
    ),
    "already_closed": Sentence(
        "The discrepancy {discrepancy} is closed already.",
        "The patient {patient} was merged into {kept} already.",
        "Lot {lot} is not in quarantine.",
        "The infusion {infusion} has been stopped already.",
        "The entry {id} waits for no signature.",
        "The downtime sheet {sheet} is closed.",
        "The month {period} is sealed already.",
        "The key {key} is in force no longer.",
        "The product {product} is out of use already.",
        "No inspection is open that {performer} could write into.",
        "This is closed already.",
        advice="Nothing more is to be done.",
    ),
    "has_dependents": Sentence(
        "Later entries rest on the entry {id}: {seqs}.",
        "Other patients were merged into {patient} before, by the entries {seqs}.",
        "At {place} something is still open: {held}.",
        "{person} still has something open: {held}.",
        "The records of the patient {patient} have to be kept until {until_on}.",
        "These lines of the downtime sheet are neither entered nor unused: {lines}.",
        "Later entries rest on this entry.",
        advice="Settle first what is named there. Entries are reversed with the latest one first; "
        "or count the stock and resolve the difference.",
    ),
}

_PATIENT: Mapping[str, Sentence] = {
    "patient_dead": Sentence(
        "The patient died on {died_on}; nothing can be prescribed or supplied after that day.",
        "The patient has died; nothing can be prescribed or supplied after that day.",
        advice="Check that it is the right patient. If the day of death is wrong, that entry has to be reversed first.",
    ),
}

_PRESCRIPTION: Mapping[str, Sentence] = {
    "prescription_missing": Sentence(
        "There is no prescription {name} here.",
        "There is no such prescription here.",
        advice="Check the number of the prescription.",
    ),
    "prescription_other_patient": Sentence(
        "The prescription {prescription} is for another patient.",
        "The prescription is for another patient.",
        advice="Check the patient and the prescription before anything is handed over.",
    ),
    "prescription_other_product": Sentence(
        "The prescription {prescription} is for another medicine or strength.",
        "The prescription is for another medicine or strength.",
        advice="Take what is prescribed, or ask the physician for a new prescription.",
    ),
    "prescription_stopped": Sentence(
        "The prescription {prescription} has been stopped.",
        "The prescription has been stopped.",
        advice="Ask the physician; going on needs a new prescription.",
    ),
    "prescription_over": Sentence(
        "The course of the prescription {prescription} ended on {ends_on}.",
        "The prescription {prescription} was to be brought by {until_on}, and nothing was supplied on it.",
        "The course of the prescription is over.",
        advice="Ask the physician for a new prescription.",
    ),
    "prescription_used_up": Sentence(
        "Of the prescription {prescription}, {left} are left, and {asked} were asked for.",
        "What the prescription covers is used up.",
        advice="Supply what is left, or ask the physician for a new prescription.",
    ),
    "prescription_inpatient": Sentence(
        "The prescription {prescription} is for the ward; nothing goes home on it.",
        "The prescription is for the ward; nothing goes home on it.",
        advice="Ask the physician for a prescription for home.",
    ),
}

_DISCHARGE: Mapping[str, Sentence] = {
    "discharge_at_home": Sentence(
        "The patient's home district {kato} is the one of this facility, and there is no supply at discharge then.",
        "The patient's home district is the one of this facility, and there is no supply at discharge then.",
        advice="Check the home district. If it is right, the home clinic supplies the patient: let it know today.",
    ),
    "discharge_too_long": Sentence(
        "It is a supply for {days} days, and at discharge the rule set allows {most} at the most.",
        "The supply is for more days than the rule set allows at discharge.",
        advice="Supply for fewer days; the home clinic goes on from there.",
    ),
    "rule_not_adopted": Sentence(
        "The rule set in force says nothing about {rule}, and without it this cannot be decided.",
        "The rule set in force does not say what is needed to decide this.",
        advice="Ask the head pharmacist to adopt a rule set that says it.",
    ),
}

_STOCK: Mapping[str, Sentence] = {
    "lot_unknown": Sentence(
        "Lot {lot} of {product} has never been at {place}; it is at {elsewhere}.",
        "Lot {lot} of {product} has never been at {place}.",
        "Lot {lot} has never been at {place}.",
        "The entry {about} gave nothing of lot {lot}.",
        "Lot {lot} is not known here.",
        "There has never been such a lot there.",
        advice="Read the lot on the pack once more. A lot that has just come has to be received first.",
    ),
    "lot_expired": Sentence(
        "Lot {lot} of {product} expired on {expires_on}.",
        "The lot has expired.",
        advice="Take another lot, and move this one to the safe or to custody.",
    ),
    "lot_quarantined": Sentence(
        "Lot {lot} of {product} was recalled: {recalled_at}.",
        "Lot {lot} of {product} is in quarantine.",
        "The lot is in quarantine.",
        advice="Take another lot, and leave this one aside.",
    ),
    "balance_too_low": Sentence(
        "At {place} there are {there} of {product}, lot {lot}, and {asked} were asked for; "
        "later entries leave no more than {lowest}, from {below_at}.",
        "At {place} there are {there} of {product}, lot {lot}, and {asked} were asked for.",
        "At {place} there is not enough of {product}, lot {lot}.",
        "There is not enough of it in stock.",
        advice="Count what is there. Take fewer or another lot, or first enter what came in and was not entered.",
    ),
    "count_stale": Sentence(
        "{there} entries came by import, and {given} were counted.",
        "The figures of {period} are others by now.",
        "At {place}, {product} has moved since the count: entry {seq}.",
        "There have been other movements since the count.",
        advice="Count once more and use the new count.",
    ),
}

_TIME: Mapping[str, Sentence] = {
    "time_in_future": Sentence(
        "The time given has not come yet: {at}.",
        "The day given has not come yet: {on}.",
        "The time given in {field} has not come yet.",
        "The time given has not come yet.",
        advice="Check the date, the time and the clock of the device.",
    ),
    "time_before_lot": Sentence(
        "At that time lot {lot} had not come to {place} yet.",
        "At that time the lot had not come there yet.",
        advice="Check the date and the time. If the lot came earlier, its arrival has to be entered first.",
    ),
    "time_before_prescription": Sentence(
        "The prescription {prescription} was not in force yet; its first day is {starts_on}.",
        "The prescription was not in force yet.",
        advice="Check the date, the time and the prescription.",
    ),
    "late_without_reason": Sentence(
        "It happened more than {hours} hours ago, and no reason is given for entering it late.",
        "It happened some time ago, and no reason is given for entering it late.",
        advice="Say in a few words why it is entered late.",
    ),
}

REFUSALS: Mapping[str, Sentence] = {
    **_FORM,
    **_AUTHORITY,
    **_THINGS,
    **_PATIENT,
    **_PRESCRIPTION,
    **_DISCHARGE,
    **_STOCK,
    **_TIME,
}
