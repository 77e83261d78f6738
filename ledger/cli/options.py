"""What every command shares: its options, its language, how it answers and how it fails."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ledger.errors import NotFound, SenimError, WronglyCalled
from ledger.refusal_words import say_error
from ledger.words import pick_language, words

if TYPE_CHECKING:
    from ledger.cli.wiring import House

LANGUAGE = pick_language(sys.argv[1:], os.environ)
WORDS = words(LANGUAGE)
say = WORDS.say

DONE, REFUSED, UNDETERMINED = 0, 1, 2

Dir = Annotated[Path, typer.Option("--dir", envvar="SENIM_DIR", help=say("The data directory."))]
Lang = Annotated[str, typer.Option("--lang", help=say("The language: kk, ru or en."), metavar="kk|ru|en")]
AsJson = Annotated[bool, typer.Option("--json", help=say("Answer in JSON."))]

DEFAULT_DIR = Path("senim-data")


def answer(value: Any) -> None:
    """One JSON value on one line, keys as they are, letters as they are."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def leave(code: int) -> NoReturn:
    raise typer.Exit(code)


@contextmanager
def house(directory: Path) -> Iterator["House"]:
    """The open data directory of one command."""
    from ledger.cli.wiring import open_house

    opened = open_house(directory)
    try:
        yield opened
    finally:
        opened.close()


def exit_code(error: SenimError) -> int:
    return UNDETERMINED if isinstance(error, WronglyCalled | NotFound) else REFUSED


def tell_error(error: SenimError, *, as_json: bool) -> None:
    """What was refused or went wrong, in the caller's language; nothing else leaves the program."""
    said = say_error(WORDS, error)
    if as_json:
        reason = getattr(error, "reason", None)
        codes = [refusal.code for refusal in getattr(error, "refusals", ())]
        more = ({"reason": reason} if reason else {}) | ({"code": codes[0], "refusals": codes} if codes else {})
        answer({"error": error.code, "said": said} | more)
    else:
        print(said, file=sys.stderr)


def is_terminal() -> bool:
    return sys.stderr.isatty()
