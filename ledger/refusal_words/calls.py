"""What is said to somebody who called Senim wrongly: with a file that is not there, a value that cannot be."""

from collections.abc import Mapping

from ledger.refusal_words.sentence import Sentence

_HELP = "`--help` after the command says how it is called."

CALLED: Mapping[str, Sentence] = {
    "wrongly_called": Sentence(
        "Senim was called in a way that it does not understand.",
        advice="See `senim --help`.",
    ),
    "language_unknown": Sentence(
        "Senim does not speak {lang}; it speaks {known}.",
        "Senim does not speak this language.",
        advice="Choose kk, ru or en.",
    ),
    "serve_exposed": Sentence(
        "At {host} everybody on the network could read along, for nothing there encrypts.",
        "Everybody on the network could read along, for nothing there encrypts.",
        advice="Give --tls-cert and --tls-key, or --behind-proxy with the address of a proxy that speaks TLS.",
    ),
    "serve_half_tls": Sentence(
        "TLS needs the certificate and its private key.",
        advice="Give --tls-cert and --tls-key together.",
    ),
    "serve_origin": Sentence(
        "This is not an address that browsers could reach by TLS.",
        advice="Give it as https://name or https://name:port.",
    ),
    "serve_one_file": Sentence(
        "A register in a file has one process that writes; several can serve one in PostgreSQL.",
        advice="Leave out --workers, or move the register with `senim migrate-store`.",
    ),
    "serve_nowhere": Sentence(
        "This machine does not let Senim listen at {host}, port {port}.",
        "This machine does not let Senim listen there.",
        advice="Give an address of this machine with --host, and a port above 1023 with --port.",
    ),
    "port_taken": Sentence(
        "Another program listens at the port {port} already.",
        "Another program listens at this port already.",
        advice="End that program, or give another port with --port.",
    ),
    "practice_only": Sentence(
        "This register is not one for practice, and practice accounts would open it to everybody.",
        advice="Use the register that `senim demo` makes, or one made with `senim init --practice`.",
    ),
    "token_scope_unknown": Sentence(
        "There is no such scope. There are: {known}.",
        "There is no such scope.",
        advice="Choose read, record, or single actions such as balances:read.",
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
    "zip_with_odd_names": Sentence(
        "The zip holds names of files that programs unpack differently.",
        advice="Take the evidence once more from where it comes from, or unpack it and give the folder.",
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
    "restore_running": Sentence(
        "Another restore into {directory} is running.",
        "Another restore into this folder is running.",
        advice="Wait until it has ended. If it fails, begin again.",
    ),
    "address_malformed": Sentence(
        "This is no address of a PostgreSQL database, or it has a password in it.",
        advice="Write postgresql://user@host/database; a password belongs in libpq's password file, of mode 0600.",
    ),
    "driver_missing": Sentence(
        "What speaks to PostgreSQL is not installed here.",
        advice="Install Senim with its extra: senim[postgres].",
    ),
    "target_taken": Sentence(
        "The register is there already, or another one is.",
        advice="Nothing was written. Look what lies there before anything else.",
    ),
    "still_working": Sentence(
        "A program still works in {directory}.",
        "A program still works in the register's folder.",
        advice="Stop it, then call this again.",
    ),
    "still_recording": Sentence(
        "A program still records in {directory}.",
        "A program still records in a folder that is to be restored from.",
        advice="Stop it, then restore again: else what it records meanwhile would be left out.",
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
    "head_unreadable": Sentence(
        "This is not a printed head: the number of entries, and 64 digits from 0 to f.",
        advice="Give both as they are printed at the foot of the page, or what its QR code holds.",
    ),
    "report_needs_patient": Sentence(
        "This report is about one patient, and none was named.",
        advice="Name the patient with `--patient`.",
    ),
    "report_needs_from": Sentence(
        "This report is about a month, and its first day was not named.",
        advice="Name it with `--from`; without `--to` it goes to the end of that month.",
    ),
    "report_needs_entry": Sentence(
        "This report is about one entry, and none was named.",
        advice="Name it with `--entry` and its number.",
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
    "certificate_unreadable": Sentence(
        "The certificate cannot be read.",
        advice="Give it as PEM: it begins with the line BEGIN CERTIFICATE.",
    ),
    "certificate_of_another_key": Sentence(
        "The certificate is for another key than the one that was asked for.",
        advice="Send the authority what `senim report-key request` prints, and install what it answers to that.",
    ),
    "certificate_of_another_chain": Sentence(
        "One of the certificates in the file is none of those above the key's own.",
        advice="Give the key's certificate and those of its issuers, each the issuer of the one before.",
    ),
    "certificate_not_in_force": Sentence(
        "The certificate is not in force now.",
        advice="Ask the authority for another; check this machine's clock.",
    ),
    "certificate_for_another_use": Sentence(
        "The certificate is not for signing documents.",
        advice="Ask the authority for one for electronic signatures.",
    ),
    "certificate_not_given": Sentence(
        "An address needs the certificate by which the authority's answers are known.",
        advice="Give it with `--certificate FILE`.",
    ),
    "certificate_of_enrolled_key": Sentence(
        "The register names another certificate for the key {key}.",
        "The register names another certificate for this key.",
        advice="A key is named once, with one certificate: ask for a new key with `senim report-key request`.",
    ),
    "report_key_ended": Sentence(
        "The register has revoked the key {key}.",
        "The register has revoked this key.",
        advice="Ask for a new one with `senim report-key request`.",
    ),
    "pin_not_given": Sentence(
        "A token needs its PIN.",
        advice="Write it into a file that only you can read, and give the file with `--pin`.",
    ),
    "address_unreadable": Sentence(
        "{address} is not an address of the web.",
        "This is not an address of the web.",
        advice="Give it whole, with http:// or https:// before it.",
    ),
    "fingerprint_unreadable": Sentence(
        "This is not the SHA-256 of a certificate: 64 digits and letters from a to f.",
        advice="Copy it as it stands on the sheet of paper; gaps do not matter.",
    ),
}
