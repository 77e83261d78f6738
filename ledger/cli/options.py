"""What every command shares: its options, its language, what it has done so far, how it answers."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from ledger.errors import WronglyCalled
from ledger.refusal_words import say_reasons
from ledger.words import pick_language, words

if TYPE_CHECKING:
    from ledger.cli.wiring import House

DONE, REFUSED, UNDETERMINED = 0, 1, 2


def _pick() -> tuple[str, WronglyCalled | None]:
    """The caller's language; where one was asked for that Senim does not speak, the system's, and that mistake."""
    try:
        return pick_language(sys.argv[1:], os.environ), None
    except WronglyCalled as unspoken:
        return pick_language([], {**os.environ, "SENIM_LANG": ""}), unspoken


LANGUAGE, UNSPOKEN = _pick()
WORDS = words(LANGUAGE)
say = WORDS.say


@dataclass(slots=True)
class Run:
    """What may truthfully be said of this run when it ends.

    `records`: it is one that records; `recorded`: the seqs that are committed; `zone`: the facility's clock.
    """

    as_json: bool
    records: bool = False
    recorded: list[int] = field(default_factory=list)
    zone: tzinfo = UTC


RUN = Run(as_json="--json" in sys.argv[1:])

Dir = Annotated[Path, typer.Option("--dir", help=say("The data directory; by default SENIM_DIR, or senim-data."))]
Lang = Annotated[str, typer.Option("--lang", help=say("The language: kk, ru or en."), metavar="kk|ru|en")]
AsJson = Annotated[bool, typer.Option("--json", help=say("Answer in JSON."))]
ForKey = Annotated[
    list[str] | None,
    typer.Option("--signature", metavar="USERNAME=FILE", help=say("Who signed for the new key, and where; twice.")),
]

DEFAULT_DIR = Path(os.environ.get("SENIM_DIR") or "senim-data")


def answer(value: Any) -> None:
    """One JSON value on one line, keys as they are, letters as they are."""
    tell(json.dumps(value, ensure_ascii=False))


def tell(*lines: str) -> None:
    """Print *lines* now. What was recorded and cannot be told where it was asked for is told beside it."""
    try:
        print(*lines, sep="\n", flush=True)
    except OSError:
        if RUN.recorded:
            print(*lines, sep="\n", file=sys.stderr)
        raise


def leave(code: int) -> NoReturn:
    raise typer.Exit(code)


@contextmanager
def house(directory: Path, *, records: bool = False, signs: bool = False) -> Iterator["House"]:
    """The open data directory of one command. *records*, *signs*: what that needs is looked at before anything is."""
    from ledger.cli.wiring import open_house

    RUN.records = records
    opened = open_house(directory, writes=records or signs)
    RUN.zone = ZoneInfo(opened.zone)
    if opened.ledger.read_only is not None:
        why = say_reasons(WORDS, opened.ledger.read_only, zone=RUN.zone)
        print(say("Here this register can only be read."), *why, file=sys.stderr)
    try:
        yield opened
    finally:
        opened.close()


def is_terminal() -> bool:
    return sys.stderr.isatty()
