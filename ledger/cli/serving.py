"""`senim serve`: the web over one data directory, by one process or several, until it is told to stop."""

import errno
import gc
import ipaddress
import os
import re
import signal
import socket
import sys
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

from ledger.cli.options import DONE, REFUSED, WORDS, say, tell
from ledger.cli.together import Beat, Stands, serve_together
from ledger.cli.wiring import House, open_house
from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.refusal_words import say_reasons
from ledger.storage.layout import find_where

_AWAITED = frozenset({"database_unreachable", "clocks_apart"})
"""What a machine that starts before the database's has only to wait for."""
_LOOK_AGAIN = 2.0


def serve_directory(
    directory: Path, *, host: str, port: int, workers: int, origin: str | None, cert: Path | None, key: Path | None
) -> int:
    """Serve *directory*; what cannot be written at this moment is still shown (contract, section 3: 503).

    *workers*: how many processes do it; *origin*: what browsers see in front of a proxy that speaks TLS. Raises
    `WronglyCalled`: `serve_exposed` where the network could listen to what passes, `serve_half_tls`,
    `serve_one_file` where several would write to one SQLite file, `port_taken`, `serve_nowhere`.
    """
    if (cert is None) != (key is None):
        raise WronglyCalled("serve_half_tls")
    if origin is not None and not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?", origin):
        raise WronglyCalled("serve_origin")
    if not (is_loopback(host) or cert or origin):
        raise WronglyCalled("serve_exposed", host=host)
    if isinstance(find_where(directory), Path) and workers > 1:
        raise WronglyCalled("serve_one_file")

    with closing(_bind(host, port)) as bound:
        shown = "localhost" if is_loopback(host) else host
        at = origin or f"{'https' if cert else 'http'}://{shown}:{bound.getsockname()[1]}"
        spoken = {"ssl_certfile": cert, "ssl_keyfile": key, "proxy_headers": origin is not None}
        return _serve_at(bound, directory, at, workers, spoken)


def _bind(host: str, port: int) -> socket.socket:
    """A socket that refuses connections until somebody who can serve them listens."""
    with ExitStack() as failing:
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            bound = failing.enter_context(socket.socket(family, kind))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # an IPv4 address is to look like one
            bound.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise WronglyCalled("port_taken", port=str(port)) from error
            raise WronglyCalled("serve_nowhere", host=host, port=str(port)) from error
        failing.pop_all()
    return bound


def _serve_at(bound: socket.socket, directory: Path, origin: str, workers: int, spoken: dict[str, Any]) -> int:
    from api.common import open_common

    with open_common(is_shared=workers > 1) as common:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(common.folder)  # asked for when the metrics are imported

        import uvicorn

        from api.access import put_damaged_aside
        from api.app import make_app
        from api.listening import to_arguments
        from api.opening import open_site
        from api.settings import Settings

        def serve(stands: Stands, beat: Beat | None = None) -> int:
            with (
                closing(_open(directory)) as house,
                open_site(house.ledger, house.directory, house.zone, Settings(origin=origin), common) as site,
            ):
                config = uvicorn.Config(
                    make_app(site), callback_notify=beat, timeout_notify=1, **spoken, **to_arguments()
                )
                config.load()
                server = uvicorn.Server(config)
                for each in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(each, server.handle_exit)  # also after it has ended: what is open is closed then
                gc.freeze()  # what stands for good is not looked through at every full collection
                bound.listen(config.backlog)
                stands()
                server.run(sockets=[bound])
                return DONE if server.started else REFUSED

        if name := put_damaged_aside(directory):
            print(
                say("The access log is damaged. It lies in {name} now, and a new one begins.", name=name),
                file=sys.stderr,
            )
        stand = partial(tell, say("Senim serves at {origin}. Ctrl+C ends it.", origin=origin))
        return serve(stand) if workers == 1 else serve_together(workers, serve, stand)


def _open(directory: Path) -> House:
    """As it can be had now: to record, or only to read; a database that is not up yet is waited for."""
    told = ""
    while True:
        try:
            return open_house(directory, writes=True)
        except LedgerReadOnly as why:
            if why.reason not in _AWAITED:
                house = open_house(directory)
                house.ledger.read_only = why
                print(say("Here this register can only be read."), *say_reasons(WORDS, why), file=sys.stderr)
                return house
            if told != why.reason:
                told = why.reason
                print(*say_reasons(WORDS, why), say("It is waited for. Ctrl+C ends it."), file=sys.stderr, flush=True)
        sleep(_LOOK_AGAIN)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
