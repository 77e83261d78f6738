"""The sentences of the daily look."""

from collections.abc import Mapping

from api.access.look import Finding
from ledger.words import Words, phrase

_SAID: Mapping[str, str] = {
    "log_broken": phrase("The access log is not whole: row {seq} ({reason})."),
    "never_cared": phrase("{person} read {patient} ({count} ×) and has never written anything about them."),
    "without_act": phrase("{person} read {patient} ({count} ×) and wrote nothing about them within {hours} hours."),
    "at_night": phrase("{person} read {patient} at night ({count} ×) and wrote nothing about them then."),
    "after_death": phrase("{person} read {patient}, who died {days} days before."),
    "many_patients": phrase("{person} saw {count} patients in one day."),
    "not_here": phrase("{person} asked {count} times for patients who are not here."),
    "failed": phrase("Signing in failed {count} times from {address}."),
    "code_issued": phrase("A one-time code was made for {person} by {by}."),
    "credentials_changed": phrase("What {person} signs in with was changed by {by}."),
    "account_ended": phrase("The account of {person} was ended by {by}."),
    "token_made": phrase("A token for a machine was made for {person} by {by}."),
    "rights_entry": phrase("Entry {seq} of {by} changed rights: {type}."),
}


def say_finding(words: Words, finding: Finding) -> str:
    return words.say(_SAID[finding.code], **finding.values)
