"""`senim serve`: the web over one data directory, until it is told to stop."""

import ipaddress
import re
import sys
from pathlib import Path

from ledger.cli.options import DONE, WORDS, say, tell
from ledger.cli.wiring import House, open_house
from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.refusal_words import say_reasons


def serve_directory(
    directory: Path, *, host: str, port: int, origin: str | None, cert: Path | None, key: Path | None
) -> int:
    """Serve *directory*; what cannot be written at this moment is still shown (contract, section 3: 503).

    *origin*: what browsers see in front of a proxy that speaks TLS. Raises `WronglyCalled`: `serve_exposed` where
    the network could listen to what passes, `serve_half_tls`.
    """
    if (cert is None) != (key is None):
        raise WronglyCalled("serve_half_tls")
    if origin is not None and not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?", origin):
        raise WronglyCalled("serve_origin")
    if not (is_loopback(host) or cert or origin):
        raise WronglyCalled("serve_exposed", host=host)
    try:
        house = open_house(directory, writes=True)
    except LedgerReadOnly as why:
        house = open_house(directory)
        house.ledger.read_only = why
        print(say("Here this register can only be read."), *say_reasons(WORDS, why), file=sys.stderr)
    try:
        return _serve(house, host, port, origin, cert, key)
    finally:
        house.close()


def _serve(house: House, host: str, port: int, origin: str | None, cert: Path | None, key: Path | None) -> int:
    import uvicorn

    from api.app import make_app
    from api.listening import to_arguments
    from api.opening import open_site
    from api.settings import Settings

    shown = "localhost" if is_loopback(host) else host
    at = origin or f"{'https' if cert else 'http'}://{shown}:{port}"
    with open_site(house.ledger, house.directory, house.zone, Settings(origin=at)) as site:
        tell(say("Senim serves at {origin}. Ctrl+C ends it.", origin=at))
        uvicorn.run(
            make_app(site),
            host=host,
            port=port,
            ssl_certfile=cert,
            ssl_keyfile=key,
            proxy_headers=origin is not None,
            **to_arguments(),
        )
    return DONE


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
