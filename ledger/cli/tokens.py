"""`senim token` and `senim person code`: who runs them has the data directory, and acts as its keeper.

Both only open a way in. What a token's machine records, its person signs; what a code sets, signs nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.access import open_access
from ledger.cli.options import DEFAULT_DIR, LANGUAGE, RUN, AsJson, Dir, Lang, answer, house, say, tell
from ledger.cli.reading import is_known
from ledger.errors import CommandRefused, Refusal, WronglyCalled
from ledger.log.canonical import to_timestamp

if TYPE_CHECKING:
    from api.accounts import Accounts
    from api.accounts.shapes import Token
    from ledger.cli.wiring import House

KEEPER = "console"
"""By whom it is noted in the access log: whoever may run commands on this machine."""

Username = Annotated[str, typer.Argument(help=say("The username."))]


def register(app: typer.Typer, shared: Callable[..., None]) -> None:
    """Put the commands on *app*; *shared* are the options that may also stand before the command."""
    token = typer.Typer(help=say("Tokens: machines that act as a person."), no_args_is_help=True)
    token.callback()(shared)
    token.command(help=say("Print a bearer token that acts as that person; it is shown this once."))(create)
    token.command("list", help=say("Every token, in force or not, and when it was last used."))(list_tokens)
    token.command(help=say("End a token at once."))(revoke)
    app.add_typer(token, name="token")


def create(
    username: Username,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help=say("For so many days."))] = 30,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=say("What it may do: read, record, or one action such as balances:read.")),
    ] = None,
    label: Annotated[str, typer.Option("--label", help=say("What it is for."))] = "",
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    from api.authority import PERMITS, SCOPES

    asked = scope or list(SCOPES)
    for each in asked:
        if each not in PERMITS and each not in SCOPES:
            raise WronglyCalled("token_scope_unknown", known=", ".join([*SCOPES, *PERMITS]))
    with house(dir) as opened, open_accounts_of(opened) as accounts:
        verify_enrolled(opened, username)
        made, secret = accounts.tokens.make(username, by=KEEPER, label=label, scopes=asked, days=days)
    if json:
        answer({**to_json(made), "token": secret})
    else:
        tell(
            say("The token of {person}, good until {at}; keep it as you would a key:", person=username, at=_day(made)),
            secret,
        )


def list_tokens(
    username: Annotated[str | None, typer.Argument(help=say("Only of this person."))] = None,
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    with house(dir) as opened, open_accounts_of(opened) as accounts:
        tokens, now = accounts.tokens.of(username), opened.ledger.clock()
    if json:
        answer([to_json(each) for each in tokens])
    else:
        tell(*(_to_line(each, now) for each in tokens) if tokens else [say("There is no token.")])


def revoke(
    id: Annotated[str, typer.Argument(help=say("The token's id, as `senim token list` shows it."))],
    dir: Dir = DEFAULT_DIR,
    lang: Lang = LANGUAGE,
    json: AsJson = False,
) -> None:
    with house(dir) as opened, open_accounts_of(opened) as accounts:
        ended = accounts.tokens.revoke(id, by=KEEPER)
    if json:
        answer(to_json(ended))
    else:
        tell(say("The token {id} of {person} has ended.", id=ended.id, person=ended.person))


def issue_code(opened: "House", username: str, *, as_json: bool) -> None:
    """Print a new enrolment code of *username*; the one before is worth nothing any more."""
    verify_enrolled(opened, username)
    with open_accounts_of(opened) as accounts:
        code = accounts.enrolment.issue_code(username, by=KEEPER)
    if as_json:
        answer({"person": username, "code": code})
    else:
        tell(say("The new one-time enrolment code of {person}:", person=username), code)


@contextmanager
def open_accounts_of(opened: "House") -> Iterator["Accounts"]:
    """The accounts beside that ledger, whose notes go to its access log."""
    from api.accounts import open_accounts
    from api.settings import Settings

    clock = opened.ledger.clock
    with (
        open_access(opened) as access,
        open_accounts(opened.directory, settings=Settings(), recorder=access, clock=clock) as accounts,
    ):
        yield accounts


def verify_enrolled(opened: "House", username: str) -> None:
    """Raises `CommandRefused`: `not_enrolled`, also of who left."""
    with opened.ledger.reading() as reading:
        if not is_known(reading, "person", username) or reading.book.find("person", username).left_at is not None:
            raise CommandRefused([Refusal(code="not_enrolled", field="person", values={"person": username})])


def to_json(token: "Token") -> dict[str, object]:
    def at(moment: datetime | None) -> str | None:
        return None if moment is None else to_timestamp(moment)

    return {
        "id": token.id, "person": token.person, "label": token.label, "scopes": token.asked,
        "made_at": at(token.made_at), "expires_at": at(token.expires_at), "used_at": at(token.used_at),
        "revoked_at": at(token.revoked_at),
    }  # fmt: skip


def _day(token: "Token") -> str:
    return token.expires_at.astimezone(RUN.zone).date().isoformat()


def _to_line(token: "Token", now: datetime) -> str:
    if token.revoked_at is not None:
        state = say("revoked")
    elif token.expires_at <= now:
        state = say("over")
    else:
        state = say("until {at}", at=_day(token))
    used = say("never used") if token.used_at is None else say("last used {at}", at=f"{token.used_at:%Y-%m-%d}")
    return "  ".join(filter(None, (token.id, token.person, token.label, ",".join(token.asked), state, used)))
