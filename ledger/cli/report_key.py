"""`senim report-key`: the key that signs the reports, its certificate, and whose time-stamps they carry. Options."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_DIR, LANGUAGE, AsJson, Dir, ForKey, Lang, house, leave, say


def register(app: typer.Typer, shared: Callable[..., None]) -> None:
    """Put the commands on *app*; *shared* are the options that may also stand before the command."""
    key = typer.Typer(help=say("The key that signs the reports, and its certificate."), no_args_is_help=True)
    key.callback()(shared)
    key.command(help=say("What signs the reports: the certificate's fingerprint, for the sheet of paper."))(show)
    key.command(help=say("Make the next key, in a file or a token; print the request for its certificate."))(request)
    key.command(help=say("Enrol the next key with its certificate; once both have signed, it signs the reports."))(
        install
    )
    key.command("time-stamps", help=say("Whose time-stamps the reports carry; without an address, what is set."))(
        time_stamps
    )
    app.add_typer(key, name="report-key")


def show(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.certifying import show_signer

    with house(dir) as opened:
        show_signer(opened, as_json=json)


def request(
    module: Annotated[
        Path | None, typer.Option("--module", help=say("The library of a PKCS #11 token, to make the key there."))
    ] = None,
    token: Annotated[str, typer.Option("--token", help=say("The token's label."))] = "",
    pin: Annotated[Path | None, typer.Option("--pin", help=say("A file that holds the token's PIN."))] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.certifying import request_certificate

    with house(dir) as opened:
        request_certificate(opened, module=module, token=token, pin=pin, as_json=json)


def install(
    certificate: Annotated[
        Path | None,
        typer.Argument(
            help=say(
                "The authority's certificate (PEM), in the same file those above it; "
                "without it the key certifies itself."
            )
        ),
    ] = None,
    signature: ForKey = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.certifying import install_certificate

    with house(dir, records=True) as opened:
        leave(install_certificate(opened, certificate, signature or (), as_json=json))


def time_stamps(
    address: Annotated[
        str | None, typer.Argument(help=say("Where the authority answers (RFC 3161 over HTTP)."))
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help=say("The authority's certificate, or its issuer's (PEM)."))
    ] = None,
    none: Annotated[bool, typer.Option("--none", help=say("From now on without time-stamps."))] = False,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.certifying import set_time_stamps

    with house(dir) as opened:
        set_time_stamps(opened, address, certificate, none=none, as_json=json)
