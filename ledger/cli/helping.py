"""Help and mistakes of calling in the caller's language: Typer speaks English only, so its words are replaced here."""

import re
from typing import Any, Final

from typer import Context, Typer
from typer import main as typer_main
from typer._click import exceptions as wrong
from typer._click.core import Command
from typer._click.core import Context as ClickContext
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

from ledger.cli.options import say
from ledger.errors import WronglyCalled

_HEADINGS: Final = {"Options": say("Options"), "Arguments": say("Arguments"), "Commands": say("Commands")}
_TYPES: Final = {"str": say("text"), "path": say("path"), "int": say("number"), "int range": say("number")}
_TYPE = re.compile(r"<([a-z ]+)>")
_MORE = re.compile(r"(.*)  \[(.*)\]", re.DOTALL)


class _Formatter(HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for english, ours in (("[OPTIONS]", say("[OPTIONS]")), ("COMMAND [ARGS]...", say("COMMAND …"))):
            args = args.replace(english, ours)
        super().write_usage(prog, args, prefix or say("Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_to_type(first), _to_help(second)) for first, second in rows], col_max, col_spacing)


def _to_type(text: str) -> str:
    return _TYPE.sub(lambda found: f"<{_TYPES.get(found[1], found[1])}>", text)


def _to_help(text: str) -> str:
    if text == "Show this message and exit.":
        return say("Show this help.")
    found = _MORE.fullmatch(text)
    if found is None:
        return text
    pieces = [_to_piece(piece) for piece in found[2].split("; ")]
    return " ".join([found[1], *filter(None, pieces)])


def _to_piece(piece: str) -> str:
    if piece == "required":
        return say("[required]")
    kind, _, value = piece.partition(": ")
    return say("[by default {value}]", value=value) if kind == "default" else ""  # bounds are told when crossed


def get_commands(app: Typer) -> TyperGroup:
    """The commands of *app*, whose help is in the caller's language and never cut short."""
    ClickContext.formatter_class = _Formatter
    group = typer_main.get_command(app)
    assert isinstance(group, TyperGroup)
    _lengthen(group)
    return group


def _lengthen(command: Command) -> None:
    command.short_help = command.help
    for each in command.commands.values() if isinstance(command, TyperGroup) else ():
        _lengthen(each)


def hand_down(context: Context, **told: Any) -> None:
    """What was told before the name of a command counts for the command, unless told again after it."""
    shared = {**(context.default_map or {}), **{name: value for name, value in told.items() if value is not None}}
    group: Any = context.command
    context.default_map = {**shared, **dict.fromkeys(group.commands, shared)}


def run_commands(group: TyperGroup, argv: list[str]) -> None:
    """Run the command that *argv* names. Raises `WronglyCalled` where it was not written as it is called."""
    try:
        with group.make_context("senim", argv) as context:
            group.invoke(context)
    except wrong.NoArgsIsHelpError as asked:
        print(asked.format_message())
        raise WronglyCalled("command_missing") from asked
    except wrong.UsageError as mistake:
        raise _to_wrongly_called(mistake) from mistake


def _to_wrongly_called(mistake: wrong.UsageError) -> WronglyCalled:
    match mistake:
        case wrong.NoSuchOption():
            return WronglyCalled("option_unknown", option=mistake.option_name[:40])
        case wrong.BadOptionUsage():
            return WronglyCalled("option_unfinished", option=mistake.option_name[:40])
        case wrong.MissingParameter():
            return WronglyCalled("argument_missing", option=_name(mistake))
        case wrong.BadParameter():
            return WronglyCalled("argument_unreadable", option=_name(mistake))
        case _ if mistake.ctx is not None and isinstance(mistake.ctx.command, TyperGroup):
            return WronglyCalled("command_unknown")
        case _:
            return WronglyCalled("argument_too_many")


def _name(mistake: wrong.BadParameter) -> str:
    if mistake.param is None:
        return ""
    return mistake.param.opts[0] if mistake.param.opts else mistake.param.name
