"""What is said to somebody who does not come in, or cannot change how they do: no more than a guesser may know."""

from collections.abc import Mapping

from ledger.refusal_words.sentence import Sentence

_REGISTRAR = "Ask the registrar for a new enrolment code."

ACCOUNTS: Mapping[str, Sentence] = {
    "credentials_wrong": Sentence(
        "Username, password or the phone's code is not right.",
        advice="Try again; the phone shows a new code every 30 seconds, and each is good once. "
        "A recovery code lets you set a new password.",
    ),
    "second_factor_needed": Sentence(
        "At this device the phone's code is needed too.",
        advice="Type the six digits that the phone shows now.",
    ),
    "passkey_refused": Sentence(
        "The passkey was not taken.",
        advice="Try once more. If it happens again, sign in with password and phone, or with a recovery code.",
    ),
    "too_many_tries": Sentence(
        "After several wrong tries there is a pause of {seconds} seconds.",
        "After several wrong tries there is a pause.",
        advice="Wait, and try again. A passkey works at once.",
    ),
    "code_wrong": Sentence(
        "This code does not fit this username, was used already, or is too old.",
        advice="Look at both once more. " + _REGISTRAR,
    ),
    "setup_over": Sentence(
        "The time to finish this is over, or the code was used elsewhere.",
        advice="Begin again with the code. If it was used, and not by you, tell the registrar at once.",
    ),
    "proof_needed": Sentence(
        "To change this, show once more that it is you.",
        advice="Give the passkey or the password, and do it again within five minutes.",
    ),
    "last_credential": Sentence(
        "This is the only way in that is left.",
        advice="Add another one first.",
    ),
    "password_short": Sentence(
        "The password is shorter than {least} letters.",
        "The password is too short.",
        advice="Take a longer one: four or five words that nobody would guess are good.",
    ),
    "password_long": Sentence(
        "The password is longer than {most} letters.",
        "The password is too long.",
        advice="Take a shorter one.",
    ),
    "password_common": Sentence(
        "This password is one that everybody would try first.",
        advice="Take another one: four or five words that nobody would guess are good.",
    ),
    "totp_wrong": Sentence(
        "The phone's code is not right.",
        advice="Look whether the phone's clock is right, and type the code that it shows now.",
    ),
    "key_unfit": Sentence(
        "This key cannot be taken.",
        advice="Make a new one. A key that signs people in never signs entries, and the other way round.",
    ),
    "scope_unknown": Sentence(
        "There is no such scope.",
        advice="Choose read, record, or single actions such as balances:read.",
    ),
    "days_unfit": Sentence(
        "A token is good for 1 to {most} days.",
        "A token cannot be good for so long.",
        advice="Choose fewer days.",
    ),
}
