"""The sentences of a verification: what was found, in the reader's words, the technical word beside it."""

from collections.abc import Callable

from ledger.cli.options import WORDS, say
from ledger.errors import Refusal
from ledger.refusal_words import SENTENCES, tell
from ledger.service.verdict import Check, Finding, Verdict

_SAID: dict[str, Callable[[], str]] = {
    "checkpoint_missing": lambda: say("There is no signed head (checkpoint)."),
    "empty": lambda: say("There is not one entry; an empty register proves nothing."),
    "tile_differs": lambda: say("A hash tile (level {level}, number {index}) does not follow from the entries."),
    "tile_missing": lambda: say("A hash tile (level {level}, number {index}) is not there."),
    "bundle_missing": lambda: say("From here on entries are not there."),
    "bundle_too_short": lambda: say("The file of entries breaks off here."),
    "bundle_too_long": lambda: say("The file of entries holds more than its entries."),
    "file_too_large": lambda: say("A file is larger than it can be."),
    "file_unreadable": lambda: say("A file cannot be read."),
    "zip_damaged": lambda: say("The zip is damaged."),
    "leaf_mismatch": lambda: say("This entry is not the one that stood here when the hash tiles were written."),
    "prev_mismatch": lambda: say("It does not follow the entry before it: that one, or this one, was changed."),
    "seq_mismatch": lambda: say("It carries another number than its place."),
    "log_mismatch": lambda: say("It belongs to another register."),
    "time_not_increasing": lambda: say("It was recorded before the entry that precedes it: time goes back."),
    "genesis_mismatch": lambda: say("It was signed for a register with another beginning."),
    "seen_mismatch": lambda: say("Whoever signed it had seen another register than this one."),
    "first_entry_wrong": lambda: say("A register begins with the opening of the facility, and this one does not."),
    "ceremony_incomplete": lambda: say("It was signed together with others that are not there."),
    "signature_wrong": lambda: say("A signature does not fit what it is said to sign."),
    "signature_missing": lambda: say("Somebody who had to sign it did not."),
    "signature_not_due": lambda: say("Somebody signed it who did not have to."),
    "import_count_mismatch": lambda: say("It names another number of imported entries than there are."),
    "signature_invalid": lambda: say("The signature under the head is wrong."),
    "not_signed_by_the_key": lambda: say("The head is not signed with the key that was given."),
    "head_not_by_its_key": lambda: say("The head is not signed with the key that the entries name for it."),
    "log_key_unknown": lambda: say("The entries name no key for the head."),
    "handover_missing": lambda: say(
        "Here the register's own key changed, and no head by the key before covers the change."
    ),
    "key_handed_over": lambda: say("The register's own key changed here; the key that was given led to the new one."),
    "index_differs": lambda: say("What the database notes about it ({column}) is not what it says."),
    "sealed_of_nothing": lambda: say("The database holds a sealed value here that no entry speaks of."),
    "head_row_differs": lambda: say("Where the register ends the database notes wrongly ({column})."),
    "checkpoint_row_differs": lambda: say(
        "What the database notes about the head of {size} entries is not what it says."
    ),
    "earlier_head_differs": lambda: say("The head of {size} entries that was signed earlier is not of these entries."),
    "not_yet_signed": lambda: say("{count} entries are not yet under a signed head."),
    "not_all_read": lambda: say("Not every entry could be read and judged, so this cannot be determined."),
    "in_the_future": lambda: say("It carries a time that is still to come: {at}."),
    "report_altered": lambda: say("The report {name} is not one that was issued, or was altered since."),
    "reports_missing": lambda: say("{count} issued reports do not lie here."),
    "surplus_files": lambda: say("{count} files belong to nothing and were not read; the first: {first}."),
    "opening_twice": lambda: say("A sealed value is disclosed twice, or two with one key."),
    "entries_missing": lambda: say("Only {have} of {want} entries could be read."),
    "root_differs": lambda: say("The entries do not lead to the signed head."),
    "genesis_differs": lambda: say("Entry 0 is not the one that the trust file names: this is another register."),
    "governance_key_unknown": lambda: say("The key {key} of the trust file is not in this register."),
    "log_key_differs": lambda: say("The register names another key for its heads than the one given."),
    "not_signed_by_a_person": lambda: say("No person's own key covers this entry."),
    "goes_on": lambda: say(
        "It goes on from the first {recovered} entries of {log}, which are told here by their place before entry 0."
    ),
    "entries_lost": lambda: say("{lost} signed entries of {log}, from its entry {first} on, are lost for ever."),
    "old_log_missing": lambda: say("The old register {log}, which this one goes on from, does not lie here."),
    "old_log_differs": lambda: say("The old register {log} is not the one that entry 0 goes on from."),
    "since_other_log": lambda: say("The earlier checkpoint is of another register."),
    "smaller_than_since": lambda: say("At the last visit there were {since} entries, now there are {size}."),
    "since_differs": lambda: say("The first {since} entries are not those of the last visit."),
    "keys_file_missing": lambda: say("The list of keys (keys.jsonl) is missing."),
    "keys_file_differs": lambda: say("The list of keys (keys.jsonl) is not what the entries say."),
    "opening_mismatch": lambda: say("A disclosed value is not the one that was sealed."),
    "no_key": lambda: say("Without the register's key, had from elsewhere, nobody can say whose it is."),
    "no_head": lambda: say("Without a signed head this cannot be determined."),
    "no_entries": lambda: say("There is no entry to take the time from."),
    "too_old": lambda: say("The newest entry is {hours} hours old."),
    "own_word": lambda: say(
        "{imported} of {size} entries are the facility's own word (import keys); imports are {state}."
    ),
    "keys_on_facilitys_word": lambda: say(
        "The keys stand on the facility's word: no leaf of entry 0 was given to compare."
    ),
    "not_pinned": lambda: say("From here on no person's own key has confirmed what went before."),
    "only_witness": lambda: say("{person} has only ever signed as a witness."),
    "id_reused": lambda: say("The number (id) of this entry stands in the register before."),
    "whole_up_to": lambda: say("Whole up to entry {last}; whether more was written this evidence cannot show."),
    "age_by_own_clock": lambda: say("The newest entry is {hours} hours old by the facility's own clock."),
    "age_by_witness": lambda: say("The newest cosignature of a witness is {hours} hours old."),
    "unwitnessed": lambda: say("Unwitnessed: no cosignature was asked for (no policy was given)."),
    "quorum_not_met": lambda: say("The witnesses that the policy asks for have not cosigned this head."),
    "cosignature_invalid": lambda: say("A witness's cosignature under the head is wrong."),
    "second_signature_due": lambda: say("A second signature is still due (imported entry)."),
    "second_signature_overdue": lambda: say("A second signature is overdue."),
    "projection_differs": lambda: say("The stored figures ({shelf}) do not follow from the entries."),
    "late": lambda: say("Entered late."),
    "very_late": lambda: say("Entered very late."),
    "after_death": lambda: say("A dose dated after the day of death."),
    "outside_course": lambda: say("A dose outside the prescribed course."),
    "without_prescription": lambda: say("A dose without a prescription."),
    "beyond_prescribed": lambda: say("A dose beyond the prescribed total."),
    "dose_arithmetic": lambda: say("Dose and residue do not add up to what was opened."),
    "lot_expired_given": lambda: say("A dose from an expired lot."),
    "return_exceeds_dispensed": lambda: say("More was returned than was known to be at home."),
    "adopted_file_missing": lambda: say("The adopted rule set is not in the evidence."),
    "adopted_file_altered": lambda: say("The adopted rule set is not the one that was adopted."),
}


_OTHERWISE: dict[str, Callable[[], str]] = {
    "integrity": lambda: say("It is not written in the one way that the format allows (technical word: {code})."),
    "authenticity": lambda: say(
        "It is not signed by just those who must, with keys in force (technical word: {code})."
    ),
}


def said_finding(finding: Finding, check: str = "") -> str:
    """One finding of *check* as a sentence, with the entry's number where there is one."""
    said = _said_alone(finding, check)
    return said if finding.seq is None else say("Entry {seq}: {said}", seq=finding.seq, said=said)


def _said_alone(finding: Finding, check: str) -> str:
    code, values = finding.code, finding.values | {"code": finding.code}
    if code == "own_word":
        values["state"] = say("closed") if values["closed"] else say("still open")
    template = _SAID.get(code)
    if template is None and code in SENTENCES:
        return tell(WORDS, Refusal(code=code, values=finding.values)).said
    return _filled(template or _OTHERWISE.get(check, _code_alone), values)


def _code_alone() -> str:
    return say("Technical word: {code}.")


def _filled(template: Callable[[], str], values: dict[str, str | int]) -> str:
    sentence = template()
    for name, value in values.items():
        sentence = sentence.replace("{" + name + "}", WORDS.number(value) if type(value) is int else _shown(str(value)))
    return sentence


def _shown(text: str) -> str:
    """What came with the evidence, fit for a terminal: no letter that moves others, and not too many."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:100]


_ASKED: dict[str, dict[str, Callable[[], str]]] = {
    "integrity": {
        "pass": lambda: say("Every byte is as it was written (integrity)."),
        "fail": lambda: say("Something was changed (integrity)."),
        "unknown": lambda: say("Whether something was changed cannot be determined (integrity)."),
    },
    "completeness": {
        "pass": lambda: say("Nothing is missing that this evidence can show (completeness)."),
        "fail": lambda: say("Something is missing (completeness)."),
        "unknown": lambda: say("Whether something is missing cannot be determined (completeness)."),
    },
    "authenticity": {
        "pass": lambda: say("Signed by those who had to sign (authenticity)."),
        "fail": lambda: say("Not signed by those who had to sign (authenticity)."),
        "unknown": lambda: say("Who signed cannot be determined (authenticity)."),
    },
    "freshness": {
        "pass": lambda: say("Time goes forward (freshness)."),
        "fail": lambda: say("Too old, or time goes back (freshness)."),
        "unknown": lambda: say("How old this is cannot be determined (freshness)."),
    },
    "domain": {
        "pass": lambda: say("Every rule of the pharmacy was kept (domain)."),
        "fail": lambda: say("A rule of the pharmacy was broken (domain)."),
        "unknown": lambda: say("Whether the rules were kept cannot be determined (domain)."),
    },
}


def said_check(name: str, check: Check, verdict: Verdict) -> str:
    """The sentence of one check; authenticity opens with whose word the entries are."""
    said = _ASKED[name][check.verdict]()
    own_word = next((note for note in check.notes if note.code == "own_word"), None)
    return said if own_word is None else f"{said_finding(own_word)} {said}"


def said_whole(verdict: Verdict) -> str:
    if verdict.verdict == "pass":
        return say("The register is whole: {size} entries.", size=verdict.size)
    if verdict.verdict == "fail":
        return say("NOT VERIFIED. Do not rely on this register; keep the evidence as it is.")
    return say("Not everything could be determined.")
