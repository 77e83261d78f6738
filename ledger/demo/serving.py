"""`senim demo --serve`: both facilities on this computer alone, with one practice account for each role.

The hospital is `localhost` and the other one `127.0.0.1`: browsers keep the sessions of two names apart, and of two
ports they do not.
"""

import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

from ledger.cli.options import DONE, LANGUAGE, answer, say, tell
from ledger.cli.recording import progress
from ledger.cli.wiring import House, open_house
from ledger.demo.accounts import CHEAP, SIGN_IN, SIGNING, Practising, make_accounts
from ledger.demo.today import PACK, days_around
from ledger.errors import WronglyCalled
from ledger.refusal_words.terms import ROLES
from ledger.service.checkpoints import sign_head
from ledger.service.importing import record_line
from ledger.storage.heads import FileHeads

_HOSTS = {"hospital": "localhost", "phc": "127.0.0.1"}
_STEP = 30


def serve_practice(directory: Path, facilities: Mapping[str, str], *, port: int, as_json: bool) -> int:
    """Serve what was played into *directory*, until it is told to stop. *facilities*: their names, by ours.

    The first listens at *port* and the next at the one after; 0 lets the system choose. Raises
    `WronglyCalled('port_taken')`.
    """
    import secrets

    import uvicorn

    from api.app import make_app
    from api.listening import to_arguments
    from api.opening import open_site
    from api.settings import Settings

    phone = secrets.token_bytes(20)
    with ExitStack() as stack:
        sockets = {
            name: stack.enter_context(closing(_listen(port + n if port else 0))) for n, name in enumerate(_HOSTS)
        }
        servers, addresses, practising = [], {}, {}
        for name, host in _HOSTS.items():
            house = stack.enter_context(
                closing(open_house(directory / name, heads=FileHeads(directory / "heads"), writes=True))
            )
            _bring_up_to_today(house, name)
            practising[name] = make_accounts(house, phone=phone)
            sign_head(house.ledger)
            origin = f"http://{host}:{sockets[name].getsockname()[1]}"
            addresses[name] = origin
            settings = Settings(origin=origin, argon2=CHEAP)
            site = stack.enter_context(open_site(house.ledger, house.directory, house.zone, settings))
            config = uvicorn.Config(make_app(site), log_level="warning", **to_arguments())
            servers.append((uvicorn.Server(config), sockets[name]))
        _tell(facilities, addresses, practising, as_json=as_json)
        (first, its_socket), *others = servers
        threads = [Thread(target=server.run, kwargs={"sockets": [each]}) for server, each in others]
        for thread in threads:
            thread.start()
        try:
            with _showing_codes(next(iter(practising.values())).secret), suppress(KeyboardInterrupt):
                first.run(sockets=[its_socket])
        finally:
            for server, _ in others:
                server.should_exit = True
            for thread in threads:
                thread.join()
    return DONE


def _listen(port: int) -> socket.socket:
    """Open to this computer alone."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()  # who comes before the server accepts waits, and is not turned away
    except OSError as error:
        listening.close()
        raise WronglyCalled("port_taken", port=str(port)) from error
    return listening


def _bring_up_to_today(house: House, name: str) -> None:
    lines = list(days_around(name, datetime.now(UTC).astimezone(ZoneInfo(house.zone))))
    with progress(say("Recording"), len(lines)) as step:
        for number, line in enumerate(lines, start=1):
            told = record_line(house.ledger, number, line, strict=False)
            assert told.receipt is not None, (line, told.refusals)  # our own words, held by a test
            step()


def _tell(
    facilities: Mapping[str, str], addresses: Mapping[str, str], practising: Mapping[str, Practising], *, as_json: bool
) -> None:
    secret = next(iter(practising.values())).secret
    if as_json:
        people = {name: dict(each.people) for name, each in practising.items()}
        passwords = {"sign_in": SIGN_IN, "signing": SIGNING, "secret": secret}
        answer({"addresses": dict(addresses), "people": people, **passwords})
        return
    tell("", say("Open one of these in a browser on this computer:"))
    for name, address in addresses.items():
        tell("", f"  {address}/language/{LANGUAGE}?to=/sign-in  {facilities[name]}")
        for role, person in practising[name].people:
            tell(f"    {person:<14}{say(ROLES[role])}")
    tell(
        "",
        say("Sign in as any of them; who signs second signs in at the same screen with F8:"),
        f"  {say('Sign-in password:')} {SIGN_IN}",
        f"  {say('Code of six digits: the one below, or of an app with the key {secret}', secret=secret)}",
        f"  {say('Signing password, for every entry:')} {SIGNING}",
        f"  {say('A pack of morphine tablets, as a scanner reads it:')} {PACK}",
        "",
        say("All of it is for practice and protects nothing. Ctrl+C ends it."),
    )


@contextmanager
def _showing_codes(secret: str) -> Iterator[None]:
    """The code of this half minute, kept up to date on a terminal; in a pipe it is told once."""
    from pyotp import TOTP

    ended, totp = Event(), TOTP(secret)
    if not sys.stdout.isatty():
        tell(say("The code now: {code}", code=_spaced(totp.now())))
        yield
        return

    def show() -> None:
        while not ended.is_set():
            left = _STEP - int(time.time()) % _STEP
            said = say("The code now: {code} ({n} s)", code=_spaced(totp.now()), n=left)
            print(f"\r  {said}  ", end="", flush=True)
            ended.wait(1)

    thread = Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        print()


def _spaced(code: str) -> str:
    return f"{code[:3]} {code[3:]}"
