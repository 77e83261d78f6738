"""What is said when no field is at fault: nothing can be written, evidence is not in order, a run ended early."""

from collections.abc import Mapping

from ledger.refusal_words.calls import CALLED
from ledger.refusal_words.sentence import LOOK, Sentence

_CALL = "Write on the numbered downtime sheets, and call the people who look after this machine."
_DATABASE = (
    "Work goes on by itself once it does. Until then write on the numbered downtime sheets, and call the people who "
    "look after the database."
)
_RESTORE = "Do not work on with this copy. Bring back what it lacks (`senim restore`), or use the machine it came from."
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
    "outcome_unknown": Sentence(
        "The database was lost while it stored this: it is recorded or it is not, and nobody here knows yet.",
        advice="Send the very same again: what is sent twice is recorded once, and the answer says which it was. Do "
        "not enter it anew.",
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
        advice=LOOK,
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
        advice=LOOK,
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
        advice=LOOK,
    ),
    "being_restored": Sentence(
        "A restore or a move of the register reads or writes {directory} just now.",
        "A restore or a move of the register reads or writes this folder just now.",
        advice="Wait until it has ended, and look which folder holds the register then.",
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
        advice="Put `vault-keys.db` and the `vault-….key` files of `secrets` there. If they are lost for ever, write "
        "the register anew with `senim restore --without-vault`: the entries stay whole, the names stay closed.",
    ),
    "vault_older": Sentence(
        "`vault-keys.db` is older than {name}: since it was copied somebody was erased, and what it holds of that "
        "year's people no longer opens.",
        "`vault-keys.db` is older than the keys beside it: what it holds no longer opens.",
        advice="Put the newest `vault-keys.db` there. If there is none, write the register anew with `senim restore "
        "--without-vault`: the entries and every proof stay whole, those names stay closed.",
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
        "The file {name} is damaged.",
        "The register's file is damaged.",
        advice=LOOK,
    ),
    "database_unreachable": Sentence(
        "The database does not answer, or the connection to it was lost.",
        advice=_DATABASE,
    ),
    "database_refuses": Sentence(
        "The database does not let the register in, or does not let it do its work.",
        advice="Its user, its password file and its rights have to be set as SECURITY.md says.",
    ),
    "database_missing": Sentence(
        "The register's tables are not in the database that is named here.",
        advice="Make no new register in their place. If it was moved, work where it was moved to; if not, call the "
        "people who look after the database.",
    ),
    "database_read_only": Sentence(
        "The database lets nothing be written at this moment.",
        advice=_DATABASE,
    ),
    "database_encoding": Sentence(
        "The database keeps text in {encoding}, and the register needs UTF8.",
        "The database does not keep text in UTF8.",
        advice="Have a database made with the encoding UTF8.",
    ),
    "clocks_apart": Sentence(
        "The clocks of this machine and of the database are {seconds} seconds apart.",
        "The clocks of this machine and of the database are apart.",
        advice="Set right the one that is wrong; the register goes on by itself.",
    ),
    "copy_differs": Sentence(
        "What arrived in the other database is not what was sent.",
        advice="Nothing was moved, the register is where it was. Try once more, or elsewhere.",
    ),
    "self_check": Sentence(
        "The register does not find entry {seq} as it was written.",
        "The register does not find its first {size} entries as they were signed.",
        "The guard that keeps entries from being changed is not in place: {trigger}.",
        "The register does not find itself as it was written.",
        advice=LOOK,
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
        advice=LOOK,
    ),
    "key_damaged": Sentence(
        "The key {name} cannot be read.",
        "A key cannot be read.",
        advice=LOOK,
    ),
    "token_unusable": Sentence(
        "The token {name} does not sign: it is not there, or PIN, library or key are not the ones that it knows.",
        "The token does not sign: it is not there, or PIN, library or key are not the ones that it knows.",
        advice="Put it in and try again; `senim report-key show` says which one is meant.",
    ),
    "report_key_not_enrolled": Sentence(
        "The key that signs reports here is not one that the register names for its reports.",
        advice="Bring back the key, or enrol another: `senim report-key request`, then `senim report-key install`.",
    ),
}

_EVIDENCE: Mapping[str, Sentence] = {
    "evidence_rejected": Sentence("The evidence is not in order.", advice=_EVIDENT),
    "bytes_rejected": Sentence("An entry is not written in the one way that the format allows.", advice=_EVIDENT),
    "proof_rejected": Sentence("A proof does not lead to the signed head.", advice=_EVIDENT),
    "note_rejected": Sentence("The signed head is damaged, or not by the key that was given.", advice=_EVIDENT),
    "access_rejected": Sentence("The access log is not as it was written.", advice=_EVIDENT),
    "opening_rejected": Sentence("A disclosed value is not the one that was sealed.", advice=_EVIDENT),
    "opening_twice": Sentence(
        "A sealed value is disclosed twice, or two with one key.",
        advice="Each sealed value takes a random key of its own: make them anew, and sign again.",
    ),
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
        advice="Take it from the page of its entry, or out of new evidence.",
    ),
    "program_fault": Sentence(
        "Senim itself is at fault here: {kind} at {where}.",
        "Senim itself is at fault here.",
        advice=_LOOK_UP,
    ),
}

STOPS: Mapping[str, Sentence] = {**_WRITING, **_READ_ONLY, **CALLED, **_EVIDENCE, **_ENDED}
