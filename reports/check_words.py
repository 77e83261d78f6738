"""The sentences of a check: one a check by its verdict, one a finding, in English; the catalogues do the rest."""

from collections.abc import Mapping

from ledger.words import phrase

CHECKS: Mapping[str, Mapping[str, str]] = {
    "intact": {
        "pass": phrase("The file is as it was signed, whole and with nothing added."),
        "fail": phrase("The file is not as it was signed."),
        "unknown": phrase("Whether the file was altered cannot be determined."),
    },
    "signer": {
        "pass": phrase("It is signed with the facility's own key."),
        "fail": phrase("It is not signed with the facility's key."),
        "unknown": phrase("Whose key signed it cannot be determined."),
    },
    "head": {
        "pass": phrase("The head that it carries is the register's."),
        "fail": phrase("The head that it carries is not the register's."),
        "unknown": phrase("Whether its head is the register's cannot be determined."),
    },
    "entries": {
        "pass": phrase("Every entry that it lists stands in the register."),
        "fail": phrase("Not every entry that it lists stands in the register."),
        "unknown": phrase("Whether its entries stand in the register cannot be determined."),
    },
    "figures": {
        "pass": phrase("Its figures follow from its entries."),
        "fail": phrase("Its figures do not follow from its entries."),
        "unknown": phrase("Whether its figures are right cannot be determined."),
    },
    "pages": {
        "pass": phrase("Its pages show those figures and nothing else."),
        "fail": phrase("Its pages do not show those figures."),
        "unknown": phrase("Whether its pages show those figures cannot be determined."),
    },
}

WHOLE: Mapping[str, str] = {
    "pass": phrase("This report is genuine and unaltered."),
    "fail": phrase("NOT VERIFIED. Do not rely on this report; keep the file as it is."),
    "unknown": phrase("Not everything could be determined."),
}

FINDINGS: Mapping[str, str] = {
    "pdf_unreadable": phrase("The file cannot be read as a signed PDF."),
    "one_signature": phrase("It does not carry exactly the one signature of a report."),
    "signature_invalid": phrase("The signature does not fit the contents."),
    "not_whole_file": phrase("Something was added after the signature."),
    "signature_spelling": phrase("The signature's own bytes were altered."),
    "chain_differs": phrase("The certificates in the signature are not those that it names."),
    "signature_algorithm": phrase("The signature is of another kind than a report's."),
    "attachments_differ": phrase("The attached data are not those of a report."),
    "not_looked_at": phrase("What comes before it failed, so it was not looked at."),
    "unreadable": phrase("It is not written as a report writes it."),
    "report_shape": phrase("The attached data are not written as a report writes them."),
    "head_differs": phrase("The printed head is not the attached one."),
    "no_log_key": phrase("The register's key was not given; it has to come from elsewhere than this file."),
    "head_not_proved": phrase("They lead to the head, but whose head it is was not proved."),
    "not_signed_by_the_key": phrase("The given key has not signed it."),
    "origin_mismatch": phrase("The given key is of another register."),
    "root_mismatch": phrase("An entry does not lead to the head."),
    "proof_malformed": phrase("A proof cannot be read."),
    "proof_of_another": phrase("Entries and proofs do not belong together."),
    "entry_of_another_log": phrase("An entry is of another register."),
    "fingerprint_differs": phrase("The certificate is not the one whose fingerprint was given."),
    "signer_not_known": phrase("Compare the certificate's fingerprint with the one on paper: {fingerprint}"),
    "key_not_enrolled": phrase("The register names other keys for its reports."),
    "key_revoked": phrase("The register has revoked this key."),
    "certificate_not_enrolled": phrase("The register names another certificate for this key."),
    "time_stamp_invalid": phrase("The time-stamp does not fit the signature."),
    "voucher_of_another": phrase("The register's word for a signer is about another certificate."),
    "row_without_entry": phrase("A row has no entry."),
    "entry_not_attached": phrase("An entry that others rest on is not attached."),
    "facility_differs": phrase("The facility is not the one that opened the register."),
    "known_beyond_head": phrase("It claims to know an entry that the head does not cover."),
    "rules_differ": phrase("The rule set is not the one that was adopted."),
    "movement_differs": phrase("What the entry moved is not what the row shows."),
    "row_differs": phrase("Row {number} does not follow from the entries."),
    "day_differs": phrase("The figures of the day {day} do not follow from the entries."),
    "verdicts_are_own_word": phrase(
        "The five verdicts are the register's own view of itself: take the evidence and check it on another machine."
    ),
    "verdicts_differ": phrase("The verdicts do not stand as a verification gives them."),
    "visit_differs": phrase("The visit is not the one that the entries tell."),
    "compared_head_differs": phrase("The head that was compared does not lead to the head of the register."),
    "staff_names_claimed": phrase("The names and posts of staff stand on the facility's word."),
    "territory_claimed": phrase("The names of the home unit stand on the facility's word; its code is the entry's."),
    "opening_differs": phrase("A name or number is not the one that the entry sealed."),
    "act_differs": phrase("What is printed does not follow from the entry."),
    "totals_differ": phrase("Totals or names do not follow from the entries."),
    "pages_differ": phrase("A page shows something else than the data."),
    "around_differs": phrase("A reader of PDF shows or does more with it than its pages."),
    "stamp_differs": phrase("The visible signature shows something else than the signature is."),
    "signed_at_another_time": phrase("The signature claims another time than the pages print."),
    "made_before_entry": phrase("It claims to have been made before this entry, on which it rests, was written."),
    "pages_covered": phrase("Something lies on top of a page."),
    "layout_of_another_version": phrase("The pages were drawn by another version of Senim; compare them by eye."),
    "completeness_not_shown": phrase("That no entry was left out this file cannot show; the evidence folder does."),
    "opening_is_claimed": phrase("The opening balance and the names stand on the facility's word."),
}
"""Code of a finding or note: its sentence. What is not here is told by its code."""
OTHER = phrase("Technical word: {code}.")
OF_ENTRY = phrase("Entry {seq}: {said}")
SIGNED = phrase(
    "Signed in the name of {facility} at {moment}, by the signer's own clock; certificate SHA-256 {fingerprint}"
)
"""The name is the certificate's own claim: whose key it is, the check of the signer says."""
SELF_SIGNED = phrase("No authority has certified the key: compare the certificate's fingerprint with the one on paper.")
CLAIMED = phrase("The certificate names {issuer} as its issuer, whose own is not in the file.")
ISSUED = phrase(
    "The certificate was issued by {issuers}; the topmost in the file has SHA-256 {fingerprint}: "
    "whether to trust that authority is yours to say."
)
UNSTAMPED = phrase("No time-stamp (PAdES B-B): when it was signed, only the facility says.")
STAMPED = phrase(
    "Time-stamped (PAdES B-T) at {moment} by {authority}, certificate SHA-256 {fingerprint}: "
    "whether to trust that authority is yours to say."
)
