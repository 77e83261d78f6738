"""The sentences of a verification: what was found, in the reader's words, the technical word beside it."""

from collections.abc import Mapping
from typing import Any

from ledger.errors import Refusal
from ledger.refusal_words import SENTENCES, tell
from ledger.service.verdict import Check, Finding, Verdict
from ledger.words import Words, phrase

_SAID: Mapping[str, str] = {
    "checkpoint_missing": phrase("There is no signed head (checkpoint)."),
    "empty": phrase("There is not one entry; an empty register proves nothing."),
    "tile_differs": phrase("A hash tile (level {level}, number {index}) does not follow from the entries."),
    "tile_missing": phrase("A hash tile (level {level}, number {index}) is not there."),
    "bundle_missing": phrase("From here on entries are not there."),
    "bundle_too_short": phrase("The file of entries breaks off here."),
    "bundle_too_long": phrase("The file of entries holds more than its entries."),
    "file_too_large": phrase("A file is larger than it can be."),
    "file_unreadable": phrase("A file cannot be read."),
    "zip_damaged": phrase("The zip is damaged."),
    "leaf_mismatch": phrase("This entry is not the one that stood here when the hash tiles were written."),
    "prev_mismatch": phrase("It does not follow the entry before it: that one, or this one, was changed."),
    "seq_mismatch": phrase("It carries another number than its place."),
    "log_mismatch": phrase("It belongs to another register."),
    "time_not_increasing": phrase("It was recorded before the entry that precedes it: time goes back."),
    "genesis_mismatch": phrase("It was signed for a register with another beginning."),
    "seen_mismatch": phrase("Whoever signed it had seen another register than this one."),
    "first_entry_wrong": phrase("A register begins with the opening of the facility, and this one does not."),
    "ceremony_incomplete": phrase("It was signed together with others that are not there."),
    "signature_wrong": phrase("A signature does not fit what it is said to sign."),
    "signature_missing": phrase("Somebody who had to sign it did not."),
    "signature_not_due": phrase("Somebody signed it who did not have to."),
    "import_count_mismatch": phrase("It names another number of imported entries than there are."),
    "signature_invalid": phrase("The signature under the head is wrong."),
    "not_signed_by_the_key": phrase("The head is not signed with the key that was given."),
    "head_not_by_its_key": phrase("The head is not signed with the key that the entries name for it."),
    "log_key_unknown": phrase("The entries name no key for the head."),
    "handover_missing": phrase("Here the register's own key changed, and no head by the key before covers the change."),
    "key_handed_over": phrase("The register's own key changed here; the key that was given led to the new one."),
    "index_differs": phrase("What the database notes about it ({column}) is not what it says."),
    "sealed_of_nothing": phrase("The database holds a sealed value here that no entry speaks of."),
    "sealed_missing": phrase(
        "Sealed values of which nothing lies here: {count}. Either they were never brought here, or they were taken "
        "away; a backup may have them."
    ),
    "head_row_differs": phrase("Where the register ends the database notes wrongly ({column})."),
    "checkpoint_row_differs": phrase("What the database notes about the head of {size} entries is not what it says."),
    "earlier_head_differs": phrase("The head of {size} entries that was signed earlier is not of these entries."),
    "not_yet_signed": phrase("{count} entries are not yet under a signed head."),
    "not_all_read": phrase("Not every entry could be read and judged, so this cannot be determined."),
    "in_the_future": phrase("It carries a time that is still to come: {at}."),
    "report_altered": phrase("The report {name} is not one that was issued, or was altered since."),
    "reports_missing": phrase("Issued reports that do not lie here, or lie here sealed: {count}."),
    "surplus_files": phrase("{count} files belong to nothing and were not read; the first: {first}."),
    "readme_differs": phrase("README.txt is not the one that this program writes; it is no evidence."),
    "disclosed": phrase("Disclosed values that lie here: {count}; whether there were more nobody can tell."),
    "opening_twice": phrase("A sealed value is disclosed twice, or two with one key."),
    "entries_missing": phrase("Only {have} of {want} entries could be read."),
    "anchor_differs": phrase("The head that it says was anchored elsewhere was never a head of these entries."),
    "root_differs": phrase("The entries do not lead to the signed head."),
    "genesis_differs": phrase("Entry 0 is not the one that the trust file names: this is another register."),
    "governance_key_unknown": phrase("The key {key} of the trust file is not in this register."),
    "log_key_differs": phrase("The register names another key for its heads than the one given."),
    "not_signed_by_a_person": phrase("No person's own key covers this entry."),
    "goes_on": phrase(
        "It goes on from the first {recovered} entries of {log}, which are told here by their place before entry 0."
    ),
    "entries_lost": phrase("{lost} signed entries of {log}, from its entry {first} on, are lost for ever."),
    "old_log_missing": phrase("The old register {log}, which this one goes on from, does not lie here."),
    "old_log_differs": phrase("The old register {log} is not the one that entry 0 goes on from."),
    "since_other_log": phrase("The earlier checkpoint is of another register."),
    "smaller_than_since": phrase("At the last visit there were {since} entries, now there are {size}."),
    "since_differs": phrase("The first {since} entries are not those of the last visit."),
    "keys_file_missing": phrase("The list of keys (keys.jsonl) is missing."),
    "keys_file_differs": phrase("The list of keys (keys.jsonl) is not what the entries say."),
    "opening_mismatch": phrase("A disclosed value is not the one that was sealed."),
    "no_key": phrase("Without the register's key, had from elsewhere, nobody can say whose it is."),
    "no_head": phrase("Without a signed head this cannot be determined."),
    "no_entries": phrase("There is no entry to take the time from."),
    "too_old": phrase("The newest entry is {hours} hours old."),
    "own_word": phrase("{imported} of {size} entries are the facility's own word (import keys); imports are {state}."),
    "keys_on_facilitys_word": phrase("The keys stand on the facility's word: no leaf of entry 0 was given to compare."),
    "not_pinned": phrase("From here on no person's own key has confirmed what went before."),
    "only_witness": phrase("{person} has only ever signed as a witness."),
    "id_reused": phrase("The number (id) of this entry stands in the register before."),
    "whole_up_to": phrase("Whole up to entry {last}; whether more was written this evidence cannot show."),
    "age_by_own_clock": phrase("The newest entry is {hours} hours old by the facility's own clock."),
    "age_by_witness": phrase("The newest cosignature of a witness is {hours} hours old."),
    "unwitnessed": phrase("Unwitnessed: no cosignature was asked for (no policy was given)."),
    "quorum_not_met": phrase("The witnesses that the policy asks for have not cosigned this head."),
    "cosignature_invalid": phrase("A witness's cosignature under the head is wrong."),
    "second_signature_due": phrase("A second signature is still due (imported entry)."),
    "second_signature_overdue": phrase("A second signature is overdue."),
    "projection_differs": phrase("The stored figures ({shelf}) do not follow from the entries."),
    "late": phrase("Entered late; what was imported from paper is among these."),
    "very_late": phrase("Entered very late."),
    "after_death": phrase("A dose dated after the day of death."),
    "outside_course": phrase("A dose outside the prescribed course."),
    "without_prescription": phrase("A dose without a prescription."),
    "beyond_prescribed": phrase("A dose beyond the prescribed total."),
    "dose_arithmetic": phrase("Dose and residue do not add up to what was opened."),
    "lot_expired_given": phrase("A dose from an expired lot."),
    "return_exceeds_dispensed": phrase("More was returned than was known to be at home."),
    "adopted_file_missing": phrase("The adopted rule set is not in the evidence."),
    "adopted_file_altered": phrase("The adopted rule set is not the one that was adopted."),
}
_OTHERWISE: Mapping[str, str] = {
    "integrity": phrase("It is not written in the one way that the format allows (technical word: {code})."),
    "authenticity": phrase("It is not signed by just those who must, with keys in force (technical word: {code})."),
}
_CODE_ALONE = phrase("Technical word: {code}.")
_NO_EVIDENCE = phrase("There is no evidence here that could be checked (integrity).")
_ASKED: Mapping[str, Mapping[str, str]] = {
    "integrity": {
        "pass": phrase("Every byte is as it was written (integrity)."),
        "fail": phrase("Something was changed (integrity)."),
        "unknown": phrase("Whether something was changed cannot be determined (integrity)."),
    },
    "completeness": {
        "pass": phrase("Nothing is missing that this evidence can show (completeness)."),
        "fail": phrase("Something is missing (completeness)."),
        "unknown": phrase("Whether something is missing cannot be determined (completeness)."),
    },
    "authenticity": {
        "pass": phrase("Signed by those who had to sign (authenticity)."),
        "fail": phrase("Not signed by those who had to sign (authenticity)."),
        "unknown": phrase("Who signed cannot be determined (authenticity)."),
    },
    "freshness": {
        "pass": phrase("Time goes forward (freshness)."),
        "fail": phrase("Too old, or time goes back (freshness)."),
        "unknown": phrase("How old this is cannot be determined (freshness)."),
    },
    "domain": {
        "pass": phrase("Every rule of the pharmacy was kept (domain)."),
        "fail": phrase("A rule of the pharmacy was broken (domain)."),
        "unknown": phrase("Whether the rules were kept cannot be determined (domain)."),
    },
}


def said_finding(words: Words, finding: Finding, check: str = "") -> str:
    """One finding of *check* as a sentence, with the entry's number where there is one."""
    said = _said_alone(words, finding, check)
    return said if finding.seq is None else words.say("Entry {seq}: {said}", seq=finding.seq, said=said)


def _said_alone(words: Words, finding: Finding, check: str) -> str:
    code, values = finding.code, finding.values | {"code": finding.code}
    if code == "own_word":
        values["state"] = words.say("closed") if values["closed"] else words.say("still open")
    sentence = _SAID.get(code)
    if sentence is None and code in SENTENCES:
        return tell(words, Refusal(code=code, values=finding.values)).said
    shown = {name: words.number(value) if type(value) is int else _shown(str(value)) for name, value in values.items()}
    return words.say(sentence or _OTHERWISE.get(check, _CODE_ALONE), **shown)


def _shown(text: str) -> str:
    """What came with the evidence, fit for a terminal: no letter that moves others, and not too many."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:100]


def said_check(words: Words, name: str, check: Check, verdict: Verdict) -> str:
    """The sentence of one check; authenticity opens with whose word the entries are."""
    if any(finding.code == "checkpoint_missing" for finding in check.findings):
        return words.say(_NO_EVIDENCE)
    said = words.say(_ASKED[name][check.verdict])
    own_word = next((note for note in check.notes if note.code == "own_word"), None)
    return said if own_word is None else f"{said_finding(words, own_word)} {said}"


def said_whole(words: Words, verdict: Verdict) -> str:
    if verdict.verdict == "pass":
        return words.say("The register is whole: {size} entries.", size=verdict.size)
    if verdict.verdict == "fail":
        return words.say("NOT VERIFIED. Do not rely on this register; keep the evidence as it is.")
    return words.say("Not everything could be determined.")


def to_json(words: Words, verdict: Verdict) -> dict[str, Any]:
    """The shape of contract, section 7."""
    return {
        "verdict": verdict.verdict,
        "size": verdict.size,
        "said": said_whole(words, verdict),
        "checks": {name: _to_check_json(words, name, check, verdict) for name, check in verdict.checks.items()},
    }


def _to_check_json(words: Words, name: str, check: Check, verdict: Verdict) -> dict[str, Any]:
    def told(findings: list[Finding]) -> list[dict[str, Any]]:
        return [{"seq": f.seq, "code": f.code, "said": said_finding(words, f, name)} for f in findings]

    return {
        "verdict": check.verdict,
        "said": said_check(words, name, check, verdict),
        "findings": told(check.findings),
        "notes": told(check.notes),
    } | ({"more": check.more} if check.more else {})
