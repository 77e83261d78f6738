"""The key under which a browser keeps what is not recorded yet: what was typed, and a list that is signed already.

On the device lies the ciphertext alone; its key comes with the page, to the person who wrote it, and is not kept there.
Trust: whoever has `secrets/kept.key` and the device reads what was not sent from it; neither alone tells anything.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from os import urandom

from api.site import Site
from ledger.storage.layout import SECRETS
from ledger.storage.private import make_private, read_private

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """`slot`: the name under which the device keeps it; `key`: AES-256 in base64. Neither says whom it is about."""

    slot: str
    key: str


def keep_for(site: Site, person: str, about: str) -> Kept:
    """Where *person* keeps what they are writing *about* somebody: always the same, also after a new sign-in."""
    path = site.directory / SECRETS / "kept.key"
    secret = read_private(path) or make_private(path, urandom(_BYTES))

    def derive(use: str) -> bytes:
        return hmac.digest(secret, f"senim/kept/v1\n{use}\n{person}\n{about}\n".encode(), "sha256")

    return Kept(derive("slot")[:16].hex(), b64encode(derive("key")).decode())
