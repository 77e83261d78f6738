"""`senim rules` and `senim doses`: their options."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_DIR, LANGUAGE, AsJson, Dir, Lang, house, leave, say

_MOST = 2**53 - 1
File = Annotated[Path, typer.Argument(help=say("The rule set, with the tables that it names beside it."))]


def register(app: typer.Typer, shared: Callable[..., None]) -> None:
    """Put the commands on *app*; *shared* are the options that may also stand before the command."""
    rules = typer.Typer(help=say("The rule set: legal and clinical values with their sources."), no_args_is_help=True)
    rules.callback()(shared)
    rules.command(help=say("Every value in force, its source, and what is not checked because it is unset."))(show)
    rules.command(help=say("What a rule set would change."))(compare)
    rules.command(help=say("Adopt a rule set, in the names of registrar and head pharmacist."))(adopt)
    rules.command(help=say("The values that somebody must look up, where, and what each one governs."))(worksheet)
    app.add_typer(rules, name="rules")
    app.command(help=say("A patient's opioids by the day, with the oral morphine equivalent."))(doses)


def show(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.regulating import show_rules

    with house(dir) as opened:
        show_rules(opened, as_json=json)


def compare(file: File, dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.regulating import compare_rules

    with house(dir) as opened:
        compare_rules(opened, file, as_json=json)


def adopt(file: File, dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.regulating import adopt_rules

    with house(dir, records=True) as opened:
        leave(adopt_rules(opened, file, as_json=json))


def worksheet(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.regulating import write_worksheet

    with house(dir) as opened:
        write_worksheet(opened, as_json=json)


def doses(
    patient: Annotated[str, typer.Argument(help=say("The patient."))],
    at: Annotated[
        int | None, typer.Option("--at", min=0, max=_MOST, help=say("As known at this entry; by default now."))
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.doses import show_doses

    with house(dir) as opened:
        show_doses(opened, patient, at=at, as_json=json)
