"""`senim backup`, `restore`, `migrate-store` and `rotate-log-key`: their options."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_DIR, LANGUAGE, AsJson, Dir, ForKey, Lang, house, leave, say


def register(app: typer.Typer) -> None:
    """Put the commands on *app*."""
    app.command(help=say("Write a backup of the register into one file, and read it again."))(backup)
    app.command(help=say("Write a register anew from a backup, and from what else is left of it."))(restore)
    app.command(
        "migrate-store", help=say("Move the register into another database, or back into a file; all of it or nothing.")
    )(migrate_store)
    app.command(
        "rotate-log-key", help=say("Change the key that signs the heads; registrar and head pharmacist sign for it.")
    )(rotate_log_key)


def backup(
    out: Annotated[Path, typer.Argument(help=say("A file that does not exist yet."))],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.backing_up import back_up

    with house(dir) as opened:
        back_up(opened, out, as_json=json)


def restore(
    file: Annotated[Path, typer.Argument(help=say("The backup; or an evidence folder, or an old data directory."))],
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", help=say("Where entries or keys may be that it lacks: evidence, an old data directory.")
        ),
    ] = None,
    without_vault: Annotated[
        bool, typer.Option("--without-vault", help=say("Go on without the names whose keys are lost."))
    ] = False,
    without_head: Annotated[
        bool, typer.Option("--without-head", help=say("Go on where nobody knows what was signed last."))
    ] = False,
    without_unsigned: Annotated[
        bool, typer.Option("--without-unsigned", help=say("Go on without entries that no head was signed for."))
    ] = False,
    new_epoch: Annotated[
        bool, typer.Option("--new-epoch", help=say("Where it cannot be brought back: begin a new log that goes on."))
    ] = False,
    signatures: Annotated[
        list[str] | None,
        typer.Option(
            "--signature", metavar="USERNAME=FILE", help=say("Who signed the new log's beginning, and where.")
        ),
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli import backing_up

    paths = [file, *(sources or ())]
    if new_epoch:
        from ledger.cli.new_epoch import begin_epoch

        leave(begin_epoch(dir, paths, signatures or (), without_vault=without_vault, as_json=json))
    backing_up.restore(
        dir,
        paths,
        without_vault=without_vault,
        without_head=without_head,
        without_unsigned=without_unsigned,
        as_json=json,
    )


def migrate_store(
    target: Annotated[
        str, typer.Argument(help=say("The address of a PostgreSQL database, without a password; or: sqlite."))
    ],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.moving import move_store

    move_store(dir, target, as_json=json)


def rotate_log_key(
    signature: ForKey = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.own_keys import rotate_signed

    with house(dir, records=True) as opened:
        leave(rotate_signed(opened, signature or (), as_json=json))
