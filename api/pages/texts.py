"""What the modules in `static/` say, rendered in the reader's language: they hold no sentence of their own.

Trusts the catalogues.
"""

from collections.abc import Mapping
from functools import lru_cache
from gzip import compress
from hashlib import sha256
from typing import Any

from msgspec.json import encode

from api.languages import CATALOGUES
from api.pages.terms import to_terms
from ledger.words import LANGUAGES, phrase, words

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
    "password_common": phrase("This password is one that everybody would try first. Take several words instead."),
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
    "recorded_twice": phrase("If both tell of one and the same dose, take this entry back: below, “entered twice”."),
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


@lru_cache
def render_texts(name: str, zone: str) -> tuple[bytes, bytes, str] | None:
    """The JSON of `<language>` or `<language>-terms`, the same pressed, and its entity tag."""
    lang, _, rest = name.partition("-")
    if lang not in LANGUAGES or rest not in ("", "terms"):
        return None
    data = encode(to_terms(lang) if rest else to_texts(lang, zone))
    return data, compress(data, mtime=0), f'"{sha256(data).hexdigest()[:16]}"'
