"""`senim holders`, `senim owed` and `senim due`: their options."""

from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_DIR, LANGUAGE, AsJson, Dir, Lang, house, say


def register(app: typer.Typer) -> None:
    """Put the commands on *app*."""
    app.command(help=say("Who holds a lot now: places, sealed bags, homes and whom to call, other facilities."))(
        holders
    )
    app.command(help=say("What is still to be supplied of the courses that run, and until which day."))(owed)
    app.command(help=say("Packs to take back, bags to destroy, stock to count, by the days of the rule set."))(due)


def holders(
    product: Annotated[str, typer.Argument(help=say("The product."))],
    lot: Annotated[str, typer.Argument(help=say("The lot, as it is printed on the pack."))],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.tracing import show_holders

    with house(dir) as opened:
        show_holders(opened, product, lot, as_json=json)


def owed(
    patient: Annotated[str | None, typer.Argument(help=say("Only this patient."))] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from ledger.cli.tracing import show_owed

    with house(dir) as opened:
        show_owed(opened, patient, as_json=json)


def due(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    from ledger.cli.due import show_due

    with house(dir) as opened:
        show_due(opened, as_json=json)
