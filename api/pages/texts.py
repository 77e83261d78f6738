"""What the browser says: names of fields and codes, and its own sentences, rendered in the reader's language.

Trusts the catalogues. The modules in `static/` hold no sentence of their own.
"""

from collections.abc import Mapping
from functools import lru_cache
from gzip import compress
from hashlib import sha256
from typing import Any

from msgspec.json import encode

from api.languages import CATALOGUES
from ledger.domain.terms import FACT_NOTES, WARNINGS
from ledger.refusal_words.terms import ROLES, TYPES
from ledger.refusal_words.warnings import WARNINGS as SENTENCES
from ledger.words import LANGUAGES, phrase, words
from reports.phrases import CATALOGUES as OF_REPORTS
from reports.vocabulary import WORDS

FIELDS: Mapping[str, str] = {
    "occurred_at": phrase("When"),
    "performer": phrase("Done by"),
    "witness": phrase("Second person"),
    "witness_pending": phrase("Why the second signature waits"),
    "acknowledged": phrase("Warning answered"),
    "late_reason": phrase("Why it is entered late"),
    "sheet": phrase("Downtime sheet"),
    "no": phrase("number"),
    "line": phrase("line"),
    "code": phrase("code"),
    "reason": phrase("Reason"),
    "id": phrase("Number of the entry's command"),
    "patient": phrase("Patient"),
    "identity": phrase("Identity"),
    "name": phrase("name"),
    "iin": phrase("IIN"),
    "no_iin_reason": phrase("why there is no IIN"),
    "born_on": phrase("born"),
    "address": phrase("address"),
    "home_kato": phrase("Home district (KATO)"),
    "home_phc_bin": phrase("Home PHC organisation (BIN)"),
    "indication": phrase("Indication"),
    "icd10": phrase("Diagnosis (ICD-10)"),
    "keep": phrase("Kept record"),
    "drop": phrase("Record merged into it"),
    "died_on": phrase("Date of death"),
    "certificate_no": phrase("Number of the certificate"),
    "basis": phrase("Basis"),
    "product": phrase("Product"),
    "inn": phrase("International name"),
    "atc": phrase("ATC code"),
    "form": phrase("Form"),
    "strength": phrase("Strength"),
    "unit_of_presentation": phrase("Counted in"),
    "schedule": phrase("Schedule"),
    "gtins": phrase("Pack codes"),
    "gtin": phrase("pack code"),
    "divisible": phrase("can be divided"),
    "place": phrase("Place"),
    "from_place": phrase("From"),
    "to_place": phrase("To"),
    "to_log": phrase("To the register"),
    "from_log": phrase("From the register"),
    "from_id": phrase("number of its command"),
    "from_seq": phrase("number of its entry"),
    "from_leaf": phrase("leaf of its entry"),
    "about": phrase("about"),
    "kind": phrase("kind"),
    "administration": phrase("how doses are entered"),
    "lines": phrase("Line"),
    "lots": phrase("Lot"),
    "lot": phrase("lot"),
    "to_lot": phrase("true lot"),
    "units": phrase("units"),
    "expires_on": phrase("use by"),
    "serials": phrase("serial numbers"),
    "supplier": phrase("Supplier"),
    "document_no": phrase("Document"),
    "carrier": phrase("Carrier"),
    "journal_no": phrase("Journal"),
    "page": phrase("page"),
    "seal_no": phrase("Seal"),
    "seals": phrase("Seal"),
    "blind": phrase("counted without seeing the book"),
    "purpose": phrase("Purpose"),
    "as_of_seq": phrase("as of entry"),
    "how": phrase("How"),
    "fragments_kept": phrase("fragments kept"),
    "discrepancy": phrase("Difference found"),
    "cause": phrase("Cause"),
    "difference": phrase("Difference"),
    "note": phrase("Note"),
    "from_at": phrase("Beginning"),
    "to_at": phrase("End"),
    "sheet_no": phrase("Sheet"),
    "doses": phrase("doses"),
    "prescription": phrase("Prescription"),
    "single_dose": phrase("Single dose"),
    "route": phrase("Route"),
    "frequency": phrase("How often"),
    "times": phrase("times"),
    "period": phrase("per"),
    "period_unit": phrase("unit of time"),
    "as_needed": phrase("as needed"),
    "duration_days": phrase("Days of the course"),
    "starts_on": phrase("First day"),
    "setting": phrase("Setting"),
    "record_no": phrase("Medical record"),
    "blank_no": phrase("Number of the form"),
    "blank_series": phrase("Series of the form"),
    "renews": phrase("Renews"),
    "replaces": phrase("Replaces"),
    "issued_by": phrase("Issued by"),
    "organisation": phrase("organisation"),
    "issued_on": phrase("Issued on"),
    "units_used_before": phrase("Units used before"),
    "days_supply": phrase("Days of supply"),
    "collector": phrase("Collected by"),
    "collector.identity": phrase("papers"),
    "collector.kind": phrase("who"),
    "document_kind": phrase("document"),
    "left_before": phrase("Still at home"),
    "discharge_summary_no": phrase("Discharge summary"),
    "decided_by": phrase("Decided by"),
    "course": phrase("Course"),
    "acknowledged_id": phrase("Taken-over supply"),
    "ordered_by": phrase("Ordered by word of mouth by"),
    "home": phrase("at home"),
    "dose": phrase("Dose"),
    "residue": phrase("Rest"),
    "residue_fate": phrase("What became of the rest"),
    "due_at": phrase("Due"),
    "infusion": phrase("Infusion"),
    "contents": phrase("Contents"),
    "hours": phrase("Hours"),
    "given_part": phrase("Part given"),
    "discarded": phrase("Discarded"),
    "empty": phrase("empty"),
    "partial": phrase("partly used"),
    "relative": phrase("Relative"),
    "relation": phrase("Relation"),
    "order_no": phrase("Order"),
    "order_on": phrase("Date of the order"),
    "brought_by": phrase("Brought by"),
    "intact": phrase("whole"),
    "broken": phrase("broken"),
    "shortfall": phrase("What is known of the rest"),
    "empties_declined": phrase("empties offered, left with the family"),
    "signed_by_relative": phrase("Signed by the relative"),
    "act_no": phrase("Act"),
    "method": phrase("Method"),
    "commission": phrase("Commission"),
    "items": phrase("Item"),
    "packs": phrase("Where the packs are"),
    "seq": phrase("entry"),
    "claims": phrase("Claim"),
    "holds": phrase("holds"),
    "unused": phrase("unused lines"),
    "scope": phrase("Scope"),
    "text": phrase("Text"),
    "protocol_sha256": phrase("Fingerprint of the protocol"),
    "size": phrase("entries"),
    "rows_root": phrase("Root of the rows"),
    "root": phrase("Root"),
    "totals": phrase("Totals"),
    "sha256": phrase("Fingerprint of the file"),
    "subjects": phrase("About"),
    "token_sha256": phrase("Fingerprint of the time stamp"),
    "person": phrase("Person"),
    "role": phrase("Role"),
    "registration_no": phrase("Registration number"),
    "on": phrase("On"),
    "key": phrase("Key"),
    "alg": phrase("Algorithm"),
    "public": phrase("Public key"),
    "use": phrase("Use"),
    "custody": phrase("Kept as"),
    "certificate": phrase("Certificate"),
    "rp_id": phrase("Site of the passkey"),
    "origins": phrase("Address of the passkey"),
    "proof": phrase("Proof"),
    "authenticator_data": phrase("authenticator"),
    "client_data": phrase("browser"),
    "value": phrase("value"),
    "unit": phrase("unit"),
    "old": phrase("Old key"),
    "new": phrase("New key"),
    "count": phrase("Entries by import"),
    "keys": phrase("Key"),
    "facility": phrase("Facility"),
    "bin": phrase("BIN"),
    "kato": phrase("KATO"),
    "zone": phrase("Time zone"),
    "practice": phrase("practice"),
    "rules": phrase("Rule set"),
    "after": phrase("After the register"),
    "log": phrase("register"),
    "recovered": phrase("recovered"),
    "recovered_root": phrase("root of what was recovered"),
    "lost": phrase("lost"),
}
"""What the members of a command are called beside their values."""

VALUES: Mapping[str, str] = {
    "seen": phrase("seen"),
    "known": phrase("known in person"),
    "not_asked": phrase("not asked"),
    "malignant_neoplasm": phrase("malignant neoplasm"),
    "organ_failure": phrase("organ failure in decompensation"),
    "chronic_progressive": phrase("chronic progressive disease in its last stage"),
    "cerebrovascular": phrase("grave consequences of a stroke"),
    "injury": phrase("grave consequences of an injury"),
    "degenerative_nervous": phrase("degenerative disease of the nervous system in its last stage"),
    "dementia": phrase("dementia in its last stage"),
    "infection": phrase("socially significant infection in its last stage"),
    "identity_card": phrase("identity card"),
    "passport": phrase("passport"),
    "residence_permit": phrase("residence permit"),
    "birth_certificate": phrase("birth certificate"),
    "military_card": phrase("military card"),
    "alone_on_duty": phrase("alone on duty"),
    "at_home": phrase("at the patient's home"),
    "device_failed": phrase("the device failed"),
    "inpatient": phrase("in hospital"),
    "outpatient": phrase("as an outpatient"),
    "home": phrase("at home"),
    "h": phrase("hours"),
    "d": phrase("days"),
    "wk": phrase("weeks"),
    "refused": phrase("declined"),
    "asleep": phrase("asleep"),
    "absent": phrase("absent"),
    "held": phrase("held back"),
    "vomited": phrase("vomited"),
    "change": phrase("change"),
    "fell_off": phrase("fell off"),
    "stopped": phrase("stopped"),
    "died": phrase("died"),
    "patient_died": phrase("the patient died"),
    "dose_changed": phrase("the dose was changed"),
    "side_effects": phrase("side effects"),
    "expired": phrase("expired"),
    "moved_away": phrase("moved away"),
    "used_not_recorded": phrase("used, not written down"),
    "broken_before": phrase("broken before"),
    "not_found": phrase("not found"),
    "kept_by_family": phrase("kept by the family"),
    "yes": phrase("yes"),
    "declined": phrase("rather not"),
    "spouse": phrase("spouse"),
    "wife": phrase("wife"),
    "husband": phrase("husband"),
    "parent": phrase("parent"),
    "mother": phrase("mother"),
    "father": phrase("father"),
    "child": phrase("child"),
    "son": phrase("son"),
    "daughter": phrase("daughter"),
    "sibling": phrase("sibling"),
    "brother": phrase("brother"),
    "sister": phrase("sister"),
    "grandparent": phrase("grandparent"),
    "grandchild": phrase("grandchild"),
    "neighbour": phrase("neighbour"),
    "friend": phrase("friend"),
    "guardian": phrase("guardian"),
    "carer": phrase("carer"),
    "safe": phrase("safe"),
    "ward": phrase("ward"),
    "mobile_team": phrase("mobile team"),
    "custody": phrase("custody"),
    "entered": phrase("entered one by one"),
    "on_paper": phrase("on paper"),
    "sign": phrase("to sign"),
    "import": phrase("of the facility, for the import"),
    "pdf": phrase("for reports"),
    "passkey": phrase("passkey or security key"),
    "wrapped": phrase("under a signing password"),
    "device": phrase("on an own device"),
    "own_facility": phrase("kept by the facility"),
    "in_force": phrase("in force"),
    "waiting": phrase("waits for registrar and head pharmacist"),
    "ended": phrase("ended"),
}
"""Codes that stand in commands, and are not in reports."""

SAID: Mapping[str, str] = {
    "yes": phrase("yes"),
    "no": phrase("no"),
    "none_yet": phrase("none yet"),
    "sealed": phrase("sealed"),
    "recorded": phrase("Recorded"),
    "signed_with": phrase("Signed with the key"),
    "locked": phrase("Locked: who is here?"),
    "change_person": phrase("Who is here now?"),
    "prove": phrase("Show once more that it is you"),
    "signs_now": phrase("{person} signs now."),
    "signs_elsewhere": phrase(
        "{person} did not sign in on this device today. Let them sign on their own device; or close this, press F8 so "
        "that they sign in here, F8 again for yourself, and sign once more. What was typed stays."
    ),
    "comes_in": phrase("Has not come in here today: signs on their own device, or comes in first with F8."),
    "this_entry": phrase("this entry"),
    "draft_of": phrase("Your draft of {at} is here again."),
    "draft_discard": phrase("Discard it"),
    "draft_other": phrase("Show the other one, of {at}"),
    "key_in_force": phrase("It is in force since entry {seq}: you can sign."),
    "key_waits": phrase("Registrar and head pharmacist have yet to sign it in. Read the key below to them."),
    "signing_passkey_title": phrase("{person}: to sign"),
    "server_fault": phrase(
        "Something went wrong here. Try again; if it stays, call the people who look after this machine."
    ),
    "fault": phrase("This page failed. Nothing was signed. Load it again."),
    "offline": phrase("The server does not answer. Nothing was lost: check the network and try again."),
    "refused": phrase(
        "What the server sent is not what was asked for ({code}). Nothing was signed. Tell the head pharmacist."
    ),
    "statement_differs": phrase(
        "What the server wants signed is not what was entered ({field}). Do not sign it. Tell the head pharmacist."
    ),
    "register_differs": phrase(
        "This is not the register that this browser knows. Compare entry 0 on the page of your keys with the sheet."
    ),
    "seen_older": phrase(
        "The server shows an older state of the register than this browser has seen. Tell the head pharmacist."
    ),
    "password_wrong": phrase(
        "That is not the signing password of this key. Look at the language of the keyboard, and try again."
    ),
    "password_written": phrase(
        "Your signing password stands in a field of this entry, where others could read it: nothing was signed. "
        "Press “Do not sign”, take it out of the field, and sign once more."
    ),
    "password_short": phrase("The password needs at least {least} characters. Several words are easy to remember."),
    "passwords_differ": phrase("The two passwords differ. Type them again."),
    "password_of_sign_in": phrase(
        "This is your sign-in password, which the server sees. Choose another one to sign with."
    ),
    "passkeys_missing": phrase("This browser has no passkeys. Use a password instead."),
    "passkey_declined": phrase(
        "The passkey was not used: declined, too late, or not on this device. Try again, or use the other way."
    ),
    "passkey_there_already": phrase("This device holds a key of yours already."),
    "passkey_unsuitable": phrase(
        "This device cannot make a key that the register reads. Use another one, or a signing password."
    ),
    "stopped": phrase("Stopped."),
    "parked_from": phrase("{what}, from {person}, until {time}"),
    "parked_for": phrase("{what}: waits for {person} until {time}"),
    "parked_recorded": phrase("{what}: recorded, entry {seq}"),
    "parked_gone": phrase(
        "Nothing was recorded: this waited too long and is gone. Ask {person} to sign it and send it again."
    ),
    "of_line": phrase("{name} of line {n}"),
    "recorded_now": phrase("Recorded: entry {seq}"),
    "parked_now": phrase("Signed. It is recorded as soon as the other person has signed."),
    "parked_enrolment": phrase(
        "Signed. As soon as the head pharmacist has signed too, open the person here and show the one-time code."
    ),
    "not_recorded": phrase("Nothing was recorded."),
    "field_needed": phrase("Fill in this field."),
    "field_short": phrase("At least {least} characters."),
    "field_unfit": phrase("This cannot be right: look at it once more."),
    "open_report": phrase("Open the signed slip, entry {seq}"),
    "pack_unknown": phrase("No product has the pack code {gtin}. Choose it by hand; the registrar can add the code."),
    "pack_again": phrase("This very pack was scanned already."),
    "pack_taken": phrase("Taken: {product}, {units}"),
    "pack_not_here": phrase("{product}: nothing of it lies here."),
    "pack_chosen": phrase("Chosen: {said}."),
    "pack_line": phrase("{product}: type what you counted."),
    "pack_lot_not_here": phrase("{product}: lot {lot} does not lie here."),
    "pack_patient_first": phrase("First the patient: scan the wristband, or choose from the list."),
    "pack_without_course": phrase("No course here has it: say who ordered it, or take another pack."),
    "pack_without_lot": phrase("The code names no lot: compare it with the pack."),
    "merged": phrase("Put together with the same lot above: {before} + {added} = {units}."),
    "report_ready": phrase("Open it: entry {seq}"),
    "caps_lock": phrase("Caps Lock is on."),
    "show_password": phrase("Show the password"),
    "nothing_taken": phrase("Nothing is in the basket yet: scan a pack, or take a line without a scan."),
    "camera_title": phrase("Show the code to the camera"),
    "camera_close": phrase("Close the camera"),
    "camera_missing": phrase("No camera was found on this device. Use the scanner, or type the number from the pack."),
    "camera_refused": phrase(
        "The browser may not use the camera here. Allow it in the settings of this page, "
        "or type the number from the pack."
    ),
    "camera_busy": phrase("Another program uses the camera. Close it and try again, or type the number from the pack."),
}
"""What the modules in `static/` say by themselves, by name or by the code of a refusal."""


def to_texts(lang: str, zone: str) -> dict[str, Any]:
    """All that the modules say by themselves, in *lang*; *zone* is that of the facility's clock."""
    own = words(lang, catalogues=CATALOGUES)
    return {"lang": lang, "zone": zone, "said": {name: own.say(sentence) for name, sentence in SAID.items()}}


def to_terms(lang: str) -> dict[str, Any]:
    """What a statement is said with: `types`, `fields` and `values` by their codes."""
    own, of_reports = words(lang, catalogues=CATALOGUES), words(lang, catalogues=OF_REPORTS)
    values = {code: of_reports.say(word) for code, word in WORDS.items()}
    values |= {code: own.say(word) for code, word in {**ROLES, **VALUES}.items()}
    values |= {code: own.say(SENTENCES[code].said[-1]) for code in (*WARNINGS, *FACT_NOTES) if code in SENTENCES}
    return {
        "types": {type: sentence_case(own.say(word)) for type, word in TYPES.items()},
        "fields": {name: own.say(label) for name, label in FIELDS.items()},
        "values": values,
    }


@lru_cache
def render_texts(name: str, zone: str) -> tuple[bytes, bytes, str] | None:
    """The JSON of `<language>` or `<language>-terms`, the same pressed, and its entity tag."""
    lang, _, rest = name.partition("-")
    if lang not in LANGUAGES or rest not in ("", "terms"):
        return None
    data = encode(to_terms(lang) if rest else to_texts(lang, zone))
    return data, compress(data, mtime=0), f'"{sha256(data).hexdigest()[:16]}"'


def sentence_case(text: str) -> str:
    """*text* as it begins a line."""
    return text[:1].upper() + text[1:]
