"""What is said when nothing of an entry is at fault: the register cannot be written, or Senim was called wrongly."""

from collections.abc import Mapping

from ledger.refusal_words.sentence import Sentence

_CALL = "Write on the numbered downtime sheets, and call the people who look after this machine."
_LOOK = "Do not try to mend it by hand. Keep this folder as it is, and call the people who look after this machine."
_RESTORE = "Do not work on with this copy. Bring back what it lacks (`senim restore`), or use the machine it came from."
_HELP = "`--help` after the command says how it is called."
_LOOK_UP = "Entries that were confirmed stand; `senim show --last 5` shows the newest. Then call it again."
_MOVED = (
    "If the register has moved here for good and the old machine will never write again, say so: "
    "`senim checkpoint --adopt-head`. If not, use the machine it came from."
)
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
    "heads_unusable": Sentence(
        "The folder {directory}, where the last signed state is noted, cannot be used.",
        "The folder where the last signed state is noted cannot be used.",
        advice="It has to be a folder that the register's own user can write to; SENIM_HEADS names it.",
    ),
    "head_damaged": Sentence(
        "The note of the last signed state cannot be read.",
        advice=_LOOK,
    ),
    "head_other_machine": Sentence(
        "The note of the last signed state comes from another machine.",
        advice=_MOVED,
    ),
    "head_lost": Sentence(
        "Signed states of this register exist, but this machine has no note of the last one: it looks like a copy.",
        advice=_MOVED,
    ),
    "not_verified": Sentence(
        "The register is not verified, so nothing was changed.",
        advice=_LOOK,
    ),
    "entries_lost": Sentence(
        "Of {signed} signed entries the last {lost}, from entry {seq} on, are nowhere in what was given.",
        "Entries that were signed are nowhere in what was given.",
        advice="Nothing was restored. Name more places with --from: evidence folders that others took away, the old "
        "data directory however damaged. If they are lost for ever, begin a new log with --new-epoch.",
    ),
    "log_ended": Sentence(
        "This register ({log}) has ended and never signs again: {by} goes on from it.",
        "This register has ended and never signs again: another goes on from it.",
        advice="Work in the new one. Keep this one as it is: it can be read, and it is evidence.",
    ),
    "governors_missing": Sentence(
        "The head pharmacist and the registrar of the old register begin a new one, each with a key of their own, and "
        "not both have one.",
        advice="Look for more of the old register: one of them may have got a key later on. Import keys do not count.",
    ),
    "unsigned_lost": Sentence(
        "From entry {seq} on {lost} entries were recorded that no signed head covers, and they cannot be read.",
        "Entries were recorded that no signed head covers, and they cannot be read.",
        advice="Name more places with --from. If they are lost, say --without-unsigned, and enter them again: somebody "
        "may hold a receipt for them.",
    ),
    "head_unknown": Sentence(
        "Nobody here knows how many entries were signed last: the note of it is not on this machine.",
        advice="Name the newest evidence folder with --from. If there is none, compare the last entry with the newest "
        "printed page, and say --without-head.",
    ),
    "keys_elsewhere": Sentence(
        "The register's own keys are not in {directory}, and no backup holds them.",
        "The register's own keys are not there, and no backup holds them.",
        advice="Put the folder `secrets` and the file `vault-keys.db` there, or name the folder that has them with "
        "--from.",
    ),
    "vault_lost": Sentence(
        "The keys that open names and notes are not in {directory}, and no backup holds them.",
        "The keys that open names and notes are not there, and no backup holds them.",
        advice="Put `vault-keys.db` and `secrets/vault.key` there. If they are lost for ever, write the register anew "
        "with `senim restore --without-vault`: the entries stay whole, the names stay closed.",
    ),
    "vault_keys_lost": Sentence(
        "The vault has no key for {subjects} of the people and entries that values are sealed for.",
        "The vault has no key for some of the people that values are sealed for.",
        advice="Look for a newer copy of `vault-keys.db`. If there is none, say --without-vault: the entries stay "
        "whole, those names stay closed.",
    ),
    "key_foreign": Sentence(
        "The key {name} is not the one that this register names.",
        "A key is not the one that this register names.",
        advice="Bring the folder `secrets` of this very register.",
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
    "rules_table_missing": Sentence(
        "The rule set names a table that is not beside it: SHA-256 {sha256}.",
        "The rule set names a table that is not beside it.",
        advice="Put its CSV file, unaltered, into the folder of the rule set.",
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
    "zip_with_two_heads": Sentence(
        "The zip holds two signed heads (checkpoint): two programs could take it for two registers.",
        advice="Give one evidence folder, or a zip of one.",
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
    "file_too_large": Sentence(
        "The file {path} is far too large for what it should be.",
        "The file is far too large for what it should be.",
        advice="Check that it is the right file.",
    ),
    "file_unwritable": Sentence(
        "The file {path} cannot be made there.",
        "The file cannot be made there.",
        advice="Check its name, whether the folder is there, and whether you may write to it.",
    ),
    "directory_unusable": Sentence(
        "{directory} cannot be used as a folder.",
        "This cannot be used as a folder.",
        advice="Check its name, and whether you may write there.",
    ),
    "period_backwards": Sentence(
        "The period ends before it begins.",
        advice="Give the first day with `--from` and the last day with `--to`.",
    ),
    "option_unused": Sentence(
        "The option {option} means nothing here, and what it should limit would be shown whole.",
        "An option means nothing here.",
        advice="Leave it out.",
    ),
    "option_beside_entry": Sentence(
        "One entry was asked for by its number, and options to choose among entries as well.",
        advice="Give either the number or the options.",
    ),
    "type_unknown": Sentence(
        "There is no such type of entry.",
        advice="Types are written like `stock.received`; `senim show` shows the ones that are used.",
    ),
    "option_unknown": Sentence(
        "There is no option {option}.",
        "There is no such option.",
        advice=_HELP,
    ),
    "option_unfinished": Sentence(
        "The option {option} lacks its value, or takes none.",
        "An option lacks its value, or takes none.",
        advice=_HELP,
    ),
    "argument_missing": Sentence(
        "{option} is needed, and was not given.",
        "Something that is needed was not given.",
        advice=_HELP,
    ),
    "argument_unreadable": Sentence(
        "What was given for {option} cannot be read.",
        "Something that was given cannot be read.",
        advice=_HELP,
    ),
    "argument_too_many": Sentence(
        "More was given than this command takes.",
        advice=_HELP,
    ),
    "command_unknown": Sentence(
        "There is no such command.",
        advice="`senim --help` lists the commands.",
    ),
    "command_missing": Sentence(
        "No command was given.",
        advice="`senim --help` lists the commands.",
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
    "epoch_not_needed": Sentence(
        "Nothing is lost of {log}: it can be restored, and go on itself.",
        "Nothing is lost of this register: it can be restored, and go on itself.",
        advice="Leave out --new-epoch.",
    ),
    "signature_of_nobody": Sentence(
        "The signature of {person} is not there, or was made with another key or over other bytes.",
        "A signature is not there, or was made with another key or over other bytes.",
        advice="Give both signatures with --signature USERNAME=FILE, over the bytes that were printed last.",
    ),
    "report_across_epochs": Sentence(
        "This register goes on from an old one, and the journal of a product over both cannot be printed yet.",
        advice="`senim balance` and `senim show` know both; for what was before, print from the old register.",
    ),
    "nothing_to_restore": Sentence(
        "{path} holds no entry that could be restored.",
        "There is no entry that could be restored.",
        advice="Give a backup made by `senim backup`, an evidence folder or an old data directory.",
    ),
    "not_a_backup": Sentence(
        "{path} is not a backup that this version knows.",
        "This is not a backup that this version knows.",
        advice="Give a file made by `senim backup`.",
    ),
    "backup_damaged": Sentence(
        "The backup {path} is damaged.",
        "The backup is damaged.",
        advice="Take another backup, or name evidence folders; what they hold is read entry by entry.",
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

_ENDED: Mapping[str, Sentence] = {
    "stopped": Sentence("The run ended before its end.", advice=_LOOK_UP),
    "interrupted": Sentence("The run was interrupted.", advice=_LOOK_UP),
    "answer_lost": Sentence("The answer could not be written where it was asked for.", advice=_LOOK_UP),
    "path_unusable": Sentence(
        "{path} cannot be read or written.",
        "A file cannot be read or written.",
        advice=_LOOK_UP,
    ),
    "report_kept": Sentence(
        "The report is recorded and lies in {path}, but could not be written where it was asked for.",
        "The report is recorded, but could not be written where it was asked for.",
        advice="Copy it from there.",
    ),
    "program_fault": Sentence(
        "Senim itself is at fault here: {kind} at {where}.",
        "Senim itself is at fault here.",
        advice=_LOOK_UP,
    ),
}

STOPS: Mapping[str, Sentence] = {**_WRITING, **_READ_ONLY, **_CALLED, **_EVIDENCE, **_ENDED}
