"""What is said when nothing of an entry is at fault: the register cannot be written, or Senim was called wrongly."""

from collections.abc import Mapping

from ledger.refusal_words.sentence import Sentence

_CALL = "Write on the numbered downtime sheets, and call the people who look after this machine."
_LOOK = "Do not try to mend it by hand. Keep this folder as it is, and call the people who look after this machine."
_RESTORE = "Do not work on with this copy. Bring back what it lacks (`senim restore`), or use the machine it came from."
_EVIDENT = "Do not rely on it. Keep it as it is, and ask where it comes from."

_WRITING: Mapping[str, Sentence] = {
    "id_reused": Sentence(
        "Another entry carries this entry's id already.",
        advice="If it is the same entry, nothing more is to be done. If not, send it under an id of its own.",
    ),
    "seen_unknown": Sentence(
        "The entry was prepared on another register, or on a state of it that is not known here.",
        advice="Prepare it anew and sign it once more.",
    ),
    "signature_invalid": Sentence(
        "A signature does not fit this entry or the person it is said to be from.",
        advice="Sign once more with your own key. If it happens again, tell the registrar.",
    ),
    "needs_acknowledgement": Sentence(
        "There are warnings to answer first.",
        advice="Read them, answer each with a reason, and send it again.",
    ),
    "not_found": Sentence(
        "There is no such thing here.",
        advice="Check what you asked for.",
    ),
    "ledger_busy": Sentence(
        "Somebody else is writing in the register at this moment.",
        advice="Wait a few seconds and send it again; what is sent twice is recorded once.",
    ),
    "not_stored": Sentence(
        "The disk did not confirm the entry.",
        advice="Send it again; what is sent twice is recorded once. If it happens again, write on the numbered "
        "downtime sheets.",
    ),
}

_READ_ONLY: Mapping[str, Sentence] = {
    "ledger_read_only": Sentence(
        "The register can be read, but not written, at this moment.",
        advice=_CALL,
    ),
    "head_ahead": Sentence(
        "This register has {here} entries, but {signed} were signed on this machine: it looks like an old copy.",
        "This register has fewer entries than were signed on this machine: it looks like an old copy.",
        advice=_RESTORE,
    ),
    "head_differs": Sentence(
        "The first {signed} entries here are not the ones that were signed on this machine.",
        "The entries here are not the ones that were signed on this machine.",
        advice=_LOOK,
    ),
    "head_moved": Sentence(
        "The last signed state changed under our hands: another program works on the same register.",
        advice="Stop the other program, then start this one again.",
    ),
    "head_goes_back": Sentence(
        "The register was about to sign a state older than the last one it signed.",
        advice=_RESTORE,
    ),
    "head_damaged": Sentence(
        "The note of the last signed state cannot be read.",
        advice=_LOOK,
    ),
    "head_other_machine": Sentence(
        "The note of the last signed state comes from another machine.",
        advice=_RESTORE,
    ),
    "clock_astray": Sentence(
        "The machine's clock cannot be right: the last entry was made at {last}, and the clock says {now}.",
        "The machine's clock cannot be right.",
        advice="Set the clock right and start again.",
    ),
    "disk_full": Sentence(
        "The disk is full.",
        advice=_CALL,
    ),
    "disk_read_only": Sentence(
        "The disk or the folder does not let anything be written.",
        advice=_CALL,
    ),
    "disk_unreachable": Sentence(
        "The register's file cannot be opened.",
        advice=_CALL,
    ),
    "disk_error": Sentence(
        "The disk reports an error.",
        advice=_CALL,
    ),
    "database_damaged": Sentence(
        "The register's file is damaged.",
        advice=_LOOK,
    ),
    "self_check": Sentence(
        "The register does not find entry {seq} as it was written.",
        "The register does not find its first {size} entries as they were signed.",
        "The guard that keeps entries from being changed is not in place: {trigger}.",
        "The register does not find itself as it was written.",
        advice=_LOOK,
    ),
    "schema_unknown": Sentence(
        "The register was last opened by a newer version of Senim.",
        advice="Use that version, or a newer one.",
    ),
    "sqlite_unsafe": Sentence(
        "The database library of this machine, version {version}, has a fault that can damage a register.",
        "The database library of this machine has a fault that can damage a register.",
        advice="Make the environment anew with `make env`.",
    ),
    "file_exposed": Sentence(
        "Other users of this machine can read {name}, which holds secrets.",
        "Other users of this machine can read a file that holds secrets.",
        advice="Let only the register's own user read it (mode 0600, a folder 0700), and start again.",
    ),
    "key_missing": Sentence(
        "The key {name} is not where it is kept.",
        "A key is not where it is kept.",
        advice=_LOOK,
    ),
    "key_damaged": Sentence(
        "The key {name} cannot be read.",
        "A key cannot be read.",
        advice=_LOOK,
    ),
}

_CALLED: Mapping[str, Sentence] = {
    "wrongly_called": Sentence(
        "Senim was called in a way that it does not understand.",
        advice="See `senim --help`.",
    ),
    "language_unknown": Sentence(
        "Senim does not speak {lang}; it speaks {known}.",
        "Senim does not speak this language.",
        advice="Choose kk, ru or en.",
    ),
    "rules_unreadable": Sentence(
        "The file is not a rule set that can be read.",
        advice="Check the file; ledger/FORMAT.md says how a rule set is written.",
    ),
    "rules_format": Sentence(
        "The rule set has a format that is not known here: {format}.",
        "The rule set has a format that is not known here.",
        advice="Check the file; ledger/FORMAT.md says how a rule set is written.",
    ),
    "rules_unknown_value": Sentence(
        "The rule set names a value that is not known here: {key}.",
        "The rule set names a value that is not known here.",
        advice="Check the file; ledger/FORMAT.md says how a rule set is written.",
    ),
    "adopted_file_missing": Sentence(
        "A file that the register adopted is not there: {sha256}.",
        "A file that the register adopted is not there.",
        advice="Take the whole evidence folder, with its part `adopted`.",
    ),
    "adopted_file_altered": Sentence(
        "A file that the register adopted has been altered: {sha256}.",
        "A file that the register adopted has been altered.",
        advice="Take the evidence once more from where it comes from.",
    ),
    "not_evidence": Sentence(
        "{path} is not an evidence folder, a zip of one, or a data directory.",
        "This is not an evidence folder, a zip of one, or a data directory.",
        advice="Give the folder that holds the file `checkpoint`.",
    ),
    "zip_with_doubles": Sentence(
        "The zip holds two files of one name.",
        advice="Take the evidence once more from where it comes from.",
    ),
    "trust_unreadable": Sentence(
        "The key or trust file cannot be read.",
        advice="Give the log's key as it stands on the paper sheet, or the trust file that you were given.",
    ),
    "policy_unreadable": Sentence(
        "The witness policy cannot be read.",
        advice="Give the file that says which witnesses must have cosigned.",
    ),
    "checkpoint_unreadable": Sentence(
        "{path} is not a checkpoint.",
        "This is not a checkpoint.",
        advice="Give the file `checkpoint` that you took away at the last visit.",
    ),
    "file_unreadable": Sentence(
        "The file {path} cannot be read.",
        "The file cannot be read.",
        advice="Check its name, and whether you may read it.",
    ),
    "key_unreadable": Sentence(
        "{path} is not a public Ed25519 key in PEM.",
        "This is not a public Ed25519 key in PEM.",
        advice="Give the file with the public key.",
    ),
    "proof_unreadable": Sentence(
        "{path} is not a signature that can be read.",
        "This is not a signature that can be read.",
        advice="Give the signature that the new key made over the bytes that were printed.",
    ),
    "time_unreadable": Sentence(
        "{told} is not a time that can be read.",
        "This is not a time that can be read.",
        advice="Write it like 2026-03-02T10:15:00+05:00, or a day like 2026-03-02.",
    ),
    "duration_unreadable": Sentence(
        "{told} is not a span of time that can be read.",
        "This is not a span of time that can be read.",
        advice="Write it like 36h or 7d.",
    ),
    "directory_taken": Sentence(
        "There is something at {directory} already.",
        "There is something at {path} already.",
        "There is something there already.",
        advice="Choose a folder that does not exist yet. Nothing is ever written over.",
    ),
    "file_taken": Sentence(
        "There is a file {path} already.",
        "There is such a file already.",
        advice="Choose a name that is not taken. Nothing is ever written over.",
    ),
    "report_unknown": Sentence(
        "There is no report {kind}; there are: {kinds}.",
        "There is no such report.",
        advice="Choose one of those; `senim report --help` lists them.",
    ),
    "report_needs_product": Sentence(
        "This report is about one product, and none was named.",
        advice="Name it with `--product`; `senim balance` shows the products.",
    ),
    "no_ledger": Sentence(
        "There is no register in {directory}.",
        "There is no register there.",
        advice="Give the register's folder with `--dir`, or make a new one with `senim init`.",
    ),
    "pdf_key_missing": Sentence(
        "The key that signs the reports is not in {path}.",
        "The key that signs the reports is not where it is kept.",
        advice=_LOOK,
    ),
    "pdf_key_unreadable": Sentence(
        "The key that signs the reports cannot be read.",
        advice=_LOOK,
    ),
    "pdf_key_mismatch": Sentence(
        "The key that signs the reports and its certificate in {path} do not belong together.",
        "The key that signs the reports and its certificate do not belong together.",
        advice=_LOOK,
    ),
}

_EVIDENCE: Mapping[str, Sentence] = {
    "evidence_rejected": Sentence("The evidence is not in order.", advice=_EVIDENT),
    "bytes_rejected": Sentence("An entry is not written in the one way that the format allows.", advice=_EVIDENT),
    "proof_rejected": Sentence("A proof does not lead to the signed head.", advice=_EVIDENT),
    "note_rejected": Sentence("The signed head is damaged, or not by the key that was given.", advice=_EVIDENT),
    "opening_rejected": Sentence("A disclosed value is not the one that was sealed.", advice=_EVIDENT),
}

STOPS: Mapping[str, Sentence] = {**_WRITING, **_READ_ONLY, **_CALLED, **_EVIDENCE}
