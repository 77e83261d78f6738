"""`senim access`: who looked at whose data, whether that log is whole, and what of a day stands out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from msgspec.structs import asdict

from ledger.cli.options import (
    DEFAULT_DIR,
    DONE,
    LANGUAGE,
    REFUSED,
    WORDS,
    AsJson,
    Dir,
    Lang,
    answer,
    house,
    leave,
    say,
    tell,
)
from ledger.cli.reading import read_day
from ledger.errors import AccessRejected
from ledger.log.canonical import from_timestamp, to_timestamp

if TYPE_CHECKING:
    from api.access import AccessLog
    from ledger.cli.wiring import House


def register(app: typer.Typer, shared: Callable[..., None]) -> None:
    """Put the commands on *app*; *shared* are the options that may also stand before the command."""
    access = typer.Typer(help=say("The access log: who looked at whose data, and why."), no_args_is_help=True)
    access.callback()(shared)
    access.command("list", help=say("The newest rows of the access log."))(list_rows)
    access.command(help=say("Is every row of the access log as it was written, and are all of them there?"))(verify)
    access.command(help=say("What of a day stands out in the access log."))(day)
    app.add_typer(access, name="access")


def list_rows(
    person: Annotated[str | None, typer.Option("--person", help=say("Only this person."))] = None,
    patient: Annotated[str | None, typer.Option("--patient", help=say("Only this patient."))] = None,
    last: Annotated[int, typer.Option("--last", min=1, max=10_000, help=say("Only the newest so many."))] = 50,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    with house(dir) as opened, open_access(opened) as log:
        patients = None if patient is None else (patient,)
        rows = log.read(person=person, patients=patients, limit=last)[::-1]
        if json:
            answer([asdict(row) for row in rows])
            return
        for row in rows:
            told = (row.kind, row.person, row.by, row.patient, row.detail, row.reason)
            tell("  ".join((WORDS.moment(from_timestamp(row.at), ZoneInfo(opened.zone)), *filter(None, told))))


def verify(dir: Dir = DEFAULT_DIR, lang: Lang = LANGUAGE, json: AsJson = False) -> None:
    with house(dir) as opened, open_access(opened) as log:
        try:
            size, head = log.verify()
        except AccessRejected as broken:
            said = say("The access log is not whole: row {seq} ({reason}).", seq=broken.seq, reason=broken.reason)
            if json:
                answer({"whole": False, "seq": broken.seq, "reason": broken.reason, "said": said})
            else:
                tell(said)
            leave(REFUSED)
        if json:
            answer({"whole": True, "size": size, "head": head.hex()})
        else:
            tell(say("The access log has {size} rows, each as it was written. The last one has the hash", size=size))
            tell(head.hex())
        leave(DONE)


def day(
    on: Annotated[
        str | None, typer.Option("--on", metavar="YYYY-MM-DD", help=say("The day; by default today."))
    ] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from api.access.look import look_at_day
    from api.access.words import say_finding
    from api.languages import CATALOGUES
    from ledger.service.queries import read_today
    from ledger.words import words

    with house(dir) as opened, open_access(opened) as log, opened.ledger.reading() as reading:
        asked = read_day(on) or date.fromisoformat(read_today(reading, to_timestamp(opened.ledger.clock())))
        found = look_at_day(log, reading, zone=opened.zone, on=asked)
    speaking = words(LANGUAGE, catalogues=CATALOGUES)
    said = [(each, say_finding(speaking, each)) for each in found]
    if json:
        answer([{"code": each.code, "said": text, "rows": list(each.rows)} for each, text in said])
    else:
        tell(*[text for _, text in said] or [say("Nothing stands out.")])


@contextmanager
def open_access(opened: "House") -> "Iterator[AccessLog]":
    from api.access import open_access_log

    ledger = opened.ledger
    with open_access_log(opened.directory, clock=ledger.clock, outside=(ledger.heads, ledger.genesis())) as log:
        yield log
