"""The commands of `senim`, as the contract names them (section 2). Each reads its options and hands on."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import access, asking, keeping, report_key, rules, tokens
from ledger.cli.ending import run_and_leave
from ledger.cli.helping import get_commands, hand_down, run_commands
from ledger.cli.options import DEFAULT_DIR, LANGUAGE, AsJson, Dir, ForKey, Lang, answer, house, leave, say, tell

app = typer.Typer(
    name="senim",
    help=say("The register of opioids and psychotropics for palliative care: append-only, signed, verifiable."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
person = typer.Typer(help=say("People and their keys."), no_args_is_help=True)
app.add_typer(person, name="person")

Product = Annotated[str | None, typer.Option("--product", help=say("Only this product."))]
Place = Annotated[str | None, typer.Option("--place", help=say("Only this place."))]
Vkey = Annotated[str | None, typer.Option("--vkey", help=say("The log's key or a trust file, had from elsewhere."))]
MaxAge = Annotated[str | None, typer.Option("--max-age", help=say("How old the newest head may be: 36h, 7d."))]
Now = Annotated[str | None, typer.Option("--now", help=say("The verifier's time; by default this machine's clock."))]
Patient = Annotated[str | None, typer.Option("--patient", help=say("Only this patient."))]
MOST = 2**53 - 1


def run() -> None:
    """Run one command; every refusal becomes a sentence and an exit code, never a traceback."""
    run_and_leave(lambda: run_commands(get_commands(app), sys.argv[1:]))


SharedDir = Annotated[
    Path | None, typer.Option("--dir", help=say("The data directory; by default SENIM_DIR, or senim-data."))
]
SharedLang = Annotated[str | None, typer.Option("--lang", help=say("The language: kk, ru or en."), metavar="kk|ru|en")]


@app.callback()
@person.callback()
def shared(
    context: typer.Context,
    dir: SharedDir = None,
    lang: SharedLang = None,
    json: AsJson = False,
) -> None:
    hand_down(context, dir=dir, lang=lang, json=json or None)


@app.command(help=say("Make a data directory: ledger, vault, keys and the first entries."))
def init(
    facility: Annotated[str, typer.Option("--facility", help=say("The name of the facility."))],
    log: Annotated[str, typer.Option("--log", help=say("The origin of the log: senim/<facility>/<number>."))],
    bin: Annotated[str, typer.Option("--bin", help=say("The facility's BIN."))],
    kato: Annotated[str, typer.Option("--kato", help=say("The facility's KATO code."))],
    kind: Annotated[str, typer.Option("--kind", help=say("hospital, hospice, phc or pharmacy."))],
    zone: Annotated[str, typer.Option("--zone", help=say("The time zone."))] = "Asia/Almaty",
    rules: Annotated[Path | None, typer.Option("--rules", help=say("A rule set; without it the practice one."))] = None,
    practice: Annotated[bool, typer.Option("--practice", help=say("For practising only."))] = False,
    registrar_key: Annotated[
        Path | None, typer.Option("--registrar-key", help=say("The registrar's own public key (PEM, Ed25519)."))
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--database", help=say("Keep the entries in PostgreSQL: the database's address, without a password.")
        ),
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.setting_up import init_directory

    body = {"facility": facility, "bin": bin, "kato": kato, "kind": kind, "zone": zone, "practice": practice}
    leave(init_directory(dir, log, body, rules, registrar_key, database, as_json=json))


@person.command("add", help=say("Enrol a person; prints a one-time enrolment code."))
def person_add(
    username: Annotated[str, typer.Argument(help=say("The username, a pseudonym of the site."))],
    role: Annotated[str, typer.Option("--role", help=say("The role."))],
    name: Annotated[str, typer.Option("--name", help=say("The person's name; it is sealed, never in the chain."))],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.setting_up import add_person

    with house(dir, records=True) as opened:
        leave(add_person(opened, username, role, name, as_json=json))


@person.command("code", help=say("Give a person a new one-time enrolment code; the one before ends."))
def person_code(
    username: Annotated[str, typer.Argument(help=say("The username."))],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.tokens import issue_code

    with house(dir) as opened:
        issue_code(opened, username, as_json=json)


@person.command("key", help=say("Enrol a person's Ed25519 public key for signing outside the browser."))
def person_key(
    username: Annotated[str, typer.Argument(help=say("The username."))],
    public: Annotated[Path, typer.Option("--public", help=say("The public key (PEM)."))],
    proof: Annotated[
        Path | None, typer.Option("--proof", help=say("The new key's signature over the bytes this command prints."))
    ] = None,
    signature: ForKey = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.setting_up import enrol_key

    with house(dir, records=True) as opened:
        leave(enrol_key(opened, username, public, proof, signature or (), as_json=json))


@app.command(help=say("Run commands from a file, one JSON object a line."))
def record(
    file: Annotated[str, typer.Argument(help=say("The file, or - for standard input."))],
    strict: Annotated[bool, typer.Option("--strict", help=say("Warnings must be acknowledged in the line."))] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.recording import record_file

    with house(dir, records=True) as opened:
        leave(record_file(opened, file, strict=strict, as_json=json))


@app.command(help=say("Show entries."))
def show(
    seq: Annotated[int | None, typer.Argument(help=say("The number of one entry."), min=0, max=MOST)] = None,
    patient: Patient = None,
    product: Product = None,
    type: Annotated[str | None, typer.Option("--type", help=say("Only this type."))] = None,
    last: Annotated[int | None, typer.Option("--last", min=1, max=MOST, help=say("Only the newest so many."))] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.showing import show_entries

    with house(dir) as opened:
        show_entries(opened, seq=seq, patient=patient, product=product, type=type, last=last, as_json=json)


@app.command(help=say("Balances per place, product and lot."))
def balance(
    product: Product = None,
    place: Place = None,
    at: Annotated[str | None, typer.Option("--at", help=say("At this time or day; by default now."))] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:  # fmt: skip
    from ledger.cli.showing import show_balances

    with house(dir) as opened:
        show_balances(opened, product=product, place=place, at=at, as_json=json)


@app.command(help=say("The closed circle: what was handed out, what came of it, what is still out."))
def circle(
    patient: Patient = None,
    product: Product = None,
    open: Annotated[bool, typer.Option("--open", help=say("Only rows with something still out."))] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.showing import show_circle

    with house(dir) as opened:
        show_circle(opened, patient=patient, product=product, only_open=open, as_json=json)


@app.command(help=say("What is in custody."))
def custody(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.showing import show_custody

    with house(dir) as opened:
        show_custody(opened, as_json=json)


@app.command(help=say("Open discrepancies, and empties that are due."))
def discrepancies(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.showing import show_discrepancies

    with house(dir) as opened:
        show_discrepancies(opened, as_json=json)


@app.command(help=say("What waits for a second signature."))
def pending(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.showing import show_pending

    with house(dir) as opened:
        show_pending(opened, as_json=json)


@app.command(help=say("Serve the web pages, the JSON API and the log to its witnesses."))
def serve(
    host: Annotated[str, typer.Option("--host", help=say("The address to listen at."))] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=say("The port to listen at."))] = 8000,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help=say("How many processes serve a register in PostgreSQL."))
    ] = 1,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help=say("The server's certificate chain (PEM)."))
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help=say("The certificate's private key (PEM)."))] = None,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            "--behind-proxy", metavar="https://NAME", help=say("What browsers see of a proxy that speaks TLS.")
        ),
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.serving import serve_directory

    leave(serve_directory(dir, host=host, port=port, workers=workers, origin=behind_proxy, cert=tls_cert, key=tls_key))


@app.command(help=say("Sign and print a checkpoint now."))
def checkpoint(
    adopt_head: Annotated[
        bool,
        typer.Option(
            "--adopt-head",
            help=say("After a move: verify, then sign on this machine from now on, and on no other."),
        ),
    ] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.verifying import adopt_verified_head
    from ledger.service.checkpoints import sign_head

    with house(dir, signs=not adopt_head) as opened:
        if adopt_head:
            adopt_verified_head(opened)
        row = sign_head(opened.ledger)
    note = row.note.decode()
    if json:
        answer({"size": row.size, "root": row.root.hex(), "note": note})
    else:
        tell(note.removesuffix("\n"))


@app.command(help=say("Write the evidence folder: everything an inspector needs to check without us."))
def evidence(
    out: Annotated[Path, typer.Argument(help=say("A folder that does not exist yet."))],
    openings: Annotated[
        bool, typer.Option("--openings", help=say("Also disclose the sealed values: names, notes, numbers."))
    ] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.verifying import take_evidence

    with house(dir, signs=True) as opened:
        take_evidence(opened, out, disclose=openings, as_json=json)


@app.command(help=say("Verify an evidence folder, a zip of one, or a data directory: five verdicts."))
def verify(
    path: Annotated[Path, typer.Argument(help=say("The folder, the zip or the data directory."))],
    vkey: Vkey = None,
    since: Annotated[Path | None, typer.Option("--since", help=say("The checkpoint of the last visit."))] = None,
    policy: Annotated[Path | None, typer.Option("--policy", help=say("Which witnesses must have cosigned."))] = None,
    max_age: MaxAge = None,
    now: Now = None,
    require_signed: Annotated[
        bool, typer.Option("--require-signed", help=say("Entries that no person's own key covers fail."))
    ] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:  # fmt: skip
    from ledger.cli.verifying import verify_path

    leave(
        verify_path(
            path, vkey=vkey, since=since, policy=policy, max_age=max_age, now=now,
            require_signed=require_signed, as_json=json,
        )
    )  # fmt: skip


@app.command(help=say("Two evidence folders side by side: taken over, not taken over, differing, supplied twice."))
def compare(
    one: Annotated[Path, typer.Argument(metavar="A", help=say("The evidence folder of one facility, or its zip."))],
    other: Annotated[Path, typer.Argument(metavar="B", help=say("That of the other."))],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.comparing import compare_evidence

    leave(compare_evidence((one, other), as_json=json))


@app.command(help=say("Write a signed PDF report."))
def report(
    kind: Annotated[
        str, typer.Argument(help=say("The kind of report; an unknown one is answered with all there are."))
    ],
    out: Annotated[Path, typer.Option("--out", help=say("The PDF to write."))],
    from_: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=say("The first day."))] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help=say("The last day."))] = None,
    patient: Patient = None,
    product: Product = None,
    place: Place = None,
    entry: Annotated[int | None, typer.Option("--entry", min=0, max=MOST, help=say("Of this entry."))] = None,
    head: Annotated[
        str | None, typer.Option("--head", metavar="SIZE ROOT", help=say("A printed head to compare."))
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.reporting import write_report

    asked = {"from": from_, "to": to, "patient": patient, "product": product, "place": place, "entry": entry}
    asked |= {"head": head}
    with house(dir, records=True) as opened:
        leave(write_report(opened, kind, out, asked, as_json=json))


@app.command("check-pdf", help=say("Is this PDF ours, unaltered, and does it agree with the head it carries?"))
def check_pdf(
    file: Annotated[Path, typer.Argument(help=say("The PDF."))],
    vkey: Vkey = None,
    certificate: Annotated[
        str | None, typer.Option("--certificate", help=say("The SHA-256 of the certificate, as it stands on paper."))
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:  # fmt: skip
    from ledger.cli.checking import check_report

    leave(check_report(file, vkey=vkey, certificate=certificate, as_json=json))


@app.command(help=say("Derive every projection again from the entries."))
def rebuild(
    check: Annotated[bool, typer.Option("--check", help=say("Only compare."))] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.verifying import rebuild_projections

    with house(dir) as opened:
        leave(rebuild_projections(opened, only_check=check, as_json=json))


rules.register(app, shared)
report_key.register(app, shared)
tokens.register(app, shared)
access.register(app, shared)
keeping.register(app)
asking.register(app)


@app.command(help=say("The demonstration: a quarter of a hospital and a primary-care organisation."))
def demo(
    dir: Annotated[Path, typer.Option("--dir", help=say("Where the demonstration is made."))] = Path("senim-demo"),
    serve: Annotated[
        bool, typer.Option("--serve", help=say("Then leave the web open, with one practice account for each role."))
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65534, help=say("The port to listen at."))] = 8000,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.demo import play

    leave(play(dir, serves=serve, port=port, as_json=json))
